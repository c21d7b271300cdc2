import Foundation
import TestSupport
import Testing

private let reference = Places.root + "/Benchmarks/reference"

/// The original's rules against the reference implementation.
struct ClassicTests {
    @Test(arguments: [
        (1, ["--zero-duration", "0.0005"]), (2, ["--zero-duration", "0.02", "--attacks", "0.002"]),
        (3, ["--zero-duration", "0"]),
    ]) func `statistics, scores and tiers equal the reference`(
        _ seed: Int, _ options: [String]
    ) throws {
        let folder = try TemporaryFolder()
        let table = folder.file("flows")
        _ = try Python.run(
            reference + "/make_flows.py",
            ["--rows", "60000", "--seed", "\(seed)", "--out", table, "--block", "20000"] + options)
        for strategy in ["mean", "max"] {
            for format in ["csv", "parquet"] {
                let outcome = try Program.analyze(
                    ["\(table).\(format)"], into: folder.file("\(strategy)-\(format)"), "--classic",
                    "--strategy", strategy)
                #expect(outcome.status == 0 && outcome.error.isEmpty, "\(outcome.error)")
            }
            _ = try Python.run(
                Places.fixture("compare_classic.py", beside: #filePath),
                [reference, "\(table).parquet", strategy]
                    + ["csv", "parquet"].map { folder.file("\(strategy)-\($0)") })
        }
    }

    @Test func `k sets how many pseudo-sigmas the range is cut into`() throws {
        let folder = try TemporaryFolder()
        let table = try folder.write(
            FlowTableText(varied: 400, applications: ["HTTP"]).text, to: "flows.csv")
        var scores: [[Double]] = []
        for k in ["5", "11"] {
            let outcome = try Program.analyze(
                [table], into: folder.file(k), "--classic", "--min-count", "100", "--pseudo-sigmas",
                k, "--scores", "csv")
            #expect(outcome.status == 0)
            scores.append(
                Records(try folder.text("\(k)/scores.csv")).rows.map {
                    Double($0["classic_score"]!)!
                })
        }
        #expect(zip(scores[0], scores[1]).allSatisfy { abs($0 * 2 - $1) <= 1e-14 * $1 })
        #expect(scores[0].count == 400)
    }
}
