private import Capture
private import Figures
private import FlowMetering
private import Foundation

/// What a meter run says at its end.
package struct MeterSummary {
    private let outcome: MeterOutcome
    private let output: String

    package init(_ outcome: MeterOutcome, output: String) {
        self.outcome = outcome
        self.output = output
    }

    /// A few lines for people: flows, drops, and only those oddities that occurred.
    package var text: String {
        var lines: [String] = []
        let meter = outcome.meter
        lines.append(
            "\(grouped(meter.packets)) packets, \(grouped(meter.flows)) flows to \(output), "
                + "\(rate)\(evictions)")
        for interface in outcome.interfaces {
            lines.append(
                "\(interface.name): \(grouped(interface.receivedFrames)) frames received, "
                    + "\(grouped(interface.droppedByKernel)) dropped by the kernel, "
                    + "\(grouped(interface.droppedByInterface)) by the interface")
        }
        let other =
            [("ARP messages", outcome.decode.arpMessages)]
            + [("frames of unknown link types", outcome.decode.unknownLinkTypes)]
        let named = other.filter { $0.1 > 0 }.map { "\(grouped($0.1)) \($0.0)" }
        if !named.isEmpty { lines.append("Also " + named.joined(separator: ", ")) }
        append("Not IP", outcome.decode.notIP, to: &lines)
        append("Malformed", outcome.decode.malformed, to: &lines)
        append("Odd", outcome.decode.oddities, to: &lines)
        append("Meter", meterOddities, to: &lines)
        for file in outcome.recordings { lines.append("Recording: \(file)") }
        return lines.joined(separator: "\n")
    }

    private var rate: String {
        let packets = Double(outcome.meter.packets)
        let seconds = max(outcome.seconds, 1e-6)
        return "\((packets / seconds / 1e4).rounded() / 100) M packets/s"
    }

    private var evictions: String {
        let count = outcome.meter.evictedFlows
        return count == 0
            ? "" : ", \(grouped(count)) of them ended early for want of room (--flow-limit)"
    }

    /// What the meter counted beside packets and flows, in words; only what occurred.
    var meterOddities: [(String, UInt64)] {
        let meter = outcome.meter
        return [
            ("one-packet flows left out", meter.omittedFlows),
            ("packets left out by the mode's rules", meter.omittedPackets),
            ("fragments without a first", meter.orphanFragments),
            ("duplicate packets", meter.duplicates), ("of them skipped", meter.skippedDuplicates),
            ("packets older than the one before", meter.backwardTimes),
            ("flows not labelled for want of room", meter.unlabelledFlows),
        ].filter { $0.1 > 0 }
    }

    private func append(_ title: String, _ counts: [(String, UInt64)], to lines: inout [String]) {
        guard !counts.isEmpty else { return }
        let parts = counts.map { "\($0.0) \(grouped($0.1))" }
        lines.append("\(title): " + parts.joined(separator: ", "))
    }

    private func grouped(_ number: UInt64) -> String {
        NumberText.grouped(Int(truncatingIfNeeded: number))
    }

    /// The same for machines.
    package func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(Document(outcome, output)), as: UTF8.self)
    }

    private struct Document: Encodable {
        let output: String
        let seconds: Double
        let packets, flows: UInt64
        let capture: [String: UInt64]
        let interfaces: [[String: UInt64]]
        let interfaceNames: [String]
        let notIP, malformed, oddities, meter: [String: UInt64]
        let arpMessages, unknownLinkTypes, events: UInt64
        let openFlowsPeak, flowMemoryOctets: Int
        let labeller: String?
        let recordings, complaints: [String]

        init(_ outcome: MeterOutcome, _ output: String) {
            self.output = output
            seconds = outcome.seconds
            (packets, flows) = (outcome.meter.packets, outcome.meter.flows)
            let counts = outcome.capture
            capture = [
                "frames": counts.frames, "octets": counts.octets,
                "truncatedFrames": counts.truncatedFrames, "backwardFrames": counts.backwardFrames,
                "filteredFrames": counts.filteredFrames, "skippedBlocks": counts.skippedBlocks,
                "droppedFrames": counts.droppedFrames,
            ]
            interfaces = outcome.interfaces.map {
                [
                    "delivered": $0.deliveredFrames, "received": $0.receivedFrames,
                    "droppedByKernel": $0.droppedByKernel,
                    "droppedByInterface": $0.droppedByInterface,
                ]
            }
            interfaceNames = outcome.interfaces.map(\.name)
            notIP = Self.table(outcome.decode.notIP)
            malformed = Self.table(outcome.decode.malformed)
            oddities = Self.table(outcome.decode.oddities)
            let meter = outcome.meter
            self.meter = [
                "omittedFlows": meter.omittedFlows, "omittedPackets": meter.omittedPackets,
                "evictedFlows": meter.evictedFlows, "laterFragments": meter.laterFragments,
                "orphanFragments": meter.orphanFragments, "duplicates": meter.duplicates,
                "skippedDuplicates": meter.skippedDuplicates,
                "backwardTimes": meter.backwardTimes, "unlabelledFlows": meter.unlabelledFlows,
            ]
            arpMessages = outcome.decode.arpMessages
            unknownLinkTypes = outcome.decode.unknownLinkTypes
            events = outcome.events
            (openFlowsPeak, flowMemoryOctets) = (outcome.openFlowsPeak, outcome.flowMemoryOctets)
            labeller = outcome.labelVersion
            (recordings, complaints) = (outcome.recordings, outcome.complaints)
        }

        private static func table(_ counts: [(reason: String, count: UInt64)]) -> [String: UInt64] {
            Dictionary(counts.map { ($0.reason, $0.count) }, uniquingKeysWith: +)
        }
    }
}
