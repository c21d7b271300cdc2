import NetworkTypes
import Testing
import Wire

extension Encapsulation: CustomTestStringConvertible {
    var testDescription: String { name }
}

struct LinkHeaderTests {
    @Test(arguments: Encapsulation.all)
    func `the packet is found behind its link headers`(_ encapsulation: Encapsulation) throws {
        let decoded = decode(encapsulation.octets, encapsulation.linkType)
        let packet = try #require(decoded.found)
        let isIPv4 = packet.source.isIPv4
        #expect(packet.source == (isIPv4 ? IPAddress("10.0.0.1") : sourceIPv6))
        #expect(packet.destination == (isIPv4 ? IPAddress("192.168.1.2") : destinationIPv6))
        #expect(packet.sourcePort == 40000)
        #expect(packet.destinationPort == 443)
        #expect(packet.protocolNumber == 6)
        #expect(packet.vlan == encapsulation.vlan)
        #expect(packet.marks == (encapsulation.isPlain ? .plainEthernet : []))
        #expect(packet.ipOctets == (isIPv4 ? 60 : 80))
        #expect(packet.payloadOctets == 20)
        #expect(packet.capturedPayloadOctets == 20)
        #expect(Int(packet.frameOctets) == encapsulation.octets.count)
        #expect(packet.interface == 3)
        #expect(packet.timestamp == Timestamp(nanoseconds: 1_000))
        #expect(decoded.counts.frames == 1)
        #expect(decoded.counts.packets == 1)
        #expect(decoded.counts.oddities.total == 0)
    }

    @Test(arguments: Encapsulation.all)
    func `every prefix of a frame is a packet cut short or refused`(_ encapsulation: Encapsulation)
    {
        let whole = encapsulation.octets
        for count in 0..<whole.count {
            let decoded = decode(
                Octets(whole[..<count]), encapsulation.linkType, wireOctets: whole.count)
            let hasTransport = !decoded.packet.marks.contains(.noTransport)
            switch decoded.outcome {
            case .packet:
                #expect(decoded.packet.marks.contains(.truncated))
                #expect(decoded.packet.payloadOctets == (hasTransport ? 20 : 0))
            case .malformed: #expect(decoded.counts.malformed.total == 1)
            // What a label stack carries is a guess, and a cut pseudowire is not known for one.
            case .notIP(.mpls): break
            default: Issue.record("\(count) octets: \(decoded.outcome)")
            }
            #expect(decoded.counts.isBalanced)
        }
    }

    static let others: [(Octets, LinkType, OtherProtocol)] = [
        (ethernet([2, 7], type: 0x88cc), .ethernet, .lldp),
        (ethernet([0x42, 0x42, 3] + .filler(35), type: 38), .ethernet, .stp),
        (ethernet([0xff, 0xff, 0, 30], type: 30), .ethernet, .ipx),
        (ethernet([0xe0, 0xe0, 3, 0], type: 30), .ethernet, .ipx),
        (ethernet([0xf0, 0xf0, 3, 0], type: 4), .ethernet, .netBIOS),
        (ethernet([0xfe, 0xfe, 3, 0], type: 4), .ethernet, .osi),
        (ethernet([0x12, 0x34, 3, 0], type: 4), .ethernet, .otherLLC),
        (ethernet([0xaa, 0xaa, 3, 0, 0, 12, 0x20, 0], type: 8), .ethernet, .cisco),
        (ethernet([0xaa, 0xaa, 3, 0, 0, 12, 1, 11], type: 8), .ethernet, .stp),
        (ethernet([1, 2, 3], type: 0x1234), .ethernet, .otherEtherType),
        (ethernet([], type: 0x888e), .ethernet, .eapol),
        (ethernet([], type: 0x8863), .ethernet, .pppoeDiscovery),
        (ethernet([0x11, 0, 0, 1, 0, 9, 0xc0, 0x21], type: 0x8864), .ethernet, .pppControl),
        (ethernet([0, 1, 1, 64, 0x10, 0, 0, 0], type: 0x8847), .ethernet, .mpls),
        (ethernet(arp(), type: 0x8035), .ethernet, .reverseARP),
        (.filler(4), .null, .otherFamily),
        ([0x80, 0], .ieee80211, .wlanControl),
        ([0x48, 0] + .filler(40), .ieee80211, .wlanControl),
        ([0x08, 0x40] + .filler(40), .ieee80211, .wlanEncrypted),
        ([0x88, 0] + .filler(22) + [0x80, 0] + .filler(30), .ieee80211, .wlanAggregate),
    ]

    @Test(arguments: others.indices)
    func `what is not IP is counted by its kind`(_ index: Int) {
        let (octets, linkType, kind) = Self.others[index]
        let decoded = decode(octets, linkType)
        #expect(decoded.outcome == .notIP(kind))
        #expect(decoded.counts.notIP.occurred == [kind])
        #expect(decoded.counts.isBalanced)
    }

    @Test func `tags and labels without end are refused`() {
        let tags = ethernet(Encapsulation.packet4, tags: Array(repeating: (0x8100, 1), count: 40))
        #expect(decode(tags).outcome == .malformed(.tooManyLinkHeaders))
        let labels = ethernet(Array(repeating: 0, count: 400), type: 0x8847)
        #expect(decode(labels).outcome == .malformed(.tooManyLinkHeaders))
        var nested = ethernet(Encapsulation.packet4)
        for _ in 0..<40 { nested = ethernet(nested, type: 0x6558) }
        #expect(decode(nested).outcome == .malformed(.tooManyLinkHeaders))
    }

    @Test func `an unknown link type is named and counted`() {
        let decoded = decode(.filler(80), LinkType(rawValue: 195))
        #expect(decoded.outcome == .unknownLinkType)
        #expect(decoded.counts.unknownLinkTypes == 1)
        #expect(decoded.counts.isBalanced)
    }

    @Test func `a link header that contradicts itself is refused`() {
        let pppoe = ethernet([0x21, 0, 0, 1, 0, 62, 0, 0x21] + Encapsulation.packet4, type: 0x8864)
        #expect(decode(pppoe).outcome == .malformed(.badLinkHeader))
        #expect(decode([0, 0, 4, 0, 0, 0, 0, 0], .radiotap).outcome == .malformed(.badLinkHeader))
        #expect(
            decode([0, 0, 99, 0, 0, 0, 0, 0], .radiotap).outcome == .malformed(.shortLinkHeader))
    }
}

extension DecodeCounts {
    /// Every frame has been counted as one of the outcomes.
    var isBalanced: Bool {
        frames == packets + arpMessages + unknownLinkTypes + notIP.total + malformed.total
    }
}
