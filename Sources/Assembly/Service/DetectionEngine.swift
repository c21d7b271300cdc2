import Anomalies
import Baselines
import Behaviours
import FlowStore
import Flows
import Logging
import NetworkTypes
import Threats

/// From observations to threats: one thing after the other, by event time alone, so that the same input gives
/// the same threats, live or replayed.
///
/// Observations wait until a few hundred flows have come or the sources are quiet; then their flows are judged
/// together, and all are gone through in their order. What is told never depends on how many waited.
final class DetectionEngine {
    private struct Waiting {
        var observation: Observation
        var quality: ObservationQuality
        /// The feature mode of its source.
        var mode: String
    }

    private var settings: ServiceSettings
    private var logger: Logger
    private let state: StateFolder
    private let secret: UInt64
    private var map: NetworkMap
    private var places: PlaceBook
    private var watch: BehaviourWatch
    private var threats: ThreatAccumulator
    private var judges: [String: LiveJudge] = [:]
    private var duplicates = DuplicateFilter()
    private var sinks: [any ThreatSink] = []
    private let keeper: FlowKeeper?
    private var waiting: [Waiting] = []
    private var waitingFlows = 0
    /// Flows that wait to be judged together.
    private static let portion = LiveScorer.portion
    /// Latest event time, and the first.
    private var clock: Timestamp?
    private var begin: Timestamp?
    private var sources: [SourceStatus]
    private var status = ServiceStatus()
    private var lastSave = 0.0
    private var failures: [String: String] = [:]

    /// - Parameter secret: of sketches and memories, so that nobody can choose addresses that share their places;
    ///   0 for a replay, which then gives the same wherever it is done.
    init(
        _ settings: ServiceSettings, state: StateFolder, secret: UInt64, logger: Logger
    ) throws {
        self.settings = settings
        self.state = state
        self.secret = secret
        self.logger = logger
        map = NetworkMap(settings.networks)
        places = PlaceBook()
        var detectors = BehaviourWatch.Configuration()
        detectors.seed(secret)
        watch = try BehaviourWatch(detectors)
        threats = ThreatAccumulator(Self.accumulation(settings.detection))
        sources = settings.sources.map { SourceStatus(name: $0.name) }
        keeper = settings.store.isOn ? try FlowKeeper(state.file("flows"), settings.store) : nil
        sinks = [try ThreatFile(path: settings.output.threats ?? state.file("threats.jsonl"))]
        if settings.output.isShown { sinks.append(ThreatPrinter()) }
    }

    private static func accumulation(
        _ settings: ServiceSettings.Detection
    ) -> ThreatAccumulator.Configuration {
        var configuration = ThreatAccumulator.Configuration()
        configuration.minimumConfidence = settings.minimumConfidence
        configuration.halfLifeSeconds = settings.halfLifeSeconds
        return configuration
    }

    /// Takes over what may change while the service runs.
    func apply(_ new: ServiceSettings, logger: Logger) {
        flush()
        settings = new
        self.logger = logger
        map = NetworkMap(new.networks)
        threats.configure(Self.accumulation(new.detection))
        keeper?.configure(new.store)
    }

    // MARK: Taking

    /// Takes what a source told.
    func take(
        _ observation: Observation, from source: Int, mode: String, quality: FeedQuality,
        at time: Timestamp?
    ) {
        sources[source].observations += 1
        noteTime(of: observation, from: source, at: time)
        var observation = observation
        if case .flow(var flow) = observation {
            map.complete(&flow)
            if sources.count > 1, duplicates.isDuplicate(flow, from: source) {
                sources[source].duplicates += 1
                return
            }
            observation = .flow(flow)
            waitingFlows += 1
        }
        let seen = ObservationQuality(
            received: quality.received, lost: quality.lost, late: sources[source].late)
        waiting.append(Waiting(observation: observation, quality: seen, mode: mode))
        // Observations that are no flows wait, too, but not in any number.
        if waitingFlows >= Self.portion || waiting.count >= 4 * Self.portion { flush() }
    }

    /// A source is quiet: what waits need wait no longer.
    func pause() { flush() }

