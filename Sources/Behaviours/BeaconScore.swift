import Statistics

/// How much the connections of one host to another look like a program that calls home.
///
/// Two scores of four parts between 0 and 1 each, and the mean of the parts. *RITA* is the score of RITA,
/// version 5 (activecm/rita, `analysis/beacons.go`), to the bit: made for a day of data, blind to a program that
/// lives for few hours. *Short life* looks at the pair's own life instead of the day's. A pair is shown by the larger
/// of them, with its name. The article <doc:Beacons> has the formulas and what they find.
package struct BeaconScore: Sendable, Equatable {
    package enum Variant: String, Sendable, CaseIterable {
        case rita = "RITA"
        case shortLife = "short life"
    }

    package var variant: Variant
    /// 0 nothing of a beacon, 1 a clockwork. RITA's is rounded to three decimals, as RITA does.
    package var value: Double
    /// How alike the intervals are.
    package var timing: Double
    /// How alike the sizes are.
    package var size: Double
    /// How evenly connections fill the hours of the window (RITA) or twelfths of the pair's life.
    package var evenness: Double
    /// RITA: how much of the window is covered. Short life: how many connections there are.
    package var extent: Double

    /// The larger of both scores; RITA's if they are equal. `nil` if there are too few connections for either.
    package static func larger(of history: BeaconHistory, in window: BeaconWindow) -> BeaconScore? {
        guard let measures = BeaconMeasures(history, in: window) else { return nil }
        let rita = measures.rita
        guard let short = measures.shortLife, short.value > rita.value else { return rita }
        return short
    }

    /// RITA's score, or `nil` with fewer than four different seconds in the window.
    package static func rita(of history: BeaconHistory, in window: BeaconWindow) -> BeaconScore? {
        BeaconMeasures(history, in: window)?.rita
    }

    /// The score of the short life, or `nil` if there are too few connections in too short a time.
    package static func shortLife(
        of history: BeaconHistory, in window: BeaconWindow
    ) -> BeaconScore? {
        BeaconMeasures(history, in: window)?.shortLife
    }
}

/// The seconds since 1970 that a score looks at, both included.
///
/// RITA takes the last 24 hours of the data, or all data if they are shorter.
package struct BeaconWindow: Sendable, Hashable {
    package let start: Int64
    package let end: Int64

    /// `nil` unless the end is after the start.
    package init?(start: Int64, end: Int64) {
        guard end > start else { return nil }
        (self.start, self.end) = (start, end)
    }

    /// The day that ends with a second.
    package init(dayBefore end: UInt32) {
        self.end = Int64(end)
        self.start = self.end - Int64(BeaconHistory.spanSeconds)
    }
}

