import Foundation
import TestSupport
import Testing

private let gigabyte = 1 << 30

/// A simulated campus in a folder of its own.
private func campus(_ rows: Int, _ name: String = "campus.parquet", seed: Int = 1, in folder: TemporaryFolder) throws -> String {
    let outcome = try Program.run(
        "simulate", "flows", "--rows", "\(rows)", "--seed", "\(seed)", "--out", folder.file(name), "--quiet")
    #expect(outcome.status == 0 && outcome.output.isEmpty && outcome.error.isEmpty, "\(outcome.error)")
    return folder.file(name)
}

struct OutputTests {
    @Test func `an analysis leaves the files of the contract and names its report`() throws {
        let folder = try TemporaryFolder()
        let table = try folder.write(FlowTableText(varied: 900).text, to: "flows.csv")
        let out = folder.file("out")
        let outcome = try Program.run("analyze", table, "--out", out)
        #expect(outcome.status == 0 && outcome.error.isEmpty, "\(outcome.error)")
        #expect(outcome.output.hasPrefix("Medians\n"))
        #expect(outcome.output.hasSuffix("Report: \(out)/report.html\n"))
        let names = try folder.names().filter { $0.hasPrefix("out/") }
        for name in ["ranking.csv", "statistics.csv", "tiers.csv", "scores.parquet", "report.html", "run.json"] {
            #expect(names.contains("out/\(name)"))
        }
        #expect(names.contains("out/figures/world.png") && names.contains("out/figures/DNS-histograms.png"))
        let record = try JSONSerialization.jsonObject(with: Data(folder.octets("out/run.json"))) as? [String: Any]
        #expect((record?["command"] as? String)?.contains("analyze \(table)") == true)
        #expect((record?["timings"] as? [Any])?.isEmpty == false)
    }

