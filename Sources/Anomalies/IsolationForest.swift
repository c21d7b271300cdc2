internal import Statistics

/// How few random cuts single a flow out (Liu, Ting and Zhou, "Isolation forest", 2008).
///
/// Each tree cuts 256 flows, drawn without replacement, at random places of random metrics, at most
/// eight times deep. The score is `2^(-E h / c(256))`: h the cuts to the leaf plus c(size) for the flows
/// left together there, averaged over the trees. Metrics are taken in robust log units on a grid of
/// 256 steps from -8 to 8, a sixteenth of a spread each; path lengths are kept to 1/7.
struct IsolationForest: Equatable {
    /// Flows a tree is grown from.
    static let sampleSize = 256
    /// Steps of the grid of a metric.
    static let steps = 256
    static let depthLimit = 8
    /// Bits of a leaf's path length, in units of `1 / lengthUnit`.
    static let lengthBits = 7
    static let lengthUnit: Float = 6.9

    /// One tree, cuts numbered so that a cut comes after the one above it.
    ///
    /// Node 0 is the root; the `k`-th cut has the nodes `2k + 1` (below the cut) and `2k + 2`.
    struct Tree: Equatable {
        /// A cut: the rows of `node` whose metric is less than a step.
        struct Cut: Equatable {
            var node: UInt16
            var metric: UInt8
            /// 1...255: smaller steps go to node `2k + 1`.
            var step: UInt8
        }

        /// A node without a cut: its number, its path length in units, its share of the sample.
        struct Leaf: Equatable {
            var node: UInt16
            var length: UInt8
            var share: Float
        }

        var cuts: [Cut] = []
        var leaves: [Leaf] = []
    }

    let metricCount: Int
    let trees: [Tree]
    /// c(psi) of the flows that a tree was really grown from.
    let usualLength: Float
    /// How much shorter than usual the path is expected to be by one metric alone, by step, not negative:
    /// 256 entries a metric. A metric's contribution.
    let shortening: [Float]
    /// The trees as the search sees them.
    let program: Program
    /// The trees as single rows see them.
    let walk: Walk

    init(metricCount: Int, trees: [Tree], usualLength: Float) {
        self.metricCount = metricCount
        self.trees = trees
        self.usualLength = usualLength
        shortening = Self.shortening(trees, metricCount: metricCount)
        program = Program(trees)
        walk = Walk(trees)
    }

    static func == (left: Self, right: Self) -> Bool {
        left.metricCount == right.metricCount && left.trees == right.trees
            && left.usualLength == right.usualLength
    }

    init(
        fittedOn sample: FittedSample, scales: MetricScales, treeCount: Int,
        generator: inout SeededGenerator
    ) {
        let size = min(Self.sampleSize, sample.count)
        let steps = sample.columns.indices.map { Self.steps(of: sample.columns[$0], $0, scales) }
        var trees: [Tree] = []
        var order = Array(0..<sample.count)
        var grid = [UInt8](repeating: 0, count: size * sample.metricCount)
        for _ in 0..<treeCount {
            for row in 0..<size {
                // The start of a shuffle: whatever order trees before left, every sample is as likely.
                order.swapAt(row, row + generator.index(below: sample.count - row))
                for metric in 0..<sample.metricCount {
                    grid[row * sample.metricCount + metric] = steps[metric][order[row]]
                }
            }
            trees.append(
                Self.grow(grid, rows: size, metricCount: sample.metricCount, &generator))
        }
        self.init(
            metricCount: sample.metricCount, trees: trees,
            usualLength: Float(max(Self.averageLength(size), 1)))
    }

    /// The grid step of each row: 0...255.
    @inline(__always)
    static func steps(of units: Lanes) -> SIMD8<UInt32> {
        VectorMath.rounded((units + MetricScales.limit) * (255 / (2 * MetricScales.limit)))
    }

    /// The average path length of an unsuccessful search among `size` flows.
    static func averageLength(_ size: Int) -> Double {
        if size < 2 { return 0 }
        if size == 2 { return 1 }
        let number = Double(size)
        return 2 * (naturalLogarithm(number - 1) + 0.577_215_664_901_532_9)
            - 2 * (number - 1) / number
    }

