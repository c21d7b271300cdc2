import Statistics

/// A seeded capture of small TCP and UDP conversations, as octets of a pcap file.
struct SampleTraffic {
    private(set) var frames: [(microseconds: UInt64, octets: [UInt8])] = []

    /// - Parameter seconds: over which the conversations begin.
    init(conversations: Int, seconds: Double = 60, seed: UInt64 = 1) {
        var random = SeededGenerator(seed: seed)
        for number in 0..<conversations {
            let begin = 1_700_000_000 + Double(number) / Double(max(1, conversations)) * seconds
            let client: [UInt8] = [10, 1, UInt8(number >> 8 & 255), UInt8(number & 255)]
            let server: [UInt8] = [192, 0, 2, UInt8.random(in: 1...9, using: &random)]
            let port = UInt16.random(in: 20_000...60_000, using: &random)
            let isTCP = number % 3 != 0
            let steps = Int.random(in: 1...6, using: &random)
            var flags: [UInt8] = isTCP ? [0x02, 0x12, 0x10] : []
            for step in 0..<steps { flags.append(step == steps - 1 && isTCP ? 0x19 : 0x18) }
            for (index, flag) in flags.enumerated() {
                let isAnswer = index % 2 == 1
                let payload = [UInt8](
                    repeating: UInt8(index),
                    count: flag & 8 == 0 ? 0 : .random(in: 1...300, using: &random))
                frames.append(
                    (
                        UInt64((begin + Double(index) * 0.003) * 1e6),
                        Self.frame(
                            isAnswer ? (server, client) : (client, server),
                            isAnswer ? (443, port) : (port, 443), isTCP ? flag : nil, payload)
                    ))
            }
        }
        frames.sort { $0.microseconds < $1.microseconds }
    }

    /// The file, or some of its frames, with another link type if asked for.
    func pcap(_ range: Range<Int>? = nil, link: UInt32 = 1) -> [UInt8] {
        var octets: [UInt8] = []
        func put<Number: FixedWidthInteger>(_ value: Number) {
            withUnsafeBytes(of: value.littleEndian) { octets += $0 }
        }
        put(UInt32(0xa1b2_c3d4))
        put(UInt16(2))
        put(UInt16(4))
        put(UInt64(0))
        put(UInt32(65_535))
        put(link)
        for frame in frames[range ?? frames.indices] {
            put(UInt32(frame.microseconds / 1_000_000))
            put(UInt32(frame.microseconds % 1_000_000))
            put(UInt32(frame.octets.count))
            put(UInt32(frame.octets.count))
            octets += frame.octets
        }
        return octets
    }

    /// Ethernet, IPv4, and TCP with flags or UDP without.
    private static func frame(
        _ addresses: ([UInt8], [UInt8]), _ ports: (UInt16, UInt16), _ flags: UInt8?,
        _ payload: [UInt8]
    ) -> [UInt8] {
        func two(_ number: Int) -> [UInt8] { [UInt8(number >> 8 & 255), UInt8(number & 255)] }
        let transport =
            two(Int(ports.0)) + two(Int(ports.1))
            + (flags.map { [0, 0, 0, 1, 0, 0, 0, 1, 0x50, $0, 0x20, 0, 0, 0, 0, 0] }
                ?? two(8 + payload.count) + [0, 0])
        let length = two(20 + transport.count + payload.count)
        var header =
            [0x45, 0] + length + [0, 1, 0x40, 0, 64, flags == nil ? 17 : 6, 0, 0] + addresses.0
            + addresses.1
        var sum = stride(from: 0, to: 20, by: 2).reduce(0) {
            $0 + Int(header[$1]) << 8 + Int(header[$1 + 1])
        }
        while sum > 0xffff { sum = sum & 0xffff + sum >> 16 }
        header[10...11] = two(~sum)[...]
        return [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0] + header + transport + payload
    }
}