    @Test func `the tables have the columns of the contract`() throws {
        let folder = try TemporaryFolder()
        let table = try folder.write(FlowTableText(varied: 900).text, to: "flows.csv")
        #expect(try Program.analyze([table], into: folder.file("out"), "--scores", "csv").status == 0)
        func header(_ name: String) throws -> String {
            try folder.text("out/\(name).csv").split(separator: "\n").first.map(String.init) ?? ""
        }
        #expect(try header("ranking") == "rank,application,count,share,cumulative_share,inverse_likelihood")
        #expect(
            try header("statistics")
                == "application,metric,count,threshold,mode,median,mean,std,min,max,q05,q25,q75,q95")
        #expect(try header("tiers") == "application,tier,events,threshold")
        let metrics = ["flowrate", "duration", "volume", "avpktsz", "dnuprat", "pktlenvar", "fwdpktlen", "bwdpktlen", "actmean"]
        #expect(
            try header("scores") == "row,application,direction,classic_score,classic_tier,score,tier,p_value,"
                + metrics.map { "contribution_\($0)" }.joined(separator: ","))
        let scores = Records(try folder.text("out/scores.csv")).rows
        #expect(scores.count == 900 && Set(scores.map { $0["row"]! }).count == 900)
        #expect(scores.allSatisfy { (0...1).contains(Double($0["p_value"]!)!) && (0...5).contains(Int($0["tier"]!)!) })
    }

    @Test func `the JSON summary accounts for every row`() throws {
        let folder = try TemporaryFolder()
        var flows = FlowTableText(varied: 200)
        flows.add(3, ["Destination.IP": "192.168.1.1"])
        flows.add(2, ["Source.IP": "9.9.9.9"])
        flows.add(4, ["Source.IP": "nowhere"])
        flows.add(5, ["Flow.Duration": "x"])
        let outcome = try Program.analyze([folder.write(flows.text, to: "flows.csv")], into: folder.file("out"))
        #expect(outcome.status == 3)
        let expected: [(String, Double)] = [
            ("read", 214), ("members", 200), ("internal", 3), ("transit", 2), ("invalid_address", 4), ("rejected", 5),
        ]
        for (name, count) in expected { #expect(outcome.number("rows", name) == count, "\(name)") }
    }

    @Test func `several files and folders are one run, rows counted within each file`() throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.file("month"), withIntermediateDirectories: true)
        let one = try folder.write(FlowTableText(varied: 150, seed: 1).text, to: "one.csv")
        _ = try folder.write(FlowTableText(varied: 120, seed: 2).text, to: "month/b.csv")
        _ = try folder.write(FlowTableText(varied: 110, seed: 3).text, to: "month/a.csv")
        _ = try folder.write("no table", to: "month/notes.md")
        let outcome = try Program.analyze([one, folder.file("month")], into: folder.file("out"), "--scores", "csv")
        #expect(outcome.status == 0 && outcome.number("rows", "members") == 380)
        let scores = Records(try folder.text("out/scores.csv"))
        #expect(scores.header.prefix(2) == ["row", "file"])
        let byFile = Dictionary(grouping: scores.rows, by: { $0["file"]! })
        for (name, count) in [("one.csv", 150), ("month/a.csv", 110), ("month/b.csv", 120)] {
            #expect(Set(byFile[folder.file(name)]!.map { Int($0["row"]!)! }) == Set(0..<count))
        }
    }

    @Test func `a table without applications is one population, or as many as --group names`() throws {
        let folder = try TemporaryFolder()
        let flows = FlowTableText(varied: 300)
        var nameless = flows
        nameless.without = ["ProtocolName"]
        let path = try folder.write(nameless.text, to: "nameless.csv")
        let one = try Program.analyze([path], into: folder.file("one"))
        #expect(one.status == 0 && one.number("applications") == 1)
        #expect(Records(try folder.text("one/ranking.csv")).rows.map { $0["application"]! } == ["ALL"])
        let grouped = try Program.analyze([path], into: folder.file("grouped"), "--group", "Down.Up.Ratio")
        #expect(grouped.status == 0 && grouped.number("applications") == 3, "\(grouped.error)")
    }

    @Test func `figures are made in the format asked for`() throws {
        let folder = try TemporaryFolder()
        let table = try folder.write(FlowTableText(varied: 400, applications: ["HTTP"]).text, to: "flows.csv")
        for (format, start) in [("png", [0x89, 0x50, 0x4E, 0x47]), ("svg", Array("<".utf8)), ("pdf", Array("%PDF".utf8))] as [(String, [UInt8])] {
            let outcome = try Program.run("analyze", table, "--out", folder.file(format), "--figures", format, "--quiet")
            #expect(outcome.status == 0 && outcome.output.isEmpty && outcome.error.isEmpty)
            for name in ["world", "HTTP-histograms", "HTTP-radar", "HTTP-inbound", "HTTP-outbound"] {
                #expect(try folder.octets("\(format)/figures/\(name).\(format)").starts(with: start), "\(name)")
            }
        }
    }

    @Test func `hostile names stay inside the output folder and out of the page's code`() throws {
        let folder = try TemporaryFolder()
        var flows = FlowTableText()
        let names = ["../../evil", "<script>alert(1)</script>", "\"\u{301} onload=x", "=1+1", "a/b", "A/B"]
        for (index, name) in names.enumerated() {
            for row in 0..<120 { flows.add(["ProtocolName": name.replacing("\"", with: "\"\""), "Flow.Duration": "\(row * (index + 1))"]) }
        }
        let text = flows.text.replacing("\"\"\u{301} onload=x", with: "\"\"\"\u{301} onload=x\"")
        let outcome = try Program.run("analyze", folder.write(text, to: "flows.csv"), "--out", folder.file("out"), "--scores", "csv")
        #expect(outcome.status == 0, "\(outcome.error)")
        #expect(try folder.names().allSatisfy { $0 == "flows.csv" || $0.hasPrefix("out") })
        let figures = try folder.names().filter { $0.hasSuffix("-histograms.png") }
        #expect(figures.count == names.count && figures.allSatisfy { !$0.contains("..") })
        let page = try folder.text("out/report.html")
        #expect(!page.contains("<script") && !page.unicodeScalars.starts(with: "\"\u{301}".unicodeScalars))
        #expect(!page.utf8.contains(subsequence: Array("\"\u{301} onload".utf8)))
        #expect(try folder.text("out/ranking.csv").contains("'=1+1"))
    }
}

