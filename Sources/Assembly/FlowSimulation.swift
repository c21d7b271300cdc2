private import FlowFormats
private import Flows
private import NetworkTypes
private import Reports
package import Simulation

/// `ntds simulate flows`: writes a simulated table and its ground truth.
package struct FlowSimulation {
    private let configuration: SimulatedCampus.Configuration

    package init(_ configuration: SimulatedCampus.Configuration) {
        self.configuration = configuration
    }

    /// What was written.
    package struct Outcome: Sendable {
        package let tablePath: String
        package let truthPath: String
        package let attackCount: Int
    }

    /// - Parameter path: Ends in `.csv` or `.parquet`; the ground truth gets `.attacks.jsonl` instead.
    package func perform(path: String, isQuiet: Bool) throws -> Outcome {
        let interruption = Interruption()
        var bar = ProgressBar(isQuiet: isQuiet)
        defer { bar.clear() }
        var campus = SimulatedCampus(configuration)
        let isParquet = path.hasSuffix(".parquet")
        var parquet = isParquet ? try ParquetWriter(path: path) : nil
        var csv = isParquet ? nil : try CSVWriter(path: path)
        var rows = 0
        while let batch = campus.nextBatch() {
            try interruption.check()
            try parquet?.write(batch)
            try csv?.write(batch)
            rows += batch.rowCount
            bar.show(
                AnalysisProgress(
                    stage: "simulating", fraction: Double(rows) / Double(configuration.rows),
                    count: rows,
                    unit: "rows"))
        }
        if let parquet = consume parquet { try parquet.finish() }
        if let csv = consume csv { try csv.finish() }
        let attacks = campus.attacks
        let truthPath = try GroundTruthFile.write(PlantedAttack.jsonLines(attacks), beside: path)
        return Outcome(tablePath: path, truthPath: truthPath, attackCount: attacks.count)
    }
}
