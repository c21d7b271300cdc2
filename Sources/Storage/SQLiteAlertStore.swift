package import Alerts
import Behaviours
import Foundation
import GRDB
package import NetworkTypes
import Threats

/// Alerts, their history and silences in a file.
///
/// - Complexity: an announcement takes two statements by primary key; a page one walk of an index.
package struct SQLiteAlertStore: AlertStore {
    private let database: StateDatabase

    package init(_ database: StateDatabase) { self.database = database }

    // MARK: By detection

    package func accept(_ announcements: [Announcement], at now: Timestamp) throws -> [Alert] {
        try write { database in
            try announcements.map { announcement in
                guard var alert = try Self.find(announcement.labels.fingerprint, database) else {
                    let alert = Alert(announcement)
                    try Self.insert(alert, database)
                    try Self.add(
                        AlertEvent(
                            time: now, actor: "", kind: .announced, to: alert.severity.name,
                            note: alert.sentence), to: alert, database)
                    return alert
                }
                guard !alert.knows(announcement) else { return alert }
                let events = alert.announce(announcement, at: now)
                try Self.update(alert, database)
                for event in events { try Self.add(event, to: alert, database) }
                return alert
            }
        }
    }

    package func settle(lastSeenBefore end: Timestamp, at now: Timestamp) throws -> [Alert] {
        try write { database in
            let rows = try Row.fetchAll(
                database.cachedStatement(
                    sql: """
                        SELECT \(Self.columns) FROM alert WHERE (condition = 'firing' AND last_seen < ?)
                        OR acknowledged_until <= ?
                        """), arguments: [end.nanoseconds, now.nanoseconds])
            return try rows.compactMap { row in
                var alert = try Self.alert(row)
                var events: [AlertEvent] = []
                if alert.lastSeen < end, let event = alert.resolve(at: now) { events.append(event) }
                if let event = alert.expire(at: now) { events.append(event) }
                guard !events.isEmpty else { return nil }
                try Self.update(alert, database)
                for event in events { try Self.add(event, to: alert, database) }
                return alert
            }
        }
    }

    // MARK: By people

    package func alert(_ fingerprint: Fingerprint) throws -> Alert? {
        try read { try Self.find(fingerprint, $0) }
    }

    package func events(of fingerprint: Fingerprint) throws -> [NumberedEvent] {
        try read { database in
            let rows = try Row.fetchAll(
                database.cachedStatement(
                    sql: """
                        SELECT number, time, actor, kind, was, became, note FROM alert_event
                        WHERE fingerprint = ? ORDER BY number
                        """), arguments: [Self.key(fingerprint)])
            return try rows.map { row in
                guard let kind = AlertEvent.Kind(rawValue: row[3]) else { throw Self.damaged("event") }
                return NumberedEvent(
                    number: row[0], fingerprint: fingerprint,
                    event: AlertEvent(
                        time: Timestamp(nanoseconds: row[1]), actor: row[2], kind: kind,
                        from: row[4], to: row[5], note: row[6]))
            }
        }
    }

    package func page(of query: AlertQuery, limit: Int) throws -> AlertPage {
        var conditions: [String] = []
        var arguments = StatementArguments()
        func require(_ condition: String, _ values: (any DatabaseValueConvertible)...) {
            conditions.append(condition)
            arguments += StatementArguments(values)
        }
        // In the order of an index, however many alerts there are.
        if !query.handlings.isEmpty, !query.handlings.contains("closed") {
            conditions.append("is_closed = 0")
        } else if query.handlings == ["closed"] {
            conditions.append("is_closed = 1")
        }
        if query.handlings.count == 1 || query.handlings.contains("closed") {
            let marks = query.handlings.map { _ in "?" }.joined(separator: ", ")
            conditions.append("handling IN (\(marks))")
            arguments += StatementArguments(query.handlings.sorted())
        }
        if query.minimumSeverity > .informational {
            require("severity >= ?", Int(query.minimumSeverity.rawValue))
        }
        if let entity = query.entity { require("entity = ?", entity) }
        if let model = query.model { require("model = ?", model.rawValue) }
        if let after = query.after {
            require(
                "(severity, last_seen, fingerprint) < (?, ?, ?)", Int(after.severity.rawValue),
                after.lastSeen.nanoseconds, Self.key(after.fingerprint))
        }
        let wanted = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
        let sql = """
            SELECT \(Self.columns) FROM alert \(wanted)
            ORDER BY severity DESC, last_seen DESC, fingerprint DESC LIMIT ?
            """
        arguments += [limit + 1]
        var alerts = try read { database in
            try Row.fetchAll(database, sql: sql, arguments: arguments).map(Self.alert)
        }
        guard alerts.count > limit else { return AlertPage(alerts: alerts, next: nil) }
        alerts.removeLast()
        return AlertPage(
            alerts: alerts,
            next: alerts.last.map {
                AlertQuery.Cursor(
                    severity: $0.severity, lastSeen: $0.lastSeen, fingerprint: $0.fingerprint)
            })
    }

    package func apply(
        _ action: AlertAction, to fingerprint: Fingerprint, version: UInt64?, by actor: String,
        note: String, at now: Timestamp
    ) throws -> Alert {
        try write { database in
            guard var alert = try Self.find(fingerprint, database) else {
                throw AlertStoreError.noAlert(fingerprint)
            }
            if let version, version != alert.version {
                throw AlertStoreError.changed(fingerprint, seen: version, now: alert.version)
            }
            let event = try alert.apply(action, by: actor, note: note, at: now)
            try Self.update(alert, database)
            try Self.add(event, to: alert, database)
            return alert
        }
    }

    // MARK: Silences

    package func silences() throws -> [Silence] {
        try read { database in
            try Row.fetchAll(
                database,
                sql: "SELECT id, matchers, start, end, creator, comment FROM silence ORDER BY start, id"
            ).map { row in
                let texts = try JSONDecoder().decode([String].self, from: Data((row[1] as String).utf8))
                return try Silence(
                    id: row[0], matchers: texts.map { try LabelMatcher($0) },
                    start: Timestamp(nanoseconds: row[2]), end: Timestamp(nanoseconds: row[3]),
                    creator: row[4], comment: row[5])
            }
        }
    }

    package func save(_ silence: Silence) throws {
        let matchers = String(
            decoding: try JSONEncoder().encode(silence.matchers.map(\.description)), as: UTF8.self)
        try write { database in
            try database.execute(
                sql: """
                    INSERT INTO silence (id, matchers, start, end, creator, comment) VALUES (?, ?, ?, ?, ?, ?)
                    ON CONFLICT (id) DO UPDATE SET end = excluded.end
                    """,
                arguments: [
                    silence.id, matchers, silence.start.nanoseconds, silence.end.nanoseconds,
                    silence.creator, silence.comment,
                ])
        }
    }

    // MARK: Transactions

    private func write<Result>(_ work: (Database) throws -> Result) throws -> Result {
        try StorageError.wrap(database.queue.path) { try database.queue.write(work) }
    }

    private func read<Result>(_ work: (Database) throws -> Result) throws -> Result {
        try StorageError.wrap(database.queue.path) { try database.queue.read(work) }
    }
}

