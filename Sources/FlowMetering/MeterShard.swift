package import Flows
import Wire

/// A share of the flows: all between the addresses that are steered to it.
///
/// One thread at a time may use a shard; different shards share nothing.
package final class MeterShard {
    private var table: FlowTable
    private let number: Int

    /// - Parameters:
    ///   - number: of the shard, from 0, in batches.
    ///   - table: of the shard's flows.
    package init(number: Int, table: consuming FlowTable) {
        self.number = number
        self.table = table
    }

    package var counts: MeterCounts { table.counts }
    package var openFlows: Int { table.openFlows }
    /// Octets of memory for open flows, the labeller's own apart.
    package var octets: Int { table.octets }

    /// Meters the shard's packets of a batch.
    package func add(_ batch: borrowing PacketBatch) { table.add(batch, shard: number) }

    /// Ends the flows whose time is over at a moment before which no more packets can come; nothing in the
    /// old modes, which know the time of their own packets only.
    ///
    /// - Parameter time: Microseconds since 1970.
    package func advance(to time: Int64, order: UInt64) { table.advance(to: time, order: order) }

    /// Ends the flows up to a connection: the input has ended after this many frames.
    package func finishAll(upTo connection: UInt64, order: UInt64) {
        table.finishAll(upTo: connection, order: order)
    }

    /// The connections of the open flows, ascending.
    package func openConnections() -> [UInt64] { table.openConnections() }

    /// Takes the flows out that have ended.
    package func takeFinished() -> FinishedFlows { table.takeFinished() }
}

extension [FinishedFlows] {
    /// The flows of several shards in the one order that does not depend on who metered them: that of the
    /// packets that ended them, then of their beginnings.
    package func inOrder() -> [FlowRecord] {
        if count == 1 { return self[0].records }
        var places: [(order: UInt64, connection: UInt64, part: UInt32, shard: Int, index: Int)] = []
        places.reserveCapacity(reduce(0) { $0 + $1.records.count })
        for shard in indices {
            for index in self[shard].records.indices {
                places.append(
                    (
                        self[shard].orders[index], self[shard].records[index].connection,
                        self[shard].records[index].part, shard, index
                    ))
            }
        }
        places.sort { ($0.order, $0.connection, $0.part) < ($1.order, $1.connection, $1.part) }
        var records: [FlowRecord] = []
        records.reserveCapacity(places.count)
        for place in places { records.append(self[place.shard].records[place.index]) }
        return records
    }
}
