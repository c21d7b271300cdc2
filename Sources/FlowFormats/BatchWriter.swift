package import Flows

/// Writes batches of one table to a file; the file has its name only after `finish`.
package protocol BatchWriter: ~Copyable {
    mutating func write(_ batch: FlowBatch) throws(TableError)
    consuming func finish() throws(TableError)
}

/// Batches as CSV: RFC 4180 quoting, `NaN` and `Infinity` as Java writes them, shortest numbers that
/// read back the same.
package struct CSVWriter: BatchWriter, ~Copyable {
    private var file: AtomicFile
    private var hasHeader = false

    package init(path: String) throws(TableError) { file = try AtomicFile(path: path) }

    package mutating func write(_ batch: FlowBatch) throws(TableError) {
        if !hasHeader {
            try file.write(batch.names.map(Self.cell).joined(separator: ",") + "\n")
            hasHeader = true
        }
        let quoted = batch.columns.map { column -> [[UInt8]] in
            guard case .words(_, let table) = column else { return [] }
            return table.words.map { Array(Self.cell($0).utf8) }
        }
        var line: [UInt8] = []
        for row in 0..<batch.rowCount {
            for (index, column) in batch.columns.enumerated() {
                if index > 0 { line.append(UInt8(ascii: ",")) }
                Self.append(column, row, quoted[index], to: &line)
            }
            line.append(UInt8(ascii: "\n"))
            if line.count > 1 << 16 {
                try file.write(line)
                line.removeAll(keepingCapacity: true)
            }
        }
        try file.write(line)
    }

    package consuming func finish() throws(TableError) { try file.finish() }

    private static func append(
        _ column: ColumnValues, _ row: Int, _ words: [[UInt8]], to line: inout [UInt8]
    ) {
        switch column {
        case .integers(let values): append(values[row], to: &line)
        case .optionalCounts(let values):
            if values[row] >= 0 { append(Int64(values[row]), to: &line) }
        case .reals(let values): append(values[row], to: &line)
        case .optionalReals(let values): if !values[row].isNaN { append(values[row], to: &line) }
        case .shortReals(let values): line.append(contentsOf: values[row].description.utf8)
        case .words(let codes, _): line.append(contentsOf: words[Int(codes[row])])
        }
    }

    private static func append(_ value: Int64, to line: inout [UInt8]) {
        if value < 0 { line.append(UInt8(ascii: "-")) }
        var rest = value.magnitude
        let start = line.count
        repeat {
            line.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        } while rest > 0
        line[start...].reverse()
    }

    private static func append(_ value: Double, to line: inout [UInt8]) {
        if let whole = Int64(exactly: value), whole.magnitude < 1 << 53,
            value.sign == .plus || whole != 0
        {
            append(whole, to: &line)
            line.append(contentsOf: ".0".utf8)
        } else {
            line.append(contentsOf: shortest(value).utf8)
        }
    }

    /// The shortest text that reads back to the same double; `NaN` and `Infinity` else.
    private static func shortest(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
        return value.description
    }

    /// A text as a cell: quoted if it must be, line breaks and zeros replaced, and with an apostrophe before a
    /// first character that spreadsheets would take for a formula.
    static func cell(_ text: String) -> String {
        func isBreak(_ character: Character) -> Bool { character.isNewline || character == "\0" }
        var text =
            text.contains(where: isBreak) ? String(text.map { isBreak($0) ? " " : $0 }) : text
        // scalars, not characters: a combining mark must not hide a comma, a quotation mark or a formula
        if let first = text.unicodeScalars.first, "=+-@\t".unicodeScalars.contains(first),
            Double(text) == nil
        {
            text = "'" + text
        }
        guard text.utf8.contains(where: { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\"") })
        else { return text }
        var quoted = "\"".unicodeScalars
        for scalar in text.unicodeScalars {
            if scalar == "\"" { quoted.append(scalar) }
            quoted.append(scalar)
        }
        quoted.append("\"")
        return String(quoted)
    }
}
