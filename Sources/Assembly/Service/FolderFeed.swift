import FlowFormats
import Foundation
import NetworkTypes
import Synchronization

/// A folder that others write to: logs are followed as they grow, captures and tables are read once they are
/// whole, that is, once they have not changed for two seconds.
///
/// What there is of several logs is put in the order of time; a log that has nothing new holds up none of the
/// others. Captures and tables are taken in the order of their names, before the logs. Files whose names begin with a
/// dot or end in `.partial` or `.tmp` are left alone. A file is known by its inode and its beginning: one that is renamed, as logs are when
/// they are rotated, is not read again, neither in this run nor in a later one.
final class FolderFeed: ObservationFeed {
    private struct Entry {
        var size: UInt64
        var modified: Date
        var isSettled: Bool { Date().timeIntervalSince(modified) > 2 }
    }

    /// Which version of a file was read.
    private struct Version: Hashable {
        var inode: UInt64
        var size: UInt64
    }

    /// A capture or table under way.
    private struct Whole {
        var name: String
        var feed: any ObservationFeed
        /// Observations handed out so far.
        var mark: FileMark
        /// Observations still to come that an earlier run has taken.
        var known: UInt64

        /// Says where the observations stand, and which of them are known.
        mutating func marked(_ batch: FeedBatch) -> FeedBatch {
            var batch = batch
            batch.file = mark
            batch.known = Int(min(known, UInt64(batch.observations.count)))
            known -= UInt64(batch.known)
            mark.taken += UInt64(batch.observations.count)
            return batch
        }
    }

    private let path: String
    private var followed: [String: FollowedLog] = [:]
    private var lastPoll = 0.0
    private var done: [String: Version] = [:]
    private var whole: Whole?
    /// What is known of files by their inodes, from earlier runs and of logs that went away.
    private var marks: [UInt64: FileMark]
    private var finished = FeedQuality()
    private var lastLook = 0.0
    private let wantsStop = Atomic(false)
    /// Files of a folder that are looked at.
    private static let fileLimit = 16_384
    /// Observations of all logs that wait for their turn; beyond 8,192 logs 16 of each.
    private static let heldLimit = 131_072
    /// Event time by which the logs of a backlog may be ahead of each other: ten seconds.
    private static func loosened(_ time: Timestamp) -> Timestamp {
        let (sum, overflow) = time.nanoseconds.addingReportingOverflow(10_000_000_000)
        return Timestamp(nanoseconds: overflow ? .max : sum)
    }

