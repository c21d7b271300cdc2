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
/// Observations wait until two thousand flows have come or the sources are quiet; then their flows are judged
/// together, and all are gone through in their order. What is told never depends on how many waited.
final class DetectionEngine {
    struct Waiting {
        var observation: Observation
        var quality: ObservationQuality
        /// The feature mode of its source.
        var mode: String
    }

    var settings: ServiceSettings
    var logger: Logger
    let state: StateFolder
    let secret: UInt64
    private var map: NetworkMap
    private var places: PlaceBook
    var watch: BehaviourWatch
    var threats: ThreatAccumulator
    var judges: [String: LiveJudge] = [:]
    var duplicates = DuplicateFilter()
    let alerts: AlertKeeper
    private var sinks: [any ThreatSink] = []
    /// Threats of the present portion, told at its end.
    private var told: [Threat] = []
    let keeper: FlowKeeper?
    var waiting: [Waiting] = []
    private var waitingFlows = 0
    /// Flows that wait to be judged together.
    private static let portion = LiveScorer.portion
    /// Latest event time, and the first.
    var clock: Timestamp?
    var begin: Timestamp?
    var sources: [SourceStatus]
    var status = ServiceStatus()
    var failures: [String: String] = [:]

    /// The sources of this run, whatever a reload names.
    let origins: [ServiceSettings.Source]
    /// Where each of them begins, and what its files were when the run began.
    var beginnings: [SourceBeginning]
    let startFiles: [[FileMark]]
    /// Sources of earlier runs that this one does not read.
    var otherSources: [ServiceSnapshot.Source] = []
    /// There is a checkpoint of a run with the same sources.
    var isSameRun = false
    /// Flows and threats of earlier runs.
    var earlier: (flows: UInt64, threats: UInt64) = (0, 0)
    /// When everything was saved last, and whether something has come since.
    var lastSave = SystemClock.seconds()
    var hasNews = false
    /// Signs of drift that are not told yet, and the quarter of a day in which some were told last.
    private var drifts: [DriftFlag] = []
    private var driftQuarter: Int64?
    /// The hour of event time in which old flows were let go last.
    private var retainedHour: Int64?

    /// Goes on from the checkpoint of the state folder if there is one.
    ///
    /// Sketches and memories are salted by a secret of the folder, so that nobody can choose addresses that share
    /// their places; recordings alone go without, and then give the same wherever they are replayed.
    init(
        _ settings: ServiceSettings, state: StateFolder, alerts: AlertKeeper, logger: Logger
    ) throws {
        var trouble: (any Error)?
        let saved = Self.checkpoint(of: state) { trouble = $0 }
        let isLive = settings.sources.contains(where: \.isLive)
        secret = isLive ? try state.secret() : saved?.1.secret ?? 0
        self.settings = settings
        self.state = state
        self.alerts = alerts
        self.logger = logger
        map = NetworkMap(settings.networks)
        places = try PlaceBook(databases: settings.networks.locations)
        var detectors = settings.detection.thresholds.detectors
        detectors.seed(secret)
        watch = try BehaviourWatch(detectors)
        threats = ThreatAccumulator(Self.accumulation(settings.detection))
        sources = settings.sources.map { SourceStatus(name: $0.name) }
        origins = settings.sources
        beginnings = settings.sources.map { _ in .new }
        startFiles = settings.sources.map { source in
            guard case .files(let paths) = source.kind else { return [] }
            return paths.compactMap { FileMark(path: $0) }
        }
        keeper = settings.store.isOn ? try FlowKeeper(state.file("flows"), settings.store) : nil
        sinks = [try ThreatFile(path: settings.output.threats ?? state.file("threats.jsonl"))]
        if settings.output.isShown { sinks.append(ThreatPrinter()) }
        if let trouble { complainOfCheckpoint("all", trouble) }
        if let (checkpoint, snapshot) = saved { restore(checkpoint, snapshot) }
        if let path = settings.baselines.imported { try begin(with: path) }
        tellBeginnings()
    }

    /// Begins with what was learnt elsewhere, where nothing of that feature mode was learnt here.
    private func begin(with path: String) throws {
        for baselines in try LearntBaselines(path: path, settings.baselines).baselines {
            let mode = baselines.featureMode
            guard judges[mode] == nil else { continue }
            var judge = LiveJudge(featureMode: mode, settings.baselines, secret: secret)
            do {
                try judge.merge(baselines)
            } catch {
                throw BaselineFileError(path: path, reason: "\(error)")
            }
            judges[mode] = judge
            logger.info(
                "begins with what was learnt elsewhere",
                metadata: [
                    "file": "\(path)", "mode": "\(mode)",
                    "populations": "\(baselines.populationCount)",
                    "flows": "\(baselines.counts.learnt)",
                ])
        }
    }

