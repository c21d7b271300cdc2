import Behaviours
import Flows
import NetworkTypes
import Statistics
import Testing

struct BeaconDetectorTests {
    private func seen(
        _ flows: [ObservedFlow], _ configuration: BeaconDetector.Configuration = .init(),
        census start: PeerCensus? = nil
    ) throws -> (evidence: [BehaviourEvidence], detector: BeaconDetector) {
        var detector = try BeaconDetector(configuration)
        var census = try start ?? PeerCensus()
        var evidence: [BehaviourEvidence] = []
        for flow in flows {
            census.observe(flow)
            detector.observe(flow, census: census, into: &evidence)
        }
        return (evidence, detector)
    }

    private func beacon(
        every period: Double, count: Int, jitter: Double = 0.1, from first: Double = 0,
        to destination: IPAddress = Scene.outside(1)
    ) -> [ObservedFlow] {
        var generator = SeededGenerator(seed: 3)
        return (0..<count).map { part in
            Scene.flow(
                Scene.inside(7), destination,
                at: first + period * (Double(part) + jitter * (generator.uniform() - 0.5)),
                sourcePort: UInt16(40_000 + part % 20_000))
        }
    }

    @Test func `a beacon of a minute is told within an hour, again as it becomes surer`() throws {
        let evidence = try seen(beacon(every: 60, count: 240)).evidence
        let first = try #require(evidence.first)
        #expect(first.kind == .beacon)
        #expect(first.entity == .pair(Scene.inside(7), Scene.outside(1)))
        #expect(first.peer == Scene.outside(1) && first.port == 443)
        #expect(first.time < Scene.at(3600))
        #expect(try #require(first[.interval]) >= 55 && #require(first[.interval]) <= 65)
        // Two classes, then each tenth of belief.
        #expect(evidence.count <= 8)
        #expect(evidence.map(\.confidence) == evidence.map(\.confidence).sorted())
    }

    @Test func `a beacon of an hour is told within a day by RITA's score`() throws {
        let evidence = try seen(beacon(every: 3600, count: 26)).evidence
        #expect(!evidence.isEmpty)
        #expect(evidence.contains { $0[.classicScore] == nil })
    }

    @Test func `a person is no beacon`() throws {
        var generator = SeededGenerator(seed: 4)
        var flows: [ObservedFlow] = []
        var now = 0.0
        for part in 0..<400 {
            let isPause = generator.uniform() < 0.15
            now += -naturalLogarithm(1 - generator.uniform()) * (isPause ? 1800 : 6)
            flows.append(
                Scene.flow(
                    Scene.inside(7), Scene.outside(1), at: now,
                    out: UInt64(200 * GeneratedPair.power(2_000, generator.uniform())),
                    sourcePort: UInt16(40_000 + part)))
        }
        #expect(try seen(flows).evidence.isEmpty)
    }

    @Test func `what is no connection out is not looked at`() throws {
        let calls = beacon(every: 60, count: 240)
        let open = calls.map { flow in
            var flow = flow
            flow.isOpen = true
            return flow
        }
        #expect(try seen(open).evidence.isEmpty)
        #expect(try seen(beacon(every: 60, count: 240, to: Scene.inside(9))).evidence.isEmpty)
        let clocks = calls.map { flow in
            var flow = flow
            flow.application = "NTP"
            return flow
        }
        #expect(try seen(clocks).evidence.isEmpty)
        #expect(try seen(calls).evidence.isEmpty == false)
    }

    @Test func `a long connection that an exporter cuts every minute is no beacon`() throws {
        let pieces = (0..<600).map { part in
            Scene.flow(
                Scene.inside(7), Scene.outside(1), at: Double(part) * 60, lasting: 59.9)
        }
        let (evidence, detector) = try seen(pieces)
        #expect(evidence.isEmpty)
        #expect(detector.counts.held <= 1)
    }

    @Test func `a peer of every host loses what a rare one gains`() throws {
        var common = try PeerCensus()
        var rare = try PeerCensus()
        for host in 0..<100 {
            common.observe(Scene.flow(Scene.inside(100 + host), Scene.outside(1), at: 0))
            rare.observe(Scene.flow(Scene.inside(100 + host), Scene.outside(2), at: 0))
        }
        let calls = beacon(every: 60, count: 120, jitter: 0.4)
        let frequent = try seen(calls, census: common).evidence
        let seldom = try seen(calls, census: rare).evidence
        #expect(try #require(seldom.last?[.prevalence]) < 0.02)
        #expect((frequent.last?.confidence.value ?? 0) < (seldom.last?.confidence.value ?? 0))
    }

    @Test func `a scan forgets no beacon, and the budget holds`() throws {
        var configuration = BeaconDetector.Configuration()
        configuration.youngLimit = 1_000
        configuration.octetBudget = 100_000
        var flows: [ObservedFlow] = []
        let calls = beacon(every: 60, count: 240)
        for (part, call) in calls.enumerated() {
            flows.append(call)
            for other in 0..<100 {
                flows.append(
                    Scene.flow(
                        Scene.inside(8), Scene.outside(1_000 + part * 100 + other),
                        at: Double(part) * 60))
            }
        }
        let (evidence, detector) = try seen(flows, configuration)
        #expect(evidence.count >= 1 && evidence.allSatisfy { $0.peer == Scene.outside(1) })
        #expect(detector.counts.evictions > 20_000)
        #expect(detector.octetsInMemory <= configuration.octetBudget)
        let busy = (0..<60_000).map { part in
            Scene.flow(
                Scene.inside(part % 500), Scene.outside(part % 499), at: Double(part),
                sourcePort: UInt16(part % 60_000))
        }
        #expect(
            try seen(busy, configuration).detector.octetsInMemory <= configuration.octetBudget)
    }

    @Test func `times at the ends of the calendar trap nothing`() throws {
        let times: [Int64] = [.min, .max, 0, -1, 1, .min, .max, 5_000_000_000_000_000_000]
        let flows = times.enumerated().map { part, time in
            var flow = Scene.flow(
                Scene.inside(7), Scene.outside(1), at: 0, out: .max, sourcePort: UInt16(part))
            flow.start = Timestamp(nanoseconds: time)
            flow.end = Timestamp(nanoseconds: times[(part * 3) % times.count])
            return flow
        }
        _ = try seen(flows + flows.reversed() + flows)
    }

    @Test func `settings out of range are refused by name`() {
        var configuration = BeaconDetector.Configuration()
        configuration.connectionLimit = 3
        #expect(
            throws: DetectorSettingError("connectionLimit", range: "64 to 86400")
        ) { try BeaconDetector(configuration) }
    }
}
