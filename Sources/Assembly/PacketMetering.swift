import ApplicationLabels
import Capture
import FlowFormats
import FlowMetering
import Flows
import NetworkTypes
import Reports
import Wire

/// `ntds meter`: packets of files or interfaces to a table of flows.
package struct PacketMetering {
    private let request: MeterRequest
    /// Frames of a batch.
    private static let batchFrames = 512
    package init(_ request: MeterRequest) { self.request = request }

    /// Reads to the end of the files, or of interfaces until the user asks to stop.
    ///
    /// A file that turns out damaged, or an interface that goes away, ends that source only; the outcome tells.
    ///
    /// - Parameter isQuiet: no progress.
    /// - Throws: `CaptureError` when a source cannot be opened, `TableError` when flows cannot be written.
    package func perform(isQuiet: Bool) throws -> MeterOutcome {
        let begin = SystemClock.seconds()
        let interruption = Interruption()
        let input = try CaptureInput(request)
        // All files are that user's, who gives them their names in the end.
        if let user = request.user { try dropPrivileges(to: user) }
        let recorder = try request.recordingPath.map {
            try CaptureWriter(
                path: $0, interfaces: input.interfaces, rotation: request.recordingRotation)
        }
        var writer = try FlowRecordWriter(
            request.format, columns: request.columns, mode: request.settings.mode,
            clock: request.clock, to: request.destination)
        let events = try request.eventsPath.map { try PacketEvents(path: $0) }
        let shards = try MeterShards(
            request.settings, hasLabels: request.hasLabels, threads: request.threads)
        var intake = MeterIntake(
            input, recorder, events, decoding, frameLimit: request.frameLimit)
        var outcome = MeterOutcome()
        outcome.labelVersion = request.hasLabels ? NDPILabeller.version : nil
        var display = MeterDisplay(isQuiet: isQuiet, sources: request.sources)
        defer { display.clear() }
        do {
            var (current, next) = (
                MeterBatch(frames: Self.batchFrames), MeterBatch(frames: Self.batchFrames)
            )
            var clock = Timestamp(nanoseconds: 0)
            var hasFrames = intake.read(into: current)
            while hasFrames {
                let order = intake.frames
                if writer.isClosed || interruption.isRequested || isTimeOver(since: begin) {
                    intake.stop(hasReader: !writer.isClosed)
                }
                shards.add(current) { hasFrames = intake.read(into: next) }
                intake.writeEvents(current)
                if let last = current.packets.packets.last {
                    clock = last.timestamp
                } else if intake.isLive, clock < Self.quietTime {
                    clock = Self.quietTime
                    shards.advance(to: clock, order: order)
                }
                outcome.openFlowsPeak = max(outcome.openFlowsPeak, shards.openFlows)
                outcome.flowMemoryOctets = max(outcome.flowMemoryOctets, shards.octets)
                try writer.write(shards.takeFinished(), at: clock)
                display.show(intake, shards, packets: order)
                swap(&current, &next)
            }
            try shards.finishAll(order: intake.frames) { try writer.write($0, at: clock) }
            try writer.finish()
        } catch {
            // What was recorded and seen until then is kept.
            intake.finish(&outcome)
            throw error
        }
        outcome.isInterrupted = interruption.isRequested && !intake.isLive
        outcome.meter = shards.counts
        intake.finish(&outcome)
        outcome.seconds = SystemClock.seconds() - begin
        return outcome
    }

    /// The time of an interface that gives nothing: no frame that is still to come is older.
    private static var quietTime: Timestamp {
        Timestamp(nanoseconds: SystemClock.now().nanoseconds - 1_000_000_000)
    }

    private var decoding: PacketDecoder.Configuration {
        var configuration = PacketDecoder.Configuration()
        // The old meters see the outer header only.
        configuration.followsTunnels = !request.settings.mode.isLegacy
        return configuration
    }

    private func isTimeOver(since begin: Double) -> Bool {
        guard let limit = request.durationSeconds else { return false }
        return SystemClock.seconds() - begin >= limit
    }
}
