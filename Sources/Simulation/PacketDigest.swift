/// SHA-256 (FIPS 180-4) and what TLS and QUIC derive their keys with (RFC 2104, RFC 5869, RFC 8446).
///
/// It protects nothing: the simulation needs keys that everybody can compute, those of QUIC Initial
/// packets. Nothing here runs in constant time.
package enum PacketDigest {
    package static func sha256(_ message: [UInt8]) -> [UInt8] {
        var padded = message
        padded.append(0x80)
        while padded.count % 64 != 56 { padded.append(0) }
        for shift in stride(from: 56, through: 0, by: -8) {
            padded.append(UInt8(truncatingIfNeeded: (message.count * 8) >> shift))
        }
        var state = initialState
        for start in stride(from: 0, to: padded.count, by: 64) {
            compress(&state, padded[start..<start + 64])
        }
        return (0..<32).map { UInt8(truncatingIfNeeded: state[$0 / 4] >> UInt32(24 - $0 % 4 * 8)) }
    }

    /// HMAC with SHA-256.
    package static func authentication(key: [UInt8], message: [UInt8]) -> [UInt8] {
        var key = key.count > 64 ? sha256(key) : key
        key += Array(repeating: 0, count: 64 - key.count)
        return sha256(key.map { $0 ^ 0x5c } + sha256(key.map { $0 ^ 0x36 } + message))
    }

    /// HKDF-Expand-Label of RFC 8446 section 7.1 with an empty context, for at most 32 octets.
    package static func expand(secret: [UInt8], label: String, count: Int) -> [UInt8] {
        precondition(count <= 32, "one block of key material")
        let name = Array("tls13 \(label)".utf8)
        let message = [0, UInt8(count), UInt8(name.count)] + name + [0, 1]
        return Array(authentication(key: secret, message: message).prefix(count))
    }

    private static func compress(_ state: inout [8 of UInt32], _ block: ArraySlice<UInt8>) {
        var words = [64 of UInt32](repeating: 0)
        for index in 0..<64 {
            if index < 16 {
                let at = block.startIndex + index * 4
                words[index] = (0..<4).reduce(0) { $0 << 8 | UInt32(block[at + $1]) }
                continue
            }
            let (old, new) = (words[index - 15], words[index - 2])
            let first = rotated(old, 7) ^ rotated(old, 18) ^ old >> 3
            let second = rotated(new, 17) ^ rotated(new, 19) ^ new >> 10
            words[index] = words[index - 16] &+ first &+ words[index - 7] &+ second
        }
        var work = state
        for index in 0..<64 {
            let (one, five) = (work[0], work[4])
            let choice = five & work[5] ^ ~five & work[6]
            let majority = one & work[1] ^ one & work[2] ^ work[1] & work[2]
            let mixed = rotated(five, 6) ^ rotated(five, 11) ^ rotated(five, 25)
            let sum = work[7] &+ mixed &+ choice &+ roundConstants[index] &+ words[index]
            let other = (rotated(one, 2) ^ rotated(one, 13) ^ rotated(one, 22)) &+ majority
            for place in stride(from: 7, to: 0, by: -1) { work[place] = work[place - 1] }
            work[4] = work[4] &+ sum
            work[0] = sum &+ other
        }
        for place in 0..<8 { state[place] = state[place] &+ work[place] }
    }

    private static func rotated(_ word: UInt32, _ bits: UInt32) -> UInt32 {
        word >> bits | word << (32 - bits)
    }

    private static let initialState: [8 of UInt32] = [
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab,
        0x5be0_cd19,
    ]

    private static let roundConstants: [64 of UInt32] = [
        0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4,
        0xab1c_5ed5, 0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe,
        0x9bdc_06a7, 0xc19b_f174, 0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f,
        0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da, 0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7,
        0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967, 0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc,
        0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85, 0xa2bf_e8a1, 0xa81a_664b,
        0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070, 0x19a4_c116,
        0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
        0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7,
        0xc671_78f2,
    ]
}
