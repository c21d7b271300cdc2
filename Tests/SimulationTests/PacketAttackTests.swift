import Foundation
import NetworkTypes
import Simulation
import Testing

struct PacketAttackTests {
    private let sample = CaptureSample.hour

    @Test(arguments: PacketAttack.Kind.allCases.filter { $0 != .arpScan })
    func `the truth has all flows of an attack, by their first frames`(kind: PacketAttack.Kind) {
        let attack = sample.attack(kind)
        let frames = sample.frames(of: attack)
        #expect(frames.count == attack.frameCount)
        #expect(frames.reduce(0) { $0 + UInt64($1.octets.count) } == attack.frameOctets)
        #expect(frames.first?.time == attack.start?.nanoseconds)
        #expect(frames.last?.time == attack.end?.nanoseconds)
        var firsts: [Set<FlowEnd>: CaptureFrame] = [:]
        for frame in frames where firsts[frame.flow] == nil { firsts[frame.flow] = frame }
        #expect(firsts.count == attack.flows.count)
        for flow in attack.flows {
            let first = firsts[[flow.source, flow.destination]]
            #expect(first?.source == flow.source)
            #expect(first?.time == flow.start.nanoseconds)
            #expect(first?.protocolNumber == flow.protocolNumber)
            #expect(attack.attackers.contains(flow.source.address))
            #expect(attack.targets.contains(flow.destination.address))
        }
    }

    @Test func `a horizontal scan tries one port of many addresses once`() {
        let attack = sample.attack(.horizontalScan)
        let calls = sample.frames(of: attack).filter(\.isSYN)
        #expect(calls.count == attack.targets.count)
        #expect(Set(calls.map { $0.destination!.address }) == Set(attack.targets))
        #expect(Set(calls.map { $0.destination!.port }) == [445])
        #expect(calls.count > 200)
    }

    @Test func `a vertical scan tries many ports of one machine once`() {
        let calls = sample.frames(of: sample.attack(.verticalScan)).filter(\.isSYN)
        #expect(Set(calls.map { $0.destination!.address }).count == 1)
        #expect(Set(calls.map { $0.destination!.port }).count == calls.count)
        #expect(calls.count >= 800)
    }

    @Test func `an ARP scan asks for every address and hears those that are there`() {
        let attack = sample.attack(.arpScan)
        #expect(attack.flows.isEmpty)
        let asker = attack.attackers[0].ipv4!
        let scan = sample.frames.filter {
            $0.isARP && (attack.start!.nanoseconds...attack.end!.nanoseconds).contains($0.time)
        }
        func target(_ frame: CaptureFrame) -> UInt32 {
            UInt32(frame.word(38) << 16 | frame.word(40))
        }
        let asked = scan.filter {
            $0.word(20) == 1 && UInt32($0.word(28) << 16 | $0.word(30)) == asker
        }
        #expect(Set(asked.map(target)).isSuperset(of: attack.targets.map { $0.ipv4! }))
        let answers = scan.count { $0.word(20) == 2 && target($0) == asker }
        #expect((40...45).contains(answers))
        #expect(attack.frameCount - attack.targets.count == 40)
    }

    @Test func `guesses of passwords are short connections of one kind`() {
        let attack = sample.attack(.sshBruteForce)
        let frames = sample.frames(of: attack)
        #expect(frames.count { $0.isSYN } == attack.flows.count)
        #expect(attack.flows.count >= 40)
        #expect(frames.allSatisfy { $0.source!.port == 22 || $0.destination!.port == 22 })
    }

    @Test func `a flood opens and never completes`() {
        let frames = sample.frames(of: sample.attack(.synFlood))
        #expect(frames.count { $0.isSYN } >= 4000)
        #expect(frames.allSatisfy { $0.flags & 2 != 0 && $0.payload.isEmpty })
    }

    @Test func `a beacon reports by the clock, but for a tenth`() {
        let starts = sample.attack(.beacon).flows.map(\.start.nanoseconds)
        let gaps = zip(starts, starts.dropFirst()).map { Double($1 - $0) / 1e9 }
        #expect(gaps.count >= 40)
        #expect(gaps.allSatisfy { (54...66.1).contains($0) })
        #expect(Set(gaps).count > gaps.count / 2)
    }

    @Test func `an exfiltration sends far more than it gets`() {
        let attack = sample.attack(.exfiltration)
        let frames = sample.frames(of: attack)
        let up = frames.filter { $0.source!.address == attack.attackers[0] }
        let upOctets = up.reduce(0) { $0 + $1.payload.count }
        let downOctets = frames.reduce(-upOctets) { $0 + $1.payload.count }
        #expect(upOctets > 10_000_000)
        #expect(downOctets * 100 < upOctets)
    }

    @Test func `a tunnel asks for long names and gets long answers`() {
        let frames = sample.frames(of: sample.attack(.dnsTunnel))
        #expect(frames.count { $0.destination?.port == 53 } >= 300)
        #expect(frames.allSatisfy { $0.payload.count > 180 })
    }

    @Test func `a long connection is one flow through most of the capture`() {
        let attack = sample.attack(.longConnection)
        #expect(attack.flows.count == 1)
        #expect(attack.end!.nanoseconds - attack.start!.nanoseconds > 3_000_000_000_000)
    }

    @Test func `lateral movement goes from machine to machine by file sharing`() {
        let attack = sample.attack(.lateralMovement)
        #expect(attack.flows.count == attack.targets.count)
        #expect(attack.targets.count >= 4)
        #expect(Set(attack.flows.map(\.destination.port)) == [445])
        #expect(attack.flows.allSatisfy { !$0.destination.address.isGlobal })
    }

    @Test func `the truth is one JSON object a line`() throws {
        let lines = PacketAttack.jsonLines(sample.attacks).split(separator: "\n")
        #expect(lines.count == sample.attacks.count)
        for (line, attack) in zip(lines, sample.attacks) {
            let object = try #require(
                JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            #expect(object["kind"] as? String == attack.kind.rawValue)
            #expect(object["technique"] as? String == attack.kind.technique)
            #expect(object["frames"] as? Int == attack.frameCount)
            let flows = try #require(object["flows"] as? [[String: Any]])
            #expect(flows.count == attack.flows.count)
            let first = attack.flows.first
            #expect(flows.first?["start"] as? String == first?.start.description)
            #expect(
                flows.first?["destinationPort"] as? Int == first.map { Int($0.destination.port) })
        }
    }

    @Test func `a quiet capture has no truth`() throws {
        let capture = SimulatedCapture(try .init(attacks: []))
        #expect(capture.attacks.isEmpty)
        #expect(PacketAttack.jsonLines(capture.attacks).isEmpty)
    }

    @Test func `attacks fit into a minute, and the same one may come twice`() throws {
        let kinds = PacketAttack.Kind.allCases + [.beacon, .horizontalScan]
        let sample = CaptureSample(
            try .init(duration: .seconds(60), flowsPerHour: 60, attacks: kinds))
        #expect(sample.attacks.map(\.kind) == kinds)
        for attack in sample.attacks { #expect(attack.frameCount > 0) }
    }
}
