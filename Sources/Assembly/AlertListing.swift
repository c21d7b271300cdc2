import Figures
import Foundation

/// Alerts as the API tells them, for people at a terminal.
package enum AlertListing {
    private static func text(_ alert: [String: Any], _ key: String) -> String {
        CleanText.clean(alert[key] as? String ?? "", limit: 400)
    }

    /// A time as far as the minute.
    private static func minute(_ alert: [String: Any], _ key: String) -> String {
        String(text(alert, key).prefix(16)).replacing("T", with: " ")
    }

    private static func number(_ alert: [String: Any], _ key: String) -> Double? {
        (alert[key] as? NSNumber)?.doubleValue
    }

    /// One alert in two lines: identity and state, then what was seen.
    package static func lines(_ alert: [String: Any]) -> String {
        var head = [
            text(alert, "fingerprint"), minute(alert, "lastSeen"),
            text(alert, "severity").uppercased(),
            "\(text(alert, "title")) by \(text(alert, "entity"))", state(alert),
        ]
        if let count = number(alert, "count"), count > 1 { head.append("\(Int(count)) times") }
        if let confidence = number(alert, "confidence") {
            head.append("confidence \(Int((confidence * 100).rounded())) %")
        }
        if let silences = alert["silencedBy"] as? [Any], !silences.isEmpty {
            head.append("silenced")
        }
        return head.joined(separator: "  ") + "\n    " + text(alert, "sentence") + "\n"
    }

    private static func state(_ alert: [String: Any]) -> String {
        var words = text(alert, "handling")
        if let reason = alert["closeReason"] as? String { words += " (\(reason))" }
        if let name = alert["assignee"] as? String {
            words += " by \(CleanText.clean(name, limit: 40))"
        }
        if text(alert, "condition") == "resolved" { words += ", over" }
        return words
    }

    /// All of one alert: labels, evidence, history.
    package static func whole(_ alert: [String: Any]) -> String {
        var result = lines(alert)
        func add(_ name: String, _ value: String) {
            guard !value.isEmpty else { return }
            let room = String(repeating: " ", count: max(1, 14 - name.count))
            result += "  \(name)\(room)\(value)\n"
        }
        add("first seen", text(alert, "firstSeen"))
        add("scope", text(alert, "scope"))
        add("techniques", (alert["techniques"] as? [String] ?? []).joined(separator: ", "))
        add(
            "tags",
            (alert["tags"] as? [String] ?? []).map { CleanText.clean($0, limit: 128) }
                .joined(separator: ", "))
        add("version", number(alert, "version").map { "\(Int($0))" } ?? "")
        let proof = alert["proof"] as? [String: Any]
        for evidence in proof?["evidence"] as? [[String: Any]] ?? [] {
            add("evidence", text(evidence, "sentence"))
            add("  harmless?", text(evidence, "harmless"))
        }
        for event in alert["events"] as? [[String: Any]] ?? [] {
            let actor = text(event, "actor")
            let change = [text(event, "from"), text(event, "to")].filter { !$0.isEmpty }
                .joined(separator: " -> ")
            let note = text(event, "note")
            add(
                String(text(event, "time").prefix(19)).replacing("T", with: " "),
                [
                    text(event, "kind"), change, actor.isEmpty ? "" : "by \(actor)",
                    note.isEmpty ? "" : "– \(note)",
                ]
                .filter { !$0.isEmpty }.joined(separator: "  "))
        }
        return result
    }

    /// A silence in two lines.
    package static func silence(_ silence: [String: Any]) -> String {
        let matchers = (silence["matchers"] as? [String] ?? []).map {
            CleanText.clean($0, limit: 200)
        }
        return
            "\(text(silence, "id"))  \(text(silence, "state"))  until \(minute(silence, "endsAt"))"
            + "  \(matchers.joined(separator: " "))\n    \(text(silence, "comment")) (\(text(silence, "createdBy")))\n"
    }

    /// JSON of one line, keys in order.
    package static func json(_ object: Any) -> String {
        let data = try? JSONSerialization.data(
            withJSONObject: object,
            options: [.sortedKeys, .withoutEscapingSlashes, .fragmentsAllowed])
        return String(decoding: data ?? Data(), as: UTF8.self) + "\n"
    }
}