    private static func accumulation(
        _ settings: ServiceSettings.Detection
    ) -> ThreatAccumulator.Configuration {
        var configuration = ThreatAccumulator.Configuration()
        configuration.minimumConfidence = settings.minimumConfidence
        configuration.halfLifeSeconds = settings.halfLifeSeconds
        configuration.weights = settings.weights
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
    func pause() {
        flush()
        tellAll()
    }

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

    func flush() {
        guard !waiting.isEmpty else { return }
        hasNews = true
        letGo()
        var start = 0
        while start < waiting.count {
            let mode = waiting[start].mode
            var judge =
                judges[mode]
                ?? LiveJudge(featureMode: mode, settings.baselines, secret: secret)
            let end = portionEnd(from: start, mode: mode, room: judge.room)
            // The judge is worked on in place.
            judges[mode] = nil
            goThrough(start..<end, &judge)
            judges[mode] = judge
            start = end
        }
        waiting.removeAll(keepingCapacity: true)
        waitingFlows = 0
        tellAll()
    }

    /// Lets old flows go, once in an hour of event time.
    private func letGo() {
        guard let keeper, let clock else { return }
        let hour = clock.nanoseconds / 3_600_000_000_000
        guard hour != retainedHour else { return }
        retainedHour = hour
        do {
            try keeper.retain(now: clock)
        } catch {
            fail("flows", "\(error)")
        }
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
            for piece in evidence { take(piece, of: observation, quality) }
            evidence.removeAll(keepingCapacity: true)
        }
        drifts += judge.takeDrifts()
        tellDrifts()
    }

    /// Tells of drift at most four times a day of event time, in one line; each sign by itself only to who debugs.
    private func tellDrifts() {
        guard let clock, let first = drifts.first else { return }
        let quarter = clock.nanoseconds / 21_600_000_000_000
        guard quarter != driftQuarter else { return }
        driftQuarter = quarter
        for drift in drifts { logger.debug("drift", metadata: ["what": "\(drift.sentence)"]) }
        let populations = Set(drifts.map(\.population)).count
        logger.warning(
            "drift: what is usual has changed; a refit is proposed",
            metadata: [
                "populations": "\(populations)", "signs": "\(drifts.count)",
                "first": "\(first.sentence)",
            ])
        drifts.removeAll(keepingCapacity: true)
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
            if judge.state(of: flow) == .ready {
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

    private func take(
        _ piece: BehaviourEvidence, of observation: Observation, _ quality: ObservationQuality
    ) {
        if piece.kind.needsLearning, let begin,
            piece.time.seconds(since: begin) < settings.baselines.learningSeconds
        {
            status.learningEvidence += 1
            return
        }
        let host = piece.entity.host
        var scope = host.map { map.scope(of: $0) } ?? ""
        if case .flow(let flow) = observation, host == map.insideHost(of: flow) {
            scope = flow.scope
        }
        let threat = threats.add(
            .behaviour(piece), scope: scope,
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
        alerts.take(threat)
        told.append(threat)
    }

    /// Keeps the alerts of a portion, then tells its threats.
    ///
    /// - Parameter isLast: nothing comes after it.
    func tellAll(isLast: Bool = false) {
        do {
            try alerts.commit(clock: clock, isLast: isLast)
            failures["alerts"] = nil
        } catch {
            fail("alerts", "\(error)")
        }
        for threat in told { tell(threat, to: sinks) }
        told.removeAll(keepingCapacity: true)
    }

    private func tell(_ threat: Threat, to sinks: [any ThreatSink]) {
        for sink in sinks {
            do {
                // The file comes first: what it has already was told.
                guard try sink.take(threat) else { return }
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
    func fail(_ what: String, _ reason: String) {
        if failures[what] != reason { logger.error("\(reason)") }
        failures[what] = reason
    }

    // MARK: Status

    /// Flows and threats of this run alone.
    var ownCounts: (flows: UInt64, threats: UInt64) {
        (status.flows - earlier.flows, threats.counts.raised - earlier.threats)
    }

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
        (status.alertsKept, status.alertsLost) = (alerts.kept, alerts.lost)
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
