private import FlowFormats

/// The ground truth beside a simulated table or capture.
enum GroundTruthFile {
    /// `campus.parquet` has its truth in `campus.attacks.jsonl`.
    static func path(beside path: String) -> String {
        let nameStart = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
        let dot = path[nameStart...].lastIndex(of: ".") ?? path.endIndex
        return path[..<dot] + ".attacks.jsonl"
    }

    /// Writes the lines and returns where they are.
    static func write(_ jsonLines: String, beside path: String) throws -> String {
        let truthPath = Self.path(beside: path)
        var file = try AtomicFile(path: truthPath)
        try file.write(jsonLines)
        try file.finish()
        return truthPath
    }
}
