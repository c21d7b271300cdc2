import NetworkTypes
import Testing
import Wire

/// Lengths, fragments and transport headers of packets in plain Ethernet.
struct PacketTests {
    @Test func `the fields of a plain TCP segment`() throws {
        let syn = tcp(flags: 0xc2, options: [2, 4, 5, 0xb4, 1, 3, 3, 7])
        let packet = try #require(decode(ethernet(ipv4(syn))).found)
        #expect(packet.sequenceNumber == 0x0102_0304)
        #expect(packet.acknowledgementNumber == 0x0506_0708)
        #expect(packet.tcpFlags == 0xc2)
        #expect(packet.window == 0x7210)
        #expect(packet.timeToLive == 64)
        #expect(packet.trafficClass == 0x2e)
        #expect(packet.fragmentIdentification == 0x1234)
        #expect(packet.transportHeaderOctets == 28)
        #expect(packet.maximumSegmentSize == 1460)
        #expect(packet.windowScale == 7)
        #expect(packet.marks == [.plainEthernet, .maximumSegmentSize, .windowScale])
        #expect(packet.ipOffset == 14)
        #expect(packet.payloadOffset == 62)
        #expect(packet.isTCP)
    }

    @Test func `options are read from segments with SYN only, and as far as they are sound`() throws
    {
        let size: Octets = [2, 4, 5, 0xb4]
        func options(_ flags: Int, _ octets: Octets) throws -> Packet.Marks {
            let segment = tcp(flags: flags, options: octets)
            return try #require(decode(ethernet(ipv4(segment))).found).marks
        }
        #expect(try options(0x10, size) == .plainEthernet)
        #expect(try options(0x12, size) == [.plainEthernet, .maximumSegmentSize])
        #expect(try options(0x02, [0, 0, 0, 0] + size) == .plainEthernet)
        #expect(try options(0x02, [8, 0, 0, 0] + size) == .plainEthernet)
        #expect(try options(0x02, [8, 40, 0, 0] + size) == .plainEthernet)
        #expect(try options(0x02, [2, 3, 9, 1] + size) == [.plainEthernet, .maximumSegmentSize])
    }

    @Test func `Ethernet padding is counted as untrimmed payload only`() throws {
        let packet = try #require(decode(ethernet(ipv4(tcp()) + .filler(6))).found)
        #expect(packet.payloadOctets == 0)
        #expect(packet.capturedPayloadOctets == 0)
        #expect(packet.untrimmedPayloadOctets == 6)
        #expect(packet.marks == .plainEthernet)
    }

    @Test func `a capture that cut the frame leaves the lengths as they were`() throws {
        let whole = ethernet(ipv4(tcp(payload: 1000)))
        let decoded = decode(Octets(whole[..<96]), wireOctets: whole.count)
        let packet = try #require(decoded.found)
        #expect(packet.payloadOctets == 1000)
        #expect(packet.capturedPayloadOctets == 42)
        #expect(packet.untrimmedPayloadOctets == 42)
        #expect(packet.ipOctets == 1040)
        #expect(packet.frameOctets == 1054)
        #expect(packet.marks == [.plainEthernet, .truncated])
        #expect(decoded.counts.oddities.occurred == [.truncated])
    }

    @Test func `an IP length beyond the frame on the wire is cut to the frame`() throws {
        let decoded = decode(ethernet(ipv4(tcp(payload: 10), total: 60_000)))
        let packet = try #require(decoded.found)
        #expect(packet.ipOctets == 50)
        #expect(packet.payloadOctets == 10)
        #expect(packet.marks == [.plainEthernet, .truncated, .badLength])
        #expect(decoded.counts.oddities.occurred == [.truncated, .longIPLength])
    }

    @Test func `an IP length of 0 stands for the frame's`() throws {
        let decoded = decode(ethernet(ipv4(tcp(payload: 3000), total: 0)))
        let packet = try #require(decoded.found)
        #expect(packet.payloadOctets == 3000)
        #expect(packet.ipOctets == 3040)
        #expect(packet.marks == [.plainEthernet, .offloadedLength])
        #expect(decoded.counts.oddities.occurred == [.offloadedLength])
        let big = try #require(decode(ethernet(ipv6(tcp(payload: 90_000), length: 0))).found)
        #expect(big.payloadOctets == 90_000)
        #expect(big.marks == [.plainEthernet, .offloadedLength])
    }

    @Test func `the padding of a short frame is no offloaded content`() throws {
        let empty = Transport(number: 99, octets: [])
        let frame = ethernet(ipv6(empty) + [0, 0, 0, 0, 0, 0])
        let packet = try #require(decode(frame).found)
        #expect(packet.ipOctets == 40)
        #expect(packet.payloadOctets == 0)
        #expect(packet.marks == .plainEthernet)
    }

