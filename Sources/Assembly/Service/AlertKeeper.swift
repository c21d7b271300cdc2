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
    private var settledMinute: Int64?

    init(_ store: any AlertStore) { self.store = store }

    func take(_ threat: Threat) {
        if waiting.count >= Self.limit {
            waiting.removeFirst(Self.limit / 16)
            lost += UInt64(Self.limit / 16)
        }
        waiting.append(Announcement(threat, proof: ThreatFormat.json(threat)))
    }

    /// Keeps what waits, in one transaction; then resolves what is over, once in a minute of event time.
    ///
    /// - Throws: when the store is not to be had; what waits goes on waiting.
    func commit(clock: Timestamp?) throws {
        if !waiting.isEmpty {
            _ = try store.accept(waiting, at: SystemClock.now())
            kept += UInt64(waiting.count)
            waiting.removeAll(keepingCapacity: true)
        }
        guard let clock else { return }
        let minute = clock.nanoseconds / 60_000_000_000
        guard minute != settledMinute else { return }
        _ = try store.settle(
            lastSeenBefore: Timestamp(
                nanoseconds: clock.nanoseconds - Int64(Self.restSeconds * 1e9)),
            at: SystemClock.now())
        settledMinute = minute
    }
}