    private func noteTime(of observation: Observation, from source: Int, at time: Timestamp?) {
        let own = observation.timestamp
        if let last = sources[source].clock, let time {
            if time.seconds(since: last) > 60 { sources[source].gaps += 1 }
            // A meter ends flows two minutes after their last packet at the latest.
            if time.seconds(since: own) > 600 { sources[source].late += 1 }
        }
        if let time { sources[source].clock = max(sources[source].clock ?? time, time) }
        clock = max(clock ?? own, own)
        if begin == nil { begin = own }
    }

    // MARK: Going through

    private func flush() {
        var start = 0
        while start < waiting.count {
            let mode = waiting[start].mode
            var judge = judges[mode] ?? restoredJudge(mode)
            let end = portionEnd(from: start, mode: mode, room: judge.room)
            // The judge is worked on in place.
            judges[mode] = nil
            goThrough(start..<end, &judge)
            judges[mode] = judge
            start = end
        }
        waiting.removeAll(keepingCapacity: true)
        waitingFlows = 0
        saveNowAndThen()
    }

    /// The end of the run of observations of one mode that may be judged together.
    private func portionEnd(from start: Int, mode: String, room: Int) -> Int {
        var flows = 0
        var end = start
        while end < waiting.count, waiting[end].mode == mode {
            if case .flow(let flow) = waiting[end].observation, !flow.isOpen {
                guard flows < room else { break }
                flows += 1
            }
            end += 1
        }
        return end
    }

    private func goThrough(_ range: Range<Int>, _ judge: inout LiveJudge) {
        let flows = range.compactMap { index -> ObservedFlow? in
            guard case .flow(let flow) = waiting[index].observation, !flow.isOpen else {
                return nil
            }
            return flow
        }
        let judgements = judge.judge(flows)
        var next = 0
        var evidence: [BehaviourEvidence] = []
        for index in range {
            let quality = waiting[index].quality
            let observation = waiting[index].observation
            switch observation {
            case .flow(let flow) where !flow.isOpen:
                take(flow, judgements[next], quality, &judge)
                next += 1
            case .flow: status.flows += 1
            case .lookup: status.lookups += 1
            case .addressQuery: status.addressQueries += 1
            }
            watch.observe(observation, place: { places.place(of: $0) }, into: &evidence)
            for piece in evidence { take(piece, quality) }
            evidence.removeAll(keepingCapacity: true)
        }
        for drift in judge.takeDrifts() {
            logger.warning("drift: a refit is proposed", metadata: ["what": "\(drift.sentence)"])
        }
    }

    /// A finished flow: counts, tells of too many rare ones, teaches, is kept.
    private func take(
        _ flow: ObservedFlow, _ judgement: LiveJudge.Judgement, _ quality: ObservationQuality,
        _ judge: inout LiveJudge
    ) {
        status.flows += 1
        let host = map.insideHost(of: flow)
        if flow.metrics == nil { status.flowsWithoutMetrics += 1 }
        if judgement.isJudged {
            status.scoredFlows += 1
            status.tiers[min(Int(judgement.tier), 6)] += 1
            // What is still learning, or was not seen for long, never alarms.
            if judgement.state == .ready {
                let scored = ScoredFlow(
                    flow: flow, score: judgement.score, pValue: judgement.pValue,
                    tier: judgement.tier)
                let threat = threats.add(
                    scored, host: host, roles: map.roles(of: host), quality: quality)
                if let threat { tell(threat) }
            }
        }
        judge.settle(
            isSuspect: threats.isUnderSuspicion(host, scope: flow.scope, at: flow.end))
        keep(flow, judgement)
    }

    private func take(_ piece: BehaviourEvidence, _ quality: ObservationQuality) {
        if piece.kind.needsLearning, let begin,
            piece.time.seconds(since: begin) < settings.baselines.learningSeconds
        {
            status.learningEvidence += 1
            return
        }
        let host = piece.entity.host
        let threat = threats.add(
            .behaviour(piece), scope: host.map { map.scope(of: $0) } ?? "",
            roles: host.map { map.roles(of: $0) } ?? [], quality: quality)
        logger.debug(
            "evidence",
            metadata: [
                "kind": "\(piece.kind.name)", "confidence": "\(piece.confidence.text)",
                "what": "\(piece.sentence)",
            ])
        if let threat { tell(threat) }
    }

