private import CArrowBridge
import Flows

/// Hands out the rows of a table batch by batch, when they are asked for.
package struct TableCursor {
    private enum Source {
        case text(LineReader, CSVScanner)
        case parquet(ParquetCursor)
    }

    private var source: Source
    private var text = TextBlock()
    private var block: CSVScanner.Block
    private let request: TableRequest
    private var rows = 0
    /// What was left out so far.
    package private(set) var rejects = RejectCounts()

    /// With more octets of words in a list they are forgotten between batches.
    private static let memoryLimit = 1 << 20

    /// - Parameter request: Each text column has a list of its own.
    package init(path: String, file: TableFile, _ request: TableRequest) throws(TableError) {
        self.request = request
        block = CSVScanner.Block(interners: request.texts.map { _ in OctetInterner() })
        if file.format == "Parquet" {
            source = .parquet(try ParquetCursor(path: path, request))
            return
        }
        let packing: TextSource.Packing =
            file.format.contains("gzip") ? .gzip : file.format.contains("zstd") ? .zstd : .plain
        let header = file.layout.header
        let scanner = CSVScanner(
            request: request, fieldCount: header.count,
            delimiter: try Self.delimiter(path, packing),
            header: header)
        source = .text(
            LineReader(source: try TextSource(path: path, packing: packing), skipsLine: true),
            scanner)
    }

    /// The next rows with the words of their texts, or `nil` at the end.
    package mutating func next() throws(TableError) -> TableBatch? {
        for list in block.interners.indices where block.interners[list].memory > Self.memoryLimit {
            block.interners[list].removeAll()
        }
        switch source {
        case .text(var lines, let scanner):
            let hasMore = try lines.next(into: &text, rowsSoFar: rows)
            source = .text(lines, scanner)
            guard hasMore else { return nil }
            unsafe text.withLines { unsafe scanner.scan($0, into: &block) }
            for entry in block.rejects.entries {
                rejects.add(entry.reason, count: entry.count, firstRow: entry.firstRow + rows)
            }
            rows += block.rowCount
            return batch()
        case .parquet(let cursor):
            return try cursor.next(&block.interners, &rows, &rejects)
        }
    }

    /// A word of the batch last handed out.
    package func word(_ code: UInt32, ofText index: Int) -> String {
        block.interners[request.texts[index].wordList].word(Int(code))
    }

    /// How many words a text column has in memory; codes are below.
    package func wordCount(ofText index: Int) -> Int {
        block.interners[request.texts[index].wordList].count
    }

    private func batch() -> TableBatch {
        var batch = TableBatch(request: request)
        let (count, capacity) = (block.keptCount, block.capacity)
        batch.rows = Array(block.rows[..<count])
        for column in batch.numbers.indices {
            let start = column * capacity
            batch.numbers[column] = Array(block.numbers[start..<(start + count)])
        }
        for column in batch.codes.indices {
            let start = column * capacity
            batch.codes[column] = Array(block.codes[start..<(start + count)])
        }
        return batch
    }

    /// The delimiter that the first line has most of, as the table's opening found it.
    private static func delimiter(
        _ path: String, _ packing: TextSource.Packing
    ) throws(TableError) -> UInt8 {
        var lines = try LogLineReader(path: path, packing: packing, isFollowing: false)
        while case .line(let place) = try lines.next(row: 0) {
            if place.isEmpty { continue }
            let candidates = [UInt8(ascii: ","), UInt8(ascii: "\t"), UInt8(ascii: ";")]
            return candidates.max { first, second in
                lines.octets[place].count { $0 == first }
                    < lines.octets[place].count { $0 == second }
            } ?? UInt8(ascii: ",")
        }
        return UInt8(ascii: ",")
    }
}

/// The batches of a Parquet file.
private struct ParquetCursor {
    private let path: String
    private let handle: ParquetHandle
    private let request: TableRequest
    private let header: [String]
    /// Places of the request's columns, numbers first, among those selected.
    private let places: [Int32]

    private static let batchRows: Int64 = 1 << 14

    init(path: String, _ request: TableRequest) throws(TableError) {
        (self.path, self.request) = (path, request)
        handle = try ParquetHandle(path: path)
        let reader = unsafe handle.pointer
        let count = unsafe ntds_parquet_column_count(reader)
        header = (0..<count).map { unsafe String(cString: ntds_parquet_column_name(reader, $0)) }
        let columns = request.numbers + request.texts.map(\.column)
        let distinct = Set(columns).sorted().map(Int32.init)
        places = columns.map { column in
            Int32(distinct.firstIndex(of: Int32(column)) ?? 0)
        }
        var failure = ntds_error()
        let code = unsafe ntds_parquet_select(
            reader, distinct, Int32(distinct.count), Self.batchRows, &failure)
        guard code == 0 else {
            throw failure.unreadable(path, row: 0)
        }
    }

    func next(
        _ lists: inout [OctetInterner], _ rows: inout Int, _ rejects: inout RejectCounts
    ) throws(TableError) -> TableBatch? {
        var failure = ntds_error()
        var count: Int64 = 0
        guard unsafe ntds_parquet_next(handle.pointer, &count, &failure) == 0 else {
            throw failure.unreadable(path, row: rows)
        }
        if count == 0 { return nil }
        var batch = TableBatch(request: request)
        var rejected: Set<Int> = []
        let columns = ParquetColumns(path: path, header: header, handle: handle)
        for (index, column) in request.numbers.enumerated() {
            batch.numbers[index] = try columns.numbers(
                places[index], Int(count), column, rows, &rejected, &rejects)
        }
        for (index, text) in request.texts.enumerated() {
            batch.codes[index] = try columns.codes(
                places[request.numbers.count + index], Int(count), rows, &lists[text.wordList])
        }
        let first = UInt32(truncatingIfNeeded: rows)
        batch.rows = (0..<UInt32(count)).map { first &+ $0 }
        batch.remove(rejected)
        rows += Int(count)
        return batch
    }
}
