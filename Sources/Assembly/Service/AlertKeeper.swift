import Alerts
import NetworkTypes
import Storage
import Threats

/// Gives threats to the store of alerts: durable before anybody is told, and none lost while the store is not to be had.
///
/// Threats wait until they are kept, 65,536 at most; beyond that the oldest go and are counted.
final class AlertKeeper {
    private let store: any AlertStore
    private var waiting: [Announcement] = []
    /// Announcements that could not be kept.
    private(set) var lost: UInt64 = 0
    private(set) var kept: UInt64 = 0
    private static let limit = 65_536
    /// Event time without news after which an alert is resolved.
    private static let restSeconds = 86_400.0
    /// The minutes of event time and of the wall in which was settled last.
    private var settledMinute: [Int64] = []
    private var failure: (error: any Error, retry: Double)?

    init(_ store: any AlertStore) { self.store = store }

    func take(_ threat: Threat) {
        if waiting.count >= Self.limit {
            waiting.removeFirst(Self.limit / 16)
            lost += UInt64(Self.limit / 16)
        }
        waiting.append(Announcement(threat, proof: ThreatFormat.json(threat)))
    }

    /// Whether all that was told is on the disk.
    var isAllKept: Bool { waiting.isEmpty }

    /// Keeps what waits, in one transaction; then resolves what is over, once in a minute of event time.
    ///
    /// After a failure the next attempt is a second later at the earliest, unless it is the last one.
    ///
    /// - Throws: when the store is not to be had; what waits goes on waiting.
    func commit(clock: Timestamp?, isLast: Bool = false) throws {
        let now = SystemClock.seconds()
        if let failure, now < failure.retry, !isLast { throw failure.error }
        do {
            if !waiting.isEmpty {
                _ = try store.accept(waiting, at: SystemClock.now())
                kept += UInt64(waiting.count)
                waiting.removeAll(keepingCapacity: true)
            }
            try settle(clock)
            failure = nil
        } catch {
            failure = (error, SystemClock.seconds() + 1)
            throw error
        }
    }

    private func settle(_ clock: Timestamp?) throws {
        let wall = SystemClock.now()
        let minute = [clock?.nanoseconds ?? 0, wall.nanoseconds].map { $0 / 60_000_000_000 }
        guard let clock, minute != settledMinute else { return }
        let (end, overflow) = clock.nanoseconds.subtractingReportingOverflow(
            Int64(Self.restSeconds * 1e9))
        _ = try store.settle(
            lastSeenBefore: Timestamp(nanoseconds: overflow ? .min : end), at: wall)
        settledMinute = minute
    }
}
