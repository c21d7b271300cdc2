/// How far a flow lies from the five nearest of the flows that are remembered of its population.
///
/// The search is exact. The remembered flows are turned into their principal axes, where distances are
/// the same but a few coordinates tell most of them, and stand in an eight-way tree of bounding boxes
/// whose children are tested at once, over leaves of up to 32 flows whose distances are taken eight at a
/// time, coordinate by coordinate until they are surely too far. One remembered flow that equals the
/// judged one to the bit does not count, for it may be that flow itself.
///
/// - Complexity: O(d log n) a flow where the metrics are few or related, O(d n) at worst.
struct NeighbourMemory {
    /// Neighbours whose mean distance is the score.
    static let neighbourCount = 5
    /// Leading coordinates that boxes have: fewer than all bound the distance from below just as truly.
    private static let boxAxes = 6
    private static let leafSize = 32

    let metricCount: Int
    /// The remembered flows in robust log units, one after the other.
    let points: [Float]
    private let axes: PrincipalAxes
    private var nodes: [Node] = []
    private var leaves: [Leaf] = []
    /// Lower and upper ends of the eight children of each node: two vectors a coordinate.
    private var boxes: [Lanes] = []
    /// The coordinates of each leaf: vectors of eight flows, coordinate by coordinate.
    private var coordinates: [Lanes] = []
    /// The flows in the order of the vectors; empty places hold 0.
    private var order: [Int32] = []

    /// Eight children: a node's index, or the complement of a leaf's.
    private struct Node {
        var children = SIMD8<Int32>(repeating: 0)
        var count = 0
    }

    private struct Leaf {
        var firstVector: Int
        var vectors: Int
    }

    var count: Int { metricCount == 0 ? 0 : points.count / metricCount }

    init(metricCount: Int, points: [Float]) {
        self.metricCount = metricCount
        self.points = points
        axes = PrincipalAxes(of: points, metricCount: metricCount)
        guard count > 0 else { return }
        let turned = turnedPoints()
        var members = (0..<Int32(count)).map { $0 }
        _ = build(turned, &members, 0..<members.count)
    }

    // MARK: Building

    /// The remembered flows in principal axes, by the very arithmetic that turns the judged ones.
    private func turnedPoints() -> [Float] {
        var result = points
        var source = [Lanes](repeating: .zero, count: metricCount)
        var turned = source
        for point in 0..<count {
            for metric in 0..<metricCount {
                source[metric] = Lanes(repeating: points[point * metricCount + metric])
            }
            var target = turned.mutableSpan
            axes.rotate(source.span, at: 0, stride: 1, into: &target)
            for axis in 0..<metricCount { result[point * metricCount + axis] = turned[axis][0] }
        }
        return result
    }

    /// Builds the tree over `members[range]`, which it sorts.
    private mutating func build(
        _ turned: [Float], _ members: inout [Int32], _ range: Range<Int>
    ) -> Int32 {
        if range.count <= Self.leafSize { return ~addLeaf(turned, members[range]) }
        var parts = [range]
        for _ in 0..<3 { parts = parts.flatMap { halves(turned, &members, $0) } }
        let index = nodes.count
        nodes.append(Node())
        let box = boxes.count
        let axisCount = min(Self.boxAxes, metricCount)
        boxes.append(contentsOf: repeatElement(Lanes(repeating: 1e18), count: 2 * axisCount))
        for (lane, part) in parts.enumerated() {
            for axis in 0..<axisCount {
                let values = members[part].map { turned[Int($0) * metricCount + axis] }
                boxes[box + 2 * axis][lane] = values.reduce(.infinity, min)
                boxes[box + 2 * axis + 1][lane] = values.reduce(-.infinity, max)
            }
            nodes[index].children[lane] = build(turned, &members, part)
        }
        nodes[index].count = parts.count
        return Int32(index)
    }

    /// Splits a range at the median of its widest coordinate; ties fall by the flows' numbers.
    private func halves(
        _ turned: [Float], _ members: inout [Int32], _ range: Range<Int>
    ) -> [Range<Int>] {
        var (widest, width) = (0, -Float.infinity)
        for axis in 0..<min(Self.boxAxes, metricCount) {
            var (low, high) = (Float.infinity, -Float.infinity)
            for member in members[range] {
                let value = turned[Int(member) * metricCount + axis]
                low = min(low, value)
                high = max(high, value)
            }
            if high - low > width { (widest, width) = (axis, high - low) }
        }
        members[range].sort {
            let first = turned[Int($0) * metricCount + widest]
            let second = turned[Int($1) * metricCount + widest]
            return first == second ? $0 < $1 : first < second
        }
        let middle = range.lowerBound + range.count / 2
        return [range.lowerBound..<middle, middle..<range.upperBound]
    }

