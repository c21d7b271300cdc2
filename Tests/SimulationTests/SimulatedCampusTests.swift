import Flows
import NetworkTypes
import Simulation
import Testing

struct SimulatedCampusTests {
    @Test func `the columns are those of the data set, in its order`() throws {
        #expect(SimulatedCampus.columnNames == FlowFeature.all.map(\.name))
        #expect(SimulatedCampus.columnNames.count == 87)
    }

    @Test func `the columns have the types of the data set`() throws {
        let texts: Set = [
            "Flow.ID", "Source.IP", "Destination.IP", "Timestamp", "Label", "ProtocolName",
        ]
        // Lengths, gaps and rates that are whole numbers nevertheless are reals where the tool's are.
        let integers: Set = [
            "Source.Port", "Destination.Port", "Protocol", "Flow.Duration", "Total.Fwd.Packets",
            "Total.Backward.Packets", "Total.Length.of.Fwd.Packets", "Fwd.Packet.Length.Max",
            "Fwd.Packet.Length.Min", "Bwd.Packet.Length.Max", "Bwd.Packet.Length.Min",
            "Flow.IAT.Min", "Fwd.PSH.Flags", "Bwd.PSH.Flags", "Fwd.URG.Flags", "Bwd.URG.Flags",
            "Fwd.Header.Length", "Bwd.Header.Length", "Min.Packet.Length", "Max.Packet.Length",
            "FIN.Flag.Count", "SYN.Flag.Count", "RST.Flag.Count", "PSH.Flag.Count",
            "ACK.Flag.Count", "URG.Flag.Count", "CWE.Flag.Count", "ECE.Flag.Count",
            "Down.Up.Ratio", "Fwd.Header.Length.1", "Fwd.Avg.Bytes.Bulk",
            "Fwd.Avg.Packets.Bulk", "Fwd.Avg.Bulk.Rate", "Bwd.Avg.Bytes.Bulk",
            "Bwd.Avg.Packets.Bulk", "Bwd.Avg.Bulk.Rate", "Subflow.Fwd.Packets",
            "Subflow.Fwd.Bytes", "Subflow.Bwd.Packets", "Subflow.Bwd.Bytes",
            "Init_Win_bytes_forward", "Init_Win_bytes_backward", "act_data_pkt_fwd",
            "min_seg_size_forward", "L7Protocol",
        ]
        let batch = try SimulatedTable(rows: 10).batch
        for (name, column) in zip(batch.names, batch.columns) {
            switch column {
            case .words: #expect(texts.contains(name), "\(name)")
            case .integers: #expect(integers.contains(name), "\(name)")
            case .reals: #expect(!texts.contains(name) && !integers.contains(name), "\(name)")
            default: Issue.record("\(name) has a type the data set has not")
            }
        }
    }

