package import Flows
internal import NetworkTypes
import Statistics

/// Finds programs that call home: pairs whose connections are as regular as nobody's hand makes them.
///
/// Every finished flow from an inside to a public host is a connection of their pair; its time is its start. A pair is
/// judged by the last 24 hours whenever it has a sixteenth more connections than when it was judged last, and told
/// when its score passes 0.70, and again when it passes 0.90. The score is the larger of RITA's and that of the short
/// life, corrected by how many hosts speak to the peer: a peer of many hosts is a service.
///
/// Pairs of fewer than four connections stand in a table of their own, so that a scan or a day of browsing pushes
/// none of the others out. Both tables give room to new pairs by forgetting the longest silent; `counts` tells.
package struct BeaconDetector: Sendable {
    package struct Configuration: Sendable, Hashable {
        /// Connections kept of a pair, 64 to 86,400; each takes 8 octets. Up to so many a day the score is exact.
        package var connectionLimit = 2_880
        /// Pairs of fewer than four connections, 1 to 16,777,216; each takes 100 octets.
        package var youngLimit = 262_144
        /// Pairs of more, 1 to 16,777,216.
        package var pairLimit = 1_000_000
        /// What those may take together, 65,536 octets to 64 GiB; a pair takes some 250 and its connections.
        package var octetBudget = 96 * 1024 * 1024
        /// The scores from which on a pair is told, 0 to 1, ascending.
        package var told: ClosedRange<Double> = 0.7...0.9
        /// What a rare peer adds to the score and a frequent one takes away, 0 to 1.
        package var prevalenceWeight = 0.15
        /// Peers of at most this share of the hosts are rare, of at least that frequent.
        package var rareAndFrequent: ClosedRange<Double> = 0.02...0.5
        /// Applications whose flows are regular by nature; questions for names have a detector of their own.
        package var exemptApplications: Set<String> = ["NTP", "DNS"]
        /// Applications that say how a peer is spoken to, or in whose data centre it stands, but not what it is. Any
        /// other is a known service: its regular calls are believed less.
        package var carrierApplications: Set<String> = [
            "SSL", "HTTP", "HTTP_PROXY", "HTTP_CONNECT", "QUIC", "SSH", "UNKNOWN", "CLOUDFLARE",
            "AMAZON",
            "AMAZON_AWS", "MICROSOFT_AZURE", "GOOGLE_CLOUD",
        ]

        package init() {}
    }

    /// A pair of fewer than four connections.
    private struct YoungPair: Sendable {
        var connections: [3 of UInt64] = .init(repeating: 0)
        var count: UInt8 = 0
    }

    fileprivate struct Pair: Sendable {
        var history: BeaconHistory
        var nextJudgement: UInt64 = 0
        var toldClass = 0
        var toldConfidence = Confidence(clamping: 0)
        /// Ports, protocol and end of the latest flow, to know a flow that only goes on.
        var ports: UInt64 = 0
        var end = Timestamp(nanoseconds: .min)
        /// What `history` takes beside its structure, as far as it was counted.
        var countedOctets = 0
    }

    package let configuration: Configuration
    private var young: BoundedTable<HostPair, YoungPair>
    private var pairs: BoundedTable<HostPair, Pair>
    private var evictions: UInt64 = 0
    private var historyOctets = 0

    package init(_ configuration: Configuration = Configuration()) throws(DetectorSettingError) {
        try DetectorSettingError.check(
            "connectionLimit", configuration.connectionLimit, in: 64...86_400)
        try DetectorSettingError.check("youngLimit", configuration.youngLimit, in: 1...16_777_216)
        try DetectorSettingError.check("pairLimit", configuration.pairLimit, in: 1...16_777_216)
        try DetectorSettingError.check(
            "octetBudget", configuration.octetBudget, in: 65_536...(64 << 30))
        try DetectorSettingError.check("told", configuration.told.lowerBound, in: 0...1)
        try DetectorSettingError.check("told", configuration.told.upperBound, in: 0...1)
        try DetectorSettingError.check(
            "prevalenceWeight", configuration.prevalenceWeight, in: 0...1)
        self.configuration = configuration
        young = BoundedTable(limit: configuration.youngLimit)
        pairs = BoundedTable(limit: configuration.pairLimit)
    }

    /// Pairs, and how many were forgotten to make room.
    package var counts: DetectorCounts {
        DetectorCounts(held: young.count + pairs.count, evictions: young.evictions + evictions)
    }

    /// What the pairs of four connections and more take.
    package var octetsInMemory: Int { pairs.count * Self.octetsOfPair + historyOctets }

    private static var octetsOfPair: Int {
        MemoryLayout<HostPair>.stride + MemoryLayout<Pair>.stride + 24
    }

    /// Learns from a flow and tells a beacon that it completes.
    package mutating func observe(
        _ flow: ObservedFlow, census: PeerCensus, into evidence: inout [BehaviourEvidence]
    ) {
        guard !flow.isOpen, flow.isOutbound, flow.isBetweenHosts,
            !configuration.exemptApplications.contains(flow.application)
        else { return }
        let key = HostPair(flow.key)
        let connection = BeaconHistory.packed(flow.start, octets: flow.forward.octets)
        let ports =
            UInt64(flow.key.initiator.port) << 32 | UInt64(flow.key.responder.port) << 16
            | UInt64(flow.key.protocolNumber)
        let limit = configuration.connectionLimit
        let grown: (octets: Int, isDue: Bool)? = pairs.updateIfPresent(key) { pair in
            defer { (pair.ports, pair.end) = (ports, max(pair.end, flow.end)) }
            if pair.ports == ports, flow.start >= pair.end,
                flow.start.seconds(since: pair.end) < 1
            {
                return (0, false)
            }
            return pair.add(connection)
        }
        if let grown {
            historyOctets += grown.octets
            if grown.isDue { judge(key, flow, census, &evidence) }
        } else if let first = grow(key, connection) {
            var pair = Pair(history: BeaconHistory(limit: limit), ports: ports, end: flow.end)
            for connection in first { historyOctets += pair.add(connection).octets }
            if pairs.isFull { forgetOne() }
            pairs.set(key, pair)
            judge(key, flow, census, &evidence)
        }
        while octetsInMemory > configuration.octetBudget, pairs.count > 1 { forgetOne() }
    }

    /// Adds a connection to a young pair; gives all of them and forgets the pair when it is young no more.
    private mutating func grow(_ key: HostPair, _ connection: UInt64) -> [UInt64]? {
        let isGrown = young.update(key, default: YoungPair()) { pair in
            guard pair.count < 3 else { return true }
            pair.connections[Int(pair.count)] = connection
            pair.count += 1
            return false
        }
        guard isGrown, let pair = young.remove(key) else { return nil }
        return pair.connections.indices.map { pair.connections[$0] } + [connection]
    }

    private mutating func forgetOne() {
        guard let oldest = pairs.removeLeastRecent() else { return }
        historyOctets -= oldest.value.countedOctets
        evictions += 1
    }

    private mutating func judge(
        _ key: HostPair, _ flow: ObservedFlow, _ census: PeerCensus,
        _ evidence: inout [BehaviourEvidence]
    ) {
        guard let pair = pairs[key],
            let measures = BeaconMeasures(
                pair.history, in: BeaconWindow(dayBefore: pair.history.lastSecond))
        else { return }
        let rita = measures.rita
        let short = measures.shortLife
        let score = short.map { $0.value > rita.value ? $0 : rita } ?? rita
        let standing = census.standing(of: key.destination)
        let value = min(1, max(0, score.value + correction(standing?.prevalence)))
        let reached =
            value >= configuration.told.upperBound
            ? 2 : value >= configuration.told.lowerBound ? 1 : 0
        let confidence = confidence(
            value, measures, prevalence: standing?.prevalence, application: flow.application)
        // A beacon that lives on becomes more certain.
        let isSurer = reached > 0 && confidence.value >= pair.toldConfidence.value + 0.1
        guard reached > pair.toldClass || isSurer else { return }
        pairs.updateIfPresent(key) {
            $0.toldClass = reached
            $0.toldConfidence = confidence
        }
        var numbers = [
            EvidenceNumber(.attempts, Double(measures.count)),
            EvidenceNumber(.interval, measures.intervals.median),
            EvidenceNumber(.span, Double(measures.last - measures.first)),
            EvidenceNumber(.score, score.value),
        ]
        if score.variant == .shortLife { numbers.append(EvidenceNumber(.classicScore, rita.value)) }
        if measures.intervals.median > 0 {
            numbers.append(
                EvidenceNumber(
                    .variation, measures.intervals.deviation / measures.intervals.median))
        }
        numbers.append(EvidenceNumber(.octetsPerFlow, measures.sizes.median))
        if let prevalence = standing?.prevalence {
            numbers.append(EvidenceNumber(.prevalence, prevalence))
        }
        evidence.append(
            BehaviourEvidence(
                .beacon, of: .pair(key.source, key.destination), time: flow.end,
                firstSeen: Timestamp(nanoseconds: Int64(measures.first) * 1_000_000_000),
                application: flow.application, peer: key.destination, port: flow.key.responder.port,
                numbers: numbers, confidence: confidence,
                flows: UInt64(measures.count)))
    }

    private func correction(_ prevalence: Double?) -> Double {
        guard let prevalence else { return 0 }
        if prevalence <= configuration.rareAndFrequent.lowerBound {
            return configuration.prevalenceWeight
        }
        return prevalence >= configuration.rareAndFrequent.upperBound
            ? -configuration.prevalenceWeight : 0
    }

    /// 0.2 for a score of 0.8, 0.6 for 0.9, at most 0.8; down to seven tenths of it for a life of minutes or few
    /// connections: harmless programs are regular, too, but seldom so regular with a peer of their own.
    ///
    /// Who asks again within half a minute keeps the connection open: a new one each time, with the same octets, is
    /// believed whatever the score. What many hosts call is a service: nothing is left of belief where half of them
    /// do, and seven tenths if its application is a known service.
    private func confidence(
        _ value: Double, _ measures: BeaconMeasures, prevalence: Double?, application: String
    ) -> Confidence {
        let life = Double(measures.last - measures.first) / (6 * 3600)
        let amount = max(0.7, min(1, 0.7 + 0.3 * max(life, Double(measures.count) / 64)))
        var belief = min(0.8, 0.2 + (value - 0.8) * 4) * amount
        if measures.asksAnew, measures.intervals.median <= 30 { belief = max(belief, 0.65) }
        let own = max(0, 1 - 2 * (prevalence ?? 0))
        let unknown = configuration.carrierApplications.contains(application) ? 1 : 0.7
        return Confidence(clamping: belief * own * unknown)
    }
}

