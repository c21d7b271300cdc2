import Statistics
import Testing

/// Numbers in the shape of standardised flow metrics; `shift` is added from `change` on.
private func stream(
    _ count: Int, seed: UInt64, shift: Double = 0, from change: Int = .max
) -> [Double] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { generator.normal() + ($0 >= change ? shift : 0) }
}

/// The first place from `start` on at which a change is found.
private func found(_ numbers: [Double], from start: Int = 0) -> Int? {
    var window = AdaptiveWindow()
    var first: Int?
    for (place, number) in numbers.enumerated() where window.add(number) != nil {
        if place >= start, first == nil { first = place }
    }
    return first
}

struct AdaptiveWindowTests {
    @Test(arguments: 1...5 as ClosedRange<UInt64>)
    func `a stationary stream raises no alarm`(seed: UInt64) {
        #expect(found(stream(16_000, seed: seed)) == nil)
    }

    @Test func `of a million stationary numbers few raise an alarm`() {
        var alarms = 0
        for seed in 1...50 as ClosedRange<UInt64> {
            var window = AdaptiveWindow()
            for number in stream(20_000, seed: seed) where window.add(number) != nil { alarms += 1 }
        }
        #expect(alarms <= 10)
    }

    @Test(arguments: [(1.0, 6, 31...200), (0.5, 6, 63...300), (0.25, 6, 200...900)])
    func `shifts are found as fast as it was measured`(
        shift: Double, least: Int, delays: ClosedRange<Int>
    ) throws {
        let seen = (1...6 as ClosedRange<UInt64>).compactMap { seed in
            found(stream(16_000, seed: seed, shift: shift, from: 8000), from: 8000)
                .map { $0 - 8000 }
        }
        #expect(seen.count >= least)
        let median = try #require(seen.sorted().dropFirst(seen.count / 2).first)
        #expect(delays.contains(median), "median delay \(median)")
    }

    @Test func `a small shift is found late or not at all`() {
        let seen = (1...6 as ClosedRange<UInt64>).compactMap { seed in
            found(stream(16_000, seed: seed, shift: 0.1, from: 8000), from: 8000)
                .map { $0 - 8000 }
        }
        #expect(seen.allSatisfy { $0 > 500 })
    }

    @Test func `what is left after a change is of the new mean, and the change says both`() throws {
        var window = AdaptiveWindow()
        var changes: [AdaptiveWindow.Change] = []
        for number in stream(9000, seed: 5, shift: 3, from: 8000) {
            if let change = window.add(number) { changes.append(change) }
        }
        let first = try #require(changes.first)
        #expect(abs(first.before) < 0.1)
        #expect(first.after > 1)
        #expect(abs(window.mean - 3) < 0.2)
        #expect(window.count < 1100)
        #expect(abs(window.variance - 1) < 0.2)
    }

    @Test func `mean and variance are those of the window`() {
        let numbers = stream(4000, seed: 9).map { $0 * 2 + 7 }
        var window = AdaptiveWindow()
        for number in numbers { _ = window.add(number) }
        #expect(window.count == 4000)
        let mean = numbers.reduce(0, +) / 4000
        let variance = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 4000
        #expect(abs(window.mean - mean) < 1e-10)
        #expect(abs(window.variance - variance) < 1e-9)
    }

    @Test func `numbers that are none are left out, constants never change`() {
        var window = AdaptiveWindow()
        for _ in 0..<1000 { #expect(window.add(4) == nil) }
        #expect(window.add(.nan) == nil)
        #expect(window.add(.infinity) == nil)
        #expect(window.count == 1000)
        #expect(window.mean == 4 && window.variance == 0)
    }
}

struct StabilityIndexTests {
    private func histogram(_ numbers: [Double]) -> LogLinearHistogram {
        var histogram = LogLinearHistogram()
        for number in numbers { histogram.add(number) }
        return histogram
    }

    private func indices(_ reference: [Double], _ numbers: [Double]) -> [Double] {
        var index = StabilityIndex(reference: histogram(reference))
        return numbers.compactMap { index?.add($0) }
    }

    @Test func `a stationary stream stays far below the limit`() {
        let seen = indices(stream(8000, seed: 1), stream(50_000, seed: 2))
        #expect(seen.count == 50)
        #expect(seen.allSatisfy { $0 < 0.05 && $0 >= 0 })
    }

    @Test(arguments: [(0.1, 0.0...0.1), (0.5, 0.15...0.4), (1, 0.6...2)])
    func `the index of a shift is what the formula gives`(
        shift: Double, range: ClosedRange<Double>
    ) {
        let seen = indices(stream(8000, seed: 3), stream(10_000, seed: 4).map { $0 + shift })
        #expect(seen.allSatisfy(range.contains), "\(seen)")
    }

    @Test func `the index of counts worked out by hand`() {
        // 50 % zeros, 50 % ones become 80 % and 20 %.
        let reference = (0..<1000).map { Double($0 % 2) }
        let numbers = (0..<1000).map { $0 % 5 == 0 ? 1.0 : 0.0 }
        let seen = indices(reference, numbers)
        let expected =
            (0.8 - 0.5) * naturalLogarithm(0.8 / 0.5) + (0.2 - 0.5) * naturalLogarithm(0.2 / 0.5)
        #expect(seen.count == 1)
        #expect(abs(seen[0] - expected) < 1e-12)
    }

    @Test func `a constant that rises has moved, one that stays has not`() {
        let reference = [Double](repeating: 66, count: 100)
        #expect(indices(reference, [Double](repeating: 66, count: 1000)) == [0])
        #expect(indices(reference, [Double](repeating: 70, count: 1000)).allSatisfy { $0 > 5 })
        #expect(StabilityIndex(reference: LogLinearHistogram()) == nil)
    }
}

struct MergedMomentsTests {
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `moments of parts are those of the whole`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let numbers = (0..<3000).map { _ in 1e6 + 1e3 * generator.normal() }
        var whole = RunningMoments()
        for number in numbers { whole.add(number) }
        var merged = RunningMoments()
        var start = 0
        while start < numbers.count {
            let end = min(numbers.count, start + generator.index(below: 400))
            var part = RunningMoments()
            for number in numbers[start..<end] { part.add(number) }
            merged.merge(part)
            start = end
        }
        #expect(merged.count == 3000)
        #expect(merged.minimum == whole.minimum && merged.maximum == whole.maximum)
        #expect(abs(merged.mean / whole.mean - 1) < 1e-12, "seed \(seed)")
        #expect(abs(merged.squares / whole.squares - 1) < 1e-12, "seed \(seed)")
    }
}
