/// A block of addresses: those that share their first bits.
package struct IPPrefix: Hashable, Sendable {
    /// The lowest and the highest address of the block.
    package let first, last: IPAddress

    /// How many leading bits are fixed, of the 32 of IPv4 or the 128 of IPv6.
    package let length: Int

    /// Why a text is no prefix.
    package enum ParseError: Error, Equatable {
        case notAnAddress
        /// The part behind the slash is no number from 0 to `limit` (32 or 128).
        case notALength(limit: Int)
        /// The address has bits behind the prefix length; `meant` is the prefix without them.
        case hostBitsSet(meant: IPPrefix)
    }

    /// The block of `length` bits around `address`; `nil` if its family has no such length.
    package init?(_ address: IPAddress, length: Int) {
        let width = address.isIPv4 ? 32 : 128
        guard (0...width).contains(length) else { return nil }
        // A shift by the full width gives zero, so that length 0 of IPv6 covers everything.
        let hostMask = ~(~UInt128(0) << UInt128(width - length))
        first = IPAddress(bits: address.bits & ~hostMask)
        last = IPAddress(bits: address.bits | hostMask)
        self.length = length
    }

    /// Reads `10.0.0.0/8`, `2001:db8::/32`, or a bare address, which means this one host.
    package init(_ text: some StringProtocol) throws(ParseError) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = parts.first.flatMap({ IPAddress($0) }) else { throw .notAnAddress }
        let width = address.isIPv4 ? 32 : 128
        var length = width
        if parts.count == 2 {
            let digits = parts[1].utf8
            guard (1...3).contains(digits.count), digits.allSatisfy({ $0 &- 48 < 10 }),
                digits.count == 1 || digits.first != 48, let number = Int(parts[1]), number <= width
            else { throw .notALength(limit: width) }
            length = number
        }
        guard let prefix = IPPrefix(address, length: length) else {
            throw .notALength(limit: width)
        }
        guard prefix.first == address else { throw .hostBitsSet(meant: prefix) }
        self = prefix
    }

    package func contains(_ address: IPAddress) -> Bool { first <= address && address <= last }
}

extension IPPrefix: CustomStringConvertible {
    package var description: String { "\(first)/\(length)" }
}
