import Alerts
import NetworkTypes
import Statistics
import Testing
import Threats

struct AlertTests {
    private let now = Samples.time(1000)

    private func closed(_ reason: CloseReason) throws -> Alert {
        var alert = Alert(Samples.announcement())
        _ = try alert.apply(.close(reason), by: "ann", note: "because", at: now)
        return alert
    }

    @Test func `the same labels are the same alert, others another`() {
        let one = Samples.announcement().labels
        #expect(one.fingerprint == Samples.announcement(sentence: "other words").labels.fingerprint)
        #expect(one.fingerprint != Samples.announcement(entity: "10.0.0.6").labels.fingerprint)
        #expect(one.fingerprint != Samples.announcement(scope: "labs").labels.fingerprint)
        #expect(one.fingerprint != Samples.announcement(.exfiltration).labels.fingerprint)
        #expect(Fingerprint("\(one.fingerprint)") == one.fingerprint)
        #expect(Fingerprint("12") == nil && Fingerprint("zzzzzzzzzzzzzzzz") == nil)
    }

    @Test func `repeats fold into one alert`() {
        var alert = Alert(Samples.announcement())
        for number in 1...5 {
            let events = alert.announce(Samples.announcement(at: Double(number)), at: now)
            #expect(events.isEmpty)
        }
        #expect(alert.count == 6 && alert.version == 6)
        #expect(alert.firstSeen == Samples.time(-60) && alert.lastSeen == Samples.time(5))
    }

    @Test func `who acknowledges looks after it, and may give it back`() throws {
        var alert = Alert(Samples.announcement())
        let event = try alert.apply(.acknowledge(until: nil), by: "ann", note: "mine", at: now)
        #expect(alert.handling == .acknowledged(until: nil) && alert.assignee == "ann")
        #expect(event.kind == .acknowledged && event.actor == "ann" && event.note == "mine")
        #expect(event.from == "open" && event.to == "acknowledged")
        #expect(alert.announce(Samples.announcement(at: 9), at: now).isEmpty)
        #expect(alert.handling == .acknowledged(until: nil))
        _ = try alert.apply(.unacknowledge, by: "bob", at: now)
        #expect(alert.handling == .open && alert.assignee == "ann")
    }

    @Test func `a forgotten acknowledgement runs out`() throws {
        var alert = Alert(Samples.announcement())
        _ = try alert.apply(.acknowledge(until: Samples.time(2000)), by: "ann", at: now)
        #expect(alert.expire(at: Samples.time(1999)) == nil)
        #expect(alert.expire(at: Samples.time(2000))?.kind == .acknowledgementExpired)
        #expect(alert.handling == .open && alert.expire(at: Samples.time(3000)) == nil)
    }

    @Test func `more harm opens again what was acknowledged or closed`() throws {
        var acknowledged = Alert(Samples.announcement())
        _ = try acknowledged.apply(.acknowledge(until: nil), by: "ann", at: now)
        let graver = Samples.announcement(severity: .high, at: 5)
        #expect(acknowledged.announce(graver, at: now).map(\.kind) == [.grown, .reopened])
        #expect(acknowledged.handling == .open && acknowledged.severity == .high)
        for reason in CloseReason.allCases {
            var alert = try closed(reason)
            #expect(alert.announce(graver, at: now).map(\.kind) == [.grown, .reopened])
            #expect(alert.handling == .open && alert.verdict == nil)
        }
    }

    @Test func `noise that was found harmless is not shown twice, an attack is`() throws {
        for reason in CloseReason.allCases {
            var alert = try closed(reason)
            // It still goes on.
            #expect(alert.announce(Samples.announcement(at: 5), at: now).isEmpty)
            #expect(alert.handling == .closed(reason) && alert.verdict == reason.verdict)
            #expect(alert.resolve(at: now)?.kind == .resolved)
            #expect(alert.resolve(at: now) == nil)
            let events = alert.announce(Samples.announcement(at: 9000), at: now).map(\.kind)
            #expect(alert.condition == .firing)
            if reason.verdict == .benign {
                #expect(events == [.repeated] && alert.handling == .closed(reason))
            } else {
                #expect(events == [.repeated, .reopened] && alert.handling == .open)
            }
        }
    }

