import Anomalies
import Baselines
import Flows
import Statistics
import TestSupport
import Testing

/// One population with the given metric columns.
private func table(_ columns: [[Double]]) -> PopulationTable {
    let count = columns[0].count
    return PopulationTable(
        metrics: columns.indices.map { "metric\($0)" }, columns: columns,
        populations: [.init(name: "HTTP", members: 0..<count)],
        rows: (0..<UInt32(count)).map { $0 },
        directions: Array(repeating: .inbound, count: count),
        holdouts: Array(repeating: 0, count: count),
        publicEnds: Array(repeating: .max, count: count))
}

private func scale(_ column: [Double], pseudoSigmas: Int = 5) -> ClassicScore.Scale {
    var sorter = RadixSorter()
    return ClassicScore.Scale(
        SampleSummary(column.span, sorter: &sorter)!, pseudoSigmas: pseudoSigmas)
}

private func scores(
    _ columns: [[Double]], _ strategy: ClassicScore.Strategy, pseudoSigmas: Int = 5
) -> [Double] {
    let table = table(columns)
    let score = ClassicScore(
        strategy: strategy, scales: columns.map { scale($0, pseudoSigmas: pseudoSigmas) })
    return score.scores(of: 0..<table.count, in: table, metrics: Array(columns.indices))
}

private func thresholds(_ scores: [Double]) -> [ClassicScore.Threshold] {
    var sorter = RadixSorter()
    return ClassicScore.thresholds(of: scores, sorter: &sorter)
}

struct PseudoSigmaTests {
    @Test func `with values on both sides the two distances are averaged`() {
        // mode 2, one unit below, seven above
        #expect(scale([1, 2, 2, 9]) == scale([9, 2, 1, 2]))
        #expect(scale([1, 2, 2, 9]).mode == 2)
        #expect(scale([1, 2, 2, 9]).pseudoSigma == 4.0 / 6)
    }

    @Test func `a mode at one end leaves the other distance alone`() {
        #expect(scale([0, 0, 0, 12]).pseudoSigma == 2)
        #expect(scale([-12, 0, 0, 0]).pseudoSigma == 2)
    }

    @Test(arguments: [1, 2, 5, 9]) func `the range is cut into k pseudo-sigmas and one more`(
        _ k: Int
    ) {
        #expect(scale([0, 0, 60], pseudoSigmas: k).pseudoSigma == 60 / Double(k + 1))
    }

    @Test func `a constant metric has no pseudo-sigma`() {
        #expect(scale([7, 7, 7]).pseudoSigma == 0)
    }
}

struct ClassicScoreTests {
    private let duration: [Double] = [0, 0, 0, 6, 12, 3]
    private let size: [Double] = [10, 10, 10, 10, 4, 16]

    @Test func `the mean of the deviations, worked by hand`() {
        // pseudo-sigmas 12/6 and (6+6)/2/6
        #expect(scores([duration, size], .mean) == [0, 0, 0, 1.5, 6, 3.75])
    }

    @Test func `the largest of the deviations, worked by hand`() {
        #expect(scores([duration, size], .max) == [0, 0, 0, 3, 6, 6])
    }

    @Test func `k widens every deviation alike`() {
        let narrow = scores([duration, size], .mean, pseudoSigmas: 5)
        let wide = scores([duration, size], .mean, pseudoSigmas: 11)
        #expect(wide == narrow.map { $0 * 2 })
    }

    @Test(arguments: ClassicScore.Strategy.allCases)
    func `a constant metric deviates by nothing but counts in the mean`(
        _ strategy: ClassicScore.Strategy
    ) {
        let constant = [Double](repeating: 5, count: 6)
        let expected = strategy == .mean ? [0, 0, 0, 1.5, 3, 0.75] : [0, 0, 0, 3, 6, 1.5]
        #expect(scores([duration, constant], strategy) == expected)
    }

    @Test(arguments: ClassicScore.Strategy.allCases)
    func `a metric that is not finite leaves its member without a score`(
        _ strategy: ClassicScore.Strategy
    ) {
        for value in [Double.nan, .infinity, -.infinity] {
            for place in 0..<6 {
                for constant in [false, true] {
                    var column = constant ? [Double](repeating: 3, count: 6) : duration
                    column[place] = value
                    let result = scores([column, size], strategy)
                    let isInfinite = !constant && value.isInfinite
                    #expect(
                        result[place].isNaN || isInfinite && result[place] == .infinity,
                        "\(value) at \(place)")
                    #expect(result.indices.allSatisfy { $0 == place || result[$0].isFinite })
                }
            }
        }
    }

    @Test func `scores do not depend on where in the table a population stands`() {
        var random = SeededGenerator(seed: 3)
        let columns = (0..<7).map { _ in (0..<101).map { _ in random.normal() } }
        let table = table(columns)
        for strategy in ClassicScore.Strategy.allCases {
            let score = ClassicScore(strategy: strategy, scales: columns.map { scale($0) })
            let whole = score.scores(of: 0..<101, in: table, metrics: Array(0..<7))
            for start in 0..<9 {
                #expect(
                    score.scores(of: start..<97, in: table, metrics: Array(0..<7))
                        == Array(whole[start..<97]))
            }
        }
    }

    @Test func `the deviations of one metric are its share of the score`() {
        let table = table([duration, size])
        let score = ClassicScore(strategy: .mean, scales: [scale(duration), scale(size)])
        #expect(
            score.deviations(of: 0..<6, in: table, metric: 0, scale: 0) == [0, 0, 0, 3, 6, 1.5])
        #expect(score.deviations(of: 2..<6, in: table, metric: 1, scale: 1) == [0, 0, 6, 6])
    }
}

struct ClassicTierTests {
    @Test func `a tier starts strictly above the score that has its number of events before it`() {
        let scores = (0..<1000).map(Double.init)
        let limits = thresholds(scores)
        #expect(limits.map(\.events) == [100, 10, 1, 0, 0])
        #expect(limits.map(\.score) == [899, 989, 998, nil, nil])
        #expect(ClassicScore.tier(of: 899, limits) == 0)
        #expect(ClassicScore.tier(of: 900, limits) == 1)
        #expect(ClassicScore.tier(of: 989, limits) == 1)
        #expect(ClassicScore.tier(of: 990, limits) == 2)
        #expect(ClassicScore.tier(of: 999, limits) == 3)
    }

    @Test func `ties at the threshold are common`() {
        let scores = [Double](repeating: 1, count: 80) + [Double](repeating: 2, count: 20)
        let limits = thresholds(scores)
        #expect(limits[0].events == 10 && limits[0].score == 2)
        #expect(scores.allSatisfy { ClassicScore.tier(of: $0, limits) == 0 })
    }

    @Test func `nine flows are too few for any tier, a hundred thousand give all five`() {
        #expect(thresholds((0..<9).map(Double.init)).allSatisfy { $0.score == nil })
        let limits = thresholds((0..<100_000).map(Double.init))
        #expect(limits.map(\.events) == [10_000, 1000, 100, 10, 1])
        #expect(ClassicScore.tier(of: 99_999, limits) == 5)
    }

    @Test func `a missing score has no tier`() {
        let limits = thresholds((0..<10).map(Double.init) + [.nan])
        #expect(limits[0].events == 1)
        #expect(ClassicScore.tier(of: .nan, limits) == -1)
    }
}
