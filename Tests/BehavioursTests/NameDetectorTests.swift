import Behaviours
import Flows
import NetworkTypes
import Testing

struct NameDetectorTests {
    private func tunnels(_ lookups: [NameLookup]) throws -> [BehaviourEvidence] {
        var detector = try TunnelDetector()
        var evidence: [BehaviourEvidence] = []
        for lookup in lookups { detector.observe(lookup, into: &evidence) }
        return evidence
    }

    private func generated(_ lookups: [NameLookup]) throws -> [BehaviourEvidence] {
        var detector = try GeneratedNameDetector()
        var evidence: [BehaviourEvidence] = []
        for lookup in lookups { detector.observe(lookup, into: &evidence) }
        return evidence
    }

    @Test func `a tunnel through names is told at RITA's steps`() throws {
        let lookups = (0..<1_300).map { part in
            Scene.lookup(
                Scene.inside(4), "\(Scene.word(UInt64(part), length: 48)).t.tunnel.co.uk",
                at: Double(part), type: 16, octets: 110)
        }
        let evidence = try tunnels(lookups)
        #expect(evidence.count == 4)
        let first = try #require(evidence.first)
        #expect(first.kind == .dnsTunnel && first.application == "tunnel.co.uk")
        #expect(first.entity == .host(Scene.inside(4)))
        #expect(try abs(#require(first[.names]) - 100) < 15)
        #expect(first[.share] == 1)
        #expect(try #require(first[.entropy]) > 3.8)
        #expect(first.confidence.value > 0.6)
        #expect(try #require(evidence.last).confidence > first.confidence)
    }

    @Test func `many names of a content network are believed little, few names not told`() throws {
        let lookups = (0..<150).map { part in
            Scene.lookup(Scene.inside(4), "e\(part).cdn.example.com", at: Double(part))
        }
        #expect(try #require(try tunnels(lookups).first).confidence.value < 0.2)
        let repeated = (0..<5_000).map { part in
            Scene.lookup(Scene.inside(4), "e\(part % 80).cdn.example.com", at: Double(part))
        }
        #expect(try tunnels(repeated).isEmpty)
        let backwards = (0..<500).map { part in
            Scene.lookup(Scene.inside(4), "\(part).2.0.192.in-addr.arpa", at: Double(part))
        }
        #expect(try tunnels(backwards).isEmpty)
    }

    @Test func `a tunnel is told from flows that show no names`() throws {
        var detector = try TunnelDetector()
        var evidence: [BehaviourEvidence] = []
        for part in 0..<40 {
            let isTunnel = part >= 20
            detector.observe(
                Scene.flow(
                    Scene.inside(isTunnel ? 5 : 4), Scene.inside(53), at: Double(part) * 50,
                    lasting: 50, out: isTunnel ? 500 * 210 : 500 * 62, port: 53,
                    application: "DNS", protocolNumber: 17, packets: 500), into: &evidence)
        }
        #expect(!evidence.isEmpty && evidence.count <= 3)
        #expect(
            evidence.allSatisfy { $0.entity == .host(Scene.inside(5)) && $0.kind == .dnsTunnel })
    }

    @Test func `generated names are told at 10 missing domains and every 5 more`() throws {
        let lookups = (0..<21).map { part in
            Scene.lookup(
                Scene.inside(6), "\(Scene.word(UInt64(part), length: 14)).info", at: Double(part),
                code: 3)
        }
        let evidence = try generated(lookups)
        #expect(evidence.compactMap { $0[.names]?.rounded(.down) } == [10, 15, 20])
        #expect(evidence.allSatisfy { $0.kind == .generatedNames })
        #expect(evidence[0].confidence.value >= 0.4)
        // Names that exist, and the same ones again, are none.
        let found = lookups.map { lookup in
            var lookup = lookup
            lookup.responseCode = 0
            return lookup
        }
        #expect(try generated(found).isEmpty)
        #expect(try generated(Array(repeating: lookups[0], count: 50)).isEmpty)
        // Nor are they if they come slowly.
        let slow = lookups.enumerated().map { part, lookup in
            var lookup = lookup
            lookup.timestamp = Scene.at(Double(part) * 600)
            return lookup
        }
        #expect(try generated(slow).isEmpty)
    }

    @Test func `search domains, backward look-ups and single labels are no generated names`() throws
    {
        let names = (0..<60).flatMap { part in
            [
                "\(Scene.word(UInt64(part), length: 12)).com.campus.example.edu",
                "\(part).2.0.192.in-addr.arpa", Scene.word(UInt64(part), length: 12),
                "\(Scene.word(UInt64(part), length: 9)).local",
                "\(part).2.0.192.zen.blocklist.org",
            ]
        }
        let lookups = names.enumerated().map { part, name in
            Scene.lookup(Scene.inside(6), name, at: Double(part), code: 3)
        }
        #expect(try generated(lookups).isEmpty)
    }

    @Test func `names of any make trap nothing`() throws {
        let names = [
            "", ".", "..", "...", "a", "a.", ".a", "a.b", "a..b", "co.uk", "a.co.uk", "b.a.co.uk",
            String(repeating: "a.", count: 500), String(repeating: "x", count: 1_023), "é.ü.ö",
        ]
        for name in names {
            let lookup = Scene.lookup(Scene.inside(6), name, at: 0, code: 3)
            #expect(try tunnels([lookup]).isEmpty && generated([lookup]).isEmpty)
        }
    }
}
