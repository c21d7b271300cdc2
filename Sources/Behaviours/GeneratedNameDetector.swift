package import Flows
internal import NetworkTypes
import Statistics

/// Finds programs that search for their master under generated names: many different domains that do not exist.
///
/// Counted are the registered domains (not the names) that a client was told do not exist, in windows of an hour that
/// begin with the first. So the many ways in which a machine asks for one wrong name count once: a search domain
/// appended to everything, block lists, and the random hosts by which browsers look for captive portals. Backward
/// look-ups, `.local` and single labels do not count at all. Told at 10, then at every 5 more (as Slips does).
package struct GeneratedNameDetector: Sendable {
    package struct Configuration: Sendable, Hashable {
        /// Missing domains at which a client is told first, 1 to 1,000,000.
        package var first = 10.0
        /// And how many more at which again, 1 to 1,000,000.
        package var step = 5.0
        /// Domains are counted for so long, 60 to 604,800 seconds.
        package var windowSeconds = 3_600.0
        /// Clients that are remembered, 1 to 16,777,216; each takes at most 400 octets.
        package var clientLimit = 65_536
        /// Of the sketches; attackers should not know it.
        package var seed: UInt64 = 0

        package init() {}
    }

    private struct Client: Sendable {
        var start: Timestamp
        var missing: HyperLogLog
        var answers: UInt64 = 0
        var newCount = 0.0
        var length = 0.0
        var entropy = 0.0
        var nextTold: Double
    }

    private static let precision = 8
    package let configuration: Configuration
    private var clients: BoundedTable<IPAddress, Client>

    package init(_ configuration: Configuration = Configuration()) throws(DetectorSettingError) {
        try DetectorSettingError.check("first", configuration.first, in: 1...1_000_000)
        try DetectorSettingError.check("step", configuration.step, in: 1...1_000_000)
        try DetectorSettingError.check(
            "windowSeconds", configuration.windowSeconds, in: 60...604_800)
        try DetectorSettingError.check("clientLimit", configuration.clientLimit, in: 1...16_777_216)
        self.configuration = configuration
        clients = BoundedTable(limit: configuration.clientLimit)
    }

    package var counts: DetectorCounts {
        DetectorCounts(held: clients.count, evictions: clients.evictions)
    }

    /// Learns from an answer that there is no such name, and tells its client if it got too many.
    package mutating func observe(
        _ lookup: NameLookup, into evidence: inout [BehaviourEvidence]
    ) {
        guard lookup.responseCode == 3, !RegisteredDomain.isLocal(lookup.name),
            let domain = RegisteredDomain.domain(of: lookup.name)
        else { return }
        let settings = configuration
        let fresh = Client(
            start: lookup.timestamp,
            missing: HyperLogLog(precision: Self.precision, seed: settings.seed),
            nextTold: settings.first)
        let told: Client? = clients.update(lookup.client, default: fresh) { client in
            if lookup.timestamp.seconds(since: client.start) >= settings.windowSeconds {
                client = fresh
            }
            client.answers += 1
            guard client.missing.add(StableHash.text(domain)) else { return nil }
            let label = domain.prefix { $0 != "." }
            client.newCount += 1
            client.length += (Double(label.utf8.count) - client.length) / client.newCount
            client.entropy += (TextEntropy.bits(label) - client.entropy) / client.newCount
            let count = client.missing.count
            guard count >= client.nextTold else { return nil }
            client.nextTold +=
                settings.step * (1 + ((count - client.nextTold) / settings.step).rounded(.down))
            return client
        }
        guard let told else { return }
        let count = told.missing.count
        // Generated labels are long and even; typed ones are short or words.
        let looksRandom = told.length >= 10 && told.entropy >= 2.8
        let belief = min(0.7, 0.2 + (count - settings.first) / 100) + (looksRandom ? 0.2 : 0)
        evidence.append(
            BehaviourEvidence(
                .generatedNames, of: .host(lookup.client), time: lookup.timestamp,
                firstSeen: told.start, peer: lookup.server, port: 53,
                numbers: [
                    EvidenceNumber(.names, count),
                    EvidenceNumber(.span, lookup.timestamp.seconds(since: told.start)),
                    EvidenceNumber(.failures, Double(told.answers)),
                    EvidenceNumber(.length, told.length), EvidenceNumber(.entropy, told.entropy),
                ], confidence: Confidence(clamping: belief), flows: told.answers))
    }
}

// MARK: - Saving

extension GeneratedNameDetector {
    func write(to writer: inout ByteWriter) {
        clients.write(to: &writer) { address, client, writer in
            writer.add(address)
            writer.add(client.start)
            client.missing.encode(into: &writer)
            writer.add(short: client.answers)
            for number in [client.newCount, client.length, client.entropy, client.nextTold] {
                writer.add(number)
            }
        }
    }

    /// Fills a new one with what ``write(to:)`` wrote.
    mutating func read(from reader: inout ByteReader) throws(ByteReader.Failure) {
        let seed = configuration.seed
        clients = try BoundedTable(from: &reader, limit: clients.limit, entryOctets: 51) {
            reader throws(ByteReader.Failure) in
            let address = try reader.address()
            let start = try reader.timestamp()
            let missing = try HyperLogLog(
                decoding: &reader, precision: Self.precision, seed: seed)
            let answers = try reader.counter()
            let newCount = try reader.amount()
            let length = try reader.amount()
            let entropy = try reader.amount()
            return (
                address,
                Client(
                    start: start, missing: missing, answers: answers, newCount: newCount,
                    length: length, entropy: entropy, nextTold: try reader.amount())
            )
        }
    }
}
