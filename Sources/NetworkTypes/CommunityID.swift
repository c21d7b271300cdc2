/// The Community ID of a flow, version 1 with seed 0: the name by which Zeek, Suricata and others know it too.
///
/// It is `1:` and the base64 of a SHA-1 over seed, addresses, protocol, a zero octet and ports, the lower end
/// first, so that both directions have one (Corelight, "Community ID Flow Hashing"). Protocols other than
/// TCP, UDP, SCTP and the two ICMPs go without ports.
package struct CommunityID: Hashable, Sendable {
    /// The digest: its first 16 octets and its last 4.
    private let head: UInt128
    private let tail: UInt32

    /// - Parameter responder: Its port is `type * 256 + code` of the first message in ICMP and ICMPv6 flows.
    package init(initiator: FlowEnd, responder: FlowEnd, protocolNumber: UInt8) {
        var (source, destination) = (initiator, responder)
        var isOneWay = false
        if let answers = Self.answers(protocolNumber) {
            let type = UInt8(responder.port >> 8)
            let code = UInt8(truncatingIfNeeded: responder.port)
            let answer = answers.first { $0.0 == type || $0.1 == type }
            isOneWay = answer == nil
            source.port = UInt16(type)
            destination.port = UInt16(answer.map { $0.0 == type ? $0.1 : $0.0 } ?? code)
        }
        if !isOneWay && destination < source { swap(&source, &destination) }
        let hasPorts = [1, 6, 17, 58, 132].contains(protocolNumber)
        let isIPv4 = source.address.isIPv4 && destination.address.isIPv4
        var message = SHA1Block()
        message.append(0, octets: 2)
        for address in [source.address, destination.address] {
            if !isIPv4 { message.append(address.high, octets: 8) }
            message.append(address.low, octets: isIPv4 ? 4 : 8)
        }
        message.append(UInt64(protocolNumber) << 8, octets: 2)
        if hasPorts {
            message.append(UInt64(source.port), octets: 2)
            message.append(UInt64(destination.port), octets: 2)
        }
        (head, tail) = message.digest()
    }

    /// The 30 octets of the text.
    package var utf8: [30 of UInt8] {
        var text = [30 of UInt8](repeating: UInt8(ascii: "="))
        text[0] = UInt8(ascii: "1")
        text[1] = UInt8(ascii: ":")
        // 21 groups of six bits stand in the first 126 bits, six more in what is left and two zeros.
        let rest = (UInt64(truncatingIfNeeded: head & 3) << 32 | UInt64(tail)) << 2
        for index in 0..<27 {
            let bits =
                index < 21
                ? UInt64(truncatingIfNeeded: head >> UInt128(122 - 6 * index))
                : rest >> UInt64(30 - 6 * (index - 21))
            text[index + 2] = Self.base64(UInt8(truncatingIfNeeded: bits & 63))
        }
        return text
    }

    private static func base64(_ sextet: UInt8) -> UInt8 {
        switch sextet {
        case 0..<26: UInt8(ascii: "A") + sextet
        case 26..<52: UInt8(ascii: "a") + sextet - 26
        case 52..<62: UInt8(ascii: "0") + sextet - 52
        case 62: UInt8(ascii: "+")
        default: UInt8(ascii: "/")
        }
    }

    /// Message types of ICMP that ask, each with the type that answers; `nil` for other protocols.
    private static func answers(_ protocolNumber: UInt8) -> [(UInt8, UInt8)]? {
        switch protocolNumber {
        case 1: icmpAnswers
        case 58: icmpv6Answers
        default: nil
        }
    }

    private static let icmpAnswers: [(UInt8, UInt8)] = [
        (8, 0), (13, 14), (15, 16), (10, 9), (17, 18),
    ]

    private static let icmpv6Answers: [(UInt8, UInt8)] = [
        (128, 129), (130, 131), (133, 134), (135, 136), (139, 140), (144, 145),
    ]
}

extension CommunityID: CustomStringConvertible {
    package var description: String {
        let octets = utf8
        return String(decoding: octets.indices.map { octets[$0] }, as: UTF8.self)
    }
}

/// A message of at most 55 octets for SHA-1 (FIPS 180-4), which is one block with its padding.
///
/// Enough for Community IDs, which need 40, and for nothing that must withstand an attacker.
private struct SHA1Block {
    private var words = [16 of UInt32](repeating: 0)
    private var count = 0

    /// Appends the lowest octets of a number, the most significant first.
    mutating func append(_ number: UInt64, octets: Int) {
        for index in (0..<octets).reversed() {
            append(UInt8(truncatingIfNeeded: number >> UInt64(8 * index)))
        }
    }

    private mutating func append(_ octet: UInt8) {
        precondition(count < 55, "one block only")
        words[count >> 2] |= UInt32(octet) << UInt32(24 - 8 * (count & 3))
        count += 1
    }

    /// The first 128 bits and the last 32.
    func digest() -> (UInt128, UInt32) {
        var words = words
        words[count >> 2] |= 0x80 << UInt32(24 - 8 * (count & 3))
        words[15] = UInt32(8 * count)
        let start: (UInt32, UInt32, UInt32, UInt32, UInt32) = (
            0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0
        )
        var (a, b, c, d, e) = start
        for round in 0..<80 {
            let place = round & 15
            if round >= 16 {
                let mixed =
                    words[(place + 13) & 15] ^ words[(place + 8) & 15] ^ words[(place + 2) & 15]
                    ^ words[place]
                words[place] = Self.rotate(mixed, 1)
            }
            let (choice, constant): (UInt32, UInt32) =
                switch round {
                case 0..<20: (d ^ (b & (c ^ d)), 0x5a82_7999)
                case 20..<40: (b ^ c ^ d, 0x6ed9_eba1)
                case 40..<60: ((b & c) | (d & (b | c)), 0x8f1b_bcdc)
                default: (b ^ c ^ d, 0xca62_c1d6)
                }
            let next = Self.rotate(a, 5) &+ choice &+ e &+ constant &+ words[place]
            (a, b, c, d, e) = (next, a, Self.rotate(b, 30), c, d)
        }
        let upper = UInt64(a &+ start.0) << 32 | UInt64(b &+ start.1)
        let lower = UInt64(c &+ start.2) << 32 | UInt64(d &+ start.3)
        return (UInt128(upper) << 64 | UInt128(lower), e &+ start.4)
    }

    private static func rotate(_ word: UInt32, _ bits: UInt32) -> UInt32 {
        word << bits | word >> (32 - bits)
    }
}
