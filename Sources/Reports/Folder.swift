private import Foundation
private import Glibc

/// Folders of the output.
package enum Folder {
    /// Makes a folder and those above it, if they are not there.
    static func create(_ path: String) throws {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw AnalysisError.cannotCreateFolder(
                path: path, reason: unsafe String(cString: strerror(errno)))
        }
    }

    /// Does `work` with a folder to write to; a folder that is still empty when it fails is taken away.
    package static func with<Outcome>(
        _ path: String, _ work: () throws -> Outcome
    ) throws -> Outcome {
        try create(path)
        do {
            return try work()
        } catch {
            unsafe rmdir(path)
            throw error
        }
    }
}
