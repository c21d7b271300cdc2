private import NetworkTypes

extension PacketDecoder {
    /// Decodes the frame that nearly all frames are: whole TCP or UDP in whole IPv4 without options in
    /// Ethernet without tags, nothing odd about it. The result is that of `decodeGenerally`.
    ///
    /// - Returns: `false`, and nothing done, for other frames.
    @inline(never)
    mutating func decodePlainTransport(_ frame: CapturedFrame, into packet: inout Packet) -> Bool {
        let octets = unsafe frame.octets.bytes
        let captured = octets.byteCount
        // EtherType IPv4, version 4, header of five words.
        guard unsafe frame.linkType == .ethernet, captured >= 42,
            octets.word32(12) >> 8 == 0x08_0045
        else { return false }
        let word0 = octets.word32(14)
        let word1 = octets.word32(18)
        let word2 = octets.word32(22)
        let source = octets.word32(26)
        let destination = octets.word32(30)
        let total = Int(word0 & 0xffff)
        // In the frame, and neither "more fragments" nor an offset.
        guard total >= 28, total <= captured - 14, word1 & 0x3fff == 0 else { return false }
        if configuration.verifiesChecksums {
            let sum =
                UInt64(word0) + UInt64(word1) + UInt64(word2) + UInt64(source) + UInt64(destination)
            guard Self.foldsToOnes(sum) || word2 & 0xffff == 0 else { return false }
        }
        let protocolNumber = UInt8(truncatingIfNeeded: word2 >> 16)
        let ports = octets.word32(34)
        let headerOctets: Int
        if protocolNumber == 6 {
            guard captured >= 54 else { return false }
            headerOctets = Int(octets.word8(46) >> 4) * 4
            guard headerOctets >= 20, total >= 20 + headerOctets else { return false }
            packet.sequenceNumber = octets.word32(38)
            packet.acknowledgementNumber = octets.word32(42)
            packet.tcpFlags = octets.word8(47)
            packet.window = octets.word16(48)
        } else {
            guard protocolNumber == 17, Int(octets.word16(38)) == total - 20,
                !(configuration.followsTunnels && Self.isTunnel(ports: ports))
            else { return false }
            headerOctets = 8
            packet.sequenceNumber = 0
            packet.acknowledgementNumber = 0
            packet.tcpFlags = 0
            packet.window = 0
        }
        packet.source = IPAddress(ipv4: source)
        packet.destination = IPAddress(ipv4: destination)
        packet.sourcePort = UInt16(truncatingIfNeeded: ports >> 16)
        packet.destinationPort = UInt16(truncatingIfNeeded: ports)
        packet.protocolNumber = protocolNumber
        packet.timeToLive = UInt8(truncatingIfNeeded: word2 >> 24)
        packet.trafficClass = UInt8(truncatingIfNeeded: word0 >> 16)
        packet.fragmentIdentification = word1 >> 16
        packet.ipOctets = UInt32(truncatingIfNeeded: total)
        packet.transportHeaderOctets = UInt16(truncatingIfNeeded: headerOctets)
        let payload = UInt32(truncatingIfNeeded: total - 20 - headerOctets)
        let payloadOffset = 34 + headerOctets
        packet.payloadOctets = payload
        packet.capturedPayloadOctets = payload
        packet.untrimmedPayloadOctets = UInt32(truncatingIfNeeded: captured - payloadOffset)
        packet.payloadOffset = UInt32(truncatingIfNeeded: payloadOffset)
        packet.ipOffset = 14
        packet.marks = .plainEthernet
        unsafe packet.timestamp = frame.timestamp
        unsafe packet.interface = frame.interface
        packet.frameOctets = unsafe max(frame.wireOctets, UInt32(truncatingIfNeeded: captured))
        packet.clearWhatPlainFramesLack(noAddress)
        if packet.tcpFlags & 0x02 != 0 {
            readOptions(octets, from: 54, to: payloadOffset, into: &packet)
        }
        counts.frames &+= 1
        counts.packets &+= 1
        return true
    }

    /// Whether a one's complement sum of 32-bit words is that of a right header (RFC 1071).
    @inline(__always)
    static func foldsToOnes(_ sum: UInt64) -> Bool {
        var sum = (sum & 0xffff) + (sum >> 16 & 0xffff) + (sum >> 32)
        sum = (sum & 0xffff) + (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16)
        return sum == 0xffff
    }

    /// Whether one of the two UDP ports is that of a tunnel.
    @inline(__always)
    static func isTunnel(ports: UInt32) -> Bool {
        tunnel(ofPort: UInt16(truncatingIfNeeded: ports)) != .none
            || tunnel(ofPort: UInt16(truncatingIfNeeded: ports >> 16)) != .none
    }
}

extension Packet {
    @inline(__always)
    fileprivate mutating func clearWhatPlainFramesLack(_ noAddress: IPAddress) {
        windowScale = 0
        maximumSegmentSize = 0
        icmpType = 0
        icmpCode = 0
        icmpIdentifier = 0
        fragmentOffset = 0
        vlan = 0
        tunnel = .none
        outerSource = noAddress
        outerDestination = noAddress
    }
}