// MARK: - The tables

extension SQLiteAlertStore {
    /// Times are nanoseconds since 1970; a fingerprint is its 64 bits as a signed number; `severity` is the one in
    /// force, kept for the order of pages; lists are texts with line feeds between.
    static let schema = """
        CREATE TABLE alert (
            fingerprint INTEGER NOT NULL PRIMARY KEY,
            model TEXT NOT NULL,
            entity_kind TEXT NOT NULL,
            entity TEXT NOT NULL,
            application TEXT NOT NULL,
            scope TEXT NOT NULL,
            condition TEXT NOT NULL,
            handling TEXT NOT NULL,
            is_closed INTEGER NOT NULL GENERATED ALWAYS AS (handling = 'closed') STORED,
            acknowledged_until INTEGER,
            close_reason TEXT,
            version INTEGER NOT NULL,
            severity INTEGER NOT NULL,
            model_severity INTEGER NOT NULL,
            severity_override INTEGER,
            confidence REAL NOT NULL,
            tier INTEGER,
            score REAL,
            sentence TEXT NOT NULL,
            proof TEXT NOT NULL,
            techniques TEXT NOT NULL,
            count INTEGER NOT NULL,
            first_seen INTEGER NOT NULL,
            last_seen INTEGER NOT NULL,
            revision INTEGER NOT NULL,
            is_escalated INTEGER NOT NULL,
            assignee TEXT,
            tags TEXT NOT NULL
        ) STRICT;
        CREATE INDEX alert_queue ON alert (is_closed, severity DESC, last_seen DESC, fingerprint DESC);
        CREATE INDEX alert_order ON alert (severity DESC, last_seen DESC, fingerprint DESC);
        CREATE INDEX alert_entity ON alert (entity);
        CREATE INDEX alert_firing ON alert (last_seen) WHERE condition = 'firing';
        CREATE INDEX alert_acknowledged ON alert (acknowledged_until) WHERE acknowledged_until IS NOT NULL;
        CREATE TABLE alert_event (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            fingerprint INTEGER NOT NULL REFERENCES alert (fingerprint),
            time INTEGER NOT NULL,
            actor TEXT NOT NULL,
            kind TEXT NOT NULL,
            was TEXT NOT NULL,
            became TEXT NOT NULL,
            note TEXT NOT NULL
        ) STRICT;
        CREATE INDEX alert_event_of ON alert_event (fingerprint, number);
        CREATE TRIGGER alert_event_stays BEFORE UPDATE ON alert_event
        BEGIN SELECT RAISE(ABORT, 'history is never changed'); END;
        CREATE TABLE silence (
            id TEXT NOT NULL PRIMARY KEY,
            matchers TEXT NOT NULL,
            start INTEGER NOT NULL,
            end INTEGER NOT NULL,
            creator TEXT NOT NULL,
            comment TEXT NOT NULL
        ) STRICT
        """

