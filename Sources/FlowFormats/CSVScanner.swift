private import CByteScan

/// Splits a block of delimited text into rows and reads the requested cells of each.
///
/// Delimiters and line feeds are found 64 octets at a time; only requested cells are looked at.
/// A quoted cell may hold delimiters and doubled quotation marks, not line breaks.
struct CSVScanner {
    let request: TableRequest
    /// How many fields a row must have.
    private let fieldCount: Int
    private let delimiter: UInt8
    /// Names for reasons of rejection.
    private let header: [String]
    /// Which delimiters of a line border a requested cell, counted from 0, ascending; behind them one
    /// that never comes.
    private let borders: [Int]
    /// For each requested cell, numbers first, which of a line's borders stands before it and which
    /// behind; border 0 is the line's start, then come `borders`, then the line's end.
    private let cellBorders: [(before: Int, behind: Int)]

    init(request: TableRequest, fieldCount: Int, delimiter: UInt8, header: [String]) {
        self.request = request
        self.fieldCount = fieldCount
        self.delimiter = delimiter
        self.header = header
        let columns = request.numbers + request.texts.map(\.column)
        let borders = Set(columns + columns.map { $0 - 1 }).sorted()
            .filter { $0 >= 0 && $0 < fieldCount - 1 }
        self.borders = borders + [.max]
        let places = Dictionary(uniqueKeysWithValues: zip(borders, 1...))
        cellBorders = columns.map { column in
            (before: places[column - 1] ?? 0, behind: places[column] ?? borders.count + 1)
        }
    }

    /// The rows of one block, words coded by the reading thread's own interners.
    ///
    /// A column's cells stand one after the other, `capacity` cells apart from the next column's.
    struct Block {
        private(set) var numbers: [Double] = []
        private(set) var codes: [UInt32] = []
        private(set) var rows: [UInt32] = []
        /// How many rows the columns have room for.
        private(set) var capacity = 0
        var interners: [OctetInterner]
        var rejects = RejectCounts()
        /// Rows in the block, rejected ones included and blank lines not.
        var rowCount = 0
        /// Rows that were kept.
        var keptCount = 0

        init(interners: [OctetInterner]) { self.interners = interners }

        /// Forgets the last block and makes room for `capacity` rows.
        mutating func prepare(_ request: TableRequest, capacity: Int) {
            rejects = RejectCounts()
            rowCount = 0
            keptCount = 0
            guard capacity > self.capacity else { return }
            self.capacity = capacity
            numbers = [Double](repeating: 0, count: capacity * request.numbers.count)
            codes = [UInt32](repeating: 0, count: capacity * request.texts.count)
            rows = [UInt32](repeating: 0, count: capacity)
        }

        /// Hands the memory of the columns to `body`.
        mutating func withColumns(_ body: (Columns, inout Block) -> Void) {
            var numbers = exchange(&self.numbers)
            var codes = exchange(&self.codes)
            var rows = exchange(&self.rows)
            let capacity = self.capacity
            unsafe numbers.withUnsafeMutableBufferPointer { numbers in
                unsafe codes.withUnsafeMutableBufferPointer { codes in
                    unsafe rows.withUnsafeMutableBufferPointer { rows in
                        let columns = unsafe Columns(
                            numbers: numbers, codes: codes, rows: rows, capacity: capacity)
                        unsafe body(columns, &self)
                    }
                }
            }
            (self.numbers, self.codes, self.rows) = (numbers, codes, rows)
        }

        private func exchange<Element>(_ array: inout [Element]) -> [Element] {
            let taken = array
            array = []
            return taken
        }
    }

    /// Where the cells of a block are written to.
    @unsafe struct Columns {
        let numbers: UnsafeMutableBufferPointer<Double>
        let codes: UnsafeMutableBufferPointer<UInt32>
        let rows: UnsafeMutableBufferPointer<UInt32>
        let capacity: Int
    }

