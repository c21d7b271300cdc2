import Behaviours
import Flows
import NetworkTypes
import Testing

struct NoveltyDetectorTests {
    private func seen(
        _ flows: [ObservedFlow], _ configuration: NoveltyDetector.Configuration = .init()
    ) throws -> [BehaviourEvidence] {
        var detector = try NoveltyDetector(configuration)
        var census = try PeerCensus()
        var evidence: [BehaviourEvidence] = []
        for flow in flows {
            census.observe(flow)
            detector.observe(
                flow, census: census,
                place: { address in
                    let isFar = address >= Scene.outside(500)
                    return PeerPlace(
                        country: isFar ? "NZ" : "DE", autonomousSystem: isFar ? 64_500 : 64_496)
                }, into: &evidence)
        }
        return evidence
    }

    /// Twenty hosts that speak to the same ten servers, every five minutes, for `days`.
    private func ordinary(days: Int) -> [ObservedFlow] {
        (0..<(days * 288)).flatMap { part in
            (0..<20).map { host in
                Scene.flow(
                    Scene.inside(host), Scene.outside(part % 10), at: Double(part) * 300,
                    sourcePort: UInt16(30_000 + part % 30_000))
            }
        }
    }

    @Test func `what everybody does every day tells nothing, and a first day neither`() throws {
        #expect(try seen(ordinary(days: 3)).isEmpty)
        let strange = (0..<50).map { part in
            Scene.flow(Scene.inside(3), Scene.outside(600 + part), at: 80_000 + Double(part))
        }
        #expect(
            try seen(ordinary(days: 1).filter { $0.start < Scene.at(80_000) } + strange).isEmpty)
    }

    @Test func `what a quiet host never did is told once`() throws {
        let now = 2 * 86_400.0
        let strange = (0..<5).map { part in
            Scene.flow(
                Scene.inside(3), Scene.outside(700), at: now + Double(part) * 60,
                application: "BITTORRENT")
        }
        let evidence = try seen(ordinary(days: 2) + strange)
        #expect(
            Set(evidence.map(\.kind)) == [.newCountry, .newNetwork, .newPeer, .newApplication])
        #expect(evidence.count == 4)
        #expect(evidence.allSatisfy { $0.confidence.value <= 0.3 && $0.confidence.value > 0 })
        #expect(evidence.allSatisfy { $0.entity == .host(Scene.inside(3)) })
        #expect(try abs(#require(evidence.first?[.prevalence]) - 0.05) < 0.005)
    }

    @Test func `a new host learns for itself, and one that roams is not told`() throws {
        let now = 2 * 86_400.0
        let guest = (0..<100).map { part in
            Scene.flow(Scene.inside(99), Scene.outside(part), at: now + Double(part) * 60)
        }
        #expect(try seen(ordinary(days: 2) + guest).isEmpty)
        let roaming = (0..<2_880).map { part in
            Scene.flow(Scene.inside(98), Scene.outside(20 + part), at: Double(part) * 60)
        }
        let evidence = try seen((ordinary(days: 2) + roaming).sorted { $0.end < $1.end })
        #expect(!evidence.contains { $0.kind == .newPeer })
    }

    @Test func `calls that nobody answered are no novelty`() throws {
        let calls = (0..<100).map { part in
            Scene.flow(
                Scene.inside(3), Scene.outside(700 + part), at: 2 * 86_400 + Double(part), back: 0,
                outcome: .unanswered)
        }
        #expect(try seen(ordinary(days: 2) + calls).isEmpty)
    }

    @Test func `a host that floods the memory shortens it, which is counted`() throws {
        var configuration = NoveltyDetector.Configuration()
        configuration.memoryLimit = 1_000
        var detector = try NoveltyDetector(configuration)
        let census = try PeerCensus()
        var evidence: [BehaviourEvidence] = []
        for part in 0..<20_000 {
            detector.observe(
                Scene.flow(Scene.inside(3), Scene.outside(part), at: Double(part)), census: census,
                place: { _ in nil }, into: &evidence)
        }
        #expect(detector.counts.evictions > 15)
        #expect(detector.counts.held < 20_000)
    }
}
