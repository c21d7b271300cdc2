import Alerts
import Hummingbird
import NetworkTypes

/// A silence as the API tells it.
struct SilenceMessage: Encodable {
    var id: String
    var state: String
    var matchers: [String]
    var startsAt: String
    var endsAt: String
    var createdBy: String
    var comment: String

    init(_ silence: Silence, at now: Timestamp) {
        id = silence.id
        state = silence.state(at: now).rawValue
        matchers = silence.matchers.map(\.description)
        (startsAt, endsAt) = ("\(silence.start)", "\(silence.end)")
        (createdBy, comment) = (silence.creator, silence.comment)
    }
}

/// A silence that somebody wants: it must end.
struct NewSilenceMessage: Decodable {
    var matchers: [String]
    /// Now without it.
    var startsAt: String?
    var endsAt: String
    var comment: String

    enum CodingKeys: String, CodingKey, CaseIterable {
        case matchers, startsAt, endsAt, comment
    }

    func meant(id: String, by actor: String, at now: Timestamp) throws -> Silence {
        func time(_ text: String, _ field: String) throws(Problem) -> Timestamp {
            guard let time = CivilTime(text)?.instant else {
                throw Problem(
                    .badRequest,
                    "\(field): '\(text.prefix(40))' is no time such as 2026-11-23T07:00:00Z")
            }
            return time
        }
        let start = try startsAt.map { try time($0, "startsAt") } ?? now
        return try Silence(
            id: id, matchers: matchers.map { try LabelMatcher($0) }, start: start,
            end: time(endsAt, "endsAt"), creator: actor, comment: comment)
    }
}
