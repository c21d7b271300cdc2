import Foundation
import TestSupport
import Testing

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
        for name in [
            "ranking.csv", "statistics.csv", "tiers.csv", "scores.parquet", "report.html",
            "run.json",
        ] {
            #expect(names.contains("out/\(name)"))
        }
        #expect(
            names.contains("out/figures/world.png")
                && names.contains("out/figures/DNS-histograms.png"))
        let record =
            try JSONSerialization.jsonObject(with: Data(folder.octets("out/run.json")))
            as? [String: Any]
        #expect((record?["command"] as? String)?.contains("analyze \(table)") == true)
        #expect((record?["timings"] as? [Any])?.isEmpty == false)
    }

    @Test func `the tables have the columns of the contract`() throws {
        let folder = try TemporaryFolder()
        let table = try folder.write(FlowTableText(varied: 900).text, to: "flows.csv")
        #expect(
            try Program.analyze([table], into: folder.file("out"), "--scores", "csv").status == 0)
        func header(_ name: String) throws -> String {
            try folder.text("out/\(name).csv").split(separator: "\n").first.map(String.init) ?? ""
        }
        #expect(
            try header("ranking")
                == "rank,application,count,share,cumulative_share,inverse_likelihood")
        #expect(
            try header("statistics")
                == "application,metric,count,threshold,mode,median,mean,std,min,max,q05,q25,q75,q95"
        )
        #expect(try header("tiers") == "application,tier,events,threshold")
        let metrics = [
            "flowrate", "duration", "volume", "avpktsz", "dnuprat", "pktlenvar", "fwdpktlen",
            "bwdpktlen", "actmean",
        ]
        #expect(
            try header("scores")
                == "row,application,direction,classic_score,classic_tier,score,tier,p_value,"
                + metrics.map { "contribution_\($0)" }.joined(separator: ","))
        let scores = Records(try folder.text("out/scores.csv")).rows
        #expect(scores.count == 900 && Set(scores.map { $0["row"]! }).count == 900)
        #expect(
            scores.allSatisfy {
                (0...1).contains(Double($0["p_value"]!)!) && (0...5).contains(Int($0["tier"]!)!)
            })
    }

    @Test func `the JSON summary accounts for every row`() throws {
        let folder = try TemporaryFolder()
        var flows = FlowTableText(varied: 200)
        flows.add(3, ["Destination.IP": "192.168.1.1"])
        flows.add(2, ["Source.IP": "9.9.9.9"])
        flows.add(4, ["Source.IP": "nowhere"])
        flows.add(5, ["Flow.Duration": "x"])
        let outcome = try Program.analyze(
            [folder.write(flows.text, to: "flows.csv")], into: folder.file("out"))
        #expect(outcome.status == 3)
        let expected: [(String, Double)] = [
            ("read", 214), ("members", 200), ("internal", 3), ("transit", 2),
            ("invalid_address", 4), ("rejected", 5),
        ]
        for (name, count) in expected { #expect(outcome.number("rows", name) == count, "\(name)") }
    }

    @Test func `several files and folders are one run, rows counted within each file`() throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(
            atPath: folder.file("month"), withIntermediateDirectories: true)
        let one = try folder.write(FlowTableText(varied: 150, seed: 1).text, to: "one.csv")
        _ = try folder.write(FlowTableText(varied: 120, seed: 2).text, to: "month/b.csv")
        _ = try folder.write(FlowTableText(varied: 110, seed: 3).text, to: "month/a.csv")
        _ = try folder.write("no table", to: "month/notes.md")
        let outcome = try Program.analyze(
            [one, folder.file("month")], into: folder.file("out"), "--scores", "csv")
        #expect(outcome.status == 0 && outcome.number("rows", "members") == 380)
        let scores = Records(try folder.text("out/scores.csv"))
        #expect(scores.header.prefix(2) == ["row", "file"])
        let byFile = Dictionary(grouping: scores.rows, by: { $0["file"]! })
        for (name, count) in [("one.csv", 150), ("month/a.csv", 110), ("month/b.csv", 120)] {
            #expect(Set(byFile[folder.file(name)]!.map { Int($0["row"]!)! }) == Set(0..<count))
        }
    }

    @Test func `a table without applications is one population, or as many as --group names`()
        throws
    {
        let folder = try TemporaryFolder()
        let flows = FlowTableText(varied: 300)
        var nameless = flows
        nameless.without = ["ProtocolName"]
        let path = try folder.write(nameless.text, to: "nameless.csv")
        let one = try Program.analyze([path], into: folder.file("one"))
        #expect(one.status == 0 && one.number("applications") == 1)
        #expect(
            Records(try folder.text("one/ranking.csv")).rows.map { $0["application"]! } == ["ALL"])
        let grouped = try Program.analyze(
            [path], into: folder.file("grouped"), "--group", "Down.Up.Ratio")
        #expect(grouped.status == 0 && grouped.number("applications") == 3, "\(grouped.error)")
    }

    @Test func `figures are made in the format asked for`() throws {
        let folder = try TemporaryFolder()
        let table = try folder.write(
            FlowTableText(varied: 400, applications: ["HTTP"]).text, to: "flows.csv")
        for (format, start) in [
            ("png", [0x89, 0x50, 0x4E, 0x47]), ("svg", Array("<".utf8)),
            ("pdf", Array("%PDF".utf8)),
        ] as [(String, [UInt8])] {
            let outcome = try Program.run(
                "analyze", table, "--out", folder.file(format), "--figures", format, "--quiet")
            #expect(outcome.status == 0 && outcome.output.isEmpty && outcome.error.isEmpty)
            for name in ["world", "HTTP-histograms", "HTTP-radar", "HTTP-inbound", "HTTP-outbound"]
            {
                #expect(
                    try folder.octets("\(format)/figures/\(name).\(format)").starts(with: start),
                    "\(name)")
            }
        }
    }

    @Test func `hostile names stay inside the output folder and out of the page's code`() throws {
        let folder = try TemporaryFolder()
        var flows = FlowTableText()
        let names = [
            "../../evil", "<script>alert(1)</script>", "\"\u{301} onload=x", "=1+1", "a/b", "A/B",
        ]
        for (index, name) in names.enumerated() {
            for row in 0..<120 {
                flows.add(["ProtocolName": name, "Flow.Duration": "\(row * (index + 1))"])
            }
        }
        let table = try folder.write(flows.text, to: "flows.csv")
        let outcome = try Program.run(
            "analyze", table, "--out", folder.file("out"), "--scores", "csv")
        #expect(outcome.status == 0, "\(outcome.error)")
        #expect(try folder.names().allSatisfy { $0 == "flows.csv" || $0.hasPrefix("out") })
        let figures = try folder.names().filter { $0.hasSuffix("-histograms.png") }
        #expect(figures.count == names.count && figures.allSatisfy { $0.hasPrefix("out/figures/") })
        let page = try folder.text("out/report.html")
        #expect(!page.contains("<script"))
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
