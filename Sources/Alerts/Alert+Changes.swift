package import NetworkTypes
package import Threats

/// What a person does with an alert.
package enum AlertAction: Sendable, Hashable {
    /// Looks after it, until a time if there is one.
    case acknowledge(until: Timestamp?)
    case unacknowledge
    case close(CloseReason)
    case reopen
    case escalate
    case deescalate
    /// `nil`: to nobody.
    case assign(to: String?)
    case tag(String)
    case untag(String)
    case comment
    /// `nil`: that of the model again.
    case overrideSeverity(Severity?)
}

/// One line of an alert's history; lines are only ever added.
package struct AlertEvent: Sendable, Hashable {
    package enum Kind: String, Sendable, CaseIterable {
        case announced, repeated, grown, resolved
        case acknowledged, unacknowledged, acknowledgementExpired
        case closed, reopened, escalated, deescalated, assigned, tagged, untagged, commented
        case severityChanged
    }

    package var time: Timestamp
    /// A person's name; "" for the program itself.
    package var actor: String
    package var kind: Kind
    /// What was, and what is now, in words.
    package var from: String
    package var to: String
    package var note: String

    package init(
        time: Timestamp, actor: String, kind: Kind, from: String = "", to: String = "",
        note: String = ""
    ) {
        (self.time, self.actor, self.kind) = (time, actor, kind)
        (self.from, self.to, self.note) = (from, to, note)
    }
}

/// Why an action cannot be.
package enum AlertActionError: Error, Equatable, CustomStringConvertible {
    /// The alert is in no state for it.
    case wrongState(action: String, handling: String)
    /// A close with the reason `other`, or a comment, without words.
    case noteNeeded
    /// Words longer than what is kept, in octets.
    case tooLong(what: String, limit: Int)
    case tooManyTags(limit: Int)
    /// A tag or name that is empty or has control characters.
    case unprintable(String)

    package var description: String {
        switch self {
        case .wrongState(let action, let handling):
            "an alert that is \(handling) cannot be \(action)"
        case .noteNeeded: "a note is needed: say why"
        case .tooLong(let what, let limit): "\(what): longer than \(limit) octets"
        case .tooManyTags(let limit): "more than \(limit) tags"
        case .unprintable(let what): "\(what): empty, or with characters that cannot be shown"
        }
    }
}

extension Alert {
    package static let noteLimit = 4096
    package static let nameLimit = 128
    package static let tagLimit = 32

    // MARK: By detection

    /// Takes what detection tells of it once more.
    ///
    /// An acknowledged alert stays so unless the harm has grown. A closed one is opened again, but not if it was found
    /// harmless and the harm has not grown: the same noise is not shown twice.
    ///
    /// One with other labels, whose hash is the same by chance or by design, opens it and stands in its history.
    ///
    /// - Returns: the lines of history that this makes; none where only the count has grown.
    package mutating func announce(_ new: Announcement, at now: Timestamp) -> [AlertEvent] {
        guard new.labels == labels else { return [collided(new, at: now)] }
        let isGraver = new.severity > modelSeverity
        var events: [AlertEvent] = []
        if isGraver {
            events.append(
                AlertEvent(
                    time: now, actor: "", kind: .grown, from: modelSeverity.name,
                    to: new.severity.name, note: new.sentence))
        }
        let wasResolved = condition == .resolved
        if wasResolved {
            events.append(AlertEvent(time: now, actor: "", kind: .repeated, note: new.sentence))
        }
        switch handling {
        case .acknowledged where isGraver, .closed where isGraver:
            events.append(changed(.reopened, to: .open, at: now, note: "the harm has grown"))
        case .closed(let reason) where reason.verdict != .benign && wasResolved:
            events.append(changed(.reopened, to: .open, at: now, note: "seen again"))
        default: break
        }
        condition = .firing
        modelSeverity = max(modelSeverity, new.severity)
        if new.time >= lastSeen {
            (confidence, tier, score) = (new.confidence, new.tier, new.score)
            (sentence, proof, techniques) = (new.sentence, new.proof, new.techniques)
        }
        firstSeen = min(firstSeen, new.firstSeen)
        lastSeen = max(lastSeen, new.time)
        let (sum, overflow) = count.addingReportingOverflow(1)
        count = overflow ? .max : sum
        version += 1
        return events
    }

    private mutating func collided(_ new: Announcement, at now: Timestamp) -> AlertEvent {
        version += 1
        let words =
            "another alert with this fingerprint: \(new.labels.model.rawValue) by \(new.labels.entity): \(new.sentence)"
        return changed(.reopened, to: .open, at: now, note: words)
    }

