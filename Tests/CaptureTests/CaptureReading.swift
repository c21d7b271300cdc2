import Capture
import Foundation
import NetworkTypes
import Wire

/// A frame as a test compares it.
struct SeenFrame: Equatable {
    var nanoseconds: Int64
    var octets: [UInt8]
    var wire: UInt32
    var linkType: LinkType
    var interface: UInt16
}

/// All that a source gives, up to and with the errors it ends with.
struct ReadCapture {
    var frames: [SeenFrame] = []
    var counts = CaptureCounts()
    var errors: [CaptureError] = []

    var times: [Int64] { frames.map(\.nanoseconds) }

    init(_ path: String, filter: String? = nil, capacity: Int = 7) {
        do throws(CaptureError) {
            let file = try CaptureFile(path: path, filter: filter)
            read(file, capacity: capacity)
            counts = file.counts
        } catch {
            errors.append(error)
        }
    }

    init(merging paths: [String], filter: String? = nil, capacity: Int = 7) throws {
        var merged = try MergedCaptures(paths: paths, filter: filter)
        var batch = FrameBatch(capacity: capacity, memoryOctets: 1 << 19)
        while true {
            do throws(CaptureError) {
                guard try merged.fill(&batch) else { break }
                add(batch)
            } catch {
                errors.append(error)
            }
        }
        counts = merged.counts
    }

    /// Reads octets as a file.
    init(octets: [UInt8], filter: String? = nil) {
        self = MemoryFile.with(octets) { Self($0, filter: filter) }
    }

    private mutating func read(_ file: CaptureFile, capacity: Int) {
        var batch = FrameBatch(capacity: capacity, memoryOctets: 1 << 19)
        do throws(CaptureError) {
            while try file.fill(&batch) { add(batch) }
        } catch {
            errors.append(error)
            // The source has ended: it says so for ever.
            if (try? file.fill(&batch)) != false || batch.count > 0 {
                errors.append(.badSetting("frames behind the error"))
            }
        }
    }

    private mutating func add(_ batch: borrowing FrameBatch) {
        for index in 0..<batch.count {
            let frame = batch.frames[index]
            frames.append(
                SeenFrame(
                    nanoseconds: frame.timestamp.nanoseconds, octets: Array(frame.octets),
                    wire: frame.wireOctets, linkType: frame.linkType, interface: frame.interface))
        }
    }

    /// The damage that reading ended with.
    var damage: CaptureDamage? {
        if case .damaged(_, _, let damage) = errors.first { damage } else { nil }
    }

    /// Where that damage lies.
    var damageOffset: UInt64? {
        if case .damaged(_, let offset, _) = errors.first { offset } else { nil }
    }
}

/// A file without a name that never reaches the disk: thousands of them cost next to nothing.
enum MemoryFile {
    static func with<Result>(_ octets: [UInt8], _ body: (_ path: String) -> Result) -> Result {
        let folder = FileManager.default.temporaryDirectory.path
        var name = Array("\(folder)/ntds-capture-XXXXXX".utf8CString)
        let descriptor = mkstemp(&name)
        unlink(name)
        defer { close(descriptor) }
        precondition(write(descriptor, octets, octets.count) == octets.count)
        return body("/proc/self/fd/\(descriptor)")
    }
}
