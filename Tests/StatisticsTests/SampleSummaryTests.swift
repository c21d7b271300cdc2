import Foundation
import Statistics
import TestSupport
import Testing

/// A sum in twice the precision: the unevaluated sum of two doubles.
private struct DoubledSum {
    var high = 0.0
    var low = 0.0

    mutating func add(_ term: Double) {
        let sum = high + term
        let part = sum - high
        low += (high - (sum - part)) + (term - part)
        high = sum
    }
}

/// A slow summary straight from the definitions, in twice the precision.
private struct ExactSummary {
    var count, mode, median, mean, deviation, minimum, maximum: Double

    init(_ sample: [Double]) {
        let sorted = sample.filter(\.isFinite).sorted()
        count = Double(sorted.count)
        var counts: [Double: Int] = [:]
        for value in sorted { counts[value, default: 0] += 1 }
        let most = counts.values.max()!
        mode = counts.filter { $0.value == most }.keys.min()!
        let middle = sorted.count / 2
        median = sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
        let size = Double(sorted.count)
        var sum = DoubledSum()
        for value in sorted { sum.add(value) }
        let center = (sum.high + sum.low) / size
        let rest = (sum.high.addingProduct(-center, size) + sum.low) / size
        var squares = DoubledSum()
        for value in sorted {
            var distance = DoubledSum()
            distance.add(value)
            distance.add(-center)
            let correction = distance.low - rest
            let square = distance.high * distance.high
            squares.add(square)
            squares.add((-square).addingProduct(distance.high, distance.high))
            squares.add(2 * distance.high * correction)
        }
        mean = center
        deviation = (max(squares.high + squares.low, 0) / size).squareRoot()
        minimum = sorted[0]
        maximum = sorted[sorted.count - 1]
    }
}

/// A kind of sample that has caught somebody's statistics out before.
private struct Sampler: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let draw: @Sendable (inout SeededGenerator) -> Double

    static let all: [Sampler] = [
        Sampler(testDescription: "uniform") { $0.uniform() },
        Sampler(testDescription: "whole numbers with many ties") { Double($0.index(below: 40)) },
        Sampler(testDescription: "both signs") { $0.normal() * 1e3 },
        Sampler(testDescription: "mostly zero, of either sign") { random in
            [0, -0.0, 0, 1, -1, 0][random.index(below: 6)]
        },
        Sampler(testDescription: "sixty orders of magnitude") { random in
            pow(10, random.uniform() * 60 - 30)
        },
        Sampler(testDescription: "denormal") {
            Double(bitPattern: $0.next() & 0x000F_FFFF_FFFF_FFFF)
        },
        Sampler(testDescription: "a large offset and little spread") {
            1e15 + Double($0.index(below: 9))
        },
        Sampler(testDescription: "with NaN and infinities") { random in
            [.nan, .infinity, -.infinity, 5, -7.25, 1e-3][random.index(below: 6)]
        },
        Sampler(testDescription: "constant") { _ in 0.1 },
        Sampler(testDescription: "heavy tail") { pow(1 - $0.uniform(), -1.5) },
        Sampler(testDescription: "moderate random bit patterns") { random in
            let value = Double(bitPattern: random.next())
            return value.isFinite && abs(value) < 1e100 && abs(value) > 1e-100 ? value : 1
        },
    ]
}

private let sizes = [1, 2, 3, 7, 8, 9, 127, 128, 129, 255, 256, 257, 1000, 4099]

private func summarized(_ sample: [Double]) -> SampleSummary? {
    var sorter = RadixSorter()
    return SampleSummary(sample.span, sorter: &sorter)
}

private func isClose(_ value: Double, _ reference: Double, scale: Double = 0) -> Bool {
    value == reference || abs(value - reference) <= 1e-12 * max(abs(reference), scale)
}

struct RadixSorterTests {
    @Test(arguments: Sampler.all)
    private func `a sample is sorted as the standard library sorts it`(_ sampler: Sampler) {
        var sorter = RadixSorter()
        for (seed, size) in sizes.enumerated() {
            var random = SeededGenerator(seed: UInt64(seed))
            let sample = (0..<size).map { _ in sampler.draw(&random) }
            sorter.sortFinite(sample.span)
            // zeros of both signs are one value, +0
            let expected = sample.filter(\.isFinite).map { $0 == 0 ? 0 : $0 }.sorted()
            #expect(
                sorter.sorted.map(\.bitPattern) == expected.map(\.bitPattern),
                "seed \(seed), size \(size)")
        }
    }

    @Test func `extreme values stand at their places`() {
        let extremes: [Double] = [
            .greatestFiniteMagnitude, -.greatestFiniteMagnitude, .leastNonzeroMagnitude,
            -.leastNonzeroMagnitude,
            .leastNormalMagnitude, -.leastNormalMagnitude, 0, -0.0, 1, -1,
        ]
        for copies in [1, 100] {
            var sorter = RadixSorter()
            let sample = Array(repeating: extremes + [.nan, .infinity, -.infinity], count: copies)
                .flatMap { $0 }
            sorter.sortFinite(sample.span)
            let expected = Array(repeating: extremes, count: copies).flatMap { $0 }.sorted()
            #expect(sorter.sorted == expected)
        }
    }

    @Test func `values that differ in their last bits only are sorted too`() {
        var random = SeededGenerator(seed: 31)
        var sorter = RadixSorter()
        for groups in [1, 3, 40] {
            // one far value leaves few of the first bits to the others
            let sample =
                [1e300, -1e300]
                + (0..<9000).map { _ in
                    Double(1 + random.index(below: groups))
                        * (1 + Double(random.index(below: 5000)) * 2e-16)
                }
            sorter.sortFinite(sample.span)
            #expect(sorter.sorted == sample.sorted(), "\(groups) groups")
        }
    }

    @Test func `memory kept from a larger sample does not show in a smaller one`() {
        var sorter = RadixSorter()
        sorter.sortFinite((0..<5000).map { Double(-$0) }.span)
        sorter.sortFinite((0..<300).map { Double($0 % 7) }.span)
        #expect(sorter.sorted == (0..<300).map { Double($0 % 7) }.sorted())
        sorter.sortFinite([Double]().span)
        #expect(sorter.sorted.isEmpty)
    }
}

