import FlowFormats
import Flows
import NetworkTypes
import Statistics
import TestSupport
import Testing

/// Flows of our own meter, varied, alike for one seed.
private func records(_ count: Int, seed: UInt64) -> [FlowRecord] {
    var random = SeededGenerator(seed: seed)
    func number(_ limit: Int) -> UInt64 { UInt64(random.index(below: limit)) }
    func moments(_ count: UInt64) -> RunningMoments {
        (0..<count).reduce(into: RunningMoments()) { moments, _ in moments.add(Double(number(1500)))
        }
    }
    return (0..<count).map { index in
        var flow = sampleFlow(
            initiator: FlowEnd(
                address: index % 3 == 0 ? address("2001:db8::\(index)") : address("10.0.0.7"),
                port: UInt16(number(65536))),
            protocolNumber: [6, 6, 6, 17, 1][index % 5],
            start: Timestamp(
                nanoseconds: sampleStart.nanoseconds / 1000 * 1000 + Int64(number(1 << 40)) * 1000),
            microseconds: Int64(number(3) * number(90_000_000)))
        flow.forward.packets = 1 + number(5)
        flow.backward.packets = number(4)
        flow.forward.payloadOctets = number(100_000)
        flow.backward.payloadOctets = flow.backward.packets == 0 ? 0 : number(1 << 33)
        flow.forward.ipOctets = flow.forward.payloadOctets + 40
        flow.backward.ipOctets = number(1 << 34)
        flow.forward.payload = moments(flow.forward.packets)
        flow.backward.payload = moments(flow.backward.packets)
        flow.lengths = moments(3)
        flow.active = moments(number(3))
        flow.forward.flagCounts[1] = UInt32(number(3))
        flow.backward.flagCounts[1] = UInt32(number(2))
        flow.backward.flagCounts[2] = UInt32(number(2))
        flow.backward.dataPackets = UInt32(number(2))
        flow.observations = number(4) == 0 ? [.startNotSeen, .fragments] : []
        flow.part = UInt32(number(5) / 4)
        if index % 4 > 0 {
            var label = ApplicationLabel()
            label.application = ["GOOGLE", "DNS", "SSL"][index % 3]
            label.serverName = index % 2 == 0 ? "www\(index).example.org" : nil
            flow.label = label
        }
        return flow
    }
}

struct FlowTableObservationTests {
    @Test(arguments: [FlowRecordWriter.Format.csv, .parquet])
    func `our own table tells what the meter's flows tell, to the bit`(
        _ format: FlowRecordWriter.Format
    ) throws {
        let folder = try TemporaryFolder()
        let flows = records(3000, seed: 3)
        let path = folder.file("flows.\(format.rawValue)")
        var writer = try FlowRecordWriter(
            format, columns: .all, mode: .corrected, clock: .utc, to: .file(path))
        try writer.write(flows, at: sampleStart)
        try writer.finish()
        let table = try Observed(path, limit: 999)
        let expected = flows.map { ObservedFlow($0) }
        #expect(table.format == .table && table.flows.count == 3000)
        for (row, (found, wanted)) in zip(table.flows, expected).enumerated() {
            #expect(found == wanted, "row \(row)")
        }
        // the sample must not be one-sided
        for outcome in FlowOutcome.allCases where outcome != .unreachable {
            #expect(expected.count { $0.outcome == outcome } > 40, "\(outcome)")
        }
    }

    @Test func `the metrics of a record are those that an analysis finds in its table`() throws {
        let folder = try TemporaryFolder()
        let flows = records(200, seed: 9)
        let path = folder.file("flows.csv")
        var writer = try FlowRecordWriter(
            .csv, columns: .all, mode: .corrected, clock: .utc, to: .file(path))
        try writer.write(flows, at: sampleStart)
        try writer.finish()
        let table = try ReadTable(
            path,
            numbers: [
                "Flow.Bytes.s", "Flow.Duration", "Total.Length.of.Fwd.Packets",
                "Total.Length.of.Bwd.Packets", "Average.Packet.Size", "Down.Up.Ratio",
                "Packet.Length.Variance", "Fwd.Packet.Length.Mean", "Bwd.Packet.Length.Mean",
                "Active.Mean",
            ])
        for (row, flow) in flows.enumerated() {
            let cells = table.numbers.map { $0[row] }
            let wanted = [cells[0], cells[1], cells[2] + cells[3]] + cells[4...]
            #expect(ObservedFlow(flow).metricValues.map(\.bitPattern) == wanted.map(\.bitPattern))
        }
    }

