/// The distinct words of a text column, each with a code.
///
/// Codes are given in order of first appearance, so that the same input gives the same codes.
package struct WordTable: Sendable, Equatable {
    /// The words, by code.
    package private(set) var words: [String] = []
    private var codes: [String: UInt32] = [:]

    package init() {}

    package init(_ words: some Sequence<String>) {
        for word in words { _ = code(of: word) }
    }

    /// The number of distinct words.
    package var count: Int { words.count }

    /// The code of `word`, which is given one if it has none yet.
    package mutating func code(of word: String) -> UInt32 {
        if let code = codes[word] { return code }
        let code = UInt32(words.count)
        codes[word] = code
        words.append(word)
        return code
    }

    /// The code of `word`, or `nil` if it never appeared.
    package func existingCode(of word: String) -> UInt32? { codes[word] }

    package subscript(code: UInt32) -> String { words[Int(code)] }
}

/// The values of one column of a batch.
package enum ColumnValues: Sendable, Equatable {
    case integers([Int64])
    /// A missing number is `NaN` here and an empty cell in text formats.
    case reals([Double])
    /// Single precision, for columns whose readers need no more (shares, contributions).
    case shortReals([Float])
    /// Text by code into a table that all batches of one table share.
    case words([UInt32], WordTable)
    /// Small counts that may be missing: `-1` is written as an empty cell.
    case optionalCounts([Int8])
    /// Numbers that may be missing: a `NaN` is written as an empty cell in Parquet too.
    case optionalReals([Double])

    /// The number of rows.
    package var count: Int {
        switch self {
        case .integers(let values): values.count
        case .reals(let values), .optionalReals(let values): values.count
        case .shortReals(let values): values.count
        case .words(let codes, _): codes.count
        case .optionalCounts(let values): values.count
        }
    }
}

/// Rows of a table as columns: every column has the same number of rows.
package struct FlowBatch: Sendable, Equatable {
    /// The names of the columns, in file order.
    package let names: [String]
    /// The values, one entry a name.
    package let columns: [ColumnValues]

    /// - Precondition: as many columns as names, all of one length.
    package init(names: [String], columns: [ColumnValues]) {
        precondition(names.count == columns.count, "a column without a name")
        precondition(
            columns.allSatisfy { $0.count == columns[0].count }, "columns differ in length")
        self.names = names
        self.columns = columns
    }

    /// The number of rows.
    package var rowCount: Int { columns.first?.count ?? 0 }
}
