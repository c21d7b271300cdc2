import Baselines
import Flows
import NetworkTypes
import Reports
import TestSupport
import Testing

/// Loads tables with the given settings.
private func load(
    _ tables: [String], in folder: TemporaryFolder,
    _ change: (inout AnalysisSettings) -> Void = { _ in }
) throws -> LoadedFlows {
    let paths = try tables.enumerated().map { try folder.write($1, to: "table\($0).csv") }
    var settings = AnalysisSettings(inputs: paths, output: folder.path)
    change(&settings)
    return try FlowLoader(settings: settings).load(paths) { _, _ in }
}

private func load(
    _ table: FlowTableText, _ change: (inout AnalysisSettings) -> Void = { _ in }
) throws -> LoadedFlows {
    try load([table.text], in: TemporaryFolder(), change)
}

/// The values of a metric by its name.
private func values(_ metric: String, _ flows: LoadedFlows) -> [Double] {
    flows.table.columns[flows.table.metrics.firstIndex(of: metric)!]
}

private let (inside, publicOne, publicTwo) = ("192.168.0.7", "8.8.8.8", "1.1.1.1")

struct FlowDirectionTests {
    private func table() -> FlowTableText {
        var table = FlowTableText()
        table.add(["Source.IP": inside, "Destination.IP": publicOne])
        table.add(["Source.IP": publicOne, "Destination.IP": inside])
        table.add(["Source.IP": publicTwo, "Destination.IP": inside])
        table.add(["Source.IP": inside, "Destination.IP": "10.9.9.9"])
        table.add(["Source.IP": publicOne, "Destination.IP": publicTwo])
        table.add(["Source.IP": "not an address"])
        table.add(["Source.IP": inside, "Destination.IP": "2001:4860:4860::8888"])
        return table
    }

    @Test func `only flows with exactly one public end join, the others are counted`() throws {
        let flows = try load(table())
        #expect(flows.table.rows == [0, 1, 2, 6])
        #expect(flows.table.directions == [.outbound, .inbound, .inbound, .outbound])
        let quality = flows.quality
        #expect(
            quality.internalCount == 1 && quality.transitCount == 1
                && quality.invalidAddressCount == 1)
        #expect(quality.inboundCount == 2 && quality.outboundCount == 2 && quality.memberCount == 4)
        #expect(quality.rowCount == 7 && quality.rejects.total == 0)
    }

    @Test func `flows that stay inside join where the caller takes them, with no public end`()
        throws
    {
        var table = FlowTableText()
        table.add(20, ["Source.IP": inside, "Destination.IP": "10.9.9.9"])
        #expect(throws: AnalysisError.self) { try load(table) }
        let folder = try TemporaryFolder()
        let path = try folder.write(table.text, to: "inside.csv")
        let settings = AnalysisSettings(inputs: [path], output: folder.path)
        let flows = try FlowLoader(settings: settings, takesInternal: true).load([path]) { _, _ in }
        #expect(flows.table.directions.allSatisfy { $0 == .internal } && flows.table.count == 20)
        #expect(flows.table.publicEnds.allSatisfy { $0 == .max })
        #expect(flows.quality.internalMemberCount == 20 && flows.quality.internalCount == 0)
    }

    @Test func `the public end of each flow is known`() throws {
        let flows = try load(table())
        let ends = flows.table.publicEnds.map { flows.addresses.addresses[Int($0)] }
        #expect(
            ends == [publicOne, publicOne, publicTwo, "2001:4860:4860::8888"].map { IPAddress($0) })
    }

    @Test func `an operator's own network is inside`() throws {
        let flows = try load(table()) { $0.insidePrefixes = [try! IPPrefix("1.1.1.0/24")] }
        #expect(flows.table.rows == [0, 1, 4, 6])
        #expect(flows.quality.internalCount == 2 && flows.quality.transitCount == 0)
    }

    @Test func `the original takes addresses by their text, loopback too`() throws {
        var table = FlowTableText()
        table.add(["Source.IP": "192.168.0.7", "Destination.IP": "127.0.0.1"])
        table.add(["Source.IP": "fe80::1", "Destination.IP": "10.0.0.1"])
        table.add(["Source.IP": "whatever", "Destination.IP": "172.31.0.1"])
        table.add(["Source.IP": "172.32.0.1", "Destination.IP": "192.1.0.1"])
        let classic = try load(table) { $0.isClassic = true }
        #expect(classic.table.directions == [.outbound, .inbound, .inbound])
        #expect(classic.quality.transitCount == 1)
        table.add()
        let registered = try load(table)
        #expect(
            registered.quality.internalCount == 2 && registered.quality.invalidAddressCount == 1)
    }

    @Test func `without addresses every row joins, direction unknown`() throws {
        var nameless = FlowTableText(without: ["Source.IP"])
        nameless.add(3, [:])
        var coded = FlowTableText()
        coded.add(3, ["Source.IP": "17", "Destination.IP": "4"])
        for table in [nameless, coded] {
            let flows = try load(table)
            #expect(flows.table.directions == [.unknown, .unknown, .unknown])
            #expect(flows.quality.unknownDirectionCount == 3)
            #expect(flows.quality.inputs[0].notes.contains { $0.contains("direction unknown") })
        }
    }
}

