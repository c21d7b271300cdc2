package import Flows

/// One flow table on disk, of any format this module reads.
package struct TableFile {
    private enum Content {
        case text(CSVTable)
        case parquet(ParquetTable)
    }

    package let path: String
    package let layout: FlowTableLayout
    /// What was noticed and mended while opening.
    package let notes: [String]
    /// `CSV`, `CSV (gzip)`, `CSV (zstd)` or `Parquet`.
    package let format: String
    private let content: Content

    /// Opens a table and reads its header; the format is recognised by the first octets.
    ///
    /// - Parameter header: The names of the columns of a text table without a header line.
    package init(path: String, header: [String]? = nil) throws(TableError) {
        self.path = path
        let packing: TextSource.Packing
        switch try Self.magic(path) {
        case .parquet:
            let table = try ParquetTable(path: path)
            layout = FlowTableLayout(header: table.header)
            notes = []
            format = "Parquet"
            content = .parquet(table)
            return
        case .gzip: (packing, format) = (.gzip, "CSV (gzip)")
        case .zstd: (packing, format) = (.zstd, "CSV (zstd)")
        case .plain: (packing, format) = (.plain, "CSV")
        }
        let table = try CSVTable(path: path, packing: packing, givenHeader: header)
        layout = FlowTableLayout(header: table.header)
        notes = table.notes
        content = .text(table)
    }

    /// Whether a column surely holds text; `nil` where only its cells can tell.
    package func isText(_ column: Int) -> Bool? {
        switch content {
        case .text: nil
        case .parquet(let table): table.isText(column)
        }
    }

    /// Hands the requested columns to `body`, batch by batch in file order.
    ///
    /// - Parameters:
    ///   - wordLists: One a list named by the request; they grow by the words found. `body` is handed them
    ///     too, since the caller's are in use while it runs.
    ///   - threads: How many blocks are parsed side by side; the result does not depend on it.
    /// - Returns: What was left out and why.
    package func read(
        _ request: TableRequest, wordLists: inout [OctetInterner], threads: Int = 2,
        body: (TableBatch, inout [OctetInterner], ReadingProgress) throws -> Void
    ) throws -> RejectCounts {
        switch content {
        case .text(let table):
            try table.read(request, wordLists: &wordLists, threads: threads, body: body)
        case .parquet(let table):
            try table.read(request, wordLists: &wordLists, body: body)
        }
    }

    private enum Magic { case plain, gzip, zstd, parquet }

    private static func magic(_ path: String) throws(TableError) -> Magic {
        var source = try TextSource(path: path, packing: .plain)
        var octets = [UInt8](repeating: 0, count: 4)
        var failure: TableError?
        let count = unsafe octets.withUnsafeMutableBytes { buffer in
            do throws(TableError) {
                return unsafe try source.read(into: buffer, rowsSoFar: 0)
            } catch {
                failure = error
                return 0
            }
        }
        if let failure { throw failure }
        if count == 0 { throw .empty(path: path) }
        if octets == Array("PAR1".utf8) { return .parquet }
        if octets.starts(with: [0x1F, 0x8B]) { return .gzip }
        return octets == [0x28, 0xB5, 0x2F, 0xFD] ? .zstd : .plain
    }
}
