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

    init(paths: [String]) {
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
            if wantsStop.load(ordering: .relaxed) { rest = [] }
            if part == nil {
                guard !rest.isEmpty else { return nil }
                let paths = rest.removeFirst()
                do {
                    part = try Self.open(paths)
                } catch {
                    // The other files are read all the same.
                    finished.complain("\(error)")
                    continue
                }
            }
            if wantsStop.load(ordering: .relaxed) { part?.stop() }
            do {
                if let batch = try part?.next() { return batch }
            } catch {
                finished.complain("\(error)")
            }
            if let part { finished.add(part.quality) }
            part = nil
        }
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
    private static let portion = 2048

    init(path: String, isFollowing: Bool) throws {
        file = try ObservationFile(path: path, isFollowing: isFollowing)
    }

    func stop() { wantsStop.store(true, ordering: .relaxed) }

    func next() throws -> FeedBatch? {
        guard !wantsStop.load(ordering: .relaxed) else { return nil }
        let observations = try file.next(limit: Self.portion)
        guard !observations.isEmpty else { return nil }
        for observation in observations {
            clock = max(clock ?? observation.timestamp, observation.timestamp)
        }
        return FeedBatch(observations: observations, mode: mode, clock: clock)
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
