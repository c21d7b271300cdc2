/// A 64-bit hash that is the same on every machine, in every run, in every version.
///
/// Calibration sets are chosen by it (flow-key hash modulo 10), so the algorithm is part of the format of
/// every stored baseline and never changes. The state starts at 0; each 64-bit word `w` turns it into
///
///     state = mix((state xor w) + 0x9e3779b97f4a7c15)
///
/// (modulo 2^64) where `mix` is the output function of SplitMix64 (Steele, Lea and Flood, "Fast splittable
/// pseudorandom number generators", 2014, with Stafford's constants). It is no defence against somebody
/// who chooses keys to collide: never use it for a hash table.
package struct StableHash: Sendable {
    package private(set) var value: UInt64 = 0

    package init() {}

    package mutating func combine(_ word: UInt64) {
        var word = (value ^ word) &+ 0x9e37_79b9_7f4a_7c15
        word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
        value = word ^ word >> 31
    }

    /// Adds the length of the bytes, then the bytes eight at a time, little-endian, the last filled up with 0.
    package mutating func combine(_ bytes: Span<UInt8>) {
        combine(UInt64(bytes.count))
        var word: UInt64 = 0
        for index in 0..<bytes.count {
            word |= UInt64(bytes[index]) << UInt64(8 * (index & 7))
            if index & 7 == 7 || index == bytes.count - 1 {
                combine(word)
                word = 0
            }
        }
    }
}

/// One end of a flow.
package struct FlowEnd: Hashable, Comparable, Sendable {
    package var address: IPAddress
    /// The transport port, 0 where the protocol has none.
    package var port: UInt16

    package init(address: IPAddress, port: UInt16) {
        (self.address, self.port) = (address, port)
    }

    package static func < (left: FlowEnd, right: FlowEnd) -> Bool {
        left.address == right.address ? left.port < right.port : left.address < right.address
    }
}

extension StableHash {
    /// The hash of a flow key, alike for both directions.
    ///
    /// The lower end comes first. Combined are: its address (upper, lower 64 bits), the other's, and one
    /// word `lower port << 32 | other port << 16 | protocol number`.
    package static func flowKey(_ one: FlowEnd, _ other: FlowEnd, protocolNumber: UInt8) -> UInt64 {
        let (low, high) = one < other ? (one, other) : (other, one)
        var hash = StableHash()
        hash.combine(low.address.high)
        hash.combine(low.address.low)
        hash.combine(high.address.high)
        hash.combine(high.address.low)
        hash.combine(UInt64(low.port) << 32 | UInt64(high.port) << 16 | UInt64(protocolNumber))
        return hash.value
    }
}
