package import FlowFormats
package import Flows

/// What became of the rows of the input: every row is in exactly one of these counts.
package struct DataQuality: Sendable {
    /// One input file as it was found.
    package struct Input: Sendable {
        package let path: String
        package let format: String
        package let dialect: FlowTableDialect
        /// The input row at which this file starts, counted through all files.
        package let firstRow: Int
        package var rowCount = 0
        package var notes: [String]
        /// By which rules packets became its flows; `nil` if it does not say.
        package var mode: MeterMode?
    }

    package var inputs: [Input] = []
    /// Rows that could not be read, by reason.
    package var rejects = RejectCounts()
    /// Rows of flows with no public end, with two, and with an address that is none.
    package var internalCount = 0
    package var transitCount = 0
    package var invalidAddressCount = 0
    /// Rows left out because a metric is not finite (the original's rules only).
    package var nonFiniteRowCount = 0
    /// Values left out because they are missing or not finite, one count a metric.
    package var nonFiniteValues: [Int] = []
    /// Rows that joined a population, by direction.
    package var inboundCount = 0
    package var outboundCount = 0
    package var unknownDirectionCount = 0
    /// Flows between inside hosts that joined, because the tables hold no others.
    package var internalMemberCount = 0

    /// Rows of all inputs, rejected ones included.
    package var rowCount: Int { inputs.reduce(0) { $0 + $1.rowCount } }
    /// Rows that joined a population.
    package var memberCount: Int {
        inboundCount + outboundCount + unknownDirectionCount + internalMemberCount
    }
}
