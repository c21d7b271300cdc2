/// Sums by key in a fixed space: never too small, and seldom much too large.
///
/// A sum is over by more than `e / columns` of all that was added with a probability of at most `e^-rows`
/// (Cormode and Muthukrishnan, 2005). Eight octets a counter, so that octets of flows add up without loss:
/// merging is exact and in any order as long as amounts are whole and sums below 2^53. Somebody who knows
/// the seed can choose keys that meet; they make sums too large, never too small.
package struct CountMinSketch: Sendable, Hashable {
    package let rows: Int
    /// A power of two.
    package let columns: Int
    /// Made of the seed; sketches can be merged if they have the same.
    private let salt: UInt64
    /// All that was added, decayed as the counters.
    package private(set) var total = 0.0
    private var counters: [Double]

    /// - Precondition: 1...8 rows and 2...2^24 columns, a power of two.
    package init(rows: Int = 4, columns: Int = 4096, seed: UInt64 = 0) {
        precondition((1...8).contains(rows), "rows of a count-min sketch")
        precondition(
            (2...1 << 24).contains(columns) && columns.nonzeroBitCount == 1,
            "columns of a count-min sketch")
        (self.rows, self.columns) = (rows, columns)
        salt = Self.salt(seed)
        counters = [Double](repeating: 0, count: rows * columns)
    }

    private static func salt(_ seed: UInt64) -> UInt64 {
        var spread = SplitMix64(seed: seed)
        return spread.next()
    }

    /// Adds to a key; returns its sum thereafter.
    ///
    /// - Precondition: `amount` is finite and not negative.
    @discardableResult
    package mutating func add(_ key: UInt64, _ amount: Double = 1) -> Double {
        precondition(amount >= 0 && amount.isFinite, "a negative amount")
        var places = SplitMix64(seed: key ^ salt)
        var least = Double.infinity
        for row in 0..<rows {
            let place = row * columns + Int(places.next() >> 32) & (columns - 1)
            counters[place] += amount
            least = min(least, counters[place])
        }
        total += amount
        return least
    }

    /// The sum of a key, or somewhat more.
    package func sum(_ key: UInt64) -> Double {
        var places = SplitMix64(seed: key ^ salt)
        var least = Double.infinity
        for row in 0..<rows {
            least = min(least, counters[row * columns + Int(places.next() >> 32) & (columns - 1)])
        }
        return least
    }

    /// Adds the sums of another sketch.
    ///
    /// - Precondition: Both have the same rows, columns and seed.
    package mutating func merge(_ other: CountMinSketch) {
        precondition(
            rows == other.rows && columns == other.columns && salt == other.salt,
            "different kinds of count-min sketch")
        for place in counters.indices { counters[place] += other.counters[place] }
        total += other.total
    }

    /// Multiplies every sum by `factor`, 0...1.
    ///
    /// - Complexity: The number of counters.
    package mutating func decay(by factor: Double) {
        precondition((0...1).contains(factor), "a factor of decay")
        for place in counters.indices { counters[place] *= factor }
        total *= factor
    }

    /// The octets of the counters.
    package var heapOctets: Int { 32 + 8 * counters.count }
}

// MARK: - Saving

extension CountMinSketch {
    /// Writes everything but rows, columns and seed, which its owner knows.
    package func encode(into writer: inout ByteWriter) {
        writer.add(total)
        for counter in counters { writer.add(counter) }
    }

    package init(
        decoding reader: inout ByteReader, rows: Int = 4, columns: Int = 4096, seed: UInt64 = 0
    ) throws(ByteReader.Failure) {
        self.init(rows: rows, columns: columns, seed: seed)
        total = try reader.amount()
        for place in counters.indices { counters[place] = try reader.amount() }
    }
}
