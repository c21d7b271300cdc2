package import Flows
internal import NetworkTypes
import Statistics

/// Finds connections across the border that last for hours, while they are still open.
///
/// Told once when a connection reaches each step: 1, 4, 8 and 12 hours, as RITA counts. Flows that a meter or exporter
/// cut at its active timeout are joined again: same ends and protocol, and a pause of at most `joinSeconds`.
package struct LongConnectionDetector: Sendable {
    package struct Configuration: Sendable, Hashable {
        /// The durations at which a connection is told, in seconds, ascending.
        package var steps: [Double] = [3_600, 14_400, 28_800, 43_200]
        /// The longest pause within one connection, 0 to 86,400 seconds.
        package var joinSeconds = 300.0
        /// Shorter pieces do not begin a connection, 0 to 86,400 seconds.
        package var shortestSeconds = 30.0
        /// Connections that are remembered, 1 to 16,777,216; each takes 170 octets.
        package var connectionLimit = 65_536

        package init() {}
    }

    private struct Connection: Sendable {
        var start: Timestamp
        var end: Timestamp
        var told = 0
        var pieces: UInt64 = 0
        /// Of the pieces that are finished.
        var out: UInt64 = 0
        var back: UInt64 = 0
    }

    package let configuration: Configuration
    private var connections: BoundedTable<FlowKey, Connection>

    package init(_ configuration: Configuration = Configuration()) throws(DetectorSettingError) {
        let steps = configuration.steps
        guard (1...16).contains(steps.count), steps == steps.sorted(),
            steps.allSatisfy({ (1...31_536_000).contains($0) })
        else { throw DetectorSettingError("steps", range: "1 to 16 ascending numbers of seconds") }
        try DetectorSettingError.check("joinSeconds", configuration.joinSeconds, in: 0...86_400)
        try DetectorSettingError.check(
            "shortestSeconds", configuration.shortestSeconds, in: 0...86_400)
        try DetectorSettingError.check(
            "connectionLimit", configuration.connectionLimit, in: 1...16_777_216)
        self.configuration = configuration
        connections = BoundedTable(limit: configuration.connectionLimit)
    }

    package var counts: DetectorCounts {
        DetectorCounts(held: connections.count, evictions: connections.evictions)
    }

    /// Learns from a flow, open or finished, and tells a step that its connection reached.
    package mutating func observe(
        _ flow: ObservedFlow, census: PeerCensus, into evidence: inout [BehaviourEvidence]
    ) {
        guard flow.crossesBorder, flow.isBetweenHosts, flow.isAnswered, flow.end >= flow.start
        else { return }
        let isKnown = connections[flow.key] != nil
        guard isKnown || flow.end.seconds(since: flow.start) >= configuration.shortestSeconds else {
            return
        }
        let join = configuration.joinSeconds
        let steps = configuration.steps
        let fresh = Connection(start: flow.start, end: flow.end)
        let (connection, reached) = connections.update(flow.key, default: fresh) { connection in
            if flow.start.seconds(since: connection.end) > join { connection = fresh }
            connection.start = min(connection.start, flow.start)
            connection.end = max(connection.end, flow.end)
            if !flow.isOpen {
                connection.pieces += 1
                connection.out &+= flow.forward.octets
                connection.back &+= flow.backward.octets
            }
            let duration = connection.end.seconds(since: connection.start)
            let reached = steps.count { duration >= $0 }
            defer { connection.told = max(connection.told, reached) }
            return (connection, reached > connection.told ? reached : nil)
        }
        guard let reached else { return }
        let duration = connection.end.seconds(since: connection.start)
        var numbers = [
            EvidenceNumber(.duration, duration),
            EvidenceNumber(
                .octetsOut, Double(connection.out) + (flow.isOpen ? Double(flow.forward.octets) : 0)
            ),
            EvidenceNumber(
                .octetsIn,
                Double(connection.back) + (flow.isOpen ? Double(flow.backward.octets) : 0)
            ),
        ]
        let standing = census.standing(of: flow.key.responder.address)
        if let prevalence = standing?.prevalence {
            numbers.append(EvidenceNumber(.prevalence, prevalence))
        }
        let share = Double(reached) / Double(steps.count)
        let isCommon = standing?.prevalence.map { $0 >= 0.1 } ?? false
        evidence.append(
            BehaviourEvidence(
                .longConnection,
                of: .pair(flow.key.initiator.address, flow.key.responder.address), time: flow.end,
                firstSeen: connection.start, application: flow.application,
                peer: flow.key.responder.address, port: flow.key.responder.port, numbers: numbers,
                confidence: Confidence(clamping: 0.65 * share * (isCommon ? 0.3 : 1)),
                flows: max(1, connection.pieces)))
    }
}

// MARK: - Saving

extension LongConnectionDetector {
    func write(to writer: inout ByteWriter) {
        connections.write(to: &writer) { key, connection, writer in
            writer.add(key)
            writer.add(connection.start)
            writer.add(connection.end)
            writer.add(UInt8(connection.told))
            writer.add(short: connection.pieces)
            writer.add(connection.out)
            writer.add(connection.back)
        }
    }

    /// Fills a new one with what ``write(to:)`` wrote.
    mutating func read(from reader: inout ByteReader) throws(ByteReader.Failure) {
        let steps = configuration.steps.count
        connections = try BoundedTable(from: &reader, limit: connections.limit, entryOctets: 49) {
            reader throws(ByteReader.Failure) in
            let key = try reader.flowKey()
            let start = try reader.timestamp()
            let end = try reader.timestamp()
            let told = Int(try reader.uint8())
            guard told <= steps else { throw .damaged("a count out of range") }
            let pieces = try reader.counter()
            return (
                key,
                Connection(
                    start: start, end: end, told: told, pieces: pieces, out: try reader.uint64(),
                    back: try reader.uint64())
            )
        }
    }
}
