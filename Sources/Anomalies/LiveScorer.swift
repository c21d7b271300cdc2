package import Baselines
package import Flows
package import NetworkTypes
package import Statistics

/// The scores of a batch of flows, one entry a flow, in their order.
package struct LiveScores: Sendable, Equatable {
    /// See ``ScoredMembers``. A flow without metrics has score 0, p-value 1, tier 0.
    package fileprivate(set) var scores: [Double]
    package fileprivate(set) var pValues: [Double]
    package fileprivate(set) var tiers: [UInt8]
    /// Each metric's share of what makes the flows strange, metric by metric.
    package fileprivate(set) var contributions: [[Float]]
    /// Flows that the p-values were calibrated on.
    package fileprivate(set) var calibrationCount: Int

    /// The metrics by their share of what makes a flow strange, the largest first.
    package func metrics(of flow: Int) -> [(metric: Int, share: Float)] {
        contributions.indices.map { ($0, contributions[$0][flow]) }
            .sorted { $0.1 == $1.1 ? $0.0 < $1.0 : $0.1 > $1.1 }
    }
}

/// Scores a stream of flows by the model of the day, with tiers that are true of the stream.
///
/// One round for each batch: ``score(_:)`` judges and changes nothing; once it is known which flows belong
/// to alerts, ``absorb(_:_:_:isSuspect:)`` takes in the others for calibration and drift. A fit is made by
/// ``ScoreModel/fit(on:protocol:configuration:)``, wherever there is time for it, and installed here.
package struct LiveScorer: Sendable {
    /// Flows after which a service lets calibration and model change, and judges together if they are there: many
    /// enough for most applications to fill vectors.
    package static let portion = 2048

    /// The model that judges, `nil` before the first.
    package private(set) var model: ScoreModel?
    /// The model before it, as octets: it takes a quarter of the memory so, and is seldom wanted.
    private var previousOctets: [UInt8] = []
    /// The event time of the last fit.
    package private(set) var lastFit: Timestamp?
    package private(set) var calibration: LiveCalibration
    package private(set) var drift = DriftWatch()
    package let metrics: [String]
    package let featureMode: String

    package init(featureMode: String, metrics: [String], calibration: LiveCalibration? = nil) {
        self.featureMode = featureMode
        self.metrics = metrics
        self.calibration = calibration ?? LiveCalibration(metricCount: metrics.count)
    }

    /// Judges by a new model from now on; the old one is kept as ``previous``.
    package mutating func install(
        _ model: ScoreModel, at time: Timestamp
    ) throws(ScoreModelMismatch) {
        try model.check(metrics: metrics, featureMode: featureMode)
        previousOctets = self.model?.encoded() ?? []
        self.model = model
        lastFit = time
        calibration.rescore(by: model)
        drift.reset()
    }

    /// The model before ``model``.
    package var previous: ScoreModel? { try? ScoreModel(decoding: previousOctets) }

    /// Goes back to the model before.
    package mutating func revert() {
        guard let previous else { return }
        (model, previousOctets) = (previous, [])
        calibration.rescore(by: previous)
        drift.reset()
    }

    /// Judges flows; `nil` before there is a model.
    ///
    /// - Precondition: the batch has the metrics of this scorer.
    package func score(_ batch: LiveBatch) -> LiveScores? {
        guard let model else { return nil }
        let scored = model.score(batch.table)
        let count = batch.flowKeyHashes.count
        let calibration = calibration.isEnough ? calibration.calibration : model.calibration
        var result = LiveScores(
            scores: Array(repeating: 0, count: count), pValues: Array(repeating: 1, count: count),
            tiers: Array(repeating: 0, count: count),
            contributions: Array(
                repeating: Array(repeating: 0, count: count), count: metrics.count),
            calibrationCount: calibration.count)
        let highest = calibration.highestTier
        let pValues = calibration.pValues(scored.scores[...])
        for (member, row) in batch.table.rows.enumerated() {
            let flow = Int(row)
            result.scores[flow] = scored.scores[member]
            result.pValues[flow] = pValues[member]
            result.tiers[flow] = ScoreCalibration.tier(pValue: pValues[member], highest: highest)
        }
        let rows = batch.table.rows.span
        for metric in metrics.indices {
            let column = scored.contributions[metric]
            let shares = column.span
            var target = result.contributions[metric].mutableSpan
            for member in rows.indices { target[Int(rows[member])] = shares[member] }
        }
        return result
    }

    /// Takes in the ordinary flows of a batch: those with holdout 1 calibrate, all are watched for drift.
    ///
    /// - Parameters:
    ///   - scores: what ``score(_:)`` gave, `nil` if there was no model.
    ///   - isSuspect: one a flow, whether it belongs to an alert; none means that no flow does.
    package mutating func absorb(
        _ flows: [ObservedFlow], _ batch: LiveBatch, _ scores: LiveScores?, isSuspect: [Bool] = []
    ) {
        absorb(flows, batch, scores: scores?.scores, isSuspect: isSuspect)
    }

    /// The same of flows that were judged in several batches by one model.
    ///
    /// - Parameter scores: one a flow, `nil` if there was no model.
    package mutating func absorb(
        _ flows: [ObservedFlow], _ batch: LiveBatch, scores: [Double]?, isSuspect: [Bool]
    ) {
        precondition(batch.flowKeyHashes.count == flows.count, "a batch of other flows")
        for population in batch.table.populations {
            let ordinary = population.members.filter { member in
                let place = Int(batch.table.rows[member])
                return !flows[place].isOpen && (isSuspect.isEmpty || !isSuspect[place])
            }
            for member in ordinary where batch.table.holdouts[member] == 1 {
                let place = Int(batch.table.rows[member])
                let flow = flows[place]
                calibration.add(
                    batch.values(of: member), population: population.name,
                    priority: calibration.rule.priority(
                        flowKeyHash: batch.flowKeyHashes[place], start: flow.start),
                    end: flow.end, score: scores?[place] ?? 0)
            }
            guard let model, let scores else { continue }
            drift.add(
                ordinary, of: population.name, batch.table, scores: scores, flows: flows,
                in: model)
        }
    }

    /// Why a flow of a batch is as strange as its score says.
    package func explain(_ batch: LiveBatch, flow: Int) -> Explanation? {
        guard let model, let member = batch.table.rows.firstIndex(of: UInt32(flow)) else {
            return nil
        }
        let descriptions = metrics.map { name in
            ContextCounters.metrics.first { $0.name == name }
                .map { MetricDescription(phrase: $0.phrase, unit: .plain) }
                ?? MetricDescription(ofMetric: name)
        }
        return model.explain(batch.table, member: member, descriptions: descriptions)
    }
}

