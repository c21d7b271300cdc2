import Statistics
import Testing

struct SpaceSavingTests {
    /// Keys of a heavy-tailed stream: small numbers are much more frequent than large ones.
    private static func keys(_ count: Int, seed: UInt64) -> [Int] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { _ in
            Int(3000 * generator.uniform() * generator.uniform() * generator.uniform())
        }
    }

    private static func counters(_ keys: some Sequence<Int>, capacity: Int) -> SpaceSaving<Int> {
        var counters = SpaceSaving<Int>(capacity: capacity)
        for key in keys { counters.add(key) }
        return counters
    }

    /// The definition: find the least of the counters, among equals the one of the earliest arrival.
    private static func slow(_ keys: [Int], capacity: Int) -> [(key: Int, count: UInt64)] {
        var counters: [(key: Int, count: UInt64)] = []
        for key in keys {
            if let place = counters.firstIndex(where: { $0.key == key }) {
                counters[place].count += 1
            } else if counters.count < capacity {
                counters.append((key, 1))
            } else {
                let place = counters.indices.min { counters[$0].count < counters[$1].count }!
                let least = counters.remove(at: place)
                counters.append((key, least.count + 1))
            }
        }
        return counters.enumerated()
            .sorted { ($1.element.count, $0.offset) < ($0.element.count, $1.offset) }.map(\.element)
    }

    @Test(arguments: [1, 2, 7, 64])
    func `it equals a slow literal version`(capacity: Int) {
        let keys = Self.keys(4000, seed: 9)
        let fast = Self.counters(keys, capacity: capacity).counters
        let slow = Self.slow(keys, capacity: capacity)
        #expect(fast.map(\.key) == slow.map(\.key))
        #expect(fast.map(\.count) == slow.map(\.count))
    }

    private static func expectBounds(_ counters: SpaceSaving<Int>, _ keys: [Int]) {
        let exact = Dictionary(grouping: keys, by: \.self).mapValues { UInt64($0.count) }
        let total = UInt64(keys.count)
        #expect(counters.total == total)
        #expect(counters.bound <= total / UInt64(counters.capacity))
        for counter in counters.counters {
            let truth = exact[counter.key] ?? 0
            #expect(counter.count >= truth && counter.count - counter.error <= truth)
        }
        for (key, count) in exact where count > counters.bound {
            #expect(counters[key] != nil, "\(key) weighs \(count)")
        }
    }

    @Test func `counts are within their errors and no heavy key is lost`() {
        let keys = Self.keys(20_000, seed: 4)
        Self.expectBounds(Self.counters(keys, capacity: 50), keys)
    }

    @Test func `merged it keeps the bound of all input`() {
        let keys = Self.keys(20_000, seed: 5)
        let parts = [keys.prefix(3000), keys.dropFirst(3000).prefix(20), keys.dropFirst(3020)]
        var merged = SpaceSaving<Int>(capacity: 50)
        for part in parts { merged.merge(Self.counters(part, capacity: 50)) }
        Self.expectBounds(merged, keys)
        merged.add(-1)
        #expect(merged[-1] != nil)
    }

    @Test func `weights add up and stop at the largest number`() {
        var counters = SpaceSaving<String>(capacity: 2)
        counters.add("a", 5)
        counters.add("b", .max - 1)
        counters.add("b", 9)
        #expect(counters["b"]?.count == .max && counters.total == .max)
        counters.add("c", 2)
        #expect(counters["a"] == nil)
        #expect(counters["c"]?.count == 7 && counters["c"]?.error == 5)
        #expect(counters.counters.map(\.key) == ["b", "c"])
    }
}
