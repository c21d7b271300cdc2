private import NetworkTypes
package import Wire

/// Several capture files as one source: frames in the order of their time stamps, those of the earlier
/// named file first where they are equal.
///
/// Each file keeps its own order, so a file that runs backwards does so here. A damaged file does not end the
/// others: they are read to their ends, then `fill` throws the error of each damaged file, one a call. What is
/// held is one small batch and window a file.
package struct MergedCaptures: ~Copyable, PacketSource {
    private let lanes: [FileLane]
    private var queue = MergeQueue()
    /// Lanes whose next frame is not yet known.
    private var dry: [Int]
    private var errors: [CaptureError] = []

    /// - Parameter filter: an expression as in pcap-filter(7), for all files.
    package init(paths: [String], filter: String? = nil) throws(CaptureError) {
        if let filter { try FrameFilter.check(filter) }
        var lanes: [FileLane] = []
        for path in paths {
            lanes.append(FileLane(try CaptureFile(path: path, filter: filter)))
        }
        self.lanes = lanes
        dry = Array(lanes.indices)
    }

    /// The counts of all files together.
    package var counts: CaptureCounts {
        lanes.reduce(CaptureCounts()) { $0 + $1.file.counts }
    }

    package var progress: CaptureProgress {
        var sum = CaptureProgress(consumedOctets: 0, totalOctets: 0)
        for lane in lanes {
            let part = lane.file.progress
            sum.consumedOctets &+= part.consumedOctets
            if let total = sum.totalOctets, let octets = part.totalOctets {
                sum.totalOctets = total &+ octets
            } else {
                sum.totalOctets = nil
            }
        }
        return sum
    }

    package mutating func fill(_ batch: inout FrameBatch) throws(CaptureError) -> Bool {
        if lanes.count == 1 { return try lanes[0].file.fill(&batch) }
        batch.removeAll()
        while true {
            guard replenish() else { return true }
            guard let index = queue.first else { break }
            let lane = lanes[index]
            guard lane.moveFrame(to: &batch) else { return true }
            if let next = lane.nextTime {
                queue.replaceFirst(time: next)
            } else {
                queue.removeFirst()
                dry.append(index)
            }
        }
        if batch.count > 0 { return true }
        guard !errors.isEmpty else { return false }
        throw errors.removeFirst()
    }

    /// Fills the dry lanes; `false` if one of them is a pipe that we must wait for.
    private mutating func replenish() -> Bool {
        while let index = dry.last {
            do throws(CaptureError) {
                if try lanes[index].refill() {
                    guard let time = lanes[index].nextTime else { return false }
                    queue.insert(time: time, lane: index)
                }
            } catch {
                errors.append(error)
            }
            dry.removeLast()
        }
        return true
    }
}

/// A file with its next frames.
private final class FileLane {
    let file: CaptureFile
    private var batch = FrameBatch(capacity: 256, memoryOctets: 1 << 19)
    private var position = 0

    init(_ file: CaptureFile) { self.file = file }

    var nextTime: Int64? {
        position < batch.count ? unsafe batch.frames[position].timestamp.nanoseconds : nil
    }

    /// Reads on; `false` at the end.
    func refill() throws(CaptureError) -> Bool {
        position = 0
        return try file.fill(&batch)
    }

    /// Copies the next frame into the batch; `false`, and nothing done, if it has no room.
    func moveFrame(to target: inout FrameBatch) -> Bool {
        guard unsafe target.appendCopy(of: batch.frames[position]) else { return false }
        position += 1
        return true
    }
}
