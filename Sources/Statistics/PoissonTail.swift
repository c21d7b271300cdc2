/// The upper tail of Poisson's distribution.
package enum PoissonTail {
    /// `-log10 P(X >= count)` for a mean of `expected`; 0 for a count of 0 or below.
    ///
    /// The tail is a geometric-like series from its first term: `P(X >= k) = e^-m m^k/k! (1 + m/(k+1) + …)`.
    /// Counts need not be whole; the factorial is then the gamma function.
    package static func surprise(_ count: Double, expected: Double) -> Double {
        guard count > 0 else { return 0 }
        guard expected > 0 else { return .infinity }
        var term = 1.0
        var sum = 1.0
        var k = count
        // The terms fall once k exceeds the mean; below it the answer is near 0 anyway.
        for _ in 0..<10_000 {
            k += 1
            term *= expected / k
            sum += term
            if term < sum * 1e-12 { break }
        }
        let first = -expected + count * naturalLogarithm(expected) - logGamma(count + 1)
        return max(0, -(first + naturalLogarithm(sum)) / naturalLogarithm(10))
    }

    /// Stirling's series after shifting the argument to at least 8 (Abramowitz and Stegun 6.1.41).
    static func logGamma(_ argument: Double) -> Double {
        var x = argument
        var shift = 0.0
        while x < 8 {
            shift += naturalLogarithm(x)
            x += 1
        }
        let inverse = 1 / x
        let square = inverse * inverse
        let series =
            inverse * (1 / 12.0 - square * (1 / 360.0 - square * (1 / 1260.0 - square / 1680)))
        return (x - 0.5) * naturalLogarithm(x) - x + 0.918_938_533_204_672_7 + series - shift
    }
}
