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
    private static let precision = 4
    /// Different clients from which on somebody is a server for others.
    private static let enough = 3.0

    init(seed: UInt64) { self.seed = seed }

    var counts: DetectorCounts {
        DetectorCounts(held: clients.count, evictions: clients.evictions)
    }

    mutating func observe(_ lookup: NameLookup) {
        let client = lookup.client.stableHash
        clients.update(lookup.server, default: HyperLogLog(precision: Self.precision, seed: seed)) {
            _ = $0.add(client)
        }
    }

    func asksForOthers(_ host: IPAddress) -> Bool {
        clients[host].map { $0.count >= Self.enough } ?? false
    }
}

// MARK: - Saving

extension NameServers {
    func write(to writer: inout ByteWriter) {
        clients.write(to: &writer) { server, clients, writer in
            writer.add(server)
            clients.encode(into: &writer)
        }
    }

    /// Fills a new one with what ``write(to:)`` wrote.
    mutating func read(from reader: inout ByteReader) throws(ByteReader.Failure) {
        let seed = seed
        clients = try BoundedTable(from: &reader, limit: clients.limit, entryOctets: 10) {
            reader throws(ByteReader.Failure) in
            (
                try reader.address(),
                try HyperLogLog(decoding: &reader, precision: Self.precision, seed: seed)
            )
        }
    }
}
