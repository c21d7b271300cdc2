import Simulation
import Testing

/// What every row must satisfy, whatever was drawn.
struct ColumnConsistencyTests {
    private static let shared = try? SimulatedTable(
        rows: 40_000, seed: 11, attackShare: 0.02, zeroDurationShare: 0.01)

    private let table: SimulatedTable
    private let rows = 40_000

    init() throws { table = try #require(Self.shared) }

    /// The rows for which this does not hold.
    private func rowsBreaking(_ rule: (Int) -> Bool) -> [Int] {
        (0..<rows).filter { !rule($0) }
    }

    private func isClose(_ left: Double, _ right: Double) -> Bool {
        abs(left - right) <= 1e-9 * max(abs(left), abs(right), 1)
    }

    @Test func `rates are counts over the duration`() throws {
        let duration = try table.numbers("Flow.Duration")
        let forward = try table.numbers("Total.Fwd.Packets")
        let backward = try table.numbers("Total.Backward.Packets")
        let octets = try zip(
            table.numbers("Total.Length.of.Fwd.Packets"),
            table.numbers("Total.Length.of.Bwd.Packets")
        ).map(+)
        let octetRate = try table.reals("Flow.Bytes.s")
        let packetRate = try table.reals("Flow.Packets.s")
        let forwardRate = try table.reals("Fwd.Packets.s")
        let backwardRate = try table.reals("Bwd.Packets.s")
        let broken = rowsBreaking { row in
            let seconds = duration[row] / 1e6
            guard seconds > 0 else {
                return (octets[row] > 0 ? octetRate[row] == .infinity : octetRate[row].isNaN)
                    && packetRate[row] == .infinity && forwardRate[row] == 0
                    && backwardRate[row] == 0
            }
            return octetRate[row] == octets[row] / seconds
                && packetRate[row] == (forward[row] + backward[row]) / seconds
                && forwardRate[row] == forward[row] / seconds
                && backwardRate[row] == backward[row] / seconds
        }
        #expect(broken == [])
        #expect(duration.allSatisfy { (0...120_000_000).contains($0) })
        #expect((200...600).contains(duration.count { $0 == 0 }))
        #expect(octetRate.contains { $0.isNaN } && octetRate.contains(.infinity))
    }

    @Test(arguments: [("Fwd", "Total.Fwd.Packets"), ("Bwd", "Total.Backward.Packets")])
    func `lengths of one side agree`(side: String, count: String) throws {
        let packets = try table.numbers(count)
        let total = try table.numbers("Total.Length.of.\(side).Packets")
        let largest = try table.numbers("\(side).Packet.Length.Max")
        let smallest = try table.numbers("\(side).Packet.Length.Min")
        let mean = try table.reals("\(side).Packet.Length.Mean")
        let deviation = try table.reals("\(side).Packet.Length.Std")
        let broken = rowsBreaking { row in
            guard packets[row] > 0 else {
                return [total[row], largest[row], smallest[row], mean[row], deviation[row]]
                    .allSatisfy { $0 == 0 }
            }
            // Bhatia and Davis: no spread is wider within these ends. Equal ends leave none.
            let widest = (largest[row] - mean[row]) * (mean[row] - smallest[row])
            let variance = deviation[row] * deviation[row] * (packets[row] - 1) / packets[row]
            return mean[row] == total[row] / packets[row]
                && smallest[row] <= mean[row] && mean[row] <= largest[row]
                && variance <= widest * (1 + 1e-9) + 1e-9
                && (deviation[row] == 0) == (packets[row] == 1 || smallest[row] == largest[row])
        }
        #expect(broken == [])
        #expect(try table.reals("Avg.\(side).Segment.Size") == mean)
    }

    @Test func `lengths of the whole flow count the first packet twice`() throws {
        let packets = try zip(
            table.numbers("Total.Fwd.Packets"), table.numbers("Total.Backward.Packets")
        ).map(+)
        let octets = try zip(
            table.numbers("Total.Length.of.Fwd.Packets"),
            table.numbers("Total.Length.of.Bwd.Packets")
        ).map(+)
        let mean = try table.reals("Packet.Length.Mean")
        let average = try table.reals("Average.Packet.Size")
        let variance = try table.reals("Packet.Length.Variance")
        let deviation = try table.reals("Packet.Length.Std")
        let smallest = try table.numbers("Min.Packet.Length")
        let largest = try table.numbers("Max.Packet.Length")
        let broken = rowsBreaking { row in
            let first = (mean[row] * (packets[row] + 1) - octets[row]).rounded()
            return smallest[row] <= first && first <= largest[row]
                && isClose(average[row], (octets[row] + first) / packets[row])
                && isClose(variance[row], deviation[row] * deviation[row])
                && (variance[row] == 0) == (smallest[row] == largest[row])
                && smallest[row] <= mean[row] && mean[row] <= largest[row]
        }
        #expect(broken == [])
    }

    @Test func `gaps add up to the duration`() throws {
        let duration = try table.numbers("Flow.Duration")
        let forward = try table.numbers("Total.Fwd.Packets")
        let backward = try table.numbers("Total.Backward.Packets")
        let mean = try table.reals("Flow.IAT.Mean")
        let largest = try table.reals("Flow.IAT.Max")
        let smallest = try table.numbers("Flow.IAT.Min")
        let broken = rowsBreaking { row in
            let gaps = forward[row] + backward[row] - 1
            return gaps == 0
                || isClose(mean[row] * gaps, duration[row]) && smallest[row] <= mean[row]
                    && mean[row] <= largest[row]
        }
        #expect(broken == [])
        for (side, packets) in [("Fwd", forward), ("Bwd", backward)] {
            let total = try table.reals("\(side).IAT.Total")
            let mean = try table.reals("\(side).IAT.Mean")
            let largest = try table.reals("\(side).IAT.Max")
            let broken = rowsBreaking { row in
                total[row] <= duration[row] && largest[row] <= total[row]
                    && isClose(mean[row] * max(packets[row] - 1, 0), total[row])
            }
            #expect(broken == [])
        }
    }

    @Test func `idle and active times are parts of the duration`() throws {
        let duration = try table.numbers("Flow.Duration")
        let gap = try table.reals("Flow.IAT.Max")
        let active = try ["Mean", "Max", "Min"].map { try table.reals("Active.\($0)") }
        let idle = try ["Mean", "Max", "Min"].map { try table.reals("Idle.\($0)") }
        let broken = rowsBreaking { row in
            let isPaused = gap[row] > 5_000_000
            return idle[1][row] == (isPaused ? gap[row] : 0)
                && (idle[2][row] > 5_000_000) == isPaused
                && (isPaused || active[1][row] == 0)
                && active[1][row] + idle[1][row] <= duration[row]
                && active[2][row] <= active[0][row] && active[0][row] <= active[1][row]
                && idle[2][row] <= idle[0][row] && idle[0][row] <= idle[1][row]
        }
        #expect(broken == [])
        #expect(active[0].contains { $0 > 0 })
    }

    @Test func `copies equal their columns and the unused columns are zero`() throws {
        for (copy, original) in [
            ("Fwd.Header.Length.1", "Fwd.Header.Length"),
            ("Subflow.Fwd.Packets", "Total.Fwd.Packets"),
            ("Subflow.Fwd.Bytes", "Total.Length.of.Fwd.Packets"),
            ("Subflow.Bwd.Packets", "Total.Backward.Packets"),
            ("Subflow.Bwd.Bytes", "Total.Length.of.Bwd.Packets"),
        ] {
            #expect(try table.numbers(copy) == table.numbers(original))
        }
        for name in SimulatedCampus.columnNames
        where name.contains("Bulk") || ["Bwd.PSH.Flags", "Bwd.URG.Flags"].contains(name) {
            #expect(try table.integers(name).allSatisfy { $0 == 0 }, "\(name)")
        }
    }

    @Test func `headers, windows and ports follow the transport`() throws {
        let transport = try table.integers("Protocol")
        let header = try table.integers("min_seg_size_forward")
        let forward = try table.integers("Total.Fwd.Packets")
        let backward = try table.integers("Total.Backward.Packets")
        let headers = try table.integers("Fwd.Header.Length")
        let windows = try zip(
            table.integers("Init_Win_bytes_forward"), table.integers("Init_Win_bytes_backward")
        ).map { [$0, $1] }
        let port = try table.integers("Source.Port")
        let data = try table.integers("act_data_pkt_fwd")
        let ratio = try table.integers("Down.Up.Ratio")
        let broken = rowsBreaking { row in
            let isAsItsTransport =
                switch transport[row] {
                case 6:
                    (header[row] == 20 || header[row] == 32) && windows[row][0] >= 0
                        && (windows[row][1] >= 0) == (backward[row] > 0)
                case 17: header[row] == -1 && windows[row] == [-1, -1]
                default: header[row] == 0 && windows[row] == [-1, -1] && port[row] == 0
                }
            return isAsItsTransport && headers[row] == header[row] * forward[row]
                && ratio[row] == backward[row] / forward[row]
                && (0..<forward[row]).contains(data[row])
        }
        #expect(broken == [])
        #expect(Set(transport) == [0, 6, 17])
    }

    @Test func `a flow's name puts the lower address first, its octets taken as signed`() throws {
        let source = try table.words("Source.IP")
        let destination = try table.words("Destination.IP")
        let ports = try zip(table.integers("Source.Port"), table.integers("Destination.Port"))
            .map { [$0, $1] }
        let transport = try table.integers("Protocol")
        func octets(_ text: String) -> [Int8] {
            text.split(separator: ".").compactMap { UInt8($0) }.map { Int8(bitPattern: $0) }
        }
        let names = try table.words("Flow.ID")
        let broken = rowsBreaking { row in
            let ends = [source[row], destination[row]]
            let first = octets(ends[1]).lexicographicallyPrecedes(octets(ends[0])) ? 1 : 0
            return names[row]
                == "\(ends[first])-\(ends[1 - first])-\(ports[row][first])"
                + "-\(ports[row][1 - first])-\(transport[row])"
        }
        #expect(broken == [])
        #expect(try table.words("Label").allSatisfy { $0 == "BENIGN" })
    }
}
