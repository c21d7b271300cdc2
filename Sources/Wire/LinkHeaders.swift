/// Finds the network header behind the link headers of a frame, or of what a tunnel carries.
///
/// Offsets count from the first octet of the span, wherever the walk begins. Each header walked is counted
/// against `limit`, so no frame keeps the walk longer than that.
struct LinkHeaders {
    /// Headers and labels that are followed in a row.
    static let limit = 16

    /// Identifier of the outermost VLAN tag, 0 without.
    private(set) var vlan: UInt16 = 0
    private var isTagged = false
    private var count = 0

    /// What the walk came to.
    enum Network: Equatable {
        case ipv4(at: Int)
        case ipv6(at: Int)
        case arp(at: Int)
        case other(OtherProtocol)
        case malformed(MalformedReason)
        case unknownLinkType
    }

    mutating func network(in octets: RawSpan, linkType: LinkType) -> Network {
        switch linkType {
        case .ethernet: ethernet(octets, at: 0)
        case .linuxCooked: cooked(octets)
        case .linuxCooked2: cooked2(octets)
        case .raw, .rawBSD, .rawOpenBSD: ip(octets, at: 0)
        case .ipv4: .ipv4(at: 0)
        case .ipv6: .ipv6(at: 0)
        case .null: loopback(octets)
        case .loop: loopback(octets)
        case .ppp: ppp(octets, at: 0)
        case .pppHDLC, .ciscoHDLC: hdlc(octets, linkType)
        case .radiotap: radiotap(octets)
        case .ieee80211: wlan(octets, at: 0, padded: false)
        default: .unknownLinkType
        }
    }

    // MARK: - Ethernet and its tags

    mutating func ethernet(_ octets: RawSpan, at offset: Int) -> Network {
        guard octets.byteCount - offset >= 14 else { return .malformed(.shortLinkHeader) }
        return typeOrLength(octets, at: offset + 12)
    }

    /// An EtherType, or the length of a frame with an LLC header (IEEE 802.3 section 3.2.6).
    private mutating func typeOrLength(_ octets: RawSpan, at offset: Int) -> Network {
        let type = octets.word16(offset)
        return type <= 1500
            ? llc(octets, at: offset + 2) : etherType(type, octets, at: offset + 2)
    }

    /// What lies at the offset, by the EtherType that announced it.
    mutating func etherType(_ type: UInt16, _ octets: RawSpan, at offset: Int) -> Network {
        count += 1
        guard count <= Self.limit else { return .malformed(.tooManyLinkHeaders) }
        let available = octets.byteCount - offset
        switch type {
        case 0x0800: return .ipv4(at: offset)
        case 0x86dd: return .ipv6(at: offset)
        case 0x0806: return .arp(at: offset)
        case 0x8100, 0x88a8, 0x9100:
            guard available >= 4 else { return .malformed(.shortLinkHeader) }
            if !isTagged {
                isTagged = true
                vlan = octets.word16(offset) & 0xfff
            }
            return typeOrLength(octets, at: offset + 2)
        case 0x893f: return tag(octets, at: offset, length: 6)  // E-TAG, IEEE 802.1BR
        case 0x8926: return tag(octets, at: offset, length: 4)  // VN-Tag
        case 0x8903: return ethernet(octets, at: offset + 2)  // FabricPath
        case 0x8847, 0x8848: return mpls(octets, at: offset)
        case 0x8864:
            guard available >= 6 else { return .malformed(.shortLinkHeader) }
            guard octets.word16(offset) == 0x1100 else { return .malformed(.badLinkHeader) }
            return ppp(octets, at: offset + 6)
        case 0x880b: return ppp(octets, at: offset)
        case 0x6558: return ethernet(octets, at: offset)
        default: return .other(OtherProtocol(etherType: type))
        }
    }

    /// A tag of switches, which has nothing to tell.
    private mutating func tag(_ octets: RawSpan, at offset: Int, length: Int) -> Network {
        guard octets.byteCount - offset >= length + 2 else { return .malformed(.shortLinkHeader) }
        return typeOrLength(octets, at: offset + length)
    }

    /// LLC (IEEE 802.2) with or without SNAP.
    mutating func llc(_ octets: RawSpan, at offset: Int) -> Network {
        let available = octets.byteCount - offset
        guard available >= 3 else { return .malformed(.shortLinkHeader) }
        switch octets.word16(offset) {
        case 0xaaaa:
            guard available >= 8 else { return .malformed(.shortLinkHeader) }
            switch octets.word32(offset + 2) & 0xff_ffff {
            case 0x00_0000, 0x00_00f8:
                return etherType(octets.word16(offset + 6), octets, at: offset + 8)
            case 0x00_000c:
                return .other(octets.word16(offset + 6) == 0x010b ? .stp : .cisco)
            case 0x08_0007: return .other(.appleTalk)
            default: return .other(.otherLLC)
            }
        case 0x0606: return ip(octets, at: offset + 3)
        case 0x4242: return .other(.stp)
        case 0xe0e0, 0xffff: return .other(.ipx)
        case 0xf0f0, 0xf0f1: return .other(.netBIOS)
        case 0xfefe: return .other(.osi)
        default: return .other(.otherLLC)
        }
    }

