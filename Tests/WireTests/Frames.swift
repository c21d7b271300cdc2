import NetworkTypes
import Wire

/// Builds frames from the inside out: `ethernet(ipv4(tcp(payload: 5)))`.
typealias Octets = [UInt8]

extension Octets {
    static func word16(_ value: Int) -> Octets {
        [UInt8(truncatingIfNeeded: value >> 8), UInt8(truncatingIfNeeded: value)]
    }

    static func word32(_ value: Int) -> Octets {
        word16(value >> 16) + word16(value)
    }

    static func filler(_ count: Int) -> Octets { (0..<count).map { UInt8(truncatingIfNeeded: $0) } }
}

/// What an IP packet carries, with its protocol number.
struct Transport {
    var number: Int
    var octets: Octets
}

func tcp(
    from source: Int = 40000, to destination: Int = 443, flags: Int = 0x18, payload: Int = 0,
    options: Octets = [], dataOffset: Int? = nil
) -> Transport {
    let header = 20 + options.count
    return Transport(
        number: 6,
        octets: Octets.word16(source) + .word16(destination) + .word32(0x0102_0304)
            + .word32(0x0506_0708) + [UInt8((dataOffset ?? header / 4) << 4), UInt8(flags)]
            + .word16(0x7210) + .word32(0) + options + .filler(payload))
}

func udp(
    from source: Int = 50000, to destination: Int = 9999, length: Int? = nil, _ payload: Octets
) -> Transport {
    Transport(
        number: 17,
        octets: Octets.word16(source) + .word16(destination)
            + .word16(length ?? 8 + payload.count) + .word16(0) + payload)
}

func ipv4(
    _ transport: Transport, total: Int? = nil, options: Octets = [], fragment: Int = 0x4000,
    identification: Int = 0x1234, headerWords: Int? = nil, checksum: Int? = nil,
    from source: Int = 0x0a00_0001, to destination: Int = 0xc0a8_0102
) -> Octets {
    let header = 20 + options.count
    var octets =
        [UInt8(0x40 | (headerWords ?? header / 4)), 0x2e]
        + .word16(total ?? header + transport.octets.count) + .word16(identification)
        + .word16(fragment) + [64, UInt8(transport.number), 0, 0] + .word32(source)
        + .word32(destination) + options
    var sum = 0
    for index in stride(from: 0, to: octets.count - 1, by: 2) {
        sum += Int(octets[index]) << 8 | Int(octets[index + 1])
    }
    while sum > 0xffff { sum = sum & 0xffff + sum >> 16 }
    octets.replaceSubrange(10..<12, with: Octets.word16(checksum ?? ~sum & 0xffff))
    return octets + transport.octets
}

let sourceIPv6 = IPAddress("2001:db8::1")!
let destinationIPv6 = IPAddress("2001:db8::2")!

func ipv6(_ transport: Transport, length: Int? = nil, extensions: [(Int, Octets)] = []) -> Octets {
    var next = transport.number
    var content = transport.octets
    for (number, body) in extensions.reversed() {
        content = [UInt8(next)] + body + content
        next = number
    }
    var octets: Octets = [0x61, 0x20, 0, 0] + .word16(length ?? content.count) + [UInt8(next), 63]
    for address in [sourceIPv6, destinationIPv6] {
        octets += .word32(Int(address.high >> 32)) + .word32(Int(address.high & 0xffff_ffff))
        octets += .word32(Int(address.low >> 32)) + .word32(Int(address.low & 0xffff_ffff))
    }
    return octets + content
}

let stations: Octets = [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1]

/// An Ethernet frame; without type it is that of the IP version.
func ethernet(_ octets: Octets, type: Int? = nil, tags: [(Int, Int)] = []) -> Octets {
    let type = type ?? ((octets.first ?? 0) >> 4 == 6 ? 0x86dd : 0x0800)
    var frame = stations
    for (type, tag) in tags { frame += .word16(type) + .word16(tag) }
    return frame + .word16(type) + octets
}

func arp(operation: Int = 1) -> Octets {
    .word16(1) + .word16(0x0800) + [6, 4] + .word16(operation) + [2, 0, 0, 0, 0, 1]
        + .word32(0x0a00_0001) + [0, 0, 0, 0, 0, 0] + .word32(0x0a00_0002)
}

/// What decoding a frame gave.
struct Decoded: Equatable {
    var outcome: DecodeOutcome
    var packet: Packet
    var counts: DecodeCounts
}

func decode(
    _ octets: Octets, _ linkType: LinkType = .ethernet, wireOctets: Int? = nil,
    general: Bool = false,
    configure: (inout PacketDecoder.Configuration) -> Void = { _ in }
) -> Decoded {
    var configuration = PacketDecoder.Configuration()
    configure(&configuration)
    var decoder = PacketDecoder(configuration: configuration)
    var packet = Packet()
    let outcome = octets.withUnsafeBytes { memory in
        let frame = CapturedFrame(
            octets: memory, timestamp: Timestamp(nanoseconds: 1_000),
            wireOctets: UInt32(wireOctets ?? octets.count), linkType: linkType, interface: 3)
        return general
            ? decoder.decodeGenerally(frame, into: &packet)
            : decoder.decode(frame, into: &packet)
    }
    return Decoded(outcome: outcome, packet: packet, counts: decoder.counts)
}

extension Decoded {
    /// The packet, if the outcome was one.
    var found: Packet? { outcome == .packet ? packet : nil }
}
