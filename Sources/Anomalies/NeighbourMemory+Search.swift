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
        var query = [Lanes](repeating: .zero, count: paddedCount)
        // SAFETY: the tree's indices were made by `init` and stay inside its arrays, which live and do not
        // change for the length of the closures; rows are below `rowCount`, checked above.
        unsafe withTree { tree in
            unsafe turned.withUnsafeBytes { turned in
                unsafe units.withUnsafeBytes { units in
                    unsafe scores.withUnsafeMutableBytes { scores in
                        unsafe contributions.withUnsafeMutableBytes { contributions in
                            unsafe query.withUnsafeMutableBufferPointer { query in
                                let block = unsafe Block(
                                    turned: turned.assumingMemoryBound(to: Float.self),
                                    units: units.assumingMemoryBound(to: Float.self),
                                    scores: scores.assumingMemoryBound(to: Float.self),
                                    contributions: contributions.assumingMemoryBound(
                                        to: Float.self))
                                for row in 0..<rowCount {
                                    unsafe search(tree, block, row: row, query: query)
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

    /// The arrays of the tree without their bounds.
    @unsafe private struct Tree {
        let nodes: UnsafePointer<Node>
        let leaves: UnsafePointer<Leaf>
        let boxes: UnsafePointer<Lanes>
        let coordinates: UnsafePointer<Lanes>
        let boxAxes: Int
        let coordinateCount: Int
    }

    @unsafe private func withTree(_ body: (Tree) -> Void) {
        unsafe nodes.withUnsafeBufferPointer { nodes in
            unsafe leaves.withUnsafeBufferPointer { leaves in
                unsafe boxes.withUnsafeBufferPointer { boxes in
                    unsafe coordinates.withUnsafeBufferPointer { coordinates in
                        guard let firstNode = nodes.baseAddress,
                            let firstLeaf = leaves.baseAddress,
                            let firstBox = boxes.baseAddress,
                            let firstCoordinate = coordinates.baseAddress
                        else { return }
                        unsafe body(
                            Tree(
                                nodes: firstNode, leaves: firstLeaf, boxes: firstBox,
                                coordinates: firstCoordinate,
                                boxAxes: min(Self.boxAxes, metricCount),
                                coordinateCount: paddedCount))
                    }
                }
            }
        }
    }

    /// The eight nearest so far, nearest first, of which six are wanted.
    private struct Nearest {
        var distances = Lanes(repeating: 1e30)
        /// Places in the order of the vectors.
        var places = SIMD8<Int32>(repeating: 0)

        @inline(__always)
        var worst: Float { distances[5] }

        /// Moves the farther ones along by one lane, without a branch.
        @inline(__always)
        mutating func insert(_ distance: Float, _ place: Int32) {
            let d = distances
            let p = places
            let moved = Lanes(-1, d[0], d[1], d[2], d[3], d[4], d[5], d[6])
            let movedPlaces = SIMD8<Int32>(0, p[0], p[1], p[2], p[3], p[4], p[5], p[6])
            let new = Lanes(repeating: distance)
            let newPlaces = SIMD8(repeating: place).replacing(
                with: movedPlaces, where: moved .> new)
            places = p.replacing(with: newPlaces, where: d .> new)
            let behind = moved.replacing(with: new, where: moved .< new)
            distances = d.replacing(with: behind, where: behind .< d)
        }
    }

    @unsafe private func search(
        _ tree: Tree, _ block: Block, row: Int, query: UnsafeMutableBufferPointer<Lanes>
    ) {
        for axis in 0..<metricCount {
            unsafe query[axis] = Lanes(repeating: block.turned[axis * ScoreBlock.rows + row])
        }
        guard let start = query.baseAddress else { return }
        var nearest = Nearest()
        unsafe Self.visit(0, tree, start, &nearest)
        // One exact copy may be the flow itself.
        let first = nearest.distances[0] == 0 && count > 1 ? 1 : 0
        let last = min(first + Self.neighbourCount, count)
        let share = 1 / Float(last - first)
        var roots = nearest.distances.squareRoot()
        if first == 1 { roots[0] = 0 }
        for lane in last..<8 { roots[lane] = 0 }
        unsafe block.scores[row] = roots.sum() * share
        let stride = (metricCount + 7) / 8
        for part in 0..<stride {
            var mean = Lanes.zero
            for index in first..<last {
                mean += rows[Int(order[Int(nearest.places[index])]) * stride + part]
            }
            mean *= share
            for lane in 0..<min(8, metricCount - part * 8) {
                let place = (part * 8 + lane) * ScoreBlock.rows + row
                let difference = unsafe block.units[place] - mean[lane]
                unsafe block.contributions[place] = difference * difference
            }
        }
    }

    @unsafe private static func visit(
        _ node: Int32, _ tree: Tree, _ query: UnsafePointer<Lanes>, _ nearest: inout Nearest
    ) {
        if node < 0 { return unsafe scan(tree.leaves[Int(~node)], tree, query, &nearest) }
        var bounds = Lanes.zero
        let box = unsafe tree.boxes + Int(node) * 2 * tree.boxAxes
        for axis in 0..<(unsafe tree.boxAxes) {
            let value = unsafe query[axis]
            let below = unsafe box[2 * axis] - value
            let above = unsafe value - box[2 * axis + 1]
            let farther = below.replacing(with: above, where: below .< above)
            let outside = farther.replacing(with: 0, where: farther .< 0)
            bounds += outside * outside
        }
        // Nearest boxes first; the lane rides in the lowest bits of its bound.
        var keys = packed(bounds)
        let children = unsafe tree.nodes[Int(node)].children
        for _ in 0..<(unsafe tree.nodes[Int(node)].count) {
            let key = least(keys)
            let bits = key.bitPattern
            if Float(bitPattern: bits & ~7) >= nearest.worst { return }
            keys.replace(with: 1e30, where: keys .== key)
            unsafe visit(children[Int(bits & 7)], tree, query, &nearest)
        }
    }

    @inline(__always)
    private static func packed(_ bounds: Lanes) -> Lanes {
        let bits = unsafe unsafeBitCast(bounds, to: SIMD8<UInt32>.self)
        let marked = (bits & ~7) | SIMD8(0, 1, 2, 3, 4, 5, 6, 7)
        return unsafe unsafeBitCast(marked, to: Lanes.self)
    }

    @inline(__always)
    private static func least(_ keys: Lanes) -> Float {
        let four = keys.lowHalf.replacing(with: keys.highHalf, where: keys.highHalf .< keys.lowHalf)
        let two = four.lowHalf.replacing(with: four.highHalf, where: four.highHalf .< four.lowHalf)
        return two[1] < two[0] ? two[1] : two[0]
    }

    @inline(__always)
    @unsafe private static func scan(
        _ leaf: Leaf, _ tree: Tree, _ query: UnsafePointer<Lanes>, _ nearest: inout Nearest
    ) {
        let count = unsafe tree.coordinateCount
        var start = unsafe tree.coordinates + leaf.firstVector * count
        for vector in leaf.firstVector..<(leaf.firstVector + leaf.vectors) {
            var distances = Lanes.zero
            var axis = 0
            var isFar = false
            while axis < count, !isFar {
                let one = unsafe start[axis] - query[axis]
                let two = unsafe start[axis + 1] - query[axis + 1]
                let three = unsafe start[axis + 2] - query[axis + 2]
                distances += one * one
                distances += two * two
                distances += three * three
                axis += step
                isFar = !any(distances .< nearest.worst)
            }
            unsafe start += count
            if isFar { continue }
            // Nearest first, so that few go in only to be pushed out again.
            var keys = packed(distances)
            while true {
                let key = least(keys)
                let bits = key.bitPattern
                let distance = Float(bitPattern: bits & ~7)
                if distance >= nearest.worst { break }
                keys.replace(with: 1e30, where: keys .== key)
                nearest.insert(distance, Int32(vector * 8) + Int32(bits & 7))
            }
        }
    }
}
