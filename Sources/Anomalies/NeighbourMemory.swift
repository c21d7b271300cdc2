/// How far a flow lies from the five nearest of the flows that are remembered of its population.
///
/// The search is exact. The remembered flows are turned into their principal axes, where distances are
/// the same but a few coordinates tell most of them, and stand in leaves of 32 whose bounding boxes are
/// tested eight at once. The nearest leaf is looked at first, then all that may hold a nearer flow than
/// the sixth found. One remembered flow that equals the judged one to the bit does not count, for it may
/// be that flow itself.
///
/// - Complexity: O(n / 32) boxes a flow, and the leaves that are near: few where the metrics are few or
///   related, all at worst.
struct NeighbourMemory {
    /// Neighbours whose mean distance is the score.
    static let neighbourCount = 5
    /// Leading coordinates that boxes have: fewer than all bound the distance from below just as truly.
    /// Where there are fewer metrics, the boxes have no width in the others.
    static let boxAxes = 6
    /// Vectors of eight flows in a leaf.
    static let leafVectors = 4

    let metricCount: Int
    /// The remembered flows in robust log units, one after the other.
    let points: [Float]
    let axes: PrincipalAxes
    /// Lower and upper ends of the leaves' boxes, eight leaves at a time: two vectors a coordinate.
    private(set) var boxes: [Lanes] = []
    /// The coordinates of each leaf, `leafVectors` vectors a coordinate: flow `f` of the leaf stands in lane
    /// `f / leafVectors` of vector `f % leafVectors`.
    private(set) var coordinates: [Lanes] = []
    /// The remembered flows in the order of the leaves, each in whole vectors.
    private(set) var rows: [Lanes] = []
    private(set) var leafCount = 0

    var count: Int { metricCount == 0 ? 0 : points.count / metricCount }

    init(metricCount: Int, points: [Float]) {
        self.init(points: points, axes: PrincipalAxes(of: points, metricCount: metricCount))
    }

    init(points: [Float], axes: PrincipalAxes) {
        metricCount = axes.metricCount
        self.points = points
        self.axes = axes
        guard count > 0 else { return }
        let turned = turnedPoints()
        var members = (0..<Int32(count)).map { $0 }
        build(turned, &members, 0..<members.count)
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

    /// Splits `members[range]`, which it sorts, into leaves, all but the last of them full.
    private mutating func build(
        _ turned: [Float], _ members: inout [Int32], _ range: Range<Int>
    ) {
        let leafSize = 8 * Self.leafVectors
        let leaves = (range.count + leafSize - 1) / leafSize
        guard leaves > 1 else { return addLeaf(turned, members[range]) }
        sort(turned, &members, range)
        let middle = range.lowerBound + leaves / 2 * leafSize
        build(turned, &members, range.lowerBound..<middle)
        build(turned, &members, middle..<range.upperBound)
    }

    /// Sorts a range by its widest coordinate; ties fall by the flows' numbers.
    private func sort(_ turned: [Float], _ members: inout [Int32], _ range: Range<Int>) {
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
    }

    private mutating func addLeaf(_ turned: [Float], _ members: ArraySlice<Int32>) {
        if leafCount & 7 == 0 {
            for axis in 0..<Self.boxAxes {
                let end = Lanes(repeating: axis < metricCount ? 1e16 : 0)
                boxes += [end, end]
            }
        }
        let box = leafCount / 8 * 2 * Self.boxAxes
        for axis in 0..<metricCount {
            // Places without a flow are so far away that they never are neighbours.
            var leaf = [Lanes](repeating: Lanes(repeating: 1e18), count: Self.leafVectors)
            var (low, high) = (Float.infinity, -Float.infinity)
            for (place, member) in members.enumerated() {
                let value = turned[Int(member) * metricCount + axis]
                leaf[place % Self.leafVectors][place / Self.leafVectors] = value
                low = min(low, value)
                high = max(high, value)
            }
            coordinates.append(contentsOf: leaf)
            if axis < Self.boxAxes {
                boxes[box + 2 * axis][leafCount & 7] = low
                boxes[box + 2 * axis + 1][leafCount & 7] = high
            }
        }
        leafCount += 1
        for member in members { addRow(Int(member)) }
    }

    private mutating func addRow(_ point: Int) {
        for start in stride(from: 0, to: metricCount, by: 8) {
            var values = Lanes.zero
            for lane in 0..<min(8, metricCount - start) {
                values[lane] = points[point * metricCount + start + lane]
            }
            rows.append(values)
        }
    }
}
