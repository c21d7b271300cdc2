internal import Statistics

extension PopulationModel {
    /// What decoding may still make of few bytes: trees have tables of the size of the metrics.
    struct Budget {
        var forestEntries = 1 << 26
    }

    func write(to writer: inout ByteWriter) {
        writer.add(UInt64(memberCount))
        writer.add(UInt64(fittedCount))
        let present = [
            scales != nil, density != nil, covariance != nil, neighbours != nil, sparse != nil,
            forest != nil, !histograms.isEmpty, tail != nil,
        ]
        writer.add(present.enumerated().reduce(UInt8(0)) { $0 | ($1.element ? 1 << $1.offset : 0) })
        if let scales {
            writer.add(scales.medians)
            writer.add(scales.inverseSpreads)
        }
        if let density {
            writer.add(density.lows)
            writer.add(density.scales)
            writer.add(density.surprises)
            writer.add(density.averages)
        }
        if let covariance {
            writer.add(covariance.means)
            writer.add(covariance.precision)
        }
        if let neighbours {
            writer.add(neighbours.axes.axes)
            writer.add(neighbours.points)
        }
        if let sparse { writer.add(sparse.points) }
        if let forest { forest.write(to: &writer) }
        for histogram in histograms { histogram.write(to: &writer) }
    }

    init(
        from reader: inout ByteReader, _ metricCount: Int, isGlobal: Bool,
        _ budget: inout Budget
    ) throws(ByteReader.Failure) {
        guard let members = Int(exactly: try reader.integer(UInt64.self)),
            let fitted = Int(exactly: try reader.integer(UInt64.self)),
            fitted <= members
        else { throw .damaged("counts out of range") }
        (memberCount, fittedCount) = (members, fitted)
        let present = try reader.integer(UInt8.self)
        // Whatever is judged in units of the spread needs them.
        guard present & 1 == 1 || present & 0b0011_1100 == 0 else {
            throw .damaged("parts without units")
        }
        guard present & 0x80 == 0 || isGlobal && present & 0x40 != 0 || metricCount == 0 else {
            throw .damaged("a tail without histograms")
        }
        if present & 1 != 0 {
            scales = MetricScales(
                medians: try reader.floats(count: metricCount),
                inverseSpreads: try reader.floats(count: metricCount))
        }
        if present & 2 != 0 {
            density = LogHistogramDensity(
                lows: try reader.floats(count: metricCount),
                scales: try reader.floats(count: metricCount),
                surprises: try reader.floats(count: metricCount * LogHistogramDensity.tableSize),
                averages: try reader.floats(count: metricCount))
        }
        if present & 4 != 0 {
            covariance = MahalanobisDistance(
                means: try reader.floats(count: metricCount),
                precision: try reader.floats(count: metricCount * metricCount))
        }
        if present & 8 != 0 {
            let axes = try reader.floats(count: metricCount * metricCount)
            // Longer ones could carry a flow among the places of leaves that are not there.
            guard axes.allSatisfy({ abs($0) <= 1.001 }) else {
                throw .damaged("directions that are no rotation")
            }
            let points = try Self.points(&reader, multipleOf: metricCount, atMost: 65_536)
            neighbours = NeighbourMemory(
                points: points, axes: PrincipalAxes(metricCount: metricCount, axes: axes))
        }
        if present & 16 != 0 {
            sparse = SparseNeighbours(
                metricCount: metricCount,
                points: try Self.points(
                    &reader, multipleOf: metricCount * SparseNeighbours.sampleSize,
                    atMost: SparseNeighbours.sampleCount))
        }
        if present & 32 != 0 {
            budget.forestEntries -= metricCount * IsolationForest.steps
            guard budget.forestEntries >= 0 else { throw .damaged("too many forests") }
            forest = try IsolationForest(from: &reader, metricCount)
        }
        if present & 64 != 0 {
            for _ in 0..<metricCount { histograms.append(try LogLinearHistogram(from: &reader)) }
        }
        if present & 128 != 0 { tail = TailSurprise(histograms) }
    }

    private static func points(
        _ reader: inout ByteReader, multipleOf size: Int, atMost limit: Int
    ) throws(ByteReader.Failure) -> [Float] {
        let points = try reader.floats()
        guard size == 0 ? points.isEmpty : points.count % size == 0 && points.count / size <= limit,
            points.allSatisfy({ abs($0) <= MetricScales.limit })
        else { throw .damaged("remembered flows out of range") }
        return points
    }
}

extension IsolationForest {
    fileprivate func write(to writer: inout ByteWriter) {
        writer.add(usualLength)
        writer.add(count: trees.count)
        for tree in trees {
            writer.add(UInt16(tree.cuts.count))
            for cut in tree.cuts {
                writer.add(cut.node)
                writer.add(UInt16(cut.metric))
                writer.add(cut.step)
            }
            for leaf in tree.leaves {
                writer.add(leaf.node)
                writer.add(leaf.length)
                writer.add(leaf.share)
            }
        }
    }

    fileprivate init(
        from reader: inout ByteReader, _ metricCount: Int
    ) throws(ByteReader.Failure) {
        let usualLength = try reader.float()
        let count = try reader.count(size: 9)
        guard usualLength >= 1, count <= 1000 else { throw .damaged("a forest out of range") }
        var trees: [Tree] = []
        for _ in 0..<count { trees.append(try Tree(from: &reader, metricCount)) }
        self.init(metricCount: metricCount, trees: trees, usualLength: usualLength)
    }
}

extension IsolationForest.Tree {
    /// A tree whose every node is one cut or one leaf, each cut after the one above it.
    fileprivate init(
        from reader: inout ByteReader, _ metricCount: Int
    ) throws(ByteReader.Failure) {
        let count = Int(try reader.integer(UInt16.self))
        guard count < IsolationForest.sampleSize else {
            throw .damaged("a tree with too many cuts")
        }
        var isTaken = [Bool](repeating: false, count: 2 * count + 1)
        var depths = [Int](repeating: 0, count: 2 * count + 1)
        for index in 0..<count {
            let node = try reader.integer(UInt16.self)
            let metric = try reader.integer(UInt16.self)
            let step = try reader.integer(UInt8.self)
            guard node <= 2 * index, !isTaken[Int(node)], metric < min(metricCount, 256), step > 0
            else { throw .damaged("a tree that is none") }
            let cut = Cut(node: node, metric: UInt8(metric), step: step)
            let depth = depths[Int(cut.node)] + 1
            guard depth <= IsolationForest.depthLimit else { throw .damaged("a tree too deep") }
            (depths[2 * index + 1], depths[2 * index + 2]) = (depth, depth)
            isTaken[Int(cut.node)] = true
            cuts.append(cut)
        }
        for _ in 0...count {
            let leaf = Leaf(
                node: try reader.integer(UInt16.self), length: try reader.integer(UInt8.self),
                share: try reader.float())
            guard leaf.node <= 2 * count, !isTaken[Int(leaf.node)], leaf.length < 128,
                (0...1).contains(leaf.share)
            else { throw .damaged("a tree that is none") }
            isTaken[Int(leaf.node)] = true
            leaves.append(leaf)
        }
    }
}
