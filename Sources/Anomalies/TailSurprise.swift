internal import Baselines
internal import Statistics

/// How far out each metric lies by itself, exactly: `-log10 min(1, 2 (min(#{<=}, #{>=}) + 1/2) / (n + 1))`
/// from the log-linear histogram of all flows learnt. The score is the mean over the metrics; a missing
/// value adds nothing.
struct TailSurprise {
    /// The first bucket of each metric's table.
    private var firstBuckets: [Int] = []
    /// Surprise by bucket: one entry below the histogram, its buckets, one entry above.
    private var tables: [[Float]] = []

    init(_ histograms: [LogLinearHistogram]) {
        for histogram in histograms {
            firstBuckets.append(histogram.firstBucket - 1)
            let total = histogram.count
            var table: [Float] = []
            table.reserveCapacity(histogram.counts.count + 2)
            var below: UInt64 = 0
            for here in [0] + histogram.counts + [0] {
                let nearer = Double(min(below + here, total - below))
                below += here
                let probability = min(1, 2 * (nearer + 0.5) / (Double(total) + 1))
                table.append(Float(-naturalLogarithm(probability) / naturalLogarithm(10)))
            }
            tables.append(table)
        }
    }

    func score(
        _ table: PopulationTable, _ members: [Int], scores: inout [Lanes],
        contributions: inout [Lanes]
    ) {
        let share = 1 / Float(max(1, tables.count))
        let members = members.span
        var scores = scores.mutableSpan
        var contributions = contributions.mutableSpan
        for (metric, surprises) in tables.enumerated() {
            let values = table.columns[metric]
            let column = values.span
            let surprises = surprises.span
            let first = firstBuckets[metric]
            for start in stride(from: 0, to: members.count, by: 8) {
                var surprise = Lanes.zero
                for lane in 0..<min(8, members.count - start) {
                    let value = column[members[start + lane]]
                    guard value.isFinite else { continue }
                    let place = LogLinearHistogram.bucket(of: value) - first
                    surprise[lane] = surprises[max(0, min(place, surprises.count - 1))]
                }
                scores[start >> 3] += surprise * share
                contributions[metric * ScoreBlock.vectors + start >> 3] = surprise
            }
        }
    }
}