    @Test func `what cannot be is refused and changes nothing`() throws {
        var alert = try closed(.truePositive)
        let before = alert
        let long = String(repeating: "x", count: 5000)
        let wrong: [(AlertAction, String)] = [
            (.acknowledge(until: nil), ""), (.unacknowledge, ""), (.close(.other), ""),
            (.comment, ""), (.comment, long), (.tag(""), ""), (.tag("a\u{202e}b"), ""),
            (.tag("a\nb"), ""), (.tag(long), ""), (.assign(to: ""), ""), (.assign(to: "\u{0}"), ""),
        ]
        for (action, note) in wrong {
            #expect(throws: AlertActionError.self, "\(action)") {
                try alert.apply(action, by: "ann", note: note, at: now)
            }
            #expect(alert == before)
        }
        var open = Alert(Samples.announcement())
        #expect(throws: AlertActionError.wrongState(action: "reopened", handling: "open")) {
            try open.apply(.reopen, by: "ann", at: now)
        }
    }

    @Test func `another alert with the same fingerprint is seen, not lost`() throws {
        var alert = try closed(.benign)
        let events = alert.announce(Samples.announcement(entity: "10.9.9.9", at: 5), at: now)
        #expect(events.map(\.kind) == [.reopened] && events[0].note.contains("10.9.9.9"))
        #expect(alert.handling == .open && alert.labels.entity == "10.0.0.5")
    }

    @Test func `older news does not hide newer`() {
        var alert = Alert(Samples.announcement(at: 100, sentence: "new"))
        _ = alert.announce(Samples.announcement(at: 50, sentence: "old"), at: now)
        #expect(alert.sentence == "new" && alert.count == 2)
        #expect(alert.firstSeen == Samples.time(-10) && alert.lastSeen == Samples.time(100))
    }

    @Test func `it is marked, and each change is a line and a version`() throws {
        var alert = Alert(Samples.announcement())
        var events: [AlertEvent] = []
        for action: AlertAction in [
            .tag("b"), .tag("a"), .tag("a"), .untag("b"), .escalate, .assign(to: "bob"),
            .overrideSeverity(.critical), .comment, .close(.benign), .reopen, .deescalate,
            .overrideSeverity(nil), .assign(to: nil),
        ] {
            events.append(try alert.apply(action, by: "ann", note: "n", at: now))
        }
        #expect(alert.version == 1 + UInt64(events.count))
        #expect(alert.tags == ["a"] && !alert.isEscalated && alert.assignee == nil)
        #expect(alert.severity == .medium && alert.handling == .open)
        #expect(events.allSatisfy { $0.actor == "ann" && $0.note == "n" && $0.time == now })
        #expect(events[6].from == "medium" && events[6].to == "critical")
        for number in 1..<Alert.tagLimit {
            _ = try alert.apply(.tag("t\(number)"), by: "ann", at: now)
        }
        #expect(throws: AlertActionError.tooManyTags(limit: 32)) {
            try alert.apply(.tag("one more"), by: "ann", at: now)
        }
    }

    @Test func `any order of changes keeps the rules`() {
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<200 {
            var alert = Alert(Samples.announcement())
            var version = alert.version
            for step in 0..<60 {
                let actions: [AlertAction] = [
                    .acknowledge(until: Samples.time(Double(step) + 3)), .unacknowledge,
                    .close(CloseReason.allCases.randomElement(using: &generator)!), .reopen,
                    .escalate, .tag("t"), .overrideSeverity(.low),
                ]
                let moment = Samples.time(Double(step))
                let count: UInt64
                switch Int.random(in: 0..<4, using: &generator) {
                case 0:
                    _ = alert.announce(Samples.announcement(at: Double(step)), at: moment)
                    count = 1
                case 1: count = alert.resolve(at: moment) == nil ? 0 : 1
                case 2: count = alert.expire(at: moment) == nil ? 0 : 1
                default:
                    let action = actions.randomElement(using: &generator)!
                    let event = try? alert.apply(action, by: "ann", note: "n", at: moment)
                    count = event == nil ? 0 : 1
                }
                version += count
                #expect(alert.version == version)
                #expect((alert.verdict != nil) == (alert.handling.name == "closed"))
                #expect(alert.firstSeen <= alert.lastSeen)
            }
        }
    }
}
