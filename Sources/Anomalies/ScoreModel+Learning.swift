package import Baselines
internal import Statistics

extension ScoreModel {
    /// Learns what is normal from a table.
    ///
    /// Members with holdout 0 calibrate the parts, those with 1 the whole score, the others are fitted.
    /// A table without members gives a model that finds nothing strange. Under `.unvetted` the table
    /// itself may be scored afterwards; its calibration flows were judged by models not fitted on them.
    ///
    /// - Parameter featureMode: which definition of the features the table follows; kept with the model.
    /// - Precondition: at most ``maximumMetricCount`` metrics.
    package static func learn(
        from table: PopulationTable, protocol learningProtocol: LearningProtocol,
        configuration: ScoreConfiguration = ScoreConfiguration(), featureMode: String = ""
    ) -> ScoreModel {
        precondition(table.metrics.count <= maximumMetricCount, "more metrics than a model holds")
        let configuration = configuration.checked
        var learner = Learner(
            table: table, parts: learningProtocol.parts, configuration: configuration)
        learner.learn()
        if learningProtocol == .unvetted, configuration.droppedShare > 0 {
            let calibrations = learner.calibrateParts()
            learner.dropStrangest(calibrations)
            learner.learn()
        }
        let calibrations = learner.calibrateParts()
        let uncalibrated = ScoreModel(
            learningProtocol: learningProtocol, configuration: configuration,
            featureMode: featureMode, metrics: table.metrics, calibration: ScoreCalibration([]),
            partCalibrations: calibrations, global: learner.global,
            populations: learner.populations)
        return uncalibrated.calibrated(on: table)
    }

    /// The model with its whole score calibrated on the members with holdout 1.
    private func calibrated(on table: PopulationTable) -> ScoreModel {
        var scores: [Double] = []
        var scorer = BlockScorer(
            model: global, parts: learningProtocol.parts, metricCount: metrics.count)
        for population in table.populations {
            let members = population.members.filter { table.holdouts[$0] == 1 }
            scorer.own = populations[population.name]
            let novelty = novelty(of: population.name) * learningProtocol.noveltyWeight
            for start in stride(from: 0, to: members.count, by: ScoreBlock.rows) {
                scorer.score(table, members[start..<min(start + ScoreBlock.rows, members.count)])
                scorer.combine(partCalibrations, novelty: novelty)
                scores.append(contentsOf: scorer.totals[..<scorer.count])
            }
        }
        return ScoreModel(
            learningProtocol: learningProtocol, configuration: configuration,
            featureMode: featureMode, metrics: metrics, calibration: ScoreCalibration(scores),
            partCalibrations: partCalibrations, global: global, populations: populations)
    }
}

/// Learns the models of the populations, once or twice.
private struct Learner {
    let table: PopulationTable
    let parts: [ScorePart]
    let configuration: ScoreConfiguration
    private(set) var global = PopulationModel()
    private(set) var populations: [String: PopulationModel] = [:]
    /// The sample of each population with enough flows, in the table's order.
    private var samples: [(name: String, sample: FittedSample)] = []
    private var globalSample: FittedSample

    init(table: PopulationTable, parts: [ScorePart], configuration: ScoreConfiguration) {
        self.table = table
        self.parts = parts
        self.configuration = configuration
        var all: [Int] = []
        for population in table.populations {
            let fitted = population.members.filter { table.holdouts[$0] >= 2 }
            all.append(contentsOf: fitted)
            var model = PopulationModel()
            model.memberCount = population.members.count
            model.fittedCount = fitted.count
            let histograms = Self.histograms(table, fitted)
            if global.histograms.isEmpty {
                global.histograms = histograms
            } else {
                for metric in histograms.indices {
                    global.histograms[metric].merge(histograms[metric])
                }
            }
            if fitted.count >= configuration.minimumForDensity {
                model.histograms = histograms
                let kept = FittedSample.evenly(fitted, atMost: configuration.maximumFitted)
                samples.append((population.name, FittedSample(table, members: kept)))
            }
            populations[population.name] = model
        }
        global.memberCount = table.count
        global.fittedCount = all.count
        globalSample = FittedSample(
            table, members: FittedSample.evenly(all, atMost: configuration.maximumFitted))
        if parts.contains(.globalTail) { global.tail = TailSurprise(global.histograms) }
    }

