internal import Statistics

/// Turns the raw score of a part into `-log10 p` by the scores of flows it did not learn from.
///
/// `p = (#{calibration scores >= s} + 1/2) / (n + 1)`, kept at about 600 of the scores, dense where they
/// are rare, straight lines between them. Any fixed monotone map would do for the calibration of the
/// whole to be true; this one makes parts of different kinds comparable.
struct PartCalibration: Equatable {
    /// Scores, ascending.
    private(set) var knots: [Float] = []
    /// `-log10 p` at the knots, ascending.
    private(set) var surprises: [Float] = []
    /// Number of calibration flows.
    let count: Int

    /// The knots' bits, then endlessly large ones up to one less than a power of two.
    private var searched: [Int32] = []

    init(knots: [Float], surprises: [Float], count: Int) {
        (self.knots, self.surprises, self.count) = (knots, surprises, count)
        prepareSearch()
    }

    init(_ scores: [Float]) {
        var sorter = RadixSorter()
        let ascending = scores.map(Double.init)
        sorter.sortFinite(ascending.span)
        let sorted = sorter.sorted
        count = sorted.count
        // Ranks from the top: all of the first 64, then steps of 1/64.
        var rank = 0
        while rank < count {
            let score = sorted[count - 1 - rank]
            // All that tie with the score are at or above it.
            var reached = rank + 1
            while reached < count, sorted[count - 1 - reached] == score { reached += 1 }
            append(Float(score), atOrAbove: reached)
            rank = max(reached, rank + 1 + rank / 64)
        }
        knots.reverse()
        surprises.reverse()
        prepareSearch()
    }

    private mutating func prepareSearch() {
        searched = knots.map { Int32(bitPattern: $0.bitPattern) }
        while searched.isEmpty || (searched.count + 1).nonzeroBitCount > 1 { searched.append(.max) }
    }

    private mutating func append(_ score: Float, atOrAbove reached: Int) {
        let probability = (Double(reached) + 0.5) / (Double(count) + 1)
        knots.append(score)
        surprises.append(Float(-naturalLogarithm(min(1, probability)) / naturalLogarithm(10)))
    }

    /// The surprise above all calibration scores.
    private var highest: Float {
        Float(-naturalLogarithm(0.5 / (Double(count) + 1)) / naturalLogarithm(10))
    }

    /// Replaces each score by its surprise, for the first `rows` rows.
    func apply(to scores: [Lanes], rows: Int, into surprises: inout [Float]) {
        guard count > 0 else {
            for row in 0..<rows { surprises[row] = 0 }
            return
        }
        let knots = knots.span
        let values = self.surprises.span
        let searched = searched.span
        let scores = scores.span
        let highest = highest
        var target = surprises.mutableSpan
        for first in stride(from: 0, to: rows, by: 8) {
            let vector = scores[first >> 3]
            let lows = Self.countsAtOrBelow(vector, searched)
            for lane in 0..<min(8, rows - first) {
                let (row, score, low) = (first + lane, vector[lane], Int(lows[lane]))
                if low == 0 {
                    target[row] = 0
                } else if low == knots.count {
                    target[row] = knots[low - 1] == score ? values[low - 1] : highest
                } else {
                    let share = (score - knots[low - 1]) / (knots[low] - knots[low - 1])
                    target[row] = values[low - 1] + share * (values[low] - values[low - 1])
                }
            }
        }
    }

    /// The numbers of knots below or at eight scores, by halving without a branch, which would be wrong
    /// half of the time: numbers that are not negative compare like their bits. No score waits for
    /// another.
    @inline(__always)
    private static func countsAtOrBelow(_ scores: Lanes, _ knots: Span<Int32>) -> SIMD8<Int32> {
        let bits = unsafe unsafeBitCast(scores, to: SIMD8<Int32>.self)
        var lows = SIMD8<Int32>.zero
        var step = Int32(truncatingIfNeeded: knots.count + 1) / 2
        while step > 0 {
            let places = lows &+ (step &- 1)
            let found = SIMD8(
                knots[Int(places[0])], knots[Int(places[1])], knots[Int(places[2])],
                knots[Int(places[3])], knots[Int(places[4])], knots[Int(places[5])],
                knots[Int(places[6])], knots[Int(places[7])])
            lows |= SIMD8(repeating: step).replacing(with: 0, where: found .> bits)
            step /= 2
        }
        return lows
    }
}

