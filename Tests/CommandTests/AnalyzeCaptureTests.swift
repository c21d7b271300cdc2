import Foundation
import TestSupport
import Testing

/// Ten minutes of a small campus and the flows in them by two rules; made once.
private let campus = Result {
    let folder = try TemporaryFolder.lasting()
    func run(_ arguments: String...) throws {
        let outcome = try Program.run(arguments)
        #expect(outcome.status == 0, "\(outcome.error)")
    }
    for (name, seed) in [("campus", "1"), ("benign", "2")] {
        try run(
            "simulate", "packets", "--out", folder.file("\(name).pcap"), "--seed", seed,
            "--duration", "10m", "--flows-per-hour", "900", "--attacks", "vertical-scan,beacon",
            "--quiet")
    }
    for mode in ["corrected", "cic-2018"] {
        try run(
            "meter", folder.file("campus.pcap"), "--mode", mode, "--out",
            folder.file("\(mode).parquet"), "--quiet")
    }
    return folder
}

private let statistics = ["statistics.csv", "ranking.csv", "tiers.csv"]

/// The tables that were metered, as the summary tells of them.
private func metered(_ outcome: Program.Outcome) -> [[String: Any]] {
    outcome.json["metered"] as? [[String: Any]] ?? []
}

struct AnalyzeCaptureTests {
    @Test(arguments: ["corrected", "cic-2018"])
    func `a capture is analyzed as the table that the meter makes of it`(_ mode: String) throws {
        let source = try campus.get()
        let folder = try TemporaryFolder()
        let table = source.file("\(mode).parquet")
        let capture = try Program.analyze(
            [source.file("campus.pcap")], into: folder.file("capture"), "--mode", mode)
        let reference = try Program.analyze([table], into: folder.file("table"))
        #expect(capture.status == 0 && reference.status == 0, "\(capture.error)\(reference.error)")
        for file in statistics + ["scores.parquet"] {
            #expect(
                try folder.octets("capture/\(file)") == folder.octets("table/\(file)"), "\(file)")
        }
        #expect(try folder.octets("capture/flows.parquet") == source.octets("\(mode).parquet"))
        let made = try #require(metered(capture).first)
        #expect(made["path"] as? String == folder.file("capture/flows.parquet"))
        #expect(made["mode"] as? String == mode)
        #expect((made["flows"] as? Double) == capture.number("rows", "read"))
        #expect(capture.number("model", "learnt_from") != nil)
        let page = try folder.text("capture/report.html")
        #expect(page.contains("What the meter counted in campus.pcap"))
        #expect(page.contains("metered from campus.pcap in mode \(mode)"))
    }

    @Test func `captures are known by their octets, and merged in the order of time`() throws {
        let source = try campus.get()
        let folder = try TemporaryFolder()
        // the capture in two files without a name that tells, one of them packed
        let whole = try source.octets("campus.pcap")
        let middle = try #require(recordStart(in: whole, after: whole.count / 2))
        let second = try folder.write(Array(whole[..<24] + whole[middle...]), to: "a")
        let first = try folder.write(Array(whole[..<middle]), to: "b")
        _ = try Python.run(
            "-c",
            [
                "import gzip,sys;p=sys.argv[1];gzip.open(p+'2','wb').write(open(p,'rb').read())",
                first,
            ])
        let both = try Program.analyze([second, first + "2"], into: folder.file("two"))
        let one = try Program.analyze([source.file("campus.pcap")], into: folder.file("one"))
        #expect(both.status == 0 && one.status == 0, "\(both.error)\(one.error)")
        #expect((metered(both).first?["captures"] as? [String])?.count == 2)
        for file in statistics + ["flows.parquet"] {
            #expect(try folder.octets("two/\(file)") == folder.octets("one/\(file)"), "\(file)")
        }
    }

    @Test func `captures and tables of a folder are one run, the captures first`() throws {
        let source = try campus.get()
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(
            atPath: folder.file("month"), withIntermediateDirectories: false)
        try FileManager.default.copyItem(
            atPath: source.file("benign.pcap"), toPath: folder.file("month/z.pcap"))
        try FileManager.default.copyItem(
            atPath: source.file("corrected.parquet"), toPath: folder.file("month/a.parquet"))
        let outcome = try Program.analyze(
            [folder.file("month")], into: folder.file("out"), "--scores", "csv")
        #expect(outcome.status == 0, "\(outcome.error)")
        let files = Set(Records(try folder.text("out/scores.csv")).rows.map { $0["file"]! })
        #expect(files == [folder.file("out/flows.parquet"), folder.file("month/a.parquet")])
        let inputs = outcome.json["inputs"] as? [[String: Any]] ?? []
        #expect(inputs.map { $0["mode"] as? String } == ["corrected", "corrected"])
        #expect(inputs.first?["path"] as? String == folder.file("out/flows.parquet"))
    }

    @Test func `a damaged capture is metered up to the damage, which is told`() throws {
        let source = try campus.get()
        let folder = try TemporaryFolder()
        let whole = try source.octets("campus.pcap")
        let path = try folder.write(Array(whole[..<(whole.count / 3)]), to: "cut.pcap")
        let outcome = try Program.analyze([path], into: folder.file("out"))
        #expect(outcome.status == 3 && outcome.error.contains("cut.pcap: damaged at octet"))
        #expect((metered(outcome).first?["complaints"] as? [String])?.count == 1)
        #expect(try folder.text("out/report.html").contains("damaged at octet"))
    }

    @Test func `a baseline judges flows of its own mode, and those that do not say theirs`() throws
    {
        let source = try campus.get()
        let folder = try TemporaryFolder()
        let baseline = folder.file("campus.baseline")
        let learnt = try Program.analyze(
            [source.file("campus.pcap")], into: folder.file("learnt"), "--learn",
            source.file("benign.pcap"), "--save-baseline", baseline)
        #expect(learnt.status == 0 && metered(learnt).count == 2, "\(learnt.error)")
        #expect(folder.has("learnt/benign-flows.parquet"))
        func analyze(_ input: String, _ options: String...) throws -> Program.Outcome {
            try Program.run(
                ["analyze", input, "--out", folder.file("out"), "--baseline", baseline]
                    + ["--no-report"] + options)
        }
        let capture = source.file("campus.pcap")
        #expect(try analyze(capture).status == 0)
        for other in [
            try analyze(capture, "--mode", "cic-2018"),
            try analyze(source.file("cic-2018.parquet")),
        ] {
            #expect(
                other.status == 1 && other.error.contains("mode 'corrected'")
                    && other.error.contains("mode 'cic-2018'"), "\(other.error)")
        }
        let table = try folder.write(FlowTableText(varied: 300).text, to: "flows.csv")
        let unknown = try analyze(table)
        #expect(
            unknown.status == 0
                && unknown.output.contains("do not say by which rules they were metered"),
            "\(unknown.error)\(unknown.output)")
    }

    @Test func `flows of two modes are refused`() throws {
        let source = try campus.get()
        let folder = try TemporaryFolder()
        let outcomes = [
            try Program.analyze(
                [source.file("campus.pcap"), source.file("cic-2018.parquet")],
                into: folder.file("out")),
            try Program.analyze(
                [source.file("campus.pcap")], into: folder.file("out"), "--learn",
                source.file("cic-2018.parquet")),
        ]
        for outcome in outcomes {
            #expect(
                outcome.status == 1
                    && outcome.error.contains("mode cic-2018 beside flows of mode corrected"),
                "\(outcome.error)")
        }
    }

    @Test func `without labels all flows are one population`() throws {
        let source = try campus.get()
        let folder = try TemporaryFolder()
        let outcome = try Program.analyze(
            [source.file("campus.pcap")], into: folder.file("out"), "--labels", "none",
            "--no-report")
        #expect(outcome.status == 0 && outcome.number("applications") == 1, "\(outcome.error)")
        #expect(metered(outcome).first?["labeller"] == nil)
    }

    @Test func `no input is overwritten, and what only has the name of a capture is refused`()
        throws
    {
        let source = try campus.get()
        let folder = try TemporaryFolder()
        let table = try folder.write(try source.octets("corrected.parquet"), to: "flows.parquet")
        let over = try Program.analyze([table, source.file("campus.pcap")], into: folder.path)
        #expect(over.status == 1 && over.error.contains("would overwrite it"), "\(over.error)")
        #expect(try folder.octets("flows.parquet") == source.octets("corrected.parquet"))
        let text = try folder.write("no capture at all", to: "notes.pcap")
        let refused = try Program.analyze([text], into: folder.file("out"))
        #expect(refused.status == 1 && refused.error.contains("not a capture"), "\(refused.error)")
        #expect(!folder.has("out"))
    }

    @Test(.enabled(if: Places.hasShared)) func `captures of many kinds are one analysis`() throws {
        let folder = try TemporaryFolder()
        let outcome = try Program.analyze([Places.shared + "/pcap/ndpi"], into: folder.file("out"))
        #expect(outcome.status == 0 && metered(outcome).count == 1, "\(outcome.error)")
        #expect(outcome.number("applications") ?? 0 > 50)
    }

    /// Where a record of a little-endian pcap file begins at or after `place`.
    private func recordStart(in octets: [UInt8], after place: Int) -> Int? {
        var start = 24
        while start < place, start + 16 <= octets.count {
            let length = (0..<4).reduce(0) { $0 | Int(octets[start + 8 + $1]) << (8 * $1) }
            start += 16 + length
        }
        return start < octets.count ? start : nil
    }
}
