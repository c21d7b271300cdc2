/// Why a flow table was refused. The description says what, where and what to do.
package enum TableError: Error, Equatable, CustomStringConvertible {
    case cannotOpen(path: String, reason: String)
    case empty(path: String)
    case notATable(path: String, reason: String)
    case tooManyColumns(path: String, count: Int, limit: Int)
    case headerMismatch(path: String, headerCount: Int, fieldCount: Int)
    case unreadable(path: String, row: Int, reason: String)
    case wrongType(path: String, column: String, reason: String)
    case cannotWrite(path: String, reason: String)

    package var description: String {
        switch self {
        case .cannotOpen(let path, let reason):
            "\(path): cannot be opened: \(reason)"
        case .empty(let path):
            "\(path): the file is empty: a flow table starts with a header line"
        case .notATable(let path, let reason):
            "\(path): not a flow table: \(reason): expected CSV (plain, gzip, zstd) or Parquet"
        case .tooManyColumns(let path, let count, let limit):
            "\(path): \(count) columns or more in the header, the limit is \(limit): is this a flow table?"
        case .headerMismatch(let path, let headerCount, let fieldCount):
            "\(path): the header names \(headerCount) columns but rows have \(fieldCount) fields: "
                + "mend the header, or give one with --header FILE"
        case .unreadable(let path, let row, let reason):
            "\(path): damaged after row \(row): \(reason): get a whole copy of the file"
        case .wrongType(let path, let column, let reason):
            "\(path): column \(column): \(reason)"
        case .cannotWrite(let path, let reason):
            "\(path): cannot be written: \(reason): free space or choose another folder"
        }
    }
}

/// Why rows were left out, and how many: every row that is not handed on is counted here.
package struct RejectCounts: Sendable, Equatable {
    /// A reason with its count and the first row (from 0) that had it.
    package struct Entry: Sendable, Equatable {
        package let reason: String
        package var count: Int
        package let firstRow: Int
    }

    package private(set) var entries: [Entry] = []

    package init() {}

    package var total: Int { entries.reduce(0) { $0 + $1.count } }

    package mutating func add(_ reason: String, count: Int = 1, firstRow: Int) {
        if let index = entries.firstIndex(where: { $0.reason == reason }) {
            entries[index].count += count
        } else {
            entries.append(Entry(reason: reason, count: count, firstRow: firstRow))
        }
    }

    package mutating func add(_ other: RejectCounts) {
        for entry in other.entries {
            add(entry.reason, count: entry.count, firstRow: entry.firstRow)
        }
    }
}
