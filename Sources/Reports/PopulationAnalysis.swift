package import Anomalies
package import Baselines
import Flows
package import Statistics

/// Statistics and classic scores of every population of a table.
package struct PopulationAnalysis: Sendable {
    /// The classic score of one population that is large enough for it.
    package struct Classic: Sendable {
        package let score: ClassicScore
        package let thresholds: [ClassicScore.Threshold]
    }

    package let ranking: [PopulationRank]
    /// One array a population, one summary a metric; `nil` where no value is finite.
    package let summaries: [[SampleSummary?]]
    /// One entry a population; `nil` below the minimum count.
    package let classics: [Classic?]
    /// The classic score of each member; `NaN` where it has none.
    package private(set) var classicScores: [Double]
    /// The classic tier of each member; -1 where it has none.
    package private(set) var classicTiers: [Int8]

    /// - Complexity: O(members x metrics) by sorting each metric of each population.
    package init(_ table: PopulationTable, settings: AnalysisSettings) {
        ranking = table.ranking
        let summaries = Self.summaries(table, threads: settings.threads)
        self.summaries = summaries
        classicScores = []
        classicTiers = []
        let scored = concurrentMap(table.populations.count, threads: settings.threads) { index in
            Self.score(table, index, summaries[index], settings)
        }
        classics = scored.map(\.classic)
        classicScores.reserveCapacity(table.count)
        classicTiers.reserveCapacity(table.count)
        for population in scored {
            classicScores += population.scores
            classicTiers += population.tiers
        }
    }

    private static func summaries(_ table: PopulationTable, threads: Int) -> [[SampleSummary?]] {
        let byMetric = concurrentMap(table.metrics.count, threads: threads) { metric in
            var sorter = RadixSorter()
            return table.populations.indices.map { population in
                table.summary(metric: metric, population: population, sorter: &sorter)
            }
        }
        return table.populations.indices.map { population in byMetric.map { $0[population] } }
    }

    private struct Scored: Sendable {
        var classic: Classic?
        var scores: [Double]
        var tiers: [Int8]
    }

    private static func score(
        _ table: PopulationTable, _ index: Int, _ summaries: [SampleSummary?],
        _ settings: AnalysisSettings
    ) -> Scored {
        let members = table.populations[index].members
        let metrics = BaselineMetric.scoredIndices
        let usable = metrics.compactMap { summaries[$0] }
        guard members.count >= settings.minimumCount, usable.count == metrics.count else {
            return Scored(
                classic: nil, scores: [Double](repeating: .nan, count: members.count),
                tiers: [Int8](repeating: -1, count: members.count))
        }
        let score = ClassicScore(
            strategy: settings.strategy,
            scales: usable.map { .init($0, pseudoSigmas: settings.pseudoSigmas) })
        let scores = score.scores(of: members, in: table, metrics: metrics)
        var sorter = RadixSorter()
        let thresholds = ClassicScore.thresholds(of: scores, sorter: &sorter)
        return Scored(
            classic: Classic(score: score, thresholds: thresholds), scores: scores,
            tiers: scores.map { ClassicScore.tier(of: $0, thresholds) })
    }
}