/// Turns the whole score into a p-value and a tier by the scores of flows that nothing was learnt from.
///
/// Split conformal prediction (Vovk, Gammerman and Shafer, 2005): of flows like those learnt, at most
/// the share p is given a p-value of p or less. All flows are calibrated together, not application by
/// application: the novelty of an application would cancel out otherwise, and few applications have
/// the 10^k flows that tier k asks for.
package struct ScoreCalibration: Sendable, Equatable {
    /// The calibration scores, ascending.
    let scores: [Double]
    /// For each of the equal cells of their range: how many scores lie in lower cells.
    private let starts: [Int32]
    /// Cells a unit of score.
    private let scale: Double

    private static let cellCount = 65_536

    init(_ scores: [Double]) {
        var sorter = RadixSorter()
        sorter.sortFinite(scores.span)
        let sorted = sorter.sorted
        self.scores = sorted
        guard let first = sorted.first, let last = sorted.last else {
            (starts, scale) = ([], 0)
            return
        }
        let scale = Double(Self.cellCount - 1) / (last - first)
        self.scale = scale.isFinite ? scale : 0
        var starts = [Int32](repeating: 0, count: Self.cellCount + 1)
        for score in sorted { starts[Int((score - first) * self.scale) + 1] += 1 }
        for cell in 1...Self.cellCount { starts[cell] += starts[cell - 1] }
        self.starts = starts
    }

    /// The number of calibration flows: "1 in N" may be said with at least N of them only.
    package var count: Int { scores.count }

    /// The highest tier that enough calibration flows stand behind.
    package var highestTier: UInt8 {
        var tier: UInt8 = 0
        var needed = 10
        while tier < 5, count >= needed {
            tier += 1
            needed *= 10
        }
        return tier
    }

    /// `(#{calibration >= score} + 1) / (n + 1)`.
    package func pValue(_ score: Double) -> Double { pValue(score, among: cell(of: score)) }

    /// The same for many scores. The calibration scores are far away in memory, so all cells are looked
    /// up before the first is searched: no look-up waits for another.
    func pValues(_ scores: ArraySlice<Double>) -> [Double] {
        let cells = scores.map { cell(of: $0) }
        return zip(scores, cells).map { pValue($0, among: $1) }
    }

    /// Where the first calibration score at or above a score lies, the end included.
    private func cell(of score: Double) -> Range<Int32> {
        let end = Int32(truncatingIfNeeded: count)
        guard let first = scores.first, let last = scores.last, score <= last else {
            return end..<end
        }
        if score <= first { return 0..<0 }
        let cell = Int((score - first) * scale)
        return starts[cell]..<starts[cell + 1]
    }

    private func pValue(_ score: Double, among cell: Range<Int32>) -> Double {
        var low = Int(cell.lowerBound)
        var length = cell.count
        // Halving without a branch on the scores, so that rows need not wait for each other: numbers
        // that are not negative compare like their bits.
        let bits = Int(truncatingIfNeeded: score.bitPattern)
        while length > 0 {
            let half = (length + 1) >> 1
            let other = Int(truncatingIfNeeded: scores[low + half - 1].bitPattern)
            low &+= half & ((other - bits) >> 63)
            length &-= half
        }
        return Double(count - low + 1) / Double(count + 1)
    }

    /// The highest k up to `highest` with `p <= 10^-k`.
    static func tier(pValue: Double, highest: UInt8) -> UInt8 {
        var tier: UInt8 = 0
        while tier < highest, pValue <= thresholds[Int(tier)] { tier += 1 }
        return tier
    }

    private static let thresholds = [0.1, 0.01, 0.001, 0.0001, 0.00001]
}
