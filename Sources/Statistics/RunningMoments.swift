/// Count, mean, spread, least and greatest of numbers that come one by one.
///
/// Welford's recurrence in the form of Apache Commons Math's `SummaryStatistics`, so that the same numbers in
/// the same order give the same bits as the meters built on it:
///
///     n += 1; d = x - mean; mean += d / n; m2 += (n - 1) d (d / n)
package struct RunningMoments: Sendable, Equatable, BitwiseCopyable {
    package private(set) var count: UInt64 = 0
    package private(set) var mean = 0.0
    /// Sum of the squared distances from the mean.
    package private(set) var squares = 0.0
    /// 0 while empty, as `maximum`.
    package private(set) var minimum = 0.0
    package private(set) var maximum = 0.0

    package init() {}

    /// The moments of numbers that were followed elsewhere.
    package init(count: UInt64, mean: Double, squares: Double, minimum: Double, maximum: Double) {
        guard count > 0 else { return }
        self.count = count
        self.mean = mean
        self.squares = squares
        self.minimum = minimum
        self.maximum = maximum
    }

    package mutating func add(_ number: Double) {
        minimum = count == 0 ? number : min(minimum, number)
        maximum = count == 0 ? number : max(maximum, number)
        count += 1
        let n = Double(count)
        let deviation = number - mean
        let step = deviation / n
        mean += step
        squares += (n - 1) * deviation * step
    }

    /// Sample variance (divisor n - 1); 0 for a single number.
    package var variance: Double { count < 2 ? 0 : squares / Double(count - 1) }

    /// Sample standard deviation; 0 for a single number.
    package var standardDeviation: Double { variance.squareRoot() }
}
