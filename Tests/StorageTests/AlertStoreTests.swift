import Alerts
import Behaviours
import NetworkTypes
import Storage
import TestSupport
import Testing
import Threats

struct AlertStoreTests {
    private let folder: TemporaryFolder
    private let store: SQLiteAlertStore

    init() throws {
        folder = try TemporaryFolder()
        store = SQLiteAlertStore(try StateDatabase(path: folder.file("ntds.sqlite")))
    }

    private func time(_ seconds: Double) -> Timestamp {
        Timestamp(nanoseconds: 1_700_000_000_000_000_000 + Int64(seconds * 1e9))
    }

    private func announcement(
        _ entity: String, severity: Severity = .medium, at seconds: Double = 0
    ) -> Announcement {
        Announcement(
            labels: AlertLabels(
                model: .reconnaissance, entityKind: "host", entity: entity, scope: "labs"),
            severity: severity, confidence: Confidence(clamping: 0.75), tier: nil, score: 2.5,
            sentence: "it scanned; \"quoted\"\n", proof: "{\"a\":1}",
            techniques: ["T1046", "T1018"],
            firstSeen: time(seconds - 1), time: time(seconds), revision: 1)
    }

    @Test func `what was accepted is there in another process's eyes`() throws {
        let accepted = try store.accept(
            [announcement("10.0.0.1"), announcement("10.0.0.2"), announcement("10.0.0.1", at: 5)],
            at: time(10))
        #expect(accepted.map(\.count) == [1, 1, 2])
        let other = SQLiteAlertStore(try StateDatabase(path: folder.file("ntds.sqlite")))
        for alert in accepted.suffix(2) {
            #expect(try other.alert(alert.fingerprint) == alert)
        }
        let events = try other.events(of: accepted[0].fingerprint)
        #expect(events.map(\.event.kind) == [.announced])
        #expect(events[0].event.note == "it scanned; \"quoted\"\n")
        #expect(try other.alert(Fingerprint(value: 1)) == nil)
    }

    @Test func `what is told again after a crash changes nothing`() throws {
        let told = [announcement("10.0.0.1"), announcement("10.0.0.1", severity: .high, at: 5)]
        let before = try store.accept(told, at: time(10))[1]
        #expect(try store.accept(told, at: time(20)) == [before, before])
        #expect(try store.events(of: before.fingerprint).map(\.event.kind) == [.announced, .grown])
        var late = announcement("10.0.0.1", at: 3)
        late.revision = 2
        #expect(try store.accept([late], at: time(30))[0].count == 3)
    }

    @Test func `every state comes back as it was`() throws {
        let fingerprint = try store.accept([announcement("10.0.0.1")], at: time(0))[0].fingerprint
        for action: AlertAction in [
            .acknowledge(until: time(50)), .tag("x"), .tag("y z"), .assign(to: "bob"), .escalate,
            .overrideSeverity(.critical), .close(.other), .reopen, .acknowledge(until: nil),
            .overrideSeverity(nil),
        ] {
            let alert = try store.apply(
                action, to: fingerprint, version: nil, by: "ann", note: "ä\n\"", at: time(1))
            #expect(try store.alert(fingerprint) == alert)
        }
        let events = try store.events(of: fingerprint)
        #expect(events.count == 11 && events.map(\.number) == events.map(\.number).sorted())
        #expect(events.last?.event.note == "ä\n\"")
    }

