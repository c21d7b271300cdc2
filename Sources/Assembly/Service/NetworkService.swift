import Console
import FlowMetering
import Foundation
import Logging
import NetworkTypes
import Synchronization

/// `ntds run`: reads the sources, detects, tells, until the sources end or somebody asks it to stop.
///
/// The calling thread detects; each source is read by a thread of its own; requests for health are answered on
/// the cooperative pool. They share a status board and flags, nothing else.
package final class NetworkService {
    private var settings: ServiceSettings
    private let reread: () throws(InvalidSettings) -> ServiceSettings
    private let board = StatusBoard()
    private var logger: Logger
    private var threads: [FeedThread] = []
    private var lastPublished = 0.0
    /// Each source has a thread.
    private static let sourceLimit = 256

    /// - Parameter reread: gives the settings anew when the operator asks for it (SIGHUP).
    package init(
        _ settings: ServiceSettings, reread: @escaping () throws(InvalidSettings) -> ServiceSettings
    ) {
        self.settings = settings
        self.reread = reread
        logger = Self.logger(settings.log)
    }

    private static func logger(_ settings: ServiceSettings.Log) -> Logger {
        let level: Logger.Level =
            switch settings.level {
            case .debug: .debug
            case .info: .info
            case .warning: .warning
            case .error: .error
            }
        return Logger(label: "ntds") { _ in
            ServiceLogHandler(isJSON: settings.format == .json, logLevel: level)
        }
    }

    /// What a run came to.
    package struct Outcome: Sendable {
        package var flows: UInt64 = 0
        package var threats: UInt64 = 0
        package var seconds = 0.0
        /// What the sources lost or could not read, and other trouble.
        package var complaints: [String] = []
    }

    /// Runs until all sources have ended, or SIGINT or SIGTERM came.
    package func run() throws -> Outcome {
        let begin = SystemClock.seconds()
        ProcessMemory.returnFreedPages()
        guard !settings.sources.isEmpty else { throw ServiceError.noSource }
        guard settings.sources.count <= Self.sourceLimit else {
            throw ServiceError.tooManySources(settings.sources.count, limit: Self.sourceLimit)
        }
        let control = ServiceControl()
        let state = try StateFolder(path: settings.state)
        let engine = try DetectionEngine(settings, state: state, logger: logger)
        let beginnings = engine.beginnings
        threads = try zip(settings.sources, beginnings).map { source, beginning in
            FeedThread(
                name: source.name, feed: try Self.feed(source, beginning), speed: source.speed)
        }
        let merger = FeedMerger(threads, from: beginnings.map { $0.progress ?? SourceProgress() })
        // From now on a checkpoint knows these sources, and which flows are in the store.
        if !engine.isSameRun { engine.save(merger.progress) }
        let server = startServer()
        defer { server?.cancel() }
        for thread in threads { thread.start() }
        logger.info(
            "running",
            metadata: [
                "sources": "\(threads.map(\.name).joined(separator: ", "))",
                "state": "\(settings.state)",
            ])
        detect(engine, merger, control)
        engine.save(merger.progress)
        publish(engine, isRunning: false)
        return outcome(engine, seconds: SystemClock.seconds() - begin)
    }

    private func detect(
        _ engine: DetectionEngine, _ merger: FeedMerger, _ control: ServiceControl
    ) {
        var isStopping = false
        while let (source, observation, clock) = merger.next() {
            if let observation {
                engine.take(
                    observation, from: source, mode: merger.mode(source),
                    quality: merger.quality(source), at: clock)
            } else if threads[source].isWaiting {
                engine.pause()
            }
            if control.isStopRequested, !isStopping {
                isStopping = true
                logger.info("stopping: what has come is still judged")
                for thread in threads { thread.stop() }
            }
            if control.takeReload() { reload(engine) }
            if engine.isSaveDue { engine.save(merger.progress) }
            publishNowAndThen(engine)
        }
    }

    // MARK: Reload

    /// Takes new settings if they are right; else everything stays as it is.
    private func reload(_ engine: DetectionEngine) {
        do {
            let new = try reread()
            let changes = SettingsDifference.lines(from: settings, to: new)
            guard !changes.isEmpty else { return logger.info("settings read again: no change") }
            for change in changes {
                logger.info(
                    "setting changed\(change.needsRestart ? ", in force after a restart" : "")",
                    metadata: [
                        "setting": "\(change.setting)", "from": "\(change.from)",
                        "to": "\(change.to)",
                    ])
            }
            settings = new
            logger = Self.logger(new.log)
            engine.apply(new, logger: logger)
        } catch {
            logger.error("settings not changed, for the file is wrong")
            for problem in error.problems { logger.error("\(problem)") }
        }
    }

    // MARK: Health

    private func startServer() -> Task<Void, Never>? {
        guard let address = settings.listen else { return nil }
        let board = board
        let logger = logger
        var quiet = logger
        // Ends of connections are no news, and stopping is not an error.
        quiet.logLevel = .critical
        let server = HealthServer(host: address.host, port: address.port, logger: quiet) {
            board.status.report
        }
        return Task.detached {
            do {
                try await server.run { port in
                    logger.info(
                        "listening",
                        metadata: [
                            "address": "\(address.host):\(port)",
                            "paths": "/healthz /readyz /metrics",
                        ])
                }
            } catch is CancellationError {
            } catch {
                // Health cannot be asked for; detection goes on.
                logger.error(
                    "\(ServiceError.listen(address: "\(address)", reason: "\(error)"))")
            }
        }
    }

    private func publishNowAndThen(_ engine: DetectionEngine) {
        let now = SystemClock.seconds()
        guard now - lastPublished >= 1 else { return }
        publish(engine, isRunning: true)
        lastPublished = now
    }

    private func publish(_ engine: DetectionEngine, isRunning: Bool) {
        var status = engine.currentStatus(threads)
        status.isRunning = isRunning
        board.publish(status)
    }

    private func outcome(_ engine: DetectionEngine, seconds: Double) -> Outcome {
        let status = engine.currentStatus(threads)
        var outcome = Outcome()
        (outcome.flows, outcome.threats) = engine.ownCounts
        outcome.seconds = seconds
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
        return outcome
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

/// What the operator asks of a running service by signals.
///
/// SIGINT and SIGTERM ask it to stop with what it has; a second one ends it at once. SIGHUP asks it to read its
/// settings again.
final class ServiceControl: Sendable {
    private let stops = Atomic(0)
    private let reloads = Atomic(0)
    // SAFETY: written once, in the initialiser; kept only so that the sources live.
    private nonisolated(unsafe) var sources: [any DispatchSourceSignal] = []

    init() {
        unsafe sources = [SIGINT, SIGTERM, SIGHUP].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { [weak self] in self?.receive(number) }
            return source
        }
        for source in unsafe sources { source.resume() }
    }

    private func receive(_ number: Int32) {
        if number == SIGHUP {
            reloads.add(1, ordering: .relaxed)
        } else if stops.add(1, ordering: .relaxed).oldValue > 0 {
            _exit(130)
        }
    }

    var isStopRequested: Bool { stops.load(ordering: .relaxed) > 0 }

    /// Whether a reload was asked for since the last time.
    func takeReload() -> Bool {
        reloads.load(ordering: .relaxed) > 0 && reloads.exchange(0, ordering: .relaxed) > 0
    }
}
