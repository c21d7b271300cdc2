/// The newest numbers of a stream, as many as have one mean: it forgets the old ones when the mean changes.
///
/// ADWIN2 (Bifet and Gavaldà, "Learning from time-changing data with adaptive windowing", 2007). The numbers
/// are kept as an exponential histogram: at most five sums of one number each, then five of two, of four …
/// so that a window of any length takes a few kilobytes. Every 32 numbers each border between sums is
/// tried: where the means of the older and the newer part differ by more than
///
///     sqrt(2/m v ln(2/d)) + 2/(3m) ln(2/d),  1/m = 1/(n0 - 4) + 1/(n1 - 4),  d = delta / ln(n)
///
/// (`v` the variance of the window), the oldest sum is dropped. With the usual delta of 0.002 numbers that do
/// not change, normal or skewed, raise about three alarms in a million; a shift by one standard deviation
/// is found after 30 to 100 numbers, one by a quarter after some 400.
package struct AdaptiveWindow: Sendable, Equatable {
    /// What a change did to the mean.
    package struct Change: Sendable, Equatable {
        /// The mean of what was forgotten, and of what is left.
        package let before, after: Double
        /// Numbers forgotten and left.
        package let forgotten, left: Int
    }

    /// A sum of 2^level numbers in a row.
    private struct Bucket: Sendable, Equatable {
        var sum: Double
        /// Sum of the squared distances from their mean.
        var squares: Double
    }

    package let delta: Double
    /// Buckets by level, the oldest first in each; the highest level is the oldest.
    private var levels: [[Bucket]] = [[]]
    /// Numbers in the window.
    package private(set) var count = 0
    private var sum = 0.0
    private var squares = 0.0
    private var untilTest = Self.testInterval

    private static let bucketsPerLevel = 5
    private static let testInterval = 32
    /// Numbers that either side of a border has at least.
    private static let shortest = 5
    /// Sums are not doubled beyond this level: the oldest are dropped, so that nothing grows for ever.
    private static let highestLevel = 30

    /// - Parameter delta: the chance of a false alarm, in 0..<1.
    package init(delta: Double = 0.002) {
        self.delta = min(max(1e-12, delta), 0.999)
    }

    /// The mean of the window, 0 while it is empty.
    package var mean: Double { count > 0 ? sum / Double(count) : 0 }

    /// The variance of the window (divisor n).
    package var variance: Double { count > 0 ? max(0, squares) / Double(count) : 0 }

    /// Adds a number, and tells of a change of the mean if one shows. Numbers that are not finite are left out.
    package mutating func add(_ number: Double) -> Change? {
        guard number.isFinite else { return nil }
        if count > 0 {
            let distance = number - mean
            squares += distance * distance * Double(count) / Double(count + 1)
        }
        count += 1
        sum += number
        levels[0].append(Bucket(sum: number, squares: 0))
        compress()
        untilTest -= 1
        guard untilTest == 0 else { return nil }
        untilTest = Self.testInterval
        return dropWhatDiffers()
    }

    private mutating func compress() {
        var level = 0
        while level < levels.count, levels[level].count > Self.bucketsPerLevel {
            if level == Self.highestLevel { return dropOldest() }
            let (one, other) = (levels[level][0], levels[level][1])
            levels[level].removeFirst(2)
            let size = Double(1 << level)
            let distance = (one.sum - other.sum) / size
            let joined = Bucket(
                sum: one.sum + other.sum,
                squares: one.squares + other.squares + distance * distance * size / 2)
            if level + 1 == levels.count { levels.append([]) }
            levels[level + 1].append(joined)
            level += 1
        }
    }

    private mutating func dropWhatDiffers() -> Change? {
        let (countBefore, sumBefore) = (count, sum)
        while count >= 2 * Self.shortest, differs { dropOldest() }
        guard count < countBefore else { return nil }
        let forgotten = countBefore - count
        return Change(
            before: (sumBefore - sum) / Double(forgotten), after: mean, forgotten: forgotten,
            left: count)
    }

    /// Whether the means differ at any border.
    private var differs: Bool {
        let logarithm =
            naturalLogarithm(2 / delta) + naturalLogarithm(naturalLogarithm(Double(count)))
        let (noise, variance) = (Double(Self.shortest - 1), variance)
        var (older, olderSum) = (0, 0.0)
        for level in levels.indices.reversed() {
            for bucket in levels[level] {
                older += 1 << level
                olderSum += bucket.sum
                let newer = count - older
                guard newer >= Self.shortest else { return false }
                guard older >= Self.shortest else { continue }
                let inverse = 1 / (Double(older) - noise) + 1 / (Double(newer) - noise)
                let limit =
                    (2 * inverse * variance * logarithm).squareRoot() + 2 / 3 * inverse * logarithm
                if abs(olderSum / Double(older) - (sum - olderSum) / Double(newer)) > limit {
                    return true
                }
            }
        }
        return false
    }

    private mutating func dropOldest() {
        while levels.count > 1, levels[levels.count - 1].isEmpty { levels.removeLast() }
        let level = levels.count - 1
        guard !levels[level].isEmpty else { return }
        let oldest = levels[level].removeFirst()
        let size = 1 << level
        count -= size
        sum -= oldest.sum
        if count > 0 {
            let distance = oldest.sum / Double(size) - sum / Double(count)
            squares -=
                oldest.squares + distance * distance * Double(size) * Double(count)
                / Double(size + count)
        } else {
            (sum, squares) = (0, 0)
        }
        if levels.count > 1, levels[level].isEmpty { levels.removeLast() }
    }
}

// MARK: - Saving

extension AdaptiveWindow {
    /// Writes everything but delta, which its owner knows.
    package func write(to writer: inout ByteWriter) {
        writer.add(short: UInt64(count))
        writer.add(sum)
        writer.add(squares)
        writer.add(short: UInt64(untilTest))
        writer.add(count: levels.count)
        for level in levels {
            writer.add(UInt8(level.count))
            for bucket in level {
                writer.add(bucket.sum)
                writer.add(bucket.squares)
            }
        }
    }

    /// Reads what ``write(to:)`` wrote.
    package init(
        from reader: inout ByteReader, delta: Double = 0.002
    ) throws(ByteReader.Failure) {
        self.init(delta: delta)
        count = Int(try reader.counter())
        sum = try reader.finite()
        squares = try reader.finite()
        untilTest = Int(try reader.counter())
        let levelCount = try reader.count(size: 1)
        guard (1...Self.testInterval).contains(untilTest),
            (1...(Self.highestLevel + 1)).contains(levelCount)
        else { throw .damaged("a window out of range") }
        levels = []
        var numbers = 0
        for level in 0..<levelCount {
            let buckets = Int(try reader.uint8())
            guard buckets <= Self.bucketsPerLevel else { throw .damaged("a window out of range") }
            numbers += buckets << level
            var row: [Bucket] = []
            for _ in 0..<buckets {
                row.append(Bucket(sum: try reader.finite(), squares: try reader.finite()))
            }
            levels.append(row)
        }
        guard numbers == count else { throw .damaged("a window of other numbers") }
    }
}