    /// The grid steps of a column of `L(x)`.
    private static func steps(
        of column: [Float], _ metric: Int, _ scales: MetricScales
    ) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(column.count)
        for start in stride(from: 0, to: column.count, by: 8) {
            let count = min(8, column.count - start)
            var logs = Lanes(repeating: .nan)
            for lane in 0..<count { logs[lane] = column[start + lane] }
            let eight = steps(of: scales.unit(logs, metric: metric))
            for lane in 0..<count { result.append(UInt8(truncatingIfNeeded: eight[lane])) }
        }
        return result
    }

    // MARK: Growing

    private struct Pending {
        var node: Int
        var rows: Range<Int>
        var depth: Int
    }

    private static func grow(
        _ grid: [UInt8], rows: Int, metricCount: Int, _ generator: inout SeededGenerator
    ) -> Tree {
        var tree = Tree()
        var order = Array(0..<rows)
        var queue = [Pending(node: 0, rows: 0..<rows, depth: 0)]
        var candidates: [Int] = []
        var next = 0
        while next < queue.count {
            let pending = queue[next]
            next += 1
            let cut =
                pending.depth == depthLimit || pending.rows.count < 2
                ? nil
                : chooseCut(
                    grid, order[pending.rows], metricCount: metricCount, &candidates, &generator)
            guard let (metric, step) = cut else {
                let length = Double(pending.depth) + averageLength(pending.rows.count)
                tree.leaves.append(
                    Tree.Leaf(
                        node: UInt16(pending.node),
                        length: UInt8(min(127, (length * Double(lengthUnit)).rounded())),
                        share: Float(pending.rows.count) / Float(max(rows, 1))))
                continue
            }
            let middle = order[pending.rows].partition {
                grid[$0 * metricCount + metric] >= UInt8(step)
            }
            let index = tree.cuts.count
            tree.cuts.append(
                Tree.Cut(node: UInt16(pending.node), metric: UInt8(metric), step: UInt8(step)))
            let depth = pending.depth + 1
            queue.append(
                Pending(
                    node: 2 * index + 1, rows: pending.rows.lowerBound..<middle, depth: depth))
            queue.append(
                Pending(
                    node: 2 * index + 2, rows: middle..<pending.rows.upperBound, depth: depth))
        }
        // Forests live long: no more memory than they need.
        return Tree(cuts: exact(tree.cuts), leaves: exact(tree.leaves))
    }

    /// The elements in an array without room for more.
    private static func exact<Element>(_ elements: [Element]) -> [Element] {
        unsafe elements.withUnsafeBufferPointer { unsafe Array($0) }
    }

    /// A random step of a random metric among those that differ in `rows`, or `nil` if none does.
    private static func chooseCut(
        _ grid: [UInt8], _ rows: ArraySlice<Int>, metricCount: Int, _ candidates: inout [Int],
        _ generator: inout SeededGenerator
    ) -> (metric: Int, step: Int)? {
        candidates.removeAll(keepingCapacity: true)
        candidates.append(contentsOf: 0..<metricCount)
        while !candidates.isEmpty {
            let choice = generator.index(below: candidates.count)
            let metric = candidates[choice]
            var (low, high) = (UInt8.max, UInt8.min)
            for row in rows {
                let step = grid[row * metricCount + metric]
                low = min(low, step)
                high = max(high, step)
            }
            if low < high {
                return (metric, Int(low) + 1 + generator.index(below: Int(high) - Int(low)))
            }
            candidates.swapAt(choice, candidates.count - 1)
            candidates.removeLast()
        }
        return nil
    }

    // MARK: Contributions

    /// The expected path length of a flow of which one metric alone is known, against that of a flow of
    /// which nothing is known, in the shares that the trees' own flows took at the other cuts.
    ///
    /// These are the forest's first-order effects: what metrics do only together is not attributed.
    private static func shortening(_ trees: [Tree], metricCount: Int) -> [Float] {
        // Per metric and step: the change of the expected length from the step before.
        var changes = [Double](repeating: 0, count: metricCount * (steps + 1))
        var overall = 0.0
        for tree in trees {
            let nodes = 2 * tree.cuts.count + 1
            var shares = [Double](repeating: 0, count: nodes)
            var above = [Int](repeating: -1, count: nodes)
            for leaf in tree.leaves { shares[Int(leaf.node)] = Double(leaf.share) }
            for (index, cut) in tree.cuts.enumerated().reversed() {
                shares[Int(cut.node)] = shares[2 * index + 1] + shares[2 * index + 2]
                above[2 * index + 1] = index
                above[2 * index + 2] = index
            }
            for leaf in tree.leaves {
                overall += shares[Int(leaf.node)] * Double(leaf.length)
                spread(leaf, tree, shares, above, into: &changes)
            }
        }
        let scale = 1 / (Double(max(1, trees.count)) * Double(lengthUnit))
        var result: [Float] = []
        result.reserveCapacity(metricCount * steps)
        for metric in 0..<metricCount {
            var length = overall
            for step in 0..<steps {
                length += changes[metric * (steps + 1) + step]
                result.append(Float(max(0, (overall - length) * scale)))
            }
        }
        return result
    }

    /// Adds what a leaf means to the metrics on its path. A metric that is not on it expects the leaf
    /// with its share, which is the zero line.
    private static func spread(
        _ leaf: Tree.Leaf, _ tree: Tree, _ shares: [Double], _ above: [Int],
        into changes: inout [Double]
    ) {
        var path: [(metric: Int, range: Range<Int>, share: Double)] = []
        path.reserveCapacity(depthLimit)
        var node = Int(leaf.node)
        while node > 0 {
            let index = above[node]
            let cut = tree.cuts[index]
            let parent = Int(cut.node)
            let range = node & 1 == 1 ? 0..<Int(cut.step) : Int(cut.step)..<steps
            let share = shares[parent] > 0 ? shares[node] / shares[parent] : 0
            path.append((Int(cut.metric), range, share))
            node = parent
        }
        let length = Double(leaf.length)
        let expected = path.reduce(1) { $0 * $1.share }
        for index in path.indices {
            let metric = path[index].metric
            if path[..<index].contains(where: { $0.metric == metric }) { continue }
            var range = 0..<steps
            var others = 1.0
            for cut in path {
                if cut.metric == metric {
                    range = range.clamped(to: cut.range)
                } else {
                    others *= cut.share
                }
            }
            let base = metric * (steps + 1)
            changes[base] -= expected * length
            changes[base + range.lowerBound] += others * length
            changes[base + range.upperBound] -= others * length
        }
    }
}
