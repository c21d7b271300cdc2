import FlowFormats
import Foundation
import NetworkTypes
import Synchronization

/// A folder that others write to: logs are followed as they grow, captures and tables are read once they are
/// whole, that is, once they have not changed for two seconds.
///
/// Files are taken in the order of their names. Those whose names begin with a dot or end in `.partial` or
/// `.tmp` are left alone.
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

    private let path: String
    private var followed: [String: LogFeed] = [:]
    private var done: [String: Version] = [:]
    private var whole: (name: String, feed: any ObservationFeed)?
    private var finished = FeedQuality()
    private var lastLook = 0.0
    private let wantsStop = Atomic(false)
    /// Files of a folder that are looked at.
    private static let fileLimit = 16_384

    init(path: String) throws {
        self.path = path
        var isFolder: ObjCBool = false
        guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder),
            isFolder.boolValue
        else { throw ServiceError.source(name: path, reason: "no such folder: make it first") }
    }

    func stop() { wantsStop.store(true, ordering: .relaxed) }

    func next() throws -> FeedBatch? {
        if wantsStop.load(ordering: .relaxed) { return nil }
        if let (name, feed) = whole {
            do {
                if let batch = try feed.next() { return batch }
            } catch {
                finished.complain("\(path)/\(name): \(error)")
            }
            finished.add(feed.quality)
            whole = nil
        }
        for name in followed.keys.sorted() {
            guard let feed = followed[name] else { continue }
            do {
                if let batch = try feed.next() { return batch }
                if feed.isReplaced { forget(name, feed) }
            } catch {
                finished.complain("\(path)/\(name): \(error)")
                forget(name, feed)
            }
        }
        if !look() { Thread.sleep(forTimeInterval: 0.25) }
        // An idle folder holds up nobody: it knows no time of its own.
        let quiet = Timestamp(nanoseconds: SystemClock.now().nanoseconds - 1_000_000_000)
        return FeedBatch(observations: [], clock: quiet)
    }

    private func forget(_ name: String, _ feed: LogFeed) {
        finished.add(feed.quality)
        followed[name] = nil
    }

    /// Looks for files that are new; whether there is one.
    private func look() -> Bool {
        let now = SystemClock.seconds()
        guard now - lastLook >= 1 else { return false }
        lastLook = now
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
            if open(name, file, Entry(size: size, modified: modified), version) { return true }
        }
        return false
    }

    private func isWanted(_ name: String) -> Bool {
        !name.hasPrefix(".") && !name.hasSuffix(".partial") && !name.hasSuffix(".tmp")
    }

    private func open(_ name: String, _ file: String, _ entry: Entry, _ version: Version) -> Bool {
        if !CaptureRecognition.isCapture(file),
            let feed = try? LogFeed(path: file, isFollowing: true)
        {
            followed[name] = feed
            return true
        }
        guard entry.isSettled else { return false }
        done[name] = version
        do {
            whole = (name, try FileFeed.open([file]))
            return true
        } catch {
            finished.complain("\(error)")
            return false
        }
    }

    var quality: FeedQuality {
        var quality = finished
        for feed in followed.values { quality.add(feed.quality) }
        if let whole { quality.add(whole.feed.quality) }
        return quality
    }
}
