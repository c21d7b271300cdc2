import NetworkTypes

/// Turns frames into packets, and counts what is odd about them.
///
/// No frame makes it fail, allocate, or take longer than its few headers need: every length is compared
/// with the octets that are there, every loop has a limit, and what cannot be true is marked and counted.
/// It keeps nothing between frames but its counters.
package struct PacketDecoder: Sendable {
    package struct Configuration: Sendable {
        /// Whether a packet in a tunnel takes the place of the packet around it.
        package var followsTunnels = true
        /// Tunnels in one another that are followed.
        package var maximumTunnels = 4
        /// Whether IPv4 header checksums are verified.
        package var verifiesChecksums = true

        package init() {}
    }

    package let configuration: Configuration
    package var counts = DecodeCounts()
    /// What packets without tunnel have as its ends; kept, since making one is a call into another module.
    let noAddress = IPAddress(high: 0, low: 0)

    package init(configuration: Configuration = Configuration()) {
        self.configuration = configuration
    }

    /// Decodes one frame. The packet is whole if the outcome is `.packet`, and worth nothing otherwise.
    package mutating func decode(
        _ frame: CapturedFrame, into packet: inout Packet
    )
        -> DecodeOutcome
    {
        if unsafe decodePlainTransport(frame, into: &packet) { return .packet }
        return unsafe decodeGenerally(frame, into: &packet)
    }

    /// The same as `decode`, for frames of every kind; the tests compare the two.
    @inline(never)
    package mutating func decodeGenerally(
        _ frame: CapturedFrame, into packet: inout Packet
    )
        -> DecodeOutcome
    {
        counts.frames &+= 1
        let octets = unsafe frame.octets.bytes
        var link = LinkHeaders()
        let network = unsafe link.network(in: octets, linkType: frame.linkType)
        packet = Packet()
        unsafe packet.timestamp = frame.timestamp
        unsafe packet.interface = frame.interface
        packet.frameOctets = unsafe max(
            frame.wireOctets, UInt32(truncatingIfNeeded: octets.byteCount))
        packet.vlan = link.vlan
        let refusal: MalformedReason?
        switch network {
        case .ipv4(let offset):
            refusal = decodeIPv4(octets, Extent(octets, offset, packet.frameOctets), into: &packet)
            if unsafe offset == 14 && frame.linkType == .ethernet {
                packet.marks.insert(.plainEthernet)
            }
        case .ipv6(let offset):
            refusal = decodeIPv6(octets, Extent(octets, offset, packet.frameOctets), into: &packet)
            if unsafe offset == 14 && frame.linkType == .ethernet {
                packet.marks.insert(.plainEthernet)
            }
        case .arp(let offset): return unsafe arp(octets, at: offset, frame, vlan: link.vlan)
        case .other(let kind):
            counts.notIP[kind] &+= 1
            return .notIP(kind)
        case .malformed(let reason): refusal = reason
        case .unknownLinkType:
            counts.unknownLinkTypes &+= 1
            return .unknownLinkType
        }
        if let refusal {
            counts.malformed[refusal] &+= 1
            return .malformed(refusal)
        }
        if configuration.followsTunnels { followTunnels(octets, into: &packet) }
        counts.packets &+= 1
        return .packet
    }

    private mutating func arp(
        _ octets: RawSpan, at offset: Int, _ frame: CapturedFrame, vlan: UInt16
    ) -> DecodeOutcome {
        do throws(ARPMessage.Refusal) {
            let message = try unsafe ARPMessage(
                octets.extracting(droppingFirst: offset), timestamp: frame.timestamp, vlan: vlan,
                interface: frame.interface)
            counts.arpMessages &+= 1
            return .arp(message)
        } catch {
            switch error {
            case .truncated:
                counts.malformed[.shortARP] &+= 1
                return .malformed(.shortARP)
            case .otherAddresses:
                counts.notIP[.otherARP] &+= 1
                return .notIP(.otherARP)
            }
        }
    }

    /// Marks and counts an oddity.
    mutating func note(_ oddity: Oddity, _ mark: Packet.Marks, in packet: inout Packet) {
        packet.marks.insert(mark)
        counts.oddities[oddity] &+= 1
    }
}

/// Where a network header begins, and how far what follows it may reach.
struct Extent {
    /// First octet of the network header.
    let start: Int
    /// End of what was captured, of the frame or of what a tunnel carries.
    let capturedEnd: Int
    /// The same on the wire.
    let wireEnd: Int

    init(start: Int, capturedEnd: Int, wireEnd: Int) {
        (self.start, self.capturedEnd, self.wireEnd) = (start, capturedEnd, wireEnd)
    }

    /// In a whole frame.
    init(_ octets: RawSpan, _ start: Int, _ frameOctets: UInt32) {
        self.init(start: start, capturedEnd: octets.byteCount, wireEnd: Int(frameOctets))
    }
}

extension CapturedFrame {
    /// The captured octets of a packet's payload; `packet` is what the decoder made of this frame.
    package func payload(of packet: Packet) -> UnsafeRawBufferPointer {
        let start = unsafe min(Int(packet.payloadOffset), octets.count)
        let end = unsafe min(start + Int(packet.capturedPayloadOctets), octets.count)
        return unsafe UnsafeRawBufferPointer(rebasing: octets[start..<end])
    }
}
