import Anomalies
import Baselines
import Figures
import Flows

/// Tells why flows are strange.
struct Findings {
    private let flows: LoadedFlows
    private let analysis: PopulationAnalysis
    private let model: ScoreModel?
    private let shown: ShownScores
    private let geography: TrafficGeography

    init(
        _ flows: LoadedFlows, _ analysis: PopulationAnalysis, _ model: ScoreModel?,
        _ shown: ShownScores,
        _ geography: TrafficGeography
    ) {
        self.flows = flows
        self.analysis = analysis
        self.model = model
        self.shown = shown
        self.geography = geography
    }

    /// The strangest flows, the strangest first.
    func strangest(_ count: Int) -> [Finding] {
        StrangestMembers.select(count, scores: shown.scores, tiers: shown.tiers).map(finding)
    }

    private func finding(_ member: Int) -> Finding {
        let table = flows.table
        let population = population(of: member)
        let row = Int(table.rows[member])
        let input = flows.quality.inputs.lastIndex { $0.firstRow <= row } ?? 0
        let code = table.publicEnds[member]
        return Finding(
            member: member, row: row - flows.quality.inputs[input].firstRow, input: input,
            application: table.populations[population].name, direction: table.directions[member],
            remote: code == .max ? nil : flows.addresses.addresses[Int(code)],
            location: geography.location(of: member, in: table), score: shown.scores[member],
            tier: Int(shown.tiers[member]), rarity: rarity(member),
            sentence: sentence(member, population))
    }

    private func population(of member: Int) -> Int {
        var low = 0
        var high = flows.table.populations.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if flows.table.populations[middle].members.lowerBound <= member {
                low = middle
            } else {
                high = middle
            }
        }
        return low
    }

    /// "1 in 10,000" only with as many calibration flows; else what they do allow to say.
    private func rarity(_ member: Int) -> String {
        guard let model, !shown.pValues.isEmpty else {
            return TierMark(tier: Int(shown.tiers[member])).words
        }
        let calibrated = model.calibration.count
        let p = shown.pValues[member]
        if p <= 1 / Double(calibrated + 1) {
            return "rarer than 1 in \(NumberText.grouped(calibrated))"
        }
        return "1 in \(NumberText.grouped(Int((1 / p).rounded(.down))))"
    }

    private func sentence(_ member: Int, _ population: Int) -> String {
        if let model { return model.explain(flows.table, member: member).sentence }
        guard let classic = analysis.classics[population] else { return "too few flows to say" }
        let deviations = BaselineMetric.scoredIndices.enumerated().map { scale, metric in
            let value = flows.table.columns[metric][member]
            let scales = classic.score.scales[scale]
            let deviation = scales.pseudoSigma > 0 ? (value - scales.mode) / scales.pseudoSigma : 0
            return (metric: BaselineMetric.all[metric], value: value, deviation: deviation)
        }
        let largest = deviations.sorted { abs($0.deviation) > abs($1.deviation) }.prefix(3)
        return largest.filter { $0.deviation != 0 }.map { entry in
            let axis = entry.metric.unit.axis
            let value = NumberText.prefixed(entry.value * axis.factor, unit: axis.unit)
            let sigmas = NumberText.prefixed(abs(entry.deviation))
            return "\(entry.metric.phrase) \(value), \(sigmas) pseudo-sigmas "
                + (entry.deviation > 0 ? "above" : "below") + " the mode"
        }.joined(separator: "; ")
    }
}
