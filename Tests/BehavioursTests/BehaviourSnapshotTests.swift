import Behaviours
import Flows
import NetworkTypes
import Simulation
import Statistics
import Testing

/// What the detectors remember, saved and read again.
struct BehaviourSnapshotTests {
    /// Two days of a small campus with every kind of attack in the second.
    private static let campus: [Observation] = {
        guard
            let configuration = try? HostedCampus.Configuration(
                seed: 5, days: 2, hosts: 30, flows: 30_000, learningDays: 1)
        else { return [] }
        var campus = HostedCampus(configuration)
        var observations: [Observation] = []
        while true {
            let next = campus.next(limit: 4096)
            if next.isEmpty { return observations }
            observations += next
        }
    }()

    /// Somewhere, the same for the same address.
    private static func place(of address: IPAddress) -> PeerPlace? {
        PeerPlace(
            country: ["DE", "CO", "US", "FR"][Int(address.low % 4)],
            autonomousSystem: UInt32(address.low % 97))
    }

    /// Tables so small that their entries make room for others all the time.
    private static var cramped: BehaviourWatch.Configuration {
        var configuration = BehaviourWatch.Configuration()
        configuration.census.peerLimit = 60
        configuration.scans.rememberedPairs = 200
        configuration.scans.rememberedSources = 20
        configuration.scans.rememberedSpreads = 30
        configuration.neighbourScans.rememberedHosts = 5
        configuration.credentials.rememberedPairs = 5
        configuration.credentials.rememberedSources = 5
        configuration.lateralMovement.rememberedSources = 5
        configuration.lateralMovement.rememberedTargets = 10
        configuration.lateralMovement.memoryLimit = 1000
        configuration.floods.rememberedPairs = 100
        configuration.floods.rememberedTargets = 50
        configuration.beacons.youngLimit = 100
        configuration.beacons.pairLimit = 60
        configuration.beacons.octetBudget = 65_536
        configuration.exfiltration.pairLimit = 40
        configuration.exfiltration.sourceLimit = 20
        configuration.exfiltration.applicationLimit = 5
        configuration.exfiltration.openFlowLimit = 10
        configuration.tunnels.domainLimit = 40
        configuration.tunnels.serverLimit = 20
        configuration.generatedNames.clientLimit = 10
        configuration.longConnections.connectionLimit = 20
        configuration.novelties.hostLimit = 20
        configuration.novelties.thingLimit = 30
        configuration.novelties.memoryLimit = 1000
        configuration.seed(77)
        return configuration
    }

    private func observe(
        _ observations: ArraySlice<Observation>, _ watch: inout BehaviourWatch
    ) -> [BehaviourEvidence] {
        var evidence: [BehaviourEvidence] = []
        for observation in observations {
            watch.observe(observation, place: Self.place, into: &evidence)
        }
        return evidence
    }

    private func restored(
        _ bytes: [UInt8], _ configuration: BehaviourWatch.Configuration
    ) throws -> BehaviourWatch {
        var watch = try BehaviourWatch(configuration)
        try watch.restore(bytes)
        return watch
    }

    @Test(arguments: [false, true])
    func `after a pause at any moment the same is told`(isCramped: Bool) throws {
        let configuration = isCramped ? Self.cramped : BehaviourWatch.Configuration()
        let all = Self.campus
        try #require(all.count > 20_000)
        var whole = try BehaviourWatch(configuration)
        var parts: [(place: Int, bytes: [UInt8])] = []
        var told: [(place: Int, evidence: [BehaviourEvidence])] = []
        var start = 0
        var random = SeededGenerator(seed: isCramped ? 2 : 1)
        let cuts = (0..<4).map { _ in random.index(below: all.count) }.sorted() + [all.count]
        for cut in cuts {
            told.append((start, observe(all[start..<cut], &whole)))
            start = cut
            parts.append((cut, whole.encoded()))
        }
        if !isCramped {
            // Something of nearly every detector is among it.
            #expect(Set(told.flatMap(\.evidence).map(\.kind)).count >= 12)
        }
        for (place, bytes) in parts {
            var watch = try restored(bytes, configuration)
            #expect(watch.encoded() == bytes)
            #expect(watch.counts == (place == all.count ? whole.counts : watch.counts))
            let rest = observe(all[place...], &watch)
            #expect(rest == told.filter { $0.place >= place }.flatMap(\.evidence))
            #expect(watch.encoded() == parts.last?.bytes)
            #expect(watch.counts == whole.counts)
        }
    }

