package import NetworkTypes

/// Who asked for, or told, the station of an IPv4 address (RFC 826).
///
/// Nothing in it is true because it says so: the sender writes all four addresses.
package struct ARPMessage: Hashable, Sendable {
    package var timestamp: Timestamp
    /// 1 asks, 2 answers; other numbers are rare and kept as they are.
    package var operation: UInt16
    /// Identifier of the outermost VLAN, 0 without tag.
    package var vlan: UInt16
    package var interface: UInt16
    package var senderMAC: MACAddress
    package var senderAddress: IPAddress
    package var targetMAC: MACAddress
    package var targetAddress: IPAddress

    package var isRequest: Bool { operation == 1 }
    package var isReply: Bool { operation == 2 }
    /// A station tells its own address unasked (RFC 5227 section 3).
    package var isGratuitous: Bool { senderAddress == targetAddress }

    package init(
        timestamp: Timestamp, operation: UInt16, vlan: UInt16 = 0, interface: UInt16 = 0,
        senderMAC: MACAddress, senderAddress: IPAddress, targetMAC: MACAddress,
        targetAddress: IPAddress
    ) {
        self.timestamp = timestamp
        self.operation = operation
        self.vlan = vlan
        self.interface = interface
        self.senderMAC = senderMAC
        self.senderAddress = senderAddress
        self.targetMAC = targetMAC
        self.targetAddress = targetAddress
    }

    /// Why octets are no message about MAC and IPv4 addresses.
    package enum Refusal: Error, Equatable {
        case truncated(needed: Int, available: Int)
        /// Addresses of other kinds, which a decoder of IP has no use for.
        case otherAddresses
    }

    /// Decodes the octets from the hardware type on.
    package init(
        _ octets: RawSpan, timestamp: Timestamp, vlan: UInt16 = 0, interface: UInt16 = 0
    ) throws(Refusal) {
        guard octets.byteCount >= 8 else {
            throw .truncated(needed: 8, available: octets.byteCount)
        }
        // Protocol type IPv4, six octets of hardware address, four of protocol address.
        guard octets.word32(2) == 0x0800_0604 else { throw .otherAddresses }
        guard octets.byteCount >= 28 else {
            throw .truncated(needed: 28, available: octets.byteCount)
        }
        self.init(
            timestamp: timestamp, operation: octets.word16(6), vlan: vlan, interface: interface,
            senderMAC: MACAddress(octets, at: 8),
            senderAddress: IPAddress(ipv4: octets.word32(14)),
            targetMAC: MACAddress(octets, at: 18),
            targetAddress: IPAddress(ipv4: octets.word32(24)))
    }
}
