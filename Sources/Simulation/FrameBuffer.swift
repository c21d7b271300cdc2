import NetworkTypes

/// One Ethernet frame under construction: first the lower headers, then the payload, then the transport
/// header with what depends on the payload.
///
/// Frames shorter than 60 octets are filled up with zeros, as on the wire.
struct FrameBuffer: Sendable {
    /// The memory; longer than the longest frame.
    private var octets = [UInt8](repeating: 0, count: 2048)
    /// Where the next octet of payload goes, and how long the frame is once it is closed.
    private(set) var count = 0
    private var transportStart = 0
    private var isVersion6 = false
    /// The sum of the pseudo header's words, in network byte order.
    private var pseudoSum: UInt64 = 0

    /// Hands over the frame as it stands.
    func deliver(_ body: (RawSpan) throws -> Void) rethrows {
        // SAFETY: octets have no padding between them.
        try body(unsafe octets.span.bytes.extracting(0..<count))
    }

    /// Begins an IP packet and leaves room for the transport header.
    mutating func begin(
        from source: FrameEnd, to destination: FrameEnd, protocolNumber: UInt8,
        transportHeader: Int, identification: UInt16
    ) {
        putEthernet(from: source.hardwareAddress, to: destination.hardwareAddress)
        if let from = source.address.ipv4, let to = destination.address.ipv4 {
            isVersion6 = false
            put(0x0800 as UInt16, at: 12)
            put(0x4500 as UInt16, at: 14)
            put(UInt32(identification) << 16 | 0x4000, at: 18)
            put(UInt32(source.timeToLive) << 24 | UInt32(protocolNumber) << 16, at: 22)
            put(from, at: 26)
            put(to, at: 30)
            transportStart = 34
            pseudoSum = UInt64(from >> 16) + UInt64(from & 0xffff)
            pseudoSum += UInt64(to >> 16) + UInt64(to & 0xffff)
        } else {
            isVersion6 = true
            put(0x86dd as UInt16, at: 12)
            put(0x6000_0000 as UInt32 | UInt32(identification), at: 14)
            put(protocolNumber, at: 20)
            put(source.timeToLive, at: 21)
            put(source.address.high, at: 22)
            put(source.address.low, at: 30)
            put(destination.address.high, at: 38)
            put(destination.address.low, at: 46)
            transportStart = 54
            pseudoSum = 0
            for at in stride(from: 22, to: 54, by: 2) { pseudoSum += UInt64(word(at: at)) }
        }
        pseudoSum += UInt64(protocolNumber)
        count = transportStart + transportHeader
    }

    /// Adds payload: `size` octets of `source` from `start` on.
    ///
    /// - Precondition: the source has them, and the frame has room.
    mutating func append(_ source: [UInt8], from start: Int, count size: Int) {
        precondition(start >= 0 && size >= 0 && start + size <= source.count, "beyond the source")
        precondition(count + size <= octets.count, "beyond the frame")
        let at = count
        unsafe octets.withUnsafeMutableBytes { target in
            unsafe source.withUnsafeBytes { source in
                // SAFETY: both ranges were checked above.
                let part = unsafe UnsafeRawBufferPointer(rebasing: source[start..<start + size])
                unsafe UnsafeMutableRawBufferPointer(rebasing: target[at..<at + size])
                    .copyMemory(from: part)
            }
        }
        count += size
    }

    /// Replaces an octet of the payload; `place` counts from the end of what was added.
    mutating func replace(back place: Int, with octet: UInt8) { octets[count - place] = octet }

    mutating func closeTCP(_ segment: FrameSegment, ports: (source: UInt16, destination: UInt16)) {
        let at = transportStart
        put(UInt32(ports.source) << 16 | UInt32(ports.destination), at: at)
        put(segment.sequence, at: at + 4)
        put(segment.acknowledgement, at: at + 8)
        let words = UInt32(20 + segment.optionOctets) / 4
        let flags = UInt32(segment.flags.rawValue)
        put(words << 28 | flags << 16 | UInt32(segment.window), at: at + 12)
        put(0 as UInt32, at: at + 16)
        putOptions(segment, at: at + 20)
        put(checksum(), at: at + 16)
        closeIP()
    }

    mutating func closeUDP(ports: (source: UInt16, destination: UInt16)) {
        let at = transportStart
        put(UInt32(ports.source) << 16 | UInt32(ports.destination), at: at)
        put(UInt32(count - at) << 16, at: at + 4)
        let sum = checksum()
        put(sum == 0 ? 0xffff : sum, at: at + 6)
        closeIP()
    }

    /// Closes an ICMP or ICMPv6 message, all of which is payload and has a checksum of 0 in octets 2 and 3.
    mutating func closeICMP() {
        if !isVersion6 { pseudoSum = 0 }
        put(checksum(isICMP: !isVersion6), at: transportStart + 2)
        closeIP()
    }

