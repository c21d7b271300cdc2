import Baselines
import Flows
import Foundation

/// Columns of numbers, as `bench.py` writes them: doubles, one column after the other.
struct Numbers {
    let columns: [[Double]]

    init(file: String, columnCount: Int) throws {
        let data = try Data(contentsOf: URL(filePath: file), options: .mappedIfSafe)
        let rows = data.count / 8 / columnCount
        columns = (0..<columnCount).map { column in
            [Double](unsafeUninitializedCapacity: rows) { buffer, count in
                let bytes = UnsafeMutableRawBufferPointer(buffer)
                data.copyBytes(to: bytes, from: column * rows * 8..<(column + 1) * rows * 8)
                count = rows
            }
        }
    }

    var rowCount: Int { columns[0].count }

    /// Some rows as a table of nine metrics. Rows with the same number in the tenth column, which
    /// stand together, are a population; without a tenth column all rows are one.
    func table(rows: Range<Int>) -> PopulationTable {
        var builder = PopulationBuilder(metrics: (1...9).map { "metric \($0)" })
        var members = PopulationBuilder.Members(metricCount: 9)
        members.columns = columns[..<9].map { Array($0[rows]) }
        members.populations =
            columns.count > 9
            ? columns[9][rows].map { UInt32($0) } : Array(repeating: 0, count: rows.count)
        members.rows = rows.map(UInt32.init)
        members.directions = Array(repeating: .outbound, count: rows.count)
        members.holdouts = rows.map { UInt8($0 % 10) }
        members.publicEnds = Array(repeating: .max, count: rows.count)
        builder.append(members)
        let count = (members.populations.max() ?? 0) + 1
        return builder.finish(names: (0..<count).map { "application \($0)" })
    }
}

/// CPU seconds (user and system) this process has taken.
func cpuSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

/// The CPU seconds of each of `repeats` calls.
func times(_ repeats: Int, _ body: () -> Void) -> [Double] {
    (0..<repeats).map { _ in
        let start = cpuSeconds()
        body()
        return cpuSeconds() - start
    }
}
