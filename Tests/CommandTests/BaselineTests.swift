import Foundation
import TestSupport
import Testing

/// `ntds baselines`, and services that begin with what others have learnt.
struct BaselineTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A day of a small campus, watched into `name`.
    private func watch(_ name: String, seed: Int = 1, config: String? = nil) throws {
        let table = folder.file("\(name).parquet")
        let simulated = try Program.run(
            [
                "simulate", "campus", "--days", "1", "--seed", "\(seed)", "--hosts", "16",
                "--flows", "20000",
                "--attacks", "none", "--out", table, "--quiet",
            ])
        #expect(simulated.status == 0, "\(simulated.error)")
        let settings = config.map { ["--config", $0] } ?? []
        let outcome = try Program.run(
            ["run", table, "--state", folder.file(name), "--quiet"] + settings)
        #expect(outcome.status == 0, "\(outcome.error)")
    }

    private func listing(_ path: String) throws -> [String: [String: Any]] {
        let outcome = try Program.run(
            ["baselines", "list", "--state", path, "--format", "jsonl", "--limit", "100000"])
        #expect(outcome.status == 0, "\(outcome.error)")
        var byName: [String: [String: Any]] = [:]
        for line in outcome.output.split(separator: "\n") {
            let population = try #require(
                try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            let name = "\(population["application"] ?? "") @ \(population["scope"] ?? "")"
            byName[name] = population
        }
        return byName
    }

    @Test func `what was learnt is listed, exported and joined`() throws {
        try watch("one")
        try watch("two", seed: 2)
        let one = try listing(folder.file("one"))
        let two = try listing(folder.file("two"))
        let dns = try #require(one["DNS @ "])
        #expect((dns["flows"] as? Int ?? 0) > 100)
        let metrics = try #require(dns["metrics"] as? [String: [String: Any]])
        #expect(metrics.count == 20 && metrics["duration"]?["median"] is Double)

        let table = try Program.run(["baselines", "--state", folder.file("one")])
        #expect(table.output.contains("DNS") && table.output.contains("learning: "))
        #expect(table.error == "\(one.count) populations\n")

        let exported = folder.file("one.baseline")
        #expect(
            try Program.run([
                "baselines", "export", "--state", folder.file("one"), "--out", exported,
            ])
            .status == 0)
        #expect(try NSDictionary(dictionary: listing(exported)) == NSDictionary(dictionary: one))

        let joined = folder.file("both.baseline")
        let merged = try Program.run(
            ["baselines", "merge", exported, folder.file("two"), "--out", joined])
        #expect(merged.status == 0, "\(merged.error)")
        for (name, population) in try listing(joined) {
            let flows = [one, two].reduce(0) { $0 + ($1[name]?["flows"] as? Int ?? 0) }
            #expect(population["flows"] as? Int == flows, "\(name)")
        }
    }

    @Test func `a service begins with what was imported`() throws {
        try watch("first")
        let exported = folder.file("first.baseline")
        _ = try Program.run(
            ["baselines", "export", "--state", folder.file("first"), "--out", exported])
        let config = try folder.write("baselines:\n  import: \(exported)\n", to: "ntds.yaml")
        try watch("second", seed: 2, config: config)
        let first = try listing(folder.file("first"))["DNS @ "]?["flows"] as? Int ?? 0
        let second = try listing(folder.file("second"))["DNS @ "]?["flows"] as? Int ?? 0
        #expect(first > 100 && second > first + 100)
    }

    @Test func `what is no baseline is told`() throws {
        let nothing = try Program.run(["baselines", "--state", folder.file("nowhere")])
        #expect(nothing.status == 1 && nothing.error.contains("no such file or folder"))
        let empty = try folder.write("", to: "empty.baseline")
        #expect(try Program.run(["baselines", "--state", empty]).status == 1)
        let text = try folder.write("neither\n", to: "text.baseline")
        let wrong = try Program.run(["baselines", "--state", text])
        #expect(wrong.status == 1 && wrong.error.contains("text.baseline: "))
        let joined = try Program.run(
            ["baselines", "merge", text, empty, "--out", folder.file("both.baseline")])
        #expect(joined.status == 1 && joined.error.contains("text.baseline: "))
        let config = try folder.write("baselines:\n  import: \(text)\n", to: "ntds.yaml")
        let log = try folder.write("{}\n", to: "conn.log")
        let run = try Program.run(
            ["run", log, "--config", config, "--state", folder.file("state")])
        #expect(run.status == 1 && run.error.contains("text.baseline"), "\(run.error)")
    }
}
