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
            "\(counted(meter.packets, "packet")), \(counted(meter.flows, "flow")) to \(output) "
                + "in \(rate)\(evictions)")
        lines += outcome.interfaces.map(line)
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

    /// "2.5 s, 1.2 M packets/s"; no rate where there is too little to tell.
    private var rate: String {
        let seconds = outcome.seconds
        let rounded = seconds < 10 ? (seconds * 100).rounded() / 100 : seconds.rounded()
        let text = rounded < 10 ? "\(rounded) s" : "\(Int(rounded)) s"
        guard outcome.meter.packets >= 10_000, seconds > 0 else { return text }
        return text + ", \(ProgressBar.short(Double(outcome.meter.packets) / seconds)) packets/s"
    }

    private func line(_ interface: LiveCapture.InterfaceCounts) -> String {
        let dropped = interface.droppedByKernel
        let text =
            "\(interface.name): \(counted(interface.receivedFrames, "frame")) received, "
            + "\(grouped(dropped)) dropped by the kernel, "
            + "\(grouped(interface.droppedByInterface)) by the interface"
        guard dropped > 0 else { return text }
        let share = Double(dropped) / Double(max(1, interface.receivedFrames)) * 100
        return text + " (\((share * 100).rounded() / 100) % lost for want of time: "
            + "a larger --buffer, a --filter, --labels none or more --threads keep more)"
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
        let parts = counts.map { "\(ReasonWords.words(of: $0.0)) \(grouped($0.1))" }
        lines.append("\(title): " + parts.joined(separator: ", "))
    }

    private func counted(_ number: UInt64, _ noun: String) -> String {
        "\(grouped(number)) \(noun)\(number == 1 ? "" : "s")"
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

    private struct Interface: Encodable {
        let name: String
        let delivered, received, droppedByKernel, droppedByInterface: UInt64

        init(_ counts: LiveCapture.InterfaceCounts) {
            name = counts.name
            (delivered, received) = (counts.deliveredFrames, counts.receivedFrames)
            droppedByKernel = counts.droppedByKernel
            droppedByInterface = counts.droppedByInterface
        }
    }

    private struct Document: Encodable {
        let output: String
        let seconds: Double
        let packets, flows: UInt64
        let capture: [String: UInt64]
        let interfaces: [Interface]
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
            interfaces = outcome.interfaces.map(Interface.init)
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
