import Anomalies
import Baselines
import Flows
import NetworkTypes

/// What is normal by the flows of one feature mode, and how strange each new one is.
///
/// Flows may come one by one or hundreds at a time: what is said of them is the same, for calibration and
/// model change only after every ``LiveScorer/portion`` flows. Each is scored once.
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
    /// Flows that were judged together since calibration and model last changed.
    private struct Chunk {
        var flows: [ObservedFlow]
        var contexts: [Float]
        var rows: LiveBatch
        var scores: LiveScores?
        /// Of those that were settled.
        var suspects: [Bool] = []
    }
    private var chunks: [Chunk] = []
    /// Flows of all chunks.
    private var count = 0
    private(set) var refits: UInt64 = 0
    private(set) var drifts: [DriftFlag] = []
    private(set) var driftCount: UInt64 = 0
    private var seenFlags = 0

    private static let portion = LiveScorer.portion
    private static let contextNames = ContextCounters.metrics.map(\.name)

    /// - Parameter secret: of the sketches; 0 where the same input must give the same to the bit.
    init(featureMode: String, _ settings: ServiceSettings.Baselines, secret: UInt64) {
        baselines = LiveBaselines(
            featureMode: featureMode, contextMetrics: Self.contextNames,
            configuration: Self.configuration(settings, secret: secret))
        scorer = LiveScorer(featureMode: featureMode, metrics: baselines.metrics)
        context = ContextCounters(salt: secret)
        learning = settings.isConfirmedBenign ? .benign : .unvetted
        schedule = RefitSchedule(
            intervalSeconds: settings.refitSeconds,
            offsetSeconds: min(settings.refitSeconds / 8, 3 * 3600))
    }

    private static func configuration(
        _ settings: ServiceSettings.Baselines, secret: UInt64 = 0
    ) -> LiveBaselineConfiguration {
        var configuration = LiveBaselineConfiguration()
        configuration.memory.salt = secret
        configuration.budgetOctets = settings.memoryOctets
        configuration.minimumFlows = UInt64(settings.minimumFlows)
        configuration.learningSeconds = settings.learningSeconds
        configuration.staleSeconds = settings.staleSeconds
        return configuration
    }

    /// How many flows may be judged together now.
    var room: Int { Self.portion - count }

    /// Judges flows, `room` of them at most; each is to be settled afterwards, in this order.
    mutating func judge(_ batch: [ObservedFlow]) -> [Judgement] {
        precondition(batch.count <= room, "more flows than may be judged together")
        let values = context.observe(batch)
        let rows = LiveBatch(batch, contexts: values, contextMetrics: Self.contextNames)
        let scores = scorer.score(rows)
        count += batch.count
        chunks.append(Chunk(flows: batch, contexts: values, rows: rows, scores: scores))
        var judgements = [Judgement](repeating: Judgement(), count: batch.count)
        guard let scores else { return judgements }
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
        let last = chunks.count - 1
        let place = chunks[last].suspects.count
        let width = Self.contextNames.count
        baselines.learn(
            chunks[last].flows[place],
            context: Array(chunks[last].contexts[(place * width)..<((place + 1) * width)]),
            isSuspect: isSuspect)
        chunks[last].suspects.append(isSuspect)
        if count == Self.portion, place == chunks[last].flows.count - 1 { absorb() }
    }

    /// Lets the flows of a portion calibrate, then fits a new model if it is time.
    private mutating func absorb() {
        for chunk in chunks {
            scorer.absorb(chunk.flows, chunk.rows, chunk.scores, isSuspect: chunk.suspects)
        }
        noteDrift()
        let clock = chunks.flatMap(\.flows).map(\.end).max()
        chunks.removeAll()
        count = 0
        guard let clock else { return }
        let isDue = schedule.isDue(
            at: clock, last: scorer.lastFit, isReady: baselines.hasReady(at: clock))
        if isDue { refit(at: clock) }
    }

    private mutating func refit(at clock: Timestamp) {
        let model = ScoreModel.fit(on: baselines, protocol: learning)
        // The same metrics and mode: they come from these baselines.
        if (try? scorer.install(model, at: clock)) != nil { refits += 1 }
        seenFlags = 0
        ProcessMemory.trim()
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
        guard let clock = scorer.lastFit ?? chunks.last?.flows.last?.end else {
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
