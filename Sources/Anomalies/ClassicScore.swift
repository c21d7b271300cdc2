package import Baselines
package import Statistics

/// The score of the original: how many pseudo-sigmas a flow lies from the mode of its population.
///
/// A pseudo-sigma is the mean of the distances from the mode to the two ends of the range, over k + 1;
/// where one distance is zero, the other stands alone; where both are, the metric is constant and
/// deviates by nothing. Kept for comparison: one giant flow flattens every other score.
package struct ClassicScore: Sendable {
    /// How the deviations of a flow become its score.
    package enum Strategy: String, Sendable, CaseIterable { case mean, max }

    /// Mode and pseudo-sigma of one metric.
    package struct Scale: Sendable, Equatable {
        package let mode: Double
        /// 0 for a constant metric.
        package let pseudoSigma: Double

        /// - Parameter pseudoSigmas: k, the number of pseudo-sigmas the range is cut into.
        package init(_ summary: SampleSummary, pseudoSigmas: Int) {
            mode = summary.mode
            let above = abs(summary.maximum - summary.mode)
            let below = abs(summary.mode - summary.minimum)
            let distance = above > 0 && below > 0 ? (above + below) / 2 : Swift.max(above, below)
            pseudoSigma = distance / Double(pseudoSigmas + 1)
        }
    }

    /// The rarest tier: 1 in 100,000.
    package static let tierCount = 5

    /// One tier: how many flows of the population are rarer, and above which score they start.
    package struct Threshold: Sendable, Equatable {
        package let events: Int
        /// `nil` if the population is too small for this tier.
        package let score: Double?
    }

    package let strategy: Strategy
    /// One scale a scored metric, in the order of addition.
    package let scales: [Scale]

    package init(strategy: Strategy, scales: [Scale]) {
        self.strategy = strategy
        self.scales = scales
    }

    /// The scores of `members`; a member with a non-finite metric scores `NaN`.
    ///
    /// Divides by the pseudo-sigma and adds in metric order, so that scores agree with the original's
    /// to the last bit.
    /// - Parameter metrics: The columns of the table that are scored, one a scale.
    package func scores(
        of members: Range<Int>, in table: PopulationTable, metrics: [Int]
    ) -> [Double] {
        precondition(metrics.count == scales.count, "a metric without a scale")
        var scores = [Double](repeating: 0, count: members.count)
        for (metric, scale) in zip(metrics, scales) {
            let column = table.columns[metric]
            accumulate(column.span.extracting(members), scale, &scores)
        }
        if strategy == .mean {
            let divisor = Double(scales.count)
            for index in scores.indices { scores[index] /= divisor }
        }
        return scores
    }

    /// The deviations of `members` in one metric, in pseudo-sigmas.
    package func deviations(
        of members: Range<Int>, in table: PopulationTable, metric: Int, scale: Int
    ) -> [Double] {
        var deviations = [Double](repeating: 0, count: members.count)
        let one = ClassicScore(strategy: .max, scales: [scales[scale]])
        let column = table.columns[metric]
        one.accumulate(column.span.extracting(members), scales[scale], &deviations)
        return deviations
    }

    /// Score above which each tier starts; entry 0 is tier 1, "1 in 10".
    ///
    /// - Complexity: O(n) by sorting.
    package static func thresholds(of scores: [Double], sorter: inout RadixSorter) -> [Threshold] {
        sorter.sortFinite(scores.span)
        let count = sorter.sorted.count
        var size = 1
        return (1...tierCount).map { _ in
            size *= 10
            let events = count / size
            guard events > 0 else { return Threshold(events: 0, score: nil) }
            return Threshold(events: events, score: sorter.sorted[count - 1 - events])
        }
    }

    /// The highest tier whose threshold the score exceeds; 0 is common, -1 a score that is missing.
    package static func tier(of score: Double, _ thresholds: [Threshold]) -> Int8 {
        if score.isNaN { return -1 }
        for (index, threshold) in thresholds.enumerated().reversed() {
            if let start = threshold.score, score > start { return Int8(index + 1) }
        }
        return 0
    }

    /// Adds the deviations of a column to `scores`, or keeps the larger.
    @inline(__always)
    private func accumulate(_ column: Span<Double>, _ scale: Scale, _ scores: inout [Double]) {
        precondition(column.count == scores.count, "a column of another length")
        // SAFETY: vectors of four start at multiples of four and end at or before `wide`.
        let count = column.count
        let wide = count & ~3
        unsafe column.withUnsafeBufferPointer { column in
            unsafe scores.withUnsafeMutableBufferPointer { scores in
                let values = UnsafeRawBufferPointer(column)
                let sums = UnsafeMutableRawBufferPointer(scores)
                for index in stride(from: 0, to: wide, by: 4) {
                    let offset = index * 8
                    let old = unsafe sums.loadUnaligned(
                        fromByteOffset: offset, as: SIMD4<Double>.self)
                    let value = unsafe values.loadUnaligned(
                        fromByteOffset: offset, as: SIMD4<Double>.self)
                    unsafe sums.storeBytes(
                        of: combined(old, value, scale), toByteOffset: offset,
                        as: SIMD4<Double>.self)
                }
                for index in wide..<count {
                    let sum = unsafe combined(
                        SIMD4(repeating: scores[index]), SIMD4(repeating: column[index]), scale)
                    unsafe scores[index] = sum[0]
                }
            }
        }
    }

    @inline(__always)
    private func combined(
        _ old: SIMD4<Double>, _ value: SIMD4<Double>, _ scale: Scale
    ) -> SIMD4<Double> {
        let distance = value - scale.mode
        let absolute = SIMD4<Double>(
            bitPattern: distance.bitPattern & 0x7FFF_FFFF_FFFF_FFFF)
        // A constant metric deviates by nothing, save where it is not finite: 0 · ∞ and 0 · NaN are NaN.
        let deviation = scale.pseudoSigma > 0 ? absolute / scale.pseudoSigma : absolute * 0
        guard strategy == .max else { return old + deviation }
        return old.replacing(
            with: deviation, where: (deviation .> old) .| (deviation .!= deviation))
    }
}

extension SIMD4<Double> {
    fileprivate init(bitPattern: SIMD4<UInt64>) {
        self = unsafe unsafeBitCast(bitPattern, to: Self.self)
    }

    fileprivate var bitPattern: SIMD4<UInt64> { unsafe unsafeBitCast(self, to: SIMD4<UInt64>.self) }
}
