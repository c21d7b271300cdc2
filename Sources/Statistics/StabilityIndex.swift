/// How far numbers have moved from what they were: the population stability index over ten quantile bins.
///
///     PSI = sum of (a - e) ln(a / e)
///
/// with `e` the expected and `a` the actual share of each bin, no share below half a number. Under 0.1 is
/// called stable, over 0.2 moved. Bins that one frequent value fills are joined, so that there may be fewer
/// than ten; of a constant two are left, the constant (with all below it) and what is above.
package struct StabilityIndex: Sendable, Equatable {
    /// The highest histogram bucket of each bin but the last, ascending.
    private let ends: [Int]
    private let expected: [Double]
    private var counts: [Int]
    private var total = 0
    /// Numbers that an index is taken over.
    package let sampleSize: Int

    package static let binCount = 10

    /// - Parameter reference: what the numbers were; `nil` if it has none.
    package init?(reference: LogLinearHistogram, sampleSize: Int = 1000) {
        guard reference.count > 0 else { return nil }
        var ends: [Int] = []
        for bin in 1..<Self.binCount {
            guard let value = reference.quantile(Double(bin) / Double(Self.binCount)) else {
                continue
            }
            let bucket = LogLinearHistogram.bucket(of: value)
            if bucket > ends.last ?? .min { ends.append(bucket) }
        }
        var below: [UInt64] = ends.map {
            reference.ranks(of: LogLinearHistogram.value(of: $0)).atOrBelow
        }
        below.append(reference.count)
        var shares: [Double] = []
        var before: UInt64 = 0
        for count in below {
            shares.append(Double(count - before) / Double(reference.count))
            before = count
        }
        self.ends = ends
        expected = shares
        counts = Array(repeating: 0, count: shares.count)
        self.sampleSize = max(10, sampleSize)
    }

    /// Adds a number; gives the index each time that `sampleSize` numbers are there, and begins anew. Numbers
    /// that are not finite are left out.
    package mutating func add(_ number: Double) -> Double? {
        guard number.isFinite else { return nil }
        let bucket = LogLinearHistogram.bucket(of: number)
        var bin = 0
        while bin < ends.count, bucket > ends[bin] { bin += 1 }
        counts[bin] += 1
        total += 1
        guard total == sampleSize else { return nil }
        let least = 0.5 / Double(total)
        var index = 0.0
        for bin in counts.indices {
            let actual = max(least, Double(counts[bin]) / Double(total))
            let expected = max(least, expected[bin])
            index += (actual - expected) * naturalLogarithm(actual / expected)
            counts[bin] = 0
        }
        total = 0
        return index
    }
}

// MARK: - Saving

extension StabilityIndex {
    /// Writes the present sample; the reference is known to the owner.
    package func write(to writer: inout ByteWriter) {
        writer.add(UInt8(counts.count))
        for count in counts { writer.add(short: UInt64(count)) }
    }

    /// Fills a new one of the same reference with what ``write(to:)`` wrote.
    package mutating func read(from reader: inout ByteReader) throws(ByteReader.Failure) {
        guard Int(try reader.uint8()) == counts.count else {
            throw .damaged("a sample of another reference")
        }
        for bin in counts.indices { counts[bin] = Int(try reader.smallCounter()) }
        total = counts.reduce(0, +)
        guard total < sampleSize else { throw .damaged("a sample that is too large") }
    }
}
