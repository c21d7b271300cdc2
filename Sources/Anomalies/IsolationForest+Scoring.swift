/// The rows of half a block, one bit each.
private typealias RowSet = SIMD4<UInt64>

extension IsolationForest {
    /// The trees as flat lists, for the scoring that walks all 256 rows of a block at once.
    ///
    /// A set of rows is 256 bits. For each metric and step of the grid there is the set of rows below it,
    /// so that a cut parts the rows that reached it with two operations, whatever way they go; no row
    /// waits for another and nothing branches. Path lengths are added up the same way, bit by bit.
    struct Program {
        /// The cuts of all trees: the node in the low 16 bits, `metric * 256 + step` above.
        fileprivate var cuts: [UInt64] = []
        /// For each tree and bit of the path length, the leaves whose length has that bit.
        fileprivate var leaves: [UInt16] = []
        /// Where the cuts of each tree end; they start where those of the tree before ended.
        fileprivate var cutEnds: [Int] = []
        /// Where the leaves of each tree and bit end.
        fileprivate var leafEnds: [Int] = []

        init(_ source: [IsolationForest.Tree]) {
            for tree in source {
                for cut in tree.cuts {
                    cuts.append(
                        UInt64(cut.node) | (UInt64(cut.metric) << 8 | UInt64(cut.step)) << 16)
                }
                cutEnds.append(cuts.count)
                for bit in 0..<IsolationForest.lengthBits {
                    for leaf in tree.leaves where leaf.length >> bit & 1 == 1 {
                        leaves.append(leaf.node)
                    }
                    leafEnds.append(leaves.count)
                }
            }
        }
    }

    /// Bits of the sum of path lengths over at most 1,000 trees.
    private static let sumBits = 17

    /// Memory of the search, kept between blocks.
    struct Scratch {
        fileprivate var below: [RowSet] = []
        fileprivate var reached = [RowSet](repeating: .zero, count: 2 * 256 + 1)
        fileprivate let single: [RowSet]

        init() {
            single = (0..<ScoreBlock.rows).map { row in
                var set = RowSet.zero
                set[row >> 6] = 1 << UInt64(row & 63)
                return set
            }
        }
    }

    func score(
        _ units: [Lanes], scratch: inout Scratch, scores: inout [Lanes],
        contributions: inout [Lanes]
    ) {
        guard !trees.isEmpty, metricCount > 0 else { return }
        let single = scratch.single
        prepare(units.span, &scratch.below, single.span, &contributions)
        var sums = [17 of RowSet](repeating: .zero)
        let cuts = program.cuts.span
        let leaves = program.leaves.span
        let cutEnds = program.cutEnds.span
        let leafEnds = program.leafEnds.span
        let sets = scratch.below
        let below = sets.span
        var reached = scratch.reached.mutableSpan
        reached[0] = RowSet(repeating: .max)
        var (firstCut, firstLeaf) = (0, 0)
        for tree in cutEnds.indices {
            var node = 1
            for index in firstCut..<cutEnds[tree] {
                let cut = cuts[index]
                let rows = reached[Int(cut & 0xffff)]
                let inside = below[Int(cut >> 16)]
                reached[node] = rows & inside
                reached[node + 1] = rows & ~inside
                node += 2
            }
            firstCut = cutEnds[tree]
            var carry = RowSet.zero
            for bit in 0..<Self.lengthBits {
                var plane = RowSet.zero
                let end = leafEnds[tree * Self.lengthBits + bit]
                for leaf in firstLeaf..<end { plane |= reached[Int(leaves[leaf])] }
                firstLeaf = end
                // A full adder, 256 rows wide.
                let half = sums[bit] ^ plane
                let next = (sums[bit] & plane) | (carry & half)
                sums[bit] = half ^ carry
                carry = next
            }
            for bit in Self.lengthBits..<Self.sumBits {
                let next = sums[bit] & carry
                sums[bit] ^= carry
                carry = next
            }
        }
        finish(sums, &scores)
    }

    /// Sorts the rows into the grid and notes the contributions of the metrics.
    private func prepare(
        _ units: Span<Lanes>, _ sets: inout [RowSet], _ single: Span<RowSet>,
        _ contributions: inout [Lanes]
    ) {
        let size = metricCount * Self.steps
        if sets.count != size { sets = [RowSet](repeating: .zero, count: size) }
        var below = sets.mutableSpan
        let shortening = shortening.span
        var contributions = contributions.mutableSpan
        for metric in 0..<metricCount {
            let base = metric * Self.steps
            for step in 0..<Self.steps { below[base + step] = .zero }
            for vector in 0..<ScoreBlock.vectors {
                let place = metric * ScoreBlock.vectors + vector
                let steps = Self.steps(of: units[place])
                var contribution = Lanes.zero
                for lane in 0..<8 {
                    let step = Int(steps[lane])
                    // Rows of a step are noted at the next one, below which they are.
                    if step < Self.steps - 1 { below[base + step + 1] |= single[vector * 8 + lane] }
                    contribution[lane] = shortening[base + step]
                }
                contributions[place] = contribution
            }
            var set = RowSet.zero
            for step in 0..<Self.steps {
                set |= below[base + step]
                below[base + step] = set
            }
        }
    }

    /// Reads the sums of the rows out of the bit planes.
    private func finish(_ sums: [17 of RowSet], _ scores: inout [Lanes]) {
        let scale = -1 / (Self.lengthUnit * Float(trees.count) * usualLength)
        var scores = scores.mutableSpan
        for vector in 0..<ScoreBlock.vectors {
            let (word, shift) = (vector >> 3, UInt64(vector & 7) * 8)
            var total = SIMD8<UInt32>.zero
            for bit in 0..<Self.sumBits {
                let bits = UInt32(truncatingIfNeeded: sums[bit][word] >> shift & 0xff)
                let lanes = SIMD8<UInt32>(repeating: bits) &>> SIMD8(0, 1, 2, 3, 4, 5, 6, 7)
                total |= (lanes & 1) &<< UInt32(bit)
            }
            scores[vector] = VectorMath.powerOfTwo(Lanes(total) * scale)
        }
    }
}
