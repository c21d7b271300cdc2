import Capture
import FlowMetering
import Wire

/// Takes frames from the source, records them if asked to, and decodes them, batch by batch.
struct MeterIntake: ~Copyable {
    private let input: CaptureInput
    private let recorder: CaptureWriter?
    private var decoder: PacketDecoder
    private let frameLimit: UInt64
    private var complaints: [String]
    /// Frames read so far.
    private(set) var frames: UInt64 = 0

    init(
        _ input: CaptureInput, _ recorder: CaptureWriter?,
        _ decoding: PacketDecoder.Configuration, frameLimit: UInt64?
    ) {
        complaints = input.warnings
        self.input = input
        self.recorder = recorder
        decoder = PacketDecoder(configuration: decoding)
        self.frameLimit = frameLimit ?? .max
    }

    var isLive: Bool { input.isLive }

    /// Share of the input that was read; 0 where it has no known end.
    var fraction: Double { input.fraction ?? 0 }

    /// Fills a batch; `false` when the source has ended.
    ///
    /// A damaged file or a lost interface is noted, and the rest is read on.
    mutating func read(into batch: MeterBatch) -> Bool {
        guard frames < frameLimit else { return false }
        while true {
            do {
                guard try input.fill(&batch.packets.frames) else { return false }
                break
            } catch {
                complaints.append(error.description)
                if batch.packets.frames.count > 0 { break }
            }
        }
        do {
            try recorder?.write(batch.packets.frames)
        } catch {
            complaints.append(error.description)
        }
        let room = Int(min(UInt64(batch.packets.frames.count), frameLimit - frames))
        batch.packets.decode(with: &decoder, firstOrder: frames, limit: room)
        frames += UInt64(room)
        return true
    }

    /// Ends the recording and tells what was read.
    consuming func finish(_ outcome: inout MeterOutcome) {
        outcome.interfaces = input.interfaceCounts()
        do {
            try recorder?.finish(outcome.interfaces)
        } catch {
            complaints.append(error.description)
        }
        outcome.recordings = recorder?.files ?? []
        outcome.complaints = complaints
        outcome.capture = input.counts
        outcome.decode = MeterOutcome.DecodeSummary(decoder.counts)
    }
}

extension MeterOutcome.DecodeSummary {
    init(_ counts: DecodeCounts) {
        packets = counts.packets
        arpMessages = counts.arpMessages
        unknownLinkTypes = counts.unknownLinkTypes
        notIP = Self.named(counts.notIP)
        malformed = Self.named(counts.malformed)
        oddities = Self.named(counts.oddities)
    }

    private static func named<Reason>(_ counts: ReasonCounts<Reason>) -> [(String, UInt64)] {
        counts.occurred.map { (String(describing: $0), counts[$0]) }
    }
}