    // MARK: Damage

    /// A few octets of each detector.
    private func small() throws -> (bytes: [UInt8], configuration: BehaviourWatch.Configuration) {
        let configuration = Self.cramped
        var watch = try BehaviourWatch(configuration)
        var observations: [Observation] = []
        for part in 0..<30 {
            let isName = part % 2 == 0
            let flow = Scene.flow(
                Scene.inside(part % 3), Scene.outside(part % 2), at: Double(part) * 90,
                lasting: 40, out: 70_000, port: isName ? 53 : 22,
                application: isName ? "DNS" : "SSH",
                outcome: part % 5 == 0 ? .unanswered : .established, isOpen: part % 7 == 0,
                protocolNumber: isName ? 17 : 6)
            observations.append(.flow(flow))
        }
        for part in 0..<3 {
            observations.append(
                .lookup(Scene.lookup(Scene.inside(1), "a.b\(part).example", at: 3000, code: 3)))
            observations.append(
                .addressQuery(
                    AddressQuery(
                        timestamp: Scene.at(3000), senderMAC: 5, sender: Scene.inside(9),
                        target: Scene.inside(20 + part), isRequest: true)))
        }
        _ = observe(observations[...], &watch)
        return (watch.encoded(), configuration)
    }

    @Test func `a snapshot that was cut off or damaged is refused`() throws {
        let (bytes, configuration) = try small()
        #expect(bytes.count < 60_000)
        for count in stride(from: 0, to: bytes.count, by: bytes.count > 8_000 ? 7 : 1) {
            #expect(throws: ByteReader.Failure.self) {
                try restored(Array(bytes[..<count]), configuration)
            }
        }
        var random = SeededGenerator(seed: 3)
        for _ in 0..<1000 {
            var damaged = bytes
            damaged[random.index(below: bytes.count)] ^= 1 << UInt8(random.index(below: 8))
            #expect(throws: ByteReader.Failure.self) { try restored(damaged, configuration) }
        }
        #expect(throws: ByteReader.Failure.self) { try restored(bytes, .init()) }
    }

    /// A forger can write a checksum, too.
    @Test func `forged octets trap nothing, neither when read nor later`() throws {
        let (bytes, configuration) = try small()
        let body = bytes.count - 8
        var random = SeededGenerator(seed: 4)
        var accepted = 0
        for _ in 0..<1500 {
            var forged = Array(bytes[..<body])
            for _ in 0...random.index(below: 3) {
                let place = 12 + random.index(below: body - 12)
                switch random.index(below: 3) {
                case 0: forged[place] ^= 1 << UInt8(random.index(below: 8))
                case 1: forged[place] = 0xff
                default:
                    for octet in place..<min(body, place + 8) { forged[octet] = 0xff }
                }
            }
            let sum = ByteReader.checksum(forged[...])
            for shift in 0..<8 { forged.append(UInt8(truncatingIfNeeded: sum >> (8 * shift))) }
            guard var watch = try? restored(forged, configuration) else { continue }
            accepted += 1
            for start in [0, Self.campus.count / 2] {
                _ = observe(Self.campus[start..<(start + 40)], &watch)
            }
            var later: [Observation] = []
            for part in 0..<5 {
                let isName = part % 2 == 0
                let flow = Scene.flow(
                    Scene.inside(part % 3), Scene.outside(part % 2), at: 4000, out: 900_000_000,
                    port: isName ? 53 : 22, application: isName ? "DNS" : "SSH",
                    protocolNumber: isName ? 17 : 6)
                later.append(.flow(flow))
            }
            _ = observe(later[...], &watch)
        }
        #expect(accepted > 20)
    }
}
