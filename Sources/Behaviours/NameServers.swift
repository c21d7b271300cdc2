import Flows
import NetworkTypes
import Statistics

/// Who looks up names for others: what it asks for was asked of it.
///
/// Where the questions of the clients are seen, their resolver's own say nothing more about it; where they are not
/// seen, it stays the only one that can be told.
struct NameServers: Sendable {
    /// Different hosts that have asked, by server.
    private var clients = BoundedTable<IPAddress, HyperLogLog>(limit: 4096)
    private let seed: UInt64
    /// Different clients from which on somebody is a server for others.
    private static let enough = 3.0

    init(seed: UInt64) { self.seed = seed }

    var counts: DetectorCounts {
        DetectorCounts(held: clients.count, evictions: clients.evictions)
    }

    mutating func observe(_ lookup: NameLookup) {
        let client = lookup.client.stableHash
        clients.update(lookup.server, default: HyperLogLog(precision: 4, seed: seed)) {
            _ = $0.add(client)
        }
    }

    func asksForOthers(_ host: IPAddress) -> Bool {
        clients[host].map { $0.count >= Self.enough } ?? false
    }
}