/// What both scores are made of.
package struct BeaconMeasures: Sendable {
    /// The intervals between connections, without those of no second, and the octets sent.
    package let intervals: Regularity
    package let sizes: Regularity
    /// The connections in the window that are known one by one.
    package let count: Int
    /// The different seconds among them.
    package let distinctCount: Int
    /// The first and the last second.
    package let first: UInt32
    package let last: UInt32
    private let window: BeaconWindow
    /// The connections in each 24th of the window, and in each 12th of the pair's life.
    private let bars: [Int]
    private let lifeBars: [Int]

    /// `nil` with fewer than four different seconds in the window: RITA judges none of them.
    ///
    /// - Complexity: O(n log n) for n connections.
    package init?(_ history: BeaconHistory, in window: BeaconWindow) {
        let connections = history.connections(from: UInt32(clamping: window.start))
            .prefix { Int64(BeaconHistory.second(of: $0)) <= window.end }
        guard connections.count >= 4, let head = connections.first, let tail = connections.last
        else { return nil }
        let seconds = connections.map(BeaconHistory.second(of:))
        var intervals: [UInt32] = []
        intervals.reserveCapacity(seconds.count)
        for place in 1..<seconds.count where seconds[place] > seconds[place - 1] {
            intervals.append(seconds[place] - seconds[place - 1])
        }
        guard intervals.count >= 3 else { return nil }
        self.intervals = Regularity(intervals, scoreOfSmallMedian: 1)
        self.sizes = Regularity(connections.map(BeaconHistory.octets(of:)), scoreOfSmallMedian: 0)
        self.count = seconds.count
        self.distinctCount = intervals.count + 1
        self.first = BeaconHistory.second(of: head)
        self.last = BeaconHistory.second(of: tail)
        self.window = window
        self.bars =
            history.hours.isEmpty
            ? Self.bars(24, of: seconds, from: window.start, to: window.end)
            : Self.hourBars(history, in: window)
        self.lifeBars = Self.bars(12, of: seconds, from: Int64(first), to: Int64(last))
    }

    /// RITA's score: the mean of its four parts, all rounded to thousandths.
    package var rita: BeaconScore {
        let evenness = max(Self.thousandths(max(0, 1 - variation(of: bars))), bimodalFit)
        let (timing, size) = (intervals.score, sizes.score)
        let value = Self.thousandths(
            timing * 0.25 + size * 0.25 + coverage * 0.25 + evenness * 0.25)
        return BeaconScore(
            variant: .rita, value: value, timing: timing, size: size, evenness: evenness,
            extent: coverage)
    }

    /// The score of a life shorter than the day, or `nil` with fewer than eight different seconds or ten minutes.
    /// One minute is enough where ``asksAnew``.
    package var shortLife: BeaconScore? {
        let life = last - first
        guard distinctCount >= 8, life >= 60, life >= 600 || asksAnew else { return nil }
        let evenness = max(0, 1 - variation(of: lifeBars))
        let amount = min(1, Self.binaryLogarithm(count) / 6)
        let value = (intervals.score + sizes.score + evenness + amount) / 4
        return BeaconScore(
            variant: .shortLife, value: value, timing: intervals.score, size: sizes.score,
            evenness: evenness, extent: amount)
    }

    /// Whether sixteen connections and more all sent nearly the same at nearly the same interval.
    package var asksAnew: Bool {
        distinctCount >= 16 && sizes.score >= 0.95 && intervals.score >= 0.8
    }

    // MARK: - Parts

    /// The larger of the share of the window between first and last connection and of the longest run of hours,
    /// midnight wrapped around, in twelfths; 0 if fewer than six hours have connections.
    private var coverage: Double {
        guard bars.count(where: { $0 > 0 }) >= 6 else { return 0 }
        let share = Double(last - first) / Double(window.end - window.start)
        return max(
            min(1, Self.thousandths(share, .up)),
            min(1, Self.thousandths(Double(longestRun) / 12, .up)))
    }

    private var longestRun: Int {
        var (longest, run) = (0, 0)
        for place in 0..<(2 * bars.count) {
            run = bars[place % bars.count] > 0 ? run + 1 : 0
            longest = max(longest, run)
        }
        return min(longest, bars.count)
    }

    /// The share of the hours that are of the two most frequent heights, heights within 5 % of the highest being
    /// alike and one hour left out; 0 with fewer than eleven hours.
    private var bimodalFit: Double {
        let filled = bars.filter { $0 > 0 }
        guard filled.count >= 11, let highest = filled.max() else { return 0 }
        let step = (Double(highest) * 0.05).rounded(.up)
        let heights = filled.map { Int((Double($0) / step).rounded(.down)) }.sorted()
        var (most, second, run) = (0, 0, 0)
        for place in heights.indices {
            run += 1
            let endsRun = place == heights.count - 1 || heights[place + 1] != heights[place]
            guard endsRun else { continue }
            if run > most { (most, second) = (run, most) } else { second = max(second, run) }
            run = 0
        }
        return min(1, Self.thousandths(Double(most + second) / Double(filled.count - 1)))
    }

    /// The standard deviation over the mean.
    private func variation(of bars: [Int]) -> Double {
        let mean = Double(bars.reduce(0, +)) / Double(bars.count)
        var squares = 0.0
        for bar in bars { squares += (Double(bar) - mean) * (Double(bar) - mean) }
        return (squares / Double(bars.count)).squareRoot() / mean
    }

    /// How many of the ascending seconds fall into each of equal parts of the time from `start` to `end`; the last
    /// takes the end in.
    private static func bars(
        _ count: Int, of seconds: [UInt32], from start: Int64, to end: Int64
    ) -> [Int] {
        var bars = [Int](repeating: 0, count: count)
        let step = Double(end - start) / Double(count)
        var place = 0
        for second in seconds {
            while place < count - 1, Double(second) >= Double(start) + Double(place + 1) * step {
                place += 1
            }
            bars[place] += 1
        }
        return bars
    }

    /// The counted hours that end with the hour of the window's end.
    private static func hourBars(_ history: BeaconHistory, in window: BeaconWindow) -> [Int] {
        let ahead = Int(window.end / 3600) - Int(history.lastHour)
        return (0..<24).map { place in
            let place = place + ahead
            return history.hours.indices.contains(place) ? Int(history.hours[place]) : 0
        }
    }

    private static func thousandths(
        _ value: Double, _ rule: FloatingPointRoundingRule = .toNearestOrAwayFromZero
    ) -> Double {
        (value * 1000).rounded(rule) / 1000
    }

    private static func binaryLogarithm(_ count: Int) -> Double {
        naturalLogarithm(Double(count)) / 0.693_147_180_559_945_3
    }
}

