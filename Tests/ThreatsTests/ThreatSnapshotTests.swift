import Behaviours
import Flows
import NetworkTypes
import Statistics
import Testing
import Threats

/// Threats under way, saved and read again.
struct ThreatSnapshotTests {
    private struct Step {
        var evidence: ThreatEvidence?
        var flow: ScoredFlow?
        var host: IPAddress
    }

    /// Evidence of all kinds about a few hosts, and flows of which some are rare, over ten days.
    private func steps(_ count: Int, seed: UInt64) -> [Step] {
        var random = SeededGenerator(seed: seed)
        return (0..<count).map { part in
            let host = IPAddress(ipv4: 0x0a00_0000 + UInt32(random.index(below: 12)))
            let seconds = Double(part) * 864_000 / Double(count)
            let time = Timestamp(nanoseconds: 1_700_000_000_000_000_000 + Int64(seconds * 1e9))
            if random.index(below: 20) == 0 {
                let kind = BehaviourKind.allCases[random.index(below: BehaviourKind.allCases.count)]
                let peer = IPAddress(high: 0x2001_0db8 << 32, low: UInt64(random.index(below: 4)))
                let entity: Entity = random.index(below: 2) == 0 ? .host(host) : .pair(host, peer)
                return Step(
                    evidence: .behaviour(
                        BehaviourEvidence(
                            kind, of: entity, time: time,
                            firstSeen: Timestamp(nanoseconds: time.nanoseconds - 60_000_000_000),
                            application: "TLS", peer: peer, port: 443,
                            numbers: [EvidenceNumber(.attempts, random.uniform() * 100)],
                            confidence: Confidence(clamping: random.uniform()), flows: 7)),
                    host: host)
            }
            var flow = ObservedFlow(
                key: FlowKey(
                    initiator: FlowEnd(address: host, port: 40_000),
                    responder: FlowEnd(address: IPAddress(ipv4: 0x5db8_0001), port: 443),
                    protocolNumber: 6),
                start: time, end: time, application: ["TLS", "SSH"][part % 2],
                outcome: .established, forward: .init(packets: 3, octets: 300),
                backward: .init(packets: 4, octets: 4000), metrics: .init(repeating: 1.5))
            flow.serverName = part % 3 == 0 ? "example.org" : nil
            flow.scope = part % 5 == 0 ? "lab" : ""
            let isRare = random.index(below: host.low % 12 == 3 && part > count / 2 ? 4 : 400) == 0
            return Step(
                flow: ScoredFlow(
                    flow: flow, score: random.uniform() * 20, pValue: isRare ? 0.0005 : 0.4,
                    tier: isRare ? 3 : 0), host: host)
        }
    }

    private func told(
        _ steps: ArraySlice<Step>, _ threats: inout ThreatAccumulator
    ) -> [Threat] {
        steps.compactMap { step in
            let quality = ObservationQuality(received: 5)
            if let evidence = step.evidence {
                return threats.add(evidence, scope: "", roles: [], quality: quality)
            }
            return step.flow.flatMap {
                threats.add($0, host: step.host, roles: [], quality: quality)
            }
        }
    }

    private func restored(
        _ bytes: [UInt8], _ configuration: ThreatAccumulator.Configuration = .init()
    ) throws -> ThreatAccumulator {
        var threats = ThreatAccumulator(configuration)
        try threats.restore(bytes)
        return threats
    }

    @Test(arguments: [65_536, 9])
    func `after a pause at any moment the same is told`(limit: Int) throws {
        var configuration = ThreatAccumulator.Configuration()
        (configuration.limit, configuration.pairLimit) = (limit, 4 * limit)
        let steps = self.steps(30_000, seed: 8)
        var whole = ThreatAccumulator(configuration)
        let before = told(steps[..<17_000], &whole)
        let bytes = whole.encoded()
        let after = told(steps[17_000...], &whole)
        #expect(before.count > 5 && after.count > 5)
        #expect(after.contains { $0.evidence.contains { $0.kind == "rareFlows" } } || limit < 10)
        var second = try restored(bytes, configuration)
        #expect(second.encoded() == bytes)
        #expect(told(steps[17_000...], &second) == after)
        #expect(second.encoded() == whole.encoded() && second.counts == whole.counts)
    }

    @Test func `a snapshot that was cut off or damaged is refused, a forged one traps nothing`()
        throws
    {
        var threats = ThreatAccumulator()
        _ = told(steps(400, seed: 9)[...], &threats)
        let bytes = threats.encoded()
        for count in 0..<bytes.count {
            #expect(throws: ByteReader.Failure.self) { try restored(Array(bytes[..<count])) }
        }
        var random = SeededGenerator(seed: 5)
        let more = steps(200, seed: 9)
        for _ in 0..<3000 {
            var damaged = bytes
            damaged[random.index(below: bytes.count)] ^= 1 << UInt8(random.index(below: 8))
            #expect(throws: ByteReader.Failure.self) { try restored(damaged) }
            var forged = Array(damaged.dropLast(8))
            let place = 12 + random.index(below: forged.count - 20)
            for octet in place..<(place + random.index(below: 9)) { forged[octet] = 0xff }
            let sum = ByteReader.checksum(forged[...])
            for shift in 0..<8 { forged.append(UInt8(truncatingIfNeeded: sum >> (8 * shift))) }
            guard var read = try? restored(forged) else { continue }
            for threat in told(more[...], &read) { #expect(!threat.sentence.isEmpty) }
        }
    }
}
