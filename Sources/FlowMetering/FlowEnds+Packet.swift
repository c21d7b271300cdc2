import NetworkTypes
import Wire

extension FlowEnds {
    /// The ends of a packet's flow, and whether the lower one sent it.
    ///
    /// - Parameter ports: the packet's ports, or those of the datagram that a fragment belongs to.
    @inline(__always)
    init(
        _ packet: Packet, ports: (source: UInt16, destination: UInt16),
        isSourceLow: inout Bool
    ) {
        let (source, destination) = (packet.source, packet.destination)
        isSourceLow =
            source.high != destination.high
            ? source.high < destination.high
            : source.low != destination.low
                ? source.low < destination.low : ports.source <= ports.destination
        let number = packet.protocolNumber
        if number == 1 || number == 58 {
            // An answer has the key of its question, and no direction by ports.
            let (type, code) = (Self.question(of: packet.icmpType, number), packet.icmpCode)
            let message = UInt64(type) << 8 | UInt64(code)
            self.ports = UInt64(packet.icmpIdentifier) << 32 | message << 16 | UInt64(number)
            if source == destination { isSourceLow = true }
        } else {
            let (low, high) =
                isSourceLow ? (ports.source, ports.destination) : (ports.destination, ports.source)
            self.ports = UInt64(low) << 32 | UInt64(high) << 16 | UInt64(number)
        }
        let (low, high) = isSourceLow ? (source, destination) : (destination, source)
        (lowHigh, lowLow, highHigh, highLow) = (low.high, low.low, high.high, high.low)
    }

    /// The type of the message that an ICMP answer belongs to (IANA ICMP and ICMPv6 parameters).
    private static func question(of type: UInt8, _ protocolNumber: UInt8) -> UInt8 {
        switch (protocolNumber, type) {
        case (1, 0): 8  // echo
        case (1, 14): 13  // timestamp
        case (1, 16): 15  // information
        case (1, 18): 17  // address mask
        case (1, 9): 10  // router
        case (58, 129): 128  // echo
        case (58, 134): 133  // router
        case (58, 136): 135  // neighbour
        default: type
        }
    }

    /// A keyed hash: who does not know the key cannot choose ends that collide.
    @inline(__always)
    func hash(_ secret: (UInt64, UInt64, UInt64)) -> UInt64 {
        Self.fold(
            Self.fold(lowHigh ^ secret.0, lowLow ^ secret.1)
                ^ Self.fold(highHigh ^ secret.1, highLow ^ secret.2),
            ports ^ secret.0)
    }

    /// Both halves of the product, of which every bit hangs on all bits of both factors.
    @inline(__always)
    private static func fold(_ one: UInt64, _ other: UInt64) -> UInt64 {
        let product = one.multipliedFullWidth(by: other | 1)
        return product.high ^ product.low
    }
}