    /// Reads the lines of `text`, which must be followed by 64 readable octets and end with a line feed.
    func scan(_ text: UnsafeRawBufferPointer, into block: inout Block) {
        // a row that is kept has at least one octet a field: the last is followed by a line feed
        block.prepare(request, capacity: text.count / max(fieldCount, 1) + 1)
        unsafe block.withColumns { columns, block in unsafe scan(text, columns, &block) }
    }

    private func scan(_ text: UnsafeRawBufferPointer, _ columns: Columns, _ block: inout Block) {
        guard let base = text.baseAddress else { return }
        let octets = unsafe base.assumingMemoryBound(to: UInt8.self)
        unsafe withUnsafeTemporaryAllocation(of: Int.self, capacity: borders.count + 1) { places in
            var line = Line()
            var offset = 0
            while offset < text.count {
                // SAFETY: 64 octets behind the text are readable; bits beyond it are masked away.
                let masks = unsafe ntds_scan_64(octets + offset, delimiter)
                var inside: UInt64 = .max
                if text.count - offset < 64 { inside = (1 << UInt64(text.count - offset)) - 1 }
                var delimiters = masks.delimiters & inside
                var lineFeeds = masks.lineFeeds & inside
                if masks.quotes & inside != 0 { line.isQuoted = true }
                while lineFeeds != 0 {
                    let end = lineFeeds.trailingZeroBitCount
                    let before = delimiters & ((1 << UInt64(end)) - 1)
                    unsafe note(before, offset, &line, places)
                    delimiters &= ~before
                    unsafe finish(line, octets, offset + end, places, columns, &block)
                    line = Line(start: offset + end + 1)
                    line.isQuoted = masks.quotes & inside & ~((2 << UInt64(end)) &- 1) != 0
                    lineFeeds &= lineFeeds - 1
                }
                unsafe note(delimiters, offset, &line, places)
                offset += 64
            }
        }
    }

    /// What is known of a line that is being read.
    private struct Line {
        var start = 0
        var delimiterCount = 0
        /// How many of `borders` were found.
        var borderCount = 0
        var isQuoted = false
    }

    /// Counts the delimiters of a mask and writes down where those stand that border requested cells.
    @inline(__always)
    private func note(
        _ delimiters: UInt64, _ offset: Int, _ line: inout Line,
        _ places: UnsafeMutableBufferPointer<Int>
    ) {
        let count = line.delimiterCount + delimiters.nonzeroBitCount
        while borders[line.borderCount] < count {
            let nth = borders[line.borderCount] - line.delimiterCount
            line.borderCount += 1
            // SAFETY: `borders` is one shorter than `places`, and its last one never comes.
            unsafe places[line.borderCount] =
                offset + Int(ntds_place_of_bit(delimiters, Int64(nth)))
        }
        line.delimiterCount = count
    }

    @inline(__always)
    private func finish(
        _ line: Line, _ octets: UnsafePointer<UInt8>, _ lineFeed: Int,
        _ places: UnsafeMutableBufferPointer<Int>, _ columns: Columns, _ block: inout Block
    ) {
        var end = lineFeed
        if end > line.start, unsafe octets[end - 1] == UInt8(ascii: "\r") { end -= 1 }
        if end == line.start { return }  // a blank line is no row
        let row = block.rowCount
        block.rowCount += 1
        if line.isQuoted {
            unsafe readQuoted(
                UnsafeRawBufferPointer(start: octets + line.start, count: end - line.start), row,
                columns, &block)
            return
        }
        guard line.delimiterCount + 1 == fieldCount else {
            block.rejects.add(raggedReason(line.delimiterCount + 1), firstRow: row)
            return
        }
        unsafe places[0] = line.start - 1
        unsafe places[borders.count] = end
        unsafe readCells(row, columns, &block) { cell in
            let (before, behind) = cellBorders[cell]
            let start = unsafe places[before] + 1
            return unsafe UnsafeRawBufferPointer(
                start: octets + start, count: places[behind] - start)
        }
    }

