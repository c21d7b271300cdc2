import Testing
import Wire

struct DecodeCountsTests {
    @Test func `every reason has its counter`() {
        #expect(OtherProtocol.allCases.count <= ReasonCounts<OtherProtocol>.capacity)
        #expect(MalformedReason.allCases.count <= ReasonCounts<MalformedReason>.capacity)
        #expect(Oddity.allCases.count <= ReasonCounts<Oddity>.capacity)
        var counts = ReasonCounts<Oddity>()
        for oddity in Oddity.allCases { counts[oddity] += 1 }
        #expect(counts.occurred == Oddity.allCases)
        #expect(counts.total == UInt64(Oddity.allCases.count))
    }

    @Test func `counts add up over decoders`() {
        let frames: [(Octets, LinkType)] = [
            (ethernet(ipv4(tcp())), .ethernet), (ethernet(arp(), type: 0x0806), .ethernet),
            (ethernet([], type: 0x88cc), .ethernet), (.filler(9), .ethernet),
            ([], LinkType(rawValue: 3)),
            (ethernet(ipv4(tcp(), checksum: 1)), .ethernet),
        ]
        var sum = DecodeCounts()
        for (octets, linkType) in frames { sum += decode(octets, linkType).counts }
        #expect(sum.frames == 6)
        #expect(sum.packets == 2)
        #expect(sum.arpMessages == 1)
        #expect(sum.unknownLinkTypes == 1)
        #expect(sum.notIP[.lldp] == 1 && sum.notIP.total == 1)
        #expect(sum.malformed[.shortLinkHeader] == 1 && sum.malformed.total == 1)
        #expect(sum.oddities[.badChecksum] == 1 && sum.oddities.total == 1)
        #expect(sum.isBalanced)
        #expect(sum != DecodeCounts())
    }
}
