import Anomalies
import Baselines
import Statistics
import Testing

struct PartModelTests {
    private static func log(_ value: Double) -> Double {
        (value < 0 ? -1 : 1) * naturalLogarithm(1 + abs(value))
    }

    /// Robust log units by their definition, in double precision.
    private static func units(_ table: PopulationTable) -> [[Double]] {
        table.columns.map { column in
            let logs = column.map(log)
            let sorted = logs.sorted()
            func quantile(_ share: Double) -> Double {
                let place = share * Double(sorted.count - 1)
                let below = Int(place)
                let above = min(below + 1, sorted.count - 1)
                return sorted[below] + (place - Double(below)) * (sorted[above] - sorted[below])
            }
            let spread = (quantile(0.75) - quantile(0.25)) / 1.349
            return logs.map { min(max(($0 - quantile(0.5)) / spread, -8), 8) }
        }
    }

    @Test(arguments: [1, 6, 40, 400, 1024])
    func `neighbours found by the tree are those found by looking at all`(count: Int) {
        let table = FlowTables.table([("Google", FlowTables.flows(count, seed: 13))])
        guard count > 6 else {
            let scores = PartModel(.neighbours, learntFrom: table).score(table, members: 0..<count)
            #expect(scores.allSatisfy { $0.isFinite })
            return
        }
        let units = Self.units(table)
        let scores = PartModel(.neighbours, learntFrom: table).score(table, members: 0..<count)
        for member in 0..<count {
            var distances = (0..<count).map { other in
                units.reduce(0) { $0 + ($1[member] - $1[other]) * ($1[member] - $1[other]) }
                    .squareRoot()
            }
            distances.remove(at: member)
            let expected = distances.sorted().prefix(5).reduce(0, +) / 5
            #expect(abs(Double(scores[member]) - expected) < 2e-4 * (1 + expected))
        }
    }

    @Test func `a memory of more than 64 leaves is searched to its end`() {
        let count = 2_500
        let table = FlowTables.table([("Google", FlowTables.flows(count, seed: 29))])
        var configuration = ScoreConfiguration()
        configuration.globalMemorySize = 4_096
        let scores = PartModel(
            .globalNeighbours, learntFrom: table, configuration: configuration
        ).score(table, members: 0..<count)
        let units = Self.units(table)
        for member in stride(from: 0, to: count, by: 7) {
            var distances = (0..<count).map { other in
                units.reduce(0) { $0 + ($1[member] - $1[other]) * ($1[member] - $1[other]) }
                    .squareRoot()
            }
            distances.remove(at: member)
            let expected = distances.sorted().prefix(5).reduce(0, +) / 5
            #expect(abs(Double(scores[member]) - expected) < 2e-4 * (1 + expected))
        }
    }

    /// Twenty metrics, some of which follow others, in clusters.
    private static func wide(_ count: Int) -> [[Double]] {
        var generator = SeededGenerator(seed: 47)
        var columns = [[Double]](repeating: [], count: 20)
        for _ in 0..<count {
            let cluster = Double(generator.index(below: 5))
            let shared = generator.normal()
            for metric in 0..<20 {
                let own = generator.normal() * (metric < 6 ? 1 : 0.3)
                columns[metric].append(exponential2(cluster * Double(metric % 3) + shared + own))
            }
        }
        return columns
    }

    @Test func `neighbours by twenty metrics are those found by looking at all`() {
        let count = 1_000
        let names = (0..<20).map { "metric \($0)" }
        let table = FlowTables.table([("Google", Self.wide(count))], metrics: names)
        let units = Self.units(table)
        let scores = PartModel(.neighbours, learntFrom: table).score(table, members: 0..<count)
        for member in 0..<count {
            var distances = (0..<count).map { other in
                units.reduce(0) { $0 + ($1[member] - $1[other]) * ($1[member] - $1[other]) }
                    .squareRoot()
            }
            distances.remove(at: member)
            let expected = distances.sorted().prefix(5).reduce(0, +) / 5
            #expect(abs(Double(scores[member]) - expected) < 2e-4 * (1 + expected))
        }
    }

