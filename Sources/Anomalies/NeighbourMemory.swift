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
    static let boxAxes = 6
    private static let leafSize = 32
    /// Coordinates that are looked at before asking whether the flows are too far already.
    static let step = 3

    let metricCount: Int
    /// The remembered flows in robust log units, one after the other.
    let points: [Float]
    let axes: PrincipalAxes
    private(set) var nodes: [Node] = []
    private(set) var leaves: [Leaf] = []
    /// Lower and upper ends of the eight children of each node: two vectors a coordinate.
    private(set) var boxes: [Lanes] = []
    /// The coordinates of each leaf: vectors of eight flows, coordinate by coordinate.
    private(set) var coordinates: [Lanes] = []
    /// The flows in the order of the vectors; empty places hold 0.
    private(set) var order: [Int32] = []
    /// The remembered flows, each in whole vectors.
    let rows: [Lanes]

    /// Eight children: a node's index, or the complement of a leaf's.
    struct Node {
        var children = SIMD8<Int32>(repeating: 0)
        var count = 0
    }

    struct Leaf {
        var firstVector: Int
        var vectors: Int
    }

    /// Coordinates of a vector, in whole steps.
    var paddedCount: Int { (metricCount + Self.step - 1) / Self.step * Self.step }

    var count: Int { metricCount == 0 ? 0 : points.count / metricCount }

    init(metricCount: Int, points: [Float]) {
        self.init(points: points, axes: PrincipalAxes(of: points, metricCount: metricCount))
    }

    init(points: [Float], axes: PrincipalAxes) {
        metricCount = axes.metricCount
        self.points = points
        self.axes = axes
        rows = Self.rows(points, metricCount)
        guard count > 0 else { return }
        let turned = turnedPoints()
        var members = (0..<Int32(count)).map { $0 }
        _ = addNode(turned, &members, 0..<members.count)
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

    /// Builds the tree over `members[range]`, which it sorts, below a node or leaf whose index it gives.
    private mutating func build(
        _ turned: [Float], _ members: inout [Int32], _ range: Range<Int>
    ) -> Int32 {
        range.count > Self.leafSize
            ? addNode(turned, &members, range) : ~addLeaf(turned, members[range])
    }

    /// Adds a node, with eight children if the flows are too many for one leaf. The root is one always.
    private mutating func addNode(
        _ turned: [Float], _ members: inout [Int32], _ range: Range<Int>
    ) -> Int32 {
        var parts = [range]
        if range.count > Self.leafSize {
            for _ in 0..<3 { parts = parts.flatMap { halves(turned, &members, $0) } }
        }
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
            // Coordinates that are 0 for all fill the last step.
            let filling = paddedCount - metricCount
            coordinates.append(contentsOf: repeatElement(.zero, count: filling))
            order.append(contentsOf: eight)
            order.append(contentsOf: repeatElement(0, count: 8 - eight.count))
        }
        return Int32(leaves.count - 1)
    }

    /// The remembered flows in rows of whole vectors, for the means of neighbours.
    private static func rows(_ points: [Float], _ metricCount: Int) -> [Lanes] {
        let vectors = (metricCount + 7) / 8
        var result: [Lanes] = []
        for start in stride(from: 0, to: points.count, by: max(1, metricCount)) {
            for vector in 0..<vectors {
                var values = Lanes.zero
                for lane in 0..<min(8, metricCount - vector * 8) {
                    values[lane] = points[start + vector * 8 + lane]
                }
                result.append(values)
            }
        }
        return result
    }
}
