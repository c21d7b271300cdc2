package import Flows

/// Flows grouped into populations: members of one population stand side by side, in input order.
///
/// Everything downstream (statistics, scores, figures) scans these columns. A member's place in
/// the columns is its *index*; its place in the input is its *row*.
package struct PopulationTable: Sendable {
    /// One population: its name and where its members stand.
    package struct Population: Sendable, Equatable {
        package let name: String
        package let members: Range<Int>

        package init(name: String, members: Range<Int>) {
            self.name = name
            self.members = members
        }
    }

    /// The names of the metrics, one a column.
    package let metrics: [String]
    /// The values of the members, one array a metric. Non-finite values stand as they were read.
    package let columns: [[Double]]
    /// The populations in ranking order: most members first, ties by name descending.
    package let populations: [Population]
    /// The input row of each member, from 0, counted through all inputs.
    package let rows: [UInt32]
    /// Which end of each member is public.
    package let directions: [FlowDirection]
    /// Hash of the flow key modulo 10, alike for both directions: 0 calibrates the parts of the
    /// default score, 1 calibrates the whole, the rest is fitted.
    package let holdouts: [UInt8]
    /// Code of the public end's address in the address table of the run; `UInt32.max` if none.
    package let publicEnds: [UInt32]

    /// - Precondition: all columns cover the members, and the populations tile them in order.
    package init(
        metrics: [String], columns: [[Double]], populations: [Population], rows: [UInt32],
        directions: [FlowDirection], holdouts: [UInt8], publicEnds: [UInt32]
    ) {
        let count = rows.count
        precondition(metrics.count == columns.count, "a metric without a column")
        precondition(columns.allSatisfy { $0.count == count }, "columns differ in length")
        precondition(
            directions.count == count && holdouts.count == count && publicEnds.count == count,
            "member columns differ in length")
        var end = 0
        for population in populations {
            precondition(population.members.lowerBound == end, "populations do not tile the table")
            end = population.members.upperBound
        }
        precondition(end == count, "populations do not cover the table")
        self.metrics = metrics
        self.columns = columns
        self.populations = populations
        self.rows = rows
        self.directions = directions
        self.holdouts = holdouts
        self.publicEnds = publicEnds
    }

    /// The number of members of all populations.
    package var count: Int { rows.count }
}
