import Baselines
import Flows
import Statistics

/// Builds tables in the shape of real flow tables: heavy tails, point masses, related metrics.
enum FlowTables {
    static let metrics = ["duration", "volume", "avpktsz", "dnuprat"]

    /// Named populations of values, metric by metric; holdouts go round from the seed.
    static func table(
        _ populations: [(name: String, columns: [[Double]])], metrics: [String] = metrics,
        seed: UInt64 = 1
    ) -> PopulationTable {
        var generator = SeededGenerator(seed: seed)
        var ranges: [PopulationTable.Population] = []
        var columns = [[Double]](repeating: [], count: metrics.count)
        var count = 0
        for (name, values) in populations {
            let size = values.first?.count ?? 0
            ranges.append(.init(name: name, members: count..<(count + size)))
            for metric in metrics.indices { columns[metric] += values[metric] }
            count += size
        }
        return PopulationTable(
            metrics: metrics, columns: columns, populations: ranges,
            rows: (0..<UInt32(count)).map { $0 },
            directions: .init(repeating: .outbound, count: count),
            holdouts: (0..<count).map { _ in UInt8(generator.index(below: 10)) },
            publicEnds: .init(repeating: 0, count: count))
    }

    /// Ordinary flows of one application: duration in microseconds, volume and packet size in octets.
    static func flows(_ count: Int, seed: UInt64, scale: Double = 1) -> [[Double]] {
        var generator = SeededGenerator(seed: seed)
        var columns = [[Double]](repeating: [], count: 4)
        for _ in 0..<count {
            let size = power(generator.normal() * 1.5)
            columns[0].append(1e5 * scale * power(generator.normal()))
            columns[1].append((2_000 * scale * size).rounded())
            let small = generator.uniform() < 0.4
            columns[2].append(small ? 66 : (200 * (1 + size) / (2 + size) * 5).rounded())
            columns[3].append(Double(generator.index(below: 3)))
        }
        return columns
    }

    /// Two large applications and one of a handful.
    static func ordinary(_ count: Int, seed: UInt64) -> PopulationTable {
        table(
            [
                ("Google", flows(count * 2 / 3, seed: seed)),
                ("DNS", flows(count / 3 - 20, seed: seed &+ 1, scale: 0.02)),
                ("BGP", flows(20, seed: seed &+ 2, scale: 30)),
            ], seed: seed &+ 3)
    }

    /// e^x by squaring, for tests that need no more than heavy tails.
    private static func power(_ exponent: Double) -> Double {
        var sum = 1.0
        var term = 1.0
        for index in 1..<20 {
            term *= exponent / 16 / Double(index)
            sum += term
        }
        for _ in 0..<4 { sum *= sum }
        return sum
    }
}
