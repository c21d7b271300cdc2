/// The columns to be read from a table, by their place in its header.
package struct TableRequest: Sendable, Equatable {
    /// A text column and the word list it shares with others: the two address columns share one.
    package struct Text: Sendable, Equatable {
        package let column: Int
        package let wordList: Int

        package init(column: Int, wordList: Int) {
            self.column = column
            self.wordList = wordList
        }
    }

    package var numbers: [Int]
    package var texts: [Text]

    package init(numbers: [Int], texts: [Text]) {
        self.numbers = numbers
        self.texts = texts
    }
}

/// Some rows of a table: the requested columns, in the order of the request.
package struct TableBatch: Sendable {
    /// Row numbers in the file, from 0, rejected rows counted too.
    package var rows: [UInt32] = []
    /// One array a number column; a missing cell is `NaN`.
    package var numbers: [[Double]]
    /// One array of codes a text column, into the word list the request names.
    package var codes: [[UInt32]]

    package init(request: TableRequest) {
        numbers = Array(repeating: [], count: request.numbers.count)
        codes = Array(repeating: [], count: request.texts.count)
    }

    package var count: Int { rows.count }

    /// Removes the rows at these places.
    mutating func remove(_ places: Set<Int>) {
        guard !places.isEmpty else { return }
        let kept = rows.indices.filter { !places.contains($0) }
        rows = kept.map { rows[$0] }
        for column in numbers.indices { numbers[column] = kept.map { numbers[column][$0] } }
        for column in codes.indices { codes[column] = kept.map { codes[column][$0] } }
    }
}

/// How far a reader has come.
package struct ReadingProgress: Sendable {
    package let rows: Int
    /// 0…1 of the file; for compressed files of its compressed size.
    package let fraction: Double
}
