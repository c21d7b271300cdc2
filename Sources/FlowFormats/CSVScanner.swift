private import CByteScan

/// Splits a block of delimited text into rows and reads the requested cells of each.
///
/// Delimiters and line feeds are found 64 octets at a time; only requested cells are looked at.
/// A quoted cell may hold delimiters and doubled quotation marks, not line breaks.
struct CSVScanner {
    let request: TableRequest
    /// How many fields a row must have.
    let fieldCount: Int
    let delimiter: UInt8
    /// Names for reasons of rejection.
    let header: [String]

    /// The rows of one block, words coded by the block's own interners.
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
            for index in interners.indices { interners[index].removeAll() }
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

    /// Longer field lists are cut off: the row is rejected anyway.
    private static let fieldLimit = 8192

    /// Reads the lines of `text`, which must be followed by 64 readable octets and end with a line feed.
    func scan(_ text: UnsafeRawBufferPointer, into block: inout Block) {
        // a row that is kept has at least one octet a field: the last is followed by a line feed
        block.prepare(request, capacity: text.count / max(fieldCount, 1) + 1)
        unsafe block.withColumns { columns, block in unsafe scan(text, columns, &block) }
    }

    private func scan(_ text: UnsafeRawBufferPointer, _ columns: Columns, _ block: inout Block) {
        guard let base = text.baseAddress else { return }
        let octets = unsafe base.assumingMemoryBound(to: UInt8.self)
        let capacity = min(max(fieldCount, 1), Self.fieldLimit) + 1
        unsafe withUnsafeTemporaryAllocation(of: Int.self, capacity: capacity) { ends in
            var fields = 0
            var lineStart = 0
            var quoted = false
            var offset = 0
            while offset < text.count {
                // SAFETY: 64 octets behind the text are readable; bits beyond it are masked away.
                let masks = unsafe ntds_scan_64(octets + offset, delimiter)
                var inside: UInt64 = .max
                if text.count - offset < 64 { inside = (1 << UInt64(text.count - offset)) - 1 }
                var delimiters = masks.delimiters & inside
                var lineFeeds = masks.lineFeeds & inside
                if masks.quotes & inside != 0 { quoted = true }
                while lineFeeds != 0 {
                    let end = lineFeeds.trailingZeroBitCount
                    let before = delimiters & ((1 << UInt64(end)) - 1)
                    unsafe Self.note(before, offset, &fields, ends)
                    delimiters &= ~before
                    unsafe finishLine(
                        octets, lineStart, offset + end, fields, ends, quoted, columns, &block)
                    lineStart = offset + end + 1
                    fields = 0
                    quoted = masks.quotes & inside & ~((2 << UInt64(end)) &- 1) != 0
                    lineFeeds &= lineFeeds - 1
                }
                unsafe Self.note(delimiters, offset, &fields, ends)
                offset += 64
            }
        }
    }

    /// Writes down where the delimiters of a mask stand; beyond the list's end they are only counted.
    @inline(__always)
    private static func note(
        _ mask: UInt64, _ offset: Int, _ fields: inout Int, _ ends: UnsafeMutableBufferPointer<Int>
    ) {
        var rest = mask
        let last = ends.count - 1
        while rest != 0 {
            // SAFETY: the index is at most the last one.
            unsafe ends[min(fields, last)] = offset + rest.trailingZeroBitCount
            fields += 1
            rest &= rest - 1
        }
    }

    @inline(__always)
    private func finishLine(
        _ octets: UnsafePointer<UInt8>, _ start: Int, _ lineFeed: Int, _ delimiters: Int,
        _ ends: UnsafeMutableBufferPointer<Int>, _ quoted: Bool, _ columns: Columns,
        _ block: inout Block
    ) {
        var end = lineFeed
        if end > start, unsafe octets[end - 1] == UInt8(ascii: "\r") { end -= 1 }
        if end == start { return }  // a blank line is no row
        let row = block.rowCount
        block.rowCount += 1
        if quoted {
            unsafe readQuoted(
                UnsafeRawBufferPointer(start: octets + start, count: end - start), row, columns,
                &block)
            return
        }
        guard delimiters + 1 == fieldCount else {
            block.rejects.add(raggedReason(delimiters + 1), firstRow: row)
            return
        }
        unsafe ends[delimiters] = end
        unsafe readCells(row, columns, &block) { field in
            let from = field == 0 ? start : unsafe ends[field - 1] + 1
            return unsafe UnsafeRawBufferPointer(start: octets + from, count: ends[field] - from)
        }
    }

    @inline(__always)
    private func readCells(
        _ row: Int, _ columns: Columns, _ block: inout Block,
        _ cell: (Int) -> UnsafeRawBufferPointer
    ) {
        // SAFETY: at most `capacity` rows of the block are kept (see `scan`), so every place is inside.
        var place = block.keptCount
        for column in request.numbers {
            switch unsafe NumberParser.parse(cell(column)) {
            case .number(let number): unsafe columns.numbers[place] = number
            case .missing: unsafe columns.numbers[place] = .nan
            case .notANumber:
                block.rejects.add("not a number in \(header[column])", firstRow: row)
                return
            }
            place += unsafe columns.capacity
        }
        place = block.keptCount
        for text in request.texts {
            let word = unsafe Self.trimmed(cell(text.column))
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
        let joined = cells.reduce(into: [UInt8]()) { $0 += $1 }
        var starts = [0]
        for cell in cells { starts.append(starts[starts.count - 1] + cell.count) }
        unsafe joined.withUnsafeBytes { octets in
            unsafe readCells(row, columns, &block) { field in
                unsafe UnsafeRawBufferPointer(rebasing: octets[starts[field]..<starts[field + 1]])
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