    @Test(arguments: [1, 19])
    func `an IP length below the header leaves addresses only`(_ total: Int) throws {
        let decoded = decode(ethernet(ipv4(tcp(payload: 10), total: total)))
        let packet = try #require(decoded.found)
        #expect(packet.source == IPAddress("10.0.0.1"))
        #expect(packet.sourcePort == 0)
        #expect(packet.payloadOctets == 0)
        #expect(packet.marks == [.plainEthernet, .badLength, .noTransport])
        #expect(decoded.counts.oddities.occurred == [.shortIPLength, .noTransport])
    }

    @Test func `IP headers that cannot be are refused`() {
        #expect(
            decode(ethernet(ipv4(tcp(), headerWords: 4))).outcome
                == .malformed(.badIPHeaderLength))
        #expect(
            decode(ethernet(ipv6(tcp()), type: 0x0800)).outcome == .malformed(.badIPVersion))
        #expect(
            decode(ethernet(ipv4(tcp(payload: 30)), type: 0x86dd)).outcome
                == .malformed(.badIPVersion))
        #expect(decode(ethernet([0x45], type: 0x0800)).outcome == .malformed(.shortIPHeader))
        #expect(decode([], .raw).outcome == .malformed(.shortIPHeader))
    }

    @Test func `a wrong header checksum is marked, one of 0 is not`() throws {
        let wrong = decode(ethernet(ipv4(tcp(), checksum: 0x1234)))
        #expect(wrong.packet.marks == [.plainEthernet, .badChecksum])
        #expect(wrong.counts.oddities.occurred == [.badChecksum])
        #expect(decode(ethernet(ipv4(tcp(), checksum: 0))).packet.marks == .plainEthernet)
        let trusting = decode(ethernet(ipv4(tcp(), checksum: 0x1234))) {
            $0.verifiesChecksums = false
        }
        #expect(trusting.packet.marks == .plainEthernet)
    }

    @Test func `IPv4 options are passed over`() throws {
        let packet = try #require(
            decode(ethernet(ipv4(udp(.filler(9)), options: .filler(8)))).found)
        #expect(packet.sourcePort == 50000)
        #expect(packet.payloadOctets == 9)
        #expect(packet.ipOctets == 45)
    }

    @Test func `the first fragment has ports, the later ones have not`() throws {
        let datagram = udp(length: 3000, .filler(64))
        let first = try #require(decode(ethernet(ipv4(datagram, fragment: 0x2000))).found)
        #expect(first.marks == [.plainEthernet, .firstFragment])
        #expect(first.destinationPort == 9999)
        #expect(first.payloadOctets == 64)
        #expect(first.fragmentIdentification == 0x1234)
        for fragment in [0x2009, 0x0009] {
            let decoded = decode(ethernet(ipv4(datagram, fragment: fragment)))
            let later = try #require(decoded.found)
            #expect(later.marks == [.plainEthernet, .laterFragment])
            #expect(later.sourcePort == 0)
            #expect(later.fragmentOffset == 72)
            #expect(later.payloadOctets == 72)
            #expect(decoded.counts.oddities.occurred == [.laterFragment])
        }
    }

    @Test(arguments: [3, 4])
    func `a data offset that cannot be leaves the fields but no payload`(_ offset: Int) throws {
        let decoded = decode(ethernet(ipv4(tcp(payload: 12, dataOffset: offset))))
        let packet = try #require(decoded.found)
        #expect(packet.sourcePort == 40000)
        #expect(packet.tcpFlags == 0x18)
        #expect(packet.payloadOctets == 0)
        #expect(packet.marks == [.plainEthernet, .badLength])
        #expect(decoded.counts.oddities.occurred == [.badTransportLength])
        let long = try #require(decode(ethernet(ipv4(tcp(payload: 12, dataOffset: 15)))).found)
        #expect(long.transportHeaderOctets == 32)
        #expect(long.payloadOctets == 0)
        #expect(long.marks == [.plainEthernet, .badLength])
    }

    @Test func `ports are read if only they are there`() throws {
        let segment = tcp()
        for count in 0..<20 {
            let part = Transport(number: 6, octets: Octets(segment.octets[..<count]))
            let decoded = decode(ethernet(ipv4(part)))
            let packet = try #require(decoded.found)
            #expect(packet.sourcePort == (count >= 4 ? 40000 : 0))
            #expect(packet.tcpFlags == 0)
            #expect(packet.marks == [.plainEthernet, .badLength, .noTransport])
            #expect(decoded.counts.oddities.occurred == [.noTransport])
        }
    }

    @Test(arguments: [0, 7, 30, 200])
    func `a UDP length that contradicts IP is counted, and IP believed`(_ length: Int) throws {
        let decoded = decode(ethernet(ipv4(udp(length: length, .filler(40)))))
        let packet = try #require(decoded.found)
        #expect(packet.payloadOctets == 40)
        #expect(packet.marks == [.plainEthernet, .badLength])
        #expect(decoded.counts.oddities.occurred == [.udpLength])
    }

    @Test func `ICMP tells type, code and the identifier of an echo`() throws {
        func icmp(_ number: Int, _ type: UInt8) -> Transport {
            Transport(number: number, octets: [type, 3, 0, 0, 0xab, 0xcd, 0, 1] + .filler(56))
        }
        let echo = try #require(decode(ethernet(ipv4(icmp(1, 8)))).found)
        #expect(echo.icmpType == 8 && echo.icmpCode == 3 && echo.icmpIdentifier == 0xabcd)
        #expect(echo.transportHeaderOctets == 8 && echo.payloadOctets == 56)
        #expect(echo.sourcePort == 0)
        let unreachable = try #require(decode(ethernet(ipv4(icmp(1, 3)))).found)
        #expect(unreachable.icmpIdentifier == 0)
        let echo6 = try #require(decode(ethernet(ipv6(icmp(58, 128)))).found)
        #expect(echo6.icmpIdentifier == 0xabcd)
    }

    @Test(arguments: [(132, 12), (33, 16), (136, 8)])
    func `SCTP, DCCP and UDP-Lite have ports`(_ number: Int, _ header: Int) throws {
        let octets: Octets = [0x13, 0x88, 0, 80, 4, 0, 0, 0] + .filler(40)
        let packet = try #require(
            decode(ethernet(ipv4(Transport(number: number, octets: octets)))).found)
        #expect(packet.sourcePort == 5000 && packet.destinationPort == 80)
        #expect(Int(packet.transportHeaderOctets) == header)
        #expect(Int(packet.payloadOctets) == 48 - header)
    }

    @Test(arguments: [2, 50, 51, 89, 112, 255])
    func `other protocols are their number and all payload`(_ number: Int) throws {
        let packet = try #require(
            decode(ethernet(ipv4(Transport(number: number, octets: .filler(30))))).found)
        #expect(Int(packet.protocolNumber) == number)
        #expect(packet.payloadOctets == 30)
        #expect(packet.transportHeaderOctets == 0)
        #expect(packet.marks == .plainEthernet)
    }
}

