package import FlowFormats
package import NetworkTypes

/// Which flows of a store are wanted; every condition that is set must hold.
package struct FlowSearch: Sendable {
    /// Flows that ended at this time or later.
    package var from: Timestamp?
    /// Flows that ended before this time.
    package var to: Timestamp?
    /// One of the ends lies in it.
    package var host: IPPrefix?
    /// By the name of the data set.
    package var application: String?
    /// One of the ends has it.
    package var port: UInt16?
    /// No more flows than this.
    package var limit: Int

    package init(limit: Int) { self.limit = limit }

    /// What a search looked at.
    package struct Outcome: Sendable, Equatable {
        package var found = 0
        /// Files and rows looked at.
        package var parts = 0
        package var rows: UInt64 = 0
        /// Rows that could not be read.
        package var unreadable: UInt64 = 0
        /// Files that are damaged, 16 at most, and how many they are.
        package var damaged: [TableError] = []
        package var damagedCount = 0
        /// Files that retention removed meanwhile.
        package var vanished = 0
    }

    private static let damageLimit = 16

    /// Hands the flows to `body`, the hours in order and in each its files as they were written; a file has
    /// its flows by their end.
    ///
    /// Only the files of the hours in question are opened, one at a time. The store may have a writer.
    ///
    /// - Parameter body: Says whether it wants more.
    package func run(
        in folder: String, _ body: (StoredFlow) -> Bool
    ) throws(FlowStoreError) -> Outcome {
        var outcome = Outcome()
        let index = try StoreIndex(folder: folder, removesLeftovers: false)
        let (first, last) = (from.map(StoreHour.init), to.map(StoreHour.init))
        let filter = StoredFlowRows.Filter(
            times: times, host: host, application: application, port: port)
        for hour in index.hours where first.map({ hour >= $0 }) ?? true {
            if let last, hour > last { break }
            for path in index.paths(of: hour) {
                guard outcome.found < limit else { return outcome }
                guard StoreFiles.exists(path) else {
                    outcome.vanished += 1
                    continue
                }
                if !search(path, filter, &outcome, body) { return outcome }
            }
        }
        return outcome
    }

    /// Whether more is wanted after this file.
    private func search(
        _ path: String, _ filter: StoredFlowRows.Filter, _ outcome: inout Outcome,
        _ body: (StoredFlow) -> Bool
    ) -> Bool {
        do throws(TableError) {
            var rows = try StoredFlowRows(path: path, filter)
            outcome.parts += 1
            defer {
                outcome.rows += rows.rowCount
                outcome.unreadable += rows.unreadable
            }
            while outcome.found < limit, let flow = try rows.next() {
                outcome.found += 1
                if !body(flow) { return false }
            }
        } catch {
            if outcome.damaged.count < Self.damageLimit { outcome.damaged.append(error) }
            outcome.damagedCount += 1
        }
        return true
    }

    /// Microseconds of the ends that are wanted; the files have no others.
    private var times: Range<Int64> {
        func microseconds(_ time: Timestamp) -> Int64 {
            // rounded up: a bound between two microseconds
            let (quotient, remainder) = time.nanoseconds.quotientAndRemainder(dividingBy: 1000)
            return remainder > 0 ? quotient + 1 : quotient
        }
        let first = from.map(microseconds) ?? .min
        return first..<max(first, to.map(microseconds) ?? .max)
    }
}
