import ApplicationLabels
import Flows
import Testing

@Suite struct NDPILabellerTests {
    typealias Sample = SamplePackets

    @Test func `a DNS query tells its name`() throws {
        let query = Sample.udp(4000, 53, Sample.dnsQuery("a.example.org"))
        let label = try label([Sample.ipv4(17, query)])
        #expect(label.application == "DNS" && label.number == 5)
        #expect(label.labellerName == "DNS" && label.masterProtocol == "DNS")
        #expect(label.confidence == .payload && label.category == "Network")
        #expect(label.serverName == "a.example.org")
    }

    @Test func `a ClientHello tells server name and fingerprint`() throws {
        let hello = Sample.clientHello("www.google.com")
        let label = try label([Sample.ipv4(6, Sample.tcp(4000, 443, hello))])
        #expect(label.application == "GOOGLE" && label.number == 126)
        #expect(label.labellerName == "TLS.Google" && label.masterProtocol == "TLS")
        #expect(label.serverName == "www.google.com")
        #expect(label.ja3?.count == 32 && label.ja3Server == nil && label.ja4 == nil)
    }

    @Test func `IPv6 is looked into as IPv4 is, behind extension headers too`() throws {
        let query = Sample.udp(4000, 53, Sample.dnsQuery("a.example.org"))
        let plain = try label([Sample.ipv6(17, query)])
        let options: [UInt8] = [17, 0, 1, 4, 0, 0, 0, 0]
        let extended = try label([Sample.ipv6(0, options + query)])
        #expect(plain.application == "DNS" && extended.application == "DNS")
    }

    @Test func `a host that is no text is written with escapes`() throws {
        let host = Array("a\u{1B}[31m\\b\u{202E}c".utf8) + [0xFF]
        let request = Sample.tcp(4000, 80, Sample.httpRequest(host: host))
        let label = try label([Sample.ipv4(6, request)])
        #expect(label.application == "HTTP")
        let name = try #require(label.serverName)
        #expect(!name.unicodeScalars.contains { $0.properties.generalCategory == .control })
        #expect(!name.unicodeScalars.contains { $0.properties.generalCategory == .format })
    }

    @Test func `a flow without payload is judged by its ports and holds no state`() throws {
        let labeller = try LabellerSubject()
        let slot = try #require(labeller.open())
        for flags in [2, 0x12, 0x10, 4] as [UInt8] {
            let packet = Sample.ipv4(6, Sample.tcp(4000, 443, flags: flags))
            #expect(labeller.show(packet, slot))
        }
        #expect(labeller.watchedFlows == 0 && labeller.counters.inspectedPackets == 0)
        let label = labeller.close(slot)
        #expect(label.application == "SSL" && label.confidence == .port)
    }

    @Test func `a flow of fragments is judged by the ports of the first one`() throws {
        let query = Sample.udp(4000, 53, Sample.dnsQuery("a.example.org"))
        let labeller = try LabellerSubject()
        let slot = try #require(labeller.open())
        #expect(labeller.show(Sample.ipv4(17, fragment: 0x2000, query), slot))
        #expect(labeller.show(Sample.ipv4(17, fragment: 0x0005, query), slot))
        #expect(labeller.counters.unfitPackets == 1)
        let label = labeller.close(slot)
        #expect(label.application == "DNS" && label.confidence == .port && label.serverName == nil)
    }

    @Test func `a flow that nothing was seen of is unknown`() throws {
        #expect(try label([]) == ApplicationLabel())
        let nonsense: [[UInt8]] = [[0x45], [], [0x10, 2, 3], Array(repeating: 0x45, count: 20)]
        #expect(try label(nonsense) == ApplicationLabel())
    }

