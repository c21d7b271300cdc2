package import Flows

/// Collects flows in input order and, at the end, groups them into populations.
package struct PopulationBuilder {
    /// Some members, as columns.
    package struct Members: Sendable {
        /// Code of each member's population.
        package var populations: [UInt32] = []
        package var rows: [UInt32] = []
        package var directions: [FlowDirection] = []
        package var holdouts: [UInt8] = []
        package var publicEnds: [UInt32] = []
        /// One array a metric.
        package var columns: [[Double]]

        package init(metricCount: Int) { columns = Array(repeating: [], count: metricCount) }
    }

    private let metrics: [String]
    private var chunks: [Members] = []

    package init(metrics: [String]) { self.metrics = metrics }

    /// - Precondition: every column of `members` has as many elements as it has rows.
    package mutating func append(_ members: Members) {
        precondition(members.columns.count == metrics.count, "a metric without a column")
        if !members.rows.isEmpty { chunks.append(members) }
    }

    /// The members grouped by population, in input order inside each.
    ///
    /// Populations are ranked: most members first, ties by name descending. A column's chunks are let
    /// go as soon as it is grouped, so that two copies of the table never stand side by side.
    /// - Parameter names: The names of the populations, by code.
    /// - Complexity: O(members).
    package consuming func finish(names: [String]) -> PopulationTable {
        var counts = [Int](repeating: 0, count: names.count)
        for chunk in chunks {
            for population in chunk.populations { counts[Int(population)] += 1 }
        }
        let ranked = names.indices.filter { counts[$0] > 0 }.sorted {
            counts[$0] != counts[$1] ? counts[$0] > counts[$1] : names[$0] > names[$1]
        }
        var next = counts
        var populations: [PopulationTable.Population] = []
        var start = 0
        for code in ranked {
            let members = start..<(start + counts[code])
            populations.append(.init(name: names[code], members: members))
            next[code] = start
            start = members.upperBound
        }
        var places: [[UInt32]] = []
        for chunk in chunks {
            places.append(
                chunk.populations.map { population in
                    defer { next[Int(population)] += 1 }
                    return UInt32(truncatingIfNeeded: next[Int(population)])
                })
        }
        let count = start
        var columns: [[Double]] = []
        for metric in metrics.indices {
            columns.append(scatter(places, count, of: 0) { $0.columns[metric] })
            for index in chunks.indices { chunks[index].columns[metric] = [] }
        }
        return PopulationTable(
            metrics: metrics, columns: columns, populations: populations,
            rows: scatter(places, count, of: 0) { $0.rows },
            directions: scatter(places, count, of: .unknown) { $0.directions },
            holdouts: scatter(places, count, of: 0) { $0.holdouts },
            publicEnds: scatter(places, count, of: .max) { $0.publicEnds })
    }

    private func scatter<Element>(
        _ places: [[UInt32]], _ count: Int, of blank: Element, _ column: (Members) -> [Element]
    ) -> [Element] {
        var grouped = [Element](repeating: blank, count: count)
        // SAFETY: the places are a permutation of 0..<count, made from counts of the same chunks.
        unsafe grouped.withUnsafeMutableBufferPointer { grouped in
            for (chunk, places) in zip(chunks, places) {
                let values = column(chunk)
                for index in values.indices { unsafe grouped[Int(places[index])] = values[index] }
            }
        }
        return grouped
    }
}
