/// What lies behind the IP headers: from `start` to `end` by the IP length, to `capturedEnd` in the capture.
/// Both ends may lie before the start, if lengths are wrong.
struct Content {
    var start: Int
    let end: Int
    let capturedEnd: Int

    /// Octets by the IP length.
    var claimed: Int { max(0, end - start) }
    /// Octets in the capture.
    var available: Int { max(0, capturedEnd - start) }
}

extension PacketDecoder {
    mutating func decodeTransport(
        _ octets: RawSpan, _ content: Content, into packet: inout Packet
    ) {
        switch packet.protocolNumber {
        case 6: decodeTCP(octets, content, into: &packet)
        case 17: decodeUDP(octets, content, into: &packet)
        case 136: decodePorts(octets, content, headerOctets: 8, into: &packet)
        case 132: decodePorts(octets, content, headerOctets: 12, into: &packet)
        case 33: decodeDCCP(octets, content, into: &packet)
        case 1, 58: decodeICMP(octets, content, into: &packet)
        default:
            if content.start > content.capturedEnd {
                giveUpTransport(octets, content, in: &packet)
            } else {
                finish(octets, content, transportHeaderOctets: 0, in: &packet)
            }
        }
    }

    /// TCP (RFC 9293). A data offset that cannot be true leaves the fields, but no payload.
    private mutating func decodeTCP(
        _ octets: RawSpan, _ content: Content, into packet: inout Packet
    ) {
        guard readPorts(octets, content, headerOctets: 20, into: &packet) else { return }
        let start = content.start
        packet.sequenceNumber = octets.word32(start + 4)
        packet.acknowledgementNumber = octets.word32(start + 8)
        packet.tcpFlags = octets.word8(start + 13)
        packet.window = octets.word16(start + 14)
        let length = Int(octets.word8(start + 12) >> 4) * 4
        if length >= 20, length <= content.claimed {
            finish(octets, content, transportHeaderOctets: length, in: &packet)
        } else {
            note(.badTransportLength, .badLength, in: &packet)
            finish(
                octets, content, transportHeaderOctets: length < 20 ? 20 : content.claimed,
                in: &packet)
            clearPayload(of: &packet)
        }
        if packet.tcpFlags & 0x02 != 0 {
            readOptions(
                octets, from: start + 20, to: min(start + length, content.capturedEnd),
                into: &packet)
        }
    }

    /// Maximum segment size and window scale (RFC 9293 section 3.2, RFC 7323) of a SYN.
    func readOptions(_ octets: RawSpan, from start: Int, to end: Int, into packet: inout Packet) {
        var offset = start
        while offset + 2 <= end {
            let kind = octets.word8(offset)
            if kind == 0 { return }
            if kind == 1 {
                offset += 1
                continue
            }
            let length = Int(octets.word8(offset + 1))
            guard length >= 2, offset + length <= end else { return }
            if kind == 2, length == 4 {
                packet.maximumSegmentSize = octets.word16(offset + 2)
                packet.marks.insert(.maximumSegmentSize)
            } else if kind == 3, length == 3 {
                packet.windowScale = octets.word8(offset + 2)
                packet.marks.insert(.windowScale)
            }
            offset += length
        }
    }

    /// UDP (RFC 768). Its own length is compared with that of IP, which goes before.
    private mutating func decodeUDP(
        _ octets: RawSpan, _ content: Content, into packet: inout Packet
    ) {
        guard readPorts(octets, content, headerOctets: 8, into: &packet) else { return }
        let length = Int(octets.word16(content.start + 4))
        let isOffloaded = length == 0 && packet.marks.contains(.offloadedLength)
        let isWhole = !packet.marks.contains(.firstFragment)
        if length < 8 && !isOffloaded || isWhole && !isOffloaded && length != content.claimed {
            note(.udpLength, .badLength, in: &packet)
        }
        finish(octets, content, transportHeaderOctets: 8, in: &packet)
    }

