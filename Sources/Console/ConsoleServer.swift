import Hummingbird
import HummingbirdCore
package import Logging
import ServiceLifecycle

/// How the service is at one moment, for those who watch over it.
package struct HealthReport: Sendable, Equatable {
    /// Whether the service does its work: as long as it is false, somebody should look or restart it.
    package var isHealthy: Bool
    /// Whether it judges already: sources are open, something was learnt.
    package var isReady: Bool
    /// Why it is not, a line a reason.
    package var reasons: [String]
    /// Counters and gauges in the text format of Prometheus 0.0.4.
    package var metrics: String

    package init(isHealthy: Bool, isReady: Bool, reasons: [String], metrics: String) {
        self.isHealthy = isHealthy
        self.isReady = isReady
        self.reasons = reasons
        self.metrics = metrics
    }
}

/// Answers `/healthz`, `/readyz` and `/metrics` (200 or 503, with the reasons as text) and the API.
package struct ConsoleServer: Sendable {
    private let host: String
    private let port: Int
    private let logger: Logger
    private let alerts: AlertAPI
    /// More wait until others have gone.
    private static let connectionLimit = 256
    private let report: @Sendable () -> HealthReport

    /// - Parameter report: asked at each request, on any thread.
    package init(
        host: String, port: Int, logger: Logger, alerts: AlertAPI,
        report: @escaping @Sendable () -> HealthReport
    ) {
        (self.host, self.port) = (host, port)
        self.logger = logger
        self.alerts = alerts
        self.report = report
    }

    /// Serves until the task is cancelled.
    ///
    /// - Parameter listening: told the port once requests are taken.
    /// - Throws: where the address cannot be used.
    package func run(listening: @escaping @Sendable (Int) -> Void) async throws {
        let router = Router()
        let report = report
        router.get("healthz") { _, _ in Self.answer(report(), \.isHealthy) }
        router.get("readyz") { _, _ in Self.answer(report(), \.isReady) }
        router.get("metrics") { _, _ in
            Self.text(report().metrics, type: "text/plain; version=0.0.4; charset=utf-8")
        }
        alerts.add(to: router)
        let application = Application(
            router: router,
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: port), serverName: "ntds",
                availableConnectionsDelegate: MaximumAvailableConnections(Self.connectionLimit)),
            onServerRunning: { channel in listening(channel.localAddress?.port ?? 0) },
            logger: logger)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [application], gracefulShutdownSignals: [], logger: logger))
        try await withTaskCancellationHandler {
            try await group.run()
        } onCancel: {
            Task { await group.triggerGracefulShutdown() }
        }
    }

    private static func answer(
        _ report: HealthReport, _ state: KeyPath<HealthReport, Bool>
    ) -> Response {
        let isGood = report[keyPath: state]
        let lines = isGood ? ["ok"] : report.reasons
        return text(
            lines.joined(separator: "\n") + "\n", type: "text/plain; charset=utf-8",
            status: isGood ? .ok : .serviceUnavailable)
    }

    private static func text(
        _ text: String, type: String, status: HTTPResponse.Status = .ok
    ) -> Response {
        Response(
            status: status, headers: [.contentType: type, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
