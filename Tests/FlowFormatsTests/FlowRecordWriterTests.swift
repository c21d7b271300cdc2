import FlowFormats
import Flows
import Foundation
import NetworkTypes
import TestSupport
import Testing

/// What a writer makes of some flows, as text.
private func written(
    _ flows: [FlowRecord], _ format: FlowRecordWriter.Format = .csv, _ columns: FlowColumnSet,
    clock: ClockOffset = .utc
) throws -> String {
    let folder = try TemporaryFolder()
    var writer = try FlowRecordWriter(
        format, columns: columns, mode: flows.first?.mode ?? .corrected, clock: clock,
        to: .file(folder.file("t")))
    try writer.write(flows, at: sampleStart)
    try writer.finish()
    #expect(try folder.names() == ["t"])
    return try folder.text("t")
}

private func rows(
    _ flows: [FlowRecord], _ columns: FlowColumnSet, clock: ClockOffset = .utc
) throws -> [String] {
    try written(flows, columns, clock: clock).split(separator: "\n").dropFirst().map(String.init)
}

private func written(
    _ flows: [FlowRecord], _ columns: FlowColumnSet, clock: ClockOffset
) throws -> String {
    try written(flows, .csv, columns, clock: clock)
}

private func objects(
    _ flows: [FlowRecord], _ columns: FlowColumnSet = .all
) throws -> [[String: Any]] {
    try written(flows, .jsonl, columns).split(separator: "\n").map {
        try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
}

private let minusThree = ClockOffset("UTC-3") ?? .utc

struct FlowRecordWriterTests {
    @Test(
        .enabled(if: Places.hasShared),
        arguments: [
            (FlowColumnSet.cic2018, "flows/cicflowmeter/test.csv"),
            (.cic2017, "flows/cicflowmeter/test.pcap_CIC.csv"),
            (.unicauca, "unicauca/header87.csv"),
        ])
    func `headers are those of the old meters' files`(
        _ columns: FlowColumnSet, _ name: String
    ) throws {
        let file = try String(contentsOfFile: Places.shared + "/" + name, encoding: .utf8)
        #expect(try written([], columns, clock: .utc) == file.prefix { $0 != "\n" } + "\n")
    }

    @Test func `the header of the last version has its 84 names`() throws {
        let names = try written([], .cicHead, clock: .utc).dropLast().split(separator: ",")
        #expect(names.count == 84)
        #expect(
            names.starts(with: ["Flow ID", "Src IP", "Src Port", "Dst IP", "Dst Port", "Protocol"]))
        #expect(names[8..<10] == ["Total Fwd Packet", "Total Bwd packets"])
        #expect(
            names[59..<63] == [
                "Fwd Segment Size Avg", "Bwd Segment Size Avg", "Fwd Bytes/Bulk Avg",
                "Fwd Packet/Bulk Avg",
            ])
        #expect(names.last == "Label")
    }

    @Test func `a row of 2018 has integers, reals and bare zeros where that meter has them`() throws
    {
        let row = try rows([sampleFlow(mode: .cic2018)], .cic2018, clock: minusThree)
        #expect(
            row == [
                "188.120.225.17-10.200.2.252-8080-61559-6,10.200.2.252,61559,188.120.225.17,8080,6,"
                    + "31/03/2015 08:32:22,1000000,2,1,300.0,50.0,200.0,100.0,150.0,70.71067811865476,"
                    + "50.0,50.0,50.0,0.0,350.0,3.0,500000.0,141421.35623730952,600000.0,400000.0,"
                    + "400000.0,400000.0,0.0,400000.0,400000.0,0,0,0,0,0,0,0,0,0,40,0,2.0,1.0,50.0,"
                    + "200.0,116.66666666666666,76.37626158259734,5833.333333333333,0,0,0,1,0,0,0,0,"
                    + "0.0,150.0,150.0,50.0,0,0,0,0,0,0,2,300,1,50,8192,-1,2,20,0,0,0,0,0,0,0,0,"
                    + "No Label"
            ])
    }

    @Test func `the row of 2017 has the header length twice and its own label`() throws {
        let row = try rows([sampleFlow(mode: .cic2018)], .cic2017)[0].split(separator: ",")
        #expect(row.count == 85)
        #expect(row[40] == "40" && row[61] == "40")
        #expect(row.last == "BENIGN")
    }

    @Test
    func
        `a row of the data set has whole numbers where the data set has them, and the application`()
        throws
    {
        let row = try rows([labelledFlow(mode: .unicauca)], .unicauca)[0].split(separator: ",")
        #expect(row.count == 87)
        #expect(row[6] == "31/03/201511:32:22")
        #expect(
            row[10..<20] == [
                "300", "50.0", "200", "100", "150.0", "70.71067811865476", "50", "50", "50.0",
                "0.0",
            ])
        #expect(row[25] == "400000")
        #expect(row[44..<46] == ["50", "200"])
        #expect(row[57] == "0")
        #expect(row[84...] == ["BENIGN", "126", "GOOGLE"])
    }

    @Test func `a rate over no time is infinite, or no number, in the words of Java`() throws {
        var silent = sampleFlow(mode: .cic2018, microseconds: 0)
        silent.forward.payloadOctets = 0
        silent.backward.payloadOctets = 0
        let row = try rows([sampleFlow(mode: .cic2018, microseconds: 0), silent], .cic2018)
        #expect(
            row.map { $0.split(separator: ",")[20...21] } == [
                ["Infinity", "Infinity"], ["NaN", "Infinity"],
            ])
    }

    @Test(arguments: [
        (FlowColumnSet.cicHead, "31/03/2015 11:32:22 AM", "31/03/2015 12:02:22 AM"),
        (.cic2018, "31/03/2015 11:32:22", "31/03/2015 12:02:22"),
        (.unicauca, "31/03/201511:32:22", "31/03/201512:02:22"),
        (.all, "2015-03-31 11:32:22.123456", "2015-03-31 11:32:22.123456"),
    ])
    func `times are spelt as the layout has them, in local time but for the full record`(
        _ columns: FlowColumnSet, _ utc: String, _ early: String
    ) throws {
        func time(_ clock: String) throws -> String {
            let clock = try #require(ClockOffset(clock))
            return String(
                try rows([sampleFlow()], columns, clock: clock)[0].split(separator: ",")[6])
        }
        #expect(try time("UTC") == utc)
        #expect(try time("-11:30") == early)
    }

    @Test func `noon and the evening are PM`() throws {
        let times = try ["+00:28", "+12:00", "+12:28"].map { clock in
            try rows([sampleFlow()], .cicHead, clock: #require(ClockOffset(clock)))[0]
                .split(separator: ",")[6]
        }
        #expect(
            times == ["31/03/2015 12:00:22 PM", "31/03/2015 11:32:22 PM", "01/04/2015 12:00:22 AM"])
    }

    @Test func `times that no clock shows any more are written all the same`() throws {
        let flows = [Int64.min, -1, 0, Int64.max].map {
            sampleFlow(start: Timestamp(nanoseconds: $0), microseconds: 0)
        }
        #expect(
            try rows(flows, .all).map { $0.split(separator: ",")[6] } == [
                "1677-09-21 00:12:43.145224", "1969-12-31 23:59:59.999999",
                "1970-01-01 00:00:00.000000", "2262-04-11 23:47:16.854775",
            ])
    }

    @Test func `identifiers have the order of signed octets, or of the first packet`() throws {
        let ends = [
            (end("10.200.7.7", 3128), end("172.19.1.46", 52422)),
            (end("172.19.1.46", 52422), end("10.200.7.7", 3128)),
            (end("10.0.0.1", 1), end("10.0.0.1", 2)), (end("10.0.0.1", 2), end("10.0.0.1", 1)),
        ]
        func identifiers(_ columns: FlowColumnSet) throws -> [Substring] {
            try rows(
                ends.map { sampleFlow(mode: .cicHead, initiator: $0.0, responder: $0.1) }, columns
            ).map { $0.split(separator: ",")[0] }
        }
        let ordered: [Substring] = [
            "172.19.1.46-10.200.7.7-52422-3128-6", "172.19.1.46-10.200.7.7-52422-3128-6",
            "10.0.0.1-10.0.0.1-1-2-6", "10.0.0.1-10.0.0.1-2-1-6",
        ]
        #expect(try identifiers(.cic2018) == ordered)
        #expect(try identifiers(.unicauca) == ordered)
        #expect(
            try identifiers(.cicHead) == ["10.200.7.7-172.19.1.46-3128-52422-6"]
                + ordered.dropFirst())
    }

    @Test func `ICMP is protocol 0 without ports to the old meters, itself in the corrected mode`()
        throws
    {
        func row(_ mode: MeterMode) throws -> [Substring] {
            let flow = sampleFlow(
                mode: mode, initiator: end("192.168.0.89", 77), responder: end("192.168.0.1", 2048),
                protocolNumber: 1)
            return try rows([flow], .cicHead)[0].split(separator: ",").dropLast(78)
        }
        #expect(
            try row(.cicHead) == [
                "192.168.0.89-192.168.0.1-0-0-0", "192.168.0.89", "0", "192.168.0.1", "0", "0",
            ])
        #expect(
            try row(.corrected) == [
                "192.168.0.89-192.168.0.1-77-2048-1", "192.168.0.89", "77", "192.168.0.1", "2048",
                "1",
            ])
    }

    @Test func `IPv6 addresses have their canonical text in every layout`() throws {
        let flow = sampleFlow(
            initiator: end("2001:db8::1", 1), responder: end("fe80:0:0:1::", 2))
        for columns in FlowColumnSet.allCases {
            let row = try rows([flow], columns)[0].split(separator: ",")
            #expect(row[1] == "2001:db8::1" && row[3] == "fe80:0:0:1::")
        }
    }

    @Test func `names that peers choose stay in their cells`() throws {
        let hostile = [
            "a,b", "say \"no\"", "two\nlines", "=cmd()", "@x", "back\\slash", "\u{2028}\u{7F}\u{1}",
            "日本", "zero\u{0}", ",\u{301}",
        ]
        let flows = hostile.map { name in
            var flow = labelledFlow()
            flow.label?.serverName = name
            return flow
        }
        let folder = try TemporaryFolder()
        var writer = try FlowRecordWriter(
            .csv, columns: .all, mode: .corrected, clock: .utc, to: .file(folder.file("t.csv")))
        try writer.write(flows, at: sampleStart)
        try writer.finish()
        let table = try ReadTable(
            folder.file("t.csv"), numbers: ["part", "responderZeroWindows"], texts: ["serverName"])
        #expect(table.rejects.total == 0)
        // breaks of lines and zeros are blanks in the file, and blanks at the ends are not read
        #expect(table.numbers == [Array(repeating: 3, count: 10), Array(repeating: 0, count: 10)])
        #expect(
            table.texts[0] == [
                "a,b", "say \"no\"", "two lines", "'=cmd()", "'@x", "back\\slash", "\u{7F}\u{1}",
                "日本", "zero", ",\u{301}",
            ])
        #expect(try objects(flows).map { $0["serverName"] as? String } == hostile)
        #expect(try !written(flows, .jsonl, .all).contains("\u{2028}"))
    }
}

