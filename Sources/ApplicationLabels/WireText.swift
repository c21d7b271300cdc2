/// Text that a stranger wrote into a packet, made fit to be stored and shown.
enum WireText {
    /// Longest text kept, in octets of the original: a DNS name.
    static let limit = 255

    /// The octets up to the first NUL, at most `limit` of them, as text.
    ///
    /// What is no UTF-8 becomes U+FFFD. Characters that are not seen, or change how others are seen (controls,
    /// direction marks, line separators), are written as `\u{1B}`; a backslash as two, so that the text can be
    /// told from its escapes.
    ///
    /// - Returns: `nil` for no text at all.
    static func clean(_ octets: UnsafeRawBufferPointer) -> String? {
        let kept = unsafe octets.prefix(limit).prefix { $0 != 0 }
        guard unsafe !kept.isEmpty else { return nil }
        let isPlain = unsafe kept.allSatisfy { $0 >= 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }
        let text = unsafe String(decoding: kept, as: UTF8.self)
        return isPlain ? text : escaped(text)
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse,
                .unassigned:
                result += "\\u{" + String(scalar.value, radix: 16, uppercase: true) + "}"
            default:
                if scalar == "\\" { result += "\\" }
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
