/// Picks alerts by one label, as Alertmanager's matchers do: `=`, `!=`, `=~`, `!~`.
///
/// A label that an alert has not counts as empty. Regular expressions match the whole value.
package struct LabelMatcher: Sendable, Hashable, CustomStringConvertible {
    package enum Operation: String, Sendable, CaseIterable {
        case equal = "="
        case notEqual = "!="
        case matches = "=~"
        case matchesNot = "!~"
    }

    package let label: String
    package let operation: Operation
    package let value: String
    private let pattern: LabelPattern?

    /// Octets of the longest value.
    package static let valueLimit = 1024

    package init(
        _ label: String, _ operation: Operation, _ value: String
    ) throws(LabelMatcherError) {
        guard Self.isName(label) else { throw .name(String(label.prefix(64))) }
        guard !value.unicodeScalars.contains(where: { $0.value < 32 && $0 != "\n" }) else {
            throw .syntax("a value with control characters", expected: "text")
        }
        guard value.utf8.count <= Self.valueLimit else {
            throw .syntax(
                String(value.prefix(40)) + "…",
                expected: "a value of at most \(Self.valueLimit) octets")
        }
        (self.label, self.operation, self.value) = (label, operation, value)
        switch operation {
        case .matches, .matchesNot: pattern = try LabelPattern(value)
        case .equal, .notEqual: pattern = nil
        }
    }

    /// Reads `label="value"`, with or without the quotes, as amtool writes it: `entity=~"10\\.1\\..*"`.
    package init(_ text: String) throws(LabelMatcherError) {
        let expected = "a matcher such as entity=\"10.0.0.1\", with =, !=, =~ or !~"
        let name = text.drop { $0 == " " }.prefix { $0 != "=" && $0 != "!" && $0 != " " }
        var rest = text[name.endIndex...].drop { $0 == " " }
        let operations: [Operation] = [.matches, .matchesNot, .notEqual, .equal]
        guard let operation = operations.first(where: { rest.hasPrefix($0.rawValue) }) else {
            throw .syntax(String(text.prefix(80)), expected: expected)
        }
        rest = rest.dropFirst(operation.rawValue.count).drop { $0 == " " }
        while rest.last == " " { rest.removeLast() }
        guard rest.unicodeScalars.first == "\"" else {
            guard !rest.contains(where: { "\"{},".contains($0) }) else {
                throw .syntax(String(text.prefix(80)), expected: expected)
            }
            try self.init(String(name), operation, String(rest))
            return
        }
        guard let value = Self.unquoted(rest) else {
            throw .syntax(String(text.prefix(80)), expected: expected)
        }
        try self.init(String(name), operation, value)
    }

    /// What stands between quotes; `nil` if they do not match up.
    private static func unquoted(_ text: Substring) -> String? {
        // By scalars: a letter may join the quote that follows it.
        var result = String.UnicodeScalarView()
        var isEscaped = false
        let scalars = text.unicodeScalars
        for (place, scalar) in scalars.dropFirst().enumerated() {
            if isEscaped {
                switch scalar {
                case "n": result.append("\n")
                case "\"", "\\": result.append(scalar)
                default: result.append(contentsOf: ["\\", scalar])
                }
                isEscaped = false
            } else if scalar == "\\" {
                isEscaped = true
            } else if scalar == "\"" {
                return place + 2 == scalars.count ? String(result) : nil
            } else {
                result.append(scalar)
            }
        }
        return nil
    }

    /// Names of labels: letters, digits and `_`, no digit first.
    private static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, !(48...57).contains(first), text.utf8.count <= 64 else {
            return false
        }
        return text.utf8.allSatisfy {
            $0 == 95 || (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0)
        }
    }

    package func matches(_ labels: some LabelSource) -> Bool {
        let found = labels[label: label]
        return switch operation {
        case .equal: found == value
        case .notEqual: found != value
        case .matches: pattern?.matches(found) ?? false
        case .matchesNot: !(pattern?.matches(found) ?? true)
        }
    }

    /// As it is read again.
    package var description: String {
        let quoted = value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
            .replacing("\n", with: "\\n")
        return "\(label)\(operation.rawValue)\"\(quoted)\""
    }

    package static func == (left: LabelMatcher, right: LabelMatcher) -> Bool {
        left.label == right.label && left.operation == right.operation && left.value == right.value
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(label)
        hasher.combine(operation)
        hasher.combine(value)
    }
}

/// Something with labels, by name; "" for those that are not there.
package protocol LabelSource {
    subscript(label name: String) -> String { get }
}

/// Why a matcher cannot be read.
package enum LabelMatcherError: Error, Equatable, CustomStringConvertible {
    case syntax(String, expected: String)
    case name(String)
    case pattern(text: String, reason: String)

    package var description: String {
        switch self {
        case .syntax(let text, let expected): "'\(text)' is not \(expected)"
        case .name(let name): "'\(name)' is no name of a label: letters, digits and _"
        case .pattern(let text, let reason): "'\(text)' is no regular expression: \(reason)"
        }
    }
}
