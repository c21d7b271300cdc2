package import NetworkTypes

/// Alerts that a person does not want to hear of for a time. They are stored and shown all the same.
package struct Silence: Sendable, Hashable {
    package enum State: String, Sendable { case pending, active, expired }

    /// A UUID.
    package let id: String
    /// All of them must match; at least one of them matches no empty text.
    package let matchers: [LabelMatcher]
    package let start: Timestamp
    package internal(set) var end: Timestamp
    package let creator: String
    /// Why.
    package let comment: String

    /// Matchers of one silence.
    package static let matcherLimit = 32
    package static let commentLimit = 4096

    package init(
        id: String, matchers: [LabelMatcher], start: Timestamp, end: Timestamp, creator: String,
        comment: String
    ) throws(SilenceError) {
        guard !matchers.isEmpty, matchers.count <= Self.matcherLimit else {
            throw .matchers(limit: Self.matcherLimit)
        }
        guard matchers.contains(where: { !$0.matches(NoLabels()) }) else { throw .everything }
        guard start < end else { throw .times }
        guard !comment.isEmpty, comment.utf8.count <= Self.commentLimit,
            !comment.unicodeScalars.contains(where: { $0.value < 32 && $0 != "\n" })
        else { throw .comment(limit: Self.commentLimit) }
        (self.id, self.matchers, self.start, self.end) = (id, matchers, start, end)
        (self.creator, self.comment) = (creator, comment)
    }

    /// A silence as it was kept: one that was ended before it began is empty.
    package init(
        kept id: String, matchers: [LabelMatcher], start: Timestamp, end: Timestamp,
        creator: String, comment: String
    ) {
        (self.id, self.matchers, self.start, self.end) = (id, matchers, start, max(start, end))
        (self.creator, self.comment) = (creator, comment)
    }

    package func state(at now: Timestamp) -> State {
        now < start ? .pending : now < end ? .active : .expired
    }

    package func matches(_ labels: some LabelSource) -> Bool {
        matchers.allSatisfy { $0.matches(labels) }
    }

    /// Ends it now, or at once if it has not begun.
    package mutating func expire(at now: Timestamp) { end = min(end, max(now, start)) }

    private struct NoLabels: LabelSource {
        subscript(label name: String) -> String { "" }
    }
}

/// Why a silence cannot be.
package enum SilenceError: Error, Equatable, CustomStringConvertible {
    case matchers(limit: Int)
    case everything
    case times
    case comment(limit: Int)

    package var description: String {
        switch self {
        case .matchers(let limit): "a silence needs 1 to \(limit) matchers"
        case .everything: "a silence that matches everything is refused: name a label and a value"
        case .times: "a silence must end after it begins"
        case .comment(let limit):
            "a silence needs a comment of at most \(limit) octets, without control characters: say why"
        }
    }
}
