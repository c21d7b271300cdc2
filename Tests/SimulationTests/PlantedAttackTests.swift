import NetworkTypes
import Simulation
import Testing

struct PlantedAttackTests {
    private static let shared = try? SimulatedTable(rows: 50_000, seed: 5, attackShare: 0.02)

    private let table: SimulatedTable
    private let rows = 50_000

    init() throws { table = try #require(Self.shared) }

    private func rows(of kind: PlantedAttack.Kind) -> [Int] {
        table.attacks.filter { $0.kind == kind }.map(\.row)
    }

    @Test func `as many rows are attacks as were asked for, and every kind is there`() throws {
        #expect(table.attacks.count == 1000)
        #expect(Set(table.attacks.map(\.kind)) == Set(PlantedAttack.Kind.allCases))
        let places = table.attacks.map(\.row)
        #expect(places == Set(places).sorted())
        #expect(places.allSatisfy { (0..<rows).contains($0) })
    }

    @Test func `a small table has smaller attacks of every kind`() throws {
        let small = try SimulatedTable(rows: 10_000, attackShare: 0.002)
        #expect(small.attacks.count == 20)
        #expect(Set(small.attacks.map(\.kind)) == Set(PlantedAttack.Kind.allCases))
    }

    @Test func `no attack is planted where none was asked for`() throws {
        #expect(try SimulatedTable(rows: 10_000, attackShare: 0).attacks.isEmpty)
    }

    @Test func `the ground truth names the ends and the application of its row`() throws {
        let source = try table.words("Source.IP")
        let destination = try table.words("Destination.IP")
        let application = try table.words("ProtocolName")
        for attack in table.attacks {
            #expect(source[attack.row] == attack.attacker)
            #expect(destination[attack.row] == attack.target)
            #expect(application[attack.row] == attack.application)
            #expect(attack.sentence.contains(attack.attacker))
        }
    }

    @Test func `exfiltration sends far more than it fetches`() throws {
        let up = try table.integers("Total.Length.of.Fwd.Packets")
        let down = try table.reals("Total.Length.of.Bwd.Packets")
        for row in rows(of: .exfiltration) {
            #expect(up[row] > 80_000_000 && Double(up[row]) > 100 * down[row])
        }
    }

    @Test func `a flood is thousands of empty packets in two seconds, unanswered`() throws {
        let packets = try table.integers("Total.Fwd.Packets")
        let answers = try table.integers("Total.Backward.Packets")
        let rate = try table.reals("Flow.Packets.s")
        for row in rows(of: .flood) {
            #expect(packets[row] >= 20_000 && answers[row] == 0 && rate[row] > 10_000)
        }
    }

    @Test func `a scan is one SYN each to different hosts`() throws {
        let packets = try table.integers("Total.Fwd.Packets")
        // The tool counts SYN under the name of PSH.
        let opening = try table.integers("PSH.Flag.Count")
        for campaign in Set(table.attacks.filter { $0.kind == .horizontalScan }.map(\.campaign)) {
            let probes = table.attacks.filter { $0.campaign == campaign }
            #expect(Set(probes.map(\.target)).count == probes.count)
            #expect(Set(probes.map(\.attacker)).count == 1)
            #expect(probes.allSatisfy { packets[$0.row] == 1 && opening[$0.row] == 1 })
        }
    }

    @Test func `brute force is many nearly equal flows to port 22`() throws {
        let port = try table.integers("Destination.Port")
        let octets = try table.integers("Total.Length.of.Fwd.Packets")
        for campaign in Set(table.attacks.filter { $0.kind == .sshBruteForce }.map(\.campaign)) {
            let attempts = table.attacks.filter { $0.campaign == campaign }.map(\.row)
            let sizes = attempts.map { octets[$0] }
            #expect(attempts.allSatisfy { port[$0] == 22 })
            let (smallest, largest) = (try #require(sizes.min()), try #require(sizes.max()))
            #expect(largest - smallest <= 6)
        }
    }

    @Test func `a beacon keeps its interval`() throws {
        let text = try table.words("Timestamp")
        let beacons = table.attacks.filter { $0.kind == .beacon }
        for campaign in Set(beacons.map(\.campaign)) {
            let seconds = try beacons.filter { $0.campaign == campaign }
                .sorted { $0.part < $1.part }
                .map {
                    try #require(FlowTableTime(text[$0.row])).timestamp.nanoseconds / 1_000_000_000
                }
            // A 12-hour clock jumps back at one o'clock.
            let intervals = zip(seconds, seconds.dropFirst()).map { ($1 - $0 + 43_200) % 43_200 }
            #expect(intervals.allSatisfy { $0 == 300 })
        }
    }

    @Test func `a tunnel asks long questions, covert packets are larger than any other's`() throws {
        let mean = try table.reals("Fwd.Packet.Length.Mean")
        let packets = try table.integers("Total.Fwd.Packets")
        let largest = try table.integers("Fwd.Packet.Length.Max")
        #expect(rows(of: .dnsTunnel).allSatisfy { mean[$0] >= 190 && packets[$0] >= 300 })
        #expect(rows(of: .covertPackets).allSatisfy { largest[$0] >= 3000 })
    }

    @Test func `a long connection keeps its name from part to part`() throws {
        let name = try table.words("Flow.ID")
        let duration = try table.integers("Flow.Duration")
        let parts = table.attacks.filter { $0.kind == .longConnection }
        for campaign in Set(parts.map(\.campaign)) {
            let rows = parts.filter { $0.campaign == campaign }.map(\.row)
            #expect(Set(rows.map { name[$0] }).count == 1)
            #expect(rows.allSatisfy { duration[$0] > 119_000_000 })
        }
    }

    @Test func `the ground truth is written as lines of JSON and as a table`() throws {
        let attack = try #require(table.attacks.first)
        let lines = PlantedAttack.jsonLines([attack])
        #expect(
            lines == """
                {"row":\(attack.row),"kind":"\(attack.kind.rawValue)",\
                "technique":"\(attack.kind.technique)","application":"\(attack.application)",\
                "campaign":\(attack.campaign),"sentence":"\(attack.sentence)"}

                """)
        #expect(
            PlantedAttack.commaSeparated([attack]) == """
                row,kind,technique,application,campaign
                \(attack.row),\(attack.kind.rawValue),\(attack.kind.technique),\
                \(attack.application),\(attack.campaign)

                """)
        #expect(PlantedAttack.jsonLines(table.attacks).split(separator: "\n").count == 1000)
    }
}
