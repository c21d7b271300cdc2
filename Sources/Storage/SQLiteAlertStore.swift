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
                let fingerprint = announcement.labels.fingerprint
                try database.cachedStatement(
                    sql:
                        "INSERT OR IGNORE INTO alert_telling (fingerprint, revision, time) VALUES (?, ?, ?)"
                ).execute(arguments: [
                    Self.key(fingerprint), Int64(announcement.revision),
                    announcement.time.nanoseconds,
                ])
                let isNew = database.changesCount > 0
                guard var alert = try Self.find(fingerprint, database) else {
                    let alert = Alert(announcement)
                    try Self.insert(alert, database)
                    try Self.add(
                        AlertEvent(
                            time: now, actor: "", kind: .announced, to: alert.severity.name,
                            note: alert.sentence), to: alert, database)
                    return alert
                }
                guard isNew else { return alert }
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
                        OR acknowledged_until <= ? LIMIT 4096
                        """), arguments: [end.nanoseconds, now.nanoseconds])
            return try rows.compactMap { row in
                guard var alert = try? Self.alert(row) else { return nil }
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
                        WHERE fingerprint = ? ORDER BY number LIMIT 10000
                        """), arguments: [Self.key(fingerprint)])
            return try rows.map { row in
                func text(_ column: Int) throws -> String {
                    try row.decode(String.self, atIndex: column)
                }
                guard let kind = AlertEvent.Kind(rawValue: try text(3)) else {
                    throw Self.damaged("history")
                }
                return NumberedEvent(
                    number: try row.decode(Int64.self, atIndex: 0), fingerprint: fingerprint,
                    event: AlertEvent(
                        time: Timestamp(nanoseconds: try row.decode(Int64.self, atIndex: 1)),
                        actor: try text(2), kind: kind, from: try text(4), to: try text(5),
                        note: try text(6)))
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
            // A damaged row hides itself and no other.
            try Row.fetchAll(database, sql: sql, arguments: arguments).compactMap {
                try? Self.alert($0)
            }
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
                sql:
                    "SELECT id, matchers, start, end, creator, comment FROM silence ORDER BY start, id LIMIT 4096"
            ).compactMap { row in try? Self.silence(row) }
        }
    }

    private static func silence(_ row: Row) throws -> Silence {
        func text(_ column: Int) throws -> String { try row.decode(String.self, atIndex: column) }
        let matchers = try JSONDecoder().decode([String].self, from: Data(try text(1).utf8))
        return Silence(
            kept: try text(0), matchers: try matchers.map { try LabelMatcher($0) },
            start: Timestamp(nanoseconds: try row.decode(Int64.self, atIndex: 2)),
            end: Timestamp(nanoseconds: try row.decode(Int64.self, atIndex: 3)),
            creator: try text(4), comment: try text(5))
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
        CREATE TABLE alert_telling (
            fingerprint INTEGER NOT NULL,
            revision INTEGER NOT NULL,
            time INTEGER NOT NULL,
            PRIMARY KEY (fingerprint, revision, time)
        ) STRICT, WITHOUT ROWID;
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
        "count", "first_seen", "last_seen", "is_escalated", "assignee", "tags",
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
            alert.firstSeen.nanoseconds, alert.lastSeen.nanoseconds, alert.isEscalated,
            alert.assignee, alert.tags.joined(separator: "\n"),
        ]
    }

    /// What a row says; a row that nobody wrote is damage, not the end of the process.
    private static func alert(_ row: Row) throws -> Alert {
        func text(_ column: Int) throws -> String { try row.decode(String.self, atIndex: column) }
        func whole(_ column: Int) throws -> Int64 { try row.decode(Int64.self, atIndex: column) }
        func optional<Value: DatabaseValueConvertible & StatementColumnConvertible>(
            _ column: Int
        ) throws -> Value? {
            row.hasNull(atIndex: column) ? nil : try row.decode(Value.self, atIndex: column)
        }
        let override: Int64? = try optional(13)
        let tier: Int64? = try optional(15)
        guard let model = ThreatModel(rawValue: try text(1)),
            let condition = AlertCondition(rawValue: try text(6)),
            let handling = handling(try text(7), until: try optional(8), reason: try optional(9)),
            let modelSeverity = severity(try whole(12))
        else { throw damaged("alert") }
        let labels = AlertLabels(
            model: model, entityKind: try text(2), entity: try text(3), application: try text(4),
            scope: try text(5))
        return Alert(
            labels,
            Alert.Record(
                condition: condition, handling: handling, version: UInt64(clamping: try whole(10)),
                modelSeverity: modelSeverity, severityOverride: override.flatMap(severity),
                confidence: Confidence(clamping: try row.decode(Double.self, atIndex: 14)),
                tier: tier.map { UInt8(clamping: $0) }, score: try optional(16),
                sentence: try text(17), proof: try text(18), techniques: list(try text(19)),
                count: UInt64(clamping: try whole(20)),
                firstSeen: Timestamp(nanoseconds: try whole(21)),
                lastSeen: Timestamp(nanoseconds: try whole(22)), isEscalated: try whole(23) != 0,
                assignee: try optional(24), tags: list(try text(25))))
    }

    private static func handling(
        _ word: String, until: Int64?, reason: String?
    ) -> AlertHandling? {
        switch word {
        case "open": .open
        case "acknowledged": .acknowledged(until: until.map { Timestamp(nanoseconds: $0) })
        case "closed": reason.flatMap { CloseReason(rawValue: $0) }.map { .closed($0) }
        default: nil
        }
    }

    private static func severity(_ number: Int64) -> Severity? {
        UInt8(exactly: number).flatMap(Severity.init(rawValue:))
    }

    private static func list(_ text: String) -> [String] {
        text.split(separator: "\n").map { String($0) }
    }

    private static func key(_ fingerprint: Fingerprint) -> Int64 {
        Int64(bitPattern: fingerprint.value)
    }

    private static func damaged(_ what: String) -> DatabaseError {
        DatabaseError(resultCode: .SQLITE_CORRUPT, message: "a row of \(what) that nobody wrote")
    }
}
