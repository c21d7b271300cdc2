/// A value that many flows of a population have in one metric: a heavy hitter.
package struct FrequentValue: Sendable, Equatable {
    package let value: Double
    /// The share of the remembered flows that have it, 0 to 1; of flows without a finite value none.
    package let share: Double
    /// How far the share of all flows may be from that, at a chance of three in a thousand to be farther; 0 while all
    /// flows are remembered.
    package let margin: Double

    package init(value: Double, share: Double, margin: Double) {
        (self.value, self.share, self.margin) = (value, share, margin)
    }
}

extension LivePopulation {
    /// The values that one in 256 of the remembered flows has, and three flows at least: the most frequent first, of
    /// equals the smaller one.
    ///
    /// Found in the memory and not by counters of their own: it is a sample without regard to the values, so that
    /// heavy hitters of joined baselines equal to the bit those of all flows together, in any order. The margin is that
    /// of a share p in a sample of n, 3 √(p (1 - p) / n), and at least 3 / n. Younger flows count more, as they do in
    /// the memory.
    ///
    /// - Complexity: O(n log n) for n remembered flows.
    package func frequentValues(_ metric: Int, limit: Int = 8) -> [FrequentValue] {
        let values = (0..<memory.count).map { memory.value(metric, at: $0) }
            .filter(\.isFinite).sorted()
        var runs: [(value: Float, count: Int)] = []
        for value in values {
            if runs.last?.value == value {
                runs[runs.count - 1].count += 1
            } else {
                runs.append((value, 1))
            }
        }
        let total = Double(values.count)
        let isWhole = count == UInt64(memory.count)
        return runs.filter { $0.count >= 3 && $0.count * 256 >= values.count }
            .sorted { ($1.count, $0.value) < ($0.count, $1.value) }
            .prefix(max(0, limit))
            .map { run in
                let share = Double(run.count) / total
                let spread = max(1 / total, (share * (1 - share) / total).squareRoot())
                return FrequentValue(
                    value: Double(run.value), share: share, margin: isWhole ? 0 : 3 * spread)
            }
    }
}
