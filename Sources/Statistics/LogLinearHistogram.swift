/// Counts of values in buckets whose width is a fixed share of the value: 64 to a power of two.
///
/// A value is known to 1/128 of itself, whole numbers below 128 exactly. Buckets come from the bits of
/// the number, without a logarithm. Adding counts merges histograms to the bit in any order, subtracting
/// them takes a window away, and quantiles, tails and the mode are read from one structure (the idea of
/// HdrHistogram and Circllhist). Values below 2^-32 in magnitude count as 0, those from 2^64 on share
/// the last bucket, so that a histogram never takes more than 12,289 counters.
///
/// Values that are not finite are counted apart and take no part in anything else.
package struct LogLinearHistogram: Sendable, Equatable {
    /// The number of finite values.
    package private(set) var count: UInt64 = 0
    /// The number of values that were not finite.
    package private(set) var excludedCount: UInt64 = 0
    /// The bucket of the first counter. Buckets of negative values are negative, that of 0 is 0.
    package private(set) var firstBucket = 0
    /// The counters of consecutive buckets, empty before the first value.
    package private(set) var counts: [UInt64] = []

    /// The largest bucket; the smallest is its negative.
    package static let lastBucket = 96 * 64

    package init() {}

    /// A histogram from saved counters, or `nil` if there can be no such histogram.
    package init?(firstBucket: Int, counts: [UInt64], excludedCount: UInt64) {
        guard (-Self.lastBucket...Self.lastBucket).contains(firstBucket) || counts.isEmpty,
            counts.isEmpty || counts.count <= Self.lastBucket - firstBucket + 1
        else { return nil }
        var total: UInt64 = 0
        for count in counts {
            let (sum, overflow) = total.addingReportingOverflow(count)
            if overflow { return nil }
            total = sum
        }
        self.count = total
        self.excludedCount = excludedCount
        self.firstBucket = counts.isEmpty ? 0 : firstBucket
        self.counts = counts
    }

    /// The bucket of a finite value: monotone in the value, 0 for 0.
    @inline(__always)
    package static func bucket(of value: Double) -> Int {
        // 2^-32 has the biased exponent 991; six bits of the fraction follow the exponent.
        let place =
            Int(truncatingIfNeeded: (value.bitPattern & 0x7fff_ffff_ffff_ffff) >> 46) - 991 * 64
        let magnitude = place < 0 ? 0 : min(place + 1, lastBucket)
        return value < 0 ? -magnitude : magnitude
    }

    /// The lowest magnitude that falls into the bucket `magnitude` (from 1).
    private static func edge(_ magnitude: Int) -> Double {
        Double(bitPattern: UInt64(magnitude - 1 + 991 * 64) << 46)
    }

    /// The value that stands for a bucket: the whole number in it if there is one only, else its middle.
    package static func value(of bucket: Int) -> Double {
        if bucket == 0 { return 0 }
        let low = edge(abs(bucket))
        let high = edge(abs(bucket) + 1)
        let whole = low.rounded(.up)
        let value = high - low <= 1 && whole < high ? whole : (low + high) / 2
        return bucket < 0 ? -value : value
    }

    package mutating func add(_ value: Double) {
        guard value.isFinite else {
            excludedCount += 1
            return
        }
        let bucket = Self.bucket(of: value)
        let place = bucket - firstBucket
        if !counts.indices.contains(place) { cover(bucket...bucket) }
        counts[bucket - firstBucket] += 1
        count += 1
    }

    package mutating func merge(_ other: LogLinearHistogram) {
        excludedCount += other.excludedCount
        guard !other.counts.isEmpty else { return }
        cover(other.firstBucket...(other.firstBucket + other.counts.count - 1))
        for (place, added) in other.counts.enumerated() {
            counts[other.firstBucket + place - firstBucket] += added
        }
        count += other.count
    }

    private mutating func cover(_ buckets: ClosedRange<Int>) {
        if counts.isEmpty {
            firstBucket = buckets.lowerBound
            counts = [UInt64](repeating: 0, count: buckets.count)
            return
        }
        // Histograms live long: room for a power of two more, not for twice as much.
        let size =
            max(firstBucket + counts.count - 1, buckets.upperBound)
            - min(firstBucket, buckets.lowerBound) + 1
        if size > counts.capacity { counts.reserveCapacity((size + 63) & ~63) }
        let before = firstBucket - buckets.lowerBound
        if before > 0 {
            counts.insert(contentsOf: repeatElement(0, count: before), at: 0)
            firstBucket = buckets.lowerBound
        }
        let after = buckets.upperBound - (firstBucket + counts.count - 1)
        if after > 0 { counts.append(contentsOf: repeatElement(0, count: after)) }
    }

    /// The value below or at which the share `share` of the values lies, or `nil` without values.
    package func quantile(_ share: Double) -> Double? {
        guard count > 0 else { return nil }
        let rank = UInt64(min(max(share, 0), 1) * Double(count - 1))
        var seen: UInt64 = 0
        for (place, here) in counts.enumerated() {
            seen += here
            if seen > rank { return Self.value(of: firstBucket + place) }
        }
        return Self.value(of: firstBucket + counts.count - 1)
    }

    /// How many values fall into the bucket of `value` or a lower one, and into it or a higher one.
    package func ranks(of value: Double) -> (atOrBelow: UInt64, atOrAbove: UInt64) {
        let place = Self.bucket(of: value) - firstBucket
        if place < 0 { return (0, count) }
        if place >= counts.count { return (count, 0) }
        let below = counts[..<place].reduce(0, +)
        return (below + counts[place], count - below)
    }

    /// The two-sided probability of a value at least as far out as `value` among those counted:
    /// `min(1, 2 (min(#{<=}, #{>=}) + 1/2) / (n + 1))`, 1 without values.
    package func tailProbability(of value: Double) -> Double {
        guard value.isFinite, count > 0 else { return 1 }
        let ranks = ranks(of: value)
        let nearer = Double(min(ranks.atOrBelow, ranks.atOrAbove))
        return min(1, 2 * (nearer + 0.5) / (Double(count) + 1))
    }
}
