import Anomalies
import Baselines
import Flows
import NetworkTypes
import Statistics

/// What is normal by the flows of one feature mode, and how strange each new one is.
///
/// Flows may come one by one or hundreds at a time: what is said of them is the same, for calibration and
/// model change only after every ``LiveScorer/portion`` flows. Each is scored once. Everything can be saved at any
/// moment, and what is said afterwards is the same, too.
struct LiveJudge {
    /// What is said of a flow.
    struct Judgement: Sendable {
        var score = 0.0
        var pValue = 1.0
        var tier: UInt8 = 0
        var isJudged = false
    }

    private(set) var baselines: LiveBaselines
    private(set) var scorer: LiveScorer
    private var context: ContextCounters
    private let learning: LearningProtocol
    private let schedule: RefitSchedule
    /// Flows that were judged since calibration and model last changed, in their order.
    private var flows: [ObservedFlow] = []
    private var contexts: [Float] = []
    /// One a flow, as long as there is a model.
    private var scores: [Double] = []
    /// Of the flows that were settled, whether they do not teach.
    private var suspects: [Bool] = []
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

    /// Begins with what was learnt elsewhere, from flows of the same mode.
    mutating func merge(_ other: LiveBaselines) throws(LiveBaselineMismatch) {
        try baselines.merge(other)
    }

    static func configuration(
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
    var room: Int { Self.portion - flows.count }

    /// Judges flows, `room` of them at most; each is to be settled afterwards, in this order.
    mutating func judge(_ batch: [ObservedFlow]) -> [Judgement] {
        precondition(batch.count <= room, "more flows than may be judged together")
        let values = context.observe(batch)
        let judged = score(batch, values)
        flows += batch
        contexts += values
        var judgements = [Judgement](repeating: Judgement(), count: batch.count)
        guard let judged else { return judgements }
        for index in batch.indices where batch[index].metrics != nil {
            judgements[index] = Judgement(
                score: judged.scores[index], pValue: judged.pValues[index],
                tier: judged.tiers[index], isJudged: true)
        }
        return judgements
    }

    private mutating func score(_ batch: [ObservedFlow], _ values: [Float]) -> LiveScores? {
        let judged = scorer.score(
            LiveBatch(batch, contexts: values, contextMetrics: Self.contextNames))
        if let judged { scores += judged.scores }
        return judged
    }

    /// How far the population of a flow is by all flows that were settled.
    func state(of flow: ObservedFlow) -> PopulationState {
        baselines.state(
            of: PopulationKey(scope: flow.scope, application: flow.application), at: flow.end)
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
        // All at once, so that nothing depends on how many were judged together.
        let rows = LiveBatch(flows, contexts: contexts, contextMetrics: Self.contextNames)
        scorer.absorb(
            flows, rows, scores: scores.isEmpty ? nil : scores, isSuspect: suspects)
        noteDrift()
        let clock = flows.lazy.map(\.end).max()
        flows.removeAll(keepingCapacity: true)
        contexts.removeAll(keepingCapacity: true)
        scores.removeAll(keepingCapacity: true)
        suspects.removeAll(keepingCapacity: true)
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

    /// The version that is written and read.
    private static let version: UInt32 = 2
    private static let magic: StaticString = "NTDSJUDG"
    /// The names of its parts.
    static let parts = ["baselines", "model", "context", "portion"]

    /// One of the parts as octets: each for itself, so that they need not be in memory together.
    func encoded(_ part: String) -> [UInt8] {
        switch part {
        case "baselines": baselines.encoded()
        case "model": scorer.encoded()
        case "context": context.encoded()
        default: encodedPortion()
        }
    }

    /// The flows that were judged since calibration and model last changed.
    private func encodedPortion() -> [UInt8] {
        precondition(suspects.count == flows.count, "saved in the middle of a portion")
        var writer = ByteWriter(magic: Self.magic, version: Self.version)
        writer.add(short: refits)
        writer.add(short: driftCount)
        writer.add(count: seenFlags)
        writer.add(count: flows.count)
        for flow in flows { flow.write(to: &writer) }
        writer.add(contexts)
        for isSuspect in suspects { writer.add(isSuspect) }
        return writer.sealed()
    }

    /// Goes on from what was saved; nothing has changed if it throws.
    mutating func restore(
        _ part: (String) -> [UInt8]?, _ settings: ServiceSettings.Baselines
    ) throws {
        guard let saved = part("baselines"), let model = part("model"),
            let context = part("context"), let portion = part("portion")
        else { throw ByteReader.Failure.damaged("a part is missing") }
        var result = self
        result.baselines = try LiveBaselines(
            decoding: saved, configuration: Self.configuration(settings))
        try baselines.check(featureMode: result.baselines.featureMode)
        result.scorer = try LiveScorer(decoding: model)
        guard result.baselines.metrics == baselines.metrics,
            result.scorer.metrics == baselines.metrics
        else { throw ByteReader.Failure.damaged("other metrics than this program's") }
        try result.context.restore(context)
        try result.restorePortion(portion)
        self = result
    }

    private mutating func restorePortion(_ bytes: [UInt8]) throws(ByteReader.Failure) {
        var reader = try ByteReader(snapshot: bytes, magic: Self.magic, version: Self.version)
        refits = try reader.counter()
        driftCount = try reader.counter()
        seenFlags = Int(try reader.uint32())
        let count = try reader.count(size: 60)
        guard count < Self.portion, seenFlags == scorer.drift.flags.count else {
            throw .damaged("a portion out of range")
        }
        for _ in 0..<count { flows.append(try ObservedFlow(from: &reader)) }
        contexts = try reader.floats(count: count * Self.contextNames.count)
        for _ in 0..<count { suspects.append(try reader.flag()) }
        try reader.finish()
        // They were judged by this very model.
        _ = score(flows, contexts)
    }
}
