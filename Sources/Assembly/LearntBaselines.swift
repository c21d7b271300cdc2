import Baselines
import FlowFormats
import Foundation

/// What `ntds run` has learnt: listed, taken out as a file, joined with what was learnt elsewhere.
///
/// A file holds the baselines of one feature mode, whole: counts, rhythm, moments, histograms, memories. Joined ones
/// are those that one service would have that had seen all flows.
package struct LearntBaselines {
    /// One for each feature mode, in the order of their names.
    private(set) var baselines: [LiveBaselines]
    /// Where they were read.
    private let path: String
    /// Longest file that is read.
    private static let limit = 4 << 30

    /// Reads a state folder, also of a service that runs (as of its last checkpoint), or an exported file.
    ///
    /// - Parameter settings: those by which populations are ready.
    package init(path: String, _ settings: ServiceSettings.Baselines) throws {
        self.path = path
        let configuration = LiveJudge.configuration(settings)
        var isFolder: ObjCBool = false
        guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw BaselineFileError(path: path, reason: "no such file or folder")
        }
        do {
            let encoded =
                isFolder.boolValue ? try Self.learnt(in: path) : [try Self.octets(of: path)]
            baselines = try encoded.map {
                try LiveBaselines(decoding: $0, configuration: configuration)
            }
        } catch let error as BaselineFileError {
            throw error
        } catch {
            throw BaselineFileError(path: path, reason: "\(error)")
        }
        baselines.sort { $0.featureMode < $1.featureMode }
    }

    private static func learnt(in folder: String) throws -> [[UInt8]] {
        guard var checkpoint = try Checkpoint(path: folder + "/" + Checkpoint.fileName) else {
            throw BaselineFileError(
                path: folder, reason: "nothing learnt is kept here: name the folder of `ntds run`")
        }
        return DetectionEngine.savedBaselines(in: &checkpoint)
    }

    private static func octets(of path: String) throws -> [UInt8] {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw BaselineFileError(path: path, reason: SystemErrorText.last)
        }
        defer { try? handle.close() }
        guard let data = try handle.read(upToCount: limit + 1), data.count <= limit else {
            throw BaselineFileError(path: path, reason: "empty, or longer than \(limit) octets")
        }
        return [UInt8](data)
    }

    // MARK: Joining

    /// Adds what was learnt elsewhere.
    package mutating func merge(_ other: LearntBaselines) throws {
        for theirs in other.baselines {
            if let place = baselines.firstIndex(where: { $0.featureMode == theirs.featureMode }) {
                do {
                    try baselines[place].merge(theirs)
                } catch {
                    throw BaselineFileError(path: other.path, reason: "\(error)")
                }
            } else {
                baselines.append(theirs)
            }
        }
        baselines.sort { $0.featureMode < $1.featureMode }
    }

    /// Writes the baselines of a feature mode; the mode need not be named if there is only one.
    package func write(mode: String?, to path: String) throws {
        let found = mode.map { mode in baselines.filter { $0.featureMode == mode } } ?? baselines
        guard found.count == 1 else {
            let modes = baselines.map(\.featureMode).joined(separator: ", ")
            throw BaselineFileError(
                path: path, reason: "a file holds one feature mode: choose one by --mode (\(modes))"
            )
        }
        var file = try AtomicFile(path: path)
        try file.write(found[0].encoded())
        try file.finish()
    }
}

/// Learnt baselines that cannot be read or written.
package struct BaselineFileError: Error, CustomStringConvertible {
    package let path: String
    package let reason: String

    package var description: String { "\(path): \(reason)" }
}
