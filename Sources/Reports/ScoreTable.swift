import Anomalies
import Baselines
import FlowFormats
import Flows

/// The scores of all flows as a table, and what of them the figures and the report need.
struct ScoreTable {
    /// The default score of each member; empty under the original's rules.
    private(set) var scores: [Double] = []
    /// The default tier of each member; empty under the original's rules.
    private(set) var tiers: [UInt8] = []
    /// The p-value of each member; empty under the original's rules.
    private(set) var pValues: [Double] = []

    private static let chunkSize = 1 << 17

    /// Scores all members with `model` (if there is one) and writes them with the classic scores.
    ///
    /// Rows stand in population order: ranking order of the applications, input order inside each.
    init(
        _ flows: LoadedFlows, _ analysis: PopulationAnalysis, model: ScoreModel?,
        settings: AnalysisSettings, progress: ProgressReport
    ) throws {
        let table = flows.table
        let path = "\(settings.output)/scores.\(settings.scores.rawValue)"
        let output = ScoreOutput(flows, analysis)
        var csv = settings.scores == .csv ? try CSVWriter(path: path) : nil
        var parquet = settings.scores == .parquet ? try ParquetWriter(path: path) : nil
        let chunks = stride(from: 0, to: table.count, by: Self.chunkSize).map { start in
            start..<min(start + Self.chunkSize, table.count)
        }
        for first in stride(from: 0, to: chunks.count, by: settings.threads) {
            let some = Array(chunks[first..<min(first + settings.threads, chunks.count)])
            let scored = concurrentMap(some.count, threads: settings.threads) { index in
                model?.score(table, members: some[index])
            }
            for (chunk, scored) in zip(
                some, model == nil ? Array(repeating: nil, count: some.count) : scored)
            {
                let batch = output.batch(chunk, scored)
                try csv?.write(batch)
                try parquet?.write(batch)
                if let scored {
                    scores += scored.scores
                    tiers += scored.tiers
                    pValues += scored.pValues
                }
            }
            let done = some.last?.upperBound ?? 0
            try progress(
                AnalysisProgress(
                    stage: "scoring", fraction: Double(done) / Double(table.count), count: done,
                    unit: "flows"))
        }
        if let csv = consume csv { try csv.finish() }
        if let parquet = consume parquet { try parquet.finish() }
    }
}

/// Makes the rows of the score table.
private struct ScoreOutput {
    private let flows: LoadedFlows
    private let analysis: PopulationAnalysis
    private var words = WordTable()
    private var codes: [UInt32] = []
    private let directions = WordTable(FlowDirection.allCases.map(\.name))
    private let files: WordTable
    private let starts: [Int]

    init(_ flows: LoadedFlows, _ analysis: PopulationAnalysis) {
        self.flows = flows
        self.analysis = analysis
        files = WordTable(flows.quality.inputs.map(\.path))
        starts = flows.quality.inputs.map(\.firstRow)
        codes = flows.table.populations.map { words.code(of: $0.name) }
    }

    func batch(_ members: Range<Int>, _ scored: ScoredMembers?) -> FlowBatch {
        let table = flows.table
        var names = ["row"]
        var columns: [ColumnValues] = []
        let inputs = table.rows[members].map { row in starts.lastIndex { $0 <= Int(row) } ?? 0 }
        columns.append(
            .integers(zip(table.rows[members], inputs).map { Int64($0) - Int64(starts[$1]) }))
        if starts.count > 1 {
            names.append("file")
            columns.append(
                .words(
                    inputs.map { files.existingCode(of: flows.quality.inputs[$0].path) ?? 0 }, files
                ))
        }
        names += ["application", "direction", "classic_score", "classic_tier"]
        columns += [
            .words(applications(members), words),
            .words(table.directions[members].map { UInt32($0.rawValue) }, directions),
            .optionalReals(Array(analysis.classicScores[members])),
            .optionalCounts(Array(analysis.classicTiers[members])),
        ]
        guard let scored else { return FlowBatch(names: names, columns: columns) }
        names += ["score", "tier", "p_value"]
        columns += [
            .optionalReals(scored.scores), .optionalCounts(scored.tiers.map(Int8.init)),
            .reals(scored.pValues),
        ]
        for (metric, shares) in zip(table.metrics, scored.contributions) {
            names.append("contribution_\(metric)")
            columns.append(.shortReals(shares))
        }
        return FlowBatch(names: names, columns: columns)
    }

    private func applications(_ members: Range<Int>) -> [UInt32] {
        var result: [UInt32] = []
        result.reserveCapacity(members.count)
        for (population, code) in zip(flows.table.populations, codes) {
            let inside = population.members.clamped(to: members)
            result.append(contentsOf: repeatElement(code, count: inside.count))
        }
        return result
    }
}