    /// - Parameter marks: what earlier runs took of its files.
    init(path: String, marks: [FileMark] = []) throws {
        self.path = path
        self.marks = Dictionary(marks.map { ($0.inode, $0) }) { $1 }
        var isFolder: ObjCBool = false
        guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder),
            isFolder.boolValue
        else { throw ServiceError.source(name: path, reason: "no such folder: make it first") }
    }

    func stop() { wantsStop.store(true, ordering: .relaxed) }

    func next() throws -> FeedBatch? {
        if wantsStop.load(ordering: .relaxed) { return nil }
        if let batch = nextOfWhole() { return batch }
        let isNew = look()
        if let batch = nextOfWhole() ?? nextOfLogs() { return batch }
        if !isNew { Thread.sleep(forTimeInterval: 0.25) }
        // An idle folder holds up nobody: it knows no time of its own.
        let quiet = Timestamp(nanoseconds: SystemClock.now().nanoseconds - 1_000_000_000)
        return FeedBatch(observations: [], clock: quiet)
    }

    /// The next piece of the capture or table under way; at its end one that says so.
    private func nextOfWhole() -> FeedBatch? {
        guard var under = whole else { return nil }
        do {
            if let batch = try under.feed.next() {
                let marked = under.marked(batch)
                whole = under
                return marked
            }
        } catch {
            finished.complain("\(path)/\(under.name): \(error)")
        }
        finished.add(under.feed.quality)
        whole = nil
        under.mark.isDone = true
        var last = FeedBatch()
        last.file = under.mark
        return last
    }

    /// The next observations of the log that is furthest behind, up to where another one is.
    private func nextOfLogs() -> FeedBatch? {
        let now = SystemClock.seconds()
        // While there is something to hand out, logs without are asked ten times a second.
        if now - lastPoll >= 0.1 || !followed.values.contains(where: \.hasPiece) {
            lastPoll = now
            for log in followed.values.sorted(by: { $0.name < $1.name }) where !log.hasPiece {
                _ = read(log, mayEnd: true)
            }
        }
        var first: FollowedLog?
        var end: Timestamp?
        for log in followed.values {
            guard let time = log.nextTime else { continue }
            guard let chosen = first, let earliest = chosen.nextTime else {
                first = log
                continue
            }
            if (time, log.name) < (earliest, chosen.name) {
                (first, end) = (log, earliest)
            } else {
                end = end.map { min($0, time) } ?? time
            }
        }
        guard let first else { return nil }
        // A few seconds out of order harm nobody, and pieces of single observations would be slow.
        let batch = first.take(upTo: end.map(Self.loosened))
        if !first.hasPiece { _ = read(first, mayEnd: false) }
        return batch
    }

    /// Reads on in a log; one that can no longer be read, or is another one now, is followed no more.
    private func read(_ log: FollowedLog, mayEnd: Bool) -> Bool {
        do {
            let limit = max(16, min(LogFeed.portion, Self.heldLimit / max(1, followed.count)))
            if try log.read(atMost: limit) { return true }
            if mayEnd, log.feed.isReplaced { forget(log) }
        } catch {
            finished.complain("\(path)/\(log.name): \(error)")
            forget(log)
        }
        return false
    }

    private func forget(_ log: FollowedLog) {
        finished.add(log.feed.quality)
        followed[log.name] = nil
        if let mark = log.feed.endMark { marks[mark.inode] = mark }
    }

    /// Looks for files that are new, once a second; whether there is one.
    private func look() -> Bool {
        let now = SystemClock.seconds()
        guard now - lastLook >= 1 else { return false }
        lastLook = now
        var isNew = false
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
        for name in names.prefix(Self.fileLimit) where isWanted(name) && followed[name] == nil {
            let file = path + "/" + name
            guard let attributes = try? FileManager.default.attributesOfItem(atPath: file),
                attributes[.type] as? FileAttributeType == .typeRegular,
                let size = (attributes[.size] as? NSNumber)?.uint64Value, size > 0,
                let inode = (attributes[.systemFileNumber] as? NSNumber)?.uint64Value,
                let modified = attributes[.modificationDate] as? Date
            else { continue }
            let version = Version(inode: inode, size: size)
            guard done[name] != version else { continue }
            let isOpened = open(name, file, Entry(size: size, modified: modified), version)
            isNew = isNew || isOpened
            if whole != nil { break }
        }
        return isNew
    }

    private func isWanted(_ name: String) -> Bool {
        !name.hasPrefix(".") && !name.hasSuffix(".partial") && !name.hasSuffix(".tmp")
    }

    private func open(_ name: String, _ file: String, _ entry: Entry, _ version: Version) -> Bool {
        guard var mark = FileMark(path: file) else { return false }
        let known = marks[mark.inode].flatMap { $0.begins(as: file) ? $0 : nil }
        if !CaptureRecognition.isCapture(file), let feed = log(file, mark, known) {
            followed[name] = FollowedLog(name: name, feed: feed)
            return true
        }
        guard entry.isSettled else { return false }
        done[name] = version
        var taken: UInt64 = 0
        if let known, known.size == mark.size {
            guard !known.isDone else { return false }
            taken = known.taken
        }
        do {
            mark.taken = 0
            whole = Whole(name: name, feed: try FileFeed.open([file]), mark: mark, known: taken)
            return true
        } catch {
            finished.complain("\(error)")
            return false
        }
    }

    /// A log to be followed, from where it is known; `nil` for what is none.
    private func log(_ file: String, _ mark: FileMark, _ known: FileMark?) -> LogFeed? {
        guard let known, !known.isDone, known.position <= mark.size else {
            return try? LogFeed(path: file, isFollowing: true, mark: mark)
        }
        return try? LogFeed(path: file, isFollowing: true, mark: known)
    }

    var quality: FeedQuality {
        var quality = finished
        for log in followed.values { quality.add(log.feed.quality) }
        if let whole { quality.add(whole.feed.quality) }
        return quality
    }
}
