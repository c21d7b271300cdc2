package import Baselines

extension ScoreModel {
    /// Fits a model on what live baselines remember.
    ///
    /// Memories hold as much of small populations as of large ones. So novelty, and the counts of sentences,
    /// are those of all flows learnt, and the score is calibrated on memories thinned to the share of
    /// their population; ``LiveScorer`` calibrates it better, by the stream itself.
    package static func fit(
        on baselines: LiveBaselines, protocol learningProtocol: LearningProtocol,
        configuration: ScoreConfiguration = ScoreConfiguration()
    ) -> ScoreModel {
        let table = baselines.table()
        let counts = baselines.flowCounts
        let model = learn(
            from: table, protocol: learningProtocol, configuration: configuration,
            featureMode: baselines.featureMode
        ).counting(counts)
        let scores = model.score(Self.calibrationTable(table, counts)).scores
        return model.calibrated(by: ScoreCalibration(scores))
    }

    /// The members with holdout 1, as many of each population as is its due.
    private static func calibrationTable(
        _ table: PopulationTable, _ counts: [String: UInt64]
    ) -> PopulationTable {
        var weights: [Double] = []
        for population in table.populations {
            let flows = Double(counts[population.name] ?? 0)
            weights.append(flows / Double(max(1, population.members.count)))
        }
        let heaviest = weights.max() ?? 1
        var chosen = PopulationBuilder.Members(metricCount: table.metrics.count)
        for (code, population) in table.populations.enumerated() {
            // What is owed to the population is paid as soon as it is a whole flow.
            var due = 0.5
            for member in population.members where table.holdouts[member] == 1 {
                due += weights[code] / heaviest
                guard due >= 1 else { continue }
                due -= 1
                chosen.populations.append(UInt32(code))
                chosen.rows.append(table.rows[member])
                chosen.directions.append(table.directions[member])
                chosen.holdouts.append(1)
                chosen.publicEnds.append(.max)
                for metric in table.metrics.indices {
                    chosen.columns[metric].append(table.columns[metric][member])
                }
            }
        }
        var builder = PopulationBuilder(metrics: table.metrics)
        builder.append(chosen)
        return builder.finish(names: table.populations.map(\.name))
    }

    /// The model with other counts of flows.
    private func counting(_ counts: [String: UInt64]) -> ScoreModel {
        func counted(_ model: PopulationModel, _ count: UInt64) -> PopulationModel {
            var model = model
            model.memberCount = Int(clamping: count)
            // Two holdouts of ten calibrate.
            model.fittedCount = model.memberCount - model.memberCount / 5
            return model
        }
        let all = counts.values.reduce(0, &+)
        return ScoreModel(
            learningProtocol: learningProtocol, configuration: configuration,
            featureMode: featureMode, metrics: metrics, calibration: calibration,
            partCalibrations: partCalibrations, global: counted(global, all),
            populations: populations.reduce(into: [:]) {
                $0[$1.key] = counted($1.value, counts[$1.key] ?? 0)
            })
    }

    /// The model with another calibration of the whole score.
    func calibrated(by calibration: ScoreCalibration) -> ScoreModel {
        ScoreModel(
            learningProtocol: learningProtocol, configuration: configuration,
            featureMode: featureMode, metrics: metrics, calibration: calibration,
            partCalibrations: partCalibrations, global: global, populations: populations)
    }
}
