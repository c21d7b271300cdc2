import NetworkTypes
import Testing
import Wire

struct ARPMessageTests {
    @Test func `a request is decoded with its VLAN`() {
        let decoded = decode(ethernet(arp(), type: 0x0806, tags: [(0x8100, 12)]))
        let message = ARPMessage(
            timestamp: Timestamp(nanoseconds: 1_000), operation: 1, vlan: 12, interface: 3,
            senderMAC: MACAddress(bits: 0x0200_0000_0001), senderAddress: IPAddress("10.0.0.1")!,
            targetMAC: MACAddress(bits: 0), targetAddress: IPAddress("10.0.0.2")!)
        #expect(decoded.outcome == .arp(message))
        #expect(message.isRequest && !message.isReply && !message.isGratuitous)
        #expect(message.senderMAC.description == "02:00:00:00:00:01")
        #expect(decoded.counts.arpMessages == 1)
    }

    @Test func `a message that is cut or about other addresses is refused`() {
        for count in 0..<28 {
            let cut = ethernet(Octets(arp()[..<count]), type: 0x0806)
            #expect(decode(cut).outcome == .malformed(.shortARP))
        }
        var other = arp()
        other[4] = 8
        #expect(decode(ethernet(other, type: 0x0806)).outcome == .notIP(.otherARP))
    }

    @Test(arguments: [LinkType.linuxCooked, .linuxCooked2])
    func `cooked captures carry ARP too`(_ linkType: LinkType) {
        let header: Octets =
            linkType == .linuxCooked
            ? .filler(14) + .word16(0x0806) : .word16(0x0806) + .filler(18)
        guard case .arp(let message) = decode(header + arp(operation: 2), linkType).outcome else {
            Issue.record("no ARP")
            return
        }
        #expect(message.isReply)
    }
}
