import NetworkTypes
import Testing
import Wire

extension TunnelCase: CustomTestStringConvertible {
    var testDescription: String { name }
}

/// The same TCP packet in tunnels of all kinds.
struct TunnelTests {
    @Test(arguments: TunnelCase.all)
    func `a packet in a tunnel is keyed inside and keeps the outer ends`(_ test: TunnelCase) throws
    {
        let decoded = decode(ethernet(ipv4(test.outer)))
        let packet = try #require(decoded.found)
        #expect(packet.marks == .tunnelled)
        #expect(packet.tunnel == test.tunnel)
        #expect(packet.outerSource == IPAddress("10.0.0.1"))
        #expect(packet.outerDestination == IPAddress("192.168.1.2"))
        #expect(packet.source == (packet.source.isIPv4 ? IPAddress("1.1.1.1") : sourceIPv6))
        #expect(packet.destinationPort == 443)
        #expect(packet.payloadOctets == 25)
        #expect(packet.capturedPayloadOctets == 25)
        #expect(packet.vlan == 0)
        #expect(decoded.counts.oddities.occurred == [.tunnelled])
        #expect(decoded.counts.packets == 1)
    }

    @Test(arguments: TunnelCase.all)
    func `a decoder that does not follow tunnels gives the outer packet`(_ test: TunnelCase) throws
    {
        let decoded = decode(ethernet(ipv4(test.outer))) { $0.followsTunnels = false }
        let packet = try #require(decoded.found)
        #expect(packet.marks == .plainEthernet)
        #expect(packet.tunnel == .none)
        #expect(Int(packet.protocolNumber) == test.outer.number)
        #expect(packet.source == IPAddress("10.0.0.1"))
        #expect(decoded.counts.oddities.total == 0)
    }

    @Test(arguments: TunnelCase.all)
    func `every prefix of a tunnelled packet is metered one way or the other`(_ test: TunnelCase) {
        let whole = ethernet(ipv4(test.outer))
        for count in 34..<whole.count {
            let decoded = decode(Octets(whole[..<count]), wireOctets: whole.count)
            #expect(decoded.outcome == .packet)
            #expect(decoded.packet.marks.contains(.truncated))
            #expect(decoded.counts.isBalanced)
        }
    }

    @Test func `the outer packet stands where the inside is no IP`() throws {
        let outers = [
            Transport(number: 4, octets: .filler(50)), Transport(number: 4, octets: []),
            Transport(number: 41, octets: inner(4)),
            TunnelCase.gre([0, 0, 0x88, 0xcc], .filler(50)),
            udp(to: 4789, [8, 0, 0, 0, 0, 0, 5, 0] + ethernet(arp(), type: 0x0806)),
        ]
        for outer in outers {
            let decoded = decode(ethernet(ipv4(outer)))
            let packet = try #require(decoded.found)
            #expect(packet.source == IPAddress("10.0.0.1"))
            #expect(packet.marks == .plainEthernet)
            #expect(Int(packet.protocolNumber) == outer.number)
            #expect(decoded.counts.oddities.occurred == [.tunnelUndecoded])
        }
    }

    private func inner(_ version: Int) -> Octets {
        version == 4 ? TunnelCase.inner4 : TunnelCase.inner6
    }

    @Test func `what only uses the port of a tunnel is no tunnel`() throws {
        let datagrams = [
            udp(to: 4789, .filler(60)), udp(to: 2152, [0x32, 1, 0, 4] + .filler(20)),
            udp(to: 3544, .filler(60)), udp(from: 4789, to: 53, .filler(60)),
            udp(to: 3544, [0x60] + .filler(60)),
        ]
        for datagram in datagrams {
            let decoded = decode(ethernet(ipv4(datagram)))
            #expect(decoded.packet.marks == .plainEthernet)
            #expect(decoded.counts.oddities.total == 0)
        }
    }

    @Test func `tunnels in tunnels are followed to the limit`() throws {
        var octets = TunnelCase.inner4
        for _ in 0..<6 { octets = ipv4(Transport(number: 4, octets: octets)) }
        let decoded = decode(ethernet(octets))
        #expect(decoded.packet.marks == [.tunnelled, .tooDeep])
        #expect(decoded.packet.protocolNumber == 4)
        let deep = decode(ethernet(octets)) { $0.maximumTunnels = 6 }
        #expect(deep.packet.marks == .tunnelled)
        #expect(deep.packet.destinationPort == 443)
        #expect(deep.packet.outerSource == IPAddress("10.0.0.1"))
    }

    @Test func `an inner length beyond the tunnel is cut to it`() throws {
        let lying = ipv4(tcp(payload: 10), total: 9000)
        let decoded = decode(ethernet(ipv4(Transport(number: 4, octets: lying)) + .filler(40)))
        let packet = try #require(decoded.found)
        #expect(packet.payloadOctets == 10)
        #expect(packet.untrimmedPayloadOctets == 50)
        #expect(packet.marks == [.tunnelled, .truncated, .badLength])
    }

    @Test func `fragments of a tunnel are metered as they are`() throws {
        let fragment = ipv4(Transport(number: 4, octets: TunnelCase.inner4), fragment: 0x2000)
        let packet = try #require(decode(ethernet(fragment)).found)
        #expect(packet.marks == [.plainEthernet, .firstFragment])
        #expect(packet.protocolNumber == 4)
    }
}
