import Foundation
import TestSupport
import Testing

/// A simulated campus in a folder of its own.
private func campus(
    _ rows: Int, _ name: String = "campus.parquet", seed: Int = 1, in folder: TemporaryFolder
) throws -> String {
    let outcome = try Program.run(
        "simulate", "flows", "--rows", "\(rows)", "--seed", "\(seed)", "--out", folder.file(name),
        "--quiet")
    #expect(
        outcome.status == 0 && outcome.output.isEmpty && outcome.error.isEmpty, "\(outcome.error)")
    return folder.file(name)
}

struct RepeatabilityTests {
    @Test func `the same seed gives the same octets, whatever the number of threads`() throws {
        let folder = try TemporaryFolder()
        let table = try campus(30_000, in: folder)
        for (name, threads) in [("one", "1"), ("two", "2"), ("again", "2"), ("many", "7")] {
            let outcome = try Program.analyze(
                [table], into: folder.file(name), "--threads", threads, "--seed", "5")
            #expect(outcome.status == 0, "\(outcome.error)")
        }
        for file in ["scores.parquet", "ranking.csv", "statistics.csv", "tiers.csv"] {
            let one = try folder.octets("one/\(file)")
            for name in ["two", "again", "many"] {
                #expect(try folder.octets("\(name)/\(file)") == one, "\(name) \(file)")
            }
        }
    }

    @Test(arguments: ["csv", "parquet"])
    func `a simulated table is the same for the same seed only`(_ format: String) throws {
        let folder = try TemporaryFolder()
        for (name, seed) in [("a", 7), ("b", 7), ("c", 8)] {
            _ = try campus(5000, "\(name).\(format)", seed: seed, in: folder)
        }
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
        let (benign, table) = (
            try campus(20_000, "benign.parquet", seed: 2, in: folder), try campus(9000, in: folder)
        )
        let baseline = folder.file("campus.baseline")
        let learnt = try Program.analyze(
            [table], into: folder.file("learnt"), "--learn", benign, "--save-baseline", baseline)
        #expect(learnt.status == 0, "\(learnt.error)")
        let loaded = try Program.analyze(
            [table], into: folder.file("loaded"), "--baseline", baseline)
        #expect(loaded.status == 0, "\(loaded.error)")
        #expect(
            try folder.octets("learnt/scores.parquet") == folder.octets("loaded/scores.parquet"))
        let whole = try folder.octets("campus.baseline")
        for part in [0, 1, 40, whole.count / 2, whole.count - 1] {
            let cut = try folder.write(Array(whole[..<part]), to: "cut.baseline")
            let outcome = try Program.analyze([table], into: folder.file("cut"), "--baseline", cut)
            #expect(
                outcome.status == 1 && outcome.error.hasPrefix("ntds: "),
                "cut at \(part): \(outcome.error)")
        }
    }
}
