private import Foundation

/// The flow tables and captures that a user means by files and folders.
package enum InputFiles {
    private static let suffixes = [
        ".csv", ".csv.gz", ".csv.zst", ".parquet", ".parquet.gzip", ".txt", ".txt.gz",
    ]
    private static let captureSuffixes = [".pcap", ".pcapng", ".cap"].flatMap { name in
        ["", ".gz", ".zst", ".lz4"].map { name + $0 }
    }

    /// Whether a file has the name of a capture.
    package static func hasCaptureName(_ path: String) -> Bool {
        let name = path.lowercased()
        return captureSuffixes.contains { name.hasSuffix($0) }
    }

    /// The files themselves, and the tables and captures inside folders (not deeper), sorted by name.
    ///
    /// - Throws: `AnalysisError.noInputs` for a folder without any.
    package static func expand(_ paths: [String]) throws -> [String] {
        try paths.flatMap { path -> [String] in
            var isFolder: ObjCBool = false
            guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder),
                isFolder.boolValue
            else { return [path] }
            let files = try FileManager.default.contentsOfDirectory(atPath: path).filter { name in
                !name.hasPrefix(".")
                    && (suffixes.contains { name.lowercased().hasSuffix($0) }
                        || hasCaptureName(name))
            }
            guard !files.isEmpty else { throw AnalysisError.noInputs(path: path) }
            return files.sorted().map { "\(path)/\($0)" }
        }
    }
}
