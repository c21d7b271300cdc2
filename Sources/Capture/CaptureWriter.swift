private import NetworkTypes
package import Wire

/// Records frames in files: pcapng with nanoseconds, or classic pcap if the name ends in `.pcap` and all
/// interfaces are of one link type.
///
/// A file bears its name only when it is whole (see `RecordingFile`). After an error the writer counts the frames
/// it was given and writes no more, so that its owner can go on without the recording.
package final class CaptureWriter {
    /// When to begin the next file.
    package enum Rotation: Equatable, Sendable {
        case never
        /// Before a file would grow beyond this, from 64 KiB; a file holds one frame at least.
        case octets(UInt64)
        /// When a frame is this much later than the first of the file, by the time of the frames.
        case seconds(Int)
    }

    package private(set) var writtenFrames: UInt64 = 0
    /// Frames given after an error.
    package private(set) var unwrittenFrames: UInt64 = 0
    /// Whole files that were written, by their names.
    package private(set) var files: [String] = []

    private let path: String
    private let rotation: Rotation
    private let interfaces: [CaptureInterface]
    private let isClassic: Bool
    private var file: RecordingFile?
    private var blocks: PcapngWriter
    private var fileNumber = 0
    /// The time of the first frame in the file.
    private var firstTime: Int64?
    private var lastTime: Int64 = 0
    /// Frames of the file that are not on the disk yet.
    private var bufferedFrames: UInt64 = 0
    /// Whether it failed or was finished.
    private var isOver = false

    /// - Parameters:
    ///   - path: the file to write. With rotation, number and time of the first frame go before its
    ///     extension: `trace.pcapng` becomes `trace-00001-20260131T235959Z.pcapng`.
    ///   - interfaces: what the numbers in the frames mean; others than these may come.
    package init(
        path: String, interfaces: [CaptureInterface], rotation: Rotation = .never
    ) throws(CaptureError) {
        switch rotation {
        case .octets(..<65_536): throw .badSetting("rotation by size: from 65536 octets")
        case .seconds(..<1): throw .badSetting("rotation by time: from 1 second")
        default: break
        }
        self.path = path
        self.rotation = rotation
        self.interfaces = interfaces
        let isOneType = Set(interfaces.map(\.linkType)).count == 1
        isClassic = path.hasSuffix(".pcap") && isOneType
        blocks = PcapngWriter(interfaces: interfaces)
        // An unwritable place is told now, not when the first frame comes.
        if rotation == .never { try begin(at: Timestamp(nanoseconds: 0)) }
    }

    /// Writes the frames of a batch, or the first of them.
    ///
    /// - Throws: once, when the disk is full or the like; frames given later are only counted.
    package func write(
        _ batch: borrowing FrameBatch, limit: Int = .max
    ) throws(CaptureError) {
        for index in 0..<min(limit, batch.count) { unsafe try write(batch.frames[index]) }
    }

    /// Writes one frame.
    package func write(_ frame: CapturedFrame) throws(CaptureError) {
        guard !isOver else {
            unwrittenFrames &+= 1
            return
        }
        do throws(CaptureError) {
            unsafe try rotate(before: frame)
            lastTime = unsafe max(0, frame.timestamp.nanoseconds)
            if isClassic {
                unsafe try writeClassic(frame)
            } else {
                try file?.add { unsafe blocks.append(frame, to: &$0) }
            }
            writtenFrames &+= 1
            bufferedFrames = file?.isDrained == false ? bufferedFrames &+ 1 : 0
        } catch {
            throw ended(by: error, with: 1)
        }
    }

    /// Ends the recording: frames that did not reach the disk were not written.
    private func ended(by error: CaptureError, with frames: UInt64) -> CaptureError {
        isOver = true
        writtenFrames &-= bufferedFrames
        unwrittenFrames &+= bufferedFrames &+ frames
        return error
    }

    /// Gives the last file its name.
    ///
    /// - Parameter counts: frames received and dropped, by interface, which pcapng files then tell.
    package func finish(
        _ counts: [LiveCapture.InterfaceCounts] = []
    ) throws(CaptureError) {
        guard !isOver, file != nil else { return }
        do throws(CaptureError) {
            if !isClassic {
                try file?.add { octets in
                    for (number, count) in counts.enumerated() {
                        blocks.append(count, interface: number, time: lastTime, to: &octets)
                    }
                }
            }
            try endFile()
            isOver = true
        } catch {
            throw ended(by: error, with: 0)
        }
    }

    private func writeClassic(_ frame: CapturedFrame) throws(CaptureError) {
        guard unsafe frame.linkType == interfaces.first?.linkType else {
            throw .cannotWrite(
                path: path, kept: nil, reason: "a frame of another link type in a .pcap file")
        }
        try file?.add { unsafe PcapWriter.append(frame, to: &$0) }
    }

    private func rotate(before frame: CapturedFrame) throws(CaptureError) {
        let time = unsafe frame.timestamp
        if let octets = file?.octets, unsafe isDue(before: frame, octets: octets) {
            try endFile()
        }
        if file == nil { try begin(at: time) }
        if firstTime == nil { firstTime = time.nanoseconds }
    }

    private func isDue(before frame: CapturedFrame, octets: UInt64) -> Bool {
        guard let firstTime else { return false }
        return switch rotation {
        case .never: false
        case .octets(let limit):
            unsafe octets &+ UInt64(frame.octets.count) &+ PcapngWriter.frameOverhead > limit
        case .seconds(let seconds):
            unsafe Int128(frame.timestamp.nanoseconds) - Int128(firstTime)
                >= Int128(seconds) * 1_000_000_000
        }
    }

    private func begin(at time: Timestamp) throws(CaptureError) {
        fileNumber += 1
        firstTime = nil
        file = try RecordingFile(path: rotation == .never ? path : numberedPath(time))
        try file?.add { octets in
            if isClassic {
                PcapWriter.appendHeader(interfaces.first?.linkType ?? .ethernet, to: &octets)
            } else {
                blocks.beginSection(&octets)
            }
        }
    }

    private func endFile() throws(CaptureError) {
        guard let finished = file?.path else { return }
        try file?.finish()
        bufferedFrames = 0
        file = nil
        files.append(finished)
    }

    private func numberedPath(_ time: Timestamp) -> String {
        let number = String(fileNumber)
        let padded = String(repeating: "0", count: max(0, 5 - number.count)) + number
        let seconds = Timestamp(
            nanoseconds: time.nanoseconds / 1_000_000_000 * 1_000_000_000)
        let stamp = seconds.description.filter { $0 != "-" && $0 != ":" }
        let nameStart = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
        let dot = path[nameStart...].lastIndex(of: ".") ?? path.endIndex
        return path[..<dot] + "-\(padded)-\(stamp)" + path[dot...]
    }
}
