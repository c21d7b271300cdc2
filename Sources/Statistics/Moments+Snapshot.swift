extension RunningMoments {
    package func write(to writer: inout ByteWriter) {
        writer.add(short: count)
        for number in [mean, squares, minimum, maximum] { writer.add(number) }
    }

    /// Reads what ``write(to:)`` wrote.
    package init(from reader: inout ByteReader) throws(ByteReader.Failure) {
        let count = try reader.counter()
        let mean = try reader.finite()
        let squares = try reader.finite()
        let minimum = try reader.finite()
        let maximum = try reader.finite()
        guard squares >= 0, minimum <= maximum else { throw .damaged("moments out of range") }
        self.init(count: count, mean: mean, squares: squares, minimum: minimum, maximum: maximum)
    }
}

extension LogLinearHistogram {
    package func write(to writer: inout ByteWriter) {
        writer.add(Int32(firstBucket))
        writer.add(short: excludedCount)
        writer.add(count: counts.count)
        for count in counts { writer.add(short: count) }
    }

    /// Reads what ``write(to:)`` wrote.
    package init(from reader: inout ByteReader) throws(ByteReader.Failure) {
        let first = Int(try reader.integer(Int32.self))
        let excluded = try reader.counter()
        let count = try reader.count(size: 1)
        var counts: [UInt64] = []
        counts.reserveCapacity(count)
        for _ in 0..<count { counts.append(try reader.counter()) }
        guard
            let histogram = LogLinearHistogram(
                firstBucket: first, counts: counts, excludedCount: excluded),
            histogram.count < 1 << 48
        else { throw .damaged("a histogram out of range") }
        self = histogram
    }
}
