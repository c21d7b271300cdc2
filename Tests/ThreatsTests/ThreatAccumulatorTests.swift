import Behaviours
import Flows
import NetworkTypes
import Testing
import Threats

struct ThreatAccumulatorTests {
    private let host = IPAddress(ipv4: 0x0a00_0007)
    private let quality = ObservationQuality(received: 100)

    private func time(_ seconds: Double) -> Timestamp {
        Timestamp(nanoseconds: 1_700_000_000_000_000_000 + Int64(seconds * 1e9))
    }

    private func evidence(
        _ kind: BehaviourKind, _ confidence: Double, at seconds: Double = 0,
        of entity: Entity? = nil
    ) -> ThreatEvidence {
        .behaviour(
            BehaviourEvidence(
                kind, of: entity ?? .host(host), time: time(seconds), firstSeen: time(seconds - 60),
                numbers: [EvidenceNumber(.destinations, 20)],
                confidence: Confidence(clamping: confidence), flows: 20))
    }

    private func add(
        _ evidence: ThreatEvidence, to threats: inout ThreatAccumulator, roles: [HostRole] = [],
        scope: String = ""
    ) -> Threat? {
        threats.add(evidence, scope: scope, roles: roles, quality: quality)
    }

    @Test func `what is believed is told once`() throws {
        var threats = ThreatAccumulator()
        let told = try #require(add(evidence(.horizontalScan, 0.8), to: &threats))
        #expect(told.model == .reconnaissance && told.change == .raised && told.revision == 1)
        #expect(told.severity == .medium && told.confidence.value == 0.8)
        #expect(told.tier == nil && told.score == nil)
        #expect(told.techniques == ["T1046"])
        #expect(
            told.entity == .host(host) && told.firstSeen == time(-60) && told.quality == quality)
        #expect(add(evidence(.horizontalScan, 0.8, at: 60), to: &threats) == nil)
        #expect(threats.counts.raised == 1 && threats.counts.evidence == 2)
    }

    @Test func `kinds that each say little say much together`() throws {
        var threats = ThreatAccumulator()
        #expect(add(evidence(.beacon, 0.4), to: &threats) == nil)
        let told = try #require(add(evidence(.dnsTunnel, 0.4, at: 10), to: &threats))
        #expect(told.model == .commandAndControl)
        #expect(abs(told.confidence.value - 0.64) < 0.001)
        #expect(told.evidence.map(\.kind) == ["dnsTunnel", "beacon"])
    }

    @Test func `more of one kind is not more kinds`() {
        var threats = ThreatAccumulator()
        for second in 0..<100 {
            #expect(add(evidence(.longConnection, 0.4, at: Double(second)), to: &threats) == nil)
        }
    }

    @Test func `another kind makes a threat grow`() throws {
        var threats = ThreatAccumulator()
        _ = add(evidence(.horizontalScan, 0.8), to: &threats)
        let grown = try #require(add(evidence(.verticalScan, 0.8, at: 5), to: &threats))
        #expect(grown.change == .grown && grown.revision == 2)
        #expect(grown.confidence.value > 0.95 && grown.severity == .high)
        #expect(threats.counts.grown == 1)
    }

    @Test func `evidence fades`() {
        var threats = ThreatAccumulator()
        #expect(add(evidence(.beacon, 0.5), to: &threats) == nil)
        // Two half-lives later a half is an eighth.
        #expect(add(evidence(.dnsTunnel, 0.5, at: 2 * 86_400), to: &threats) == nil)
    }

    @Test func `a threat that was quiet for a week is told anew`() throws {
        var threats = ThreatAccumulator()
        _ = add(evidence(.arpScan, 0.9), to: &threats)
        #expect(threats.isUnderSuspicion(host, scope: "", at: time(3600)))
        #expect(!threats.isUnderSuspicion(host, scope: "", at: time(8 * 86_400)))
        let again = try #require(add(evidence(.arpScan, 0.9, at: 8 * 86_400), to: &threats))
        #expect(again.change == .raised && again.revision == 1)
    }

    @Test func `the operator's weights change how far a behaviour is believed`() throws {
        var configuration = ThreatAccumulator.Configuration()
        configuration.weights = [.beacon: 0.5, .arpScan: 0]
        var threats = ThreatAccumulator(configuration)
        #expect(add(evidence(.beacon, 0.9), to: &threats) == nil)
        #expect(add(evidence(.arpScan, 0.99), to: &threats) == nil)
        let told = try #require(add(evidence(.dnsTunnel, 0.7), to: &threats))
        #expect(abs(told.confidence.value - (1 - 0.55 * 0.3)) < 1e-9)
        // From now on as it is.
        configuration.weights = [:]
        threats.configure(configuration)
        #expect(add(evidence(.arpScan, 0.99), to: &threats) != nil)
    }

    @Test func `a role explains its work and nothing else`() throws {
        var threats = ThreatAccumulator()
        #expect(add(evidence(.verticalScan, 0.9), to: &threats, roles: [.scanner]) == nil)
        #expect(threats.counts.expected == 1)
        let told = try #require(add(evidence(.dnsTunnel, 0.9), to: &threats, roles: [.scanner]))
        #expect(told.model == .commandAndControl)
        #expect(threats.counts.expected == 1)
    }

    @Test func `scopes and hosts are kept apart`() {
        var threats = ThreatAccumulator()
        #expect(add(evidence(.beacon, 0.5), to: &threats, scope: "labs") == nil)
        #expect(add(evidence(.dnsTunnel, 0.5), to: &threats, scope: "offices") == nil)
        let other = Entity.host(IPAddress(ipv4: 0x0a00_0008))
        #expect(add(evidence(.dnsTunnel, 0.5, of: other), to: &threats, scope: "labs") == nil)
        #expect(add(evidence(.dnsTunnel, 0.5), to: &threats, scope: "labs") != nil)
    }

    @Test func `the threat of a pair is that of the host that acts`() throws {
        var threats = ThreatAccumulator()
        let pair = Entity.pair(host, IPAddress(ipv4: 0x0808_0808))
        let told = try #require(add(evidence(.beacon, 0.9, of: pair), to: &threats))
        #expect(told.entity == .host(host))
    }

    @Test func `a scan before makes a guesser more suspect`() throws {
        var threats = ThreatAccumulator()
        _ = add(evidence(.horizontalScan, 0.9), to: &threats)
        let told = try #require(add(evidence(.bruteForce, 0.5, at: 10), to: &threats))
        #expect(told.model == .credentialAttack)
        #expect(abs(told.confidence.value - (1 - 0.5 * (1 - 0.27))) < 0.001)
    }

    @Test func `its fingerprint stays, and differs between models and hosts`() throws {
        var threats = ThreatAccumulator()
        let one = try #require(add(evidence(.horizontalScan, 0.8), to: &threats))
        let grown = try #require(add(evidence(.slowScan, 0.8), to: &threats))
        let other = try #require(add(evidence(.bruteForce, 0.8), to: &threats))
        #expect(one.fingerprint == grown.fingerprint && one.fingerprint != other.fingerprint)
    }

    @Test func `hosts that somebody makes up do not fill the memory`() {
        var configuration = ThreatAccumulator.Configuration()
        configuration.limit = 1000
        var threats = ThreatAccumulator(configuration)
        for number in 0..<10_000 {
            let entity = Entity.host(IPAddress(ipv4: UInt32(number)))
            _ = add(evidence(.newPeer, 0.1, of: entity), to: &threats)
        }
        #expect(threats.counts.evictions == 9000)
    }
}

