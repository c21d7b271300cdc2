import ApplicationLabels
import Flows
import Foundation

/// Flows of a capture by protocol and both ends, each with its label; no time-outs, as nDPI's own reader does.
struct LabelledFlows {
    private(set) var labels: [String: ApplicationLabel] = [:]
    private var slots: [String: (slot: Int32, isWanted: Bool)] = [:]

    /// - Parameter skipped: packets at the beginning that the labeller does not see.
    init(_ capture: CaptureFile, _ labeller: LabellerSubject, skipping skipped: Int = 0) {
        var order: [String] = []
        for packet in capture.packets.dropFirst(skipped) {
            guard let key = Self.key(packet.octets) else { continue }
            if slots[key] == nil {
                guard let slot = labeller.open() else { continue }
                slots[key] = (slot, true)
                order.append(key)
            }
            guard let flow = slots[key], flow.isWanted else { continue }
            slots[key]?.isWanted = labeller.show(
                packet.octets, flow.slot, nanoseconds: packet.nanoseconds)
        }
        for key in order { labels[key] = slots[key].map { labeller.close($0.slot) } }
    }

    /// "17 10.0.0.1:53 10.0.0.2:4000", the smaller end first; `nil` for what nDPI's reader keeps no flow of.
    static func key(_ packet: ArraySlice<UInt8>) -> String? {
        let at = packet.startIndex
        guard packet.count >= 20 else { return nil }
        let isVersion4 = packet[at] >> 4 == 4
        var transport = at + (isVersion4 ? Int(packet[at] & 15) * 4 : 40)
        guard transport <= packet.endIndex, isVersion4 || packet.count >= 40 else { return nil }
        var number = packet[at + (isVersion4 ? 9 : 6)]
        while !isVersion4, [0, 43, 60].contains(number), transport + 8 <= packet.endIndex {
            number = packet[transport]
            transport += 8 + Int(packet[transport + 1]) * 8
        }
        let addresses = isVersion4 ? at + 12 : at + 8
        let width = isVersion4 ? 4 : 16
        var ports = (0, 0)
        if [6, 17].contains(number), transport + 4 <= packet.endIndex {
            ports.0 = Int(packet[transport]) << 8 | Int(packet[transport + 1])
            ports.1 = Int(packet[transport + 2]) << 8 | Int(packet[transport + 3])
        }
        let source = text(packet[addresses..<(addresses + width)])
        let destination = text(packet[(addresses + width)..<(addresses + 2 * width)])
        return key(Int(number), "\(source):\(ports.0)", "\(destination):\(ports.1)")
    }

    static func key(_ protocolNumber: Int, _ end: String, _ other: String) -> String {
        "\(protocolNumber) \(min(end, other)) \(max(end, other))"
    }

    /// IPv6 as nDPI writes it: each lone group of zeros is left out, however many there are.
    static func normalized(_ address: String) -> String {
        var result = address
        while result.contains(":0:") { result = result.replacing(":0:", with: "::") }
        while result.contains(":::") { result = result.replacing(":::", with: "::") }
        return result
    }

    private static func text(_ address: ArraySlice<UInt8>) -> String {
        if address.count == 4 { return address.map(String.init).joined(separator: ".") }
        var buffer = [CChar](repeating: 0, count: 64)
        inet_ntop(AF_INET6, Array(address), &buffer, 64)
        let octets = buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:))
        return normalized(String(decoding: octets, as: UTF8.self))
    }
}