    private static func histograms(
        _ table: PopulationTable, _ members: [Int]
    ) -> [LogLinearHistogram] {
        table.columns.map { column in
            var histogram = LogLinearHistogram()
            for member in members { histogram.add(column[member]) }
            return histogram
        }
    }

    /// Fits the models of all flows and of each population with enough of them.
    mutating func learn() {
        global.fit(
            globalSample, parts: parts, memorySize: configuration.globalMemorySize,
            isGlobal: true, configuration: configuration, name: "")
        for (name, sample) in samples {
            // Two passes may leave too little for a shape of its own.
            var model = populations[name] ?? PopulationModel()
            model.scales = nil
            model.fit(
                sample, parts: ownParts(of: model), memorySize: configuration.memorySize,
                isGlobal: false, configuration: configuration, name: name)
            populations[name] = model
        }
    }

    /// The parts that an application has models of its own for.
    ///
    /// Where it has all the flows there are to fit, its memory would be a smaller sample of the very flows
    /// that the memory of all flows is drawn from. The larger one stands in for it, in the same units, and
    /// one search serves both parts. Calibration flows go the same way, so that the `p` of either part
    /// remains what it says.
    private func ownParts(of model: PopulationModel) -> [ScorePart] {
        guard model.fittedCount == global.fittedCount else { return parts }
        return parts.filter { $0 != .neighbours && $0 != .globalNeighbours }
    }

    /// Flows that the parts are calibrated on, at most: their calibration only has to be fixed and
    /// comparable. That of the whole score takes every flow it may.
    private static let enoughForParts = 65_536

    /// Calibrates the parts on the members with holdout 0.
    func calibrateParts() -> [PartCalibration] {
        var scores = parts.map { _ in [Float]() }
        var scorer = BlockScorer(model: global, parts: parts, metricCount: table.metrics.count)
        let all = (0..<table.count).filter { table.holdouts[$0] == 0 }
        let chosen = FittedSample.evenly(all, atMost: Self.enoughForParts)
        var next = 0
        for population in table.populations {
            scorer.own = populations[population.name]
            while next < chosen.count, population.members.contains(chosen[next]) {
                var end = next
                while end < chosen.count, end < next + ScoreBlock.rows,
                    population.members.contains(chosen[end])
                { end += 1 }
                scorer.score(table, chosen[next..<end])
                for part in parts.indices {
                    for row in 0..<scorer.count {
                        scores[part].append(scorer.rawScores[part][row >> 3][row & 7])
                    }
                }
                next = end
            }
        }
        return scores.map { PartCalibration($0) }
    }

    /// Leaves the strangest share of the fitted flows out of the samples.
    ///
    /// Novelty is left out of account: to be rare makes an application no attack, and it would lose all
    /// its flows.
    mutating func dropStrangest(_ calibrations: [PartCalibration]) {
        var scorer = BlockScorer(model: global, parts: parts, metricCount: table.metrics.count)
        func totals(_ sample: FittedSample, _ own: PopulationModel?) -> [Double] {
            scorer.own = own
            var result: [Double] = []
            for start in stride(from: 0, to: sample.count, by: ScoreBlock.rows) {
                let end = min(start + ScoreBlock.rows, sample.count)
                scorer.score(table, sample.members[start..<end])
                scorer.combine(calibrations, novelty: 0)
                result.append(contentsOf: scorer.totals[..<scorer.count])
            }
            return result
        }
        let all = samples.map { totals($0.sample, populations[$0.name]) }
        let threshold = self.threshold(all.flatMap { $0 })
        for index in samples.indices {
            samples[index].sample = Self.withoutStrangest(
                samples[index].sample, all[index], threshold: threshold)
        }
        let globalTotals = totals(globalSample, nil)
        globalSample = Self.withoutStrangest(
            globalSample, globalTotals, threshold: self.threshold(globalTotals))
    }

    /// The score that the dropped share lies above, to 1/128 of itself.
    private func threshold(_ totals: [Double]) -> Double {
        var histogram = LogLinearHistogram()
        for total in totals { histogram.add(total) }
        return histogram.quantile(1 - configuration.droppedShare) ?? .infinity
    }

    private static func withoutStrangest(
        _ sample: FittedSample, _ totals: [Double], threshold: Double
    ) -> FittedSample {
        sample.leavingOut(totals.indices.filter { totals[$0] > threshold })
    }
}