extension Collection where Element: Equatable {
    fileprivate func contains(subsequence part: [Element]) -> Bool {
        var rest = self[...]
        while let place = rest.firstIndex(of: part[0]) {
            if rest[place...].starts(with: part) { return true }
            rest = rest[rest.index(after: place)...]
        }
        return false
    }
}

struct ExitStatusTests {
    @Test func `help and version are no failures`() throws {
        for arguments in [["--help"], ["--version"], ["analyze", "--help"], ["simulate", "flows", "--help"], ["geo", "--help"]] {
            let outcome = try Program.run(arguments)
            #expect(outcome.status == 0 && !outcome.output.isEmpty && outcome.error.isEmpty, "\(arguments)")
        }
        #expect(try Program.run("--version").output.hasPrefix("ntds "))
    }

    @Test(arguments: [
        ["analyse"], ["analyze"], ["analyze", "x.csv", "--no-such-option"], ["analyze", "x.csv", "--pseudo-sigmas", "0"],
        ["analyze", "x.csv", "--pseudo-sigmas", "five"], ["analyze", "x.csv", "--min-count", "0"], ["analyze", "x.csv", "--bins", "0"],
        ["analyze", "x.csv", "--top", "-1"], ["analyze", "x.csv", "--strategy", "median"], ["analyze", "x.csv", "--scores", "xml"],
        ["analyze", "x.csv", "--inside", "10.0.0.0/99"], ["analyze", "x.csv", "--site", "Popayan"],
        ["analyze", "x.csv", "--site", "91,0"], ["analyze", "x.csv", "--baseline", "b", "--learn", "l.csv"],
        ["analyze", "x.csv", "--score-features", ","], ["simulate", "flows", "--out", "x.txt"], ["simulate", "flows", "--rows", "-1"],
        ["simulate", "flows", "--attacks", "2"], ["geo"],
    ]) func `a usage error says what is wrong and has its own status`(_ arguments: [String]) throws {
        let outcome = try Program.run(arguments)
        #expect(outcome.status == 2, "\(outcome.error)")
        #expect(outcome.output.isEmpty && outcome.error.contains("Usage: ntds"), "\(outcome.error)")
    }

    @Test func `an address that is none has the status of rejected input`() throws {
        let outcome = try Program.run("geo", "8.8.8.8", "8.8.8.800")
        #expect(outcome.status == 3 && outcome.output.contains("not an address"))
    }
}

/// The public tables beside the package.
struct SharedTableTests {
    private static let all = ["flows", "unicauca"].flatMap { Places.files(in: "\(Places.shared)/\($0)") }
        .filter { path in [".csv", ".csv.gz", ".txt.gz", ".tsv"].contains { path.hasSuffix($0) } }
    /// Tables of other tools, lists of names, and a header alone.
    private static let foreign = ["nsl_kdd/", "nfstream/", ".tsv", "header87"]
    /// All of its flows are between inside networks and broadcast addresses.
    private static let inner = "online_ISCX_-_jia"
    private static func isForeign(_ path: String) -> Bool { (foreign + [inner]).contains { path.contains($0) } }

    @Test(.enabled(if: Places.hasShared), arguments: all.filter { !isForeign($0) })
    func `every flow table runs`(_ path: String) throws {
        let folder = try TemporaryFolder()
        for option in ["--seed=1", "--classic"] {
            let outcome = try Program.analyze([path], into: folder.file("out"), option)
            #expect(outcome.status == 0 || outcome.status == 3, "\(path): \(outcome.error)")
            #expect(outcome.number("rows", "members") ?? 0 > 0, "\(path)")
        }
    }

    @Test(.enabled(if: Places.hasShared), arguments: all.filter(isForeign))
    func `every other table is refused, saying what it lacks`(_ path: String) throws {
        let folder = try TemporaryFolder()
        let outcome = try Program.analyze([path], into: folder.file("out"))
        #expect(outcome.status == 1 && outcome.error.hasPrefix("ntds: "), "\(path): \(outcome.error)")
        let reason =
            path.contains(Self.inner) ? "no flow has exactly one public end (432 internal"
            : path.contains("header87") ? "no usable rows: the tables hold no rows" : "lacks Flow.Bytes.s, Flow.Duration"
        #expect(outcome.error.contains(reason), "\(outcome.error)")
    }

