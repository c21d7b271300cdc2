import Foundation
import Logging
import NetworkTypes

/// Writes the log to standard error: a line an event, as text for people or as JSON for machines.
///
/// Values come from the network, too: control characters never reach the terminal.
struct ServiceLogHandler: LogHandler {
    let isJSON: Bool
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
        let time = SystemClock.now().description
        let line =
            isJSON
            ? Self.json(time, event.level, event.message.description, all)
            : Self.text(time, event.level, event.message.description, all)
        FileHandle.standardError.write(Data((line + "\n").utf8))
    }

    private static func text(
        _ time: String, _ level: Logger.Level, _ message: String,
        _ metadata: [(key: String, value: Logger.Metadata.Value)]
    ) -> String {
        // Seconds are enough for people.
        let head = "\(time.prefix(19))Z \(level.rawValue): \(clean(message))"
        return metadata.reduce(head) { "\($0) \($1.key)=\(clean($1.value.description))" }
    }

    private static func json(
        _ time: String, _ level: Logger.Level, _ message: String,
        _ metadata: [(key: String, value: Logger.Metadata.Value)]
    ) -> String {
        var fields =
            "\"time\":\"\(time)\",\"level\":\"\(level.rawValue)\",\"message\":\(quoted(message))"
        for (key, value) in metadata { fields += ",\(quoted(key)):\(quoted(value.description))" }
        return "{\(fields)}"
    }

    private static func quoted(_ text: String) -> String { JSONText.quoted(text) }

    private static func clean(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { $0.value < 32 || $0.value == 127 ? "?" : $0 }))
    }
}

/// Texts as JSON has them.
enum JSONText {
    /// In quotes; control characters, quotes and backslashes escaped (RFC 8259 section 7).
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _
            where scalar.value < 32 || scalar.value == 127
                || (0x2028...0x2029).contains(scalar.value):
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    /// A number; `null` where JSON has none.
    static func number(_ value: Double) -> String { value.isFinite ? "\(value)" : "null" }
}
