import Capture
import FlowFormats
import FlowMetering
package import Flows
import Foundation
import Reports

/// How `ntds analyze` makes flows of captures.
package struct CaptureMetering: Sendable {
    package var mode: MeterMode
    /// Whether nDPI names the applications.
    package var hasLabels: Bool

    package init(mode: MeterMode = .corrected, hasLabels: Bool = true) {
        self.mode = mode
        self.hasLabels = hasLabels
    }
}

/// The inputs of an analysis with their captures metered into a table, which is analyzed in their place.
struct MeteredInputs {
    let metering: CaptureMetering
    let threads: Int
    let isQuiet: Bool
    /// The tables that were made.
    private(set) var metered: [MeteredTable] = []

    init(_ metering: CaptureMetering, threads: Int, isQuiet: Bool) {
        self.metering = metering
        self.threads = threads
        self.isQuiet = isQuiet
    }

    /// The tables among the inputs, behind one of all captures if there are any, in the order of time.
    ///
    /// - Parameter path: where the table of the captures goes. It stays there, so that its rows can be
    ///   looked up; after an interruption it does not.
    mutating func tables(of inputs: [String], madeAt path: String) throws -> [String] {
        let files = try InputFiles.expand(inputs)
        let captures = files.filter(CaptureRecognition.isCapture)
        guard !captures.isEmpty else { return inputs }
        let tables = files.filter { !captures.contains($0) }
        let place = URL(filePath: path).resolvingSymlinksInPath()
        if let same = tables.first(where: { URL(filePath: $0).resolvingSymlinksInPath() == place })
        {
            throw InputInTheWay(path: same)
        }
        var request = MeterRequest(sources: captures)
        request.settings.mode = metering.mode
        request.hasLabels = metering.hasLabels
        request.format = .parquet
        request.destination = .file(path)
        request.threads = min(threads, MeterShards.count)
        let outcome = try PacketMetering(request).perform(isQuiet: isQuiet)
        if outcome.isInterrupted {
            try FileManager.default.removeItem(atPath: path)
            throw Interruption.Interrupted()
        }
        metered.append(table(path, captures, outcome))
        return [path] + tables
    }

    private func table(
        _ path: String, _ captures: [String], _ outcome: MeterOutcome
    ) -> MeteredTable {
        let decode = outcome.decode
        let capture = outcome.capture
        let losses: [(String, UInt64)] = [
            ("frames cut by the capture", capture.truncatedFrames),
            ("frames that the capturing machine lost", capture.droppedFrames),
            ("flows ended early for want of room", outcome.meter.evictedFlows),
        ]
        let others: [(String, UInt64)] = [
            ("frames of unknown link types", decode.unknownLinkTypes),
            ("ARP messages", decode.arpMessages),
        ]
        let counts =
            losses + Self.named("malformed", decode.malformed) + Self.named("odd", decode.oddities)
            + MeterSummary(outcome, output: path).meterOddities + others
            + Self.named("not IP", decode.notIP)
        return MeteredTable(
            path: path, captures: captures, mode: metering.mode,
            labeller: outcome.labelVersion.map { "nDPI \($0)" }, packets: outcome.meter.packets,
            flows: outcome.meter.flows,
            counts: counts.filter { $0.1 > 0 }.map { .init(what: $0.0, count: $0.1) },
            complaints: outcome.complaints, seconds: outcome.seconds)
    }

    private static func named(
        _ title: String, _ counts: [(reason: String, count: UInt64)]
    ) -> [(String, UInt64)] {
        counts.map { ("\(title): \(ReasonWords.words(of: $0.reason))", $0.count) }
    }
}

/// The table of the captures would overwrite one of the inputs.
private struct InputInTheWay: Error, CustomStringConvertible {
    let path: String

    var description: String {
        "\(path): the table made of the captures would overwrite it: choose another folder with --out"
    }
}
