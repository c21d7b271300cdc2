internal import Baselines

/// The flows that a model is fitted on, as columns of `L(x)`; NaN where a value was not finite.
struct FittedSample {
    /// The members' indices in the table, ascending.
    private(set) var members: [Int]
    private(set) var columns: [[Float]]

    var count: Int { members.count }
    var metricCount: Int { columns.count }

    init(_ table: PopulationTable, members: [Int]) {
        self.members = members
        columns = []
        for source in table.columns {
            var column: [Float] = []
            column.reserveCapacity(members.count)
            for start in stride(from: 0, to: members.count, by: 8) {
                var values = Lanes.zero
                let end = min(start + 8, members.count)
                for index in start..<end {
                    let value = source[members[index]]
                    values[index - start] = value.isFinite ? Float(value) : .nan
                }
                let logs = VectorMath.signedLog(values)
                for lane in 0..<(end - start) { column.append(logs[lane]) }
            }
            columns.append(column)
        }
    }

    /// The sample without the members at `places`, which ascend.
    func leavingOut(_ places: [Int]) -> FittedSample {
        var result = self
        func kept<Element>(_ values: [Element]) -> [Element] {
            var rest: [Element] = []
            rest.reserveCapacity(values.count - places.count)
            var start = 0
            for place in places {
                rest.append(contentsOf: values[start..<place])
                start = place + 1
            }
            rest.append(contentsOf: values[start...])
            return rest
        }
        result.members = kept(members)
        result.columns = columns.map(kept)
        return result
    }

    /// At most `limit` of `members`, evenly spaced.
    static func evenly(_ members: [Int], atMost limit: Int) -> [Int] {
        guard members.count > limit else { return members }
        return (0..<limit).map { members[$0 * members.count / limit] }
    }
}

/// The middle and the spread of each metric of a population: the units in which distances are taken.
struct MetricScales: Equatable {
    /// Median of `L(x)`.
    var medians: [Float]
    /// 1 over the spread: IQR / 1.349, or the standard deviation where that is 0, or 1.
    var inverseSpreads: [Float]

    /// Distances are cut off here, in spreads.
    static let limit: Float = 8

    /// Values beyond this number are not needed for a median.
    private static let enough = 8192

    init(medians: [Float], inverseSpreads: [Float]) {
        self.medians = medians
        self.inverseSpreads = inverseSpreads
    }

    init(fittedOn sample: FittedSample) {
        medians = []
        inverseSpreads = []
        let stride = max(1, sample.count / Self.enough)
        for column in sample.columns {
            var values: [Float] = []
            for index in Swift.stride(from: 0, to: column.count, by: stride)
            where !column[index].isNaN {
                values.append(column[index])
            }
            values.sort()
            guard !values.isEmpty else {
                medians.append(0)
                inverseSpreads.append(1)
                continue
            }
            medians.append(Self.quantile(values, 0.5))
            var spread = (Self.quantile(values, 0.75) - Self.quantile(values, 0.25)) / 1.349
            if spread <= 1e-6 { spread = Self.standardDeviation(column) }
            inverseSpreads.append(spread > 1e-6 ? 1 / spread : 1)
        }
    }

    private static func quantile(_ sorted: [Float], _ share: Float) -> Float {
        let place = share * Float(sorted.count - 1)
        let below = Int(place)
        let above = min(below + 1, sorted.count - 1)
        return sorted[below] + (place - Float(below)) * (sorted[above] - sorted[below])
    }

    private static func standardDeviation(_ column: [Float]) -> Float {
        var (count, mean, squares) = (0.0, 0.0, 0.0)
        for value in column where !value.isNaN {
            count += 1
            let difference = Double(value) - mean
            mean += difference / count
            squares += difference * (Double(value) - mean)
        }
        return count > 0 ? Float((squares / count).squareRoot()) : 0
    }

    /// `u = clip((L - median) / spread, -8, 8)`, 0 where a value is missing.
    @inline(__always)
    func unit(_ logs: Lanes, metric: Int) -> Lanes {
        let values = (logs - medians[metric]) * inverseSpreads[metric]
        return VectorMath.clamped(values, -Self.limit, Self.limit)
            .replacing(with: 0, where: logs .!= logs)
    }

    /// The units of one member of a sample.
    func units(of place: Int, in sample: FittedSample) -> [Float] {
        sample.columns.indices.map { metric in
            unit(Lanes(repeating: sample.columns[metric][place]), metric: metric)[0]
        }
    }

    func apply(to logs: [Lanes], into units: inout [Lanes]) {
        let source = logs.span
        var target = units.mutableSpan
        for metric in medians.indices {
            for index in (metric * ScoreBlock.vectors)..<((metric + 1) * ScoreBlock.vectors) {
                target[index] = unit(source[index], metric: metric)
            }
        }
    }
}
