package import NetworkTypes
package import Threats

/// Where alerts, their history and silences are kept: durable before anybody is told.
///
/// Every operation is one transaction; what it returns is on the disk. Operations may be called from any thread and
/// may wait for the disk.
package protocol AlertStore: Sendable {
    /// Keeps announcements, in their order: new alerts, or one more time of those that there are. What was taken before,
    /// by the time and revision of an announcement, changes nothing.
    ///
    /// - Returns: the alerts as they are now, one for each announcement.
    func accept(_ announcements: [Announcement], at now: Timestamp) throws -> [Alert]

    /// The alert with an identity, `nil` if there is none.
    func alert(_ fingerprint: Fingerprint) throws -> Alert?

    /// The history of an alert, oldest first.
    func events(of fingerprint: Fingerprint) throws -> [NumberedEvent]

    /// Alerts that a query asks for, in its order, at most `limit` of them.
    func page(of query: AlertQuery, limit: Int) throws -> AlertPage

    /// Does what a person wants with an alert.
    ///
    /// - Parameter version: that of the alert as the person saw it; `nil` for whatever it is.
    /// - Throws: ``AlertStoreError``, ``AlertActionError``.
    func apply(
        _ action: AlertAction, to fingerprint: Fingerprint, version: UInt64?, by actor: String,
        note: String, at now: Timestamp
    ) throws -> Alert

    /// Resolves what was last seen before an event time, and opens what was acknowledged for a time that is over.
    ///
    /// - Returns: the alerts that have changed.
    func settle(lastSeenBefore end: Timestamp, at now: Timestamp) throws -> [Alert]

    func silences() throws -> [Silence]
    func save(_ silence: Silence) throws
}

/// A line of history with its place among all lines of all alerts.
package struct NumberedEvent: Sendable, Hashable {
    package var number: Int64
    package var fingerprint: Fingerprint
    package var event: AlertEvent

    package init(number: Int64, fingerprint: Fingerprint, event: AlertEvent) {
        (self.number, self.fingerprint, self.event) = (number, fingerprint, event)
    }
}

/// Which alerts, and in which order: gravest first, of equals the latest seen.
package struct AlertQuery: Sendable, Hashable {
    /// `open`, `acknowledged`, `closed`; all if it is empty.
    package var handlings: Set<String> = ["open", "acknowledged"]
    package var minimumSeverity = Severity.informational
    package var entity: String?
    package var model: ThreatModel?
    /// Goes on behind this alert of an earlier page.
    package var after: Cursor?

    /// Where a page ended.
    package struct Cursor: Sendable, Hashable {
        package var severity: Severity
        package var lastSeen: Timestamp
        package var fingerprint: Fingerprint

        package init(severity: Severity, lastSeen: Timestamp, fingerprint: Fingerprint) {
            (self.severity, self.lastSeen) = (severity, lastSeen)
            self.fingerprint = fingerprint
        }
    }

    package init() {}
}

package struct AlertPage: Sendable {
    package var alerts: [Alert]
    /// Where the next page begins; `nil` on the last one.
    package var next: AlertQuery.Cursor?

    package init(alerts: [Alert], next: AlertQuery.Cursor?) {
        (self.alerts, self.next) = (alerts, next)
    }
}

/// Why a store does not do what is asked.
package enum AlertStoreError: Error, Equatable, CustomStringConvertible {
    case noAlert(Fingerprint)
    /// Somebody else has changed it meanwhile.
    case changed(Fingerprint, seen: UInt64, now: UInt64)

    package var description: String {
        switch self {
        case .noAlert(let fingerprint): "there is no alert \(fingerprint)"
        case .changed(let fingerprint, let seen, let now):
            "alert \(fingerprint) has changed meanwhile: version \(now), you saw \(seen): look again"
        }
    }
}
