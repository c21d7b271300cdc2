private import Capture
private import Glibc
private import NetworkTypes
private import Reports
package import Simulation
private import Wire

/// `ntds simulate packets`: writes a simulated capture and its ground truth.
package struct PacketSimulation {
    private let configuration: SimulatedCapture.Configuration
    /// Frames between two looks at the clock and at the user's wishes.
    private static let stride: UInt64 = 4096

    package init(_ configuration: SimulatedCapture.Configuration) {
        self.configuration = configuration
    }

    /// What was written.
    package struct Outcome: Sendable {
        package let capturePath: String
        package let truthPath: String
        package let frameCount: UInt64
        package let attacks: [PacketAttack]
        /// Dialogues left out because too many were under way.
        package let skippedDialogueCount: Int
    }

    /// - Parameter path: ends in `.pcap` or `.pcapng`; the ground truth gets `.attacks.jsonl` instead.
    package func perform(path: String, isQuiet: Bool) throws -> Outcome {
        let interruption = Interruption()
        var bar = ProgressBar(isQuiet: isQuiet)
        defer { bar.clear() }
        var capture = SimulatedCapture(configuration)
        let writer = try CaptureWriter(
            path: path, interfaces: [CaptureInterface(name: "campus", linkType: .ethernet)])
        var time = configuration.start
        do {
            while try write(nextOf: &capture, to: writer, &time) {
                guard writer.writtenFrames % Self.stride == 0 else { continue }
                try interruption.check()
                bar.show(progress(time, frames: writer.writtenFrames))
            }
            try writer.finish()
        } catch CaptureError.cannotWrite(let path, let kept, let reason) {
            // What can be made again need not be kept in part.
            if let kept { unsafe unlink(kept) }
            throw CaptureError.cannotWrite(path: path, kept: nil, reason: reason)
        }
        return Outcome(
            capturePath: path,
            truthPath: try GroundTruthFile.write(
                PacketAttack.jsonLines(capture.attacks), beside: path),
            frameCount: writer.writtenFrames, attacks: capture.attacks,
            skippedDialogueCount: capture.skippedDialogueCount)
    }

    /// Writes a frame; `false` when the capture has ended.
    private func write(
        nextOf capture: inout SimulatedCapture, to writer: CaptureWriter, _ time: inout Timestamp
    ) throws -> Bool {
        try capture.nextFrame { now, octets in
            time = now
            unsafe try octets.withUnsafeBytes { octets in
                unsafe try writer.write(
                    CapturedFrame(
                        octets: octets, timestamp: now, wireOctets: UInt32(octets.count),
                        linkType: .ethernet, interface: 0))
            }
        }
    }

    private func progress(_ time: Timestamp, frames: UInt64) -> AnalysisProgress {
        let done = Double(time.nanoseconds - configuration.start.nanoseconds) / 1e9
        let whole = configuration.duration / .seconds(1)
        return AnalysisProgress(
            stage: "simulating", fraction: done / whole, count: Int(frames), unit: "frames")
    }
}