    /// A label stack (RFC 3032). What follows it has no type field: IP is known by its version, all else
    /// is taken for a pseudowire of Ethernet with (RFC 4448) or without control word.
    private mutating func mpls(_ octets: RawSpan, at offset: Int) -> Network {
        var offset = offset
        while true {
            guard octets.byteCount - offset >= 4 else { return .malformed(.shortLinkHeader) }
            let isBottom = octets.word8(offset + 2) & 1 == 1
            offset += 4
            if isBottom { break }
            count += 1
            guard count <= Self.limit else { return .malformed(.tooManyLinkHeaders) }
        }
        guard octets.byteCount > offset else { return .malformed(.shortLinkHeader) }
        let carried: Network
        switch octets.word8(offset) >> 4 {
        case 4: return .ipv4(at: offset)
        case 6: return .ipv6(at: offset)
        case 0: carried = ethernet(octets, at: offset + 4)
        case 1: return .other(.mpls)
        default: carried = ethernet(octets, at: offset)
        }
        switch carried {
        case .ipv4, .ipv6, .arp: return carried
        default: return .other(.mpls)
        }
    }

    /// An IP packet that only its version field announces.
    mutating func ip(_ octets: RawSpan, at offset: Int) -> Network {
        guard octets.byteCount > offset else { return .malformed(.shortIPHeader) }
        switch octets.word8(offset) >> 4 {
        case 4: return .ipv4(at: offset)
        case 6: return .ipv6(at: offset)
        default: return .malformed(.badIPVersion)
        }
    }

    // MARK: - Point to point

    /// PPP (RFC 1661) with its address and control octets or without, the protocol compressed or not.
    mutating func ppp(_ octets: RawSpan, at offset: Int) -> Network {
        var offset = offset
        guard octets.byteCount - offset >= 2 else { return .malformed(.shortLinkHeader) }
        if octets.word16(offset) == 0xff03 { offset += 2 }
        guard octets.byteCount > offset else { return .malformed(.shortLinkHeader) }
        var type = UInt16(octets.word8(offset))
        offset += 1
        if type & 1 == 0 {
            guard octets.byteCount > offset else { return .malformed(.shortLinkHeader) }
            type = type << 8 | UInt16(octets.word8(offset))
            offset += 1
        }
        switch type {
        case 0x0021: return .ipv4(at: offset)
        case 0x0057: return .ipv6(at: offset)
        case 0x0281, 0x0283: return mpls(octets, at: offset)
        default: return .other(.pppControl)
        }
    }

    /// Cisco HDLC, or PPP in its place, which the address octet tells apart.
    private mutating func hdlc(_ octets: RawSpan, _ linkType: LinkType) -> Network {
        guard octets.byteCount >= 4 else { return .malformed(.shortLinkHeader) }
        let isCisco = octets.word8(0) == 0x0f || octets.word8(0) == 0x8f
        if linkType == .pppHDLC && !isCisco || octets.word16(0) == 0xff03 {
            return ppp(octets, at: 0)
        }
        return etherType(octets.word16(2), octets, at: 4)
    }

    // MARK: - Cooked and loopback

    private mutating func cooked(_ octets: RawSpan) -> Network {
        guard octets.byteCount >= 16 else { return .malformed(.shortLinkHeader) }
        return cooked(octets.word16(14), octets, at: 16)
    }

    private mutating func cooked2(_ octets: RawSpan) -> Network {
        guard octets.byteCount >= 20 else { return .malformed(.shortLinkHeader) }
        return cooked(octets.word16(0), octets, at: 20)
    }

    /// Linux writes an EtherType, or below 1536 a number of its own: 1 is Novell's frame without LLC,
    /// 4 is LLC.
    private mutating func cooked(_ type: UInt16, _ octets: RawSpan, at offset: Int) -> Network {
        switch type {
        case 0x0001: .other(.ipx)
        case 0x0004: llc(octets, at: offset)
        default: etherType(type, octets, at: offset)
        }
    }

    /// The address family, in one byte order or the other: it is a small number. IPv6 has a number for
    /// each family of systems.
    private mutating func loopback(_ octets: RawSpan) -> Network {
        guard octets.byteCount >= 4 else { return .malformed(.shortLinkHeader) }
        let family = octets.word32(0)
        switch min(family, family.byteSwapped) {
        case 2: return .ipv4(at: 4)
        case 10, 24, 28, 30: return .ipv6(at: 4)
        case let type where (0x600...0xffff).contains(type):
            return etherType(UInt16(truncatingIfNeeded: type), octets, at: 4)
        default: return .other(.otherFamily)
        }
    }
}
