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
    /// All members so far.
    private var members: Members

    /// Once there is a second batch, room is made for this many members: mere address space until it
    /// is written to, and fewer columns are copied because they grow.
    private static let roomyCount = 1 << 22

    package init(metrics: [String]) {
        self.metrics = metrics
        members = Members(metricCount: metrics.count)
    }

    /// - Precondition: every column of `members` has as many elements as it has rows.
    package mutating func append(_ members: consuming Members) {
        precondition(members.columns.count == metrics.count, "a metric without a column")
        if self.members.rows.isEmpty {
            self.members = members
            return
        }
        Self.append(members.populations, to: &self.members.populations)
        Self.append(members.rows, to: &self.members.rows)
        Self.append(members.directions, to: &self.members.directions)
        Self.append(members.holdouts, to: &self.members.holdouts)
        Self.append(members.publicEnds, to: &self.members.publicEnds)
        for metric in metrics.indices {
            Self.append(members.columns[metric], to: &self.members.columns[metric])
        }
    }

    private static func append<Element>(_ batch: [Element], to column: inout [Element]) {
        if column.capacity < roomyCount { column.reserveCapacity(roomyCount) }
        column += batch
    }

    /// The members grouped by population, in input order inside each.
    ///
    /// Populations are ranked: most members first, ties by name descending. Each column is grouped
    /// into the memory of the one before it, so that two copies of the table never stand side by side.
    /// The builder is empty afterwards.
    /// - Parameter names: The names of the populations, by code.
    /// - Complexity: O(members).
    package mutating func finish(names: [String]) -> PopulationTable {
        var members = Members(metricCount: metrics.count)
        swap(&members, &self.members)
        var counts = [Int](repeating: 0, count: names.count)
        for population in members.populations { counts[Int(population)] += 1 }
        let ranked = names.indices.filter { counts[$0] > 0 }.sorted {
            counts[$0] != counts[$1] ? counts[$0] > counts[$1] : names[$0] > names[$1]
        }
        var next = [UInt32](repeating: 0, count: names.count)
        var populations: [PopulationTable.Population] = []
        var start = 0
        for code in ranked {
            let range = start..<(start + counts[code])
            populations.append(.init(name: names[code], members: range))
            next[code] = UInt32(truncatingIfNeeded: start)
            start = range.upperBound
        }
        var places = members.populations
        members.populations = []
        for index in places.indices {
            let population = Int(places[index])
            places[index] = next[population]
            next[population] += 1
        }
        var spare: [Double] = []
        for metric in metrics.indices {
            Self.group(&members.columns[metric], by: places, spare: &spare)
        }
        spare = []
        var spareCodes: [UInt32] = []
        Self.group(&members.rows, by: places, spare: &spareCodes)
        Self.group(&members.publicEnds, by: places, spare: &spareCodes)
        var spareDirections: [FlowDirection] = []
        Self.group(&members.directions, by: places, spare: &spareDirections)
        var spareOctets: [UInt8] = []
        Self.group(&members.holdouts, by: places, spare: &spareOctets)
        return PopulationTable(
            metrics: metrics, columns: members.columns, populations: populations,
            rows: members.rows, directions: members.directions, holdouts: members.holdouts,
            publicEnds: members.publicEnds)
    }

    /// Puts each value of `column` at its place; `spare` is written to and keeps the old memory.
    private static func group<Element>(
        _ column: inout [Element], by places: [UInt32], spare: inout [Element]
    ) {
        precondition(column.count == places.count, "member columns differ in length")
        if spare.count != column.count { spare = column }
        // SAFETY: the places are a permutation of 0..<count, made from counts of the same members.
        unsafe spare.withUnsafeMutableBufferPointer { grouped in
            for index in column.indices { unsafe grouped[Int(places[index])] = column[index] }
        }
        swap(&column, &spare)
    }
}