    @Test func `two people never overwrite each other`() throws {
        let seen = try store.accept([announcement("10.0.0.1")], at: time(0))[0]
        _ = try store.apply(
            .close(.benign), to: seen.fingerprint, version: seen.version, by: "ann", note: "",
            at: time(1))
        #expect(
            throws: AlertStoreError.changed(seen.fingerprint, seen: 1, now: 2)
        ) {
            try store.apply(
                .acknowledge(until: nil), to: seen.fingerprint, version: seen.version, by: "bob",
                note: "", at: time(2))
        }
        #expect(throws: AlertStoreError.noAlert(Fingerprint(value: 7))) {
            try store.apply(
                .reopen, to: Fingerprint(value: 7), version: nil, by: "bob", note: "", at: time(2))
        }
        // A refused action leaves no line.
        #expect(throws: AlertActionError.self) {
            try store.apply(
                .acknowledge(until: nil), to: seen.fingerprint, version: 2, by: "bob", note: "",
                at: time(2))
        }
        #expect(try store.events(of: seen.fingerprint).count == 2)
    }

    @Test func `pages hold every alert once, gravest and latest first`() throws {
        let severities: [Severity] = [.low, .medium, .high, .critical]
        _ = try store.accept(
            (0..<250).map {
                announcement(
                    "10.0.\($0 / 7).\($0)", severity: severities[$0 % 4], at: Double($0 % 50))
            }, at: time(100))
        var query = AlertQuery()
        var all: [Alert] = []
        repeat {
            let page = try store.page(of: query, limit: 40)
            #expect(page.alerts.count <= 40)
            all += page.alerts
            query.after = page.next
        } while query.after != nil
        #expect(Set(all.map(\.fingerprint)).count == 250 && all.count == 250)
        #expect(
            zip(all, all.dropFirst()).allSatisfy {
                ($0.severity, $0.lastSeen) >= ($1.severity, $1.lastSeen)
            })
        query.minimumSeverity = .high
        #expect(try store.page(of: query, limit: 1000).alerts.count == 124)
        query.entity = all[0].labels.entity
        #expect(
            try store.page(of: query, limit: 1000).alerts.map(\.fingerprint) == [all[0].fingerprint]
        )
        _ = try store.apply(
            .close(.benign), to: all[0].fingerprint, version: nil, by: "ann", note: "", at: time(0))
        #expect(try store.page(of: query, limit: 1000).alerts.isEmpty)
        query.handlings = ["closed"]
        #expect(try store.page(of: query, limit: 1000).alerts.count == 1)
        query.handlings = []
        #expect(try store.page(of: query, limit: 1000).alerts.count == 1)
        query.handlings = ["open", "closed"]
        #expect(try store.page(of: query, limit: 1000).alerts.count == 1)
        query.handlings = ["acknowledged"]
        #expect(try store.page(of: query, limit: 1000).alerts.isEmpty)
    }

    @Test func `what is over is resolved, what was forgotten is open again`() throws {
        let alerts = try store.accept(
            [announcement("10.0.0.1"), announcement("10.0.0.2", at: 100)], at: time(100))
        _ = try store.apply(
            .acknowledge(until: time(150)), to: alerts[1].fingerprint, version: nil, by: "ann",
            note: "", at: time(100))
        #expect(try store.settle(lastSeenBefore: time(0), at: time(120)).isEmpty)
        let first = try store.settle(lastSeenBefore: time(50), at: time(120))
        #expect(
            first.map(\.fingerprint) == [alerts[0].fingerprint] && first[0].condition == .resolved)
        let second = try store.settle(lastSeenBefore: time(50), at: time(150))
        #expect(second.map(\.handling) == [.open])
        #expect(try store.settle(lastSeenBefore: time(50), at: time(200)).isEmpty)
        #expect(
            try store.events(of: alerts[1].fingerprint).map(\.event.kind)
                == [.announced, .acknowledged, .acknowledgementExpired])
    }

    @Test func `silences are kept, and can be ended`() throws {
        var silence = try Silence(
            id: "7d3c",
            matchers: [
                LabelMatcher("entity", .matches, "10\\.0\\..*"),
                LabelMatcher("scope", .notEqual, "a\"b"),
            ], start: time(0), end: time(100), creator: "ann", comment: "a scanner of ours")
        try store.save(silence)
        #expect(try store.silences() == [silence])
        silence.expire(at: time(50))
        try store.save(silence)
        #expect(try store.silences() == [silence])
        // Ended before it began.
        var pending = try Silence(
            id: "8", matchers: silence.matchers, start: time(200), end: time(300), creator: "ann",
            comment: "x")
        pending.expire(at: time(60))
        try store.save(pending)
        #expect(try store.silences() == [silence, pending])
        #expect(pending.state(at: time(250)) == .expired)
    }

    @Test func `copies of the files at any moment open, with whole changes only`() throws {
        for number in 0..<30 {
            _ = try store.accept(
                (0..<20).map { announcement("10.\(number).0.\($0)") }, at: time(Double(number)))
            let copy = try TemporaryFolder()
            for suffix in ["", "-wal"] {
                _ = try copy.write(
                    try folder.octets("ntds.sqlite" + suffix), to: "ntds.sqlite" + suffix)
            }
            let opened = SQLiteAlertStore(try StateDatabase(path: copy.file("ntds.sqlite")))
            #expect(
                try opened.page(of: AlertQuery(), limit: 10_000).alerts.count == 20 * (number + 1))
        }
    }
}