    /// UDP-Lite (RFC 3828) and SCTP (RFC 9260): ports and a header of fixed length.
    private mutating func decodePorts(
        _ octets: RawSpan, _ content: Content, headerOctets: Int, into packet: inout Packet
    ) {
        guard readPorts(octets, content, headerOctets: headerOctets, into: &packet) else { return }
        finish(octets, content, transportHeaderOctets: headerOctets, in: &packet)
    }

    /// DCCP (RFC 4340).
    private mutating func decodeDCCP(
        _ octets: RawSpan, _ content: Content, into packet: inout Packet
    ) {
        guard readPorts(octets, content, headerOctets: 12, into: &packet) else { return }
        let length = Int(octets.word8(content.start + 4)) * 4
        guard length >= 12, length <= content.claimed else {
            note(.badTransportLength, .badLength, in: &packet)
            finish(octets, content, transportHeaderOctets: 12, in: &packet)
            clearPayload(of: &packet)
            return
        }
        finish(octets, content, transportHeaderOctets: length, in: &packet)
    }

    /// ICMP (RFC 792) and ICMPv6 (RFC 4443).
    private mutating func decodeICMP(
        _ octets: RawSpan, _ content: Content, into packet: inout Packet
    ) {
        if content.claimed < 8 { note(.badTransportLength, .badLength, in: &packet) }
        guard content.available >= 2 else {
            return giveUpTransport(octets, content, in: &packet)
        }
        packet.icmpType = octets.word8(content.start)
        packet.icmpCode = octets.word8(content.start + 1)
        if content.available >= 6, Self.hasIdentifier(packet) {
            packet.icmpIdentifier = octets.word16(content.start + 4)
        }
        finish(octets, content, transportHeaderOctets: min(8, content.claimed), in: &packet)
    }

    /// Echo, timestamp, information, address mask (RFC 792, 950) and extended echo (RFC 8335).
    private static func hasIdentifier(_ packet: Packet) -> Bool {
        switch (packet.protocolNumber, packet.icmpType) {
        case (1, 0), (1, 8), (1, 13...18), (1, 42...43), (58, 128...129), (58, 160...161): true
        default: false
        }
    }

    /// Reads the ports, if they are there.
    ///
    /// - Returns: whether the fixed part of the header was captured; if not, the packet is finished.
    private mutating func readPorts(
        _ octets: RawSpan, _ content: Content, headerOctets: Int, into packet: inout Packet
    ) -> Bool {
        if content.available >= 4 {
            packet.sourcePort = octets.word16(content.start)
            packet.destinationPort = octets.word16(content.start + 2)
        }
        guard content.available < headerOctets else { return true }
        if content.claimed < headerOctets { packet.marks.insert(.badLength) }
        giveUpTransport(octets, content, in: &packet)
        return false
    }

    mutating func giveUpTransport(
        _ octets: RawSpan, _ content: Content, in packet: inout Packet
    ) {
        note(.noTransport, .noTransport, in: &packet)
        packet.payloadOffset = UInt32(truncatingIfNeeded: min(content.start, octets.byteCount))
    }

    /// Writes the lengths around a transport header.
    mutating func finish(
        _ octets: RawSpan, _ content: Content, transportHeaderOctets: Int, in packet: inout Packet
    ) {
        let start = content.start + transportHeaderOctets
        packet.transportHeaderOctets = UInt16(truncatingIfNeeded: transportHeaderOctets)
        packet.payloadOctets = UInt32(truncatingIfNeeded: max(0, content.end - start))
        packet.capturedPayloadOctets = UInt32(
            truncatingIfNeeded: max(0, content.capturedEnd - start))
        packet.untrimmedPayloadOctets = UInt32(truncatingIfNeeded: max(0, octets.byteCount - start))
        packet.payloadOffset = UInt32(truncatingIfNeeded: min(start, octets.byteCount))
    }

    private func clearPayload(of packet: inout Packet) {
        packet.payloadOctets = 0
        packet.capturedPayloadOctets = 0
    }
}
