import Anomalies
import Baselines
import Figures
import FlowFormats
import Flows
private import Foundation
import Geolocation
package import NetworkTypes
import Statistics

/// Primus on files: reads flow tables, scores every flow, and writes tables, figures and a report.
package struct AnalysisRun {
    /// Gives the source in which these addresses are looked up.
    package typealias Locating = ([IPAddress], ProgressReport) throws -> LocationSource

    private let settings: AnalysisSettings
    private let locating: Locating
    private let clock: @Sendable () -> Double

    /// - Parameter clock: Seconds from any start, for the timings in `run.json`.
    package init(
        settings: AnalysisSettings, locating: @escaping Locating,
        clock: @escaping @Sendable () -> Double
    ) {
        self.settings = settings
        self.locating = locating
        self.clock = clock
    }

    /// Does all of it; every file appears under its name only when it is whole.
    ///
    /// - Parameter command: The command line, for the report.
    package func perform(
        command: String, version: String, progress: ProgressReport
    ) throws -> RunRecord {
        try Folder.with(settings.output) {
            try performInFolder(command: command, version: version, progress: progress)
        }
    }

    private func performInFolder(
        command: String, version: String, progress: ProgressReport
    ) throws -> RunRecord {
        let start = clock()
        var watch = Stopwatch(clock: clock)
        let paths = try InputFiles.expand(settings.inputs)
        let flows: LoadedFlows = try watch.timed("reading") { try load(paths, "reading", progress) }
        let analysis = watch.timed("statistics") {
            PopulationAnalysis(flows.table, settings: settings)
        }
        try progress(
            .init(stage: "statistics", fraction: 1, count: flows.table.count, unit: "flows"))
        let model: ScoreModel? = try watch.timed("learning") { try learnt(for: flows, progress) }
        if let path = settings.saveBaselinePath, let model {
            var file = try AtomicFile(path: path)
            try file.write(model.encoded())
            try file.finish()
        }
        let scores: ScoreTable = try watch.timed("scoring") {
            try ScoreTable(flows, analysis, model: model, settings: settings, progress: progress)
        }
        let geography =
            settings.makesReport
            ? try watch.timed("locating") {
                try TrafficGeography(flows, settings: settings) { try locating($0, progress) }
            } : nil
        let shown = ShownScores(analysis, scores)
        try writeTables(flows, analysis)
        var record = RunRecord(
            command: command, version: version, settings: settings, flows: flows,
            analysis: analysis,
            shown: shown, model: model, geography: geography)
        if let geography {
            try report(record, &watch, flows, analysis, shown, model, geography, progress)
        }
        record.timings = watch.timings + [.init(stage: "total", seconds: clock() - start)]
        try record.write(to: "\(settings.output)/run.json")
        return record
    }

    /// Draws the figures and writes the page.
    private func report(
        _ record: RunRecord, _ watch: inout Stopwatch, _ flows: LoadedFlows,
        _ analysis: PopulationAnalysis,
        _ shown: ShownScores, _ model: ScoreModel?, _ geography: TrafficGeography,
        _ progress: ProgressReport
    ) throws {
        let findings = watch.timed("explaining") {
            Findings(flows, analysis, model, shown, geography).strangest(settings.topCount)
        }
        let applicationFigures = ApplicationFigures(
            flows: flows, analysis: analysis, geography: geography, tiers: shown.tiers,
            scores: shown.scores, settings: settings)
        let rendered = try watch.timed("figures") {
            try FigureFolder(applicationFigures, settings: settings).render(progress)
        }
        try watch.timed("report") {
            try HTMLReport(
                record: record, settings: settings, flows: flows, analysis: analysis, shown: shown,
                model: model, geography: geography, findings: findings, figures: rendered
            ).write(to: "\(settings.output)/report.html")
        }
    }

    /// The flows with one public end; where there are none, those that stay inside.
    private func load(
        _ paths: [String], _ stage: String, _ progress: ProgressReport
    ) throws -> LoadedFlows {
        func load(takesInternal: Bool) throws -> LoadedFlows {
            try FlowLoader(settings: settings, takesInternal: takesInternal).load(paths) {
                rows, fraction in
                try progress(.init(stage: stage, fraction: fraction, count: rows, unit: "rows"))
            }
        }
        do {
            return try load(takesInternal: false)
        } catch AnalysisError.internalOnly {
            return try load(takesInternal: true)
        }
    }

    /// The model that judges the flows; none under the original's rules.
    private func learnt(for flows: LoadedFlows, _ progress: ProgressReport) throws -> ScoreModel? {
        guard !settings.isClassic else { return nil }
        if let path = settings.baselinePath {
            guard let octets = FileManager.default.contents(atPath: path) else {
                throw AnalysisError.unusableBaseline(path: path, reason: "it cannot be read")
            }
            do {
                let model = try ScoreModel(decoding: Array(octets))
                try model.check(metrics: flows.table.metrics, featureMode: flows.featureMode)
                return model
            } catch let failure as ByteReader.Failure {
                throw AnalysisError.unusableBaseline(
                    path: path, reason: "the baseline is \(failure)")
            } catch {
                throw AnalysisError.unusableBaseline(path: path, reason: "\(error)")
            }
        }
        var configuration = ScoreConfiguration()
        configuration.seed = settings.seed
        guard !settings.learnInputs.isEmpty else {
            return ScoreModel.learn(
                from: flows.table, protocol: .unvetted, configuration: configuration,
                featureMode: flows.featureMode)
        }
        let benign = try load(
            InputFiles.expand(settings.learnInputs), "reading benign flows", progress)
        if let mode = flows.mode, let other = benign.mode, mode != other {
            throw AnalysisError.mixedModes(
                path: settings.learnInputs.joined(separator: ", "), mode: other, other: mode)
        }
        return ScoreModel.learn(
            from: benign.table, protocol: .benign, configuration: configuration,
            featureMode: benign.featureMode)
    }

    private func writeTables(_ flows: LoadedFlows, _ analysis: PopulationAnalysis) throws {
        let tables = [
            ("ranking", StatisticsTables.ranking(analysis.ranking)),
            ("statistics", StatisticsTables.statistics(flows.table, analysis.summaries)),
            ("tiers", StatisticsTables.tiers(flows.table, analysis.classics)),
        ]
        for (name, table) in tables {
            try StatisticsTables.write(table, to: "\(settings.output)/\(name).csv")
        }
    }
}

