package import Flows
package import NetworkTypes
import Statistics

/// Where a public end is, as far as somebody knows.
package struct PeerPlace: Sendable, Hashable {
    /// Two letters of ISO 3166-1.
    package var country: String?
    /// The number of the network (autonomous system).
    package var autonomousSystem: UInt32?

    package init(country: String? = nil, autonomousSystem: UInt32? = nil) {
        self.country = country
        self.autonomousSystem = autonomousSystem
    }
}

/// Tells what a host never did before: a country, a network, a peer, an application.
///
/// Weak evidence, made to be combined: people do new things all day. So a novelty is told only of a host, and on a
/// network, that were watched for `learningSeconds`; only if the host does new things of this kind seldom (at most
/// once in `rarity` answered flows, by counts that begin with the second half of its learning and halve every day);
/// and only if few other hosts do the same. Novelties are remembered for one to two periods of `memorySeconds`; a
/// host that makes more of them than fit shortens the memory of all, which is counted.
package struct NoveltyDetector: Sendable {
    package struct Configuration: Sendable, Hashable {
        /// How long a host and the network are watched before anything is told, 0 to 31,536,000 seconds.
        package var learningSeconds = 86_400.0
        /// A host that does new things of a kind more often than once in so many flows is not told, 1 to 1,000,000.
        package var rarity = 100.0
        /// What at least this share of the hosts does is not told, 0 to 1.
        package var commonShare = 0.5
        /// At least so long a novelty is remembered, 86,400 to 31,536,000 seconds.
        package var memorySeconds = 2_592_000.0
        /// How many novelties are remembered in that time, 1,000 to 100,000,000; each takes 2.5 to 5 octets.
        package var memoryLimit = 1_000_000
        /// Hosts, 1 to 16,777,216; each takes 130 octets.
        package var hostLimit = 65_536
        /// Countries, networks and applications whose hosts are counted, 1 to 1,000,000; each takes at most 250 octets.
        package var thingLimit = 16_384
        /// Of the sketches; attackers should not know it.
        package var seed: UInt64 = 0

        package init() {}
    }

    fileprivate struct Host: Sendable {
        var firstSeen: Timestamp
        var day: Int64
        /// Answered flows, and new things of each kind, halved every day.
        var flows = 0.0
        var novelties: [4 of Double] = .init(repeating: 0)
    }

    private struct Thing: Sendable {
        var firstSeen: Timestamp
        var hosts: HyperLogLog
    }

    private static let precision = 7
    package let configuration: Configuration
    private var hosts: BoundedTable<IPAddress, Host>
    private var things: BoundedTable<UInt64, Thing>
    private var seen: SeenBefore
    private var firstSeen: Timestamp?

    package init(_ configuration: Configuration = Configuration()) throws(DetectorSettingError) {
        try DetectorSettingError.check(
            "learningSeconds", configuration.learningSeconds, in: 0...31_536_000)
        try DetectorSettingError.check("rarity", configuration.rarity, in: 1...1_000_000)
        try DetectorSettingError.check("commonShare", configuration.commonShare, in: 0...1)
        try DetectorSettingError.check(
            "memorySeconds", configuration.memorySeconds, in: 86_400...31_536_000)
        try DetectorSettingError.check(
            "memoryLimit", configuration.memoryLimit, in: 1_000...100_000_000)
        try DetectorSettingError.check("hostLimit", configuration.hostLimit, in: 1...16_777_216)
        try DetectorSettingError.check("thingLimit", configuration.thingLimit, in: 1...1_000_000)
        self.configuration = configuration
        hosts = BoundedTable(limit: configuration.hostLimit)
        things = BoundedTable(limit: configuration.thingLimit)
        seen = SeenBefore(
            capacity: configuration.memoryLimit, periodSeconds: configuration.memorySeconds)
    }

    package var counts: DetectorCounts {
        DetectorCounts(
            held: hosts.count + things.count + seen.count,
            evictions: hosts.evictions + things.evictions + seen.earlyPeriods)
    }

    /// Learns from a flow and tells what is new in it.
    ///
    /// `place` is asked for the responder if that is public, `census` for other hosts that speak to it.
    package mutating func observe(
        _ flow: ObservedFlow, census: PeerCensus, place: (IPAddress) -> PeerPlace?,
        into evidence: inout [BehaviourEvidence]
    ) {
        guard !flow.isOpen, flow.isFromInside, flow.isBetweenHosts, flow.isAnswered else { return }
        let host = flow.key.initiator.address
        let peer = flow.key.responder.address
        let networkStart = firstSeen.map { min($0, flow.start) } ?? flow.start
        firstSeen = networkStart
        let day = flow.end.hour / 24
        let learning = configuration.learningSeconds
        var state = hosts.update(host, default: Host(firstSeen: flow.start, day: day)) { state in
            state.firstSeen = min(state.firstSeen, flow.start)
            state.turn(to: day)
            if flow.end.seconds(since: state.firstSeen) >= learning / 2 { state.flows += 1 }
            return state
        }
        let found = novelties(of: flow, place: flow.isOutbound ? place(peer) : nil)
        guard !found.isEmpty else { return }
        let age = flow.end.seconds(since: state.firstSeen)
        let isReady = age >= learning && flow.end.seconds(since: networkStart) >= learning
        for (kind, thing) in found {
            let standing = standing(kind, thing, host, flow, census)
            let rarity = (state.flows + 1) / (state.novelties[kind.place] + 0.5)
            if age >= learning / 2 { state.novelties[kind.place] += 1 }
            let isCommon = standing.prevalence.map { $0 >= configuration.commonShare } ?? false
            guard isReady, !isCommon, rarity >= configuration.rarity else { continue }
            evidence.append(Self.tell(kind, flow, standing, rarity: rarity))
        }
        hosts.set(host, state)
    }

    /// The kinds of things that this host never did, with their hashes; they are remembered.
    private mutating func novelties(
        of flow: ObservedFlow, place: PeerPlace?
    ) -> [(
        kind: BehaviourKind, thing: UInt64
    )] {
        var things: [(kind: BehaviourKind, thing: UInt64)] = [
            (.newPeer, flow.key.responder.address.stableHash)
        ]
        if let country = place?.country { things.append((.newCountry, StableHash.text(country))) }
        if let system = place?.autonomousSystem {
            things.append((.newNetwork, StableHash.text("\(system)")))
        }
        if !flow.application.isEmpty, flow.application != "UNKNOWN" {
            things.append((.newApplication, StableHash.text(flow.application)))
        }
        return things.filter { kind, thing in
            var key = StableHash()
            key.combine(flow.key.initiator.address.stableHash)
            key.combine(UInt64(kind.rawValue))
            key.combine(thing)
            return !seen.insert(key.value ^ configuration.seed, at: flow.end.nanoseconds)
        }
    }

    /// How many hosts did it before and since when; peers are known to the census.
    private mutating func standing(
        _ kind: BehaviourKind, _ thing: UInt64, _ host: IPAddress, _ flow: ObservedFlow,
        _ census: PeerCensus
    ) -> PeerCensus.Standing {
        if kind == .newPeer, let standing = census.standing(of: flow.key.responder.address) {
            return standing
        }
        var key = StableHash()
        key.combine(UInt64(kind.rawValue))
        key.combine(thing)
        let fresh = Thing(
            firstSeen: flow.start,
            hosts: HyperLogLog(precision: Self.precision, seed: configuration.seed))
        return things.update(key.value, default: fresh) { thing in
            thing.firstSeen = min(thing.firstSeen, flow.start)
            thing.hosts.add(host.stableHash)
            let count = thing.hosts.count
            let hasEnough = census.hostCount >= Double(census.configuration.hostMinimum)
            return PeerCensus.Standing(
                firstSeen: thing.firstSeen, hosts: count,
                prevalence: hasEnough ? min(1, count / census.hostCount) : nil)
        }
    }

    private static func tell(
        _ kind: BehaviourKind, _ flow: ObservedFlow, _ standing: PeerCensus.Standing, rarity: Double
    ) -> BehaviourEvidence {
        let age = flow.end.seconds(since: standing.firstSeen)
        var belief = 0.05 * naturalLogarithm(rarity) / 2.302_585_092_994_046
        if age <= 7 * 86_400, standing.prevalence.map({ $0 <= 0.02 }) ?? (standing.hosts <= 1) {
            belief += 0.1
        }
        var numbers = [EvidenceNumber(.rarity, rarity), EvidenceNumber(.age, age)]
        if let prevalence = standing.prevalence {
            numbers.append(EvidenceNumber(.prevalence, prevalence))
        }
        return BehaviourEvidence(
            kind, of: .host(flow.key.initiator.address), time: flow.end, firstSeen: flow.start,
            application: flow.application, peer: flow.key.responder.address,
            port: flow.key.responder.port, numbers: numbers,
            confidence: Confidence(clamping: min(belief, 0.3)), flows: 1)
    }
}

