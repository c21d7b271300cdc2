import FlowFormats
import Flows
import TestSupport

/// A table as a test reads it: all rows of the named columns.
struct ReadTable: Equatable {
    var rows: [UInt32] = []
    var numbers: [[Double]] = []
    var texts: [[String]] = []
    var rejects = RejectCounts()

    /// The numbers with their bits, so that `NaN` equals itself.
    var bits: [[UInt64]] { numbers.map { $0.map(\.bitPattern) } }

    /// Reads columns by name; all texts share one word list, as the two address columns do.
    init(
        _ path: String, numbers: [String] = [], texts: [String] = [], header: [String]? = nil,
        threads: Int = 2
    ) throws {
        let file = try TableFile(path: path, header: header)
        func place(_ name: String) throws -> Int {
            guard let column = file.layout.column(named: name) else { throw NoColumn(name: name) }
            return column
        }
        let request = TableRequest(
            numbers: try numbers.map(place),
            texts: try texts.map { .init(column: try place($0), wordList: 0) })
        var words = [OctetInterner()]
        var codes = texts.map { _ in [UInt32]() }
        var values = numbers.map { _ in [Double]() }
        var rows: [UInt32] = []
        rejects = try file.read(request, wordLists: &words, threads: threads) { batch, _, _ in
            rows += batch.rows
            for index in values.indices { values[index] += batch.numbers[index] }
            for index in codes.indices { codes[index] += batch.codes[index] }
        }
        self.rows = rows
        self.numbers = values
        self.texts = codes.map { $0.map { words[0].word(Int($0)) } }
    }

    struct NoColumn: Error { let name: String }

    /// Rejections as "reason: count from row".
    var rejections: [String] {
        rejects.entries.map { "\($0.reason): \($0.count) from \($0.firstRow)" }
    }
}

/// The error that opening or reading the whole table ends with; `nil` if none.
func refusal(_ path: String, numbers: [String] = [], texts: [String] = []) -> TableError? {
    do {
        _ = try ReadTable(path, numbers: numbers, texts: texts)
        return nil
    } catch {
        return error as? TableError
    }
}
