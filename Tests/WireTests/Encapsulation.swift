import Wire

/// A packet of 60 octets behind every kind of link header.
struct Encapsulation {
    var name: String
    var linkType: LinkType = .ethernet
    var octets: Octets
    var vlan: UInt16 = 0
    var isPlain = false

    static let packet4 = ipv4(tcp(payload: 20))
    static let packet6 = ipv6(tcp(payload: 20))
    private static let snap: Octets = [0xaa, 0xaa, 3, 0, 0, 0]

    private static func wlan(_ control: Octets, header: Int) -> Octets {
        control + .filler(header - control.count) + snap + [8, 0] + packet4
    }

    static let all: [Encapsulation] = [
        Encapsulation(name: "Ethernet", octets: ethernet(packet4), isPlain: true),
        Encapsulation(name: "Ethernet, IPv6", octets: ethernet(packet6), isPlain: true),
        Encapsulation(
            name: "802.1Q", octets: ethernet(packet4, tags: [(0x8100, 0x6064)]), vlan: 0x64),
        Encapsulation(
            name: "QinQ", octets: ethernet(packet6, tags: [(0x88a8, 7), (0x8100, 8)]), vlan: 7),
        Encapsulation(
            name: "0x9100 three times",
            octets: ethernet(packet4, tags: [(0x9100, 9), (0x9100, 10), (0x8100, 11)]), vlan: 9),
        Encapsulation(
            name: "E-TAG", octets: ethernet(.filler(6) + .word16(0x0800) + packet4, type: 0x893f)),
        Encapsulation(
            name: "FabricPath", octets: ethernet([0, 1] + ethernet(packet4), type: 0x8903)),
        Encapsulation(
            name: "MPLS",
            octets: ethernet(.word32(0x0001_0040) + .word32(0x0002_0140) + packet4, type: 0x8847)),
        Encapsulation(
            name: "MPLS pseudowire",
            octets: ethernet(.word32(0x0002_0140) + .word32(0) + ethernet(packet4), type: 0x8847)),
        Encapsulation(
            name: "MPLS pseudowire without control word",
            octets: ethernet(
                .word32(0x0002_0140) + [0x20] + ethernet(packet6).dropFirst(), type: 0x8848)),
        Encapsulation(
            name: "PPPoE",
            octets: ethernet([0x11, 0, 0, 1, 0, 62, 0, 0x21] + packet4, type: 0x8864)),
        Encapsulation(
            name: "PPPoE, IPv6",
            octets: ethernet([0x11, 0, 0, 1, 0, 82, 0, 0x57] + packet6, type: 0x8864)),
        Encapsulation(
            name: "SNAP", octets: ethernet(snap + [8, 0] + packet4, type: 8 + packet4.count)),
        Encapsulation(
            name: "LLC", octets: ethernet([6, 6, 3] + packet4, type: 3 + packet4.count)),
        Encapsulation(
            name: "cooked", linkType: .linuxCooked,
            octets: .filler(14) + .word16(0x0800) + packet4),
        Encapsulation(
            name: "cooked with tag", linkType: .linuxCooked,
            octets: .filler(14) + .word16(0x8100) + .word16(5) + .word16(0x86dd) + packet6, vlan: 5),
        Encapsulation(
            name: "cooked 2", linkType: .linuxCooked2,
            octets: .word16(0x86dd) + .filler(18) + packet6),
        Encapsulation(name: "raw", linkType: .raw, octets: packet4),
        Encapsulation(name: "raw of BSD", linkType: .rawBSD, octets: packet6),
        Encapsulation(name: "raw of OpenBSD", linkType: .rawOpenBSD, octets: packet6),
        Encapsulation(name: "IPv4", linkType: .ipv4, octets: packet4),
        Encapsulation(name: "IPv6", linkType: .ipv6, octets: packet6),
        Encapsulation(name: "null", linkType: .null, octets: [2, 0, 0, 0] + packet4),
        Encapsulation(name: "null, Darwin", linkType: .null, octets: [0, 0, 0, 30] + packet6),
        Encapsulation(name: "null, FreeBSD", linkType: .null, octets: [28, 0, 0, 0] + packet6),
        Encapsulation(name: "loop", linkType: .loop, octets: [0, 0, 0, 24] + packet6),
        Encapsulation(name: "PPP", linkType: .ppp, octets: [0, 0x21] + packet4),
        Encapsulation(name: "PPP, short", linkType: .ppp, octets: [0x21] + packet4),
        Encapsulation(name: "PPP, address", linkType: .ppp, octets: [0xff, 3, 0, 0x57] + packet6),
        Encapsulation(
            name: "PPP, HDLC", linkType: .pppHDLC, octets: [0xff, 3, 0, 0x21] + packet4),
        Encapsulation(
            name: "Cisco HDLC", linkType: .ciscoHDLC, octets: [0x0f, 0, 8, 0] + packet4),
        Encapsulation(
            name: "802.11", linkType: .ieee80211, octets: wlan([0x08, 0x01], header: 24)),
        Encapsulation(
            name: "802.11 of four addresses", linkType: .ieee80211,
            octets: wlan([0x08, 0x03], header: 30)),
        Encapsulation(
            name: "radiotap, quality of service, padded", linkType: .radiotap,
            octets: [0, 0, 9, 0, 2, 0, 0, 0, 0x20] + wlan([0x88, 0x01], header: 28)),
        Encapsulation(
            name: "radiotap with time", linkType: .radiotap,
            octets: [0, 0, 17, 0, 3, 0, 0, 0] + .filler(8) + [0] + wlan([0x88, 0x02], header: 26)),
    ]
}

