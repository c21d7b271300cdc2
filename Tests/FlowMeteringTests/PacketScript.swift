import FlowMetering
import Flows
import NetworkTypes
import Wire

/// Packets written by hand, and what a meter makes of them.
struct PacketScript {
    static let client = IPAddress("10.0.0.1")!
    static let server = IPAddress("93.184.216.34")!
    private(set) var packets: [Packet] = []
    /// Microseconds since 1970 of the next packets.
    var time: Int64 = 1_700_000_000_000_000

    /// A TCP segment; flags as in the header: FIN 1, SYN 2, RST 4, PSH 8, ACK 16.
    mutating func tcp(
        _ flags: UInt8, fromClient: Bool = true, sequence: UInt32 = 0, acknowledgement: UInt32 = 0,
        payload: UInt32 = 0, window: UInt16 = 1000, clientPort: UInt16 = 40_000,
        at offset: Int64 = 0
    ) {
        var packet = packet(fromClient: fromClient, at: offset)
        packet.protocolNumber = 6
        (packet.sourcePort, packet.destinationPort) =
            fromClient ? (clientPort, 443) : (443, clientPort)
        packet.tcpFlags = flags
        packet.window = window
        packet.sequenceNumber = sequence
        packet.acknowledgementNumber = acknowledgement
        packet.transportHeaderOctets = 20
        packet.payloadOffset = 54
        packet.payloadOctets = payload
        packet.untrimmedPayloadOctets = payload
        packet.ipOctets = 40 + payload
        packet.frameOctets = 54 + payload
        packets.append(packet)
    }

    mutating func udp(
        fromClient: Bool = true, payload: UInt32 = 10, clientPort: UInt16 = 5000,
        at offset: Int64 = 0
    ) {
        var packet = packet(fromClient: fromClient, at: offset)
        packet.protocolNumber = 17
        (packet.sourcePort, packet.destinationPort) =
            fromClient ? (clientPort, 53) : (53, clientPort)
        packet.transportHeaderOctets = 8
        packet.payloadOffset = 42
        packet.payloadOctets = payload
        packet.untrimmedPayloadOctets = payload
        packet.ipOctets = 28 + payload
        packet.frameOctets = 42 + payload
        packets.append(packet)
    }

    mutating func icmp(
        _ type: UInt8, identifier: UInt16, fromClient: Bool = true, at offset: Int64 = 0
    ) {
        var packet = packet(fromClient: fromClient, at: offset)
        packet.protocolNumber = 1
        packet.icmpType = type
        packet.icmpIdentifier = identifier
        packet.ipOctets = 84
        packets.append(packet)
    }

    /// Changes the packet written last.
    mutating func change(_ body: (inout Packet) -> Void) { body(&packets[packets.count - 1]) }

    private func packet(fromClient: Bool, at offset: Int64) -> Packet {
        var packet = Packet()
        packet.timestamp = Timestamp(nanoseconds: (time + offset) * 1000)
        packet.source = fromClient ? Self.client : Self.server
        packet.destination = fromClient ? Self.server : Self.client
        packet.marks = .plainEthernet
        packet.timeToLive = 64
        return packet
    }

    /// A whole connection: handshake, request, answer, both ends closed.
    mutating func connection(at offset: Int64 = 0, clientPort: UInt16 = 40_000) {
        tcp(2, sequence: 100, clientPort: clientPort, at: offset)
        tcp(
            18, fromClient: false, sequence: 500, acknowledgement: 101, clientPort: clientPort,
            at: offset + 1000)
        tcp(16, sequence: 101, acknowledgement: 501, clientPort: clientPort, at: offset + 1500)
        tcp(
            24, sequence: 101, acknowledgement: 501, payload: 200, clientPort: clientPort,
            at: offset + 2000)
        tcp(
            24, fromClient: false, sequence: 501, acknowledgement: 301, payload: 1000,
            clientPort: clientPort, at: offset + 4000)
        tcp(17, sequence: 301, acknowledgement: 1501, clientPort: clientPort, at: offset + 5000)
        tcp(
            17, fromClient: false, sequence: 1501, acknowledgement: 302, clientPort: clientPort,
            at: offset + 6000)
        tcp(16, sequence: 302, acknowledgement: 1502, clientPort: clientPort, at: offset + 7000)
    }

    /// - Parameter octets: captured octets of each frame, all 0.
    func meter(
        _ mode: MeterMode = .corrected, octets: Int = 0,
        _ change: (inout MeterSettings) -> Void = { _ in }
    ) -> [FlowRecord] {
        var settings = MeterSettings()
        settings.mode = mode
        change(&settings)
        var table = FlowTable(settings: settings, secret: (1, 2, 3))
        table.add(packets, octets: octets)
        table.finishAll(order: UInt64(packets.count))
        return table.takeFinished().records
    }
}

extension FlowTable {
    /// Adds packets that have no frames, numbered from `first`.
    mutating func add(
        _ packets: some Collection<Packet>, first: UInt64 = 0, octets count: Int = 0
    ) {
        let octets = UnsafeMutableRawBufferPointer.allocate(byteCount: max(count, 1), alignment: 8)
        octets.initializeMemory(as: UInt8.self, repeating: 0)
        defer { octets.deallocate() }
        let frame = CapturedFrame(
            octets: UnsafeRawBufferPointer(rebasing: octets[..<count]),
            timestamp: Timestamp(nanoseconds: 0), wireOctets: 0, linkType: .ethernet, interface: 0)
        for (order, packet) in packets.enumerated() {
            add(packet, frame, order: first + UInt64(order))
        }
    }
}
