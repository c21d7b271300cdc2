import CLanes
internal import Statistics

/// How rare each metric's value is by itself: a histogram of 32 equal bins of `L(x)` a metric.
///
/// The score is the sum over the metrics of `-log10((h_b + 1/2) / (n + 16))`; a value outside the range
/// that was learnt counts half the rarest bin (HBOS, Goldstein and Dengel, 2012, on logarithms).
/// A missing value adds nothing. A metric that was constant is surprised by any other value.
struct LogHistogramDensity: Equatable {
    static let binCount = 32
    /// Entries of a metric's table: below the range, the bins, above it, missing.
    static let tableSize = binCount + 3

    /// Lower end of the range, a metric.
    var lows: [Float]
    /// Bins a unit of `L(x)`, a metric.
    var scales: [Float]
    /// Surprise by bin, `tableSize` entries a metric.
    var surprises: [Float]
    /// What each metric adds on average: the zero line of its contribution.
    var averages: [Float]

    init(fittedOn sample: FittedSample) {
        (lows, scales, surprises, averages) = ([], [], [], [])
        for column in sample.columns { fit(column) }
    }

    init(lows: [Float], scales: [Float], surprises: [Float], averages: [Float]) {
        (self.lows, self.scales) = (lows, scales)
        (self.surprises, self.averages) = (surprises, averages)
    }

    private mutating func fit(_ column: [Float]) {
        var (low, high) = (Float.infinity, -Float.infinity)
        var count = 0
        for value in column where !value.isNaN {
            low = min(low, value)
            high = max(high, value)
            count += 1
        }
        guard count > 0 else {
            lows.append(0)
            scales.append(0)
            surprises.append(contentsOf: repeatElement(0, count: Self.tableSize))
            averages.append(0)
            return
        }
        // A little less than 32, so that the highest value is surely inside.
        let scale = (Float(Self.binCount) - 0.01) / max(high - low, 1e-5)
        var counts = [Int](repeating: 0, count: Self.tableSize)
        for value in column where !value.isNaN {
            counts[Int(Self.bins(Lanes(repeating: value), low: low, scale: scale)[0])] += 1
        }
        let total = Double(count)
        let bins = counts[1...Self.binCount].map { (Double($0) + 0.5) / (total + 16) }
        let outside = bins.reduce(1, min) / 2
        let table = ([outside] + bins + [outside]).map {
            -naturalLogarithm($0) / naturalLogarithm(10)
        }
        lows.append(low)
        scales.append(scale)
        surprises.append(contentsOf: table.map(Float.init) + [0])
        averages.append(
            Float((1...Self.binCount).reduce(0) { $0 + table[$1] * Double(counts[$1]) } / total))
    }

    /// The table entries of values: 0 below the range, 33 above it, 34 for a missing one.
    @inline(__always)
    private static func bins(_ logs: Lanes, low: Float, scale: Float) -> SIMD8<UInt32> {
        // Half a bin is added for rounding, a little more so that `low` itself is surely inside.
        let place = VectorMath.clamped((logs - low) * scale + 0.501, 0, Float(binCount + 1))
        return VectorMath.rounded(place.replacing(with: Float(binCount + 2), where: logs .!= logs))
    }

    /// Scores the rows of a block; what a metric adds beyond its average is its contribution.
    func score(_ logs: [Lanes], scores: inout [Lanes], contributions: inout [Lanes]) {
        let logs = logs.span
        let table = surprises.span
        var scores = scores.mutableSpan
        var contributions = contributions.mutableSpan
        for metric in lows.indices {
            let (low, scale, average) = (lows[metric], scales[metric], averages[metric])
            let base = metric * Self.tableSize
            for vector in 0..<ScoreBlock.vectors {
                let index = metric * ScoreBlock.vectors + vector
                let bins = Self.bins(logs[index], low: low, scale: scale)
                var surprise = Lanes.zero
                for lane in 0..<8 { surprise[lane] = table[base + Int(bins[lane])] }
                scores[vector] += surprise
                let beyond = surprise - average
                contributions[index] = ntds_greater(beyond, .zero)
            }
        }
    }
}
