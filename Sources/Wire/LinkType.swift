/// What the octets of a frame begin with: a value of the LINKTYPE registry of pcap and pcapng
/// (https://www.tcpdump.org/linktypes.html).
package struct LinkType: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt16

    package init(rawValue: UInt16) { self.rawValue = rawValue }

    /// BSD loopback: the protocol family in the byte order of the machine that captured.
    package static let null = LinkType(rawValue: 0)
    package static let ethernet = LinkType(rawValue: 1)
    package static let ppp = LinkType(rawValue: 9)
    /// PPP in HDLC-like framing.
    package static let pppHDLC = LinkType(rawValue: 50)
    /// An IPv4 or IPv6 packet.
    package static let raw = LinkType(rawValue: 101)
    /// The number of `raw` in files of most BSD systems.
    package static let rawBSD = LinkType(rawValue: 12)
    /// The number of `raw` in files of OpenBSD.
    package static let rawOpenBSD = LinkType(rawValue: 14)
    package static let ciscoHDLC = LinkType(rawValue: 104)
    package static let ieee80211 = LinkType(rawValue: 105)
    /// OpenBSD loopback: the protocol family in network byte order.
    package static let loop = LinkType(rawValue: 108)
    package static let linuxCooked = LinkType(rawValue: 113)
    /// IEEE 802.11 behind a radiotap header.
    package static let radiotap = LinkType(rawValue: 127)
    package static let ipv4 = LinkType(rawValue: 228)
    package static let ipv6 = LinkType(rawValue: 229)
    package static let linuxCooked2 = LinkType(rawValue: 276)
}
