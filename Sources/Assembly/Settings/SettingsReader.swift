import Yams

/// Something wrong in a settings file: where, what, and what would be right.
package struct SettingsProblem: Error, Equatable, CustomStringConvertible {
    /// `FILE:LINE` or the environment variable.
    package let place: String
    /// The path of the setting: `sources[1].speed`; empty for the file itself.
    package let setting: String
    package let reason: String

    package var description: String {
        setting.isEmpty ? "\(place): \(reason)" : "\(place): \(setting): \(reason)"
    }
}

/// All that is wrong in a settings file.
package struct InvalidSettings: Error, CustomStringConvertible {
    package let problems: [SettingsProblem]
    package var description: String { problems.map(\.description).joined(separator: "\n") }
}

/// Reads a settings file and gathers all that is wrong in it, so that one look mends everything.
///
/// A setting that a file leaves out may come from the environment, and one that it has is overridden there:
/// `NTDS_BASELINES_LEARNING=12h` is `learning` under `baselines`.
final class SettingsReader {
    let file: String
    let environment: [String: String]
    private(set) var problems: [SettingsProblem] = []
    /// Variables that were asked for.
    private var usedVariables: Set<String> = []

    init(file: String, environment: [String: String]) {
        self.file = file
        self.environment = environment
    }

    func report(_ node: Node?, _ setting: String, _ reason: String) {
        let place = node?.mark.map { "\(file):\($0.line)" } ?? file
        problems.append(SettingsProblem(place: place, setting: setting, reason: reason))
    }

    func report(variable: String, _ setting: String, _ reason: String) {
        problems.append(SettingsProblem(place: variable, setting: setting, reason: reason))
    }

    /// The overriding value of a setting, with the name of its variable.
    func override(of setting: String) -> (name: String, value: String)? {
        let name = Self.variable(of: setting)
        usedVariables.insert(name)
        return environment[name].map { (name, $0) }
    }

    static func variable(of setting: String) -> String {
        "NTDS_" + setting.uppercased().replacing(".", with: "_")
    }

    /// Variables that look like settings and are none.
    var unknownVariables: [String] {
        environment.keys.filter { $0.hasPrefix("NTDS_") && !usedVariables.contains($0) }.sorted()
    }
}

/// A mapping of a settings file that is being read: each key is asked for once, the rest are unknown.
struct SettingsMapping {
    let reader: SettingsReader
    let node: Node?
    let path: String
    private var known: [String] = []

    init(_ reader: SettingsReader, _ node: Node?, path: String) {
        self.reader = reader
        self.path = path
        switch node {
        case .mapping: self.node = node
        case .scalar(let scalar) where scalar.string.isEmpty || scalar.string == "null":
            self.node = nil
        case nil: self.node = nil
        default:
            self.node = nil
            reader.report(node, path, "must be a mapping of settings")
        }
    }

