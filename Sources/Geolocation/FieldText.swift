/// Makes text of a database or a service fit to be shown and stored.
package enum FieldText {
    /// The most octets of UTF-8 a field may have.
    package static let limit = 256

    /// The text without control and bidirectional characters and outer blanks, at most `limit` octets of
    /// valid UTF-8; `nil` if nothing is left.
    package static func clean(_ text: some StringProtocol) -> String? {
        var kept = String.UnicodeScalarView()
        var octets = 0
        for scalar in text.unicodeScalars where !isUnwanted(scalar) {
            if kept.isEmpty && scalar == " " { continue }
            octets += UTF8.width(scalar)
            if octets > limit { break }
            kept.append(scalar)
        }
        while kept.last == " " { kept.removeLast() }
        return kept.isEmpty ? nil : String(kept)
    }

    /// Two capital letters, or `nil`.
    package static func countryCode(_ text: some StringProtocol) -> String? {
        text.utf8.count == 2 && text.utf8.allSatisfy { $0 >= 65 && $0 <= 90 } ? String(text) : nil
    }

    /// Control characters, line and paragraph separators, and what turns the direction of writing.
    private static func isUnwanted(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x00..<0x20, 0x7f..<0xa0, 0x200e, 0x200f, 0x2028...0x202e, 0x2066...0x2069, 0xfeff:
            true
        default: false
        }
    }
}