    @Test(arguments: [
        FlowTableDialect.unicauca, .iscx, .long, .abbreviated, .head,
    ]) func `tables of all layouts tell flows`(_ dialect: FlowTableDialect) throws {
        let syn = dialect == .head ? "SYN.Flag.Count" : "PSH.Flag.Count"
        var table = FlowTableText(dialect)
        table.add([
            "Total.Fwd.Packets": "4", "Total.Backward.Packets": "3", "Active.Mean": "12.5",
            syn: "1",
        ])
        table.add([
            syn: "1", "Total.Fwd.Packets": "1", "Total.Backward.Packets": "0",
            "Total.Length.of.Fwd.Packets": "0", "Total.Length.of.Bwd.Packets": "0",
            "Timestamp": "nonsense",
        ])
        table.add([
            syn: "1", "Total.Fwd.Packets": "1", "Total.Length.of.Fwd.Packets": "0",
            "Total.Length.of.Bwd.Packets": "0", "Flow.Bytes.s": "Infinity",
        ])
        table.add(["Source.IP": "nowhere"])
        table.add([
            "Protocol": "17", "Total.Fwd.Packets": "1", "Total.Backward.Packets": "1",
            "Flow.Duration": "", "Destination.Port": "53",
        ])
        table.add([
            "Total.Fwd.Packets": "1", "Total.Length.of.Fwd.Packets": "0",
            "Total.Length.of.Bwd.Packets": "0",
        ])
        let log = try Observed(text: table.text, as: "t.csv")
        let flows = log.flows
        #expect(log.format == .table)
        #expect(flows.map(\.outcome) == [.established, .unanswered, .established, .unknown])
        #expect(flows[0].metricValues == [600, 2_000_000, 1200, 120, 1, 40, 100, 140, 12.5])
        #expect(flows[0].forward == .init(packets: 4, octets: 500))
        #expect(flows[0].start.description == "2017-04-26T11:11:17Z")
        #expect(flows[0].durationSeconds == 2)
        #expect(flows[0].application == (dialect == .unicauca ? "HTTP" : "UNKNOWN"))
        #expect(flows[1].metrics?[0] == .infinity && flows[2].metrics == nil)
        #expect(
            log.rejections == [
                "no time that can be read: 1 from 1", "no address that can be read: 1 from 3",
            ])
    }

    @Test func `a table without the columns of metrics has none`() throws {
        let log = try Observed(
            text:
                "Src IP,Dst IP,Timestamp,Protocol\n10.0.0.1,10.0.0.2,2026-01-02 03:04:05,6\n")
        #expect(log.flows.count == 1 && log.flows[0].metrics == nil)
        #expect(log.flows[0].start.description == "2026-01-02T03:04:05Z")
    }

    @Test func `every prefix of a table is read or refused`() throws {
        var table = FlowTableText(varied: 6)
        table.add(["ProtocolName": "a,b"])
        let octets = Array(table.text.utf8)
        let folder = try TemporaryFolder()
        let whole = try Observed(folder.write(octets, to: "t.csv"))
        #expect(whole.flows.count == 7)
        for count in stride(from: 0, to: octets.count, by: 3) {
            let path = try folder.write(Array(octets[..<count]), to: "t.csv")
            guard let log = try? Observed(path) else { continue }
            let complete = max(0, log.flows.count - 1)
            #expect(log.flows.prefix(complete) == whole.flows.prefix(complete))
        }
    }

    @Test(.enabled(if: Places.hasShared))
    func `public flow tables are told to the last row`() throws {
        let paths = Places.files(in: Places.shared + "/flows").filter {
            $0.hasSuffix(".csv") || $0.hasSuffix(".csv.gz")
        }
        var told = 0
        for path in paths {
            guard let log = try? Observed(path, limit: 10_000) else { continue }
            told += 1
            guard log.format == .table else { continue }
            let rows = try ReadTable(path)
            #expect(
                Int(log.counts.read) + log.counts.rejected.total
                    == rows.rows.count + rows.rejects.total, "\(path)")
        }
        #expect(told > 0)
    }

    @Test func `outcomes of TCP follow the flags`() {
        func outcome(_ change: (inout FlowRecord) -> Void) -> FlowOutcome {
            var flow = sampleFlow()
            (flow.forward.flagCounts[1], flow.backward.packets) = (1, 0)
            change(&flow)
            return ObservedFlow(flow).outcome
        }
        #expect(outcome { _ in } == .unanswered)
        #expect(outcome { ($0.backward.packets, $0.backward.flagCounts[2]) = (1, 1) } == .rejected)
        #expect(
            outcome { ($0.backward.packets, $0.backward.flagCounts[1]) = (1, 1) } == .established)
        #expect(outcome { $0.observations = .startNotSeen } == .unknown)
        #expect(outcome { $0.forward.flagCounts[1] = 0 } == .unknown)
        #expect(
            outcome { ($0.part, $0.forward.flagCounts[1], $0.backward.packets) = (1, 0, 5) }
                == .established)
    }
}
