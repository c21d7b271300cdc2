private import Foundation

/// Folders of the output.
enum Folder {
    /// Makes a folder and those above it, if they are not there.
    static func create(_ path: String) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }
}
