import Statistics

/// How sudden the present rate of an edge of the graph of hosts is: MIDAS-F.
///
/// Bhatia, Liu, Hooi, Yoon, Shin and Faloutsos, "Real-time anomaly detection in edge streams" (TKDD 2022).
/// Three pairs of sketches count edges, sources and destinations. With `a` the count of the present tick,
/// which each tick halves, `s` the total of the ticks before, and `t` the number of the tick from 1:
///
///     chi2 = (a + s - a t)^2 / ((a + s) (t - 1))    where a t > a + s, else 0
///
/// The score is `ln(1 + max chi2)`. At the end of a tick `a` is added to `s`; a counter whose last score was
/// `filter` or more adds its mean `s / (t - 1)` instead, so that attacks do not teach.
///
/// Counters hold the numbers as `Double`: 3 x 3 x 2 x 1,024 of them take 147 KB.
package struct EdgeBurstScore: Sendable, Hashable {
    package static let rows = 2
    package static let columns = 1024
    /// Of a counter from which on it does not learn.
    package static let filter = 1000.0
    /// Ticks in a row without an edge that are gone through one by one; more count as this many.
    package static let longestGap: Int64 = 1440

    /// What an edge scores, and its parts.
    package struct Score: Sendable, Hashable {
        /// `ln(1 + chi2)` of the edge, of its source, of its destination.
        package var edge, source, destination: Double
        /// The usual count of the edge and of the destination in a tick.
        package var usual, usualOfDestination: Double

        package var largest: Double { max(edge, source, destination) }
    }

    /// The present, total and last score of one kind of key.
    struct Layer: Sendable, Hashable {
        var present: [Double]
        var total: [Double]
        var chi2: [Double]

        init() {
            present = [Double](repeating: 0, count: rows * columns)
            (total, chi2) = (present, present)
        }
    }

    /// The number of the present tick, from 1.
    package private(set) var tick: Int64 = 1
    private let salt: UInt64
    private(set) var edges = Layer()
    private(set) var sources = Layer()
    private(set) var destinations = Layer()

    package init(seed: UInt64 = 0) {
        var spread = SplitMix64(seed: seed)
        salt = spread.next()
    }

    /// Counts an edge in the present tick and scores it.
    package mutating func add(edge: UInt64, source: UInt64, destination: UInt64) -> Score {
        let ofEdge = edges.add(edge ^ salt, tick: tick)
        let ofSource = sources.add(source ^ salt, tick: tick)
        let ofDestination = destinations.add(destination ^ salt, tick: tick)
        return Score(
            edge: naturalLogarithm(1 + ofEdge.chi2), source: naturalLogarithm(1 + ofSource.chi2),
            destination: naturalLogarithm(1 + ofDestination.chi2), usual: ofEdge.usual,
            usualOfDestination: ofDestination.usual)
    }

    /// Goes on by so many ticks.
    package mutating func advance(by ticks: Int64 = 1) {
        for _ in 0..<max(0, min(ticks, Self.longestGap)) {
            edges.endTick(tick)
            sources.endTick(tick)
            destinations.endTick(tick)
            tick += 1
        }
    }

    package static let heapOctets = 9 * (32 + 8 * rows * columns)

    /// The formula of the score.
    static func chi2(present: Double, total: Double, tick: Int64) -> Double {
        let sum = present + total
        let excess = present * Double(tick) - sum
        return excess > 0 ? excess * excess / (sum * Double(tick - 1)) : 0
    }
}

extension EdgeBurstScore.Layer {
    fileprivate mutating func add(_ key: UInt64, tick: Int64) -> (chi2: Double, usual: Double) {
        var places = SplitMix64(seed: key)
        var (least, leastTotal) = (Double.infinity, Double.infinity)
        var found: [2 of Int] = .init(repeating: 0)
        for row in 0..<EdgeBurstScore.rows {
            let column = Int(truncatingIfNeeded: places.next() >> 32) & (EdgeBurstScore.columns - 1)
            let place = row * EdgeBurstScore.columns + column
            found[row] = place
            present[place] += 1
            least = min(least, present[place])
            leastTotal = min(leastTotal, total[place])
        }
        let score = EdgeBurstScore.chi2(present: least, total: leastTotal, tick: tick)
        for row in 0..<EdgeBurstScore.rows { chi2[found[row]] = score }
        return (score, tick > 1 ? leastTotal / Double(tick - 1) : 0)
    }

    fileprivate mutating func endTick(_ tick: Int64) {
        for place in present.indices {
            if chi2[place] < EdgeBurstScore.filter {
                total[place] += present[place]
            } else {
                total[place] += total[place] / Double(tick - 1)
            }
            present[place] *= 0.5
        }
    }
}

// MARK: - Saving

extension EdgeBurstScore {
    func write(to writer: inout ByteWriter) {
        writer.add(tick)
        for layer in [edges, sources, destinations] {
            for grid in [layer.present, layer.total, layer.chi2] {
                writer.add(sparse: grid.map(\.bitPattern))
            }
        }
    }

    /// Fills a new one with what ``write(to:)`` wrote.
    mutating func read(from reader: inout ByteReader) throws(ByteReader.Failure) {
        tick = try reader.int64()
        guard (1...1 << 40).contains(tick) else { throw .damaged("a tick out of range") }
        edges = try Layer(from: &reader)
        sources = try Layer(from: &reader)
        destinations = try Layer(from: &reader)
    }
}

extension EdgeBurstScore.Layer {
    fileprivate init(from reader: inout ByteReader) throws(ByteReader.Failure) {
        present = try Self.grid(from: &reader)
        total = try Self.grid(from: &reader)
        chi2 = try Self.grid(from: &reader)
    }

    private static func grid(from reader: inout ByteReader) throws(ByteReader.Failure) -> [Double] {
        let numbers = try reader.sparseWords(count: EdgeBurstScore.rows * EdgeBurstScore.columns)
            .map { Double(bitPattern: $0) }
        guard numbers.allSatisfy({ $0.isFinite && $0 >= 0 }) else {
            throw .damaged("a number out of range")
        }
        return numbers
    }
}
