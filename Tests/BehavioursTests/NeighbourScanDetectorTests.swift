import Behaviours
import Flows
import NetworkTypes
import Testing

struct NeighbourScanDetectorTests {
    private static func evidence(_ queries: [AddressQuery]) -> [BehaviourEvidence] {
        var detector = NeighbourScanDetector()
        var evidence: [BehaviourEvidence] = []
        for query in queries { detector.observe(query, into: &evidence) }
        return evidence
    }

    @Test func `a sweep of the neighbourhood is told at ten and at a hundred`() throws {
        let found = Self.evidence((1...254).map { Call.question(500, $0, at: 0.02 * Double($0)) })
        #expect(found.map(\.kind) == [.arpScan, .arpScan])
        let first = try #require(found.first)
        #expect(first.entity == .host(Call.host(500)) && first[.destinations] == 10)
        #expect(first.kind.attackTechnique == "T1018")
        #expect(first.confidence < found[1].confidence)
        // With no address of its own, too.
        #expect(Self.evidence((1...10).map { Call.question(0, $0, at: 0) }).count == 1)
    }

    @Test func `hosts that answer, and announcements, are no scan`() {
        var queries: [AddressQuery] = []
        for target in 1...200 {
            let time = 0.05 * Double(target)
            queries.append(Call.question(500, target, at: time))
            queries.append(Call.question(target, 500, at: time + 0.01, isRequest: false))
            queries.append(Call.question(target, target, at: time))
        }
        #expect(Self.evidence(queries) == [])
        #expect(Self.evidence((1...100).map { Call.question(500, $0, at: 10 * Double($0)) }) == [])
    }

    @Test func `a router may ask for more, not for everything`() {
        let known = (1...8).map { Call.question($0, 500, at: Double($0) / 100) }
        let probe = Call.question(500, 300, at: 0)
        let some = (1...60).map { Call.question(500, 600 + $0, at: 1 + 0.3 * Double($0)) }
        #expect(Self.evidence(some).count == 1)
        #expect(Self.evidence([probe] + known + some) == [])
        let all = (1...250).map { Call.question(500, 600 + $0, at: 1 + 0.05 * Double($0)) }
        #expect(Self.evidence([probe] + known + all).count == 1)
    }
}