    @Test(.enabled(if: Places.hasShared)) func `the file of October 2017 is mended and says so`() throws {
        let folder = try TemporaryFolder()
        let path = Places.shared + "/flows/cicflowmeter/2017-10-16_online.csv.gz"
        let outcome = try Program.analyze([path], into: folder.file("out"))
        let inputs = outcome.json["inputs"] as? [[String: Any]]
        #expect((inputs?.first?["notes"] as? [String])?.contains { $0.contains("85 fields under 84 names") } == true)
        #expect(try folder.text("out/report.html").contains("85 fields under 84 names"))
    }
}

struct RepeatabilityTests {
    @Test func `the same seed gives the same octets, whatever the number of threads`() throws {
        let folder = try TemporaryFolder()
        let table = try campus(30_000, in: folder)
        for (name, threads) in [("one", "1"), ("two", "2"), ("again", "2"), ("many", "7")] {
            let outcome = try Program.analyze([table], into: folder.file(name), "--threads", threads, "--seed", "5")
            #expect(outcome.status == 0, "\(outcome.error)")
        }
        for file in ["scores.parquet", "ranking.csv", "statistics.csv", "tiers.csv"] {
            let one = try folder.octets("one/\(file)")
            for name in ["two", "again", "many"] { #expect(try folder.octets("\(name)/\(file)") == one, "\(name) \(file)") }
        }
    }

    @Test(arguments: ["csv", "parquet"]) func `a simulated table is the same for the same seed only`(_ format: String) throws {
        let folder = try TemporaryFolder()
        for (name, seed) in [("a", 7), ("b", 7), ("c", 8)] { _ = try campus(5000, "\(name).\(format)", seed: seed, in: folder) }
        #expect(try folder.octets("a.\(format)") == folder.octets("b.\(format)"))
        #expect(try folder.octets("a.attacks.jsonl") == folder.octets("b.attacks.jsonl"))
        #expect(try folder.octets("a.\(format)") != folder.octets("c.\(format)"))
    }

    @Test func `CSV and Parquet of one table give the same scores`() throws {
        let folder = try TemporaryFolder()
        for format in ["csv", "parquet"] {
            let table = try campus(20_000, "campus.\(format)", in: folder)
            #expect(try Program.analyze([table], into: folder.file(format)).status == 0)
        }
        for file in ["scores.parquet", "statistics.csv", "tiers.csv"] {
            #expect(try folder.octets("csv/\(file)") == folder.octets("parquet/\(file)"), "\(file)")
        }
    }

    @Test func `a saved baseline scores as the one just learnt`() throws {
        let folder = try TemporaryFolder()
        let (benign, table) = (try campus(20_000, "benign.parquet", seed: 2, in: folder), try campus(9000, in: folder))
        let baseline = folder.file("campus.baseline")
        let learnt = try Program.analyze([table], into: folder.file("learnt"), "--learn", benign, "--save-baseline", baseline)
        #expect(learnt.status == 0, "\(learnt.error)")
        let loaded = try Program.analyze([table], into: folder.file("loaded"), "--baseline", baseline)
        #expect(loaded.status == 0, "\(loaded.error)")
        #expect(try folder.octets("learnt/scores.parquet") == folder.octets("loaded/scores.parquet"))
        let whole = try folder.octets("campus.baseline")
        for part in [0, 1, 40, whole.count / 2, whole.count - 1] {
            let cut = try folder.write(Array(whole[..<part]), to: "cut.baseline")
            let outcome = try Program.analyze([table], into: folder.file("cut"), "--baseline", cut)
            #expect(outcome.status == 1 && outcome.error.hasPrefix("ntds: "), "cut at \(part): \(outcome.error)")
        }
    }
}

struct FeatureScoringTests {
    /// A table of services and sizes; the last rows are strange.
    private func table(_ rows: Int, seed: UInt64, strange: Int) -> [String] {
        var flows = [String]()
        var random = SeededRandom(seed: seed)
        for row in 0..<rows {
            let isStrange = row >= rows - strange
            let service = isStrange ? "finger" : ["http", "dns", "ssh"][random.next(3)]
            let size = isStrange ? 1e7 + Double(random.next(1000)) : Double(100 + random.next(900))
            flows.append("\(random.next(50)),\(["tcp", "udp"][random.next(2)]),\(service),\(size),\(isStrange ? "attack, odd" : "normal")")
        }
        return flows
    }

