package import Flows
import Statistics

/// A campus network whose flows are made up: a table in the shape of the 87-column data set, with
/// attacks among its rows whose places are known.
///
/// Nothing is taken from the data set itself. What is imitated is its shape: a few applications carry
/// most flows, heavy tails, strong modes, both directions of connections, remains of connections already
/// cut, days and nights. The columns of a row agree with each other because they are computed from one
/// description of its packets (`SimulatedFlow`) by the rules of the tool that wrote the data set.
///
/// Every row has a random generator of its own. So a row depends on the configuration and its number
/// alone: batches may be made in any size and order, and by several tasks at once.
package struct SimulatedCampus: Sendable {
    package let configuration: Configuration

    private let network: CampusNetwork
    private let clock: CampusClock
    private let traffic: OrdinaryTraffic
    private let plan: AttackPlan
    private let applicationNames: WordTable
    private var nextRow = 0

    package init(_ configuration: Configuration) {
        self.configuration = configuration
        network = CampusNetwork(seed: configuration.seed)
        clock = CampusClock(start: configuration.start, days: configuration.days)
        traffic = OrdinaryTraffic(network: network, configuration: configuration)
        plan = AttackPlan(network: network, clock: clock, configuration: configuration)
        applicationNames = WordTable(ApplicationCatalogue.all.map(\.name))
    }

    /// The 87 names of the columns, in file order.
    package static var columnNames: [String] { FlowColumn.names }

    /// The rows of a batch, but for the last one's.
    package static let batchRows = 65_536

    /// The next rows in order of time, `nil` after the last.
    package mutating func nextBatch() -> FlowBatch? {
        guard nextRow < configuration.rows else { return nil }
        let rows = nextRow..<min(nextRow + Self.batchRows, configuration.rows)
        nextRow = rows.upperBound
        return batch(rows)
    }

    /// The rows of this range; the same values however the table is divided.
    ///
    /// Codes of addresses and applications are alike in all batches, those of `Flow.ID` and `Timestamp`
    /// belong to the batch: their words hardly repeat.
    ///
    /// - Precondition: the rows lie in the table.
    package func batch(_ rows: Range<Int>) -> FlowBatch {
        precondition(
            rows.lowerBound >= 0 && rows.upperBound <= configuration.rows, "rows beyond the table")
        var table = FlowColumnBuilder(
            rows: rows.count, network: network, clock: clock, applications: applicationNames)
        // A few hundred flows at a time stay in the cache while 87 columns are made of them.
        var flows: [SimulatedFlow] = []
        flows.reserveCapacity(FlowColumnBuilder.blockRows)
        var attack = plan.firstIndex(from: rows.lowerBound)
        for row in rows {
            flows.append(flow(row: row, attack: &attack))
            if flows.count == FlowColumnBuilder.blockRows {
                table.append(flows)
                flows.removeAll(keepingCapacity: true)
            }
        }
        table.append(flows)
        return table.batch()
    }

    /// - Parameter attack: the place in the plan of the first attack at or after the row; moved past
    ///   the row.
    private func flow(row: Int, attack: inout Int) -> SimulatedFlow {
        var generator = SeededGenerator(seed: configuration.seed, row: row)
        if attack < plan.flows.count, plan.flows[attack].row == row {
            let planned = plan.flows[attack]
            attack += 1
            return plan.campaigns[planned.campaign].flow(
                part: planned.part, network: network, clock: clock, &generator)
        }
        let share = (Double(row) + generator.uniform()) / Double(configuration.rows)
        var flow = traffic.flow(&generator)
        flow.startSecond = clock.firstSecond + clock.offset(atShare: share)
        return flow
    }

    /// The ground truth: which rows are attacks, ascending.
    package var attacks: [PlantedAttack] {
        plan.flows.map { flow in
            let campaign = plan.campaigns[flow.campaign]
            let ends = campaign.ends(ofPart: flow.part, network: network)
            return PlantedAttack(
                row: flow.row, kind: campaign.kind, campaign: flow.campaign, part: flow.part,
                partCount: campaign.partCount,
                application: ApplicationCatalogue.all[campaign.application].name,
                attacker: network.texts[Int(ends.source)],
                target: network.texts[Int(ends.destination)])
        }
    }
}
