import NetworkTypes
import Simulation

/// A frame of a simulated capture, decoded by hand: an oracle that is not the program's decoder.
struct CaptureFrame {
    let time: Int64
    let octets: [UInt8]
    var source: FlowEnd?
    var destination: FlowEnd?
    /// IP protocol number; 0 for ARP.
    var protocolNumber: UInt8 = 0
    /// Where the transport header and its payload lie, without Ethernet padding.
    var transport = 0..<0
    var payload = 0..<0
    var hasRightChecksums = true

    init(_ time: Timestamp, _ octets: [UInt8]) {
        self.time = time.nanoseconds
        self.octets = octets
        let isVersion6 = word(12) == 0x86dd
        guard isVersion6 || word(12) == 0x0800 else { return }
        let addresses = isVersion6 ? 22..<54 : 26..<34
        let end = isVersion6 ? 54 + word(18) : 14 + word(16)
        let start = isVersion6 ? 54 : 34
        protocolNumber = octets[isVersion6 ? 20 : 23]
        guard end <= octets.count else {
            hasRightChecksums = false
            return
        }
        transport = start..<end
        let hasPorts = protocolNumber == 6 || protocolNumber == 17
        let half = addresses.count / 2
        source = FlowEnd(
            address: address(octets[addresses].prefix(half)),
            port: hasPorts ? UInt16(word(start)) : 0)
        destination = FlowEnd(
            address: address(octets[addresses].suffix(half)),
            port: hasPorts ? UInt16(word(start + 2)) : 0)
        let header =
            switch protocolNumber {
            case 6: Int(octets[start + 12] >> 4) * 4
            case 17: 8
            default: 4
            }
        payload = start + header..<end
        var pseudo = [UInt8](octets[addresses]) + [0, protocolNumber]
        pseudo += [UInt8(transport.count >> 8), UInt8(transport.count & 255)]
        if protocolNumber == 1 { pseudo = [] }
        hasRightChecksums = Self.sum(pseudo + octets[transport]) == 0xffff
        if !isVersion6 {
            hasRightChecksums = hasRightChecksums && Self.sum([UInt8](octets[14..<34])) == 0xffff
        }
        if protocolNumber == 17, word(start + 4) != transport.count { hasRightChecksums = false }
    }

    func word(_ place: Int) -> Int { Int(octets[place]) << 8 | Int(octets[place + 1]) }

    var isARP: Bool { word(12) == 0x0806 }
    var isTCP: Bool { protocolNumber == 6 }
    var flags: UInt8 { octets[transport.lowerBound + 13] }
    var isSYN: Bool { isTCP && flags & 0x12 == 2 }
    var sequence: UInt32 {
        UInt32(word(transport.lowerBound + 4) << 16 | word(transport.lowerBound + 6))
    }
    var acknowledgement: UInt32 {
        UInt32(word(transport.lowerBound + 8) << 16 | word(transport.lowerBound + 10))
    }
    /// Octets of sequence numbers it takes.
    var sequenceOctets: UInt32 {
        UInt32(payload.count) + UInt32(flags & 1) + UInt32(flags >> 1 & 1)
    }

    /// The 5-tuple, whoever sends.
    var flow: Set<FlowEnd> { Set([source, destination].compactMap(\.self)) }

    private func address(_ octets: ArraySlice<UInt8>) -> IPAddress {
        let bits = octets.reduce(UInt128(0)) { $0 << 8 | UInt128($1) }
        return octets.count == 4 ? IPAddress(ipv4: UInt32(bits)) : IPAddress(bits: bits)
    }

    private static func sum(_ octets: [UInt8]) -> Int {
        var sum = 0
        for index in stride(from: 0, to: octets.count, by: 2) {
            sum += Int(octets[index]) << 8
            if index + 1 < octets.count { sum += Int(octets[index + 1]) }
        }
        while sum > 0xffff { sum = sum & 0xffff + sum >> 16 }
        return sum
    }
}

/// A whole capture in memory, for those tests that look at it from several sides.
struct CaptureSample {
    let frames: [CaptureFrame]
    let attacks: [PacketAttack]

    init(_ configuration: SimulatedCapture.Configuration) {
        var capture = SimulatedCapture(configuration)
        var frames: [CaptureFrame] = []
        func take(_ time: Timestamp, _ octets: RawSpan) {
            frames.append(CaptureFrame(time, octets.withUnsafeBytes(Array.init)))
        }
        while capture.nextFrame(take) {}
        self.frames = frames
        attacks = capture.attacks
    }

    /// One hour of a small load with all attacks.
    static let hour = try! CaptureSample(.init(seed: 7, flowsPerHour: 120))

    /// The only attack of a kind.
    func attack(_ kind: PacketAttack.Kind) -> PacketAttack { attacks.first { $0.kind == kind }! }

    /// The frames of an attack's flows.
    func frames(of attack: PacketAttack) -> [CaptureFrame] {
        let flows = Set(attack.flows.map { Set([$0.source, $0.destination]) })
        return frames.filter { $0.source != nil && flows.contains($0.flow) }
    }
}

/// FNV-1a over a capture's times and octets.
func captureHash(_ configuration: SimulatedCapture.Configuration) -> UInt64 {
    var capture = SimulatedCapture(configuration)
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    while capture.nextFrame({ time, octets in
        hash = (hash ^ UInt64(bitPattern: time.nanoseconds)) &* 0x0000_0100_0000_01b3
        octets.withUnsafeBytes {
            for octet in $0 { hash = (hash ^ UInt64(octet)) &* 0x0000_0100_0000_01b3 }
        }
    }) {}
    return hash
}
