import NetworkTypes
import Wire

/// Which ports the later fragments of a datagram belong to: those of its first fragment, for half a minute
/// (RFC 791 leaves 15 seconds, Linux 30) and for a bounded number of datagrams.
struct FragmentTable {
    private struct Datagram: Hashable {
        var source: IPAddress
        var destination: IPAddress
        var identification: UInt32
        var protocolNumber: UInt8
    }

    private static let limit = 8192
    private static let lifetimeMicroseconds: Int64 = 30_000_000
    private var ports: [Datagram: (source: UInt16, destination: UInt16, time: Int64)] = [:]
    /// Datagrams in the order of their first fragments; the place of the oldest.
    private var order: [Datagram] = []
    private var oldest = 0
    /// Datagrams that were forgotten for want of room.
    private(set) var evicted: UInt64 = 0

    /// Remembers the ports of a first fragment.
    mutating func add(_ packet: Packet, time: Int64) {
        let datagram = Datagram(
            source: packet.source, destination: packet.destination,
            identification: packet.fragmentIdentification, protocolNumber: packet.protocolNumber)
        let value = (packet.sourcePort, packet.destinationPort, time)
        if ports.updateValue(value, forKey: datagram) != nil { return }
        if order.count < Self.limit {
            order.append(datagram)
        } else {
            if ports.removeValue(forKey: order[oldest]) != nil { evicted += 1 }
            order[oldest] = datagram
            oldest = (oldest + 1) % Self.limit
        }
    }

    /// The ports of the datagram that a later fragment belongs to, or `nil` if its first one was not seen.
    func ports(
        of packet: Packet, time: Int64
    ) -> (source: UInt16, destination: UInt16)? {
        let datagram = Datagram(
            source: packet.source, destination: packet.destination,
            identification: packet.fragmentIdentification, protocolNumber: packet.protocolNumber)
        guard let found = ports[datagram],
            time &- found.time <= Self.lifetimeMicroseconds
        else { return nil }
        return (found.source, found.destination)
    }
}
