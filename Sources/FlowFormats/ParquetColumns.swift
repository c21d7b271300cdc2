private import CArrowBridge

/// Reads the columns of the batch that a Parquet file stands at.
struct ParquetColumns {
    let path: String
    let header: [String]
    let handle: ParquetHandle

    /// Reads a column of numbers; rows whose text is none join `rejected`, each with its first reason.
    func numbers(
        _ place: Int32, _ count: Int, _ column: Int, _ row: Int, _ rejected: inout Set<Int>,
        _ rejects: inout RejectCounts
    ) throws(TableError) -> [Double] {
        var bad: Int64 = 0
        var failure = ntds_error()
        var code: Int32 = 0
        let values = unsafe [Double](unsafeUninitializedCapacity: count) { buffer, initialized in
            unsafe buffer.initialize(repeating: 0)
            code = unsafe ntds_parquet_numbers(
                handle.pointer, place, buffer.baseAddress, &bad, &failure)
            initialized = count
        }
        guard code == 0 else { throw failure.unreadable(path, row: row) }
        if bad > 0 {
            for index in values.indices where values[index].bitPattern == NTDS_BAD_NUMBER {
                guard rejected.insert(index).inserted else { continue }
                rejects.add("not a number in \(header[column])", firstRow: row + index)
            }
        }
        return values
    }

    /// Reads a column of text as codes of `words`.
    func codes(
        _ place: Int32, _ count: Int, _ row: Int, _ words: inout OctetInterner
    ) throws(TableError) -> [UInt32] {
        var wordCount: Int64 = 0
        var failure = ntds_error()
        var codes = [UInt32](repeating: 0, count: count)
        let reader = unsafe handle.pointer
        let code = unsafe ntds_parquet_words(reader, place, &codes, &wordCount, &failure)
        guard code == 0 else { throw failure.unreadable(path, row: row) }
        // Only words in use are interned: a damaged dictionary may hold millions that are not.
        var translation = [UInt32](repeating: .max, count: Int(wordCount))
        for index in codes.indices {
            let local = Int(codes[index])
            if translation[local] == .max {
                var octets: UnsafePointer<CChar>?
                var length: Int64 = 0
                unsafe ntds_parquet_word(reader, Int64(local), &octets, &length)
                let word = unsafe UnsafeRawBufferPointer(start: octets, count: Int(length))
                translation[local] = unsafe words.code(of: word)
            }
            codes[index] = translation[local]
        }
        return codes
    }
}