    /// In the order of `arguments` and `alert`.
    private static let names = [
        "fingerprint", "model", "entity_kind", "entity", "application", "scope", "condition",
        "handling", "acknowledged_until", "close_reason", "version", "severity", "model_severity",
        "severity_override", "confidence", "tier", "score", "sentence", "proof", "techniques",
        "count", "first_seen", "last_seen", "revision", "is_escalated", "assignee", "tags",
    ]
    private static let columns = names.joined(separator: ", ")
    private static let insertion =
        "INSERT INTO alert (\(columns)) VALUES (\(names.map { _ in "?" }.joined(separator: ", ")))"
    /// The labels never change.
    private static let change =
        "UPDATE alert SET \(names.dropFirst(6).map { "\($0) = ?" }.joined(separator: ", ")) WHERE fingerprint = ?"

    private static func find(_ fingerprint: Fingerprint, _ database: Database) throws -> Alert? {
        let statement = try database.cachedStatement(
            sql: "SELECT \(columns) FROM alert WHERE fingerprint = ?")
        return try Row.fetchOne(statement, arguments: [key(fingerprint)]).map(alert)
    }

    private static func insert(_ alert: Alert, _ database: Database) throws {
        let labels = alert.labels
        let fixed: StatementArguments = [
            key(alert.fingerprint), labels.model.rawValue, labels.entityKind, labels.entity,
            labels.application, labels.scope,
        ]
        try database.cachedStatement(sql: insertion).execute(arguments: fixed + changing(alert))
    }

    private static func update(_ alert: Alert, _ database: Database) throws {
        try database.cachedStatement(sql: change)
            .execute(arguments: changing(alert) + [key(alert.fingerprint)])
    }

    private static func add(_ event: AlertEvent, to alert: Alert, _ database: Database) throws {
        try database.cachedStatement(
            sql: """
                INSERT INTO alert_event (fingerprint, time, actor, kind, was, became, note)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            key(alert.fingerprint), event.time.nanoseconds, event.actor, event.kind.rawValue,
            event.from, event.to, event.note,
        ])
    }

    private static func changing(_ alert: Alert) -> StatementArguments {
        var until: Int64?
        var reason: String?
        switch alert.handling {
        case .open: break
        case .acknowledged(let time): until = time?.nanoseconds
        case .closed(let why): reason = why.rawValue
        }
        return [
            alert.condition.rawValue, alert.handling.name, until, reason,
            Int64(clamping: alert.version), Int(alert.severity.rawValue),
            Int(alert.modelSeverity.rawValue), alert.severityOverride.map { Int($0.rawValue) },
            alert.confidence.value, alert.tier.map { Int($0) }, alert.score, alert.sentence,
            alert.proof, alert.techniques.joined(separator: "\n"), Int64(clamping: alert.count),
            alert.firstSeen.nanoseconds, alert.lastSeen.nanoseconds, Int64(alert.revision),
            alert.isEscalated, alert.assignee, alert.tags.joined(separator: "\n"),
        ]
    }

    private static func alert(_ row: Row) throws -> Alert {
        guard let model = ThreatModel(rawValue: row[1]),
            let condition = AlertCondition(rawValue: row[6]),
            let handling = handling(row), let modelSeverity = severity(row[12])
        else { throw damaged("alert") }
        let labels = AlertLabels(
            model: model, entityKind: row[2], entity: row[3], application: row[4], scope: row[5])
        let tier: Int? = row[15]
        return Alert(
            labels,
            Alert.Record(
                condition: condition, handling: handling, version: UInt64(clamping: row[10] as Int64),
                modelSeverity: modelSeverity, severityOverride: (row[13] as Int?).flatMap(severity),
                confidence: Confidence(clamping: row[14]), tier: tier.map { UInt8(clamping: $0) },
                score: row[16], sentence: row[17], proof: row[18], techniques: list(row[19]),
                count: UInt64(clamping: row[20] as Int64),
                firstSeen: Timestamp(nanoseconds: row[21]),
                lastSeen: Timestamp(nanoseconds: row[22]),
                revision: UInt32(clamping: row[23] as Int64), isEscalated: row[24], assignee: row[25],
                tags: list(row[26])))
    }

    private static func handling(_ row: Row) -> AlertHandling? {
        switch row[7] as String {
        case "open": return .open
        case "acknowledged":
            let until: Int64? = row[8]
            return .acknowledged(until: until.map { Timestamp(nanoseconds: $0) })
        case "closed":
            let reason: String? = row[9]
            return reason.flatMap { CloseReason(rawValue: $0) }.map { .closed($0) }
        default: return nil
        }
    }

    private static func severity(_ number: Int) -> Severity? {
        UInt8(exactly: number).flatMap(Severity.init(rawValue:))
    }

    private static func list(_ text: String) -> [String] {
        text.split(separator: "\n").map { String($0) }
    }

    private static func key(_ fingerprint: Fingerprint) -> Int64 { Int64(bitPattern: fingerprint.value) }

    private static func damaged(_ what: String) -> DatabaseError {
        DatabaseError(resultCode: .SQLITE_CORRUPT, message: "a row of \(what) that nobody wrote")
    }
}
