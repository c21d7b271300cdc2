import Capture
import FlowMetering
import NetworkTypes
import Wire

/// Takes frames from the source, records them if asked to, and decodes them, batch by batch; what goes wrong
/// beside the flows is noted, and the rest goes on.
struct MeterIntake: ~Copyable {
    /// What the decoder knows.
    private static let linkTypes = Set(LiveCapture.usualLinkTypes + [.rawBSD, .rawOpenBSD])

    private let input: CaptureInput
    private let recorder: CaptureWriter?
    private var events: PacketEvents?
    private var eventCount: UInt64 = 0
    private var decoder: PacketDecoder
    private let frameLimit: UInt64
    private var complaints: [String]
    /// Of frames that cannot be decoded; a few are enough to tell.
    private var foreignLinkTypes: Set<LinkType> = []
    /// When the user asked to stop, on the clock of the frames.
    private var stopTime: Timestamp?
    private var isOver = false
    /// Frames read so far.
    private(set) var frames: UInt64 = 0

    init(
        _ input: CaptureInput, _ recorder: CaptureWriter?, _ events: consuming PacketEvents?,
        _ decoding: PacketDecoder.Configuration, frameLimit: UInt64?
    ) {
        complaints = input.warnings
        self.input = input
        self.recorder = recorder
        self.events = events
        decoder = PacketDecoder(configuration: decoding)
        self.frameLimit = frameLimit ?? .max
    }

    var isLive: Bool { input.isLive }

    /// Share of the input that was read, if it has a known end.
    var fraction: Double? { input.fraction }

    /// Damages of files, lost interfaces and the like, as far as they are known now.
    var complaintTexts: [String] { complaints }

    /// What the decoder counted so far.
    var decodeSummary: MeterOutcome.DecodeSummary { MeterOutcome.DecodeSummary(decoder.counts) }

    func interfaceCounts() -> [LiveCapture.InterfaceCounts] { input.interfaceCounts() }

    /// Ends the reading: of files at once, of interfaces with the frames that have come by now.
    ///
    /// - Parameter hasReader: Whether somebody still wants these.
    mutating func stop(hasReader: Bool) {
        if !isLive || !hasReader {
            isOver = true
        } else if stopTime == nil {
            stopTime = SystemClock.now()
        }
    }

    /// Fills a batch; `false` when the source has ended.
    ///
    /// A damaged file or a lost interface is noted, and the rest is read on.
    mutating func read(into batch: MeterBatch) -> Bool {
        guard !isOver, frames < frameLimit else { return false }
        while true {
            do {
                guard try input.fill(&batch.packets.frames) else { return false }
                break
            } catch {
                complaints.append(error.description)
                if batch.packets.frames.count > 0 { break }
            }
        }
        let count = batch.packets.frames.count
        if let stopTime {
            isOver =
                unsafe batch.packets.frames.frames.last.map {
                    unsafe $0.timestamp >= stopTime
                } ?? true
        }
        let room = Int(min(UInt64(count), frameLimit - frames))
        do {
            try recorder?.write(batch.packets.frames, limit: room)
        } catch {
            complaints.append(error.description)
        }
        let foreignFrames = decoder.counts.unknownLinkTypes
        batch.packets.decode(with: &decoder, firstOrder: frames, limit: room)
        if decoder.counts.unknownLinkTypes > foreignFrames { noteLinkTypes(batch, room) }
        frames += UInt64(room)
        return true
    }

    /// Writes the ARP and DNS messages of a batch, if asked to; without room for them the run goes on.
    mutating func writeEvents(_ batch: MeterBatch) {
        do {
            try events?.write(batch.packets)
            eventCount = events?.count ?? eventCount
        } catch {
            complaints.append("\(error)")
            events = nil
        }
    }

    private mutating func noteLinkTypes(_ batch: MeterBatch, _ count: Int) {
        for index in 0..<count where foreignLinkTypes.count < 8 {
            let linkType = unsafe batch.packets.frames.frames[index].linkType
            if !Self.linkTypes.contains(linkType) { foreignLinkTypes.insert(linkType) }
        }
    }

    /// Ends the recording and the events, and tells what was read.
    consuming func finish(_ outcome: inout MeterOutcome) {
        outcome.interfaces = input.interfaceCounts()
        if !foreignLinkTypes.isEmpty {
            complaints.append(
                CaptureError.undecodedFrames(
                    source: input.title, count: decoder.counts.unknownLinkTypes,
                    linkTypes: foreignLinkTypes.map(\.title).sorted(),
                    supported: LiveCapture.usualLinkTypes.map(\.title)
                ).description)
        }
        do {
            try recorder?.finish(outcome.interfaces)
        } catch {
            complaints.append(error.description)
        }
        outcome.recordings = recorder?.files ?? []
        outcome.events = eventCount
        do {
            try events.take()?.finish()
        } catch {
            complaints.append("\(error)")
        }
        outcome.complaints += complaints
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
