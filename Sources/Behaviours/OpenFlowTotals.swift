internal import Flows
internal import NetworkTypes
import Statistics

/// What of a flow was counted before, so that news of an open flow adds only what is new.
///
/// Kept are open flows that carried at least `floor` octets; of one that was forgotten to make room everything is
/// counted again, and of smaller ones at most `floor`.
struct OpenFlowTotals: Sendable {
    private struct Identity: Hashable, Sendable {
        var key: FlowKey
        var start: Timestamp
    }

    private struct Totals: Sendable {
        var out: UInt64 = 0
        var back: UInt64 = 0
    }

    static let floor: UInt64 = 65_536
    private var flows: BoundedTable<Identity, Totals>

    init(limit: Int) { flows = BoundedTable(limit: limit) }

    var counts: DetectorCounts { DetectorCounts(held: flows.count, evictions: flows.evictions) }

    /// The octets that were not counted yet, from the initiator and back.
    mutating func increment(of flow: ObservedFlow) -> (out: UInt64, back: UInt64) {
        let totals = Totals(out: flow.forward.octets, back: flow.backward.octets)
        let identity = Identity(key: flow.key, start: flow.start)
        guard flow.isOpen else {
            let before = flows.isEmpty ? nil : flows.remove(identity)
            return Self.difference(totals, before ?? Totals())
        }
        guard totals.out >= Self.floor || totals.back >= Self.floor else { return (0, 0) }
        return flows.update(identity, default: Totals()) { before in
            let increment = Self.difference(totals, before)
            before = Totals(out: max(before.out, totals.out), back: max(before.back, totals.back))
            return increment
        }
    }

    /// News that arrive out of order add nothing.
    private static func difference(_ now: Totals, _ before: Totals) -> (out: UInt64, back: UInt64) {
        (
            now.out > before.out ? now.out - before.out : 0,
            now.back > before.back ? now.back - before.back : 0
        )
    }
}

// MARK: - Saving

extension OpenFlowTotals {
    func write(to writer: inout ByteWriter) {
        flows.write(to: &writer) { identity, totals, writer in
            writer.add(identity.key)
            writer.add(identity.start)
            writer.add(totals.out)
            writer.add(totals.back)
        }
    }

    /// Fills a new one with what ``write(to:)`` wrote.
    mutating func read(from reader: inout ByteReader) throws(ByteReader.Failure) {
        flows = try BoundedTable(from: &reader, limit: flows.limit, entryOctets: 39) {
            reader throws(ByteReader.Failure) in
            (
                Identity(key: try reader.flowKey(), start: try reader.timestamp()),
                Totals(out: try reader.uint64(), back: try reader.uint64())
            )
        }
    }
}
