private import NetworkTypes

extension PacketDecoder {
    /// Extension headers of one packet that are followed.
    static var maximumExtensionHeaders: Int { 12 }

    /// Decodes IPv4 (RFC 791) and what it carries; `nil` if all went well.
    mutating func decodeIPv4(
        _ octets: RawSpan, _ extent: Extent, into packet: inout Packet
    )
        -> MalformedReason?
    {
        let start = extent.start
        guard extent.capturedEnd - start >= 20 else { return .shortIPHeader }
        let first = octets.word8(start)
        guard first >> 4 == 4 else { return .badIPVersion }
        let headerOctets = Int(first & 15) * 4
        guard headerOctets >= 20 else { return .badIPHeaderLength }
        guard let ipOffset = UInt16(exactly: start) else { return .badLinkHeader }

        packet.ipOffset = ipOffset
        packet.source = IPAddress(ipv4: octets.word32(start + 12))
        packet.destination = IPAddress(ipv4: octets.word32(start + 16))
        packet.trafficClass = octets.word8(start + 1)
        packet.fragmentIdentification = UInt32(octets.word16(start + 4))
        packet.timeToLive = octets.word8(start + 8)
        packet.protocolNumber = octets.word8(start + 9)
        verifyChecksum(octets, extent, headerOctets: headerOctets, in: &packet)
        let end = boundLength(
            Int(octets.word16(start + 2)), headerOctets: headerOctets, extent, in: &packet)
        let content = Content(
            start: start + headerOctets, end: end, capturedEnd: min(end, extent.capturedEnd))

        let fragment = octets.word16(start + 6)
        packet.fragmentOffset = (fragment & 0x1fff) << 3
        if packet.fragmentOffset != 0 {
            note(.laterFragment, .laterFragment, in: &packet)
            finish(octets, content, transportHeaderOctets: 0, in: &packet)
            return nil
        }
        if fragment & 0x2000 != 0 { note(.firstFragment, .firstFragment, in: &packet) }
        decodeTransport(octets, content, into: &packet)
        return nil
    }

    /// A checksum field of 0 is what a sending machine leaves to its network card.
    private mutating func verifyChecksum(
        _ octets: RawSpan, _ extent: Extent, headerOctets: Int, in packet: inout Packet
    ) {
        let start = extent.start
        guard configuration.verifiesChecksums, octets.word16(start + 10) != 0,
            extent.capturedEnd - start >= headerOctets
        else { return }
        var sum: UInt64 = 0
        for offset in stride(from: start, to: start + headerOctets, by: 4) {
            sum += UInt64(octets.word32(offset))
        }
        if !Self.foldsToOnes(sum) { note(.badChecksum, .badChecksum, in: &packet) }
    }

    /// Compares the length that the IP header claims with what there is, and tells where the packet ends.
    ///
    /// What the frame (or the tunnel around the packet) cannot hold is cut off, so that no sender can claim
    /// traffic that never was; a capture that cut the frame is no such reason.
    private mutating func boundLength(
        _ claimed: Int, headerOctets: Int, _ extent: Extent, in packet: inout Packet
    ) -> Int {
        let possible = extent.wireEnd - extent.start
        var length = claimed
        if claimed == 0 {
            note(.offloadedLength, .offloadedLength, in: &packet)
            length = possible
        } else if claimed > possible {
            note(.longIPLength, .badLength, in: &packet)
            length = possible
        }
        if max(claimed, length) > extent.capturedEnd - extent.start {
            note(.truncated, .truncated, in: &packet)
        }
        if length < headerOctets { note(.shortIPLength, .badLength, in: &packet) }
        packet.ipOctets = UInt32(truncatingIfNeeded: length)
        return extent.start + length
    }

    /// Decodes IPv6 (RFC 8200) with its extension headers, and what it carries.
    mutating func decodeIPv6(
        _ octets: RawSpan, _ extent: Extent, into packet: inout Packet
    )
        -> MalformedReason?
    {
        let start = extent.start
        guard extent.capturedEnd - start >= 40 else { return .shortIPHeader }
        let first = octets.word32(start)
        guard first >> 28 == 6 else { return .badIPVersion }
        guard let ipOffset = UInt16(exactly: start) else { return .badLinkHeader }

        packet.ipOffset = ipOffset
        packet.trafficClass = UInt8(truncatingIfNeeded: first >> 20)
        packet.timeToLive = octets.word8(start + 7)
        packet.source = IPAddress(
            high: octets.word64(start + 8), low: octets.word64(start + 16))
        packet.destination = IPAddress(
            high: octets.word64(start + 24), low: octets.word64(start + 32))
        let next = octets.word8(start + 6)
        // Length 0 stands for a jumbogram or for segmentation offload, unless nothing follows but what
        // Ethernet fills its shortest frame with.
        let payload = Int(octets.word16(start + 4))
        let isOffloaded = payload == 0 && next != 59 && extent.wireEnd - start > 46
        let claimed = isOffloaded ? 0 : 40 + payload
        let end = boundLength(claimed, headerOctets: 40, extent, in: &packet)
        let content = Content(
            start: start + 40, end: end, capturedEnd: min(end, extent.capturedEnd))
        decodeExtensions(octets, next, content, into: &packet)
        return nil
    }

    /// Follows the chain of extension headers to the transport header or the rest of a fragment.
    ///
    /// Mobility, HIP and shim6 messages end the chain where nothing follows them: they are then the
    /// protocol of the packet.
    private mutating func decodeExtensions(
        _ octets: RawSpan, _ next: UInt8, _ content: Content, into packet: inout Packet
    ) {
        var next = next
        var content = content
        for _ in 0...Self.maximumExtensionHeaders {
            packet.protocolNumber = next
            guard Self.isExtensionHeader(next) else {
                return decodeTransport(octets, content, into: &packet)
            }
            guard content.available >= 8 else { break }
            let following = octets.word8(content.start)
            if following == 59, next >= 135 {
                return finish(octets, content, transportHeaderOctets: 0, in: &packet)
            }
            var length = (Int(octets.word8(content.start + 1)) + 1) * 8
            if next == 51 { length = (Int(octets.word8(content.start + 1)) + 2) * 4 }
            if next == 44 {
                length = 8
                let fragment = octets.word16(content.start + 2)
                packet.fragmentIdentification = octets.word32(content.start + 4)
                packet.fragmentOffset = fragment & 0xfff8
                if packet.fragmentOffset != 0 {
                    content.start += 8
                    packet.protocolNumber = following
                    note(.laterFragment, .laterFragment, in: &packet)
                    return finish(octets, content, transportHeaderOctets: 0, in: &packet)
                }
                if fragment & 1 != 0 { note(.firstFragment, .firstFragment, in: &packet) }
            }
            content.start += length
            next = following
        }
        counts.oddities[.badExtensionHeaders] &+= 1
        if content.claimed >= 8, content.available >= 8 {
            packet.marks.insert(.tooDeep)
        } else if content.claimed < 8 {
            packet.marks.insert(.badLength)
        }
        giveUpTransport(octets, content, in: &packet)
    }

    private static func isExtensionHeader(_ number: UInt8) -> Bool {
        switch number {
        case 0, 43, 44, 51, 60, 135, 139, 140: true
        default: false
        }
    }
}
