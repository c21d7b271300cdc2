import Anomalies
import Baselines
import Flows
import NetworkTypes

/// What is normal by the flows of one feature mode, and how strange each new one is.
///
/// Flows may come one by one or thousands at a time: what is said of them is the same, for calibration and
/// model change only after every 512 flows.
struct LiveJudge {
    /// What is said of a flow.
    struct Judgement: Sendable {
        var score = 0.0
        var pValue = 1.0
        var tier: UInt8 = 0
        /// Flows of its population that were learnt, and whether they are enough.
        var state = PopulationState.learning
        var isJudged = false
    }

    private(set) var baselines: LiveBaselines
    private(set) var scorer: LiveScorer
    private var context: ContextCounters
    private let learning: LearningProtocol
    private let schedule: RefitSchedule
    /// Flows since calibration and model last changed, with their context and whether they are suspect.
    private var flows: [ObservedFlow] = []
    private var contexts: [Float] = []
    private var suspects: [Bool] = []
    private(set) var refits: UInt64 = 0
    private(set) var drifts: [DriftFlag] = []
    private(set) var driftCount: UInt64 = 0
    private var seenFlags = 0

    private static let portion = 512
    private static let contextNames = ContextCounters.metrics.map(\.name)

    init(featureMode: String, _ settings: ServiceSettings.Baselines) {
        baselines = LiveBaselines(
            featureMode: featureMode, contextMetrics: Self.contextNames,
            configuration: Self.configuration(settings))
        scorer = LiveScorer(featureMode: featureMode, metrics: baselines.metrics)
        context = ContextCounters()
        learning = settings.isConfirmedBenign ? .benign : .unvetted
        schedule = RefitSchedule(
            intervalSeconds: settings.refitSeconds,
            offsetSeconds: min(settings.refitSeconds / 8, 3 * 3600))
    }

    private static func configuration(
        _ settings: ServiceSettings.Baselines
    ) -> LiveBaselineConfiguration {
        var configuration = LiveBaselineConfiguration()
        configuration.budgetOctets = settings.memoryOctets
        configuration.minimumFlows = UInt64(settings.minimumFlows)
        configuration.learningSeconds = settings.learningSeconds
        configuration.staleSeconds = settings.staleSeconds
        return configuration
    }

    /// How many flows may be judged together now.
    var room: Int { Self.portion - flows.count }

    /// Judges flows, `room` of them at most; each is to be settled afterwards, in this order.
    mutating func judge(_ batch: [ObservedFlow]) -> [Judgement] {
        precondition(batch.count <= room, "more flows than may be judged together")
        var values: [Float] = []
        values.reserveCapacity(batch.count * Self.contextNames.count)
        for flow in batch { values += context.observe(flow) }
        flows += batch
        contexts += values
        var judgements = [Judgement](repeating: Judgement(), count: batch.count)
        guard scorer.model != nil else { return judgements }
        let rows = LiveBatch(batch, contexts: values, contextMetrics: Self.contextNames)
        guard let scores = scorer.score(rows) else { return judgements }
        for index in batch.indices where batch[index].metrics != nil {
            let key = PopulationKey(
                scope: batch[index].scope, application: batch[index].application)
            judgements[index] = Judgement(
                score: scores.scores[index], pValue: scores.pValues[index],
                tier: scores.tiers[index], state: baselines.state(of: key, at: batch[index].end),
                isJudged: true)
        }
        return judgements
    }

    /// Learns from the next flow that was judged, unless it is suspect.
    mutating func settle(isSuspect: Bool) {
        let place = suspects.count
        let width = Self.contextNames.count
        baselines.learn(
            flows[place], context: Array(contexts[(place * width)..<((place + 1) * width)]),
            isSuspect: isSuspect)
        suspects.append(isSuspect)
        if suspects.count == Self.portion { absorb() }
    }

    /// Lets the flows of a portion calibrate, then fits a new model if it is time.
    private mutating func absorb() {
        let rows = LiveBatch(flows, contexts: contexts, contextMetrics: Self.contextNames)
        scorer.absorb(flows, rows, scorer.score(rows), isSuspect: suspects)
        noteDrift()
        let clock = flows.reduce(into: flows[0].end) { $0 = max($0, $1.end) }
        flows.removeAll(keepingCapacity: true)
        contexts.removeAll(keepingCapacity: true)
        suspects.removeAll(keepingCapacity: true)
        let isDue = schedule.isDue(
            at: clock, last: scorer.lastFit, isReady: baselines.hasReady(at: clock))
        if isDue { refit(at: clock) }
    }

    private mutating func refit(at clock: Timestamp) {
        let model = ScoreModel.fit(on: baselines, protocol: learning)
        // The same metrics and mode: they come from these baselines.
        if (try? scorer.install(model, at: clock)) != nil { refits += 1 }
        seenFlags = 0
    }

    private mutating func noteDrift() {
        let flags = scorer.drift.flags
        guard flags.count > seenFlags else { return }
        driftCount += UInt64(flags.count - seenFlags)
        drifts += flags[seenFlags...].prefix(32)
        seenFlags = flags.count
    }

    /// The drifts noticed since the last time.
    mutating func takeDrifts() -> [DriftFlag] {
        defer { drifts = [] }
        return drifts
    }

    /// When the first flow ended that was learnt from; `nil` while there is none.
    var begin: Timestamp? {
        baselines.sortedKeys.compactMap { baselines[$0]?.times?.lowerBound }.min()
    }

    var evictions: UInt64 { context.evictions }

    var states: [PopulationState: Int] {
        guard let clock = scorer.lastFit ?? flows.last?.end else {
            return [.learning: baselines.populationCount]
        }
        return baselines.sortedKeys.reduce(into: [:]) {
            $0[baselines.state(of: $1, at: clock), default: 0] += 1
        }
    }

    // MARK: Saving

    /// Baselines, model and context as octets.
    func encoded() -> [(name: String, octets: [UInt8])] {
        [
            ("baselines", baselines.encoded()), ("model", scorer.encoded()),
            ("context", context.encoded()),
        ]
    }

    /// Goes on from what was saved.
    mutating func restore(
        baselines saved: [UInt8], model: [UInt8]?, context: [UInt8]?,
        _ settings: ServiceSettings.Baselines
    ) throws {
        let restored = try LiveBaselines(
            decoding: saved, configuration: Self.configuration(settings))
        try baselines.check(featureMode: restored.featureMode)
        guard restored.metrics == baselines.metrics else { return }
        baselines = restored
        if let model {
            let scorer = try LiveScorer(decoding: model)
            if scorer.metrics == baselines.metrics { self.scorer = scorer }
        }
        if let context { try self.context.restore(context) }
    }
}
