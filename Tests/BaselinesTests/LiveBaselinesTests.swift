import Baselines
import Flows
import NetworkTypes
import Statistics
import Testing

struct LiveBaselinesTests {
    private static func small(capacity: Int = 64) -> LiveBaselineConfiguration {
        var configuration = LiveBaselineConfiguration()
        configuration.memory = FlowMemory.Rule(capacity: capacity, halfLifeSeconds: 86_400)
        return configuration
    }

    private func learnt(
        _ flows: some Sequence<ObservedFlow>, configuration: LiveBaselineConfiguration = small()
    ) -> LiveBaselines {
        var baselines = LiveBaselines(featureMode: "corrected", configuration: configuration)
        for flow in flows { baselines.learn(flow) }
        return baselines
    }

    private static let google = PopulationKey(scope: "", application: "GOOGLE")

    @Test func `a population tells what its flows were`() throws {
        let flows = (0..<100).map { number in
            LiveFlows.flow(
                "DNS", at: Double(number) * 3600,
                metrics: [Double(number), 7, 0, 0, 0, 0, 0, 0, .nan])
        }
        let baselines = learnt(flows)
        let dns = try #require(baselines[PopulationKey(scope: "", application: "DNS")])
        #expect(dns.count == 100)
        #expect(dns.times == flows[0].end...flows[99].end)
        #expect(dns.hours == (0..<168).map { $0 < 100 ? 1 : 0 })
        #expect(dns.moments[0].mean == 49.5 && dns.moments[0].maximum == 99)
        #expect(dns.moments[8].count == 0)
        #expect(dns.histogram(0).quantile(0.5) == 49)
        #expect(dns.histogram(8).excludedCount == 100)
        #expect(dns.typicalValue(1) == TypicalValue(value: 7, kind: .mostFrequentValue))
        #expect(dns.typicalValue(8) == nil)
        #expect(dns.memory.count == 64)
    }

