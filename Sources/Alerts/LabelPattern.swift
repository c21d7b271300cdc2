private import CRE2Shim

/// A regular expression (syntax of RE2) that a whole text matches or not, in time in proportion to the text.
@safe package final class LabelPattern: @unchecked Sendable {
    /// Octets of the longest pattern.
    package static let limit = 1024
    /// Octets for the automata of one pattern.
    private static let memory = 256 * 1024

    package let text: String
    // SAFETY: RE2 objects are never changed and may be used by several threads.
    private let pattern: OpaquePointer

    package init(_ text: String) throws(LabelMatcherError) {
        guard text.utf8.count <= Self.limit else {
            throw .pattern(
                text: String(text.prefix(40)) + "…", reason: "longer than \(Self.limit) octets")
        }
        var text = text
        var error = [CChar](repeating: 0, count: 256)
        let capacity = error.count
        let made = text.withUTF8 { octets in
            unsafe octets.withMemoryRebound(to: CChar.self) { octets in
                unsafe error.withUnsafeMutableBufferPointer { error in
                    unsafe ntds_pattern_make(
                        octets.baseAddress, octets.count, Self.memory, error.baseAddress, capacity)
                }
            }
        }
        guard let made = unsafe made else {
            let reason = error.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            throw .pattern(text: text, reason: String(decoding: reason, as: UTF8.self))
        }
        self.text = text
        unsafe pattern = made
    }

    deinit { unsafe ntds_pattern_free(pattern) }

    /// Whether the pattern matches from the first character to the last.
    package func matches(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { octets in
            unsafe octets.withMemoryRebound(to: CChar.self) { octets in
                unsafe ntds_pattern_matches(pattern, octets.baseAddress, octets.count)
            }
        }
    }
}