    @Test func `padding and a cut end do not matter`() throws {
        let query = Sample.ipv4(17, Sample.udp(4000, 53, Sample.dnsQuery("a.example.org")))
        #expect(
            try label([query + Array(repeating: 0xAA, count: 30)]).serverName == "a.example.org")
        let request = Sample.httpRequest(host: Array("h.example".utf8))
        let cut = Sample.ipv4(6, Sample.tcp(4000, 80, request)).dropLast(10)
        #expect(try label([Array(cut)]).serverName == "h.example")
    }

    @Test func `a judged flow wants nothing more, and an endless one is given up`() throws {
        var settings = NDPILabeller.Configuration()
        settings.segmentLimit = 5
        let labeller = try LabellerSubject(settings)
        let slot = try #require(labeller.open())
        var shown = 0
        while shown < 100 {
            shown += 1
            let payload = (0..<40).map {
                UInt8(truncatingIfNeeded: ($0 + 7) * ($0 + shown) * 73) | 0x80
            }
            if !labeller.show(Sample.ipv4(6, Sample.tcp(4000, 4001, payload)), slot) { break }
        }
        #expect(shown == 5 && labeller.watchedFlows == 0)
        #expect(!labeller.show(Sample.each[0], slot))
        #expect(labeller.counters.inspectedPackets == 5)
        #expect(labeller.close(slot).application == "UNKNOWN")
    }

    /// With these nDPI 4.2 follows a null pointer: it looks for a certificate and takes TCP for granted.
    @Test func `a flow of TLS survives packets that are not of its kind`() throws {
        let hello = Sample.tcp(4000, 443, Sample.clientHello("www.example.com"))
        let query = Sample.udp(4000, 443, Sample.dnsQuery("a.example.org"))
        let cut = Array(hello.prefix(12))
        let odd = hello.prefix(12) + [0xF0] + hello.dropFirst(13).prefix(20)
        let labeller = try LabellerSubject()
        let slot = labeller.open()!
        #expect(labeller.show(Sample.ipv4(6, hello), slot))
        for packet in [
            Sample.ipv4(17, query), Sample.ipv4(6, cut), Sample.ipv4(6, Array(odd)),
            Sample.ipv6(6, hello), Sample.ipv6(17, query), Sample.ipv4(1, query),
            Sample.ipv6(135, [6, 0, 0, 0, 0, 0, 0, 0] + hello), Sample.ipv6(59, hello),
        ] {
            #expect(labeller.show(packet, slot))
        }
        #expect(labeller.counters.unfitPackets == 8 && labeller.counters.inspectedPackets == 1)
        #expect(labeller.close(slot).labellerName == "TLS")
    }

    @Test func `slots are bounded, refusals counted, and closed slots used again`() throws {
        var settings = NDPILabeller.Configuration()
        settings.slotLimit = 2
        let labeller = try LabellerSubject(settings)
        let first = try #require(labeller.open())
        let second = try #require(labeller.open())
        #expect(labeller.open() == nil)
        #expect(labeller.counters.refusedFlows == 1 && labeller.openSlots == 2)
        _ = labeller.close(first)
        #expect(labeller.open() == first && first != second)
    }

    @Test func `a slot used again knows nothing of its former flow`() throws {
        let labeller = try LabellerSubject()
        let hello = Sample.ipv4(6, Sample.tcp(4000, 443, Sample.clientHello("www.google.com")))
        let before = try #require(labeller.open())
        _ = labeller.show(hello, before)
        #expect(labeller.close(before).serverName == "www.google.com")
        let after = try #require(labeller.open())
        _ = labeller.show(Sample.ipv4(17, Sample.udp(9, 53, Sample.dnsQuery("b.example"))), after)
        let label = labeller.close(after)
        #expect(label.serverName == "b.example" && label.ja3 == nil)
    }

    @Test func `labellers know nothing of each other`() throws {
        let packets = Sample.each.prefix(3)
        let alone = try packets.map { try label([$0]) }
        let labellers = try packets.map { _ in try LabellerSubject() }
        let slots = labellers.map { $0.open()! }
        for index in labellers.indices { _ = labellers[index].show(packets[index], slots[index]) }
        #expect(zip(labellers, slots).map { $0.close($1) } == alone)
    }

    private func label(_ packets: [[UInt8]]) throws -> ApplicationLabel {
        try LabellerSubject().label(packets)
    }
}