    @Test func `the typical value of numbers that never repeat is the densest bucket`() throws {
        var generator = SeededGenerator(seed: 2)
        let flows = (0..<60).map { number in
            LiveFlows.flow(
                "DNS", at: Double(number),
                metrics: [
                    number < 40
                        ? 1000 + 4 * generator.uniform() : 5000 * generator.uniform(), 0, 0, 0,
                    0, 0, 0, 0, 0,
                ])
        }
        let dns = try #require(learnt(flows)[PopulationKey(scope: "", application: "DNS")])
        let typical = try #require(dns.typicalValue(0))
        #expect(typical.kind == .densestBucket)
        #expect(abs(typical.value - 1000) < 10)
    }

    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func `heavy hitters of joined baselines are those of all flows, within their margins`(
        seed: UInt64
    ) throws {
        var generator = SeededGenerator(seed: seed)
        let shares = [(66.0, 0.3), (0, 0.1), (140, 0.02)]
        let count = 40_000
        var exact: [Double: Int] = [:]
        let flows = (0..<count).map { number in
            var draw = generator.uniform()
            var value = 1000 + 1e6 * generator.uniform()
            for (point, share) in shares {
                if (0..<share).contains(draw) { value = point }
                draw -= share
            }
            exact[value, default: 0] += 1
            return LiveFlows.flow(
                "DNS", at: Double(number), metrics: [value, 0, 0, 0, 0, 0, 0, 0, 0])
        }
        let rule = Self.small(capacity: 4096)
        var parts = (0..<4).map { part in
            learnt(flows[(part * count / 4)..<((part + 1) * count / 4)], configuration: rule)
        }
        parts.shuffle(using: &generator)
        var joined = parts[0]
        for part in parts.dropFirst() { try joined.merge(part) }
        let key = PopulationKey(scope: "", application: "DNS")
        let found = try #require(joined[key]).frequentValues(0)
        #expect(found == learnt(flows, configuration: rule)[key]?.frequentValues(0))
        #expect(found.map(\.value) == shares.map(\.0))
        for hitter in found {
            let share = Double(exact[hitter.value] ?? 0) / Double(count)
            #expect(abs(hitter.share - share) <= hitter.margin && hitter.margin < 0.03)
        }
        let few = try #require(
            learnt(flows.prefix(4000), configuration: rule)[key]
        ).frequentValues(0)
        #expect(few.first?.margin == 0)
    }

    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func `order, parts and merges do not matter`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let flows = LiveFlows.ordinary(150 + generator.index(below: 400), seed: seed)
        let whole = learnt(flows)
        let shuffled = learnt(flows.shuffled(using: &generator))
        var parts = (0..<4).map { part in
            learnt(flows.enumerated().filter { $0.offset % 4 == part }.map(\.element))
        }
        parts.shuffle(using: &generator)
        var merged = parts[0]
        for part in parts.dropFirst() { try merged.merge(part) }
        for other in [shuffled, merged] {
            #expect(other.counts == whole.counts)
            #expect(other.sortedKeys == whole.sortedKeys)
            for key in whole.sortedKeys {
                let (one, two) = (try #require(whole[key]), try #require(other[key]))
                #expect(one.count == two.count && one.times == two.times)
                #expect(one.hours == two.hours)
                #expect(one.memory == two.memory, "seed \(seed)")
                for metric in 0..<9 {
                    #expect(one.histogram(metric) == two.histogram(metric))
                    let (a, b) = (one.moments[metric], two.moments[metric])
                    #expect(a.count == b.count && a.minimum == b.minimum && a.maximum == b.maximum)
                    #expect(abs(a.mean - b.mean) <= 1e-12 * abs(a.mean))
                    #expect(abs(a.squares - b.squares) <= 1e-12 * a.squares)
                }
            }
        }
        #expect(merged.table().columns == whole.table().columns)
        #expect(merged.octets <= whole.octets * 2)
    }

    @Test func `learning, ready, stale`() {
        var baselines = LiveBaselines(featureMode: "corrected")
        func state(_ hours: Double) -> PopulationState {
            baselines.state(of: Self.google, at: LiveFlows.flow("x", at: hours * 3600).end)
        }
        #expect(state(0) == .learning)
        for number in 0..<1000 { baselines.learn(LiveFlows.flow("GOOGLE", at: Double(number))) }
        #expect(state(1) == .learning, "many flows of a short time")
        baselines.learn(LiveFlows.flow("GOOGLE", at: 86_399))
        #expect(state(24) == .learning)
        #expect(!baselines.hasReady(at: LiveFlows.flow("x", at: 86_400).end))
        baselines.learn(LiveFlows.flow("GOOGLE", at: 86_400))
        #expect(state(24) == .ready)
        #expect(baselines.hasReady(at: LiveFlows.flow("x", at: 86_400).end))
        #expect(state(24 * 8) == .ready)
        #expect(state(24 * 8 + 0.1) == .stale)
        baselines.learn(LiveFlows.flow("SSH", at: 0))
        baselines.learn(LiveFlows.flow("SSH", at: 90_000))
        #expect(
            baselines.state(
                of: PopulationKey(scope: "", application: "SSH"),
                at: LiveFlows.flow("x", at: 90_000).end) == .learning, "few flows of a long time")
    }

    @Test func `what does not teach is counted`() {
        var baselines = LiveBaselines(featureMode: "corrected")
        baselines.learn(LiveFlows.flow("DNS"), isSuspect: true)
        var open = LiveFlows.flow("DNS")
        open.isOpen = true
        baselines.learn(open)
        var unmeasured = LiveFlows.flow("DNS")
        unmeasured.metrics = nil
        baselines.learn(unmeasured)
        baselines.learn(LiveFlows.flow(String(repeating: "x", count: 256)))
        #expect(baselines.populationCount == 0)
        baselines.learn(LiveFlows.flow("DNS"))
        var expected = LiveBaselines.Counts()
        expected.suspect = 1
        expected.open = 1
        expected.unmeasured = 1
        expected.unnameable = 1
        expected.learnt = 1
        #expect(baselines.counts == expected)
    }

    @Test func `scopes are populations of their own`() {
        let baselines = learnt([
            LiveFlows.flow("DNS"), LiveFlows.flow("DNS", scope: "branch"), LiveFlows.flow("A @ B"),
            LiveFlows.flow("A", scope: "B"),
        ])
        #expect(
            Set(baselines.sortedKeys.map(\.name)) == ["DNS", "DNS @ branch", "A @ B", "A @ B @ "])
    }

    @Test func `made-up names stay inside the budget and push out only each other`() throws {
        var configuration = Self.small(capacity: 4096)
        configuration.budgetOctets = 8 << 20
        configuration.minimumFlows = 200
        var baselines = learnt(
            (0..<500).map { LiveFlows.flow("GOOGLE", at: Double($0) * 200) },
            configuration: configuration)
        for number in 0..<20_000 {
            baselines.learn(LiveFlows.flow("made up \(number)", at: 200_000 + Double(number)))
        }
        #expect(baselines.octets <= 8 << 20)
        #expect(baselines[Self.google]?.count == 500)
        #expect(baselines.populationCount > 1000)
        #expect(baselines.counts.forgottenPopulations + UInt64(baselines.populationCount) == 20_001)
        #expect(baselines.counts.forgottenFlows == baselines.counts.forgottenPopulations)
        let newest = PopulationKey(scope: "", application: "made up 19999")
        #expect(baselines[newest] != nil)
    }

    @Test func `other modes, metrics and memories are refused`() {
        var baselines = LiveBaselines(featureMode: "corrected")
        #expect(throws: LiveBaselineMismatch.featureMode(learnt: "corrected", given: "unicauca")) {
            try baselines.check(featureMode: "unicauca")
        }
        #expect(throws: LiveBaselineMismatch.featureMode(learnt: "corrected", given: "cic-2018")) {
            try baselines.merge(LiveBaselines(featureMode: "cic-2018"))
        }
        #expect(throws: LiveBaselineMismatch.self) {
            try baselines.merge(LiveBaselines(featureMode: "corrected", contextMetrics: ["x"]))
        }
        #expect(throws: LiveBaselineMismatch.memory) {
            try baselines.merge(
                LiveBaselines(featureMode: "corrected", configuration: Self.small()))
        }
    }

    @Test func `a table holds the remembered flows, large populations first`() {
        var configuration = Self.small()
        let flows = LiveFlows.ordinary(1000, seed: 3)
        let table = learnt(flows, configuration: configuration).table()
        #expect(table.populations.map(\.name) == ["GOOGLE", "DNS", "SSH"])
        #expect(table.count == 192)
        #expect(Set(table.holdouts) == Set(0...9))
        configuration.maximumTableRows = 100
        #expect(learnt(flows, configuration: configuration).table().count == 99)
    }

    @Test func `models are fitted when the first population is ready, then once a day`() {
        let schedule = RefitSchedule(offsetSeconds: 3 * 3600)
        func time(_ hours: Double) -> Timestamp { LiveFlows.flow("x", at: hours * 3600).end }
        #expect(!schedule.isDue(at: time(0), last: nil, isReady: false))
        #expect(schedule.isDue(at: time(0), last: nil, isReady: true))
        #expect(!schedule.isDue(at: time(2.9), last: time(0), isReady: true))
        #expect(schedule.isDue(at: time(3), last: time(0), isReady: true))
        #expect(!schedule.isDue(at: time(26.9), last: time(3), isReady: true))
        #expect(schedule.isDue(at: time(27), last: time(3), isReady: false))
    }
}

