import ApplicationLabels
import Dispatch
import FlowMetering
import Flows
import NetworkTypes
import Synchronization
import Wire

/// Frames of the source with their packets, for one thread at a time to change.
final class MeterBatch {
    var packets: PacketBatch

    init(frames: Int) {
        packets = PacketBatch(capacity: frames, shardCount: MeterShards.count)
    }
}

/// The shards of a meter, and the threads that work on them.
///
/// There are always as many shards, so that the flows do not depend on the number of threads.
final class MeterShards {
    static let count = 4

    private let shards: [MeterShard]
    private let threads: Int

    init(_ settings: MeterSettings, hasLabels: Bool, threads: Int) throws {
        var random = SystemRandomNumberGenerator()
        let secret = (random.next(), random.next(), random.next())
        var settings = settings
        settings.flowLimit = max(1, settings.flowLimit / Self.count)
        var labelling = NDPILabeller.Configuration()
        labelling.slotLimit = settings.flowLimit
        // One thread has all labellers use the same tables; threads need their own.
        let tables = hasLabels && threads == 1 ? try NDPITables() : nil
        var shards: [MeterShard] = []
        for number in 0..<Self.count {
            let table =
                hasLabels
                ? FlowTable(
                    settings: settings, secret: secret,
                    labeller: try NDPILabeller(labelling, tables: tables))
                : FlowTable(settings: settings, secret: secret)
            shards.append(MeterShard(number: number, table: table))
        }
        self.shards = shards
        self.threads = threads
    }

    /// Meters a batch, while `other` is done beside it if there are threads for both.
    func add(_ batch: MeterBatch, beside other: () -> Void) {
        guard threads > 1 else {
            for shard in shards { shard.add(batch.packets) }
            return other()
        }
        let next = Atomic(0)
        withoutActuallyEscaping(other) { other in
            // SAFETY: every task is done by exactly one thread, for the counter gives each number once; shards
            // share nothing, they only read the batch, and `other` touches neither them nor it.
            nonisolated(unsafe) let (shards, batch, other) = (self.shards, batch, other)
            DispatchQueue.concurrentPerform(iterations: threads) { _ in
                while true {
                    let task = next.add(1, ordering: .relaxed).oldValue
                    if task == 0 {
                        unsafe other()
                    } else if unsafe task <= shards.count {
                        unsafe shards[task - 1].add(batch.packets)
                    } else {
                        return
                    }
                }
            }
        }
    }

    /// Tells all shards the time when no packets come.
    func advance(to time: Timestamp, order: UInt64) {
        for shard in shards { shard.advance(to: time.microseconds, order: order) }
    }

    /// Ends all flows in portions of some thousand, in the order in which they began: the input has ended.
    func finishAll(order: UInt64, _ body: ([FlowRecord]) throws -> Void) rethrows {
        var connections = shards.flatMap { $0.openConnections() }
        connections.sort()
        for start in stride(from: 0, to: connections.count, by: Self.portion) {
            let last = connections[min(start + Self.portion, connections.count) - 1]
            for shard in shards { shard.finishAll(upTo: last, order: order) }
            try body(takeFinished())
        }
    }

    /// Flows of a portion.
    private static let portion = 8192

    /// The flows that have ended, in an order that depends on the input alone.
    func takeFinished() -> [FlowRecord] {
        shards.map { $0.takeFinished() }.inOrder()
    }

    var counts: MeterCounts {
        var sum = MeterCounts()
        for shard in shards { sum += shard.counts }
        return sum
    }

    var openFlows: Int { shards.reduce(0) { $0 + $1.openFlows } }
    var octets: Int { shards.reduce(0) { $0 + $1.octets } }
}
