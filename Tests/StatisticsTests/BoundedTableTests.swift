import Statistics
import Testing

struct BoundedTableTests {
    /// The definition: a list in the order of the last touches.
    private struct SlowTable {
        var limit: Int
        var entries: [(key: Int, value: Int)] = []
        var evictions: UInt64 = 0

        mutating func add(_ key: Int, _ amount: Int) {
            var value = 0
            if let place = entries.firstIndex(where: { $0.key == key }) {
                value = entries.remove(at: place).value
            } else if entries.count == limit {
                entries.removeFirst()
                evictions += 1
            }
            entries.append((key, value + amount))
        }
    }

    private static func contents(_ table: BoundedTable<Int, Int>) -> [[Int]] {
        table.map { [$0.key, $0.value] }
    }

    @Test(arguments: [1, 2, 3, 17, 200])
    func `it equals a list in the order of the last touches`(limit: Int) {
        var table = BoundedTable<Int, Int>(limit: limit)
        var slow = SlowTable(limit: limit)
        var generator = SeededGenerator(seed: UInt64(limit))
        for step in 0..<6000 {
            let key = generator.index(below: limit * 3)
            switch generator.index(below: 8) {
            case 0:
                let removed = table.remove(key)
                let place = slow.entries.firstIndex { $0.key == key }
                #expect(removed == place.map { slow.entries.remove(at: $0).value })
            case 1 where step % 5 == 0:
                let removed = table.removeLeastRecent()
                #expect(removed?.key == slow.entries.first?.key)
                if removed != nil { slow.entries.removeFirst() }
            case 2:
                let known = slow.entries.contains { $0.key == key }
                #expect((table.updateIfPresent(key) { $0 += step } != nil) == known)
                if known { slow.add(key, step) }
            default:
                table.update(key, default: 0) { $0 += step }
                slow.add(key, step)
            }
            #expect(table[key] == slow.entries.first { $0.key == key }?.value)
            #expect(table.count == slow.entries.count && table.evictions == slow.evictions)
            if step % 64 == 0 {
                table.checkInvariants()
                #expect(Self.contents(table) == slow.entries.map { [$0.key, $0.value] })
            }
        }
        #expect(table.evictions > 0)
    }

    /// A key that always hashes alike: what an attacker would choose if he could.
    private struct Colliding: Hashable {
        var number: Int
        func hash(into hasher: inout Hasher) { hasher.combine(number / 1000) }
    }

    @Test func `keys whose hashes are the same are still told apart`() {
        var table = BoundedTable<Colliding, Int>(limit: 50)
        for number in 0..<200 { table.set(Colliding(number: number), number) }
        #expect(table.map(\.value) == Array(150..<200))
        let removed = [170, 170].map { table.remove(Colliding(number: $0)) }
        #expect(removed == [170, nil])
        #expect(table.count == 49 && table.evictions == 150)
        table.checkInvariants()
    }

    @Test func `reading does not touch, changing does`() {
        var table = BoundedTable<String, Int>(limit: 2)
        table.set("a", 1)
        table.set("b", 2)
        #expect(table["a"] == 1 && table.leastRecent?.key == "a" && table.isFull)
        table.set("c", 3)
        #expect(table["a"] == nil)
        let changed = table.update("b", default: 0) {
            $0 += 10
            return $0
        }
        #expect(changed == 12)
        table.set("d", 4)
        #expect(table.map(\.key) == ["b", "d"])
        table.removeAll()
        #expect(table.isEmpty && table.evictions == 2 && table.leastRecent == nil)
    }

    @Test func `a million keys leave the table at its limit`() {
        var table = BoundedTable<Int, Int>(limit: 1000)
        for key in 0..<1_000_000 { table.set(key, key) }
        #expect(table.count == 1000 && table.evictions == 999_000)
        #expect(BoundedTable<Int, Int>.octets(limit: 1000) < 60_000)
    }
}
