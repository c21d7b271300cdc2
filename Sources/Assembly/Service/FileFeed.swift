import Capture
import FlowFormats
import FlowMetering
import Flows
import Foundation
import NetworkTypes
import Synchronization

/// Captures, logs and tables, one after the other, recognised by their content.
///
/// Captures that follow each other are read as one, in the order of time.
final class FileFeed: ObservationFeed {
    private var rest: [[String]]
    private var part: (any ObservationFeed)?
    private var finished = FeedQuality()
    private let wantsStop = Atomic(false)
    /// Observations still to come that an earlier run has taken.
    private var known: UInt64

    /// - Parameter taken: observations that an earlier run has taken. Reading and metering give the same again, so
    ///   that they only need to be counted.
    init(paths: [String], taken: UInt64 = 0) {
        known = taken
        rest = []
        for path in paths {
            if CaptureRecognition.isCapture(path), let last = rest.last?.last,
                CaptureRecognition.isCapture(last)
            {
                rest[rest.count - 1].append(path)
            } else {
                rest.append([path])
            }
        }
    }

    func stop() { wantsStop.store(true, ordering: .relaxed) }

    func next() throws -> FeedBatch? {
        while true {
            // The next run goes on here: what is half seen is not ended by force.
            if wantsStop.load(ordering: .relaxed) { return nil }
            if part == nil {
                guard !rest.isEmpty else {
                    if known > 0 {
                        finished.complain(
                            "\(known) observations fewer than an earlier run took of these files")
                        known = 0
                    }
                    return nil
                }
                let paths = rest.removeFirst()
                do {
                    part = try Self.open(paths)
                } catch {
                    // The other files are read all the same.
                    finished.complain("\(error)")
                    continue
                }
            }
            do {
                if let batch = try part?.next() { return marked(batch) }
            } catch {
                finished.complain("\(error)")
            }
            if let part { finished.add(part.quality) }
            part = nil
        }
    }

    /// Says which of the observations are known.
    private func marked(_ batch: FeedBatch) -> FeedBatch {
        guard known > 0 else { return batch }
        var batch = batch
        batch.known = Int(min(known, UInt64(batch.observations.count)))
        batch.isCatchingUp = batch.known == batch.observations.count
        known -= UInt64(batch.known)
        return batch
    }

    var quality: FeedQuality {
        var quality = finished
        if let part { quality.add(part.quality) }
        return quality
    }

    static func open(_ paths: [String]) throws -> any ObservationFeed {
        guard let first = paths.first, CaptureRecognition.isCapture(first) else {
            return try LogFeed(path: paths[0], isFollowing: false)
        }
        return try PacketFeed(
            sources: paths, filter: nil, bufferOctets: 1 << 20, settings: MeterSettings(),
            hasLabels: true)
    }
}

/// One log or table.
final class LogFeed: ObservationFeed {
    private var file: ObservationFile
    private var clock: Timestamp?
    private let wantsStop = Atomic(false)
    static let portion = 2048
    /// Where reading goes on, of a followed log of a folder.
    private(set) var mark: FileMark?
    /// Observations from there on that an earlier run has taken.
    private var known: UInt64 = 0

    /// - Parameter mark: what an earlier run took of it.
    init(path: String, isFollowing: Bool, mark: FileMark? = nil) throws {
        file = try ObservationFile(path: path, isFollowing: isFollowing)
        self.mark = mark
        guard let mark else { return }
        known = mark.taken
        if mark.position > 0 { try file.skip(to: Int(mark.position)) }
    }

    func stop() { wantsStop.store(true, ordering: .relaxed) }

    func next() throws -> FeedBatch? { try next(limit: Self.portion) }

    /// The next piece of at most so many observations.
    func next(limit: Int) throws -> FeedBatch? {
        guard !wantsStop.load(ordering: .relaxed) else { return nil }
        mark?.position = UInt64(clamping: file.position)
        mark?.taken = 0
        let observations = try file.next(limit: limit)
        guard !observations.isEmpty else { return nil }
        for observation in observations {
            clock = max(clock ?? observation.timestamp, observation.timestamp)
        }
        var batch = FeedBatch(observations: observations, mode: mode, clock: clock)
        batch.file = mark
        batch.known = Int(min(known, UInt64(observations.count)))
        known -= UInt64(batch.known)
        return batch
    }

    /// Everything read so far was handed out: a log that goes away is known up to here.
    var endMark: FileMark? {
        var mark = mark
        mark?.position = UInt64(clamping: file.position)
        mark?.taken = 0
        return mark
    }

    /// Logs of different programs know different things.
    private var mode: String {
        switch file.format {
        case .zeek: "zeek"
        case .json: "json-log"
        case .argus: "argus"
        case .table, nil: "table"
        }
    }

    /// Whether the file under the name is no longer the one that is read.
    var isReplaced: Bool { file.isReplaced }

    var quality: FeedQuality {
        var quality = FeedQuality()
        let counts = file.counts
        quality.received =
            counts.read + UInt64(counts.rejected.total) + UInt64(counts.skipped.total)
        for (reason, count) in counts.rejected.occurred { quality.rejected[reason] = count }
        return quality
    }
}

extension FeedQuality {
    /// Adds what a part of the source counted.
    mutating func add(_ part: FeedQuality) {
        received += part.received
        lost += part.lost
        rejected.merge(part.rejected) { $0 + $1 }
        for complaint in part.complaints { complain(complaint) }
    }
}
