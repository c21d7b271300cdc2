import Statistics
import Testing

struct LogLinearHistogramTests {
    private static func heavyTailed(_ count: Int, seed: UInt64) -> [Double] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { index in
            if index % 3 == 0 { return [0, 66, 140][index / 3 % 3] }
            var product = 100.0
            for _ in 0..<12 { product *= 0.5 + generator.uniform() * 1.6 }
            return index % 17 == 0 ? -product : product
        }
    }

    private static func histogram(_ values: [Double]) -> LogLinearHistogram {
        var histogram = LogLinearHistogram()
        for value in values { histogram.add(value) }
        return histogram
    }

    @Test func `every quantile is within 1 part in 128 of the exact one`() throws {
        let values = Self.heavyTailed(50_000, seed: 1)
        let histogram = Self.histogram(values)
        let sorted = values.sorted()
        for share in [0, 0.05, 0.5, 0.9, 0.99, 0.999, 0.9999, 1] {
            let exact = sorted[Int(share * Double(sorted.count - 1))]
            let found = try #require(histogram.quantile(share))
            #expect(abs(found - exact) <= abs(exact) / 64 * 0.5001, "at \(share)")
        }
    }

    @Test func `whole numbers below 128 are exact`() {
        for number in -127...127 {
            let histogram = Self.histogram([Double(number)])
            #expect(histogram.quantile(0.5) == Double(number))
        }
    }

    @Test func `buckets are monotone in the value`() {
        let values = (Self.heavyTailed(5_000, seed: 2) + [-1e300, 1e300, 1e-300, -1e-300, 0])
            .sorted()
        let buckets = values.map(LogLinearHistogram.bucket(of:))
        #expect(zip(buckets, buckets.dropFirst()).allSatisfy { $0 <= $1 })
        #expect(buckets.allSatisfy { abs($0) <= LogLinearHistogram.lastBucket })
    }

    @Test func `merging in any order equals the whole to the bit`() {
        let values = Self.heavyTailed(10_000, seed: 3) + [.nan, .infinity]
        let whole = Self.histogram(values)
        let parts = (0..<5).map { part in
            Self.histogram(values.indices.filter { $0 % 5 == part }.map { values[$0] })
        }
        for order in [[0, 1, 2, 3, 4], [4, 2, 0, 3, 1]] {
            var merged = LogLinearHistogram()
            for part in order { merged.merge(parts[part]) }
            #expect(merged == whole)
        }
    }

    @Test func `values that are not finite are counted apart`() {
        let histogram = Self.histogram([.nan, 1, .infinity, -.infinity])
        #expect(histogram.count == 1)
        #expect(histogram.excludedCount == 3)
    }

    @Test func `an empty histogram has no quantile and finds nothing surprising`() {
        let histogram = LogLinearHistogram()
        #expect(histogram.quantile(0.5) == nil)
        #expect(histogram.tailProbability(of: 5) == 1)
    }

    @Test func `the tail probability counts both sides`() {
        let histogram = Self.histogram((1...99).map(Double.init))
        #expect(abs(histogram.tailProbability(of: 99) - 2 * 1.5 / 100) < 1e-12)
        #expect(abs(histogram.tailProbability(of: 500) - 2 * 0.5 / 100) < 1e-12)
        #expect(histogram.tailProbability(of: 50) == 1)
        #expect(histogram.tailProbability(of: .nan) == 1)
    }

    @Test func `saved counters give the histogram back, impossible ones are refused`() {
        let histogram = Self.histogram(Self.heavyTailed(1_000, seed: 4))
        #expect(
            LogLinearHistogram(
                firstBucket: histogram.firstBucket, counts: histogram.counts, excludedCount: 0)
                == histogram)
        #expect(LogLinearHistogram(firstBucket: 7_000, counts: [1], excludedCount: 0) == nil)
        #expect(LogLinearHistogram(firstBucket: 6_144, counts: [1, 1], excludedCount: 0) == nil)
        #expect(LogLinearHistogram(firstBucket: 0, counts: [.max, 1], excludedCount: 0) == nil)
    }
}