    /// Notes that nothing is seen of it any more; `nil` if that was known.
    package mutating func resolve(at now: Timestamp) -> AlertEvent? {
        guard condition == .firing else { return nil }
        condition = .resolved
        version += 1
        return AlertEvent(time: now, actor: "", kind: .resolved, from: "firing", to: "resolved")
    }

    /// Opens it again if it was acknowledged for a time that is over.
    package mutating func expire(at now: Timestamp) -> AlertEvent? {
        guard case .acknowledged(let until?) = handling, until <= now else { return nil }
        version += 1
        return changed(.acknowledgementExpired, to: .open, at: now, note: "")
    }

    // MARK: By people

    /// Does what a person wants; the alert stays as it was if that cannot be.
    package mutating func apply(
        _ action: AlertAction, by actor: String, note: String = "", at now: Timestamp
    ) throws(AlertActionError) -> AlertEvent {
        guard note.utf8.count <= Self.noteLimit else {
            throw .tooLong(what: "the note", limit: Self.noteLimit)
        }
        var changed = self
        var event = try changed.event(of: action, actor, note, at: now)
        event.actor = actor
        event.note = note
        changed.version += 1
        self = changed
        return event
    }

    private mutating func event(
        of action: AlertAction, _ actor: String, _ note: String, at now: Timestamp
    ) throws(AlertActionError) -> AlertEvent {
        switch action {
        case .acknowledge(let until):
            guard handling.name != "closed" else { throw wrongState("acknowledged") }
            // Who acknowledges looks after it.
            if assignee == nil { assignee = actor }
            return changed(.acknowledged, to: .acknowledged(until: until), at: now, note: note)
        case .unacknowledge:
            guard handling.name == "acknowledged" else { throw wrongState("given back") }
            return changed(.unacknowledged, to: .open, at: now, note: note)
        case .close(let reason):
            guard reason != .other || !note.isEmpty else { throw .noteNeeded }
            return changed(.closed, to: .closed(reason), at: now, note: note)
        case .reopen:
            guard handling.name == "closed" else { throw wrongState("reopened") }
            return changed(.reopened, to: .open, at: now, note: note)
        case .comment:
            guard !note.isEmpty else { throw .noteNeeded }
            return AlertEvent(time: now, actor: actor, kind: .commented)
        case .escalate, .deescalate, .assign, .tag, .untag, .overrideSeverity:
            return try mark(action, at: now)
        }
    }

    private mutating func mark(
        _ action: AlertAction, at now: Timestamp
    ) throws(AlertActionError) -> AlertEvent {
        func event(_ kind: AlertEvent.Kind, _ from: String, _ to: String) -> AlertEvent {
            AlertEvent(time: now, actor: "", kind: kind, from: from, to: to)
        }
        switch action {
        case .assign(let name):
            if let name { try Self.check(name, "the assignee") }
            defer { assignee = name }
            return event(.assigned, assignee ?? "", name ?? "")
        case .tag(let tag):
            try Self.check(tag, "the tag")
            guard tags.count < Self.tagLimit || tags.contains(tag) else {
                throw .tooManyTags(limit: Self.tagLimit)
            }
            if !tags.contains(tag) { tags = (tags + [tag]).sorted() }
            return event(.tagged, "", tag)
        case .untag(let tag):
            tags.removeAll { $0 == tag }
            return event(.untagged, tag, "")
        case .overrideSeverity(let severity):
            defer { severityOverride = severity }
            return event(.severityChanged, self.severity.name, (severity ?? modelSeverity).name)
        case .escalate:
            isEscalated = true
            return event(.escalated, "", "")
        default:
            isEscalated = false
            return event(.deescalated, "", "")
        }
    }

    private mutating func changed(
        _ kind: AlertEvent.Kind, to new: AlertHandling, at now: Timestamp, note: String
    ) -> AlertEvent {
        defer { handling = new }
        var words = new.name
        if case .closed(let reason) = new { words = reason.rawValue }
        if case .acknowledged(let until?) = new { words = "until \(until)" }
        return AlertEvent(
            time: now, actor: "", kind: kind, from: handling.name, to: words, note: note)
    }

    private func wrongState(_ action: String) -> AlertActionError {
        .wrongState(action: action, handling: handling.name)
    }

    /// Names and tags: 1 to 128 octets, no control characters.
    private static func check(_ text: String, _ what: String) throws(AlertActionError) {
        guard text.utf8.count <= nameLimit else { throw .tooLong(what: what, limit: nameLimit) }
        guard !text.isEmpty,
            text.unicodeScalars.allSatisfy({
                ![.control, .format, .lineSeparator, .paragraphSeparator, .surrogate]
                    .contains($0.properties.generalCategory)
            })
        else { throw .unprintable(what) }
    }
}
