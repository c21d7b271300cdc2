/// What became of a frame.
package enum DecodeOutcome: Equatable, Sendable {
    /// The packet has been written.
    case packet
    case arp(ARPMessage)
    /// The frame carries something else, whole or not.
    case notIP(OtherProtocol)
    case malformed(MalformedReason)
    /// The capture's link type is not one of those decoded.
    case unknownLinkType
}

/// What frames carry that are neither IP nor ARP.
package enum OtherProtocol: Int, CaseIterable, Sendable {
    /// Neighbour discovery of switches (IEEE 802.1AB).
    case lldp
    /// Spanning tree (IEEE 802.1D), with Cisco's own kinds.
    case stp
    /// Link discovery and trunking of Cisco and others, in SNAP.
    case cisco
    case ipx
    case netBIOS
    case appleTalk
    /// IS-IS and other OSI protocols.
    case osi
    /// Port access control (IEEE 802.1X).
    case eapol
    /// Link aggregation and other slow protocols (IEEE 802.3).
    case slowProtocol
    /// Pause frames (IEEE 802.3).
    case macControl
    /// Precision time (IEEE 1588).
    case ptp
    /// PROFINET, EtherCAT, GOOSE and their like.
    case industrial
    /// Encrypted frames (IEEE 802.1AE).
    case macsec
    case reverseARP
    /// ARP for addresses other than IPv4 on MAC.
    case otherARP
    case pppoeDiscovery
    /// Link, authentication and network control, and compressed packets, of PPP.
    case pppControl
    /// What an MPLS stack carries when it is not IP.
    case mpls
    /// Management, control and empty frames of IEEE 802.11.
    case wlanControl
    case wlanEncrypted
    /// Several packets in one 802.11 frame: they are not taken apart.
    case wlanAggregate
    case otherEtherType
    case otherLLC
    /// Address families of loopback other than IPv4 and IPv6.
    case otherFamily

    /// The class of an EtherType that the decoder does not follow.
    init(etherType: UInt16) {
        self =
            switch etherType {
            case 0x88cc: .lldp
            case 0x8137, 0x8138: .ipx
            case 0x809b, 0x80f3: .appleTalk
            case 0x888e: .eapol
            case 0x8809: .slowProtocol
            case 0x8808: .macControl
            case 0x88f7: .ptp
            case 0x8892, 0x88a4, 0x88b8, 0x88b9, 0x88ba, 0x88e3: .industrial
            case 0x88e5: .macsec
            case 0x8035: .reverseARP
            case 0x8863: .pppoeDiscovery
            case 0x22f3, 0x22f4, 0x00fe: .osi
            case 0x010b: .stp
            case 0x2000, 0x2003, 0x2004: .cisco
            default: .otherEtherType
            }
    }
}

/// Why a frame gave nothing, though its link and network protocols are known.
package enum MalformedReason: Int, CaseIterable, Sendable {
    /// The frame ends within its link headers.
    case shortLinkHeader
    /// A link header whose own fields contradict each other.
    case badLinkHeader
    /// More tags, labels and link headers in a row than are followed.
    case tooManyLinkHeaders
    /// Fewer octets than an IP header without options has.
    case shortIPHeader
    /// The version is not what the link header announced.
    case badIPVersion
    /// An IPv4 header length below 20 octets.
    case badIPHeaderLength
    case shortARP
}

/// Oddities and circumstances of decoded packets; one packet may show several.
package enum Oddity: Int, CaseIterable, Sendable {
    /// Fewer octets captured than the IP length claims.
    case truncated
    /// The IP length claims more than the frame, or the tunnel, could hold.
    case longIPLength
    /// The IP length is smaller than the IP header.
    case shortIPLength
    /// The IP length is 0: the length of the frame stands for it.
    case offloadedLength
    /// The IPv4 header checksum is wrong.
    case badChecksum
    /// The transport header is not wholly there.
    case noTransport
    /// A transport header length (TCP, DCCP) that is impossible or longer than the packet.
    case badTransportLength
    /// The UDP length contradicts the IP length.
    case udpLength
    case firstFragment
    case laterFragment
    /// More IPv6 extension headers than are followed, or one that is cut.
    case badExtensionHeaders
    /// A packet keyed by what lies in a tunnel.
    case tunnelled
    /// A tunnel header without a readable IP packet behind: the outer packet stands.
    case tunnelUndecoded
    /// More tunnels in one another than are followed.
    case tooDeep
}