    @Test func `a seed and a number of rows give the same table to the bit`() throws {
        func batches() throws -> [FlowBatch] {
            var campus = SimulatedCampus(try .init(rows: 70_000, seed: 3))
            var batches: [FlowBatch] = []
            while let batch = campus.nextBatch() { batches.append(batch) }
            return batches
        }
        let first = try batches()
        #expect(
            first.map(\.rowCount) == [
                SimulatedCampus.batchRows, 70_000 - SimulatedCampus.batchRows,
            ])
        let second = try batches()
        #expect(zip(first, second).allSatisfy { $0.isIdentical(to: $1) })
    }

    @Test func `another seed gives another table`() throws {
        let (first, second) = try (SimulatedTable(rows: 100), SimulatedTable(rows: 100, seed: 8))
        #expect(rowValues(first.batch) != rowValues(second.batch))
        #expect(first.attacks != second.attacks)
    }

    @Test(arguments: [7, 255, 256, 257])
    func `rows do not depend on how the table is divided`(size: Int) throws {
        let campus = SimulatedCampus(try .init(rows: 1000, seed: 3, attackShare: 0.05))
        let parts = stride(from: 0, to: 1000, by: size).map {
            campus.batch($0..<min($0 + size, 1000))
        }
        #expect(parts.flatMap(rowValues) == rowValues(campus.batch(0..<1000)))
    }

    @Test func `addresses and applications have one code in all batches`() throws {
        var campus = SimulatedCampus(try .init(rows: 66_000))
        let batches = [campus.nextBatch(), campus.nextBatch()].compactMap { $0 }
        #expect(batches.count == 2)
        for name in ["Source.IP", "Destination.IP", "Label", "ProtocolName"] {
            let column = try #require(SimulatedCampus.columnNames.firstIndex(of: name))
            guard case .words(_, let first) = batches[0].columns[column],
                case .words(_, let second) = batches[1].columns[column]
            else {
                Issue.record("\(name) holds no words")
                return
            }
            #expect(first == second)
        }
    }

    @Test func `applications have falling shares, and numbers of their own`() throws {
        let table = try SimulatedTable(rows: 100_000, attackShare: 0)
        let names = try table.words("ProtocolName")
        let counts = Dictionary(grouping: names, by: \.self).mapValues(\.count)
        let ranked = counts.values.sorted(by: >)
        #expect(counts.count >= 60)
        #expect((0.65...0.85).contains(Double(ranked.prefix(5).reduce(0, +)) / 100_000))
        #expect(ranked.last.map { $0 < 20 } == true)
        let pairs = Set(zip(names, try table.integers("L7Protocol")).map { "\($0) \($1)" })
        #expect(pairs.count == counts.count)
        #expect(pairs.isSuperset(of: ["HTTP 7", "SSL 91", "GOOGLE 126", "HTTP_PROXY 131"]))
    }

    @Test func `only the most frequent applications appear if fewer are asked for`() throws {
        let campus = SimulatedCampus(
            try .init(rows: 5000, attackShare: 0.05, applicationCount: 3))
        let column = try #require(campus.batch(0..<5000).columns.last)
        guard case .words(let codes, let table) = column else {
            Issue.record("no names")
            return
        }
        #expect(Set(codes.map { table[$0] }) == ["GOOGLE", "HTTP", "HTTP_PROXY"])
    }

    @Test func `ends are inside, outside or both, and outside ones are public`() throws {
        let table = try SimulatedTable(rows: 50_000)
        let networks = InsideNetworks()
        func isPublic(_ name: String) throws -> [Bool] {
            try table.words(name).map { networks.isPublic(try #require(IPAddress($0))) }
        }
        var counts: [FlowDirection: Int] = [:]
        for (source, destination) in zip(
            try isPublic("Source.IP"), try isPublic("Destination.IP"))
        {
            counts[
                FlowDirection(initiatorIsPublic: source, responderIsPublic: destination),
                default: 0] += 1
        }
        #expect((0.46...0.51).contains(Double(counts[.outbound, default: 0]) / 50_000))
        #expect((0.28...0.32).contains(Double(counts[.inbound, default: 0]) / 50_000))
        #expect((0.19...0.23).contains(Double(counts[.internal, default: 0]) / 50_000))
        #expect((0.005...0.015).contains(Double(counts[.transit, default: 0]) / 50_000))
    }

    @Test func `days are busier than nights and the weekend is quiet`() throws {
        // From Monday to Sunday, without attacks, which keep no hours.
        let monday = try #require(Timestamp(year: 2017, month: 5, day: 1))
        let campus = SimulatedCampus(
            try .init(rows: 20_000, attackShare: 0, start: monday, days: 7))
        guard case .words(let codes, let table) = campus.batch(0..<20_000).columns[6] else {
            Issue.record("no timestamps")
            return
        }
        let days = Dictionary(grouping: codes.map { table[$0].prefix(10) }, by: \.self)
            .mapValues(\.count)
        #expect(days.count == 7)
        let wednesday = try #require(days["03/05/2017"])
        let sunday = try #require(days["07/05/2017"])
        #expect((0.3...0.4).contains(Double(sunday) / Double(wednesday)))
        // A 12-hour clock cannot tell noon from midnight, so the hours are told by their order.
        let first = codes.prefix(wednesday / 20).map { table[$0] }
        #expect(first.first?.hasPrefix("01/05/201712:") == true)
        #expect(first.allSatisfy { FlowTableTime($0)?.isAmbiguous == true })
    }

    @Test func `time never runs backwards but for attacks`() throws {
        let table = try SimulatedTable(rows: 5000, attackShare: 0)
        let seconds = try table.words("Timestamp").map {
            try #require(FlowTableTime($0)).timestamp.nanoseconds / 1_000_000_000
        }
        // On a 12-hour clock, forwards is less than half a turn.
        #expect(
            zip(seconds, seconds.dropFirst()).allSatisfy { ($1 - $0 + 43_200) % 43_200 < 21_600 })
        #expect(seconds.max().map { $0 - seconds[0] > 13 * 86_400 } == true)
    }
}