struct FlowMetricTests {
    @Test func `volume is the payload octets, or rate times duration under the original's rules`()
        throws
    {
        var table = FlowTableText()
        table.add([
            "Flow.Bytes.s": "250", "Flow.Duration": "4000000", "Total.Length.of.Fwd.Packets": "300",
            "Total.Length.of.Bwd.Packets": "701",
        ])
        #expect(try values("volume", load(table)) == [1001])
        #expect(try values("volume", load(table) { $0.isClassic = true }) == [1_000_000_000])
        table.without = ["Total.Length.of.Bwd.Packets"]
        let flows = try load(table)
        #expect(values("volume", flows) == [1_000_000_000])
        #expect(flows.quality.inputs[0].notes.contains { $0.contains("no payload octets") })
    }

    @Test
    func
        `values that are not finite are kept and counted, rows that have one left out under the original's rules`()
        throws
    {
        var table = FlowTableText()
        table.add(["Flow.Bytes.s": "Infinity"])
        table.add(["Flow.Bytes.s": "NaN", "Active.Mean": ""])
        table.add()
        let flows = try load(table)
        #expect(flows.quality.nonFiniteValues == [2, 0, 0, 0, 0, 0, 0, 0, 1])
        #expect(flows.table.count == 3 && flows.quality.nonFiniteRowCount == 0)
        let classic = try load(table) { $0.isClassic = true }
        #expect(classic.table.rows == [2] && classic.quality.nonFiniteRowCount == 2)
    }

    @Test(arguments: [FlowTableDialect.unicauca, .iscx, .long, .abbreviated, .head])
    func `every dialect gives the same metrics`(_ dialect: FlowTableDialect) throws {
        var table = FlowTableText(varied: 50)
        let expected = try load(table) { $0.groupColumn = "Label" }
        table.dialect = dialect
        let flows = try load(table) { $0.groupColumn = "Label" }
        #expect(flows.quality.inputs[0].dialect == dialect)
        #expect(flows.table.columns == expected.table.columns)
        #expect(flows.table.holdouts == expected.table.holdouts)
    }

    @Test func `both directions of a flow fall into one holdout`() throws {
        var table = FlowTableText()
        for port in 2000..<2200 {
            table.add([
                "Source.IP": inside, "Destination.IP": publicOne, "Source.Port": "\(port)",
                "Destination.Port": "53",
            ])
            table.add([
                "Source.IP": publicOne, "Destination.IP": inside, "Source.Port": "53",
                "Destination.Port": "\(port)",
            ])
        }
        let holdouts = try load(table).table.holdouts
        #expect(stride(from: 0, to: 400, by: 2).allSatisfy { holdouts[$0] == holdouts[$0 + 1] })
        #expect(Set(holdouts) == Set(0...9))
    }
}

struct FlowInputTests {
    @Test func `several files are one run, rows counted through all of them`() throws {
        let folder = try TemporaryFolder()
        let flows = try load(
            [
                FlowTableText(varied: 10).text, FlowTableText(varied: 7).text + "ragged\n",
                FlowTableText(varied: 5).text,
            ], in: folder)
        #expect(flows.quality.inputs.map(\.firstRow) == [0, 10, 18])
        #expect(flows.quality.inputs.map(\.rowCount) == [10, 8, 5])
        #expect(flows.table.rows.sorted() == (0..<23).filter { $0 != 17 }.map { UInt32($0) })
        #expect(flows.quality.rejects.entries.map(\.firstRow) == [17])
    }

