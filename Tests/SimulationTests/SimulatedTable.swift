import Flows
import Simulation
import Testing

/// A batch whose columns are asked for by name.
struct SimulatedTable {
    let batch: FlowBatch
    let attacks: [PlantedAttack]

    init(
        rows: Int, seed: UInt64 = 7, attackShare: Double = 0.01, zeroDurationShare: Double = 0.001
    ) throws {
        let campus = SimulatedCampus(
            try .init(
                rows: rows, seed: seed, attackShare: attackShare,
                zeroDurationShare: zeroDurationShare))
        batch = campus.batch(0..<rows)
        attacks = campus.attacks
    }

    private func column(_ name: String) throws -> ColumnValues {
        batch.columns[try #require(batch.names.firstIndex(of: name), "no column \(name)")]
    }

    func integers(_ name: String) throws -> [Int64] {
        guard case .integers(let values) = try column(name) else {
            Issue.record("\(name) holds no integers")
            return []
        }
        return values
    }

    func reals(_ name: String) throws -> [Double] {
        guard case .reals(let values) = try column(name) else {
            Issue.record("\(name) holds no reals")
            return []
        }
        return values
    }

    func words(_ name: String) throws -> [String] {
        guard case .words(let codes, let table) = try column(name) else {
            Issue.record("\(name) holds no words")
            return []
        }
        return codes.map { table[$0] }
    }

    /// The column's numbers, whatever their type.
    func numbers(_ name: String) throws -> [Double] {
        if case .integers(let values) = try column(name) { return values.map(Double.init) }
        return try reals(name)
    }
}

/// Every value of the rows as bits and words, to compare rows of different batches.
func rowValues(_ batch: FlowBatch) -> [[String]] {
    let columns: [[String]] = batch.columns.map { column in
        switch column {
        case .integers(let values): values.map { String($0) }
        case .reals(let values): values.map { String($0.bitPattern) }
        case .words(let codes, let table): codes.map { table[$0] }
        case .shortReals, .optionalCounts, .optionalReals: []
        }
    }
    return (0..<batch.rowCount).map { row in columns.map { $0[row] } }
}

extension FlowBatch {
    /// Whether the batches are alike to the bit, where `==` would have NaN differ from itself.
    func isIdentical(to other: FlowBatch) -> Bool {
        names == other.names
            && zip(columns, other.columns).allSatisfy { left, right in
                if case .reals(let left) = left, case .reals(let right) = right {
                    return left.map(\.bitPattern) == right.map(\.bitPattern)
                }
                return left == right
            }
    }
}