    private func setting(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    /// The keys that are there.
    var keys: [String] { node?.mapping?.keys.compactMap(\.string) ?? [] }

    // MARK: Values

    /// The value under `key` as its reader understands it, `fallback` if there is none or it is wrong.
    ///
    /// - Parameter accepted: what is right, for the message.
    mutating func value<Value>(
        _ key: String, _ fallback: Value, accepted: String, read: (String) -> Value?
    ) -> Value {
        known.append(key)
        if let (name, text) = reader.override(of: setting(key)) {
            if let value = read(text) { return value }
            reader.report(variable: name, setting(key), "'\(text)' is not \(accepted)")
            return fallback
        }
        guard let child = node?.mapping?[key] else { return fallback }
        guard let text = child.scalar?.string else {
            reader.report(child, setting(key), "must be \(accepted)")
            return fallback
        }
        if let value = read(text) { return value }
        reader.report(child, setting(key), "'\(text)' is not \(accepted)")
        return fallback
    }

    mutating func text(_ key: String) -> String? {
        value(key, nil, accepted: "a text") { $0.isEmpty ? .some(nil) : $0 }
    }

    mutating func text(_ key: String, _ fallback: String) -> String {
        value(key, fallback, accepted: "a text") { $0 }
    }

    mutating func flag(_ key: String, _ fallback: Bool) -> Bool {
        value(key, fallback, accepted: "true or false") {
            switch $0.lowercased() {
            case "true", "yes", "on": true
            case "false", "no", "off": false
            default: nil
            }
        }
    }

    mutating func count(_ key: String, _ fallback: Int, _ range: ClosedRange<Int>) -> Int {
        value(
            key, fallback,
            accepted: "a whole number from \(range.lowerBound) to \(range.upperBound)"
        ) { text in
            Int(text.replacing("_", with: "")).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    mutating func number(_ key: String, _ fallback: Double, _ range: ClosedRange<Double>) -> Double
    {
        value(
            key, fallback, accepted: "a number from \(range.lowerBound) to \(range.upperBound)"
        ) { text in
            Double(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// Seconds: `90s`, `15m`, `24h`, `30d`, `2w`.
    mutating func seconds(_ key: String, _ fallback: Double, _ range: ClosedRange<Double>) -> Double
    {
        value(
            key, fallback,
            accepted:
                "a time such as 90s, 15m, 24h or 30d, from \(TimeText.text(range.lowerBound)) "
                + "to \(TimeText.text(range.upperBound))"
        ) { text in
            TimeText.seconds(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// Octets: `500MB`, `20GB`, `64MiB`, or a plain number.
    mutating func octets(_ key: String, _ fallback: Int, _ range: ClosedRange<Int>) -> Int {
        value(
            key, fallback,
            accepted:
                "an amount such as 64MiB or 20GB, from \(range.lowerBound) to \(range.upperBound) octets"
        ) { text in
            SizeText.octets(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    mutating func choice<Choice: RawRepresentable & CaseIterable>(
        _ key: String, _ fallback: Choice
    ) -> Choice where Choice.RawValue == String {
        let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        return value(key, fallback, accepted: "one of \(names)") { Choice(rawValue: $0) }
    }

    // MARK: Structure

    mutating func mapping(_ key: String) -> SettingsMapping {
        known.append(key)
        return SettingsMapping(reader, node?.mapping?[key], path: setting(key))
    }

    /// The mappings of a list.
    mutating func mappings(_ key: String) -> [SettingsMapping] {
        items(key).map { SettingsMapping(reader, $0.node, path: $0.path) }
    }

    /// The values of a list of texts; a single text counts as a list of one. The environment gives them with
    /// commas between.
    mutating func values<Value>(
        _ key: String, accepted: String, read: (String) -> Value?
    ) -> [Value] {
        if let (name, text) = reader.override(of: setting(key)) {
            known.append(key)
            return text.split(separator: ",").compactMap { part in
                let part = part.trimmingSpaces
                if let value = read(part) { return value }
                reader.report(variable: name, setting(key), "'\(part)' is not \(accepted)")
                return nil
            }
        }
        return items(key).compactMap { item in
            guard let text = item.node.scalar?.string, let value = read(text) else {
                let shown = item.node.scalar.map { "'\($0.string)' is not" } ?? "must be"
                reader.report(item.node, item.path, "\(shown) \(accepted)")
                return nil
            }
            return value
        }
    }

    private mutating func items(_ key: String) -> [(node: Node, path: String)] {
        known.append(key)
        guard let child = node?.mapping?[key] else { return [] }
        switch child {
        case .sequence(let sequence):
            return sequence.enumerated().map { ($1, "\(setting(key))[\($0)]") }
        case .scalar(let scalar) where scalar.string.isEmpty: return []
        case .scalar: return [(child, setting(key))]
        default:
            reader.report(child, setting(key), "must be a list")
            return []
        }
    }

    /// Reports what nobody asked for.
    func finish() {
        guard let mapping = node?.mapping else { return }
        for (key, _) in mapping {
            guard let name = key.string else {
                reader.report(key, path, "a key must be a text")
                continue
            }
            guard !known.contains(name) else { continue }
            let near = known.min { $0.distance(to: name) < $1.distance(to: name) }
            let hint =
                near.flatMap { $0.distance(to: name) <= 2 ? "; did you mean '\($0)'?" : nil }
                ?? "; known are \(known.sorted().joined(separator: ", "))"
            reader.report(key, setting(name), "no such setting\(hint)")
        }
    }
}

extension String {
    /// Edits of one character that make one of the other (Levenshtein).
    fileprivate func distance(to other: String) -> Int {
        let (a, b) = (Array(utf8), Array(other.utf8))
        var row = Array(0...b.count)
        for i in a.indices {
            var diagonal = row[0]
            row[0] = i + 1
            for j in b.indices {
                let substituted = diagonal + (a[i] == b[j] ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = Swift.min(substituted, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[b.count]
    }
}

extension Substring {
    /// Without blanks at both ends.
    fileprivate var trimmingSpaces: String {
        var text = self
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
