package import Baselines
internal import Statistics

/// The scores of some members of a table, one entry a member, in their order.
package struct ScoredMembers: Sendable, Equatable {
    package let members: Range<Int>
    /// How strange the flow is: the mean of the parts' `-log10 p`, plus weighted novelty.
    package internal(set) var scores: [Double] = []
    /// The share of flows like those learnt that score as high: `(#{calibration >= s} + 1) / (n + 1)`.
    package internal(set) var pValues: [Double] = []
    /// k: rarer than 1 in 10^k, with at least 10^k calibration flows behind it; 0 is common.
    package internal(set) var tiers: [UInt8] = []
    /// Each metric's share of what makes the flow strange, metric by metric. The shares of a flow add
    /// up to 1, or are all 0 when no metric stands out.
    package internal(set) var contributions: [[Float]]

    init(members: Range<Int>, metricCount: Int) {
        self.members = members
        contributions = [[Float]](repeating: [], count: metricCount)
        scores.reserveCapacity(members.count)
        pValues.reserveCapacity(members.count)
        tiers.reserveCapacity(members.count)
        for metric in contributions.indices {
            contributions[metric].reserveCapacity(members.count)
        }
    }
}

/// The default anomaly score: what is normal for each application, learnt from a table of flows.
///
/// Each flow is judged by a few parts of different kinds, each of which compares it with its application
/// (or with all flows where the application has too few). The raw scores become comparable by flows
/// that the parts did not learn from, their mean becomes a p-value by other flows that nothing was
/// learnt from, so that "1 in 1,000" means it. Flows of an application never seen are judged by all
/// flows, and the application's novelty is added.
///
/// Learning and scoring are functions of their input: the same table, settings and seed give the same
/// bits. Scoring is safe from many threads at once.
package struct ScoreModel: Sendable {
    package let learningProtocol: LearningProtocol
    package let configuration: ScoreConfiguration
    /// Which definition of the features was learnt; a model judges flows of this one only.
    package let featureMode: String
    package let metrics: [String]
    /// Calibration of the whole score. "1 in N" may be said with at least N flows here only.
    package let calibration: ScoreCalibration

    let partCalibrations: [PartCalibration]
    let global: PopulationModel
    let populations: [String: PopulationModel]

    /// Flows learnt from, those of the calibration included.
    package var memberCount: Int { global.memberCount }

    /// Flows of an application that were learnt from, those of the calibration included.
    package func memberCount(of application: String) -> Int {
        populations[application]?.memberCount ?? 0
    }

    /// The applications learnt, by name.
    package var applications: [String] { populations.keys.sorted() }

    /// `-log10` of the share of the fitted flows that the application has.
    package func novelty(of application: String) -> Double {
        let own = Double(populations[application]?.fittedCount ?? 0)
        let share = (own + 0.5) / (Double(global.fittedCount) + 1)
        return -naturalLogarithm(min(1, share)) / naturalLogarithm(10)
    }

    /// The feature mode of flows that do not say theirs.
    package static let unknownFeatureMode = "unknown"

    /// Checks that the model may judge flows of this kind. A feature mode that is not known on one side
    /// is let pass.
    package func check(metrics: [String], featureMode: String) throws(ScoreModelMismatch) {
        let modes = [featureMode, self.featureMode]
        if modes[0] != modes[1], !modes.contains(Self.unknownFeatureMode) {
            throw .featureMode(learnt: self.featureMode, given: featureMode)
        }
        if metrics != self.metrics { throw .metrics(learnt: self.metrics, given: metrics) }
    }

    /// The scores of `members` of a table.
    ///
    /// - Precondition: the table has the metrics that were learnt; see ``check(metrics:featureMode:)``.
    package func score(_ table: PopulationTable, members: Range<Int>) -> ScoredMembers {
        precondition(table.metrics == metrics, "the table has other metrics than those learnt")
        precondition(
            members.lowerBound >= 0 && members.upperBound <= table.count, "no such members")
        var result = ScoredMembers(members: members, metricCount: metrics.count)
        var scorer = BlockScorer(
            model: self.global, parts: learningProtocol.parts, metricCount: metrics.count)
        for population in table.populations where population.members.overlaps(members) {
            let range = population.members.clamped(to: members)
            scorer.own = populations[population.name]
            let novelty = novelty(of: population.name) * learningProtocol.noveltyWeight
            for start in stride(from: range.lowerBound, to: range.upperBound, by: ScoreBlock.rows) {
                let block = start..<min(start + ScoreBlock.rows, range.upperBound)
                scorer.score(table, block)
                scorer.combine(partCalibrations, novelty: novelty)
                append(scorer, to: &result)
            }
        }
        return result
    }

    /// The scores of all members of a table.
    package func score(_ table: PopulationTable) -> ScoredMembers {
        score(table, members: 0..<table.count)
    }

    private func append(_ scorer: borrowing BlockScorer, to result: inout ScoredMembers) {
        let count = scorer.count
        let highest = calibration.highestTier
        let scores = scorer.totals[..<count]
        let pValues = calibration.pValues(scores)
        result.scores.append(contentsOf: scores)
        result.pValues.append(contentsOf: pValues)
        result.tiers.append(
            contentsOf: pValues.lazy.map { ScoreCalibration.tier(pValue: $0, highest: highest) })
        for metric in metrics.indices {
            let first = metric * ScoreBlock.vectors
            for vector in 0..<(count / 8) {
                let lanes = scorer.shares[first + vector]
                for lane in 0..<8 { result.contributions[metric].append(lanes[lane]) }
            }
            for row in (count & ~7)..<count {
                result.contributions[metric].append(scorer.shares[first + row >> 3][row & 7])
            }
        }
    }
}

/// A model cannot judge these flows.
package enum ScoreModelMismatch: Error, Equatable, CustomStringConvertible {
    case featureMode(learnt: String, given: String)
    case metrics(learnt: [String], given: [String])

    package var description: String {
        switch self {
        case .featureMode(let learnt, let given):
            "the baseline was learnt from features of mode '\(learnt)', the flows are of mode '\(given)'"
        case .metrics(let learnt, let given):
            "the baseline was learnt from the metrics \(learnt.joined(separator: ", ")), "
                + "the flows have \(given.joined(separator: ", "))"
        }
    }
}