struct LiveBaselinesBytesTests {
    private static func baselines(_ count: Int) -> LiveBaselines {
        var configuration = LiveBaselineConfiguration()
        configuration.memory = FlowMemory.Rule(capacity: 16, halfLifeSeconds: 86_400, salt: 5)
        var baselines = LiveBaselines(featureMode: "corrected", configuration: configuration)
        for flow in LiveFlows.ordinary(count, seed: 1) { baselines.learn(flow) }
        return baselines
    }

    @Test(arguments: [0, 1, 20, 300])
    func `saved baselines go on as if nothing had happened`(count: Int) throws {
        var baselines = Self.baselines(count)
        let bytes = baselines.encoded()
        var read = try LiveBaselines(decoding: bytes)
        #expect(read == baselines)
        #expect(read.octets == baselines.octets)
        #expect(read.encoded() == bytes)
        for flow in LiveFlows.ordinary(300, seed: 2, from: 1000) {
            baselines.learn(flow)
            read.learn(flow)
        }
        #expect(read == baselines)
        #expect(read.encoded() == baselines.encoded())
    }

    @Test func `every prefix is refused`() {
        let bytes = Self.baselines(40).encoded()
        for count in bytes.indices {
            #expect(throws: ByteReader.Failure.self) {
                try LiveBaselines(decoding: Array(bytes[..<count]))
            }
        }
    }

    @Test func `flipped bits are refused, and trap nothing even where the checksum is made to fit`()
    {
        let bytes = Self.baselines(60).encoded()
        var generator = SeededGenerator(seed: 9)
        var readable = 0
        for _ in 0..<4000 {
            var flipped = bytes
            for _ in 0...generator.index(below: 3) {
                let bit = generator.index(below: (bytes.count - 8) * 8)
                flipped[bit / 8] ^= 1 << UInt8(bit % 8)
            }
            if flipped == bytes { continue }
            #expect(throws: ByteReader.Failure.self) { try LiveBaselines(decoding: flipped) }
            let sum = ByteReader.checksum(flipped[..<(flipped.count - 8)])
            for index in 0..<8 {
                flipped[flipped.count - 8 + index] = UInt8(
                    truncatingIfNeeded: sum >> UInt64(8 * index))
            }
            guard var read = try? LiveBaselines(decoding: flipped) else { continue }
            readable += 1
            // What can be read must be able to learn, to be merged and to be read out.
            for flow in LiveFlows.ordinary(20, seed: 3) {
                guard read.metrics.count == 9 else { break }
                read.learn(flow)
            }
            var other = read
            try? other.merge(read)
            _ = other.table()
            for key in other.sortedKeys { _ = other[key]?.typicalValue(0) }
        }
        #expect(readable > 100)
    }
}