/// The same TCP packet in a tunnel of some kind.
struct TunnelCase {
    var name: String
    var tunnel: Packet.Tunnel
    var outer: Transport

    static let inner4 = ipv4(tcp(payload: 25), from: 0x0101_0101, to: 0x0202_0202)
    static let inner6 = ipv6(tcp(payload: 25))

    static func gre(_ header: Octets, _ content: Octets) -> Transport {
        Transport(number: 47, octets: header + content)
    }

    static let all: [TunnelCase] = [
        TunnelCase(
            name: "IPv4 in IP", tunnel: .ipInIP, outer: Transport(number: 4, octets: inner4)),
        TunnelCase(
            name: "IPv6 in IP", tunnel: .ipInIP, outer: Transport(number: 41, octets: inner6)),
        TunnelCase(name: "GRE", tunnel: .gre, outer: gre([0, 0, 8, 0], inner4)),
        TunnelCase(
            name: "GRE with checksum, key and sequence", tunnel: .gre,
            outer: gre([0xb0, 0, 0x86, 0xdd] + .filler(12), inner6)),
        TunnelCase(
            name: "NVGRE", tunnel: .gre,
            outer: gre([0x20, 0, 0x65, 0x58] + .filler(4), ethernet(inner4))),
        TunnelCase(
            name: "PPTP", tunnel: .gre,
            outer: gre([0x30, 0x81, 0x88, 0x0b] + .filler(12), [0xff, 3, 0, 0x21] + inner4)),
        TunnelCase(
            name: "ERSPAN I", tunnel: .gre, outer: gre([0, 0, 0x88, 0xbe], ethernet(inner4))),
        TunnelCase(
            name: "ERSPAN II", tunnel: .gre,
            outer: gre([0x10, 0, 0x88, 0xbe] + .filler(12), ethernet(inner4))),
        TunnelCase(
            name: "ERSPAN III", tunnel: .gre,
            outer: gre(
                [0x10, 0, 0x22, 0xeb] + .filler(4) + .filler(11) + [1] + .filler(8),
                ethernet(inner4))),
        TunnelCase(
            name: "GRE in UDP", tunnel: .gre, outer: udp(to: 4754, [0, 0, 8, 0] + inner4)),
        TunnelCase(
            name: "MPLS in UDP", tunnel: .mpls, outer: udp(to: 6635, [0, 1, 1, 64] + inner4)),
        TunnelCase(
            name: "VXLAN", tunnel: .vxlan,
            outer: udp(to: 4789, [8, 0, 0, 0, 0, 0, 5, 0] + ethernet(inner4, tags: [(0x8100, 4)]))),
        TunnelCase(
            name: "VXLAN of Linux", tunnel: .vxlan,
            outer: udp(to: 8472, [8, 0, 0, 0, 0, 0, 5, 0] + ethernet(inner6))),
        TunnelCase(
            name: "GENEVE", tunnel: .geneve,
            outer: udp(to: 6081, [1, 0, 0x65, 0x58, 0, 0, 1, 0] + .filler(4) + ethernet(inner4))),
        TunnelCase(
            name: "GTP", tunnel: .gtp,
            outer: udp(to: 2152, [0x30, 255] + .word16(65) + .word32(7) + inner4)),
        TunnelCase(
            name: "GTP with extension headers", tunnel: .gtp,
            outer: udp(
                from: 2152, to: 3000,
                [0x36, 255] + .word16(90) + .word32(7) + [0, 0, 0, 0xc0] + [1, 0, 0, 0x85]
                    + [2, 0, 0, 0, 0, 0, 0, 0] + inner6)),
        TunnelCase(name: "Teredo", tunnel: .teredo, outer: udp(to: 3544, inner6)),
        TunnelCase(
            name: "Teredo with authentication and origin", tunnel: .teredo,
            outer: udp(
                from: 3544, to: 4000,
                [0, 1, 2, 3] + .filler(5) + .filler(9) + [0, 0] + .filler(6) + inner6)),
    ]
}