    /// Makes an ARP message for IPv4 over Ethernet (RFC 826).
    mutating func makeARP(
        operation: UInt16, sender: FrameEnd, target: FrameEnd, to receiver: UInt64
    ) {
        putEthernet(from: sender.hardwareAddress, to: receiver)
        put(0x0806_0001 as UInt32, at: 12)
        put(0x0800_0604 as UInt32, at: 16)
        put(operation, at: 20)
        put(UInt16(truncatingIfNeeded: sender.hardwareAddress >> 32), at: 22)
        put(UInt32(truncatingIfNeeded: sender.hardwareAddress), at: 24)
        put(sender.address.ipv4 ?? 0, at: 28)
        put(UInt16(truncatingIfNeeded: target.hardwareAddress >> 32), at: 32)
        put(UInt32(truncatingIfNeeded: target.hardwareAddress), at: 34)
        put(target.address.ipv4 ?? 0, at: 38)
        count = 42
        pad()
    }

    // MARK: - Headers

    private mutating func putEthernet(from source: UInt64, to destination: UInt64) {
        put(UInt16(truncatingIfNeeded: destination >> 32), at: 0)
        put(UInt32(truncatingIfNeeded: destination), at: 2)
        put(UInt16(truncatingIfNeeded: source >> 32), at: 6)
        put(UInt32(truncatingIfNeeded: source), at: 8)
    }

    /// Options in the order of the common systems: with timestamps as Linux has it, else as Windows.
    private mutating func putOptions(_ segment: FrameSegment, at start: Int) {
        var at = start
        if let size = segment.maximumSegment {
            put(0x0204_0000 | UInt32(size), at: at)
            at += 4
        }
        if let scale = segment.windowScale, segment.clock == nil {
            put(0x0103_0300 | UInt32(scale), at: at)
            put(0x0101_0402 as UInt32, at: at + 4)
            at += 8
        }
        if let clock = segment.clock {
            let isSYN = segment.windowScale != nil
            put(isSYN ? 0x0402_080a : 0x0101_080a as UInt32, at: at)
            put(clock.value, at: at + 4)
            put(clock.echo, at: at + 8)
            at += 12
            if let scale = segment.windowScale {
                put(0x0103_0300 | UInt32(scale), at: at)
                at += 4
            }
        }
        if let block = segment.selective {
            put(0x0101_050a as UInt32, at: at)
            put(block.start, at: at + 4)
            put(block.end, at: at + 8)
        }
    }

    private mutating func closeIP() {
        if isVersion6 {
            put(UInt16(count - 54), at: 18)
        } else {
            put(UInt16(count - 14), at: 16)
            put(0 as UInt16, at: 24)
            put(~Self.folded(sum(from: 14, to: 34)), at: 24)
        }
        pad()
    }

    private mutating func pad() {
        while count < 60 {
            octets[count] = 0
            count += 1
        }
    }

    // MARK: - Checksums (RFC 1071)

    /// Of the transport header and payload, with the pseudo header unless told otherwise.
    private func checksum(isICMP: Bool = false) -> UInt16 {
        let length = count - transportStart
        let pseudo = isICMP ? 0 : pseudoSum + UInt64(length)
        return ~Self.folded(pseudo + sum(from: transportStart, to: count))
    }

    /// The sum of the 16-bit words in network byte order. It is taken eight octets at a time in the
    /// byte order of the machine, which gives the same sum with its octets swapped.
    private func sum(from start: Int, to end: Int) -> UInt64 {
        // SAFETY: octets have no padding, and the load checks its bounds.
        let bytes = unsafe octets.span.bytes
        var (low, high) = (UInt64(0), UInt64(0))
        var at = start
        while at + 8 <= end {
            let word = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: at, as: UInt64.self)
            low += word & 0xffff_ffff
            high += word >> 32
            at += 8
        }
        var rest: UInt64 = 0
        for (place, index) in (at..<end).enumerated() {
            rest |= UInt64(octets[index]) << UInt64(8 * place)
        }
        low += UInt64(littleEndian: rest) & 0xffff_ffff
        high += UInt64(littleEndian: rest) >> 32
        return UInt64(Self.folded(low + high).bigEndian)
    }

    /// One's complement sum of the four words.
    private static func folded(_ sum: UInt64) -> UInt16 {
        var sum = sum
        while sum >> 16 != 0 { sum = (sum & 0xffff) + sum >> 16 }
        return UInt16(truncatingIfNeeded: sum)
    }

    // MARK: - Numbers

    private mutating func put<Number: FixedWidthInteger & BitwiseCopyable>(
        _ number: Number, at place: Int
    ) {
        var span = octets.mutableSpan
        // SAFETY: any bits are octets; the store checks its bounds.
        var bytes = unsafe span.mutableBytes
        bytes.storeBytes(of: number.bigEndian, toByteOffset: place, as: Number.self)
    }

    private func word(at place: Int) -> UInt16 {
        UInt16(octets[place]) << 8 | UInt16(octets[place + 1])
    }
}
