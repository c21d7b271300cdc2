private import Dispatch
private import Flows

/// A table in delimited text: its header, and its rows in batches.
struct CSVTable {
    let path: String
    let packing: TextSource.Packing
    private(set) var header: [String]
    private(set) var notes: [String] = []
    /// Whether the first line is the header (it is not where the caller gave one).
    private let hasHeaderLine: Bool
    private let delimiter: UInt8
    private var fieldCount: Int

    static let columnLimit = 4096

    /// Reads the first lines of the file to learn its header, delimiter and fields a row.
    ///
    /// - Parameter givenHeader: The names of the columns, for a file that has no header line.
    init(path: String, packing: TextSource.Packing, givenHeader: [String]?) throws(TableError) {
        self.path = path
        self.packing = packing
        let lines = try Self.firstLines(path, packing)
        guard let first = lines.first else { throw .empty(path: path) }
        delimiter = Self.delimiter(of: first)
        hasHeaderLine = givenHeader == nil
        if let givenHeader {
            guard givenHeader.count <= Self.columnLimit else {
                throw .tooManyColumns(path: path, count: givenHeader.count, limit: Self.columnLimit)
            }
            header = givenHeader
        } else {
            header = try Self.names(first, delimiter, path)
        }
        fieldCount = header.count
        try reconcile(Array(lines.dropFirst(hasHeaderLine ? 1 : 0)))
    }

    /// Compares the header with the rows and mends the one disagreement that is known.
    private mutating func reconcile(_ rows: [[UInt8]]) throws(TableError) {
        let counts = rows.map { row in
            unsafe row.withUnsafeBytes {
                unsafe CSVScanner.cells(of: $0, delimiter: delimiter)?.count ?? 0
            }
        }
        guard let usual = counts.first, counts.allSatisfy({ $0 == usual }), usual != fieldCount
        else {
            return
        }
        if usual == fieldCount + 1,
            let repaired = FlowTableLayout(header: header).withRepeatedHeaderLength
        {
            notes.append(
                "every row has \(usual) fields under \(fieldCount) names: the header lacks the second "
                    + "Fwd Header Length; it was put back")
            header = repaired
            fieldCount = usual
        } else if counts.count >= 2 || !hasHeaderLine {
            throw .headerMismatch(path: path, headerCount: fieldCount, fieldCount: usual)
        }
    }

    /// Hands the rows to `body`, some ten thousands at a time, in file order.
    ///
    /// - Parameter wordLists: Grow by the words of the text columns.
    /// - Returns: What was left out.
    func read(
        _ request: TableRequest, wordLists: inout [OctetInterner], threads: Int,
        body: (TableBatch, inout [OctetInterner], ReadingProgress) throws -> Void
    ) throws -> RejectCounts {
        let scanner = CSVScanner(
            request: request, fieldCount: fieldCount, delimiter: delimiter, header: header)
        var blocks = LineReader(
            source: try TextSource(path: path, packing: packing), skipsLine: hasHeaderLine)
        var workers = (0..<max(1, threads)).map { _ in
            Worker(scanner: scanner, interners: wordLists.map { $0.companion() })
        }
        var rejects = RejectCounts()
        var rows = 0
        while true {
            var filled = 0
            while filled < workers.count,
                try blocks.next(into: &workers[filled].text, rowsSoFar: rows)
            {
                filled += 1
            }
            if filled == 0 { break }
            Self.scan(&workers, count: filled)
            for index in 0..<filled {
                rejects.add(workers[index].rejects(from: rows))
                let batch = workers[index].merged(into: &wordLists, firstRow: rows)
                rows += workers[index].rowCount
                try body(batch, &wordLists, ReadingProgress(rows: rows, fraction: blocks.fraction))
            }
        }
        return rejects
    }

    private static func scan(_ workers: inout [Worker], count: Int) {
        // SAFETY: each iteration touches its own element.
        unsafe workers.withUnsafeMutableBufferPointer { buffer in
            nonisolated(unsafe) let shared = unsafe buffer
            DispatchQueue.concurrentPerform(iterations: count) { index in
                unsafe shared[index].scan()
            }
        }
    }

    // MARK: The first lines