    @Test func `files with and without an application column can be mixed`() throws {
        var nameless = FlowTableText(varied: 6)
        nameless.without = ["ProtocolName"]
        let named = FlowTableText(varied: 9, applications: ["DNS"])
        for tables in [[named, nameless], [nameless, named]] {
            let flows = try load(tables.map(\.text), in: TemporaryFolder())
            #expect(flows.table.populations.map(\.name) == ["DNS", "ALL"] && flows.hasApplications)
            #expect(flows.table.populations.map(\.members.count) == [9, 6])
        }
    }

    @Test func `an empty name has a name`() throws {
        var table = FlowTableText()
        table.add(2, ["ProtocolName": ""])
        #expect(try load(table).table.populations.map(\.name) == ["(none)"])
    }

    @Test func `the number of threads does not matter`() throws {
        let table = FlowTableText(varied: 15_000)
        let one = try load(table) { $0.threads = 1 }
        let four = try load(table) { $0.threads = 4 }
        #expect(one.table.columns == four.table.columns && one.table.rows == four.table.rows)
        #expect(
            one.addresses.addresses == four.addresses.addresses
                && one.table.publicEnds == four.table.publicEnds)
    }

    @Test func `a twelve-hour clock without AM or PM is said, not guessed`() throws {
        func notes(_ times: [String]) throws -> [String] {
            var table = FlowTableText()
            for time in times { table.add(["Timestamp": time]) }
            return try load(table).quality.inputs[0].notes.filter { $0.contains("Timestamp") }
        }
        #expect(try notes(["26/04/201711:11:17", "26/04/2017 03:00:00"]).count == 1)
        #expect(
            try notes(["26/04/2017 11:11:17", "26/04/2017 13:00:00"]).isEmpty,
            "some hour is past 12")
        #expect(try notes(["26/04/2017 11:11:17 AM", "26/04/2017 01:00:00 PM"]).isEmpty)
        #expect(try notes(["2017-04-26 11:11:17.000001"]).isEmpty)
        #expect(
            try notes(["soon", "later"]) == ["the Timestamp column holds no time that can be read"])
    }

    @Test func `progress goes forward to the end of the last file`() throws {
        let folder = try TemporaryFolder()
        let paths = try (0..<3).map {
            try folder.write(FlowTableText(varied: 100).text, to: "\($0).csv")
        }
        var seen: [(rows: Int, fraction: Double)] = []
        _ = try FlowLoader(settings: AnalysisSettings(inputs: paths, output: folder.path)).load(
            paths
        ) { seen.append(($0, $1)) }
        #expect(
            zip(seen, seen.dropFirst()).allSatisfy {
                $0.rows <= $1.rows && $0.fraction <= $1.fraction
            })
        #expect(seen.last?.rows == 300 && seen.last?.fraction == 1)
    }
}

struct InputFilesTests {
    @Test func `a folder stands for its tables and captures, sorted, others as they are`() throws {
        let folder = try TemporaryFolder()
        for name in [
            "b.csv", "a.parquet", "c.CSV.GZ", "d.csv.zst", "e.txt", "notes.md", ".hidden.csv",
            "g.pcap", "h.pcapng.zst", "i.xls",
        ] {
            _ = try folder.write("x", to: name)
        }
        let expected = [
            "a.parquet", "b.csv", "c.CSV.GZ", "d.csv.zst", "e.txt", "g.pcap", "h.pcapng.zst",
        ].map { folder.file($0) }
        #expect(try InputFiles.expand([folder.path]) == expected)
        #expect(
            try InputFiles.expand(["nowhere.csv", folder.file("notes.md")]) == [
                "nowhere.csv", folder.file("notes.md"),
            ])
    }

    @Test func `a folder without tables is refused`() throws {
        let folder = try TemporaryFolder()
        #expect(throws: AnalysisError.self) { try InputFiles.expand([folder.path]) }
    }
}
