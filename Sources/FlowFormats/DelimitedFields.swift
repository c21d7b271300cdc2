/// Finds wanted fields in lines whose cells stand between delimiters, without quotation marks: Zeek's logs
/// and Argus's tables.
struct DelimitedFields {
    private let delimiter: UInt8
    /// Which wanted field a column is, -1 if none.
    private let columns: [Int]
    /// Cells that stand for nothing, and for an empty text.
    private let unset, empty: [UInt8]
    private(set) var fields: LogFields

    enum Shape { case whole, fewer, more }

    /// - Parameters:
    ///   - header: The names of the columns.
    ///   - names: The wanted ones.
    init(
        header: [String], names: [String], delimiter: UInt8, unset: [UInt8], empty: [UInt8],
        escapes: LogFields.Escapes
    ) {
        self.delimiter = delimiter
        (self.unset, self.empty) = (unset, empty)
        columns = header.map { name in names.firstIndex(of: name) ?? -1 }
        fields = LogFields(count: names.count, escapes: escapes)
    }

    /// Finds the fields of a line; blanks around cells do not count.
    mutating func read(_ line: Span<UInt8>) -> Shape {
        fields.removeAll()
        var column = 0
        var start = 0
        for index in 0...line.count
        where index == line.count || line[index] == delimiter {
            guard column < columns.count else { return .more }
            if columns[column] >= 0 { note(columns[column], start, index, line) }
            column += 1
            start = index + 1
        }
        return column < columns.count ? .fewer : .whole
    }

    private mutating func note(_ field: Int, _ start: Int, _ end: Int, _ line: Span<UInt8>) {
        var place = start..<end
        while let first = place.first, line[first] == 0x20 { place = (first + 1)..<end }
        while let last = place.last, line[last] == 0x20 { place = place.lowerBound..<last }
        if equals(place, unset, line) { return }
        if !empty.isEmpty, equals(place, empty, line) {
            place = place.lowerBound..<place.lowerBound
        }
        var isEscaped = false
        if fields.escapes != .none {
            for index in place where line[index] == UInt8(ascii: "\\") { isEscaped = true }
        }
        fields.set(field, place, isEscaped: isEscaped)
    }

    private func equals(_ place: Range<Int>, _ word: [UInt8], _ line: Span<UInt8>) -> Bool {
        guard place.count == word.count else { return false }
        for (index, octet) in zip(place, word) where line[index] != octet { return false }
        return true
    }
}