struct SampleSummaryTests {
    @Test(arguments: Sampler.all) private func `a summary agrees with the definitions`(
        _ sampler: Sampler
    ) throws {
        for (seed, size) in sizes.enumerated() {
            var random = SeededGenerator(seed: UInt64(seed) + 77)
            let sample = (0..<size).map { _ in sampler.draw(&random) }
            guard sample.contains(where: \.isFinite) else {
                #expect(summarized(sample) == nil)
                continue
            }
            let ours = try #require(summarized(sample))
            let exact = ExactSummary(sample)
            let largest = max(abs(exact.minimum), abs(exact.maximum))
            #expect(Double(ours.count) == exact.count)
            #expect(ours.mode == exact.mode, "seed \(seed), size \(size)")
            #expect(ours.median == exact.median, "seed \(seed), size \(size)")
            #expect(ours.minimum == exact.minimum && ours.maximum == exact.maximum)
            // a mean of both signs may cancel: its error is measured by the values
            #expect(
                isClose(ours.mean, exact.mean, scale: exact.minimum < 0 ? largest : 0),
                "\(ours.mean) \(exact.mean)")
            #expect(
                isClose(ours.standardDeviation, exact.deviation, scale: 1e-3 * abs(exact.mean)),
                "\(ours.standardDeviation) \(exact.deviation), seed \(seed), size \(size)")
        }
    }

    @Test func `mean and deviation of millions of values stay within 1e-12`() throws {
        var random = SeededGenerator(seed: 5)
        let sample = (0..<2_000_000).map { _ in 1e9 + pow(1 - random.uniform(), -0.7) }
        let ours = try #require(summarized(sample))
        let exact = ExactSummary(sample)
        #expect(isClose(ours.mean, exact.mean))
        #expect(abs(ours.standardDeviation / exact.deviation - 1) < 1e-12)
    }

    @Test func `quantiles are numpy's to the last bit`() throws {
        let folder = try TemporaryFolder()
        var random = SeededGenerator(seed: 11)
        var lines = ""
        var ours: [[Double]] = []
        for size in [1, 2, 3, 4, 5, 10, 19, 20, 21, 100, 999, 1000] {
            let sample = (0..<size).map { _ in random.normal() * pow(10, random.uniform() * 12 - 6)
            }
            lines += sample.map(\.description).joined(separator: " ") + "\n"
            let summary = try #require(summarized(sample))
            ours.append([summary.q05, summary.q25, summary.median, summary.q75, summary.q95])
        }
        let script = try folder.write(
            """
            import sys, numpy as np
            for line in open(sys.argv[1]):
                sample = np.array([float(word) for word in line.split()])
                print(*(float(q).hex() for q in np.quantile(sample, [0.05, 0.25, 0.5, 0.75, 0.95])))
            """, to: "quantiles.py")
        let printed = try Python.run(script, [folder.write(lines, to: "samples.txt")])
        let theirs = printed.split(separator: "\n").map { line in
            line.split(separator: " ").map { strtod(String($0), nil) }
        }
        #expect(ours == theirs)
    }

    @Test func `the smallest of equally frequent values is the mode`() throws {
        #expect(try #require(summarized([3, 1, 3, 1, 2])).mode == 1)
        #expect(try #require(summarized([9, 8, 7])).mode == 7)
        #expect(try #require(summarized([-5, -5, 0, -0.0, 4])).mode == -5)
        #expect(try #require(summarized([0, -0.0, -3, 1])).mode == 0)
    }

    @Test func `only finite values count`() throws {
        let summary = try #require(summarized([.nan, 4, .infinity, 2, -.infinity]))
        #expect(
            summary.count == 2 && summary.mean == 3 && summary.minimum == 2 && summary.maximum == 4)
    }

    @Test func `without a finite value there is no summary`() {
        #expect(summarized([]) == nil)
        #expect(summarized([.nan, .infinity, -.infinity]) == nil)
    }

    @Test func `a constant has no spread at any size`() throws {
        for count in Array(1...400) + [10_001] {
            let summary = try #require(summarized(Array(repeating: 0.1, count: count)))
            #expect(
                summary.mean == 0.1 && summary.standardDeviation == 0 && summary.q05 == 0.1
                    && summary.q95 == 0.1)
        }
    }

    @Test func `sums beyond the largest number are infinite, not missing`() throws {
        let summary = try #require(summarized(Array(repeating: 1e308, count: 20) + [0]))
        #expect(summary.mean == .infinity && summary.standardDeviation == .infinity)
        #expect(summary.median == .infinity || summary.median == 1e308)
    }
}
