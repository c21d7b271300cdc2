import Anomalies
import Baselines
package import FlowFormats
import Flows

/// Scores any table with the default score: columns by name, what is normal from another table or from
/// itself. Writes `scores.csv`.
package struct FeatureScoring {
    private let settings: AnalysisSettings
    private let choice: FeatureTable.Choice

    /// - Parameters:
    ///   - features: The columns to score by.
    ///   - kept: Columns that are copied beside the scores.
    package init(settings: AnalysisSettings, features: [String], kept: [String]) {
        self.settings = settings
        choice = FeatureTable.Choice(features: features, group: settings.groupColumn, kept: kept)
    }

    /// What came out.
    package struct Summary: Sendable {
        package let path: String
        package let rowCount: Int
        package let rejects: RejectCounts
        package let calibrationCount: Int
    }

    package func perform(progress: ProgressReport) throws -> Summary {
        try Folder.with(settings.output) { try performInFolder(progress) }
    }

    private func performInFolder(_ progress: ProgressReport) throws -> Summary {
        let inputs = try InputFiles.expand(settings.inputs)
        guard inputs.count == 1 else {
            throw AnalysisError.noUsableRows(
                reason: "--score-features takes one table, \(inputs.count) were given")
        }
        let learnt = try settings.learnInputs.first.map { path in
            try FeatureTable(
                path: path, choice: .init(features: choice.features, group: choice.group, kept: []),
                encoding: nil, settings: settings, progress: progress)
        }
        let scored = try FeatureTable(
            path: inputs[0], choice: choice, encoding: learnt?.encoding, settings: settings,
            progress: progress)
        var configuration = ScoreConfiguration()
        configuration.seed = settings.seed
        let model = ScoreModel.learn(
            from: learnt?.table ?? scored.table, protocol: learnt == nil ? .unvetted : .benign,
            configuration: configuration, featureMode: "table")
        let path = "\(settings.output)/scores.csv"
        try write(scored, model, to: path)
        return Summary(
            path: path, rowCount: scored.rows.count, rejects: scored.rejects,
            calibrationCount: model.calibration.count)
    }

    private func write(_ scored: FeatureTable, _ model: ScoreModel, to path: String) throws {
        let result = model.score(scored.table)
        // the table stands in population order, the output in input order
        var place = [Int](repeating: 0, count: scored.rows.count)
        for (member, row) in scored.table.rows.enumerated() { place[Int(row)] = member }
        let batch = FlowBatch(
            names: ["row", "score", "tier", "p_value"] + choice.kept,
            columns: [
                .integers(scored.rows.map(Int64.init)), .reals(place.map { result.scores[$0] }),
                .optionalCounts(place.map { Int8(result.tiers[$0]) }),
                .reals(place.map { result.pValues[$0] }),
            ] + scored.kept.map { .words($0.codes, $0.words) })
        var writer = try CSVWriter(path: path)
        try writer.write(batch)
        try writer.finish()
    }
}
