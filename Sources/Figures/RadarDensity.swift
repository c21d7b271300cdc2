import Glibc

/// Closed polygons over named axes, gathered as density.
///
/// Each polygon has a deviation of at least 0 on every axis, a tier and an opacity. Deviations are
/// kept in 256 steps along the axis (128 with more than eight axes), and what is counted is how
/// often each edge between two neighbouring axes occurs in each tier. So adding a polygon costs one
/// increment an axis, and drawing a million of them takes no longer than drawing a thousand.
///
/// Memory is at most 25 MB, a quarter of a megabyte for each tier with few polygons.
package struct RadarDensity: Sendable {
    /// How far from the centre a deviation lies.
    package enum RadialScale: String, CaseIterable, Sendable {
        case linear, squareRoot, logarithmic

        func height(_ deviation: Double) -> Double {
            switch self {
            case .linear: deviation
            case .squareRoot: deviation.squareRoot()
            case .logarithmic: log1p(deviation)
            }
        }
    }

    /// Names of the axes, clockwise from the top.
    package let axes: [String]
    package let scale: RadialScale
    /// The deviation at the outer ring; larger ones are drawn on it.
    package let rim: Double
    /// Polygons added, by tier.
    package private(set) var counts = [Int](repeating: 0, count: 6)
    /// Polygons with a deviation beyond the rim or not finite.
    package private(set) var beyondRim = 0

    private let logarithm = QuickLogarithm()
    let levels: Int
    private(set) var tallies: [EdgeTally]
    /// The largest level by tier and axis; what no polygon reached is -1.
    private(set) var reach: [Int]

    /// - Parameters:
    ///   - axes: 3…16 names.
    ///   - rim: above 0 and finite, else 10; see `suitableRim(largest:)`.
    package init(axes: [String], rim: Double = 10, scale: RadialScale = .logarithmic) {
        precondition((3...16).contains(axes.count), "a radar has 3 to 16 axes")
        self.axes = axes
        self.rim = rim.isFinite && rim > 0 ? min(max(rim, 1e-6), 1e12) : 10
        self.scale = scale
        levels = axes.count > 8 ? 128 : 256
        let cells = axes.count * levels * levels
        tallies = (0..<6).map { _ in EdgeTally(cells: cells) }
        reach = [Int](repeating: -1, count: 6 * axes.count)
    }

    /// The largest deviation rounded up to 1, 2 or 5 times a power of ten, from 1 to a million.
    package static func suitableRim(largest: Double) -> Double {
        guard largest > 1 else { return 1 }
        guard largest < 1e6 else { return 1e6 }
        let power = pow(10, log10(largest).rounded(.down))
        return [1, 2, 5, 10].map { $0 * power }.first { $0 >= largest } ?? 10 * power
    }

    /// Adds polygons given as columns.
    ///
    /// Deviations below 0 count as 0, infinite ones and those that are no number as beyond the rim;
    /// tiers above 5 count as 5, opacities are held to 0…1.
    ///
    /// - Parameter deviations: one column an axis, as long as the others.
    package mutating func add(
        deviations: [ArraySlice<Double>], tiers: ArraySlice<UInt8>, opacities: ArraySlice<Double>
    ) {
        precondition(deviations.count == axes.count, "one column for each axis")
        precondition(deviations.allSatisfy { $0.count == tiers.count })
        precondition(opacities.count == tiers.count)
        var block = RadarBlock(axes: axes.count)
        for start in stride(from: 0, to: tiers.count, by: RadarBlock.size) {
            let count = min(RadarBlock.size, tiers.count - start)
            for (axis, column) in deviations.enumerated() {
                let first = column.startIndex + start
                quantize(column[first..<first + count].span, axis: axis, into: &block)
            }
            let first = opacities.startIndex + start
            for row in 0..<count {
                let opacity = opacities[first + row]
                // What is no number compares false and is 0.
                block.opacities[row] = opacity > 0 ? UInt32(min(opacity, 1) * 255 + 0.5) : 0
                let tier = Int(min(tiers[tiers.startIndex + start + row], 5))
                block.rowsByTier[tier].append(row)
            }
            tally(&block, count: count)
        }
    }

    package mutating func add(deviations: [[Double]], tiers: [UInt8], opacities: [Double]) {
        add(deviations: deviations.map { $0[...] }, tiers: tiers[...], opacities: opacities[...])
    }

    private func quantize(_ column: Span<Double>, axis: Int, into block: inout RadarBlock) {
        let perHeight = Double(levels - 1) / scale.height(rim)
        let start = axis * RadarBlock.size
        let isLogarithmic = scale == .logarithmic
        for row in column.indices {
            let deviation = column[row]
            if deviation <= rim {
                let positive = max(deviation, 0)
                let height = isLogarithmic ? logarithm(1 + positive) : scale.height(positive)
                let level = min(height * perHeight + 0.5, Double(levels - 1))
                block.levels[start + row] = UInt32(level)
            } else {
                block.levels[start + row] = UInt32(levels - 1)
                block.isBeyond[row] = true
            }
        }
    }

    private mutating func tally(_ block: inout RadarBlock, count: Int) {
        for row in 0..<count where block.isBeyond[row] {
            beyondRim += 1
            block.isBeyond[row] = false
        }
        for tier in 0..<6 where !block.rowsByTier[tier].isEmpty {
            counts[tier] += block.rowsByTier[tier].count
            for axis in axes.indices {
                let from = axis * RadarBlock.size
                let to = (axis + 1) % axes.count * RadarBlock.size
                let base = UInt32(axis * levels * levels)
                var largest: UInt32 = 0
                for row in block.rowsByTier[tier] {
                    let level = block.levels[from + row]
                    largest = max(largest, level)
                    let cell = base + level * UInt32(levels) + block.levels[to + row]
                    tallies[tier].add(cell: cell, opacity: block.opacities[row])
                }
                let place = tier * axes.count + axis
                reach[place] = max(reach[place], Int(largest))
            }
            block.rowsByTier[tier].removeAll(keepingCapacity: true)
        }
    }
}