    /// Reads the requested cells of a row; `cell` hands them out, numbers first, each followed by
    /// enough readable octets for `NumberParser`.
    @inline(__always)
    private func readCells(
        _ row: Int, _ columns: Columns, _ block: inout Block,
        _ cell: (Int) -> UnsafeRawBufferPointer
    ) {
        // SAFETY: at most `capacity` rows of the block are kept (see `scan`), so every place is inside.
        var place = block.keptCount
        for index in request.numbers.indices {
            switch unsafe NumberParser.parse(padded: cell(index)) {
            case .number(let number): unsafe columns.numbers[place] = number
            case .missing: unsafe columns.numbers[place] = .nan
            case .notANumber:
                block.rejects.add(
                    "not a number in \(header[request.numbers[index]])", firstRow: row)
                return
            }
            place += unsafe columns.capacity
        }
        place = block.keptCount
        for (index, text) in request.texts.enumerated() {
            let word = unsafe Self.trimmed(cell(request.numbers.count + index))
            unsafe columns.codes[place] = unsafe block.interners[text.wordList].code(of: word)
            place += unsafe columns.capacity
        }
        unsafe columns.rows[block.keptCount] = UInt32(truncatingIfNeeded: row)
        block.keptCount += 1
    }

    /// The slow path: a line with a quotation mark in it, cell by cell.
    @inline(never)
    private func readQuoted(
        _ line: UnsafeRawBufferPointer, _ row: Int, _ columns: Columns, _ block: inout Block
    ) {
        guard let cells = unsafe Self.cells(of: line, delimiter: delimiter) else {
            block.rejects.add("a quotation mark that is not closed on its line", firstRow: row)
            return
        }
        guard cells.count == fieldCount else {
            block.rejects.add(raggedReason(cells.count), firstRow: row)
            return
        }
        var joined: [UInt8] = []
        let ranges = (request.numbers + request.texts.map(\.column)).map { column in
            joined += cells[column]
            return (joined.count - cells[column].count)..<joined.count
        }
        joined += repeatElement(0, count: NumberParser.padding)
        unsafe joined.withUnsafeBytes { octets in
            unsafe readCells(row, columns, &block) { cell in
                unsafe UnsafeRawBufferPointer(rebasing: octets[ranges[cell]])
            }
        }
    }

    private func raggedReason(_ count: Int) -> String {
        count < fieldCount ? "fewer fields than the header" : "more fields than the header"
    }

    /// The cells of a line, quotation marks resolved, or `nil` if one is not closed.
    static func cells(of line: UnsafeRawBufferPointer, delimiter: UInt8) -> [[UInt8]]? {
        var cells: [[UInt8]] = []
        var cell: [UInt8] = []
        var inQuotes = false
        var index = 0
        let quote = UInt8(ascii: "\"")
        while index < line.count {
            let octet = unsafe line[index]
            if inQuotes {
                if octet != quote {
                    cell.append(octet)
                } else if index + 1 < line.count, unsafe line[index + 1] == quote {
                    cell.append(quote)
                    index += 1
                } else {
                    inQuotes = false
                }
            } else if octet == quote, cell.allSatisfy({ $0 == 0x20 }) {
                cell.removeAll()
                inQuotes = true
            } else if octet == delimiter {
                cells.append(cell)
                cell.removeAll()
            } else {
                cell.append(octet)
            }
            index += 1
        }
        guard !inQuotes else { return nil }
        cells.append(cell)
        return cells
    }

    @inline(__always)
    private static func trimmed(_ cell: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        var first = 0
        var last = cell.count
        while first < last, unsafe cell[first] == 0x20 { first += 1 }
        while first < last, unsafe cell[last - 1] == 0x20 { last -= 1 }
        return unsafe UnsafeRawBufferPointer(rebasing: cell[first..<last])
    }
}
