/// What the labeller must know of a packet before it shows it to nDPI.
///
/// nDPI gets nothing that it could read in another way than we do: no fragments, options or extension headers, no
/// impossible transport header.
struct PacketOutline {
    /// What the packet is good for.
    enum Use {
        /// Its payload is looked into.
        case payload
        /// It tells ports and addresses only: a TCP segment without payload, the first fragment of a datagram.
        case headers
        /// Nothing: a later fragment, a header that is cut or contradicts itself.
        case none
    }

    private(set) var use = Use.none
    let isVersion6: Bool
    /// TCP 6, UDP 17, and so on: the header behind IPv6's extension headers.
    private(set) var protocolNumber: UInt8
    /// Where the transport header begins, and how much is there from it on, Ethernet padding left out.
    private(set) var transportOffset: Int
    private(set) var transportOctets = 0

    /// Octets of the network header that nDPI gets.
    var networkOctets: Int { isVersion6 ? 40 : 20 }
    /// Octets of a transport header without options; 0 for protocols that are not looked into here.
    private(set) var transportHeaderOctets = 0

    /// `nil` if this is no IP packet, or its network header is cut.
    init?(_ packet: borrowing RawSpan) {
        guard packet.byteCount >= 20 else { return nil }
        switch packet.octet(0) >> 4 {
        case 4: self.init(version4: packet)
        case 6: self.init(version6: packet)
        default: return nil
        }
    }

    private init?(version4 packet: borrowing RawSpan) {
        isVersion6 = false
        transportOffset = Int(packet.octet(0) & 15) * 4
        protocolNumber = packet.octet(9)
        let total = Int(packet.bigEndian16(2))
        // 0 is what segmentation offload leaves there.
        let end = total == 0 ? packet.byteCount : min(total, packet.byteCount)
        guard transportOffset >= 20, transportOffset <= end else { return nil }
        transportOctets = end - transportOffset
        let fragment = packet.bigEndian16(6) & 0x3FFF
        judge(packet, isFragment: fragment != 0, isLaterFragment: fragment & 0x1FFF != 0)
    }

    private init?(version6 packet: borrowing RawSpan) {
        guard packet.byteCount >= 40 else { return nil }
        isVersion6 = true
        let payload = Int(packet.bigEndian16(4))
        let end = payload == 0 ? packet.byteCount : min(40 + payload, packet.byteCount)
        transportOffset = 40
        protocolNumber = packet.octet(6)
        var isFragment = false
        var isLaterFragment = false
        var extensions = 0
        while Self.isExtension(protocolNumber) {
            guard transportOffset + 8 <= end, extensions < Self.mostExtensions else { return nil }
            let next = packet.octet(transportOffset)
            let length = Int(packet.octet(transportOffset + 1))
            switch protocolNumber {
            case 44:
                isFragment = true
                isLaterFragment = packet.bigEndian16(transportOffset + 2) & 0xFFF8 != 0
                transportOffset += 8
                // Behind the header of a later fragment lies the middle of something.
                if isLaterFragment { return }
            case 51: transportOffset += (length + 2) * 4
            default: transportOffset += (length + 1) * 8
            }
            guard transportOffset <= end else { return nil }
            protocolNumber = next
            extensions += 1
        }
        transportOctets = end - transportOffset
        judge(packet, isFragment: isFragment, isLaterFragment: isLaterFragment)
    }

    private mutating func judge(
        _ packet: borrowing RawSpan, isFragment: Bool, isLaterFragment: Bool
    ) {
        guard !isLaterFragment else { return }
        switch protocolNumber {
        case 6:
            guard transportOctets >= 20 else { return }
            let headerOctets = Int(packet.octet(transportOffset + 12) >> 4) * 4
            guard headerOctets >= 20, headerOctets <= transportOctets else { return }
            transportHeaderOctets = 20
            use = isFragment || headerOctets == transportOctets ? .headers : .payload
        case 17:
            guard transportOctets >= 8 else { return }
            transportHeaderOctets = 8
            use = isFragment ? .headers : .payload
        default:
            use = isFragment || isVersion6 && protocolNumber == 59 ? .none : .payload
        }
    }

    /// Hop by hop, routing, fragment, authentication, destination options, mobility, HIP, shim6.
    private static func isExtension(_ number: UInt8) -> Bool {
        switch number {
        case 0, 43, 44, 51, 60, 135, 139, 140: true
        default: false
        }
    }

    /// More extension headers than any honest packet has.
    private static let mostExtensions = 8
}

/// The headers of a packet of TCP or UDP without options and payload: enough for a guess by port and address, and
/// for what nDPI makes of the start of a connection.
struct PacketHead {
    /// The network header from 0 on, the transport header from 40 on.
    private(set) var octets: [60 of UInt8] = .init(repeating: 0)
    let isVersion6: Bool
    let protocolNumber: UInt8

    /// `nil` without a transport header.
    init?(_ packet: borrowing RawSpan, _ outline: PacketOutline) {
        guard outline.transportHeaderOctets > 0 else { return nil }
        isVersion6 = outline.isVersion6
        protocolNumber = outline.protocolNumber
        for index in 0..<outline.networkOctets { octets[index] = packet.octet(index) }
        for index in 0..<outline.transportHeaderOctets {
            octets[40 + index] = packet.octet(outline.transportOffset + index)
        }
        if protocolNumber == 6 {
            octets[52] = 5 << 4
        } else {
            octets[44] = 0
            octets[45] = 8
        }
    }

    var transportOctets: Int { protocolNumber == 6 ? 20 : 8 }
}

extension RawSpan {
    /// - Precondition: the octet is there.
    fileprivate func octet(_ offset: Int) -> UInt8 {
        // SAFETY: the load checks its bounds, and any octet is a UInt8.
        unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt8.self)
    }

    /// - Precondition: both octets are there.
    fileprivate func bigEndian16(_ offset: Int) -> UInt16 {
        // SAFETY: the load checks its bounds, and any two octets are a UInt16.
        UInt16(bigEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self))
    }
}
