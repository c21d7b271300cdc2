/// An IPv4 or IPv6 address.
///
/// Both families share one number line of 128 bits: an IPv4 address is held as the v4-mapped
/// `::ffff:a.b.c.d` of RFC 4291 section 2.5.5.2. The two spellings name the same node, are equal here,
/// and are written as dotted quad. Order is the numeric order of the 128 bits.
package struct IPAddress: Hashable, Comparable, Sendable, BitwiseCopyable {
    /// The upper and lower 64 bits of the 128, in host byte order.
    package let high, low: UInt64

    package init(high: UInt64, low: UInt64) {
        (self.high, self.low) = (high, low)
    }

    /// The IPv4 address of these 32 bits, in host byte order (`10.0.0.1` is `0x0a000001`).
    package init(ipv4 bits: UInt32) {
        self.init(high: 0, low: Self.mappedPrefix | UInt64(bits))
    }

    package init(bits: UInt128) {
        self.init(
            high: UInt64(truncatingIfNeeded: bits >> 64), low: UInt64(truncatingIfNeeded: bits))
    }

    package var bits: UInt128 { UInt128(high) << 64 | UInt128(low) }

    package var isIPv4: Bool { high == 0 && low >> 32 == 0xffff }

    /// The 32 bits of an IPv4 address in host byte order, `nil` for IPv6.
    package var ipv4: UInt32? { isIPv4 ? UInt32(truncatingIfNeeded: low) : nil }

    package static func < (left: IPAddress, right: IPAddress) -> Bool {
        left.high == right.high ? left.low < right.low : left.high < right.high
    }

    static let mappedPrefix: UInt64 = 0xffff_0000_0000
}

// MARK: - Reading

extension IPAddress {
    /// The address this text spells, or `nil`.
    ///
    /// Accepted are dotted quads of four decimal numbers without leading zeros (`010.0.0.1` is octal to
    /// some and decimal to others, so it is nobody's address here) and the three forms of RFC 4291
    /// section 2.2, with `::` for one or more groups. Zone identifiers, brackets, prefix lengths and
    /// surrounding blanks are refused. Nothing is allocated.
    package init?(utf8 text: Span<UInt8>) {
        // The shortest address is "::", the longest "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255".
        guard (2...45).contains(text.count) else { return nil }
        if let bits = Self.dottedQuad(text, from: 0) {
            self.init(ipv4: bits)
        } else if let bits = Self.groups(text) {
            self.init(bits: bits)
        } else {
            return nil
        }
    }

    package init?(_ text: some StringProtocol) {
        let text = String(text)
        self.init(utf8: text.utf8Span.span)
    }

    /// Reads `a.b.c.d`, which must reach from `start` to the end of the text.
    private static func dottedQuad(_ text: Span<UInt8>, from start: Int) -> UInt32? {
        guard (7...15).contains(text.count - start) else { return nil }
        var bits: UInt32 = 0
        var number: UInt32 = 0
        var digits = 0
        var dots = 0
        for index in start..<text.count {
            let byte = text[index]
            if byte &- UInt8(ascii: "0") < 10 {
                if digits > 0 && number == 0 { return nil }
                number = number * 10 + UInt32(byte & 15)
                digits += 1
                if number > 255 { return nil }
            } else {
                guard byte == UInt8(ascii: "."), digits > 0, dots < 3 else { return nil }
                bits = bits << 8 | number
                (number, digits, dots) = (0, 0, dots + 1)
            }
        }
        return dots == 3 && digits > 0 ? bits << 8 | number : nil
    }

    /// Reads the colon-separated forms of RFC 4291 section 2.2.
    private static func groups(_ text: Span<UInt8>) -> UInt128? {
        var bits: UInt128 = 0  // the groups read so far
        var count = 0  // how many they are
        var gap: Int?  // how many stood before "::"
        var index = 0
        if text[0] == colon {
            guard text[1] == colon else { return nil }
            (gap, index) = (0, 2)
        }
        while index < text.count {
            guard count < 8 else { return nil }
            let start = index
            var group: UInt32 = 0
            while index < text.count, let digit = hexadecimal(text[index]) {
                guard index - start < 4 else { return nil }
                group = group << 4 | digit
                index += 1
            }
            if index < text.count && text[index] == UInt8(ascii: ".") {
                guard count <= 6, let quad = dottedQuad(text, from: start) else { return nil }
                bits = bits << 32 | UInt128(quad)
                (count, index) = (count + 2, text.count)
                break
            }
            guard index > start else { return nil }
            bits = bits << 16 | UInt128(group)
            count += 1
            guard index < text.count else { break }
            guard text[index] == colon, index + 1 < text.count else { return nil }
            index += 1
            if text[index] == colon {
                guard gap == nil else { return nil }
                (gap, index) = (count, index + 1)
            }
        }
        guard let gap else { return count == 8 ? bits : nil }
        guard count < 8 else { return nil }
        let after = UInt128(16 * (count - gap))
        let tail = bits & ((1 << after) - 1)
        return (bits >> after) << UInt128(16 * (8 - gap)) | tail
    }

    private static let colon = UInt8(ascii: ":")

    private static func hexadecimal(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte & 15)
        case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"):
            UInt32(byte & 15) + 9
        default: nil
        }
    }
}

// MARK: - Writing

extension IPAddress: CustomStringConvertible, LosslessStringConvertible {
    /// The canonical text: dotted quad for IPv4, RFC 5952 section 4 for IPv6.
    package var description: String {
        let text = text
        return String(decoding: (0..<text.count).map { text.octets[$0] }, as: UTF8.self)
    }

    /// The octets of an address's canonical text.
    package struct Text {
        /// The octets, and zeros behind them.
        package fileprivate(set) var octets = [40 of UInt8](repeating: 0)
        /// Octets that count, 39 at most.
        package fileprivate(set) var count = 0

        fileprivate mutating func append(_ octet: UInt8) {
            octets[count] = octet
            count += 1
        }

        /// A number without zeros in front.
        fileprivate mutating func append(_ number: UInt32, radix: UInt32) {
            if number >= radix { append(number / radix, radix: radix) }
            let digit = UInt8(truncatingIfNeeded: number % radix)
            append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }

    /// The description without a string, for those who write many.
    package var text: Text {
        var text = Text()
        if let ipv4 {
            for shift in [24, 16, 8, 0] as [UInt32] {
                if shift < 24 { text.append(UInt8(ascii: ".")) }
                text.append(ipv4 >> shift & 255, radix: 10)
            }
            return text
        }
        let zeros = longestRunOfZeroGroups
        for index in 0..<8 {
            if zeros.contains(index) {
                if index == zeros.lowerBound {
                    text.append(Self.colon)
                    text.append(Self.colon)
                }
                continue
            }
            if index > 0 && index != zeros.upperBound { text.append(Self.colon) }
            text.append(UInt32(group(index)), radix: 16)
        }
        return text
    }

    private func group(_ index: Int) -> UInt16 {
        UInt16(truncatingIfNeeded: (index < 4 ? high : low) >> UInt64(48 - 16 * (index & 3)))
    }

    /// The first of the longest runs of at least two zero groups; empty if there is none.
    private var longestRunOfZeroGroups: Range<Int> {
        var longest = 0..<0
        var start = 0
        for index in 0..<8 {
            if group(index) != 0 {
                start = index + 1
            } else if index + 1 - start > max(longest.count, 1) {
                longest = start..<(index + 1)
            }
        }
        return longest
    }
}
