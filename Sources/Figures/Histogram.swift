import Glibc

/// How often values fall into the parts of a range.
///
/// Zeros on a logarithmic axis, where they have no place, are counted beside it.
package struct Histogram: Equatable, Sendable {
    package enum Scale: Sendable { case linear, logarithmic }

    package let scale: Scale
    /// The ends of the axis, `lower` < `upper`; both finite, above 0 on a logarithmic axis.
    package let lower: Double
    package let upper: Double
    /// Equal parts of the axis; a value on an inner border belongs to the upper part.
    package private(set) var counts: [Int]
    /// How many values are 0; on a linear axis they are in `counts` and this is 0.
    package private(set) var zeros = 0
    /// How many values were left out: not finite, or without a place on the axis.
    package private(set) var excluded = 0

    /// How many values there are on the axis or at zero.
    package var count: Int { counts.reduce(zeros, +) }

    /// Counts the values of a column.
    ///
    /// No value gives an axis of 0…1 without counts; a single or constant value an axis about it.
    ///
    /// - Parameters:
    ///   - bins: how many parts, 1…1,000.
    ///   - scale: nil for a logarithmic axis where nothing is negative and the largest value
    ///     exceeds the median (of a sample of 1,024) 50 times, else a linear one.
    /// - Complexity: O(values); one comparison or two for each.
    package init(_ values: Span<Double>, bins: Int, scale: Scale? = nil) {
        let extent = Extent(values)
        let scale = scale ?? Self.suitableScale(values, extent)
        let isLogarithmic = scale == .logarithmic && extent.smallestPositive <= extent.upper
        let bins = min(max(bins, 1), 1000)
        let ends = Self.widened(
            isLogarithmic ? extent.smallestPositive : extent.lower, extent.upper, bins: bins,
            isLogarithmic: isLogarithmic)
        self.scale = isLogarithmic ? .logarithmic : .linear
        (lower, upper) = (ends.lower, ends.upper)
        counts = [Int](repeating: 0, count: bins)
        if isLogarithmic { countLogarithmic(values) } else { countLinear(values) }
    }

    /// A histogram counted elsewhere, in equal parts of a linear or logarithmic axis.
    ///
    /// Ends that make no axis are replaced by 0…1.
    package init(
        counts: [Int], lower: Double, upper: Double, scale: Scale, zeros: Int = 0, excluded: Int = 0
    ) {
        let isAxis =
            lower.isFinite && upper.isFinite && lower < upper && (scale == .linear || lower > 0)
        self.scale = isAxis ? scale : .linear
        self.lower = isAxis ? lower : 0
        self.upper = isAxis ? upper : 1
        self.counts = counts.isEmpty ? [0] : counts
        self.zeros = zeros
        self.excluded = excluded
    }

    private struct Extent {
        var lower = Double.infinity
        var upper = -Double.infinity
        var smallestPositive = Double.infinity

        init(_ values: Span<Double>) {
            for index in values.indices {
                let value = values[index]
                guard value.isFinite else { continue }
                lower = min(lower, value)
                upper = max(upper, value)
                if value > 0 { smallestPositive = min(smallestPositive, value) }
            }
        }
    }

    private static func suitableScale(_ values: Span<Double>, _ extent: Extent) -> Scale {
        guard extent.lower >= 0, extent.upper > 0, extent.upper.isFinite else { return .linear }
        let step = max(values.count / 1024, 1)
        let sample = stride(from: 0, to: values.count, by: step).map { values[$0] }
            .filter { $0.isFinite }.sorted()
        guard !sample.isEmpty, extent.upper > extent.smallestPositive else { return .linear }
        return extent.upper / 50 > sample[sample.count / 2] ? .logarithmic : .linear
    }

    /// Ends with room between them, also for one value, and finite.
    private static func widened(
        _ lower: Double, _ upper: Double, bins: Int, isLogarithmic: Bool
    ) -> (lower: Double, upper: Double) {
        guard lower <= upper else { return (0, 1) }
        let largest = Double.greatestFiniteMagnitude
        if isLogarithmic {
            if lower < upper / 1.5 { return (lower, upper) }
            return (
                max(lower / 2, .leastNonzeroMagnitude), upper > largest / 2 ? largest : upper * 2
            )
        }
        // Below a width of 1e-12 of the value the parts would lie between neighbouring numbers.
        let magnitude = max(abs(lower), abs(upper))
        let isWide = upper / 2 - lower / 2 > max(magnitude * 1e-12, 1e-300)
        if isWide { return (lower, upper) }
        let margin = magnitude > 1e-290 ? magnitude / 20 : 0.5
        // The value stands in the middle of a part, never on a border.
        let shift = bins % 2 == 0 ? margin / Double(bins) : 0
        return (max(lower - margin - shift, -largest), min(upper + margin - shift, largest))
    }

    private mutating func countLinear(_ values: Span<Double>) {
        let last = counts.count - 1
        let origin = lower / 2
        let perUnit = Double(counts.count) / (upper / 2 - origin)
        for index in values.indices {
            let value = values[index]
            guard value.isFinite else {
                excluded += 1
                continue
            }
            counts[min(max(Int((value / 2 - origin) * perUnit), 0), last)] += 1
        }
    }

    /// Guesses the part from the bits of the number, which grow like its logarithm, and corrects
    /// the guess by the borders; no logarithm is computed.
    private mutating func countLogarithmic(_ values: Span<Double>) {
        let last = counts.count - 1
        let (start, end) = (log2(lower), log2(upper))
        var borders = (0...counts.count).map {
            exp2(start + (end - start) * Double($0) / Double(counts.count))
        }
        borders[0] = 0
        borders[counts.count] = .infinity
        let origin = Int64(bitPattern: lower.bitPattern)
        let perBit =
            Double(counts.count) / Double(Int64(bitPattern: upper.bitPattern) - origin)
        for index in values.indices {
            let value = values[index]
            guard value.isFinite, value >= 0 else {
                excluded += 1
                continue
            }
            guard value > 0 else {
                zeros += 1
                continue
            }
            let distance = Double(Int64(bitPattern: value.bitPattern) - origin)
            var bin = min(max(Int(distance * perBit), 0), last)
            while value < borders[bin] { bin -= 1 }
            while value >= borders[bin + 1] { bin += 1 }
            counts[bin] += 1
        }
    }
}
