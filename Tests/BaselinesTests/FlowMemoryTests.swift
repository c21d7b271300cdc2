import Baselines
import NetworkTypes
import Statistics
import Testing

struct FlowMemoryTests {
    private func row(_ number: Int, _ generator: inout SeededGenerator) -> FlowMemory.Row {
        // Few priorities, so that many are equal.
        FlowMemory.Row(
            priority: Int64(generator.index(below: 300)),
            time: Timestamp(nanoseconds: Int64(generator.index(below: 5))),
            label: UInt32(number % 3),
            values: [Float(generator.index(below: 4)), generator.uniform() < 0.2 ? .nan : 1])
    }

    private func memory(_ rows: some Sequence<FlowMemory.Row>, capacity: Int = 64) -> FlowMemory {
        var memory = FlowMemory(rule: .init(capacity: capacity), metricCount: 2)
        for row in rows {
            memory.add(priority: row.priority, time: row.time, label: row.label, values: row.values)
        }
        return memory
    }

    @Test(arguments: 1...30 as ClosedRange<UInt64>)
    func `the smallest are remembered, in any order and however merged`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let rows = (0..<(20 + generator.index(below: 600))).map { row($0, &generator) }
        let expected = Array(rows.sorted().prefix(64))
        #expect(memory(rows).rows == expected, "seed \(seed)")
        #expect(memory(rows.shuffled(using: &generator)).rows == expected)
        let cut = generator.index(below: rows.count)
        var merged = memory(rows[cut...])
        merged.merge(memory(rows[..<cut]))
        #expect(merged == memory(rows))
    }

    @Test func `without a half-life old and new flows are kept alike, with one the old fade`() {
        for (halfLife, share) in [(0.0, 0.47...0.53), (86_400, 0.64...0.70)] {
            let rule = FlowMemory.Rule(capacity: 4096, halfLifeSeconds: halfLife)
            var memory = FlowMemory(rule: rule, metricCount: 0)
            // Two days, one flow a second.
            for second in 0..<172_800 {
                let time = Timestamp(
                    nanoseconds: 1_700_000_000_000_000_000 + Int64(second) * 1_000_000_000)
                let key = UInt64(second) &* 0x9e37_79b9_7f4a_7c15
                memory.add(
                    priority: rule.priority(flowKeyHash: key, start: time), time: time,
                    label: second >= 86_400 ? 1 : 0, values: [])
            }
            let young = (0..<memory.count).count { memory.label(at: $0) == 1 }
            let observed = Double(young) / 4096
            #expect(share.contains(observed), "half-life \(halfLife): \(observed)")
        }
    }

    @Test func `flows of one time are remembered with equal chance`() {
        let rule = FlowMemory.Rule(capacity: 1000, halfLifeSeconds: 86_400)
        let time = Timestamp(nanoseconds: 1_700_000_000_000_000_000)
        var generator = SeededGenerator(seed: 4)
        var memory = FlowMemory(rule: rule, metricCount: 0)
        for number in 0..<100_000 {
            memory.add(
                priority: rule.priority(flowKeyHash: generator.next(), start: time), time: time,
                label: UInt32(number % 4), values: [])
        }
        for label in 0..<4 as Range<UInt32> {
            let count = (0..<1000).count { memory.label(at: $0) == label }
            #expect((200...300).contains(count))
        }
    }

    @Test func `another salt remembers other flows`() {
        func remembered(_ salt: UInt64) -> [UInt32] {
            let rule = FlowMemory.Rule(capacity: 16, salt: salt)
            var memory = FlowMemory(rule: rule, metricCount: 0)
            for number in 0..<1000 as Range<UInt32> {
                let time = Timestamp(nanoseconds: 0)
                memory.add(
                    priority: rule.priority(flowKeyHash: UInt64(number), start: time), time: time,
                    label: number, values: [])
            }
            return memory.rows.map(\.label)
        }
        #expect(remembered(1) == remembered(1))
        #expect(Set(remembered(1)).intersection(remembered(2)).count < 4)
    }

    @Test func `what is not wanted is forgotten`() {
        var generator = SeededGenerator(seed: 8)
        var memory = memory((0..<500).map { row($0, &generator) })
        let before = memory
        let kept = (0..<memory.count).filter { memory.label(at: $0) == 1 }
        memory.keep { before.label(at: $0) == 1 }
        #expect((0..<memory.count).map { memory[$0] } == kept.map { before[$0] })
    }
}
