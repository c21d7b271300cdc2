extension NeighbourMemory {
    /// Scores the first `rows` rows of a block.
    func score(
        _ units: [Lanes], rows rowCount: Int, scores: inout [Lanes], contributions: inout [Lanes]
    ) {
        guard count > 0 else { return }
        precondition(units.count == metricCount * ScoreBlock.vectors, "other metrics than learnt")
        precondition(contributions.count == units.count && scores.count == ScoreBlock.vectors)
        precondition(rowCount <= ScoreBlock.rows, "more rows than a block holds")
        var turned = [Lanes](repeating: .zero, count: units.count)
        turn(units.span, rowCount, into: turned.mutableSpan)
        // Memory of the search: the judged flow, bounds of the leaves, distances and their places.
        let (groups, vectors) = (boxes.count / (2 * boxAxes), leafCount * Self.leafVectors)
        var lanes = [Lanes](repeating: .zero, count: metricCount + groups + vectors)
        var firsts = [Int32](repeating: 0, count: vectors)
        // SAFETY: the leaves' arrays were made by `init`, live and do not change for the length of the
        // closures, and no leaf is met twice in a search; rows are below `rowCount`, checked above.
        unsafe turned.withUnsafeBytes { turned in
            unsafe units.withUnsafeBytes { units in
                unsafe scores.withUnsafeMutableBytes { scores in
                    unsafe contributions.withUnsafeMutableBytes { contributions in
                        let block = unsafe Block(
                            turned: turned.assumingMemoryBound(to: Float.self),
                            units: units.assumingMemoryBound(to: Float.self),
                            scores: scores.assumingMemoryBound(to: Float.self),
                            contributions: contributions.assumingMemoryBound(to: Float.self))
                        unsafe lanes.withUnsafeMutableBufferPointer { lanes in
                            unsafe firsts.withUnsafeMutableBufferPointer { firsts in
                                unsafe withSearch(lanes, firsts, groups: groups) { search in
                                    for row in 0..<rowCount {
                                        unsafe self.search(&search, block, row: row)
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    private func turn(_ units: Span<Lanes>, _ rows: Int, into turned: consuming MutableSpan<Lanes>)
    {
        for vector in 0..<((rows + 7) / 8) {
            axes.rotate(units, at: vector, stride: ScoreBlock.vectors, into: &turned)
        }
    }

    /// The columns of a block as single numbers: row `r` of column `j` stands at `256 j + r`.
    @unsafe private struct Block {
        let turned: UnsafeBufferPointer<Float>
        let units: UnsafeBufferPointer<Float>
        let scores: UnsafeMutableBufferPointer<Float>
        let contributions: UnsafeMutableBufferPointer<Float>
    }

    @unsafe private func withSearch(
        _ lanes: UnsafeMutableBufferPointer<Lanes>, _ firsts: UnsafeMutableBufferPointer<Int32>,
        groups: Int, _ body: (inout Search) -> Void
    ) {
        unsafe boxes.withUnsafeBufferPointer { boxes in
            unsafe coordinates.withUnsafeBufferPointer { coordinates in
                unsafe rows.withUnsafeBufferPointer { rows in
                    guard let boxes = boxes.baseAddress, let rows = rows.baseAddress,
                        let coordinates = coordinates.baseAddress,
                        let lanes = lanes.baseAddress, let firsts = firsts.baseAddress
                    else { return }
                    var search = unsafe Search(
                        boxes: boxes, coordinates: coordinates, rows: rows,
                        metricCount: metricCount, boxAxes: boxAxes, groups: groups,
                        query: lanes, bounds: lanes + metricCount,
                        distances: lanes + metricCount + groups, firsts: firsts)
                    unsafe body(&search)
                }
            }
        }
    }

    @unsafe private func search(_ search: inout Search, _ block: Block, row: Int) {
        for axis in 0..<metricCount {
            unsafe search.query[axis] = Lanes(repeating: block.turned[axis * ScoreBlock.rows + row])
        }
        let least = unsafe search.boundLeaves()
        unsafe search.nearest = SortedLanes()
        unsafe search.worst = Lanes(repeating: 1e30)
        unsafe search.found = 0
        unsafe search.visit(from: least)
        // One exact copy may be the flow itself.
        let nearest = unsafe search.nearest.lanes
        let first = nearest[0] == 0 && count > 1 ? 1 : 0
        let last = min(first + Self.neighbourCount, count)
        let share = 1 / Float(last - first)
        let wanted = SIMD8<Int32>(0, 1, 2, 3, 4, 5, 6, 7) .< Int32(last)
        let roots = Lanes.zero.replacing(with: nearest, where: wanted).squareRoot()
        unsafe block.scores[row] = roots.sum() * share
        let places = unsafe search.places(last, isCopied: first == 1)
        let stride = (metricCount + 7) / 8
        for part in 0..<stride {
            var mean = Lanes.zero
            for index in 0..<(last - first) {
                mean += unsafe search.rows[Int(places[index]) * stride + part]
            }
            mean *= share
            for lane in 0..<min(8, metricCount - part * 8) {
                let place = (part * 8 + lane) * ScoreBlock.rows + row
                let difference = unsafe block.units[place] - mean[lane]
                unsafe block.contributions[place] = difference * difference
            }
        }
    }
}

/// The eight smallest of the numbers put in, ascending.
private struct SortedLanes {
    var lanes = Lanes(repeating: 1e30)

    /// Moves the larger ones along by one lane, without a branch.
    @inline(__always)
    mutating func insert(_ number: Float) {
        let d = lanes
        let moved = Lanes(-1, d[0], d[1], d[2], d[3], d[4], d[5], d[6])
        let new = Lanes(repeating: number)
        let behind = moved.replacing(with: new, where: moved .< new)
        lanes = d.replacing(with: behind, where: behind .< d)
    }
}

extension SIMDMask where Storage == SIMD8<Int32> {
    /// A byte a lane, 255 where the mask is set.
    @inline(__always)
    var bytes: UInt64 {
        let flags = SIMD8<Int8>(
            truncatingIfNeeded: SIMD8<Int32>(repeating: 0).replacing(with: -1, where: self))
        return unsafe unsafeBitCast(flags, to: UInt64.self)
    }
}

/// One search after the other in the leaves of a memory, whose arrays it sees without their bounds.
@unsafe private struct Search {
    let boxes: UnsafePointer<Lanes>
    let coordinates: UnsafePointer<Lanes>
    let rows: UnsafePointer<Lanes>
    let metricCount: Int
    let boxAxes: Int
    /// Eights of leaves.
    let groups: Int
    /// The judged flow, each coordinate in all lanes.
    let query: UnsafeMutablePointer<Lanes>
    /// How far each leaf is at least, squared.
    let bounds: UnsafeMutablePointer<Lanes>
    /// Vectors of distances that had some of the nearest in them, and the flows that they begin with.
    let distances: UnsafeMutablePointer<Lanes>
    let firsts: UnsafeMutablePointer<Int32>
    var found = 0
    var nearest = SortedLanes()
    /// The sixth distance so far, in all lanes.
    var worst = Lanes(repeating: 1e30)

    /// Bounds the distances of all leaves; gives the nearest.
    @inline(__always)
    func boundLeaves() -> Int {
        var least = SIMD8<Int32>(repeating: .max)
        var indices = SIMD8<Int32>(0, 1, 2, 3, 4, 5, 6, 7)
        var box = unsafe boxes
        for group in 0..<(unsafe groups) {
            var bound = Lanes.zero
            for axis in 0..<(unsafe boxAxes) {
                let value = unsafe query[axis]
                let below = unsafe box[2 * axis] - value
                let above = unsafe value - box[2 * axis + 1]
                let farther = below.replacing(with: above, where: below .< above)
                let outside = farther.replacing(with: 0, where: farther .< 0)
                bound += outside * outside
            }
            unsafe box += 2 &* boxAxes
            unsafe bounds[group] = bound
            // The index rides in the lowest bits; for the choice of the first that is near enough.
            let bits = unsafe unsafeBitCast(bound, to: SIMD8<Int32>.self)
            let key = (bits & ~0xfff) | indices
            least.replace(with: key, where: key .< least)
            indices &+= 8
        }
        return Int(least.min() & 0xfff)
    }

    /// Scans the leaf, then all that are near enough to matter.
    @inline(__always)
    mutating func visit(from first: Int) {
        unsafe UnsafeMutableRawPointer(bounds).assumingMemoryBound(to: Float.self)[first] = 2e30
        unsafe scan(first)
        for group in 0..<(unsafe groups) {
            var left = unsafe (bounds[group] .< worst).bytes
            while left != 0 {
                let lane = left.trailingZeroBitCount
                unsafe scan(group &* 8 &+ lane &>> 3)
                left &=
                    unsafe (bounds[group] .< worst).bytes
                    & (~0xff &<< UInt64(truncatingIfNeeded: lane))
            }
        }
    }

    /// Takes the distances of a leaf's flows: four vectors side by side.
    @inline(__always)
    private mutating func scan(_ leaf: Int) {
        let count = unsafe metricCount
        var start = unsafe coordinates + leaf &* count &* 4
        var (one, two, three, four) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
        for axis in 0..<count {
            let value = unsafe query[axis]
            let a = unsafe start[0] - value
            let b = unsafe start[1] - value
            let c = unsafe start[2] - value
            let d = unsafe start[3] - value
            one += a * a
            two += b * b
            three += c * c
            four += d * d
            unsafe start += 4
        }
        let place = Int32(truncatingIfNeeded: leaf &* 32)
        if unsafe any(one .< worst) { unsafe add(one, place) }
        if unsafe any(two .< worst) { unsafe add(two, place &+ 8) }
        if unsafe any(three .< worst) { unsafe add(three, place &+ 16) }
        if unsafe any(four .< worst) { unsafe add(four, place &+ 24) }
    }

    /// Keeps a vector of distances for the end and moves the sixth distance. Called for few vectors, so
    /// it stays out of line: four copies in `scan` cost more than the calls.
    @inline(never)
    private mutating func add(_ values: Lanes, _ place: Int32) {
        var left = unsafe (values .< worst).bytes
        unsafe distances[found] = values
        unsafe firsts[found] = place
        let numbers = unsafe UnsafeRawPointer(distances + found)
            .assumingMemoryBound(to: Float.self)
        unsafe found &+= 1
        var sorted = unsafe nearest
        while left != 0 {
            let bit = left.trailingZeroBitCount
            left &= ~0xff &<< UInt64(truncatingIfNeeded: bit)
            unsafe sorted.insert(numbers[bit &>> 3])
        }
        unsafe nearest = sorted
        unsafe worst = Lanes(repeating: sorted.lanes[5])
    }

    /// The places of the `count` nearest, without one of those that are no distance away if `isCopied`.
    @inline(__always)
    func places(_ count: Int, isCopied: Bool) -> SIMD16<Int32> {
        let farthest = unsafe nearest.lanes[count - 1]
        // Those that are nearer than the farthest, then from 8 on those that are just as far.
        var result = SIMD16<Int32>(repeating: 0)
        var (nearer, equal) = (0, 0)
        var mustSkip = isCopied
        for index in 0..<(unsafe found) {
            let values = unsafe distances[index]
            var left = (values .<= farthest).bytes
            while left != 0 {
                let bit = left.trailingZeroBitCount
                left &= ~0xff &<< UInt64(truncatingIfNeeded: bit)
                let lane = bit >> 3
                let isNearer = values[lane] < farthest
                if mustSkip, values[lane] == 0 {
                    mustSkip = false
                    continue
                }
                result[isNearer ? nearer & 7 : 8 + (equal & 7)] =
                    unsafe firsts[index] &+ Int32(truncatingIfNeeded: lane)
                nearer += isNearer ? 1 : 0
                equal += isNearer ? 0 : 1
            }
        }
        for index in nearer..<max(nearer, count) { result[index] = result[8 + index - nearer] }
        return result
    }
}
