extension NeighbourMemory {
    /// Scores the first `rows` rows of a block.
    func score(
        _ units: [Lanes], rows rowCount: Int, scores: inout [Lanes], contributions: inout [Lanes]
    ) {
        guard count > 0 else { return }
        precondition(units.count == metricCount * ScoreBlock.vectors, "other metrics than learnt")
        precondition(contributions.count == units.count && scores.count == ScoreBlock.vectors)
        precondition(rowCount <= ScoreBlock.rows, "more rows than a block holds")
        let vectors = (rowCount + 7) / 8
        var turned = [Lanes](repeating: .zero, count: units.count)
        turn(units.span, vectors, into: turned.mutableSpan)
        search(turned, rowCount, scores: &scores, means: &contributions)
        let units = units.span
        var means = contributions.mutableSpan
        for metric in 0..<metricCount {
            let first = metric * ScoreBlock.vectors
            for place in first..<(first + vectors) {
                let difference = units[place] - means[place]
                means[place] = difference * difference
            }
        }
    }

    private func turn(
        _ units: Span<Lanes>, _ vectors: Int, into turned: consuming MutableSpan<Lanes>
    ) {
        for vector in 0..<vectors {
            axes.rotate(units, at: vector, stride: ScoreBlock.vectors, into: &turned)
        }
    }

    /// Gives the score of each row and the mean of its neighbours, metric by metric.
    private func search(
        _ turned: [Lanes], _ rowCount: Int, scores: inout [Lanes], means: inout [Lanes]
    ) {
        var memory = [Lanes](repeating: .zero, count: unsafe NeighbourSearch.memoryCount(of: self))
        // SAFETY: what was learnt lives and does not change for the length of the closures; rows are
        // below `rowCount`, which the caller has checked against the columns.
        unsafe turned.withUnsafeBytes { turned in
            unsafe scores.withUnsafeMutableBytes { scores in
                unsafe means.withUnsafeMutableBytes { means in
                    let block = unsafe Block(
                        turned: turned.assumingMemoryBound(to: Float.self),
                        scores: scores.assumingMemoryBound(to: Float.self),
                        means: means.assumingMemoryBound(to: Float.self))
                    unsafe NeighbourSearch.with(self, memory: &memory) { search in
                        let count = count
                        for row in 0..<rowCount {
                            unsafe self.search(&search, block, row: row, of: count)
                        }
                    }
                }
            }
        }
    }

    /// The columns of a block as single numbers: row `r` of column `j` stands at `256 j + r`.
    @unsafe private struct Block {
        let turned: UnsafeBufferPointer<Float>
        let scores: UnsafeMutableBufferPointer<Float>
        let means: UnsafeMutableBufferPointer<Float>
    }

    @unsafe private func search(
        _ search: inout NeighbourSearch, _ block: Block, row: Int, of count: Int
    ) {
        for axis in 0..<metricCount {
            let value = unsafe block.turned[axis &* ScoreBlock.rows &+ row]
            unsafe search.query[axis] = Lanes(repeating: value)
        }
        unsafe search.findNearest()
        // One exact copy may be the flow itself.
        let first = unsafe search.distance(0) == 0 && count > 1 ? 1 : 0
        let wanted = min(Self.neighbourCount, count - first)
        unsafe block.scores[row] = search.takeMeans(from: first, wanted)
        for metric in 0..<metricCount {
            unsafe block.means[metric &* ScoreBlock.rows &+ row] = search.means[metric]
        }
    }
}
