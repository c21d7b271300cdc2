internal import Baselines

/// Up to 256 members of one population on their way through the parts: columns of eight rows a vector.
///
/// Column `j` stands at `j * ScoreBlock.vectors`. Rows beyond `count` hold what was there before and are
/// never read out.
struct ScoreBlock {
    /// Rows of a block.
    static let rows = 256
    /// Vectors of a column.
    static let vectors = rows / 8

    let metricCount: Int
    /// Rows that hold members.
    private(set) var count = 0
    /// The members' indices in the table.
    private(set) var members: [Int] = []
    /// `L(x)` of the metrics, NaN where a value is not finite.
    private(set) var logs: [Lanes]
    /// The same in units of the application's spread, 0 where a value is not finite.
    var ownUnits: [Lanes]
    /// The same in units of the spread among all flows.
    var globalUnits: [Lanes]

    init(metricCount: Int) {
        self.metricCount = metricCount
        logs = [Lanes](repeating: .zero, count: metricCount * Self.vectors)
        ownUnits = logs
        globalUnits = logs
    }

    /// Reads the metrics of `members`, at most 256.
    mutating func load(_ table: PopulationTable, _ members: some Sequence<Int>) {
        let list = Array(members)
        self.members = list
        count = list.count
        precondition(count <= Self.rows, "more members than a block holds")
        let (count, metricCount) = (count, metricCount)
        var target = logs.mutableSpan
        let indices = list.span
        for metric in 0..<metricCount {
            let values = table.columns[metric]
            let column = values.span
            for vector in 0..<((count + 7) / 8) {
                let first = vector * 8
                var rows = Lanes.zero
                if first + 8 <= count {
                    // Lanes that are set one by one in a loop go through memory.
                    rows = Lanes(
                        Self.number(column[indices[first]]),
                        Self.number(column[indices[first + 1]]),
                        Self.number(column[indices[first + 2]]),
                        Self.number(column[indices[first + 3]]),
                        Self.number(column[indices[first + 4]]),
                        Self.number(column[indices[first + 5]]),
                        Self.number(column[indices[first + 6]]),
                        Self.number(column[indices[first + 7]]))
                } else {
                    for lane in 0..<(count - first) {
                        rows[lane] = Self.number(column[indices[first + lane]])
                    }
                }
                target[metric * Self.vectors + vector] = VectorMath.signedLog(rows)
            }
        }
    }

    /// The value, or NaN where it is not finite: only there a value less itself is not 0.
    @inline(__always)
    private static func number(_ value: Double) -> Float { Float(value) + Float(value - value) }
}
