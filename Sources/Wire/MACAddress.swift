/// The 48 bits that name a station on a link.
package struct MACAddress: Hashable, Sendable, CustomStringConvertible {
    /// The first octet sent is the highest of the lower 48 bits.
    package let bits: UInt64

    package init(bits: UInt64) { self.bits = bits & 0xffff_ffff_ffff }

    /// - Precondition: six octets lie at the offset.
    init(_ octets: RawSpan, at offset: Int) {
        self.init(bits: UInt64(octets.word16(offset)) << 32 | UInt64(octets.word32(offset + 2)))
    }

    package static let broadcast = MACAddress(bits: .max)

    /// Six hexadecimal octets with colons, lower case.
    package var description: String {
        (0..<6).map { index in
            let octet = UInt8(truncatingIfNeeded: bits >> UInt64(40 - 8 * index))
            return (octet < 16 ? "0" : "") + String(octet, radix: 16)
        }.joined(separator: ":")
    }
}