    @Test func `any table is scored by its numbers and words`() throws {
        let folder = try TemporaryFolder()
        let quoted = table(3000, seed: 1, strange: 20).map { $0.replacing("attack, odd", with: "\"attack, odd\"") }
        let path = try folder.write(quoted.joined(separator: "\n"), to: "kdd.txt")
        let names = try folder.write("duration\nprotocol\nservice\nbytes\nclass\n", to: "names.txt")
        let normal = try folder.write(table(3000, seed: 2, strange: 0).joined(separator: "\n"), to: "normal.txt")
        let common = [
            "--header", names, "--score-features", "duration,service,bytes", "--keep", "class,service", "--group", "protocol",
        ]
        for (name, options) in [("alone", []), ("learnt", ["--learn", normal])] {
            let outcome = try Program.run(["analyze", path, "--out", folder.file(name)] + common + options)
            #expect(outcome.status == 0 && outcome.output.contains("3000 rows scored"), "\(outcome.error)")
            #expect(try folder.names().filter { $0.hasPrefix(name + "/") } == ["\(name)/scores.csv"])
            let text = try folder.text("\(name)/scores.csv")
            #expect(text.hasPrefix("row,score,tier,p_value,class,service\n"))
            let lines = text.split(separator: "\n").dropFirst()
            #expect(lines.count == 3000)
            #expect(lines.suffix(20).allSatisfy { $0.hasSuffix(",\"attack, odd\",finger") })
            let scores = lines.map { Double($0.split(separator: ",")[1])! }
            #expect(scores.suffix(20).min()! > scores.dropLast(20).sorted()[2900], "\(name): strange rows score highest")
        }
    }

    @Test func `columns that are not there are named`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("a,b\n1,2\n3,4\n", to: "t.csv")
        let outcome = try Program.run("analyze", path, "--out", folder.file("out"), "--score-features", "a,size", "--keep", "label")
        #expect(outcome.status == 1 && outcome.error.hasPrefix("ntds: ") && outcome.error.contains("size"))
    }

    @Test func `small and constant tables are scored, not refused`() throws {
        let folder = try TemporaryFolder()
        for (name, body) in [("one", "1,x\n"), ("constant", String(repeating: "5,x\n", count: 500)), ("missing", String(repeating: ",\n", count: 50))] {
            let path = try folder.write("a,b\n" + body, to: "\(name).csv")
            let outcome = try Program.run("analyze", path, "--out", folder.file(name), "--score-features", "a,b")
            #expect(outcome.status == 0, "\(name): \(outcome.error) \(outcome.signal)")
        }
    }
}

/// Draws for tables of a test.
private struct SeededRandom {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % bound
    }
}

struct ProgressTests {
    @Test func `a terminal shows rows, rate and time left, a pipe nothing`() throws {
        let folder = try TemporaryFolder()
        let terminal = Places.fixture("terminal.py", beside: #filePath)
        let table = folder.file("campus.csv")
        let simulated = try Python.run(
            terminal, [Program.path, "simulate", "flows", "--rows", "400000", "--out", table])
        #expect(simulated.contains(/simulating +█+░*  \d+ %  [\d,]+ rows  [\d.]+ [kM]\/s  \d+ s left/), "\(simulated.suffix(300))")
        let analysed = try Python.run(
            terminal, [Program.path, "analyze", table, "--figures", "none", "--threads", "1", "--out", folder.file("out")])
        for stage in ["reading", "scoring"] { #expect(analysed.contains(try Regex("\(stage) +█*░*  \\d+ %  [\\d,]+ (rows|flows)"))) }
        #expect(analysed.contains("s left"))
        #expect(analysed.hasSuffix("\n"), "the line is removed at the end")
        let quiet = try Program.run("analyze", table, "--figures", "none", "--out", folder.file("out"))
        #expect(quiet.status == 0 && quiet.error.isEmpty)
        #expect(quiet.peakOctets < gigabyte, "\(quiet.peakOctets >> 20) MiB")
    }
}
