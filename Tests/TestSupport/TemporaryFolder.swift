private import Foundation
private import Synchronization

/// A folder of a test's own, removed with the value.
package final class TemporaryFolder: Sendable {
    package let path: String

    package init() throws {
        path =
            FileManager.default.temporaryDirectory.appending(path: "ntds-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// A folder for what several tests read, removed when the process ends.
    package static func lasting() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        lastingPaths.withLock { paths in
            if paths.isEmpty { atexit { TemporaryFolder.removeLasting() } }
            paths.append(folder.path)
        }
        return folder
    }

    private static let lastingPaths = Mutex<[String]>([])

    private static func removeLasting() {
        for path in lastingPaths.withLock({ $0 }) {
            try? FileManager.default.removeItem(atPath: path)
        }
    }

    /// The path of a file in the folder, whether it is there or not.
    package func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes a file and returns its path.
    package func write(_ octets: [UInt8], to name: String) throws -> String {
        try Data(octets).write(to: URL(filePath: file(name)))
        return file(name)
    }

    /// Writes a text file and returns its path.
    package func write(_ text: String, to name: String) throws -> String {
        try write(Array(text.utf8), to: name)
    }

    /// The octets of a file in the folder.
    package func octets(_ name: String) throws -> [UInt8] {
        try Array(Data(contentsOf: URL(filePath: file(name))))
    }

    /// The text of a file in the folder.
    package func text(_ name: String) throws -> String {
        String(decoding: try octets(name), as: UTF8.self)
    }

    /// Whether a file of this name is there.
    package func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: file(name)) }

    /// The files in the folder and below, by their paths from here, sorted.
    package func names() throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: path).sorted()
    }
}