/// How alike numbers are, as RITA sees it: by their quartiles and the median distance from the median.
package struct Regularity: Sendable, Equatable {
    package let median: Double
    /// The median of the distances from the median.
    package let deviation: Double
    /// The mean of 1 - |Bowley's skewness| and 1 - deviation / median, rounded to thousandths.
    package let score: Double

    /// Skewness is 0 for quartiles less than 10 apart, or if the median equals one of them. A median below 1 gives
    /// the second half `scoreOfSmallMedian`.
    ///
    /// - Precondition: there are at least three values.
    package init(_ values: [UInt32], scoreOfSmallMedian: Double) {
        precondition(values.count >= 3, "quartiles of fewer than three values")
        let sorted = values.sorted()
        let half = sorted.count / 2
        let median = Self.median(sorted[...])
        let low = Self.median(sorted[..<half])
        let high = Self.median(sorted[(sorted.count - half)...])
        let deviation = Self.medianDistance(in: sorted, from: median)
        var skewness = 0.0
        if high - low >= 10, median != low, median != high {
            skewness = (low + high - 2 * median) / (high - low)
        }
        let alike = median >= 1 ? max(0, (median - deviation) / median) : scoreOfSmallMedian
        self.median = median
        self.deviation = deviation
        self.score = (((1 - abs(skewness)) + alike) / 2 * 1000).rounded() / 1000
    }

    private static func median(_ sorted: ArraySlice<UInt32>) -> Double {
        let middle = sorted.startIndex + sorted.count / 2
        if sorted.count & 1 == 1 { return Double(sorted[middle]) }
        return (Double(sorted[middle - 1]) + Double(sorted[middle])) / 2
    }

    /// The median of the distances, found by walking outwards from the median.
    private static func medianDistance(in sorted: [UInt32], from median: Double) -> Double {
        var above = sorted.count / 2
        var below = above - 1
        var (previous, distance) = (0.0, 0.0)
        for _ in 0...(sorted.count / 2) {
            previous = distance
            let up = above < sorted.count ? Double(sorted[above]) - median : .infinity
            let down = below >= 0 ? median - Double(sorted[below]) : .infinity
            distance = min(up, down)
            if up <= down { above += 1 } else { below -= 1 }
        }
        return sorted.count & 1 == 1 ? distance : (previous + distance) / 2
    }
}
