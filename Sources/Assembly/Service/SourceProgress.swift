import Flows
import Foundation
import NetworkTypes
import Statistics

/// A file as a later run recognises it: the same inode, or the same path, and the same beginning.
struct FileMark: Equatable, Sendable {
    /// Beginning that is compared.
    private static let headLimit = 4096

    var inode: UInt64
    var size: UInt64
    /// Octets of the beginning that were there when it was opened, and their hash.
    var headOctets: UInt32
    var headHash: UInt64
    /// Where reading goes on, of a log that is followed; 0 of others, which are read from their beginning.
    var position: UInt64 = 0
    /// Observations from there on that were taken.
    var taken: UInt64 = 0
    /// Everything in it was taken.
    var isDone = false

    /// The file that has this path now; `nil` if it cannot be read.
    init?(path: String) {
        // A pipe would wait for its writer, and lose what is read here.
        guard
            let attributes = try? FileManager.default.attributesOfItem(atPath: Self.resolved(path)),
            attributes[.type] as? FileAttributeType == .typeRegular,
            let size = (attributes[.size] as? NSNumber)?.uint64Value,
            let inode = (attributes[.systemFileNumber] as? NSNumber)?.uint64Value,
            let handle = FileHandle(forReadingAtPath: path)
        else { return nil }
        defer { try? handle.close() }
        guard let head = try? handle.read(upToCount: Self.headLimit) ?? Data() else { return nil }
        (self.inode, self.size) = (inode, size)
        headOctets = UInt32(head.count)
        headHash = Self.hash(head)
    }

    /// The path behind symbolic links.
    private static func resolved(_ path: String) -> String {
        URL(filePath: path).resolvingSymlinksInPath().path
    }

    /// Whether a file of this path begins as this one did.
    func begins(as path: String) -> Bool {
        guard let handle = FileHandle(forReadingAtPath: path) else { return false }
        defer { try? handle.close() }
        guard let head = try? handle.read(upToCount: Int(headOctets)) ?? Data() else {
            return false
        }
        return head.count == Int(headOctets) && Self.hash(head) == headHash
    }

    /// The inodes of the files in a folder.
    static func inodes(in folder: String) -> Set<UInt64> {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        var inodes: Set<UInt64> = []
        for name in names {
            let attributes = try? FileManager.default.attributesOfItem(atPath: folder + "/" + name)
            if let inode = (attributes?[.systemFileNumber] as? NSNumber)?.uint64Value {
                inodes.insert(inode)
            }
        }
        return inodes
    }

    private static func hash(_ octets: Data) -> UInt64 {
        var hash = StableHash()
        hash.combine(Array(octets).span)
        return hash.value
    }

    func write(to writer: inout ByteWriter) {
        for number in [inode, size, headHash, position, taken] { writer.add(number) }
        writer.add(headOctets)
        writer.add(isDone)
    }

    init(from reader: inout ByteReader) throws(ByteReader.Failure) {
        inode = try reader.uint64()
        size = try reader.uint64()
        headHash = try reader.uint64()
        position = try reader.uint64()
        taken = try reader.uint64()
        headOctets = try reader.uint32()
        isDone = try reader.flag()
        guard headOctets <= Self.headLimit, position < 1 << 62, taken < 1 << 62 else {
            throw .damaged("a file out of range")
        }
    }

    static let leastOctets = 45
}

/// How far a source was read when a checkpoint was taken.
struct SourceProgress: Equatable, Sendable {
    /// Observations that were taken, of files from the beginning of the first.
    var taken: UInt64 = 0
    /// Of files, one a path; of a folder, those that were read or are.
    var files: [FileMark] = []
    /// The source was read to its end.
    var isComplete = false
}

extension ServiceSettings.Source {
    /// What makes it the same source for a later run: its kind and its paths or interfaces, not its name.
    var identity: String {
        switch kind {
        case .interfaces(let names, _, _): "interfaces\n" + names.joined(separator: "\n")
        case .files(let paths): "files\n" + paths.map(Self.absolute).joined(separator: "\n")
        case .folder(let path): "folder\n" + Self.absolute(path)
        }
    }

    private static func absolute(_ path: String) -> String {
        URL(filePath: path).standardizedFileURL.path
    }

    /// Whether all of it can be read again.
    var isReplayable: Bool { !isLive }
}

/// Where a run begins to read a source.
enum SourceBeginning: Equatable {
    /// At its beginning, or with what comes.
    case new
    /// Behind what an earlier run took.
    case resumed(SourceProgress)
    /// At its beginning, for it is not what it was.
    case changed(reason: String)
    /// Not at all: an earlier run read it to its end.
    case over(SourceProgress)

    init(_ source: ServiceSettings.Source, _ saved: SourceProgress?) {
        guard let saved else {
            self = .new
            return
        }
        guard case .files(let paths) = source.kind else {
            self = .resumed(saved)
            return
        }
        guard saved.files.count == paths.count else {
            self = .changed(reason: "a file was not there")
            return
        }
        var hasGrown = false
        for (path, mark) in zip(paths, saved.files) {
            guard let now = FileMark(path: path) else {
                self = .changed(reason: "\(path) cannot be read")
                return
            }
            guard now.size >= mark.size, mark.begins(as: path) else {
                self = .changed(reason: "\(path) is another file than it was")
                return
            }
            if now.size > mark.size {
                hasGrown = true
                // A capture is metered to its end: flows that were open there have become others.
                guard !CaptureRecognition.isCapture(path) else {
                    self = .changed(reason: "\(path) has grown")
                    return
                }
            }
        }
        self = saved.isComplete && !hasGrown ? .over(saved) : .resumed(saved)
    }

    /// What the earlier run took, if this one goes on from it.
    var progress: SourceProgress? {
        switch self {
        case .resumed(let progress), .over(let progress): progress
        case .new, .changed: nil
        }
    }
}
