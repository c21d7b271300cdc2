import Anomalies
import Baselines
import FlowFormats
import Flows
import Statistics

/// The small tables of a run, as CSV.
enum StatisticsTables {
    /// `ranking.csv`: one row an application.
    static func ranking(_ ranking: [PopulationRank]) -> FlowBatch {
        let (codes, names) = words(ranking.map(\.name))
        return FlowBatch(
            names: [
                "rank", "application", "count", "share", "cumulative_share", "inverse_likelihood",
            ],
            columns: [
                .integers(ranking.map { Int64($0.rank) }), .words(codes, names),
                .integers(ranking.map { Int64($0.count) }), .reals(ranking.map(\.share)),
                .reals(ranking.map(\.cumulativeShare)),
                .integers(ranking.map { Int64($0.inverseLikelihood) }),
            ])
    }

    /// `statistics.csv`: one row an application and metric; nothing for a metric without a finite value.
    static func statistics(_ table: PopulationTable, _ summaries: [[SampleSummary?]]) -> FlowBatch {
        var applications: [String] = []
        var metrics: [String] = []
        var rows: [SampleSummary] = []
        for (population, summaries) in zip(table.populations, summaries) {
            for (metric, summary) in zip(table.metrics, summaries) {
                guard let summary else { continue }
                applications.append(population.name)
                metrics.append(metric)
                rows.append(summary)
            }
        }
        let (applicationCodes, applicationNames) = words(applications)
        let (metricCodes, metricNames) = words(metrics)
        let columns: [(String, (SampleSummary) -> Double)] = [
            ("threshold", { 1 / Double($0.count) }), ("mode", { $0.mode }),
            ("median", { $0.median }),
            ("mean", { $0.mean }), ("std", { $0.standardDeviation }), ("min", { $0.minimum }),
            ("max", { $0.maximum }), ("q05", { $0.q05 }), ("q25", { $0.q25 }), ("q75", { $0.q75 }),
            ("q95", { $0.q95 }),
        ]
        return FlowBatch(
            names: ["application", "metric", "count"] + columns.map(\.0),
            columns: [
                .words(applicationCodes, applicationNames), .words(metricCodes, metricNames),
                .integers(rows.map { Int64($0.count) }),
            ] + columns.map { column in .reals(rows.map(column.1)) })
    }

    /// `tiers.csv`: the classic tiers of every application that has them.
    static func tiers(
        _ table: PopulationTable, _ classics: [PopulationAnalysis.Classic?]
    ) -> FlowBatch {
        var applications: [String] = []
        var tiers: [Int64] = []
        var events: [Int64] = []
        var thresholds: [Double] = []
        for (population, classic) in zip(table.populations, classics) {
            for (index, threshold) in (classic?.thresholds ?? []).enumerated() {
                guard let score = threshold.score else { continue }
                applications.append(population.name)
                tiers.append(Int64(index + 1))
                events.append(Int64(threshold.events))
                thresholds.append(score)
            }
        }
        let (codes, names) = words(applications)
        return FlowBatch(
            names: ["application", "tier", "events", "threshold"],
            columns: [
                .words(codes, names), .integers(tiers), .integers(events), .reals(thresholds),
            ])
    }

    /// Writes one table as CSV.
    static func write(_ batch: FlowBatch, to path: String) throws {
        var writer = try CSVWriter(path: path)
        try writer.write(batch)
        try writer.finish()
    }

    private static func words(_ texts: [String]) -> ([UInt32], WordTable) {
        var table = WordTable()
        let codes = texts.map { table.code(of: $0) }
        return (codes, table)
    }
}
