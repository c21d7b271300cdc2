/// What a sample of numbers looks like: exact, for samples that fit in memory.
package struct SampleSummary: Sendable, Equatable {
    /// The number of finite values; the others are left out.
    package let count: Int
    /// The smallest of the most frequent values.
    package let mode: Double
    /// The middle value, or the mean of the two middle ones.
    package let median: Double
    package let mean: Double
    /// Population standard deviation (divisor n).
    package let standardDeviation: Double
    package let minimum: Double
    package let maximum: Double
    /// Quantiles 0.05, 0.25, 0.75 and 0.95, interpolated linearly (numpy's default; Hyndman and Fan 7).
    package let q05: Double
    package let q25: Double
    package let q75: Double
    package let q95: Double

    /// A summary of the finite values of `sample`, or `nil` if there are none.
    ///
    /// - Complexity: O(n).
    package init?(_ sample: Span<Double>, sorter: inout RadixSorter) {
        sorter.sortFinite(sample)
        let sorted = sorter.sorted.span
        guard sorted.count > 0 else { return nil }
        count = sorted.count
        mode = sorted.smallestMode
        median = sorted.middle
        // the mean of a constant is the constant, not a rounding away from it
        let isConstant = sorted[0] == sorted[sorted.count - 1]
        let mean = isConstant ? sorted[0] : sorted.compensatedSum / Double(sorted.count)
        self.mean = mean
        standardDeviation = (sorted.squaredDistance(to: mean) / Double(sorted.count)).squareRoot()
        minimum = sorted[0]
        maximum = sorted[sorted.count - 1]
        q05 = sorted.quantile(0.05)
        q25 = sorted.quantile(0.25)
        q75 = sorted.quantile(0.75)
        q95 = sorted.quantile(0.95)
    }
}

extension Span<Double> {
    /// The smallest of the most frequent values of an ascending, non-empty span.
    package var smallestMode: Double {
        var best = self[0]
        var bestCount = 0
        var start = 0
        for index in 1...count where index == count || self[index] != self[start] {
            if index - start > bestCount {
                bestCount = index - start
                best = self[start]
            }
            start = index
        }
        return best
    }

    /// The median of an ascending, non-empty span.
    package var middle: Double {
        count % 2 == 1 ? self[count / 2] : (self[count / 2 - 1] + self[count / 2]) / 2
    }

    /// The quantile `fraction` (0…1) of an ascending, non-empty span, as numpy's `quantile` gives it.
    package func quantile(_ fraction: Double) -> Double {
        let position = fraction * Double(count - 1)
        let below = Int(position)
        guard below + 1 < count else { return self[count - 1] }
        let weight = position - Double(below)
        let (low, high) = (self[below], self[below + 1])
        let step = high - low
        return weight >= 0.5 ? high - step * (1 - weight) : low + step * weight
    }

    /// The sum of the values, which must be finite.
    package var compensatedSum: Double { compensatedSum { $0 } }

    /// The sum of squared distances of the values, which must be finite, to `center`.
    package func squaredDistance(to center: Double) -> Double {
        compensatedSum { values in
            let distance = values - center
            return distance * distance
        }
    }

    /// Sums blocks of 128 values in eight lanes, and the blocks with Neumaier's correction, so that the
    /// relative error stays near one unit in the last place for millions of values of one sign.
    @inline(__always)
    private func compensatedSum(_ term: (SIMD8<Double>) -> SIMD8<Double>) -> Double {
        var sum = 0.0
        var correction = 0.0
        func add(_ block: Double) {
            let next = sum + block
            correction += abs(sum) >= abs(block) ? (sum - next) + block : (block - next) + sum
            sum = next
        }
        // SAFETY: every load of 64 octets starts at a multiple of eight values and ends before `wide`.
        let wide = count & ~7
        unsafe withUnsafeBytes { octets in
            var start = 0
            while start < wide {
                let end = Swift.min(start + 128, wide)
                var lanes = SIMD8<Double>.zero
                for index in stride(from: start, to: end, by: 8) {
                    lanes += term(
                        unsafe octets.loadUnaligned(
                            fromByteOffset: index * 8, as: SIMD8<Double>.self))
                }
                add(lanes.sum())
                start = end
            }
        }
        for index in wide..<count {
            add(term(SIMD8(repeating: self[index]))[0])
        }
        // beyond the largest number the correction is no longer a number, the sum is infinite
        return correction.isFinite ? sum + correction : sum
    }
}
