import Flows
import Foundation
import NetworkTypes
import Simulation
import Testing

struct HostedAttackTests {
    private let sample: HostedSample

    init() throws { sample = try #require(HostedSample.attacked) }

    private func attack(_ kind: HostedAttack.Kind) throws -> HostedAttack {
        try #require(sample.attacks.first { $0.kind == kind })
    }

    @Test(arguments: HostedAttack.Kind.allCases)
    func `the truth agrees with the observations of the attack`(kind: HostedAttack.Kind) throws {
        let attack = try attack(kind)
        var flows: [ObservedFlow] = []
        var times: [Timestamp] = []
        var questions = 0
        for observation in sample.observations(of: kind) {
            switch observation {
            case .flow(let flow):
                flows.append(flow)
                times += [flow.start, flow.end]
                let ends = (flow.key.initiator.address, flow.key.responder.address)
                #expect((attack.attackers + attack.relays).contains(ends.0))
                if flow.application != "DNS" { #expect(attack.targets.contains(ends.1)) }
            case .addressQuery(let query) where query.isRequest:
                questions += 1
                times.append(query.timestamp)
                #expect(attack.attackers == [query.sender])
                #expect(attack.targets.contains(query.target))
            case .addressQuery, .lookup: break
            }
        }
        #expect(flows.count == attack.flowCount)
        #expect(questions == attack.queryCount)
        #expect(questions + flows.count > 0)
        #expect(times.min() == attack.start)
        #expect(times.max() == attack.end)
        #expect(flows.reduce(0) { $0 + Int64($1.metricValues[2]) } == attack.octets)
    }

    @Test func `attacks begin after the days of learning and end with the last`() throws {
        let start = sample.configuration.start.nanoseconds
        for attack in sample.attacks {
            #expect(try #require(attack.start).nanoseconds >= start + 3 * 86_400_000_000_000)
            #expect(try #require(attack.end).nanoseconds <= start + 5 * 86_400_000_000_000)
        }
        #expect(sample.attacks.map(\.kind) == HostedAttack.Kind.allCases)
        #expect(sample.attacks.map(\.number) == Array(0..<sample.attacks.count))
    }

    @Test func `a quiet campus has no attack`() throws {
        let quiet = try #require(HostedSample.quiet)
        #expect(quiet.attacks.isEmpty)
        #expect(quiet.attackNumbers.allSatisfy { $0 == nil })
    }

    @Test func `scans try many addresses or ports and mostly fail`() throws {
        let wide = sample.flows(of: .horizontalScan)
        #expect(wide.count >= 200)
        #expect(Set(wide.map(\.key.responder.address)).count == wide.count)
        #expect(Set(wide.map(\.key.responder.port)) == [445])
        #expect(wide.count { $0.isFailure } > wide.count / 2)
        let deep = sample.flows(of: .verticalScan)
        #expect(deep.count >= 600)
        #expect(Set(deep.map(\.key.responder.port)).count == deep.count)
        #expect(Set(deep.map(\.key.responder.address)).count == 1)
        #expect(deep.count { $0.outcome == .rejected } > deep.count * 9 / 10)
    }

    @Test func `a slow scan waits minutes between probes`() throws {
        let probes = sample.flows(of: .slowScan)
        #expect(probes.count >= 150)
        let gaps = zip(probes.dropFirst(), probes).map {
            Double($0.start.nanoseconds - $1.start.nanoseconds) / 1e9
        }
        #expect(gaps.allSatisfy { (100...330).contains($0) })
        #expect(probes.count { $0.isFailure } > probes.count / 2)
    }

    @Test func `an ARP scan asks for every address and hears those that are there`() throws {
        let attack = try attack(.arpScan)
        let queries = sample.observations(of: .arpScan).compactMap {
            if case .addressQuery(let query) = $0 { query } else { nil }
        }
        #expect(Set(queries.filter(\.isRequest).map(\.target)) == Set(attack.targets))
        let answers = queries.filter { !$0.isRequest }
        #expect(answers.count > 20)
        #expect(answers.count < attack.targets.count / 2)
        #expect(answers.allSatisfy { [$0.target] == attack.attackers })
    }

    @Test(arguments: [HostedAttack.Kind.sshBruteForce, .passwordSpray])
    func `guesses are many, short and alike`(kind: HostedAttack.Kind) throws {
        let guesses = sample.flows(of: kind)
        #expect(guesses.count >= 50)
        #expect(guesses.allSatisfy { $0.durationSeconds < 5 })
        #expect(Set(guesses.map(\.forward.octets)).count <= 2)
        let targets = Set(guesses.map(\.key.responder.address)).count
        #expect(kind == .sshBruteForce ? targets == 1 : targets >= 20)
    }

    @Test func `floods come fast, from one or from many, and are not answered`() throws {
        let single = sample.flows(of: .synFlood)
        #expect(single.count >= 5000)
        #expect(Set(single.map(\.key.initiator.address)).count == 1)
        #expect(single.allSatisfy { $0.outcome == .unanswered })
        let many = sample.flows(of: .distributedFlood)
        #expect(Set(many.map(\.key.initiator.address)).count > 1000)
        #expect(many.count { $0.outcome == .unanswered } > many.count / 2)
        let flood = try attack(.synFlood)
        let (start, end) = (try #require(flood.start), try #require(flood.end))
        #expect(end.nanoseconds - start.nanoseconds < 300_000_000_000)
    }

    @Test(arguments: [(HostedAttack.Kind.beacon, 20.0...24.5), (.shortBeacon, 1.7...2.3)])
    func `a beacon comes by the clock for its life`(
        kind: HostedAttack.Kind, hours: ClosedRange<Double>
    ) throws {
        let reports = sample.flows(of: kind).filter { $0.application == "SSL" }
        let starts = reports.map { Double($0.start.nanoseconds) / 1e9 }
        let life = try #require(starts.last) - starts[0]
        #expect(hours.contains(life / 3600), "\(life / 3600)")
        let gaps = zip(starts.dropFirst(), starts).map { $0 - $1 }
        let mean = life / Double(gaps.count)
        #expect(gaps.allSatisfy { (mean * 0.6...mean * 1.4).contains($0) })
        #expect(Set(reports.map(\.key.responder.address)).count == 1)
    }

    @Test func `data leave to a destination that nobody knew`() throws {
        let uploads = sample.flows(of: .exfiltration).filter { $0.application == "SSL" }
        #expect(uploads.reduce(0) { $0 + $1.forward.octets } > 500_000_000)
        let target = try attack(.exfiltration).targets
        #expect(target.count == 1)
        let seen = sample.flows.filter { $0.key.responder.address == target[0] }
        #expect(seen.count == uploads.count)
        let life = try #require(uploads.last).start.nanoseconds - uploads[0].start.nanoseconds
        #expect(life > 1_500_000_000_000)
    }

    @Test func `names carry data, or are made by a formula`() throws {
        let carrier = try attack(.dnsTunnel)
        let tunnel = sample.observations(of: .dnsTunnel).compactMap { observation in
            if case .lookup(let lookup) = observation { lookup } else { nil }
        }.filter { !carrier.relays.contains($0.client) }
        let domain = try #require(carrier.domain)
        #expect(tunnel.count >= 3000)
        #expect(Set(tunnel.map(\.name)).count == tunnel.count)
        #expect(tunnel.allSatisfy { $0.name.hasSuffix(".t." + domain) && $0.queryType == 16 })
        let generated = sample.observations(of: .generatedNames).compactMap { observation in
            if case .lookup(let lookup) = observation { lookup } else { nil }
        }
        #expect(generated.count { $0.responseCode == 3 } >= 2 * 199)
        #expect(generated.count { $0.responseCode == 0 } == 2)
    }

    @Test func `a long connection lasts more than twelve hours`() throws {
        let flows = sample.flows(of: .longConnection)
        #expect(flows.count == 1)
        #expect(flows[0].durationSeconds > 12 * 3600)
    }

    @Test func `lateral movement goes where the host never went`() throws {
        let attack = try attack(.lateralMovement)
        #expect(attack.targets.count >= 5)
        let (start, number) = (try #require(attack.start), attack.number)
        let others = zip(sample.observations, sample.attackNumbers).filter { $1 != number }
        for case .flow(let flow) in others.map(\.0)
        where flow.start < start && flow.key.initiator.address == attack.attackers[0] {
            let isScanned = sample.attacks.contains {
                $0.attackers == attack.attackers && $0.number != number
            }
            #expect(isScanned || !attack.targets.contains(flow.key.responder.address))
        }
        #expect(
            Set(sample.flows(of: .lateralMovement).map(\.key.responder.address))
                == Set(attack.targets))
    }

    @Test func `the truth is one JSON object a line`() throws {
        let lines = HostedAttack.jsonLines(sample.attacks).split(separator: "\n")
        #expect(lines.count == sample.attacks.count)
        for (line, attack) in zip(lines, sample.attacks) {
            let object = try #require(
                JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            #expect(object["attack"] as? Int == attack.number)
            #expect(object["kind"] as? String == attack.kind.rawValue)
            #expect(object["technique"] as? String == attack.kind.technique)
            #expect(object["flows"] as? Int == attack.flowCount)
            #expect(object["start"] as? String == attack.start.map { "\($0)" })
            #expect((object["targets"] as? [String])?.count == attack.targets.count)
        }
    }
}
