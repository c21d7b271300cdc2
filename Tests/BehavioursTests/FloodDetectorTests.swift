import Behaviours
import Flows
import NetworkTypes
import Statistics
import Testing

struct FloodDetectorTests {
    private static func evidence(_ flows: [ObservedFlow]) -> [BehaviourEvidence] {
        var detector = FloodDetector()
        var evidence: [BehaviourEvidence] = []
        for flow in flows { detector.observe(flow, into: &evidence) }
        return evidence
    }

    /// Ten flows a minute from each of five hosts to one, all answered.
    private static func ordinary(minutes: Int) -> [ObservedFlow] {
        (0..<(minutes * 50)).map { Call.flow(1 + $0 % 5, 99, at: 1.2 * Double($0)) }
    }

    @Test func `a thousand unanswered flows in a minute from one host are a flood`() throws {
        let found = Self.evidence(
            (0..<3000).map { Call.flow(1, 2, port: 80, at: 0.01 * Double($0), .unanswered) })
        let told = try #require(found.first)
        #expect(found.count == 1 && told.kind == .flood && told[.attempts] == 1000)
        #expect(told.peer == Call.host(2) && told[.share] == 1 && told.confidence.value == 0.9)
        #expect(
            Self.evidence(
                (0..<3000).map { Call.flow(1, 2, port: 80, at: 0.07 * Double($0), .unanswered) })
                == [])
    }

    @Test func `a flood that goes on is told each ten minutes, and when it grows tenfold`() {
        let steady = (0..<60_000).map { Call.flow(1, 2, at: 0.03 * Double($0), .unanswered) }
        #expect(Self.evidence(steady).count == 3)
        let growing = (0..<12_000).map { Call.flow(1, 2, at: 0.004 * Double($0), .unanswered) }
        #expect(Self.evidence(growing).map { $0[.attempts] } == [1000, 10_000])
    }

    @Test func `few flows of many lost packets are a flood`() {
        let flows = (0..<4).map {
            Call.flow(1, 2, port: 80, at: 2 * Double($0), .unanswered, packets: 30_000)
        }
        #expect(Self.evidence(flows).map(\.kind) == [.flood])
        let streams = (0..<4).map {
            Call.flow(
                1, 2, port: 5004, at: 2 * Double($0), .unanswered, protocolNumber: 17,
                packets: 300_000)
        }
        #expect(Self.evidence(streams) == [])
    }

    @Test func `answered flows are a flood only if they are far more than ever`() {
        let hour = Self.ordinary(minutes: 70)
        let burst = (0..<1500).map { Call.flow(1, 99, at: 4205 + 0.01 * Double($0)) }
        #expect(Self.evidence(hour) == [])
        #expect(Self.evidence(hour + burst).map(\.kind) == [.flood])
        // While it still learns, a burst means nothing.
        let early = Self.ordinary(minutes: 10)
        let earlyBurst = (0..<1500).map { Call.flow(1, 99, at: 605 + 0.01 * Double($0)) }
        #expect(Self.evidence(early + earlyBurst) == [])
    }

    @Test func `many sources without an answer are a distributed flood`() throws {
        let hour = Self.ordinary(minutes: 70)
        let attack = (0..<300).map {
            Call.flow(1000 + $0, 99, at: 4205 + 0.1 * Double($0), .unanswered)
        }
        let found = Self.evidence(hour + attack)
        let told = try #require(found.first)
        #expect(found.count == 1 && told.kind == .distributedFlood)
        #expect(told.entity == .host(Call.host(99)) && told[.sources]! > 100)
        #expect(abs(told[.usual]! - 5) < 0.5 && told[.share]! > 0.5)
        // The same hosts, answered: the service became popular.
        let popular = (0..<300).map { Call.flow(1000 + $0, 99, at: 4205 + 0.1 * Double($0)) }
        #expect(Self.evidence(hour + popular) == [])
        // Answered, but hardly anything in them.
        let light = (0..<300).map {
            Call.flow(1000 + $0, 99, at: 4205 + 0.1 * Double($0), octets: (40, 40))
        }
        let longer = Self.ordinary(minutes: 130)
        let late = light.map { flow in
            var flow = flow
            flow.end = Timestamp(nanoseconds: flow.end.nanoseconds + 3600 * 1_000_000_000)
            return flow
        }
        #expect(Self.evidence(longer + late).map(\.kind) == [.distributedFlood])
    }

    @Test func `flows that are told hours late make no flood`() {
        let hour = Self.ordinary(minutes: 70)
        let closed = (0..<300).map {
            Call.flow(1000 + $0, 99, at: 600 + 9 * Double($0), .unanswered)
        }
        #expect(Self.evidence(hour + closed) == [])
    }

    @Test func `sixty forged sources with thousands of requests are a distributed flood`() {
        let attack = (0..<6000).map {
            Call.flow(1000 + $0 % 60, 99, at: 0.003 * Double($0), .unanswered)
        }
        #expect(Self.evidence(attack).map(\.kind) == [.distributedFlood])
    }

    @Test func `a service that is called by many as ever is quiet`() {
        let flows = (0..<60_000).map { Call.flow($0 % 400, 999, at: 0.1 * Double($0)) }
        #expect(Self.evidence(flows) == [])
    }

    @Test func `hostile keys and times stay inside the limits and trap nothing`() throws {
        var settings = FloodDetector.Configuration()
        settings.rememberedPairs = 100
        settings.rememberedTargets = 50
        var detector = try FloodDetector(settings)
        var evidence: [BehaviourEvidence] = []
        var generator = SeededGenerator(seed: 8)
        for number in 0..<3000 {
            var flow = Call.flow(
                generator.index(below: 1 << 24), generator.index(below: 1 << 24), at: 0,
                .unanswered,
                packets: .max, octets: (.max, .max))
            let isWild = number % 100 == 0
            flow.end = Timestamp(nanoseconds: isWild ? Int64(bitPattern: generator.next()) : 7)
            detector.observe(flow, into: &evidence)
        }
        #expect(detector.counts.held == 150 && detector.counts.evictions > 5000)
        settings.flows = 0
        #expect(throws: DetectorSettingError.self) { try FloodDetector(settings) }
    }
}