extension LoadedFlows {
    /// What a model that learns from these flows notes as the definition of their features.
    var featureMode: String { mode?.rawValue ?? ScoreModel.unknownFeatureMode }
}

/// Notes how long each stage took.
private struct Stopwatch {
    let clock: @Sendable () -> Double
    private(set) var timings: [RunRecord.Timing] = []

    init(clock: @escaping @Sendable () -> Double) { self.clock = clock }

    mutating func timed<Outcome>(_ stage: String, _ work: () throws -> Outcome) rethrows -> Outcome
    {
        let start = clock()
        let result = try work()
        timings.append(.init(stage: stage, seconds: clock() - start))
        return result
    }
}

/// The scores and tiers that figures and report show: the default ones, or the classic ones under the
/// original's rules.
package struct ShownScores: Sendable {
    /// The score of each member; `NaN` where it has none.
    package let scores: [Double]
    /// The tier of each member; 0 where it has none.
    package let tiers: [UInt8]
    /// The p-value of each member; empty for classic scores.
    package let pValues: [Double]
    package let isClassic: Bool

    init(_ analysis: PopulationAnalysis, _ table: ScoreTable) {
        isClassic = table.scores.isEmpty
        scores = isClassic ? analysis.classicScores : table.scores
        tiers = isClassic ? analysis.classicTiers.map { UInt8(max($0, 0)) } : table.tiers
        pValues = table.pValues
    }

    /// How many members have each tier, 0…5.
    package func counts(_ members: Range<Int>) -> [Int] {
        var counts = [Int](repeating: 0, count: 6)
        for tier in tiers[members] { counts[Int(min(tier, 5))] += 1 }
        return counts
    }
}
