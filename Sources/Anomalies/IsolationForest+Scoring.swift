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
        fileprivate var cuts: [UInt32] = []
        /// For each tree and bit of the path length, the leaves whose length has that bit.
        fileprivate var leaves: [UInt16] = []
        /// Where the cuts of each tree end; they start where those of the tree before ended.
        fileprivate var cutEnds: [Int] = []
        /// Where the leaves of each tree and bit end.
        fileprivate var leafEnds: [Int] = []

        init(_ source: [IsolationForest.Tree]) {
            cuts.reserveCapacity(source.reduce(0) { $0 + $1.cuts.count })
            leaves.reserveCapacity(
                source.lazy.flatMap(\.leaves).reduce(0) { $0 + $1.length.nonzeroBitCount })
            for tree in source {
                for cut in tree.cuts {
                    cuts.append(
                        UInt32(cut.node) | (UInt32(cut.metric) << 8 | UInt32(cut.step)) << 16)
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
        /// The grid steps of the rows of a small block, 256 octets a row.
        fileprivate var grid = [UInt8](repeating: 0, count: IsolationForest.fewRows * 256)
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

    /// Scores the first `rows` rows of a block: together if they are many, else one after the other.
    func score(
        _ units: [Lanes], rows: Int, scratch: inout Scratch, scores: inout [Lanes],
        contributions: inout [Lanes]
    ) {
        guard !trees.isEmpty, metricCount > 0 else { return }
        if rows <= Self.fewRows {
            walk(units.span, rows, &scratch.grid, &scores, &contributions)
        } else {
            score(units, &scratch, &scores, &contributions)
        }
    }

    private func score(
        _ units: [Lanes], _ scratch: inout Scratch, _ scores: inout [Lanes],
        _ contributions: inout [Lanes]
    ) {
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
        let scale = sumScale
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

    /// What a sum of path lengths is multiplied with to be the exponent of the score.
    private var sumScale: Float { -1 / (Self.lengthUnit * Float(trees.count) * usualLength) }
}

// MARK: - Few rows

extension IsolationForest {
    /// The trees as tables of nodes, for rows that go down by themselves: what takes all 256 rows of a block at
    /// once takes as long for one of them.
    ///
    /// A node has its step in the lowest nine bits, its metric in the next eight, and above them the first of
    /// its two children, which follow each other. A leaf leads to itself, as no step reaches 256, and has its
    /// path length where the others have the metric: eight steps down end at a leaf whatever its depth.
    struct Walk {
        fileprivate var nodes: [UInt32] = []
        /// Where the nodes of each tree start.
        fileprivate var starts: [Int] = []

        init(_ source: [IsolationForest.Tree]) {
            nodes.reserveCapacity(source.reduce(0) { $0 + 2 * $1.cuts.count + 1 })
            for tree in source {
                let start = nodes.count
                starts.append(start)
                for node in 0..<UInt32(2 * tree.cuts.count + 1) { nodes.append(node << 17 | 256) }
                for (index, cut) in tree.cuts.enumerated() {
                    nodes[start + Int(cut.node)] =
                        UInt32(2 * index + 1) << 17 | UInt32(cut.metric) << 9 | UInt32(cut.step)
                }
                for leaf in tree.leaves {
                    nodes[start + Int(leaf.node)] |= UInt32(leaf.length) << 9
                }
            }
        }
    }

    /// Up to so many rows of a block go down by themselves.
    static let fewRows = 64

    private func walk(
        _ units: Span<Lanes>, _ rows: Int, _ grid: inout [UInt8], _ scores: inout [Lanes],
        _ contributions: inout [Lanes]
    ) {
        let vectors = (rows + 7) / 8
        note(units, vectors, grid.mutableSpan, &contributions)
        var scores = scores.mutableSpan
        let scale = sumScale
        for vector in 0..<vectors {
            var sums = SIMD8<UInt32>.zero
            // SAFETY: a node's children are nodes of its tree, as the initialiser of `Walk` made them and the
            // checks of a decoded forest made sure; steps are octets at 256 a row and metrics are below 256.
            unsafe walk.nodes.withUnsafeBufferPointer { nodes in
                unsafe grid.withUnsafeBufferPointer { grid in
                    guard let nodes = nodes.baseAddress, let grid = grid.baseAddress else { return }
                    let first = unsafe grid + vector * 8 * 256
                    for start in walk.starts {
                        unsafe sums &+= Self.lengths(nodes + start, first)
                    }
                }
            }
            scores[vector] = VectorMath.powerOfTwo(Lanes(sums) * scale)
        }
    }

    /// The path lengths of eight rows in one tree. No row waits for another.
    @inline(__always)
    private static func lengths(
        _ nodes: UnsafePointer<UInt32>, _ grid: UnsafePointer<UInt8>
    ) -> SIMD8<UInt32> {
        let root = unsafe nodes[0]
        var (a, b, c, d) = (root, root, root, root)
        var (e, f, g, h) = (root, root, root, root)
        for _ in 0..<depthLimit {
            unsafe a = next(a, nodes, grid)
            unsafe b = next(b, nodes, grid + 256)
            unsafe c = next(c, nodes, grid + 512)
            unsafe d = next(d, nodes, grid + 768)
            unsafe e = next(e, nodes, grid + 1024)
            unsafe f = next(f, nodes, grid + 1280)
            unsafe g = next(g, nodes, grid + 1536)
            unsafe h = next(h, nodes, grid + 1792)
        }
        return (SIMD8(a, b, c, d, e, f, g, h) &>> 9) & 0xff
    }

    @inline(__always)
    private static func next(
        _ node: UInt32, _ nodes: UnsafePointer<UInt32>, _ row: UnsafePointer<UInt8>
    ) -> UInt32 {
        let step = unsafe UInt32(row[Int(node &>> 9 & 0xff)])
        // 1 where the step is not less than the node's.
        let isAbove = 1 &- (step &- (node & 0x1ff)) &>> 31
        return unsafe nodes[Int(node &>> 17 &+ isAbove)]
    }

    /// Notes the grid steps of the rows and the contributions of the metrics.
    private func note(
        _ units: Span<Lanes>, _ vectors: Int, _ grid: consuming MutableSpan<UInt8>,
        _ contributions: inout [Lanes]
    ) {
        let shortening = shortening.span
        var contributions = contributions.mutableSpan
        for metric in 0..<metricCount {
            let base = metric * Self.steps
            for vector in 0..<vectors {
                let place = metric * ScoreBlock.vectors + vector
                let steps = Self.steps(of: units[place])
                var contribution = Lanes.zero
                for lane in 0..<8 {
                    let step = Int(steps[lane])
                    grid[(vector * 8 + lane) * 256 + metric] = UInt8(truncatingIfNeeded: step)
                    contribution[lane] = shortening[base + step]
                }
                contributions[place] = contribution
            }
        }
    }
}