struct RareFlowTests {
    private static func host(_ number: Int) -> IPAddress {
        IPAddress(ipv4: 0x0a00_0000 + UInt32(number))
    }

    private func flow(
        _ second: Double, host: Int, isRare: Bool, application: String = "TLS"
    ) -> ScoredFlow {
        let end = Timestamp(nanoseconds: 1_699_920_000_000_000_000 + Int64(second * 1e9))
        let flow = ObservedFlow(
            key: FlowKey(
                initiator: FlowEnd(address: Self.host(host), port: 5000),
                responder: FlowEnd(address: IPAddress(ipv4: 0x0808_0808), port: 443),
                protocolNumber: 6),
            start: end, end: end, application: application, outcome: .established,
            forward: .init(), backward: .init())
        return ScoredFlow(
            flow: flow, score: isRare ? 5 : 1, pValue: isRare ? 0.0005 : 0.5, tier: isRare ? 3 : 0)
    }

    /// Two days of ten hosts with the application, and a rare flow now and then.
    private func accustomed(_ threats: inout ThreatAccumulator, rareEach: Int) {
        for number in 0..<20_000 {
            let second = Double(number) * 8.6
            let told = threats.add(
                flow(second, host: number % 10, isRare: number / 10 % rareEach == 7),
                host: Self.host(number % 10), roles: [], quality: ObservationQuality())
            #expect(told == nil)
        }
    }

    /// The threat after so many rare flows of one host on the third day.
    private func threat(
        _ threats: inout ThreatAccumulator, after count: Int, application: String = "TLS"
    ) -> Threat? {
        for number in 0..<count {
            let told = threats.add(
                flow(
                    172_800 + Double(number), host: 3, isRare: true, application: application),
                host: Self.host(3), roles: [], quality: ObservationQuality())
            if let told { return told }
        }
        return nil
    }

    @Test func `rare flows are evidence when chance does not give as many`() throws {
        var threats = ThreatAccumulator()
        accustomed(&threats, rareEach: 1000)
        let threat = try #require(threat(&threats, after: 30))
        #expect(threat.model == .unusualTraffic && threat.severity == .low)
        #expect(threat.tier == 3 && threat.score == 5 && threat.application == "TLS")
        #expect(threat.sentence.contains("flows of TLS rarer than 1 in 1,000"))
    }

    @Test func `what is rare for everybody is rare for nobody`() {
        var threats = ThreatAccumulator()
        accustomed(&threats, rareEach: 8)
        #expect(threat(&threats, after: 20) == nil)
    }

    @Test func `what no labeller could name is compared with nothing`() {
        var threats = ThreatAccumulator()
        accustomed(&threats, rareEach: 1000)
        #expect(threat(&threats, after: 100, application: "UNKNOWN") == nil)
        #expect(threat(&threats, after: 100, application: "NEVER_SEEN") == nil)
    }
}
