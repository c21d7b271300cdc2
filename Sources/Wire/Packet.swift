package import NetworkTypes

/// What the headers of one packet say: a checked value without references, some 160 octets.
///
/// Lengths that the wire claims are never trusted beyond what was captured: `capturedPayloadOctets` octets of
/// payload from `payloadOffset` on truly lie in the frame.
package struct Packet: Equatable, Sendable {
    /// Oddities and circumstances, each of them counted by the decoder.
    package struct Marks: OptionSet, Hashable, Sendable {
        package let rawValue: UInt32
        package init(rawValue: UInt32) { self.rawValue = rawValue }

        /// Ethernet without tags right before the IP header; not with packets inside a tunnel.
        package static let plainEthernet = Marks(rawValue: 1 << 0)
        /// The capture holds fewer octets than the IP length claims.
        package static let truncated = Marks(rawValue: 1 << 1)
        /// A header length or total length contradicts the octets that are there, or another length.
        /// An IP length beyond the frame on the wire is cut to the frame.
        package static let badLength = Marks(rawValue: 1 << 2)
        /// The transport header is not (wholly) there: flags and lengths are 0, and so are the ports if
        /// their own four octets are not there.
        package static let noTransport = Marks(rawValue: 1 << 3)
        /// First fragment of a datagram: it carries the transport header.
        package static let firstFragment = Marks(rawValue: 1 << 4)
        /// Later fragment of a datagram: no ports; the payload is what follows the IP headers.
        package static let laterFragment = Marks(rawValue: 1 << 5)
        /// The addresses are those of a packet inside a tunnel; `outer…` tells the tunnel.
        package static let tunnelled = Marks(rawValue: 1 << 6)
        /// The IPv4 header checksum is wrong (and not 0, as offloading leaves it).
        package static let badChecksum = Marks(rawValue: 1 << 7)
        /// The IP length was 0 (segmentation offload, jumbogram): the frame's length on the wire stands
        /// for it.
        package static let offloadedLength = Marks(rawValue: 1 << 8)
        /// Window scale and maximum segment size options were there.
        package static let windowScale = Marks(rawValue: 1 << 9)
        package static let maximumSegmentSize = Marks(rawValue: 1 << 10)
        /// More VLAN tags, MPLS labels or tunnels than the decoder follows.
        package static let tooDeep = Marks(rawValue: 1 << 11)
    }

    package var timestamp = Timestamp(nanoseconds: 0)
    package var source = IPAddress(high: 0, low: 0)
    package var destination = IPAddress(high: 0, low: 0)
    /// Ports of TCP, UDP, SCTP, UDP-Lite and DCCP; for ICMP see `icmpType`. 0 where there are none.
    package var sourcePort: UInt16 = 0
    package var destinationPort: UInt16 = 0
    /// IP protocol number of the transport header, behind all extension headers.
    package var protocolNumber: UInt8 = 0
    /// FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32, ECE 64, CWR 128.
    package var tcpFlags: UInt8 = 0
    package var timeToLive: UInt8 = 0
    package var trafficClass: UInt8 = 0
    /// The window field as it stands in the header, without scale.
    package var window: UInt16 = 0
    /// TCP options of the segment, where `marks` says that they were there.
    package var windowScale: UInt8 = 0
    package var maximumSegmentSize: UInt16 = 0
    package var sequenceNumber: UInt32 = 0
    package var acknowledgementNumber: UInt32 = 0
    package var icmpType: UInt8 = 0
    package var icmpCode: UInt8 = 0
    /// Identifier of ICMP messages that have one (echo and its like), else 0.
    package var icmpIdentifier: UInt16 = 0
    /// Octets of the frame on the wire, at least those captured.
    package var frameOctets: UInt32 = 0
    /// Octets of the IP packet with its header, by its own length field (see `offloadedLength`).
    package var ipOctets: UInt32 = 0
    /// Octets of the transport header: TCP with its options, UDP, UDP-Lite, ICMP and ICMPv6 8, SCTP 12;
    /// 0 where there is none.
    package var transportHeaderOctets: UInt16 = 0
    /// Octets behind the transport header by the IP length, of a fragment those of the fragment itself.
    package var payloadOctets: UInt32 = 0
    /// Octets behind the transport header up to the end of the captured frame, Ethernet padding included.
    package var untrimmedPayloadOctets: UInt32 = 0
    /// Octets of `payloadOctets` that were captured; see `CapturedFrame.payload(of:)`.
    package var capturedPayloadOctets: UInt32 = 0
    /// Where the payload and the (inner) IP header begin in the captured octets.
    package var payloadOffset: UInt32 = 0
    package var ipOffset: UInt16 = 0
    /// Identification field of every IPv4 packet, of IPv6 that of its fragment header.
    package var fragmentIdentification: UInt32 = 0
    /// Offset of a fragment in octets.
    package var fragmentOffset: UInt16 = 0
    /// Identifier of the outermost VLAN, 0 without tag.
    package var vlan: UInt16 = 0
    package var interface: UInt16 = 0
    package var marks: Marks = []
    /// Ends of the outermost tunnel, where `tunnelled`.
    package var tunnel = Tunnel.none
    package var outerSource = IPAddress(high: 0, low: 0)
    package var outerDestination = IPAddress(high: 0, low: 0)

    package init() {}

    /// How the outermost tunnel wraps the packet.
    package enum Tunnel: UInt8, Sendable, CaseIterable {
        case none, ipInIP, gre, vxlan, gtp, teredo, geneve, mpls

        package var name: String { Self.names[Int(rawValue)] }

        private static let names = allCases.map { String(describing: $0) }
    }

    /// Whether the packet is the first or a later fragment of a datagram.
    package var isFragment: Bool { marks.rawValue & 0b11_0000 != 0 }
    // Asked of every packet, hence without the set's own calls, which go through tables in other modules.
    /// Whether the packet is a later fragment of a datagram.
    package var isLaterFragment: Bool { marks.rawValue & 0b10_0000 != 0 }
    /// Whether the transport header is there; see `Marks.noTransport`.
    package var hasTransport: Bool { marks.rawValue & 0b1000 == 0 }
    /// Whether there is any mark but that of plain Ethernet.
    package var isRemarkable: Bool { marks.rawValue > 1 }
    package var isTCP: Bool { protocolNumber == 6 }
    package var isUDP: Bool { protocolNumber == 17 }
}
