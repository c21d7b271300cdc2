import ArgumentParser
import Assembly
import Simulation

/// `ntds simulate`.
struct Simulate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Traffic of a made-up campus with known attacks.",
        subcommands: [SimulateFlows.self, SimulatePackets.self, SimulateCampus.self])
}

/// `ntds simulate flows`.
struct SimulateFlows: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "flows",
        abstract: "A flow table in the 87-column layout, with its ground truth beside it.",
        discussion: """
            The same seed and number of rows give the same table. The ground truth is
            written as JSON lines to the table's name with .attacks.jsonl.

            Examples:
              ntds simulate flows --rows 200000 --out campus.parquet
              ntds simulate flows --rows 50000 --seed 7 --attacks 0.001 --out campus.csv
            """)

    @Option(help: "Rows of the table.")
    var rows = 200_000
    @Option(help: "Seed.")
    var seed: UInt64 = 1
    @Option(help: "Share of flows that belong to attacks, 0 to 0.1.")
    var attacks = 0.0005
    @Option(help: "File to write, .csv or .parquet.", completion: .file())
    var out = "campus.parquet"
    @Flag(help: "No progress and no summary.")
    var quiet = false

    func validate() throws {
        guard out.hasSuffix(".csv") || out.hasSuffix(".parquet") else {
            throw ValidationError("--out \(out): name a file that ends in .csv or .parquet")
        }
    }

    func run() throws {
        let configuration: SimulatedCampus.Configuration
        do {
            configuration = try SimulatedCampus.Configuration(
                rows: rows, seed: seed, attackShare: attacks)
        } catch {
            throw ValidationError("\(error)")
        }
        let outcome = try FlowSimulation(configuration).perform(path: out, isQuiet: quiet)
        if !quiet {
            print(
                "\(outcome.tablePath): \(rows) flows, \(outcome.attackCount) of attacks (\(outcome.truthPath))"
            )
        }
    }
}
