private import CArrowBridge

/// A Parquet file: its header, and its rows in batches. Text is read dictionary-encoded.
struct ParquetTable {
    let path: String
    let header: [String]
    let rowCount: Int
    private let handle: ParquetHandle
    private var reader: OpaquePointer { unsafe handle.pointer }

    private static let batchRows: Int64 = 1 << 16

    init(path: String) throws(TableError) {
        self.path = path
        let handle = try ParquetHandle(path: path)
        self.handle = handle
        let opened = unsafe handle.pointer
        let count = unsafe ntds_parquet_column_count(opened)
        rowCount = Int(unsafe ntds_parquet_row_count(opened))
        header = (0..<min(count, Int32(CSVTable.columnLimit))).map { column in
            unsafe String(cString: ntds_parquet_column_name(opened, column))
        }
        guard count <= CSVTable.columnLimit else {
            throw .tooManyColumns(path: path, count: Int(count), limit: CSVTable.columnLimit)
        }
        guard count > 0 else { throw .notATable(path: path, reason: "it has no columns") }
    }

    /// Whether a column holds text.
    func isText(_ column: Int) -> Bool {
        unsafe ntds_parquet_column_kind(reader, Int32(column)) == NTDS_COLUMN_TEXT
    }

    func read(
        _ request: TableRequest, wordLists: inout [OctetInterner],
        body: (TableBatch, inout [OctetInterner], ReadingProgress) throws -> Void
    ) throws -> RejectCounts {
        try checkTypes(request)
        let distinct = Array(Set(request.numbers + request.texts.map(\.column))).sorted()
        let places = Dictionary(uniqueKeysWithValues: distinct.enumerated().map { ($1, Int32($0)) })
        var failure = ntds_error()
        let columns = distinct.map(Int32.init)
        let selected = unsafe ntds_parquet_select(
            reader, columns, Int32(columns.count), Self.batchRows, &failure)
        guard selected == 0 else { throw failure.unreadable(path, row: 0) }
        let columnReader = ParquetColumns(path: path, header: header, handle: handle)
        var rejects = RejectCounts()
        var rows = 0
        while true {
            var count: Int64 = 0
            guard unsafe ntds_parquet_next(reader, &count, &failure) == 0 else {
                throw failure.unreadable(path, row: rows)
            }
            if count == 0 { return rejects }
            var batch = TableBatch(request: request)
            var rejected: Set<Int> = []
            for (index, column) in request.numbers.enumerated() {
                batch.numbers[index] = try columnReader.numbers(
                    places[column] ?? 0, Int(count), column, rows, &rejected, &rejects)
            }
            for (index, text) in request.texts.enumerated() {
                let place = places[text.column] ?? 0
                batch.codes[index] =
                    isText(text.column)
                    ? try columnReader.codes(place, Int(count), rows, &wordLists[text.wordList])
                    : try columnReader.numbers(
                        place, Int(count), text.column, rows, &rejected, &rejects
                    ).map {
                        number in
                        // a whole number is written as one, as CSV would have it
                        let whole = Int64(exactly: number).map(String.init)
                        let word = number.isNaN ? "" : whole ?? number.description
                        return wordLists[text.wordList].code(of: word)
                    }
            }
            let first = UInt32(truncatingIfNeeded: rows)
            batch.rows = (0..<UInt32(count)).map { first &+ $0 }
            batch.remove(rejected)
            rows += Int(count)
            let fraction = Double(rows) / Double(max(rowCount, 1))
            try body(batch, &wordLists, ReadingProgress(rows: rows, fraction: min(1, fraction)))
        }
    }

    private func checkTypes(_ request: TableRequest) throws(TableError) {
        for column in request.numbers + request.texts.map(\.column)
        where unsafe ntds_parquet_column_kind(reader, Int32(column)) == NTDS_COLUMN_OTHER {
            throw .wrongType(
                path: path, column: header[column],
                reason: "nested or temporal values, expected numbers or text")
        }
    }
}