extension NoveltyDetector.Host {
    /// Halves the counts for every day that began since the last.
    fileprivate mutating func turn(to day: Int64) {
        guard day > self.day else { return }
        let factor = exponential2(-Double(min(day - self.day, 900)))
        flows *= factor
        for kind in novelties.indices { novelties[kind] *= factor }
        self.day = day
    }
}

extension BehaviourKind {
    /// The place of a novelty's count.
    fileprivate var place: Int {
        switch self {
        case .newCountry: 0
        case .newNetwork: 1
        case .newPeer: 2
        default: 3
        }
    }
}

// MARK: - Saving

extension NoveltyDetector {
    func write(to writer: inout ByteWriter) {
        writer.add(optional: firstSeen)
        hosts.write(to: &writer) { address, host, writer in
            writer.add(address)
            writer.add(host.firstSeen)
            writer.add(host.day)
            writer.add(host.flows)
            for kind in host.novelties.indices { writer.add(host.novelties[kind]) }
        }
        things.write(to: &writer) { key, thing, writer in
            writer.add(key)
            writer.add(thing.firstSeen)
            thing.hosts.encode(into: &writer)
        }
        seen.write(to: &writer)
    }

    /// Fills a new one with what ``write(to:)`` wrote.
    mutating func read(from reader: inout ByteReader) throws(ByteReader.Failure) {
        let seed = configuration.seed
        firstSeen = try reader.optionalTimestamp()
        hosts = try BoundedTable(from: &reader, limit: hosts.limit, entryOctets: 61) {
            reader throws(ByteReader.Failure) in
            let address = try reader.address()
            let first = try reader.timestamp()
            var host = Host(firstSeen: first, day: try reader.calendarNumber(perDay: 1))
            host.flows = try reader.amount()
            for kind in host.novelties.indices { host.novelties[kind] = try reader.amount() }
            return (address, host)
        }
        things = try BoundedTable(from: &reader, limit: things.limit, entryOctets: 21) {
            reader throws(ByteReader.Failure) in
            (
                try reader.uint64(),
                Thing(
                    firstSeen: try reader.timestamp(),
                    hosts: try HyperLogLog(
                        decoding: &reader, precision: Self.precision, seed: seed))
            )
        }
        try seen.read(from: &reader)
    }
}
