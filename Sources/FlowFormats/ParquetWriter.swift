private import CArrowBridge
package import Flows
private import Glibc

/// Batches as Parquet, compressed by zstd, one row group a batch.
@safe package struct ParquetWriter: BatchWriter, ~Copyable {
    private let path: String
    private let timeColumns: Set<String>
    private var writer: OpaquePointer?
    private var isFinished = false

    private var partialPath: String { path + ".partial" }

    /// - Parameter timeColumns: Names of columns of integers that are microseconds since 1970, UTC.
    package init(path: String, timeColumns: Set<String> = []) throws(TableError) {
        self.path = path
        self.timeColumns = timeColumns
        unsafe writer = nil
        // The schema is that of the first batch; this call finds out at once whether we may write.
        guard case .file = try WritePlace(path: path) else {
            throw .cannotWrite(path: path, reason: "Parquet needs a file")
        }
        let probe = try AtomicFile(path: path)
        _ = consume probe
    }

    deinit {
        if let writer = unsafe writer { unsafe ntds_parquet_release(writer) }
        if !isFinished { unsafe unlink(partialPath) }
    }

    package mutating func write(_ batch: FlowBatch) throws(TableError) {
        if unsafe writer == nil { try create(batch) }
        for column in batch.columns { try put(column) }
        var failure = ntds_error()
        guard unsafe ntds_parquet_flush(writer, &failure) == 0 else { throw cannotWrite(failure) }
    }

    package consuming func finish() throws(TableError) {
        guard let writer = unsafe writer else { return }
        var failure = ntds_error()
        guard unsafe ntds_parquet_finish(writer, &failure) == 0 else { throw cannotWrite(failure) }
        guard unsafe rename(partialPath, path) == 0 else {
            throw .cannotWrite(path: path, reason: lastSystemError())
        }
        isFinished = true
    }

    private mutating func create(_ batch: FlowBatch) throws(TableError) {
        let elements = zip(batch.names, batch.columns).map { name, column in
            switch column {
            case .integers: timeColumns.contains(name) ? NTDS_MICROSECONDS : NTDS_INT64
            case .reals: NTDS_DOUBLE
            case .optionalReals: NTDS_DOUBLE_OR_NULL
            case .shortReals: NTDS_FLOAT
            case .words: NTDS_WORDS
            case .optionalCounts: NTDS_INT8
            }
        }
        var failure = ntds_error()
        var opened: OpaquePointer?
        let path = partialPath
        let code = unsafe withCStrings(batch.names) { names in
            unsafe ntds_parquet_create(
                path, names, elements, Int32(elements.count), &opened, &failure)
        }
        guard code == 0 else { throw cannotWrite(failure) }
        unsafe writer = opened
    }

    private func put(_ column: ColumnValues) throws(TableError) {
        var failure = ntds_error()
        let rows = Int64(column.count)
        let code: Int32
        switch column {
        case .integers(let values):
            code = unsafe ntds_parquet_put(writer, values, rows, nil, 0, &failure)
        case .reals(let values), .optionalReals(let values):
            code = unsafe ntds_parquet_put(writer, values, rows, nil, 0, &failure)
        case .shortReals(let values):
            code = unsafe ntds_parquet_put(writer, values, rows, nil, 0, &failure)
        case .optionalCounts(let values):
            code = unsafe ntds_parquet_put(writer, values, rows, nil, 0, &failure)
        case .words(let codes, let table):
            precondition(codes.allSatisfy { Int($0) < table.count }, "a code without a word")
            code = unsafe withCStrings(table.words) { words in
                unsafe ntds_parquet_put(writer, codes, rows, words, Int64(table.count), &failure)
            }
        }
        guard code == 0 else { throw cannotWrite(failure) }
    }

    private func cannotWrite(_ failure: ntds_error) -> TableError {
        .cannotWrite(path: path, reason: failure.message)
    }
}

/// Hands an array of C strings to `body`; zeros inside a text end it there.
private func withCStrings<Result>(
    _ texts: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
) -> Result {
    var octets: [CChar] = []
    var starts: [Int] = []
    for text in texts {
        starts.append(octets.count)
        octets.append(contentsOf: text.utf8CString)
    }
    return unsafe octets.withUnsafeBufferPointer { buffer in
        let pointers = unsafe starts.map { start in
            unsafe buffer.baseAddress.map { unsafe $0 + start }
        }
        return unsafe pointers.withUnsafeBufferPointer { list in
            // SAFETY: an empty list has no base address; C is told a count of 0 and reads nothing.
            unsafe body(list.baseAddress ?? UnsafePointer(bitPattern: 8).unsafelyUnwrapped)
        }
    }
}
