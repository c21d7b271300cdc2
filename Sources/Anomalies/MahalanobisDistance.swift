import CLanes

/// How far a flow lies from the middle of its population along and across the usual correlations.
///
/// `D2 = (u - m)' (C + 0.01 I)^-1 (u - m)` in robust log units; the ridge keeps constant and collinear
/// metrics finite. Metric `j` contributes `(u - m)_j [C^-1 (u - m)]_j` where that is positive; the
/// contributions with their signs add up to D2.
struct MahalanobisDistance: Equatable {
    static let ridge = 0.01

    var means: [Float]
    /// The inverse, row by row.
    var precision: [Float]

    init(means: [Float], precision: [Float]) {
        self.means = means
        self.precision = precision
    }

    init(fittedOn sample: FittedSample, scales: MetricScales) {
        let count = sample.metricCount
        var sums = [Double](repeating: 0, count: count)
        var products = [Double](repeating: 0, count: count * count)
        var block = [Lanes](repeating: .zero, count: count)
        var partial = [Lanes](repeating: .zero, count: count * count)
        for start in stride(from: 0, to: sample.count, by: 8) {
            for metric in 0..<count {
                var logs = Lanes(repeating: .nan)
                let column = sample.columns[metric]
                for lane in 0..<min(8, sample.count - start) { logs[lane] = column[start + lane] }
                block[metric] = scales.unit(logs, metric: metric)
                sums[metric] += Double(block[metric].sum())
            }
            Self.add(products: block, into: &partial)
            // Single precision is emptied into double precision before it loses anything.
            if start & 1023 == 1016 { Self.empty(&partial, into: &products) }
        }
        Self.empty(&partial, into: &products)
        let total = Double(max(sample.count, 1))
        let means = sums.map { $0 / total }
        var covariance = [Double](repeating: 0, count: count * count)
        for row in 0..<count {
            for column in 0..<count {
                let product = products[min(row, column) * count + max(row, column)] / total
                covariance[row * count + column] = product - means[row] * means[column]
            }
            covariance[row * count + row] += Self.ridge
        }
        self.means = means.map(Float.init)
        precision = Self.inverse(covariance, size: count).map(Float.init)
    }

    private static func add(products block: [Lanes], into partial: inout [Lanes]) {
        let count = block.count
        let block = block.span
        var target = partial.mutableSpan
        for row in 0..<count {
            let value = block[row]
            for column in row..<count { target[row * count + column] += value * block[column] }
        }
    }

    private static func empty(_ partial: inout [Lanes], into products: inout [Double]) {
        for index in partial.indices {
            products[index] += Double(partial[index].sum())
            partial[index] = .zero
        }
    }

    /// The inverse of a symmetric positive definite matrix, by Cholesky's decomposition.
    static func inverse(_ matrix: [Double], size: Int) -> [Double] {
        var lower = matrix
        for column in 0..<size {
            for row in column..<size {
                var sum = lower[row * size + column]
                for index in 0..<column {
                    sum -= lower[row * size + index] * lower[column * size + index]
                }
                lower[row * size + column] =
                    row == column
                    ? max(sum, ridge / 2).squareRoot() : sum / lower[column * size + column]
            }
        }
        var result = [Double](repeating: 0, count: size * size)
        var solution = [Double](repeating: 0, count: size)
        for unit in 0..<size {
            for row in 0..<size {
                var sum = row == unit ? 1.0 : 0
                for index in 0..<row { sum -= lower[row * size + index] * solution[index] }
                solution[row] = sum / lower[row * size + row]
            }
            for row in stride(from: size - 1, through: 0, by: -1) {
                var sum = solution[row]
                for index in (row + 1)..<max(size, row + 1) {
                    sum -= lower[index * size + row] * solution[index]
                }
                solution[row] = sum / lower[row * size + row]
            }
            for row in 0..<size { result[row * size + unit] = solution[row] }
        }
        return result
    }

    func score(_ units: [Lanes], scores: inout [Lanes], contributions: inout [Lanes]) {
        let count = means.count
        var centred = [Lanes](repeating: .zero, count: count)
        let units = units.span
        let precision = precision.span
        var scores = scores.mutableSpan
        var contributions = contributions.mutableSpan
        var offsets = centred.mutableSpan
        for vector in 0..<ScoreBlock.vectors {
            for metric in 0..<count {
                offsets[metric] = units[metric * ScoreBlock.vectors + vector] - means[metric]
            }
            var distance = Lanes.zero
            for metric in 0..<count {
                var product = Lanes.zero
                for other in 0..<count {
                    product += offsets[other] * precision[metric * count + other]
                }
                product *= offsets[metric]
                distance += product
                contributions[metric * ScoreBlock.vectors + vector] =
                    ntds_greater(product, .zero)
            }
            scores[vector] = ntds_greater(distance, .zero)
        }
    }
}
