import Alerts
import Console
import Foundation
import Logging
import NetworkTypes
import Storage
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
    private var lastPublished = 0.0

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
        let control = ServiceControl()
        let state = try StateFolder(path: settings.state)
        let store = SQLiteAlertStore(try StateDatabase(path: state.file("ntds.sqlite")))
        let alerts = AlertKeeper(store)
        var server: Task<Void, Never>?
        defer { server?.cancel() }
        var outcome = Outcome()
        var next: ServiceSettings? = settings
        while let wanted = next {
            let session = try open(wanted, state, alerts)
            if server == nil { server = try startServer(state, store) }
            session.start()
            next = detect(session, control)
            save(session, mustGoOn: next != nil)
            publish(session, isRunning: next != nil)
            session.add(to: &outcome)
        }
        StateFolder.removeAddress(in: state.path)
        outcome.seconds = SystemClock.seconds() - begin
        return outcome
    }

    /// Saves everything; tries for half a minute where another session is to go on from it.
    private func save(_ session: DetectionSession, mustGoOn: Bool) {
        for _ in 0..<(mustGoOn ? 30 : 1) {
            if session.save() { return }
            if mustGoOn { Thread.sleep(forTimeInterval: 1) }
        }
        logger.error(
            "not everything could be saved: what came since the last checkpoint may come again or be lost"
        )
    }

    /// Opens the sources of some settings; those of the present settings if that cannot be done.
    private func open(
        _ new: ServiceSettings, _ state: StateFolder, _ alerts: AlertKeeper
    ) throws -> DetectionSession {
        guard new != settings else { return try DetectionSession(settings, state, alerts, logger) }
        do {
            let session = try DetectionSession(new, state, alerts, Self.logger(new.log))
            settings = new
            logger = session.engine.logger
            return session
        } catch {
            logger.error("settings not changed: \(error)")
            return try DetectionSession(settings, state, alerts, logger)
        }
    }

    /// Detects until the sources have ended.
    ///
    /// - Returns: the settings to go on with, `nil` if that was the end.
    private func detect(_ session: DetectionSession, _ control: ServiceControl) -> ServiceSettings?
    {
        var isStopping = false
        var next: ServiceSettings?
        while session.takeNext() {
            if control.isStopRequested, !isStopping {
                (isStopping, next) = (true, nil)
                logger.info("stopping: what has come is still judged")
                session.stop()
            }
            if control.takeReload(), !isStopping, let new = reload(session) {
                (isStopping, next) = (true, new)
                session.stop()
            }
            session.saveIfDue()
            publishNowAndThen(session)
        }
        return control.isStopRequested ? nil : next
    }

    // MARK: Reload

    /// Takes new settings if they are right; else everything stays as it is.
    ///
    /// - Returns: settings that need the sources to be opened anew.
    private func reload(_ session: DetectionSession) -> ServiceSettings? {
        let new: ServiceSettings
        do {
            new = try reread()
        } catch {
            logger.error("settings not changed, for the file is wrong")
            for problem in error.problems { logger.error("\(problem)") }
            return nil
        }
        let changes = SettingsDifference.lines(from: settings, to: new)
        guard !changes.isEmpty else {
            logger.info("settings read again: no change")
            return nil
        }
        for change in changes {
            logger.info(
                "setting changed\(change.effect == .restart ? ", in force after a restart" : "")",
                metadata: [
                    "setting": "\(change.setting)", "from": "\(change.from)", "to": "\(change.to)",
                ])
        }
        if changes.contains(where: { $0.effect == .reopening }) {
            // What was seen must outlive the change.
            guard session.save() else {
                logger.error("settings not changed, for nothing can be saved")
                return nil
            }
            logger.info("the sources are opened anew")
            return new
        }
        settings = new
        logger = Self.logger(new.log)
        session.engine.apply(new, logger: logger)
        return nil
    }

    // MARK: Health

    /// - Throws: when the token or the address cannot be left in the state folder.
    private func startServer(
        _ state: StateFolder, _ store: any AlertStore
    ) throws -> Task<Void, Never>? {
        guard let address = settings.listen else { return nil }
        let api = AlertAPI(store: store, token: try state.token()) { SystemClock.now() }
        let board = board
        let logger = logger
        let path = state.path
        var quiet = logger
        // Ends of connections are no news, and stopping is not an error.
        quiet.logLevel = .critical
        let server = ConsoleServer(
            host: address.host, port: address.port, logger: quiet, alerts: api
        ) { board.status.report }
        return Task.detached {
            do {
                try await server.run { port in
                    StateFolder.noteAddress(address.host, port, in: path)
                    logger.info(
                        "listening",
                        metadata: [
                            "address": "\(address.host):\(port)",
                            "paths": "/healthz /readyz /metrics /api/v1",
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

    private func publishNowAndThen(_ session: DetectionSession) {
        let now = SystemClock.seconds()
        guard now - lastPublished >= 1 else { return }
        publish(session, isRunning: true)
        lastPublished = now
    }

    private func publish(_ session: DetectionSession, isRunning: Bool) {
        var status = session.status
        status.isRunning = isRunning
        board.publish(status)
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
            // On a queue of its own: nothing that waits for a disk may hold up a signal.
            let source = DispatchSource.makeSignalSource(
                signal: number, queue: DispatchQueue(label: "ntds.signals"))
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
