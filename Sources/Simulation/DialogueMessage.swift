import NetworkTypes
import Statistics

/// The octets of a message under construction, numbers in network byte order.
struct DialogueMessage: Sendable {
    private(set) var octets: [UInt8] = []

    init() {}

    init(_ build: (inout DialogueMessage) -> Void) { build(&self) }

    mutating func add8(_ number: Int) { octets.append(UInt8(truncatingIfNeeded: number)) }

    mutating func add16(_ number: Int) {
        octets.append(UInt8(truncatingIfNeeded: number >> 8))
        octets.append(UInt8(truncatingIfNeeded: number))
    }

    mutating func add24(_ number: Int) {
        add8(number >> 16)
        add16(number)
    }

    mutating func add32(_ number: Int) {
        add16(number >> 16)
        add16(number)
    }

    mutating func add64(_ number: UInt64) {
        add32(Int(truncatingIfNeeded: number >> 32))
        add32(Int(truncatingIfNeeded: number))
    }

    /// Numbers of SMB and NTLM: little-endian.
    mutating func addLittle(_ number: Int, octets count: Int) {
        for place in 0..<count { add8(number >> (8 * place)) }
    }

    mutating func add(_ text: String) { octets.append(contentsOf: text.utf8) }

    mutating func add(_ more: [UInt8]) { octets.append(contentsOf: more) }

    /// 4 octets of an IPv4 address, 16 of an IPv6 address.
    mutating func add(_ address: IPAddress) {
        if let ipv4 = address.ipv4 {
            add32(Int(ipv4))
        } else {
            add64(address.high)
            add64(address.low)
        }
    }

    mutating func addZeros(_ count: Int) {
        octets.append(contentsOf: repeatElement(0, count: count))
    }

    mutating func addRandom(_ count: Int, _ generator: inout SeededGenerator) {
        for _ in 0..<count { octets.append(UInt8(truncatingIfNeeded: generator.next() >> 56)) }
    }

    /// Adds what `build` adds, behind its length in so many octets.
    mutating func addCounted(_ lengthOctets: Int, _ build: (inout DialogueMessage) -> Void) {
        let start = octets.count
        addZeros(lengthOctets)
        build(&self)
        let count = octets.count - start - lengthOctets
        for place in 0..<lengthOctets {
            octets[start + place] = UInt8(
                truncatingIfNeeded: count >> (8 * (lengthOctets - 1 - place)))
        }
    }
}
