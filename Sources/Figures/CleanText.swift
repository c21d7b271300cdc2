/// Text from outside made fit to be shown: application names and labels are an attacker's choice.
package enum CleanText {
    /// The text without characters that are not shown or change how others are shown, cut with "…"
    /// at `limit` Unicode scalars, with at most two combining marks to a letter.
    package static func clean(_ text: String, limit: Int = 120) -> String {
        if text.utf8.count <= limit && text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) {
            return text
        }
        var result = String.UnicodeScalarView()
        var length = 0
        var marks = 0
        // A text of nothing but dropped characters must not be read to its end.
        for scalar in text.unicodeScalars.prefix(limit * 8) {
            let (shown, isMark) = shape(of: scalar)
            marks = isMark ? marks + 1 : 0
            guard let shown, marks <= 2 else { continue }
            guard length < limit else {
                result.append("…")
                break
            }
            result.append(shown)
            length += 1
        }
        return String(result)
    }

    private static func shape(of scalar: Unicode.Scalar) -> (Unicode.Scalar?, isMark: Bool) {
        switch scalar.properties.generalCategory {
        case .control: (scalar == "\t" || scalar == "\n" ? " " : nil, false)
        case .format, .surrogate, .privateUse, .unassigned: (nil, false)
        case .lineSeparator, .paragraphSeparator, .spaceSeparator: (" ", false)
        case .nonspacingMark, .enclosingMark, .spacingMark: (scalar, true)
        default: (scalar, false)
        }
    }
}

/// How wide a text is, reckoned without the font: DejaVu Sans within a few per cent for Latin
/// letters, on the wide side for others.
enum TextWidth {
    static func of(_ text: String, size: Double, isBold: Bool) -> Double {
        text.unicodeScalars.reduce(0) { $0 + advance($1) } * size * (isBold ? 1.1 : 1)
    }

    /// The text, or as much of its beginning as fits into the width with "…" behind it.
    static func fit(_ text: String, width: Double, size: Double, isBold: Bool) -> String {
        guard of(text, size: size, isBold: isBold) > width else { return text }
        var kept = String.UnicodeScalarView()
        var room = width / (size * (isBold ? 1.1 : 1)) - advance("…")
        for scalar in text.unicodeScalars {
            room -= advance(scalar)
            guard room >= 0 else { break }
            kept.append(scalar)
        }
        return String(kept) + "…"
    }

    private static func advance(_ scalar: Unicode.Scalar) -> Double {
        switch scalar {
        case "i", "j", "l", "'": 0.28
        case " ", ".", ",", "I", "|": 0.32
        case "f", "t", "r", "-", "(", ")", "[", "]", "/", ":", ";", "!", "·": 0.4
        case "m", "W", "M", "%", "@", "…": 0.96
        case "w": 0.82
        case "c", "s", "z", "J", "x", "v", "y", "k": 0.56
        case "A"..."Z", "~", "+", "=", "<", ">": 0.73
        case "\u{20}"..."\u{24F}": 0.63
        case "\u{300}"..."\u{36F}": 0
        case "\u{370}"..."\u{1FFF}": 0.75
        case "\u{2000}"..."\u{2BFF}": 0.8
        default: 1.1
        }
    }
}