extension BeaconDetector.Pair {
    /// Adds a connection; says how many octets that took, and whether the pair should be judged.
    fileprivate mutating func add(_ connection: UInt64) -> (octets: Int, isDue: Bool) {
        history.add(connection)
        let octets = history.octetsInMemory
        defer { countedOctets = octets }
        let isDue = history.addedCount >= nextJudgement
        if isDue { nextJudgement = history.addedCount + max(1, history.addedCount / 16) }
        return (octets - countedOctets, isDue)
    }
}

// MARK: - Saving

extension BeaconDetector {
    func write(to writer: inout ByteWriter) {
        young.write(to: &writer) { pair, young, writer in
            pair.write(to: &writer)
            writer.add(young.count)
            for place in 0..<Int(young.count) { writer.add(young.connections[place]) }
        }
        pairs.write(to: &writer) { key, pair, writer in
            key.write(to: &writer)
            pair.history.write(to: &writer)
            writer.add(short: pair.nextJudgement)
            writer.add(UInt8(pair.toldClass))
            writer.add(pair.toldConfidence.value)
            writer.add(pair.ports)
            writer.add(pair.end)
        }
        writer.add(short: evictions)
    }

    /// Fills a new one with what ``write(to:)`` wrote.
    mutating func read(from reader: inout ByteReader) throws(ByteReader.Failure) {
        let limit = configuration.connectionLimit
        young = try BoundedTable(
            from: &reader, limit: young.limit, entryOctets: HostPair.leastOctets + 9
        ) { reader throws(ByteReader.Failure) in
            let key = try HostPair(from: &reader)
            var pair = YoungPair()
            pair.count = try reader.uint8()
            guard (1...3).contains(pair.count) else { throw .damaged("a pair that is not young") }
            for place in 0..<Int(pair.count) { pair.connections[place] = try reader.uint64() }
            return (key, pair)
        }
        var octets = 0
        pairs = try BoundedTable(
            from: &reader, limit: pairs.limit, entryOctets: HostPair.leastOctets + 40
        ) { reader throws(ByteReader.Failure) in
            let key = try HostPair(from: &reader)
            var pair = Pair(history: try BeaconHistory(from: &reader, limit: limit))
            pair.nextJudgement = try reader.counter()
            pair.toldClass = Int(try reader.uint8())
            guard pair.toldClass <= 2 else { throw .damaged("a class that is none") }
            pair.toldConfidence = Confidence(clamping: try reader.finite(in: 0...1))
            pair.ports = try reader.uint64()
            pair.end = try reader.timestamp()
            pair.countedOctets = pair.history.octetsInMemory
            octets += pair.countedOctets
            return (key, pair)
        }
        historyOctets = octets
        evictions = try reader.counter()
    }
}
