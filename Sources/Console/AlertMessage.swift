import Alerts
import Behaviours
import Foundation
import Hummingbird
import NetworkTypes
import Threats

/// An alert as the API tells it. Times are RFC 3339, fingerprints sixteen hexadecimal digits.
struct AlertMessage: Encodable {
    var fingerprint: String
    var version: UInt64
    var model: String
    var title: String
    var entityKind: String
    var entity: String
    var application: String?
    var scope: String?
    var condition: String
    var handling: String
    var acknowledgedUntil: String?
    var closeReason: String?
    var verdict: String?
    var severity: String
    var modelSeverity: String
    var confidence: Double
    var tier: Int?
    var score: Double?
    var sentence: String
    var techniques: [String]
    var count: UInt64
    var firstSeen: String
    var lastSeen: String
    var isEscalated: Bool
    var assignee: String?
    var tags: [String]
    /// Identifiers of the silences that hide it from receivers.
    var silencedBy: [String]
    /// The evidence; of a single alert only.
    var proof: JSONFragment?
    /// The history, oldest first; of a single alert only.
    var events: [EventMessage]?

    init(_ alert: Alert, silences: [Silence], at now: Timestamp) {
        let labels = alert.labels
        fingerprint = "\(alert.fingerprint)"
        version = alert.version
        (model, title) = (labels.model.rawValue, labels.model.title)
        (entityKind, entity) = (labels.entityKind, labels.entity)
        application = labels.application.isEmpty ? nil : labels.application
        scope = labels.scope.isEmpty ? nil : labels.scope
        condition = alert.condition.rawValue
        handling = alert.handling.name
        switch alert.handling {
        case .open: break
        case .acknowledged(let until): acknowledgedUntil = until.map { "\($0)" }
        case .closed(let reason): closeReason = reason.rawValue
        }
        verdict = alert.verdict?.rawValue
        (severity, modelSeverity) = (alert.severity.name, alert.modelSeverity.name)
        confidence = (alert.confidence.value * 10_000).rounded() / 10_000
        (tier, score) = (alert.tier.map { Int($0) }, alert.score)
        (sentence, techniques) = (alert.sentence, alert.techniques)
        count = alert.count
        (firstSeen, lastSeen) = ("\(alert.firstSeen)", "\(alert.lastSeen)")
        (isEscalated, assignee, tags) = (alert.isEscalated, alert.assignee, alert.tags)
        silencedBy = silences.filter { $0.state(at: now) == .active && $0.matches(alert) }.map(\.id)
    }
}

struct EventMessage: Encodable {
    var number: Int64
    var time: String
    var actor: String
    var kind: String
    var from: String
    var to: String
    var note: String

    init(_ numbered: NumberedEvent) {
        let event = numbered.event
        number = numbered.number
        (time, actor, kind) = ("\(event.time)", event.actor, event.kind.rawValue)
        (from, to, note) = (event.from, event.to, event.note)
    }
}

struct AlertPageMessage: Encodable {
    var alerts: [AlertMessage]
    /// For the parameter `after` of the next page; absent on the last.
    var next: String?
}

/// What a person wants done with an alert.
struct ActionMessage: Decodable {
    var action: String
    /// `close`: why.
    var reason: String?
    /// `acknowledge`: until when, RFC 3339.
    var until: String?
    /// `assign`: whom; nobody without it.
    var to: String?
    /// `tag`, `untag`.
    var tag: String?
    /// `override-severity`: which; that of the model without it.
    var severity: String?
    var note: String?
    /// The version of the alert as it was seen.
    var version: UInt64?

    enum CodingKeys: String, CodingKey, CaseIterable {
        case action, reason, until, to, tag, severity, note, version
    }

    static let actions = [
        "acknowledge", "unacknowledge", "close", "reopen", "escalate", "deescalate", "assign",
        "tag",
        "untag", "comment", "override-severity",
    ]

    /// The action that the words mean.
    func meant() throws(Problem) -> AlertAction {
        switch action {
        case "acknowledge":
            guard let until else { return .acknowledge(until: nil) }
            guard let time = CivilTime(until)?.instant else {
                throw Problem(
                    .badRequest, "until: '\(until)' is no time such as 2026-11-23T07:00:00Z")
            }
            return .acknowledge(until: time)
        case "unacknowledge": return .unacknowledge
        case "close":
            let reasons = CloseReason.allCases.map(\.rawValue).joined(separator: ", ")
            guard let reason = reason.flatMap(CloseReason.init(rawValue:)) else {
                throw Problem(.badRequest, "reason: one of \(reasons)")
            }
            return .close(reason)
        case "reopen": return .reopen
        case "escalate": return .escalate
        case "deescalate": return .deescalate
        case "assign": return .assign(to: to)
        case "tag", "untag":
            guard let tag else { throw Problem(.badRequest, "tag: is missing") }
            return action == "tag" ? .tag(tag) : .untag(tag)
        case "comment": return .comment
        case "override-severity":
            guard let severity else { return .overrideSeverity(nil) }
            guard let known = Severity.allCases.first(where: { $0.name == severity }) else {
                let names = Severity.allCases.map(\.name).joined(separator: ", ")
                throw Problem(.badRequest, "severity: '\(severity)' is not one of \(names)")
            }
            return .overrideSeverity(known)
        default:
            throw Problem(
                .badRequest,
                "action: '\(action)' is not one of \(Self.actions.joined(separator: ", "))")
        }
    }
}

/// JSON that is there already, put into other JSON as it is.
struct JSONFragment: Encodable {
    private let value: JSONValue

    /// `nil` for what is no JSON.
    init?(_ text: String) {
        guard let value = try? JSONDecoder().decode(JSONValue.self, from: Data(text.utf8)) else {
            return nil
        }
        self.value = value
    }

    func encode(to encoder: any Encoder) throws { try value.encode(to: encoder) }
}

/// Any JSON.
private enum JSONValue: Codable {
    case null
    case flag(Bool)
    case whole(Int64)
    case number(Double)
    case text(String)
    case list([JSONValue])
    case object([String: JSONValue])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let flag = try? container.decode(Bool.self) {
            self = .flag(flag)
        } else if let whole = try? container.decode(Int64.self) {
            self = .whole(whole)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else if let list = try? container.decode([JSONValue].self) {
            self = .list(list)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .flag(let flag): try container.encode(flag)
        case .whole(let whole): try container.encode(whole)
        case .number(let number): try container.encode(number)
        case .text(let text): try container.encode(text)
        case .list(let list): try container.encode(list)
        case .object(let object): try container.encode(object)
        }
    }
}
