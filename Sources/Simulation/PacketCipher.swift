/// AES with a 128-bit key (FIPS 197) in Galois/Counter Mode (NIST SP 800-38D): the protection of QUIC
/// Initial packets.
///
/// Table-driven and not in constant time: it protects nothing, see `PacketDigest`.
package struct PacketCipher: Sendable {
    private var roundKeys: [44 of UInt32]
    /// The zero block encrypted: the key of the authentication.
    private var hashKey: UInt128 = 0

    /// - Precondition: the key has 16 octets.
    package init(key: [UInt8]) {
        precondition(key.count == 16, "a key of 128 bits")
        roundKeys = [44 of UInt32](repeating: 0)
        var constant: UInt32 = 1
        for index in 0..<44 {
            if index < 4 {
                roundKeys[index] = (0..<4).reduce(0) { $0 << 8 | UInt32(key[index * 4 + $1]) }
                continue
            }
            var word = roundKeys[index - 1]
            if index % 4 == 0 {
                word = Self.substituted(word << 8 | word >> 24) ^ constant << 24
                constant = constant << 1 ^ (constant >> 7) * 0x11b
            }
            roundKeys[index] = roundKeys[index - 4] ^ word
        }
        hashKey = encrypted(0)
    }

    /// One block, its first octet in the highest bits.
    package func encrypted(_ block: UInt128) -> UInt128 {
        var state = [4 of UInt32](repeating: 0)
        for column in 0..<4 {
            state[column] =
                UInt32(truncatingIfNeeded: block >> UInt128(96 - 32 * column)) ^ roundKeys[column]
        }
        for round in 1...10 {
            let old = state
            for column in 0..<4 {
                let (a, b) = (old[column] >> 24, old[(column + 1) & 3] >> 16 & 255)
                let (c, d) = (old[(column + 2) & 3] >> 8 & 255, old[(column + 3) & 3] & 255)
                var mixed: UInt32
                if round < 10 {
                    mixed = Self.mixed[Int(a)] ^ Self.rotated(Self.mixed[Int(b)], 8)
                    mixed ^= Self.rotated(Self.mixed[Int(c)], 16)
                    mixed ^= Self.rotated(Self.mixed[Int(d)], 24)
                } else {
                    mixed = Self.substituted(a << 24 | b << 16 | c << 8 | d)
                }
                state[column] = mixed ^ roundKeys[round * 4 + column]
            }
        }
        return (0..<4).reduce(0) { $0 << 32 | UInt128(state[$1]) }
    }

    /// The text encrypted, and its tag of 16 octets behind it.
    ///
    /// - Precondition: the nonce has 12 octets.
    package func sealed(_ text: [UInt8], nonce: [UInt8], authenticating header: [UInt8]) -> [UInt8]
    {
        precondition(nonce.count == 12, "a nonce of 96 bits")
        let counter = Self.block(nonce[...]) | 1
        var result: [UInt8] = []
        result.reserveCapacity(text.count + 16)
        for (index, start) in stride(from: 0, to: text.count, by: 16).enumerated() {
            let end = min(start + 16, text.count)
            let key = encrypted(counter &+ UInt128(index + 1))
            let block = Self.block(text[start..<end]) ^ key
            for place in 0..<end - start {
                result.append(UInt8(truncatingIfNeeded: block >> UInt128(120 - 8 * place)))
            }
        }
        var tag = authenticated(0, header)
        tag = authenticated(tag, result)
        tag = product(tag ^ (UInt128(header.count * 8) << 64 | UInt128(result.count * 8)))
        tag ^= encrypted(counter)
        for place in 0..<16 {
            result.append(UInt8(truncatingIfNeeded: tag >> UInt128(120 - 8 * place)))
        }
        return result
    }

    private func authenticated(_ hash: UInt128, _ octets: [UInt8]) -> UInt128 {
        stride(from: 0, to: octets.count, by: 16).reduce(hash) { hash, start in
            product(hash ^ Self.block(octets[start..<min(start + 16, octets.count)]))
        }
    }

    /// The product with the hash key in GF(2^128), bit 0 the highest.
    private func product(_ value: UInt128) -> UInt128 {
        var (sum, factor, bits) = (UInt128(0), hashKey, value)
        for _ in 0..<128 {
            sum ^= factor & (0 &- bits >> 127)
            bits <<= 1
            factor = factor >> 1 ^ (0 &- (factor & 1)) & (UInt128(0xe1) << 120)
        }
        return sum
    }

    /// Up to 16 octets, filled up with zeros.
    static func block(_ octets: ArraySlice<UInt8>) -> UInt128 {
        let value = octets.reduce(UInt128(0)) { $0 << 8 | UInt128($1) }
        return value << UInt128(8 * (16 - octets.count))
    }

    private static func rotated(_ word: UInt32, _ bits: UInt32) -> UInt32 {
        word >> bits | word << (32 - bits)
    }

    private static func substituted(_ word: UInt32) -> UInt32 {
        (0..<4).reduce(0) { $0 << 8 | UInt32(box[Int(word >> UInt32(24 - 8 * $1) & 255)]) }
    }

    /// The S-box: the inverse in GF(2^8), then an affine map. `power` runs through all non-zero elements,
    /// `inverse` through their inverses.
    private static let box: [UInt8] = {
        var box = [UInt8](repeating: 0x63, count: 256)
        var (power, inverse) = (UInt8(1), UInt8(1))
        repeat {
            power ^= power << 1 ^ (power >> 7) &* 0x1b
            inverse ^= inverse << 1
            inverse ^= inverse << 2
            inverse ^= inverse << 4
            inverse ^= (inverse >> 7) &* 9
            var mapped = inverse ^ 0x63
            for bits in 1...4 as ClosedRange<UInt8> {
                mapped ^= inverse << bits | inverse >> (8 - bits)
            }
            box[Int(power)] = mapped
        } while power != 1
        return box
    }()

    /// Substitution and the mixing of columns in one.
    private static let mixed: [UInt32] = box.map { value in
        let (one, two) = (UInt32(value), UInt32(value << 1 ^ (value >> 7) &* 0x1b))
        return two << 24 | one << 16 | one << 8 | (two ^ one)
    }
}
