import FlowFormats
import FlowMetering
import NetworkTypes
import Wire

/// Writes the ARP and DNS messages of the packets as JSON lines.
struct PacketEvents: ~Copyable {
    private var file: AtomicFile
    private(set) var count: UInt64 = 0

    init(path: String) throws { file = try AtomicFile(path: path, keepsLines: true) }

    mutating func write(_ batch: borrowing PacketBatch) throws {
        var lines = ""
        for message in batch.arpMessages {
            lines += Self.line(message)
            count += 1
        }
        for index in batch.packets.indices where DNSMessage.isExpected(in: batch.packets[index]) {
            let packet = batch.packets[index]
            let payload = unsafe batch.frame(of: index).payload(of: packet)
            // What is no DNS on its ports is no event; flows tell of it.
            let message =
                unsafe packet.isTCP
                ? try? DNSMessage(segment: payload.bytes) : try? DNSMessage(datagram: payload.bytes)
            guard let message else { continue }
            lines += Self.line(message, packet)
            count += 1
        }
        if !lines.isEmpty { try file.write(lines) }
    }

    consuming func finish() throws { try file.finish() }

    private static func line(_ message: ARPMessage) -> String {
        "{\"event\":\"arp\",\"time\":\"\(message.timestamp)\",\"operation\":\(message.operation),"
            + "\"senderMAC\":\"\(message.senderMAC)\",\"senderAddress\":\"\(message.senderAddress)\","
            + "\"targetMAC\":\"\(message.targetMAC)\",\"targetAddress\":\"\(message.targetAddress)\","
            + "\"vlan\":\(message.vlan)}\n"
    }

    private static func line(_ message: DNSMessage, _ packet: Packet) -> String {
        var text =
            "{\"event\":\"dns\",\"time\":\"\(packet.timestamp)\",\"source\":\"\(packet.source)\","
            + "\"sourcePort\":\(packet.sourcePort),\"destination\":\"\(packet.destination)\","
            + "\"destinationPort\":\(packet.destinationPort),\"protocol\":\(packet.protocolNumber),"
            + "\"identifier\":\(message.identifier),\"isResponse\":\(message.isResponse),"
            + "\"queryName\":\"\(escaped(message.queryName.description))\","
            + "\"queryType\":\(message.queryType),\"messageOctets\":\(message.messageOctets)"
        if message.isResponse {
            text +=
                ",\"responseCode\":\(message.responseCode),\"answers\":\(message.answerCount),"
                + "\"answerOctets\":\(message.answerOctets)"
            let addresses = (0..<message.addressCount).map { "\"\(message.addresses[$0])\"" }
            if !addresses.isEmpty {
                text += ",\"addresses\":[\(addresses.joined(separator: ","))]"
            }
        }
        return text + "}\n"
    }

    /// A name's presentation form is ASCII; its backslashes and quotes need one more.
    private static func escaped(_ name: String) -> String {
        name.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    }
}
