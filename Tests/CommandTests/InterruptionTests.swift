import Foundation
import TestSupport
import Testing

/// Checks that every file under a final name is whole.
private func checkWhole(_ folder: TemporaryFolder, _ out: String) throws {
    for name in try folder.names() where name.hasPrefix(out + "/") {
        guard FileManager.default.fileExists(atPath: folder.file(name)), !name.hasSuffix("figures")
        else { continue }
        let octets = try folder.octets(name)
        let isWhole =
            switch name.split(separator: ".").last {
            case "parquet": octets.count > 12 && octets.suffix(4) == ArraySlice("PAR1".utf8)
            case "csv", "jsonl": octets.last == 0x0A
            case "html": octets.suffix(8) == ArraySlice("</html>\n".utf8)
            case "json": (try? JSONSerialization.jsonObject(with: Data(octets))) != nil
            case "png": octets.suffix(8).starts(with: Array("IEND".utf8))
            default: false
            }
        #expect(isWhole, "\(name), \(octets.count) octets")
    }
}

/// Where a run is interrupted.
private struct Moment: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let isReached: @Sendable (TemporaryFolder) -> Bool
}

struct InterruptionTests {
    /// 400,000 rows, made once.
    private static let campus: Result<(TemporaryFolder, String), any Error> = Result {
        let folder = try TemporaryFolder.lasting()
        let path = folder.file("campus.parquet")
        _ = try Program.run("simulate", "flows", "--rows", "400000", "--out", path, "--quiet")
        return (folder, path)
    }

    private static let moments = [
        Moment(testDescription: "while reading") { $0.has("out") },
        Moment(testDescription: "while scoring") { $0.has("out/scores.parquet.partial") },
        Moment(testDescription: "while drawing") { $0.has("out/figures") },
    ]

    @Test(arguments: moments) private func `Ctrl-C ends a run and leaves no half file`(
        _ moment: Moment
    ) throws {
        let folder = try TemporaryFolder()
        let run = try Program.Run(["analyze", Self.campus.get().1, "--out", folder.file("out")])
        let deadline = Date.now.addingTimeInterval(60)
        while !moment.isReached(folder), Date.now < deadline { usleep(500) }
        run.interrupt()
        let outcome = try run.wait()
        #expect(
            outcome.status == 1 && outcome.error.hasPrefix("ntds: interrupted"), "\(outcome.error)")
        #expect(try !folder.names().contains { $0.hasSuffix(".partial") })
        #expect(!folder.has("out/run.json"))
        try checkWhole(folder, "out")
    }

    @Test(arguments: ["csv", "parquet"]) func `Ctrl-C ends a simulation and leaves nothing`(
        _ format: String
    ) throws {
        let folder = try TemporaryFolder()
        let run = try Program.Run([
            "simulate", "flows", "--rows", "3000000", "--out", folder.file("campus.\(format)"),
        ])
        let deadline = Date.now.addingTimeInterval(60)
        while !folder.has("campus.\(format).partial"), Date.now < deadline { usleep(500) }
        run.interrupt()
        let outcome = try run.wait()
        #expect(outcome.status == 1)
        #expect(try folder.names().isEmpty)
    }
}

struct FullDiskTests {
    @Test(arguments: [0, 1024, 4096, 60_000, 250_000])
    func `a full disk ends a run with a reason and leaves no half file`(_ room: Int) throws {
        let folder = try TemporaryFolder()
        let table = try folder.write(FlowTableText(varied: 12_000).text, to: "flows.csv")
        for scores in ["csv", "parquet"] {
            let outcome = try Program.run(
                ["analyze", table, "--out", folder.file(scores), "--scores", scores],
                fileLimit: room)
            #expect(
                outcome.status == 1 && outcome.error.hasPrefix("ntds: "),
                "\(outcome.signal) \(outcome.error)")
            #expect(outcome.error.contains("cannot be written"), "\(outcome.error)")
            #expect(try !folder.names().contains { $0.hasSuffix(".partial") })
            try checkWhole(folder, scores)
        }
    }

    @Test(arguments: ["csv", "parquet"]) func `a full disk ends a simulation and leaves nothing`(
        _ format: String
    ) throws {
        let folder = try TemporaryFolder()
        let outcome = try Program.run(
            ["simulate", "flows", "--rows", "30000", "--out", folder.file("campus.\(format)")],
            fileLimit: 1 << 18)
        #expect(
            outcome.status == 1 && outcome.error.hasPrefix("ntds: "),
            "\(outcome.signal) \(outcome.error)")
        #expect(try folder.names().isEmpty)
    }

    @Test func `a folder that may not be written to is named`() throws {
        let outcome = try Program.run(
            "simulate", "flows", "--rows", "100", "--out", "/proc/campus.csv")
        #expect(
            outcome.status == 1
                && outcome.error.hasPrefix("ntds: /proc/campus.csv: cannot be written"))
    }
}