    @Test(arguments: ScorePart.allCases)
    func `a flow has one score, alone, with a few or with many`(part: ScorePart) {
        let names = (0..<20).map { "metric \($0)" }
        let table = FlowTables.table([("Google", Self.wide(1_500))], metrics: names)
        let model = PartModel(part, learntFrom: table)
        let many = model.score(table, members: 0..<1_500)
        for range in [0..<1, 17..<60, 100..<163, 200..<265, 900..<1_100] {
            #expect(model.score(table, members: range) == Array(many[range]))
        }
    }

    @Test func `the forest's scores follow its definition`() {
        var columns = FlowTables.flows(3_000, seed: 17)
        for metric in 0..<4 { columns[metric][0] = 1e14 }
        let table = FlowTables.table([("Google", columns)])
        let scores = PartModel(.forest, learntFrom: table).score(table, members: 0..<3_000)
        #expect(scores.allSatisfy { $0 > 0.2 && $0 < 1 })
        let mean = scores.reduce(0, +) / 3_000
        #expect((0.35...0.55).contains(mean), "the ordinary flow scores below one half")
        #expect(scores[0] == scores.max())
        #expect(scores[0] > 0.7)
    }

    @Test func `the tail is exact`() {
        let table = FlowTables.table([("Google", [(1...99).map(Double.init)])], metrics: ["plain"])
        let scores = PartModel(.globalTail, learntFrom: table).score(table, members: 0..<99)
        #expect(
            abs(Double(scores[98]) + naturalLogarithm(2 * 1.5 / 100) / naturalLogarithm(10)) < 1e-6)
        #expect(scores[49] == 0)
    }

    @Test func `the density is minus the logarithm of the share of the bin`() {
        // 1,000 zeros and one value far away: two bins are taken.
        let table = FlowTables.table(
            [("Google", [[Double](repeating: 0, count: 1_000) + [1e6]])], metrics: ["plain"])
        let scores = PartModel(.density, learntFrom: table).score(table, members: 0..<1_001)
        let ten = naturalLogarithm(10)
        #expect(abs(Double(scores[0]) + naturalLogarithm(1_000.5 / 1_017) / ten) < 1e-6)
        #expect(abs(Double(scores[1_000]) + naturalLogarithm(1.5 / 1_017) / ten) < 1e-6)
        let beyond = FlowTables.table([("Google", [[1e9, -5]])], metrics: ["plain"])
        let outside = PartModel(.density, learntFrom: table).score(beyond, members: 0..<2)
        #expect(
            outside.allSatisfy { abs(Double($0) + naturalLogarithm(0.25 / 1_017) / ten) < 1e-6 })
    }

    @Test func `the Mahalanobis distance of many flows has the mean of the number of metrics`() {
        var generator = SeededGenerator(seed: 4)
        var columns = [[Double]](repeating: [], count: 3)
        for _ in 0..<4_000 {
            let shared = generator.normal()
            columns[0].append(0.01 * (shared + 0.2 * generator.normal()))
            columns[1].append(0.01 * shared)
            columns[2].append(0.01 * generator.normal())
        }
        let table = FlowTables.table([("Google", columns)], metrics: ["a", "b", "c"])
        let scores = PartModel(.covariance, learntFrom: table).score(table, members: 0..<4_000)
        let mean = scores.reduce(0, +) / 4_000
        // Without the ridge it would be 3 exactly; the ridge takes a share of the thin direction.
        #expect((2.4...3.05).contains(mean))
    }

    @Test(arguments: ScorePart.allCases)
    func `every part finds the far flow stranger than the common one`(part: ScorePart) {
        let table = FlowTables.table([("Google", FlowTables.flows(2_000, seed: 23))])
        let flows = FlowTables.table([
            ("Google", [[1e5, 1e10], [2_000, 1e12], [66, 1e5], [1, 900]])
        ])
        let scores = PartModel(part, learntFrom: table).score(flows, members: 0..<2)
        #expect(scores[1] > scores[0])
    }
}