    private func tell(_ threat: Threat) {
        for sink in sinks {
            do {
                try sink.take(threat)
                failures["threats"] = nil
            } catch {
                fail("threats", "\(error)")
            }
        }
    }

    private func keep(_ flow: ObservedFlow, _ judgement: LiveJudge.Judgement) {
        guard let keeper else { return }
        do {
            try keeper.keep(flow, judgement)
            failures["flows"] = nil
        } catch {
            fail("flows", "\(error)")
        }
    }

    /// Something does not work; detection goes on, and health tells until it works again.
    private func fail(_ what: String, _ reason: String) {
        if failures[what] != reason { logger.error("\(reason)") }
        failures[what] = reason
    }

    // MARK: State

    private func restoredJudge(_ mode: String) -> LiveJudge {
        var judge = LiveJudge(featureMode: mode, settings.baselines, secret: secret)
        do {
            guard let baselines = try state.read("baselines-\(mode).ntds", limit: 4 << 30) else {
                return judge
            }
            try judge.restore(
                baselines: baselines, model: try state.read("model-\(mode).ntds", limit: 1 << 30),
                context: try state.read("context-\(mode).ntds", limit: 1 << 30), settings.baselines)
            if let first = judge.begin { begin = begin.map { min($0, first) } ?? first }
            logger.info(
                "goes on from what was learnt",
                metadata: [
                    "mode": "\(mode)", "populations": "\(judge.baselines.populationCount)",
                    "flows": "\(judge.baselines.counts.learnt)",
                ])
        } catch {
            logger.error(
                "what was learnt cannot be read: learning begins anew; the file is left as it is",
                metadata: ["mode": "\(mode)", "reason": "\(error)"])
        }
        return judge
    }

    /// Saves every five minutes on the wall: what is told does not depend on it.
    private func saveNowAndThen() {
        let now = SystemClock.seconds()
        if lastSave == 0 { lastSave = now }
        guard now - lastSave >= 300 else { return }
        save()
        lastSave = SystemClock.seconds()
    }

    private func save() {
        do {
            for (mode, judge) in judges.sorted(by: { $0.key < $1.key }) {
                for (name, octets) in judge.encoded() {
                    try state.write(
                        octets, to: "\(name)-\(mode).ntds", keepsPrevious: name == "model")
                }
            }
            failures["state"] = nil
        } catch {
            fail("state", "\(error)")
        }
        if let clock {
            do {
                try keeper?.retain(now: clock)
            } catch {
                fail("flows", "\(error)")
            }
        }
    }

    /// Judges what still waits, and saves everything.
    func finish() {
        flush()
        save()
        do {
            try keeper?.finish()
        } catch {
            fail("flows", "\(error)")
        }
    }

    // MARK: Status

    func currentStatus(_ threads: [FeedThread]) -> ServiceStatus {
        var status = status
        status.sources = sources
        for (index, thread) in threads.enumerated() {
            let quality = thread.quality
            status.sources[index].received = quality.received
            status.sources[index].lost = quality.lost
            status.sources[index].rejected = quality.rejected
            status.sources[index].complaints = quality.complaints
            status.sources[index].hasEnded = thread.isOver
        }
        status.clock = clock
        for judge in judges.values {
            status.populations.merge(judge.states) { $0 + $1 }
            status.baselineOctets += judge.baselines.octets
            status.forgottenPopulations += judge.baselines.counts.forgottenPopulations
            status.learntFlows += judge.baselines.counts.learnt
            status.suspectFlows += judge.baselines.counts.suspect
            status.refits += judge.refits
            status.drifts += judge.driftCount
            status.evictions += judge.evictions
        }
        let counts = threats.counts
        status.evidence = counts.evidence
        status.expectedEvidence = counts.expected
        status.threatsRaised = counts.raised
        status.threatsGrown = counts.grown
        status.evictions +=
            counts.evictions
            + watch.counts.all.reduce(0) { $0 + $1.counts.evictions }
        status.storedFlows = keeper?.storedFlows ?? 0
        status.storedOctets = UInt64(keeper?.octets ?? 0)
        status.failures = failures.values.sorted()
        (status.residentOctets, status.cpuSeconds) = ProcessMemory.usage()
        return status
    }
}
