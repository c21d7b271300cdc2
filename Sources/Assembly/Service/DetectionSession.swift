import FlowMetering
import Logging

/// The sources of some settings, opened, and the detection that they feed: from one opening of the sources to the next.
final class DetectionSession {
    let engine: DetectionEngine
    private let threads: [FeedThread]
    private let merger: FeedMerger
    /// Each source has a thread.
    private static let sourceLimit = 256

    /// Opens the sources, and goes on from the checkpoint of the state folder if there is one.
    init(
        _ settings: ServiceSettings, _ state: StateFolder, _ alerts: AlertKeeper, _ logger: Logger
    ) throws {
        guard !settings.sources.isEmpty else { throw ServiceError.noSource }
        guard settings.sources.count <= Self.sourceLimit else {
            throw ServiceError.tooManySources(settings.sources.count, limit: Self.sourceLimit)
        }
        engine = try DetectionEngine(settings, state: state, alerts: alerts, logger: logger)
        let beginnings = engine.beginnings
        threads = try zip(settings.sources, beginnings).map { source, beginning in
            FeedThread(
                name: source.name, feed: try Self.feed(source, beginning), speed: source.speed)
        }
        merger = FeedMerger(threads, from: beginnings.map { $0.progress ?? SourceProgress() })
    }

    func start() {
        // From now on a checkpoint knows these sources, and which flows are in the store.
        if !engine.isSameRun { save() }
        for thread in threads { thread.start() }
        engine.logger.info(
            "running",
            metadata: [
                "sources": "\(threads.map(\.name).joined(separator: ", "))",
                "state": "\(engine.state.path)",
            ])
    }

    /// Takes one observation, or notes that time went on; false when all sources have ended.
    func takeNext() -> Bool {
        guard let (source, observation, clock) = merger.next() else { return false }
        if let observation {
            engine.take(
                observation, from: source, mode: merger.mode(source),
                quality: merger.quality(source), at: clock)
        } else if threads[source].isWaiting {
            engine.pause()
        }
        return true
    }

    /// Asks the sources to end after what has come by now.
    func stop() {
        for thread in threads { thread.stop() }
    }

    /// Whether everything is on the disk.
    @discardableResult
    func save() -> Bool { engine.save(merger.progress) }

    func saveIfDue() {
        if engine.isSaveDue { save() }
    }

    var status: ServiceStatus { engine.currentStatus(threads) }

    func add(to outcome: inout NetworkService.Outcome) {
        let (flows, threats) = engine.ownCounts
        outcome.flows += flows
        outcome.threats += threats
        outcome.complaints += engine.failures.sorted { $0.key < $1.key }.map(\.value)
        for (source, thread) in zip(status.sources, threads) {
            outcome.complaints += thread.quality.complaints
            let rejected = source.rejected.values.reduce(0, +)
            if rejected > 0 {
                let reasons = source.rejected.sorted { $0.key < $1.key }
                    .map { "\($0.value) \($0.key)" }.joined(separator: ", ")
                outcome.complaints.append(
                    "\(source.name): \(rejected) records rejected: \(reasons)")
            }
        }
    }

    private static func feed(
        _ source: ServiceSettings.Source, _ beginning: SourceBeginning
    ) throws -> any ObservationFeed {
        if case .over = beginning { return FileFeed(paths: []) }
        return switch source.kind {
        case .interfaces(let names, let filter, let buffer):
            try PacketFeed(
                sources: names, filter: filter, bufferOctets: buffer, settings: .init(),
                hasLabels: true)
        case .files(let paths): FileFeed(paths: paths, taken: beginning.progress?.taken ?? 0)
        case .folder(let path):
            try FolderFeed(path: path, marks: beginning.progress?.files ?? [])
        }
    }
}
