import Behaviours
import Flows
import NetworkTypes
import Statistics
import Testing

struct ExfiltrationDetectorTests {
    /// Two days of 40 hosts that send some hundred kilobytes an hour to each of 10 servers.
    private static let ordinary: [ObservedFlow] = {
        var generator = SeededGenerator(seed: 5)
        return (0..<48).flatMap { hour in
            (0..<400).map { part in
                Scene.flow(
                    Scene.inside(part / 10), Scene.outside(part % 10),
                    at: Double(hour) * 3600 + Double(part) * 8,
                    out: UInt64(10_000 * GeneratedPair.power(500, generator.uniform())),
                    back: 5_000_000)
            }
        }
    }()

    private func seen(_ flows: [ObservedFlow]) throws -> [BehaviourEvidence] {
        var detector = try ExfiltrationDetector()
        var census = try PeerCensus()
        var evidence: [BehaviourEvidence] = []
        for flow in flows {
            census.observe(flow)
            detector.observe(flow, census: census, into: &evidence)
        }
        return evidence
    }

    private let later = 49.0 * 3600

    @Test func `an ordinary network tells nothing`() throws {
        #expect(try seen(Self.ordinary).isEmpty)
    }

    @Test func `half a gigabyte to a new server is told, and again at the fourfold`() throws {
        let uploads = (0..<10).map { part in
            Scene.flow(
                Scene.inside(3), Scene.outside(99), at: later + Double(part) * 60, out: 50_000_000,
                back: 100_000, sourcePort: UInt16(50_000 + part))
        }
        let evidence = try seen(Self.ordinary + uploads)
        #expect(evidence.count == 2)
        let first = try #require(evidence.first)
        #expect(first.kind == .exfiltration)
        #expect(first.entity == .pair(Scene.inside(3), Scene.outside(99)))
        #expect(first[.octetsOut] == 100_000_000)
        #expect(evidence.last?[.octetsOut] == 400_000_000)
        #expect(first.confidence.value > 0.7)
        #expect(try #require(first[.rarity]) >= 1_000)
    }

    @Test func `the news of an open flow are added up once`() throws {
        var uploads = (1...10).map { part in
            Scene.flow(
                Scene.inside(3), Scene.outside(99), at: later, lasting: Double(part) * 60,
                out: UInt64(part) * 9_000_000, back: 1_000, isOpen: true)
        }
        var last = uploads[9]
        last.isOpen = false
        uploads.append(last)
        #expect(try seen(Self.ordinary + uploads).isEmpty)
        last.forward.octets = 110_000_000
        #expect(try seen(Self.ordinary + uploads.dropLast() + [last]).count == 1)
    }

    @Test func `what comes back as much is a conversation`() throws {
        let call = Scene.flow(
            Scene.inside(3), Scene.outside(99), at: later, out: 900_000_000, back: 300_000_000)
        #expect(try seen(Self.ordinary + [call]).isEmpty)
    }

    @Test func `what a host does every day is its habit, and a new network learns`() throws {
        let backup = (0..<48).map { hour in
            Scene.flow(
                Scene.inside(3), Scene.outside(99), at: Double(hour) * 3600 + 3_300,
                out: 900_000_000, back: 1_000, sourcePort: UInt16(50_000 + hour))
        }
        let flows = (Self.ordinary + backup).sorted { $0.end < $1.end }
        let early = try seen(flows)
        #expect(early.allSatisfy { $0.time > Scene.at(3 * 3600) })
        let again = Scene.flow(
            Scene.inside(3), Scene.outside(99), at: later, out: 900_000_000, back: 1_000)
        let before = early.count
        #expect(try seen(flows + [again]).count == before)
    }
}
