package import Flows
package import NetworkTypes
import Statistics

/// How many inside hosts speak to each peer, since when.
///
/// What many hosts do is seldom an attack, what one does alone may be. Peers are the responders of flows that inside
/// hosts began and that were answered. Hosts are counted with a standard error of 2 % (all of them) and 9 % (those
/// of a peer; exactly up to 16).
package struct PeerCensus: Sendable {
    package struct Configuration: Sendable, Hashable {
        /// Peers that are remembered; the longest unseen make room. 1 to 16,777,216. A peer takes at most 300 octets.
        package var peerLimit = 65_536
        /// Hosts from which on a share of them means something, 1 to 1,000,000.
        package var hostMinimum = 10
        /// Of the sketches; attackers should not know it.
        package var seed: UInt64 = 0

        package init() {}
    }

    /// What is known of one peer.
    package struct Standing: Sendable, Hashable {
        /// When any host spoke to it first.
        package var firstSeen: Timestamp
        /// How many hosts did.
        package var hosts: Double
        /// Their share of all inside hosts, 0...1; `nil` as long as there are too few.
        package var prevalence: Double?
    }

    private struct Peer: Sendable {
        var firstSeen: Timestamp
        var hosts: HyperLogLog
    }

    private static let (hostPrecision, peerPrecision) = (12, 7)
    package let configuration: Configuration
    /// When the first flow was seen.
    package private(set) var firstSeen: Timestamp?
    private var hosts: HyperLogLog
    private var knownHostCount = 0.0
    private var peers: BoundedTable<IPAddress, Peer>

    package init(_ configuration: Configuration = Configuration()) throws(DetectorSettingError) {
        try DetectorSettingError.check(
            "peerLimit", configuration.peerLimit, in: 1...16_777_216)
        try DetectorSettingError.check(
            "hostMinimum", configuration.hostMinimum, in: 1...1_000_000)
        self.configuration = configuration
        hosts = HyperLogLog(precision: Self.hostPrecision, seed: configuration.seed)
        peers = BoundedTable(limit: configuration.peerLimit)
    }

    package var counts: DetectorCounts {
        DetectorCounts(held: peers.count, evictions: peers.evictions)
    }

    /// The number of inside hosts.
    package var hostCount: Double { knownHostCount }

    /// Learns from a flow.
    package mutating func observe(_ flow: ObservedFlow) {
        guard flow.isFromInside, flow.isBetweenHosts, flow.isAnswered else { return }
        firstSeen = firstSeen.map { min($0, flow.start) } ?? flow.start
        let host = flow.key.initiator.address.stableHash
        if hosts.add(host) { knownHostCount = hosts.count }
        let fresh = Peer(
            firstSeen: flow.start,
            hosts: HyperLogLog(precision: Self.peerPrecision, seed: configuration.seed))
        peers.update(flow.key.responder.address, default: fresh) { peer in
            peer.firstSeen = min(peer.firstSeen, flow.start)
            peer.hosts.add(host)
        }
    }

    /// What is known of a peer, `nil` for one that was not seen or forgotten.
    package func standing(of peer: IPAddress) -> Standing? {
        guard let found = peers[peer] else { return nil }
        let count = found.hosts.count
        let hasEnough = knownHostCount >= Double(configuration.hostMinimum)
        return Standing(
            firstSeen: found.firstSeen, hosts: count,
            prevalence: hasEnough ? min(1, count / knownHostCount) : nil)
    }
}

extension ObservedFlow {
    /// Whether the responder is known to be there.
    var isAnswered: Bool {
        switch outcome {
        case .established: true
        case .unknown: backward.packets > 0 || backward.octets > 0
        case .unanswered, .rejected, .unreachable: false
        }
    }
}

// MARK: - Saving

extension PeerCensus {
    func write(to writer: inout ByteWriter) {
        writer.add(optional: firstSeen)
        hosts.encode(into: &writer)
        peers.write(to: &writer) { address, peer, writer in
            writer.add(address)
            writer.add(peer.firstSeen)
            peer.hosts.encode(into: &writer)
        }
    }

    /// Fills a new one with what ``write(to:)`` wrote.
    mutating func read(from reader: inout ByteReader) throws(ByteReader.Failure) {
        let seed = configuration.seed
        firstSeen = try reader.optionalTimestamp()
        hosts = try HyperLogLog(decoding: &reader, precision: Self.hostPrecision, seed: seed)
        knownHostCount = hosts.count
        peers = try BoundedTable(from: &reader, limit: configuration.peerLimit, entryOctets: 18) {
            reader throws(ByteReader.Failure) in
            (
                try reader.address(),
                Peer(
                    firstSeen: try reader.timestamp(),
                    hosts: try HyperLogLog(
                        decoding: &reader, precision: Self.peerPrecision, seed: seed))
            )
        }
    }
}
