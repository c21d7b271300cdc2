import Behaviours
import Flows
import NetworkTypes
import Testing

struct LongConnectionDetectorTests {
    private func seen(_ flows: [ObservedFlow]) throws -> [BehaviourEvidence] {
        var detector = try LongConnectionDetector()
        let census = try PeerCensus()
        var evidence: [BehaviourEvidence] = []
        for flow in flows { detector.observe(flow, census: census, into: &evidence) }
        return evidence
    }

    @Test func `an open connection is told once at each step`() throws {
        let news = (1...900).map { minute in
            Scene.flow(
                Scene.inside(2), Scene.outside(5), at: 0, lasting: Double(minute) * 60,
                out: UInt64(minute) * 1_000, isOpen: true)
        }
        let evidence = try seen(news)
        #expect(evidence.compactMap { $0[.duration] } == [3_600, 14_400, 28_800, 43_200])
        #expect(evidence.map { $0[.octetsOut] } == [60_000, 240_000, 480_000, 720_000])
        #expect(evidence.map(\.confidence) == evidence.map(\.confidence).sorted())
        #expect(evidence.allSatisfy { $0.entity == .pair(Scene.inside(2), Scene.outside(5)) })
    }

    @Test func `the pieces of a connection that was cut are one`() throws {
        let pieces = (0..<45).map { part in
            Scene.flow(
                Scene.inside(2), Scene.outside(5), at: Double(part) * 120, lasting: 119.6)
        }
        let evidence = try seen(pieces)
        #expect(evidence.count == 1)
        #expect(evidence[0].firstSeen == Scene.at(0))
        #expect(evidence[0][.octetsOut] == Double(evidence[0].flows) * 1_000)
    }

    @Test func `calls with pauses, short ones and those inside are not long`() throws {
        let calls = (0..<100).map { part in
            Scene.flow(Scene.inside(2), Scene.outside(5), at: Double(part) * 900, lasting: 500)
        }
        #expect(try seen(calls).isEmpty)
        let short = (0..<10_000).map { part in
            Scene.flow(Scene.inside(2), Scene.outside(5), at: Double(part), lasting: 0.9)
        }
        #expect(try seen(short).isEmpty)
        #expect(
            try seen([Scene.flow(Scene.inside(2), Scene.inside(5), at: 0, lasting: 90_000)]).isEmpty
        )
        #expect(
            try seen([Scene.flow(Scene.inside(2), Scene.outside(5), at: 0, lasting: 90_000)]).count
                == 1)
    }
}