/// The natural logarithm of numbers from 1 up within 0.00003, by a table of its mantissas.
private struct QuickLogarithm: Sendable {
    private let mantissas = (0...64).map { log(1 + Double($0) / 64) }
    private static let octave = log(2.0)

    func callAsFunction(_ value: Double) -> Double {
        let bits = Int(truncatingIfNeeded: value.bitPattern)
        let part = bits >> 46 & 63
        let rest = Double(bits & (1 << 46 - 1)) / Double(1 << 46)
        let (lower, upper) = (mantissas[part], mantissas[part + 1])
        return Double(bits >> 52 - 1023) * Self.octave + lower + rest * (upper - lower)
    }
}

/// Working memory for a few thousand polygons.
private struct RadarBlock {
    static let size = 4096

    var levels: [UInt32]
    var opacities = [UInt32](repeating: 0, count: size)
    var isBeyond = [Bool](repeating: false, count: size)
    var rowsByTier = [[Int]](repeating: [], count: 6)

    init(axes: Int) {
        levels = [UInt32](repeating: 0, count: axes * Self.size)
    }
}

/// How often each edge of one tier occurs, and how opaque it is.
///
/// A list of what was added while it is short, then one cell an edge.
struct EdgeTally: Sendable {
    struct Edge {
        var cell: Int
        var count: Int
        /// 0…1.
        var meanOpacity: Double
    }

    private static let shortList = 1 << 16

    private let cellCount: Int
    /// The cell's number above eight bits of opacity.
    private var list: [UInt32] = []
    /// The count above 36 bits of the sum of opacities; 2^28 times an edge is enough.
    private var cells: [UInt64] = []

    init(cells: Int) {
        cellCount = cells
    }

    /// - Parameter opacity: 0…255.
    mutating func add(cell: UInt32, opacity: UInt32) {
        if cells.isEmpty {
            list.append(cell << 8 | opacity)
            if list.count == Self.shortList { spread() }
        } else {
            count(Int(cell), opacity: UInt64(opacity))
        }
    }

    private mutating func spread() {
        cells = [UInt64](repeating: 0, count: cellCount)
        for entry in list { count(Int(entry >> 8), opacity: UInt64(entry & 255)) }
        list = []
    }

    private mutating func count(_ cell: Int, opacity: UInt64) {
        // Past 2^28 the count stays: the picture is the same.
        guard cells[cell] >> 36 < (1 << 28) - 1 else { return }
        cells[cell] += 1 << 36 | opacity
    }

    /// The edges that occur, in the order of their cells.
    func edges() -> [Edge] {
        var edges: [Edge] = []
        if cells.isEmpty {
            var run: (cell: UInt32, count: Int, opacity: Int) = (0, 0, 0)
            func edge() -> Edge {
                Edge(
                    cell: Int(run.cell), count: run.count,
                    meanOpacity: Double(run.opacity) / Double(run.count) / 255)
            }
            for entry in list.sorted() {
                if run.count > 0 && run.cell != entry >> 8 {
                    edges.append(edge())
                    run = (0, 0, 0)
                }
                run = (entry >> 8, run.count + 1, run.opacity + Int(entry & 255))
            }
            if run.count > 0 { edges.append(edge()) }
            return edges
        }
        for index in cells.indices where cells[index] != 0 {
            let count = Int(cells[index] >> 36)
            let opacity = Double(cells[index] & (1 << 36 - 1)) / Double(count) / 255
            edges.append(Edge(cell: index, count: count, meanOpacity: opacity))
        }
        return edges
    }
}