    private mutating func addLeaf(_ turned: [Float], _ members: ArraySlice<Int32>) -> Int32 {
        let vectors = (members.count + 7) / 8
        leaves.append(Leaf(firstVector: order.count / 8, vectors: vectors))
        for vector in 0..<vectors {
            let eight = members.dropFirst(vector * 8).prefix(8)
            for axis in 0..<metricCount {
                // Places without a flow are so far away that they never are neighbours.
                var values = Lanes(repeating: 1e18)
                for (lane, member) in eight.enumerated() {
                    values[lane] = turned[Int(member) * metricCount + axis]
                }
                coordinates.append(values)
            }
            order.append(contentsOf: eight)
            order.append(contentsOf: repeatElement(0, count: 8 - eight.count))
        }
        return Int32(leaves.count - 1)
    }

    // MARK: Searching

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
            let isBehind = d .> new
            let isFarther = moved .> new
            distances = d.replacing(
                with: new.replacing(with: moved, where: isFarther), where: isBehind)
            places = p.replacing(
                with: SIMD8(repeating: place).replacing(with: movedPlaces, where: isFarther),
                where: isBehind)
        }
    }

    func score(
        _ units: [Lanes], rows: Int, scores: inout [Lanes], contributions: inout [Lanes]
    ) {
        guard count > 0 else { return }
        var turned = [Lanes](repeating: .zero, count: units.count)
        var rotated = turned.mutableSpan
        let units = units.span
        for vector in 0..<((rows + 7) / 8) {
            axes.rotate(units, at: vector, stride: ScoreBlock.vectors, into: &rotated)
        }
        var query = [Lanes](repeating: .zero, count: metricCount)
        for row in 0..<rows {
            let (vector, lane) = (row >> 3, row & 7)
            for axis in 0..<metricCount {
                query[axis] = Lanes(repeating: rotated[axis * ScoreBlock.vectors + vector][lane])
            }
            var nearest = Nearest()
            visit(nodes.isEmpty ? ~0 : 0, query, &nearest)
            // One exact copy may be the flow itself.
            let first = nearest.distances[0] == 0 && count > 1 ? 1 : 0
            let last = min(first + Self.neighbourCount, count)
            var sum: Float = 0
            for index in first..<last { sum += nearest.distances[index].squareRoot() }
            let share = 1 / Float(last - first)
            scores[vector][lane] = sum * share
            for metric in 0..<metricCount {
                let place = metric * ScoreBlock.vectors + vector
                var mean: Float = 0
                for index in first..<last {
                    let member = Int(order[Int(nearest.places[index])])
                    mean += points[member * metricCount + metric]
                }
                let difference = units[place][lane] - mean * share
                contributions[place][lane] = difference * difference
            }
        }
    }

    private func visit(_ node: Int32, _ query: [Lanes], _ nearest: inout Nearest) {
        if node < 0 { return scan(leaves[Int(~node)], query, &nearest) }
        var bounds = Lanes.zero
        let axisCount = min(Self.boxAxes, metricCount)
        let box = Int(node) * 2 * axisCount
        for axis in 0..<axisCount {
            let below = boxes[box + 2 * axis] - query[axis]
            let above = query[axis] - boxes[box + 2 * axis + 1]
            var outside = below.replacing(with: above, where: above .> below)
            outside.replace(with: 0, where: outside .< 0)
            bounds += outside * outside
        }
        let children = nodes[Int(node)].children
        // Nearest boxes first; the lane rides in the lowest bits of its bound.
        var keys = Self.packed(bounds)
        for _ in 0..<nodes[Int(node)].count {
            let key = Self.least(keys)
            let bits = key.bitPattern
            if Float(bitPattern: bits & ~7) >= nearest.worst { return }
            keys.replace(with: 1e30, where: keys .== key)
            visit(children[Int(bits & 7)], query, &nearest)
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
        return min(two[0], two[1])
    }

    @inline(__always)
    private func scan(_ leaf: Leaf, _ query: [Lanes], _ nearest: inout Nearest) {
        for vector in leaf.firstVector..<(leaf.firstVector + leaf.vectors) {
            var distances = Lanes.zero
            let start = vector * metricCount
            var axis = 0
            while axis < metricCount {
                let end = min(axis + 4, metricCount)
                while axis < end {
                    let difference = coordinates[start + axis] - query[axis]
                    distances += difference * difference
                    axis += 1
                }
                if !any(distances .< nearest.worst) { break }
            }
            if axis < metricCount || !any(distances .< nearest.worst) { continue }
            for lane in 0..<8 where distances[lane] < nearest.worst {
                nearest.insert(distances[lane], Int32(vector * 8 + lane))
            }
        }
    }
}