extension LiveScorer {
    /// The version that is written and read.
    package static let version: UInt32 = 2
    private static let magic: StaticString = "NTDSSCOR"

    /// Models, calibration and the watch for drift as bytes.
    package func encoded() -> [UInt8] {
        var writer = ByteWriter(magic: Self.magic, version: Self.version)
        writer.add(featureMode)
        writer.add(count: metrics.count)
        for metric in metrics { writer.add(metric) }
        writer.add(lastFit == nil ? 0 : 1 as UInt8)
        writer.add(lastFit?.nanoseconds ?? 0)
        writer.add(octets: model?.encoded() ?? [])
        writer.add(octets: previousOctets)
        calibration.write(to: &writer)
        drift.write(to: &writer)
        return writer.sealed()
    }

    /// The scorer that was saved as `bytes`, which may be anything.
    package init(decoding bytes: [UInt8]) throws(ByteReader.Failure) {
        var reader = try ByteReader(snapshot: bytes, magic: Self.magic, version: Self.version)
        let featureMode = try reader.text()
        let metricCount = try reader.count(size: 4)
        guard metricCount <= ScoreModel.maximumMetricCount else {
            throw .damaged("too many metrics")
        }
        var metrics: [String] = []
        for _ in 0..<metricCount { metrics.append(try reader.text()) }
        let hasFit = try reader.integer(UInt8.self) == 1
        let lastFit = Timestamp(nanoseconds: try reader.integer(Int64.self))
        let model = try Self.model(from: &reader, metrics, featureMode)
        let previous = try Self.model(from: &reader, metrics, featureMode)?.encoded()
        let calibration = try LiveCalibration(from: &reader, metricCount: metricCount)
        let drift = try DriftWatch(from: &reader, model: model)
        try reader.finish()
        self.init(featureMode: featureMode, metrics: metrics, calibration: calibration)
        self.lastFit = hasFit ? lastFit : nil
        (self.model, previousOctets, self.drift) = (model, previous ?? [], drift)
    }

    private static func model(
        from reader: inout ByteReader, _ metrics: [String], _ featureMode: String
    ) throws(ByteReader.Failure) -> ScoreModel? {
        let bytes = try reader.octets()
        guard !bytes.isEmpty else { return nil }
        do {
            let model = try ScoreModel(decoding: bytes)
            try model.check(metrics: metrics, featureMode: featureMode)
            return model
        } catch {
            throw .damaged("a model: \(error)")
        }
    }
}