    private static func firstLines(
        _ path: String, _ packing: TextSource.Packing
    ) throws(TableError) -> [[UInt8]] {
        var source = try TextSource(path: path, packing: packing)
        var octets = [UInt8](repeating: 0, count: LineReader.lineLimit)
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
        if count == 0 { return [] }
        var rest = octets[..<count]
        if rest.starts(with: [0xEF, 0xBB, 0xBF]) { rest = rest.dropFirst(3) }
        if rest.prefix(4096).contains(0) {
            throw .notATable(path: path, reason: "it holds binary octets")
        }
        var lines: [[UInt8]] = []
        while lines.count < 12, let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            append(rest[..<end], to: &lines)
            rest = rest[(end + 1)...]
        }
        if count < LineReader.lineLimit, lines.count < 12, !rest.isEmpty {
            append(rest, to: &lines)
        }
        guard !lines.isEmpty || count < LineReader.lineLimit else {
            throw .notATable(
                path: path, reason: "no line feed in the first \(LineReader.lineLimit) octets")
        }
        return lines
    }

    private static func append(_ line: ArraySlice<UInt8>, to lines: inout [[UInt8]]) {
        let text = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
        if !text.isEmpty { lines.append(Array(text)) }
    }

    private static func delimiter(of line: [UInt8]) -> UInt8 {
        let candidates = [UInt8(ascii: ","), UInt8(ascii: "\t"), UInt8(ascii: ";")]
        return candidates.max { first, second in
            line.count { $0 == first } < line.count { $0 == second }
        } ?? UInt8(ascii: ",")
    }

    private static func names(
        _ line: [UInt8], _ delimiter: UInt8, _ path: String
    ) throws(TableError) -> [String] {
        let count = line.count { $0 == delimiter } + 1
        guard count <= columnLimit else {
            throw .tooManyColumns(path: path, count: count, limit: columnLimit)
        }
        let cells = unsafe line.withUnsafeBytes {
            unsafe CSVScanner.cells(of: $0, delimiter: delimiter)
        }
        guard let cells else {
            throw .notATable(path: path, reason: "a quotation mark in the header is not closed")
        }
        return cells.map { cell in
            var name = String(decoding: cell, as: UTF8.self)
            while name.first == " " { name.removeFirst() }
            while name.last == " " { name.removeLast() }
            return name
        }
    }
}

/// One thread's share of the work: a block of text and what came out of it.
private struct Worker {
    var text = TextBlock()
    private let scanner: CSVScanner
    private var block: CSVScanner.Block
    /// For each word list, the table's codes of the words this thread knows from earlier blocks.
    private var translations: [[UInt32]]

    /// With more octets of words in a list a thread forgets them: the table's list has them too.
    private static let memoryLimit = 32 << 20

    init(scanner: CSVScanner, interners: [OctetInterner]) {
        self.scanner = scanner
        block = CSVScanner.Block(interners: interners)
        translations = interners.map { _ in [] }
    }

    var rowCount: Int { block.rowCount }

    /// Reads the block.
    mutating func scan() {
        for index in translations.indices
        where block.interners[index].memory > Self.memoryLimit {
            translations[index] = []
            block.interners[index].removeAll()
        }
        unsafe text.withLines { lines in unsafe scanner.scan(lines, into: &block) }
    }

    func rejects(from firstRow: Int) -> RejectCounts {
        var moved = RejectCounts()
        for entry in block.rejects.entries {
            moved.add(entry.reason, count: entry.count, firstRow: entry.firstRow + firstRow)
        }
        return moved
    }

    /// The batch with its rows numbered from `firstRow` and its words coded by the table's lists.
    mutating func merged(into wordLists: inout [OctetInterner], firstRow: Int) -> TableBatch {
        var batch = TableBatch(request: scanner.request)
        let (count, capacity) = (block.keptCount, block.capacity)
        let offset = UInt32(truncatingIfNeeded: firstRow)
        batch.rows = block.rows[..<count].map { $0 &+ offset }
        for column in batch.numbers.indices {
            batch.numbers[column] = Array(
                block.numbers[(column * capacity)..<(column * capacity + count)])
        }
        for index in translations.indices {
            translations[index] += wordLists[index].takeOver(
                block.interners[index], beyond: translations[index].count)
        }
        for (column, text) in scanner.request.texts.enumerated() {
            let translation = translations[text.wordList]
            let codes = block.codes[(column * capacity)..<(column * capacity + count)]
            batch.codes[column] = codes.map { translation[Int($0)] }
        }
        return batch
    }
}