/// IPv6 and its extension headers.
struct ExtensionHeaderTests {
    private static let eight: Octets = [0] + .filler(6)

    @Test func `extension headers of every kind are passed over`() throws {
        let authentication: Octets = [4] + .filler(22)
        let extensions = [
            (0, Self.eight), (60, Self.eight), (43, [1] + .filler(14)), (51, authentication),
            (135, Self.eight), (139, Self.eight), (140, Self.eight), (60, Self.eight),
        ]
        let packet = try #require(
            decode(ethernet(ipv6(udp(.filler(11)), extensions: extensions))).found)
        #expect(packet.protocolNumber == 17)
        #expect(packet.sourcePort == 50000)
        #expect(packet.payloadOctets == 11)
        #expect(packet.timeToLive == 63)
        #expect(packet.trafficClass == 0x12)
        #expect(packet.marks == .plainEthernet)
    }

    @Test func `fragments are marked, a fragment of the whole is not`() throws {
        func fragment(_ offset: Int) throws -> Packet {
            let header: Octets = [0] + .word16(offset) + .word32(0xdead_beef)
            let octets = ipv6(udp(length: 900, .filler(24)), extensions: [(44, header)])
            return try #require(decode(ethernet(octets)).found)
        }
        let first = try fragment(1)
        #expect(first.marks == [.plainEthernet, .firstFragment])
        #expect(first.fragmentIdentification == 0xdead_beef)
        #expect(first.sourcePort == 50000)
        let later = try fragment(0x59)
        #expect(later.marks == [.plainEthernet, .laterFragment])
        #expect(later.fragmentOffset == 88)
        #expect(later.protocolNumber == 17)
        #expect(later.payloadOctets == 32)
        #expect(later.sourcePort == 0)
        #expect(try fragment(0).marks == [.plainEthernet, .badLength])
    }

    @Test func `a message of mobility is its own protocol`() throws {
        let binding = ipv6(
            Transport(number: 59, octets: []), extensions: [(135, [1] + .filler(14))])
        let packet = try #require(decode(ethernet(binding)).found)
        #expect(packet.protocolNumber == 135)
        #expect(packet.payloadOctets == 16)
    }

    @Test func `a chain without end is given up`() throws {
        let chain = Array(repeating: (60, Self.eight), count: 40)
        let decoded = decode(ethernet(ipv6(tcp(), extensions: chain)))
        let packet = try #require(decoded.found)
        #expect(packet.marks == [.plainEthernet, .tooDeep, .noTransport])
        #expect(packet.protocolNumber == 60)
        #expect(decoded.counts.oddities.occurred == [.noTransport, .badExtensionHeaders])
    }

    @Test func `an extension header beyond the packet is given up`() throws {
        let long = ipv6(tcp(), extensions: [(0, [200] + .filler(6))])
        let decoded = decode(ethernet(long))
        let packet = try #require(decoded.found)
        #expect(packet.marks.contains(.noTransport))
        #expect(packet.payloadOctets == 0)
        #expect(Int(packet.payloadOffset) <= long.count + 14)
    }
}
