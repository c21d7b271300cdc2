package import Statistics

/// A population's place among the others.
package struct PopulationRank: Sendable, Equatable {
    /// From 1, by number of members.
    package let rank: Int
    package let name: String
    package let count: Int
    /// 0…1 of all members.
    package let share: Double
    /// The shares of this and all higher ranks.
    package let cumulativeShare: Double

    /// "One flow in this many", rounded half up.
    package var inverseLikelihood: Int { Int(1 / share + 0.5) }
}

extension PopulationTable {
    /// The populations with their ranks.
    package var ranking: [PopulationRank] {
        var running = 0.0
        return populations.enumerated().map { index, population in
            let share = Double(population.members.count) / Double(count)
            running += share
            return PopulationRank(
                rank: index + 1, name: population.name, count: population.members.count,
                share: share,
                cumulativeShare: min(running, 1))
        }
    }

    /// What one metric of one population looks like; `nil` if it has no finite value.
    package func summary(
        metric: Int, population: Int, sorter: inout RadixSorter
    ) -> SampleSummary? {
        let column = columns[metric]
        return SampleSummary(
            column.span.extracting(populations[population].members), sorter: &sorter)
    }
}
