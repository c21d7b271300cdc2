import Behaviours
import Flows
import NetworkTypes
import Statistics
import Testing

struct BehaviourWatchTests {
    private func evidence(of observations: [Observation]) throws -> [BehaviourEvidence] {
        var watch = try BehaviourWatch()
        var evidence: [BehaviourEvidence] = []
        for observation in observations { watch.observe(observation, into: &evidence) }
        return evidence
    }

    /// A beacon, generated names, a tunnel, a scan by ARP and a long connection, in the order of time.
    private var attacks: [Observation] {
        let calls = (0..<120).map { part in
            Observation.flow(
                Scene.flow(
                    Scene.inside(1), Scene.outside(1), at: Double(part) * 60,
                    sourcePort: UInt16(40_000 + part)))
        }
        let names = (0..<200).flatMap { part in
            [
                Observation.lookup(
                    Scene.lookup(
                        Scene.inside(2), "\(Scene.word(UInt64(part), length: 12)).biz",
                        at: Double(part), code: 3)),
                .lookup(
                    Scene.lookup(
                        Scene.inside(3), "\(Scene.word(UInt64(part), length: 40)).t.example",
                        at: Double(part), type: 16)),
            ]
        }
        let questions = (0..<100).map { part in
            Observation.addressQuery(
                AddressQuery(
                    timestamp: Scene.at(Double(part) / 10), senderMAC: 5, sender: Scene.inside(5),
                    target: Scene.inside(256 + part), isRequest: true))
        }
        let long = Observation.flow(
            Scene.flow(Scene.inside(6), Scene.outside(6), at: 0, lasting: 5_000, isOpen: true))
        return (calls + names + questions + [long]).sorted { $0.timestamp < $1.timestamp }
    }

    @Test func `every observation reaches its detectors, and a replay tells the same`() throws {
        let told = try evidence(of: attacks)
        let kinds = Set(told.map(\.kind))
        #expect(
            kinds.isSuperset(of: [
                .beacon, .generatedNames, .dnsTunnel, .arpScan, .longConnection,
            ]))
        #expect(told == (try evidence(of: attacks)))
        #expect(told.map(\.time) == told.map(\.time).sorted())
        #expect(told.allSatisfy { $0.firstSeen <= $0.time && !$0.sentence.isEmpty })
    }

    @Test func `twenty thousand of everything stay within the limits`() throws {
        var configuration = BehaviourWatch.Configuration()
        configuration.census.peerLimit = 500
        configuration.beacons.youngLimit = 500
        configuration.beacons.pairLimit = 500
        configuration.exfiltration.pairLimit = 500
        configuration.exfiltration.sourceLimit = 500
        configuration.exfiltration.openFlowLimit = 500
        configuration.tunnels.domainLimit = 500
        configuration.tunnels.serverLimit = 500
        configuration.generatedNames.clientLimit = 500
        configuration.longConnections.connectionLimit = 500
        configuration.novelties.hostLimit = 500
        configuration.novelties.thingLimit = 500
        configuration.novelties.memoryLimit = 1_000
        configuration.seed(42)
        var watch = try BehaviourWatch(configuration)
        var evidence: [BehaviourEvidence] = []
        for part in 0..<20_000 {
            let now = Double(part) / 20
            watch.observe(
                .flow(
                    Scene.flow(
                        Scene.inside(part), Scene.outside(part / 3), at: now, lasting: 40,
                        out: 100_000, port: UInt16(truncatingIfNeeded: part),
                        application: "A\(part)", isOpen: part % 2 == 0)), into: &evidence)
            watch.observe(
                .lookup(
                    Scene.lookup(Scene.inside(part), "a.b\(part).example", at: now, code: 3)),
                into: &evidence)
        }
        let counts = watch.counts
        for detector in [
            counts.census, counts.beacons, counts.tunnels, counts.generatedNames,
            counts.longConnections,
        ] {
            #expect(detector.held <= 1_000 && detector.evictions > 2_000)
        }
        #expect(counts.novelties.held <= 2_000 && counts.exfiltration.held <= 2_500)
        #expect(counts.all.count == 13 && Set(counts.all.map(\.name)).count == 13)
    }

    @Test func `observations at the ends of the calendar and in any order trap nothing`() throws {
        var generator = SeededGenerator(seed: 21)
        let times: [Int64] = [.min, .max, 0, -1, Scene.start.nanoseconds, .min + 1, .max - 1]
        var watch = try BehaviourWatch()
        var evidence: [BehaviourEvidence] = []
        for part in 0..<400 {
            var flow = Scene.flow(
                Scene.inside(generator.index(below: 3)), Scene.outside(generator.index(below: 3)),
                at: 0, out: part % 3 == 0 ? .max : 1_000, back: part % 5 == 0 ? .max : 0,
                port: part % 2 == 0 ? 53 : 22, isOpen: part % 7 == 0,
                protocolNumber: part % 2 == 0 ? 17 : 6, packets: part % 4 == 0 ? .max : 3)
            flow.start = Timestamp(nanoseconds: times[generator.index(below: times.count)])
            flow.end = Timestamp(nanoseconds: times[generator.index(below: times.count)])
            watch.observe(.flow(flow), into: &evidence)
            var lookup = Scene.lookup(
                Scene.inside(1), "\(part).x\(part % 40).example.com", at: 0, code: 3, octets: .max)
            lookup.timestamp = flow.start
            watch.observe(.lookup(lookup), into: &evidence)
        }
        #expect(watch.counts.beacons.held > 0)
    }
}
