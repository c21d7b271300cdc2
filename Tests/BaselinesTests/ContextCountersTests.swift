import Baselines
import Flows
import NetworkTypes
import Statistics
import Testing

struct ContextCountersTests {
    private static let names = ContextCounters.metrics.map(\.name)

    /// The values by their names.
    private func observe(_ counters: inout ContextCounters, _ flow: ObservedFlow) -> [String: Float]
    {
        Dictionary(uniqueKeysWithValues: zip(Self.names, counters.observe(flow)))
    }

    @Test func `the metrics have names and phrases of their own`() {
        #expect(
            Self.names == [
                "src5s", "src60s", "src600s", "pair5s", "pair60s", "pair600s", "srcport5s",
                "srcport60s", "srcport600s", "srcfail600s", "srcpeers600s",
            ])
        #expect(Set(ContextCounters.metrics.map(\.phrase)).count == 11)
    }

    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func `the counts equal those of a list of all flows`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var counters = ContextCounters(sources: 1024, pairs: 4096, salt: seed)
        var seen: [(second: Int, flow: ObservedFlow)] = []
        var second = 0
        for _ in 0..<3000 {
            second += generator.uniform() < 0.01 ? 700 : generator.index(below: 3)
            let flow = LiveFlows.flow(
                "x", at: Double(second), source: UInt32(generator.index(below: 4)),
                peer: UInt32(generator.index(below: 12)),
                port: UInt16(generator.index(below: 3)),
                outcome: generator.uniform() < 0.3 ? .rejected : .established)
            seen.append((second, flow))
            let values = observe(&counters, flow)
            func last(_ seconds: Int, _ bucket: Int, _ isAlike: (ObservedFlow) -> Bool) -> Int {
                let first = (second / bucket - seconds / bucket + 1) * bucket
                return seen.count { $0.second >= first && isAlike($0.flow) }
            }
            for (seconds, bucket) in [(5, 1), (60, 10), (600, 60)] {
                let source = last(seconds, bucket) {
                    $0.key.initiator.address == flow.key.initiator.address
                }
                let pair = last(seconds, bucket) {
                    $0.key.initiator.address == flow.key.initiator.address
                        && $0.key.responder.address == flow.key.responder.address
                }
                let port = last(seconds, bucket) {
                    $0.key.initiator.address == flow.key.initiator.address
                        && $0.key.responder.port == flow.key.responder.port
                }
                #expect(values["src\(seconds)s"] == Float(source))
                #expect(values["pair\(seconds)s"] == Float(pair))
                #expect(values["srcport\(seconds)s"] == Float(port))
            }
            let own = seen.filter {
                $0.second >= (second / 60 - 9) * 60
                    && $0.flow.key.initiator.address == flow.key.initiator.address
            }
            let failures = own.count { $0.flow.outcome == .rejected }
            #expect(values["srcfail600s"] == Float(failures) / Float(own.count))
            #expect(
                values["srcpeers600s"]
                    == Float(Set(own.map(\.flow.key.responder.address)).count), "seed \(seed)")
        }
    }

    @Test func `a flow with a wrong clock does not stop the windows`() {
        var counters = ContextCounters(sources: 64, pairs: 64)
        _ = observe(&counters, LiveFlows.flow("x", at: 1e9))
        for second in 0..<2000 {
            let values = observe(&counters, LiveFlows.flow("x", at: Double(second)))
            #expect(values["src5s"] == Float(min(second + 1, 5)))
            #expect(values["srcpeers600s"] == 1)
        }
        var late = LiveFlows.flow("x", at: 1990)
        late.end = Timestamp(nanoseconds: .min)
        #expect(observe(&counters, late)["src600s"].map { $0 >= 1 } == true)
    }

    @Test func `a million sources stay inside the memory, and who is busy is still counted`() {
        var counters = ContextCounters(sources: 4096, pairs: 4096)
        let octets = counters.octets
        #expect(octets < 3 << 20)
        var values: [String: Float] = [:]
        for number in 0..<1_000_000 as Range<UInt32> {
            _ = counters.observe(
                LiveFlows.flow("x", at: Double(number) / 5000, source: 1000 + number, peer: number))
            if number % 500 == 0 {
                values = observe(
                    &counters, LiveFlows.flow("x", at: Double(number) / 5000, source: 1, peer: 1))
            }
        }
        #expect(counters.octets == octets)
        #expect(counters.evictions > 2_000_000)
        #expect(values["pair5s"].map { $0 >= 40 } == true)
        #expect(values["srcpeers600s"] == 1)
    }

    @Test func `saved counters go on as if nothing had happened, and anything else is refused`()
        throws
    {
        var counters = ContextCounters(sources: 64, pairs: 128, salt: 3)
        let flows = LiveFlows.ordinary(300, seed: 1)
        for flow in flows { _ = counters.observe(flow) }
        let bytes = counters.encoded()
        var read = ContextCounters(sources: 64, pairs: 128)
        try read.restore(bytes)
        #expect(read == counters)
        for flow in LiveFlows.ordinary(300, seed: 2, from: 300) {
            #expect(read.observe(flow) == counters.observe(flow))
        }
        #expect(throws: ByteReader.Failure.self) {
            var other = ContextCounters(sources: 128, pairs: 128)
            try other.restore(bytes)
        }
        var generator = SeededGenerator(seed: 2)
        for _ in 0..<300 {
            let cut = Array(bytes[..<generator.index(below: bytes.count)])
            #expect(throws: ByteReader.Failure.self) { try read.restore(cut) }
            var flipped = bytes
            flipped[generator.index(below: bytes.count - 8)] ^=
                1 << UInt8(generator.index(below: 8))
            let sum = ByteReader.checksum(flipped[..<(flipped.count - 8)])
            for index in 0..<8 {
                flipped[flipped.count - 8 + index] = UInt8(
                    truncatingIfNeeded: sum >> UInt64(8 * index))
            }
            var other = read
            if (try? other.restore(flipped)) != nil {
                for flow in flows { #expect(other.observe(flow).allSatisfy { $0.isFinite }) }
            }
        }
    }
}