struct FlowRecordFullTests {
    @Test(arguments: [FlowRecordWriter.Format.csv, .parquet])
    func `the full record reads back as a known table`(_ format: FlowRecordWriter.Format) throws {
        let folder = try TemporaryFolder()
        var writer = try FlowRecordWriter(
            format, columns: .all, mode: .corrected, clock: .utc, to: .file(folder.file("t")))
        try writer.write([labelledFlow(), sampleFlow()], at: sampleStart)
        try writer.finish()
        let file = try TableFile(path: folder.file("t"), header: nil)
        #expect(file.layout.dialect == .unicauca)
        #expect(FlowFeature.all.allSatisfy { file.layout.column(of: $0.name) != nil })
        let table = try ReadTable(
            folder.file("t"),
            numbers: [
                "Flow.Duration", "Flow.IAT.Min", "Down.Up.Ratio", "Bwd.IAT.Mean", "vlanId",
                "tcpControlBits",
            ],
            texts: [
                "ProtocolName", "Source.IP", "Timestamp", "observations", "risks", "communityId",
                "firstPayloadOctets", "connection", "serverName",
            ])
        #expect(table.rejects.total == 0)
        #expect(
            table.numbers.map { $0.map { $0.isNaN ? -1 : $0 } } == [
                [1_000_000, 1_000_000], [400_000, 400_000], [0.5, 0.5], [0, 0], [42, -1], [18, 18],
            ])
        #expect(
            table.texts == [
                ["GOOGLE", "UNKNOWN"], ["10.200.2.252", "10.200.2.252"],
                ["2015-03-31 11:32:22.123456", "2015-03-31 11:32:22.123456"],
                ["start not seen;tunnelled", ""], ["Self-signed Certificate;Weak TLS Cipher", ""],
                ["1:29hO4bj6xmgaqNd1YfpZHuvq9jA=", "1:29hO4bj6xmgaqNd1YfpZHuvq9jA="],
                ["100;-50", ""], ["12345678901234567890", "0"], ["www.example.org", ""],
            ])
        let time = try #require(FlowTableTime(table.texts[2][0]))
        #expect(time.timestamp.nanoseconds == sampleStart.nanoseconds / 1000 * 1000)
    }

    @Test(arguments: FlowColumnSet.allCases, MeterMode.allCases)
    func `CSV and Parquet hold the same, in every layout and mode`(
        _ columns: FlowColumnSet, _ mode: MeterMode
    ) throws {
        let folder = try TemporaryFolder()
        for format in [FlowRecordWriter.Format.csv, .parquet] {
            var writer = try FlowRecordWriter(
                format, columns: columns, mode: mode, clock: .utc,
                to: .file(folder.file(format.rawValue)))
            try writer.write(
                [labelledFlow(mode: mode), sampleFlow(mode: mode, microseconds: 0)], at: sampleStart
            )
            try writer.finish()
        }
        let texts: Set = [
            "Flow.ID", "Source.IP", "Destination.IP", "Timestamp", "Label", "ProtocolName",
        ]
        let file = try TableFile(path: folder.file("csv"), header: nil)
        let known = FlowFeature.all.map(\.name).filter { file.layout.column(of: $0) != nil }
        func read(_ name: String) throws -> ReadTable {
            try ReadTable(
                folder.file(name), numbers: known.filter { !texts.contains($0) },
                texts: known.filter { texts.contains($0) })
        }
        let (csv, parquet) = (try read("csv"), try read("parquet"))
        #expect(known.count == columns.names.count || columns == .all && known.count == 87)
        #expect(csv.texts == parquet.texts)
        #expect(
            csv.numbers.map { $0.map(\.description) }
                == parquet.numbers.map { $0.map(\.description) })
    }

    @Test func `a batch has the data set's names for an analysis on the fly`() {
        let table = FlowRecordTable(.unicauca, mode: .corrected, clock: .utc)
        let batch = table.batch(of: [labelledFlow(), sampleFlow()])
        #expect(batch.names == FlowFeature.all.map(\.name))
        #expect(batch.rowCount == 2)
        #expect(batch.columns[7] == .integers([1_000_000, 1_000_000]))
        #expect(batch.columns[57] == .reals([0.5, 0.5]))
        #expect(batch.columns[86] == .words([0, 1], WordTable(["GOOGLE", "UNKNOWN"])))
        #expect(table.batch(of: []).rowCount == 0)
    }

    @Test func `a line of JSON has the names of IPFIX and nothing that is not known`() throws {
        let object = try objects([labelledFlow(), sampleFlow()])
        let (full, plain) = (object[0], object[1])
        #expect(full["flowStartMicroseconds"] as? String == "2015-03-31T11:32:22.123456Z")
        #expect(full["flowEndMicroseconds"] as? String == "2015-03-31T11:32:23.123456Z")
        #expect(full["flowDurationMicroseconds"] as? Int == 1_000_000)
        #expect(full["sourceIPv4Address"] as? String == "10.200.2.252")
        #expect(full["destinationTransportPort"] as? Int == 8080)
        #expect(full["initiatorOctets"] as? Double == 300)
        #expect(full["flowEndReason"] as? Int == 3)
        #expect(full["connection"] as? String == "12345678901234567890")
        #expect(full["firstPayloadOctets"] as? [Int] == [100, -50])
        #expect(full["firstPayloadGapsMicroseconds"] as? [Int] == [0, 1000])
        #expect(full["risks"] as? [String] == ["Self-signed Certificate", "Weak TLS Cipher"])
        #expect(full["applicationName"] as? String == "GOOGLE")
        #expect(full["tunnelDestinationIPAddress"] as? String == "2001:db8::1")
        #expect(full["reverseTcpSynTotalCount"] as? Int == 0)
        #expect(full["communityId"] as? String == "1:29hO4bj6xmgaqNd1YfpZHuvq9jA=")
        for key in [
            "applicationName", "serverName", "risks", "vlanId", "tunnel", "observations",
            "responderGapMeanMicroseconds", "reverseTcpWindowSize",
            "responderRoundTripMicroseconds",
        ] {
            #expect(plain[key] == nil)
        }
        #expect(try !written([labelledFlow(), sampleFlow()], .jsonl, .all).contains("null"))
    }

    @Test(arguments: FlowColumnSet.allCases)
    func `in JSON what is counted is a whole number, what is computed has a point`(
        _ columns: FlowColumnSet
    ) throws {
        var flow = sampleFlow(mode: columns == .all ? .corrected : .cicHead)
        flow.forward.payloadOctets = 12_345_678
        let line = try written([flow], .jsonl, columns)
        let names = columns.names
        let isFull = columns == .all
        for (place, name, text) in [
            (10, "initiatorOctets", "12345678"), (12, "initiatorPayloadMaximumOctets", "200"),
            (14, "initiatorPayloadMeanOctets", "150.0"),
            (24, "gapMaximumMicroseconds", "600000"),
            (29, "initiatorGapMaximumMicroseconds", "400000"),
            (28, "initiatorGapDeviationMicroseconds", "0.0"),
        ] {
            #expect(
                line.contains("\"\(isFull ? name : names[place])\":\(text),"), "\(name) \(line)")
        }
    }

    @Test func `a ping in JSON has its type, code and identifier instead of ports`() throws {
        let ping = sampleFlow(
            initiator: end("192.168.0.89", 77), responder: end("192.168.0.1", 2048),
            protocolNumber: 1)
        let object = try objects([ping])[0]
        #expect(
            object["icmpTypeCodeIPv4"] as? Int == 2048 && object["icmpIdentifier"] as? Int == 77)
        #expect(object["sourceTransportPort"] == nil && object["destinationTransportPort"] == nil)
        #expect(object["communityId"] as? String == "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=")
    }

    @Test(arguments: FlowColumnSet.allCases) func `every line of JSON names a value once`(
        _ columns: FlowColumnSet
    ) throws {
        for mode in MeterMode.allCases {
            let flows = [labelledFlow(mode: mode), sampleFlow(mode: mode, microseconds: 0)]
            for line in try written(flows, .jsonl, columns).split(separator: "\n") {
                let keys = line.matches(of: /[{,]"([^"]+)":/).map { String($0.1) }
                #expect(Set(keys).count == keys.count)
                #expect(!line.contains(":NaN") && !line.contains(":Inf"))
            }
            let keys = Set(try objects(flows, columns)[0].keys)
            #expect(columns == .all || Set(columns.names) == keys)
        }
    }
}
