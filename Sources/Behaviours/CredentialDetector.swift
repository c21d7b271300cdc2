package import Flows
import NetworkTypes
import Statistics

/// Sees passwords being tried: over and over at one host, or once each at many.
///
/// Without the payload a wrong password is a short session, answered, of a few octets and much like the one
/// before. Sessions that are longer or heavier are work; where they are many among the short ones, nothing is
/// told. See ``LoginService`` for the services and their limits.
package struct CredentialDetector: Sendable {
    /// When it is told, and how much is remembered.
    package struct Configuration: Sendable, Hashable {
        /// By service; one without a rule is not watched.
        package var rules: [LoginService: LoginService.Rule] = Dictionary(
            uniqueKeysWithValues: LoginService.allCases.map { ($0, $0.rule) })
        /// The largest spread of the octets of sessions by their mean that still is one program.
        package var variation = 0.2
        /// The share of the sessions of a pair that must look like wrong passwords.
        package var shortShare = 0.8
        /// Different hosts at which one host had such sessions within `sprayWindowSeconds`.
        package var sprayHosts = 20
        package var sprayWindowSeconds = 3600.0
        /// Told again at each `growth`-fold.
        package var growth = 10.0
        /// Hosts by pair and service: about 160 octets each.
        package var rememberedPairs = 32_768
        /// Hosts by service: about 220 octets each, 420 while they spray.
        package var rememberedSources = 8192
        /// Of the sketches; attackers should not know it.
        package var seed: UInt64 = 0

        package init() {}

        func check() throws(DetectorSettingError) {
            typealias Rule = DetectorSettingError
            for rule in rules.values {
                try Rule.check("sessions", rule.sessions, in: 2...1_000_000)
                try Rule.check("windowSeconds", rule.windowSeconds, in: 1...604_800)
                try Rule.check("longestSeconds", rule.longestSeconds, in: 0.001...3600)
            }
            try Rule.check("variation", variation, in: 0...10)
            try Rule.check("shortShare", shortShare, in: 0...1)
            try Rule.check("sprayHosts", sprayHosts, in: 2...1_000_000)
            try Rule.check("sprayWindowSeconds", sprayWindowSeconds, in: 1...604_800)
            try Rule.check("growth", growth, in: 1.5...1000)
            try Rule.check("rememberedPairs", rememberedPairs, in: 1...1 << 26)
            try Rule.check("rememberedSources", rememberedSources, in: 1...1 << 26)
        }
    }

    struct PairService: Hashable, Sendable {
        var pair: HostPair
        var service: LoginService
    }

    struct SourceService: Hashable, Sendable {
        var source: IPAddress
        var service: LoginService
    }

    /// The sessions of a window; it begins with the first, the next one with the first after its end.
    struct Sessions: Sendable, Equatable {
        var start: Timestamp
        /// Octets of those that look like wrong passwords.
        var octets = RunningMoments()
        var others: UInt64 = 0
        /// How often this window was told.
        var level: UInt8 = 0

        init(start: Timestamp) { self.start = start }

        /// Spread by mean.
        var variation: Double { octets.mean > 0 ? octets.standardDeviation / octets.mean : 0 }

        var shortShare: Double { Double(octets.count) / max(1, Double(octets.count + others)) }
    }

    struct Spray: Sendable, Equatable {
        var sessions: Sessions
        var hosts: HyperLogLog
    }

    package let configuration: Configuration
    var pairs: BoundedTable<PairService, Sessions>
    var sources: BoundedTable<SourceService, Spray>

    package init(_ configuration: Configuration) throws(DetectorSettingError) {
        try configuration.check()
        self.init(checked: configuration)
    }

    package init() { self.init(checked: Configuration()) }

    init(checked configuration: Configuration) {
        self.configuration = configuration
        pairs = BoundedTable(limit: configuration.rememberedPairs)
        sources = BoundedTable(limit: configuration.rememberedSources)
    }

    /// Takes a finished flow; news of one that goes on says nothing.
    package mutating func observe(
        _ flow: ObservedFlow, into evidence: inout [BehaviourEvidence]
    ) {
        guard !flow.isOpen, let service = LoginService(flow),
            let rule = configuration.rules[service], flow.outcome == .established
        else { return }
        let octets = Self.octets(flow)
        let isBeyond = octets > rule.octets.upperBound || seconds(flow) > rule.longestSeconds
        // A mere test of the port is neither.
        guard isBeyond || octets >= rule.octets.lowerBound else { return }
        observePair(flow, service, rule, isGuess: !isBeyond, octets, &evidence)
        observeSource(flow, service, isGuess: !isBeyond, octets, &evidence)
    }

    private mutating func observePair(
        _ flow: ObservedFlow, _ service: LoginService, _ rule: LoginService.Rule, isGuess: Bool,
        _ octets: UInt64, _ evidence: inout [BehaviourEvidence]
    ) {
        let settings = configuration
        let key = PairService(pair: HostPair(flow.key), service: service)
        let add = { (sessions: inout Sessions) -> Sessions? in
            sessions.add(isGuess ? octets : nil, at: flow.end, window: rule.windowSeconds)
            return isGuess
                && sessions.grows(
                    Double(sessions.octets.count), from: rule.sessions, settings)
                ? sessions : nil
        }
        let found =
            isGuess
            ? pairs.update(key, default: Sessions(start: flow.end), add)
            : pairs.updateIfPresent(key, add) ?? nil
        guard let found else { return }
        var told = Self.evidence(.bruteForce, flow, found, minimum: rule.sessions)
        told.peer = flow.key.responder.address
        evidence.append(told)
    }

    private mutating func observeSource(
        _ flow: ObservedFlow, _ service: LoginService, isGuess: Bool, _ octets: UInt64,
        _ evidence: inout [BehaviourEvidence]
    ) {
        let settings = configuration
        let key = SourceService(source: flow.key.initiator.address, service: service)
        let initial = Spray(
            sessions: Sessions(start: flow.end),
            hosts: HyperLogLog(precision: ContactSpread.precision, seed: settings.seed))
        let add = { (spray: inout Spray) -> Spray? in
            let start = spray.sessions.start
            spray.sessions.add(
                isGuess ? octets : nil, at: flow.end, window: settings.sprayWindowSeconds)
            if spray.sessions.start > start { spray.hosts.removeAll() }
            guard isGuess, spray.hosts.add(flow.key.responder.address.stableHash) else {
                return nil
            }
            return spray.sessions.grows(
                spray.hosts.count, from: settings.sprayHosts, settings) ? spray : nil
        }
        let found =
            isGuess
            ? sources.update(key, default: initial, add)
            : sources.updateIfPresent(key, add) ?? nil
        guard let found else { return }
        var told = Self.evidence(.passwordSpray, flow, found.sessions, minimum: settings.sprayHosts)
        // So many hosts, and at each of them in the short way of a wrong password, seldom is anything else.
        told.confidence = Confidence(
            clamping: 0.5 * (told[.share] ?? 0) + told.confidence.value / 2)
        told.numbers.insert(EvidenceNumber(.destinations, found.hosts.count.rounded()), at: 0)
        evidence.append(told)
    }

    private static func evidence(
        _ kind: BehaviourKind, _ flow: ObservedFlow, _ sessions: Sessions, minimum: Int
    ) -> BehaviourEvidence {
        // Twice the limit is believed two thirds as far as regularity lets.
        let count = Double(sessions.octets.count)
        let likeness = sessions.shortShare * max(0, 1 - sessions.variation)
        return BehaviourEvidence(
            kind, of: .host(flow.key.initiator.address), time: flow.end, firstSeen: sessions.start,
            application: flow.application, port: flow.key.responder.port,
            numbers: [
                EvidenceNumber(.attempts, count),
                EvidenceNumber(.span, flow.end.seconds(since: sessions.start)),
                EvidenceNumber(.octetsPerFlow, sessions.octets.mean),
                EvidenceNumber(.variation, sessions.variation),
                EvidenceNumber(.share, sessions.shortShare),
            ],
            confidence: Confidence(clamping: likeness * count / (count + Double(minimum))),
            flows: sessions.octets.count)
    }

    private static func octets(_ flow: ObservedFlow) -> UInt64 {
        let (sum, overflow) = flow.forward.octets.addingReportingOverflow(flow.backward.octets)
        return overflow ? .max : sum
    }

    private func seconds(_ flow: ObservedFlow) -> Double { flow.end.seconds(since: flow.start) }

    /// The octets that the tables take when all are full.
    package var octetBudget: Int {
        let settings = configuration
        return BoundedTable<PairService, Sessions>.octets(limit: settings.rememberedPairs)
            + BoundedTable<SourceService, Spray>.octets(limit: settings.rememberedSources)
            + settings.rememberedSources
            * HyperLogLog.largestHeapOctets(precision: ContactSpread.precision)
    }

    package var counts: DetectorCounts {
        DetectorCounts(
            held: pairs.count + sources.count,
            evictions: pairs.evictions + sources.evictions)
    }
}

extension CredentialDetector.Sessions {
    /// Counts a session: its octets if it looks like a wrong password.
    fileprivate mutating func add(_ octets: UInt64?, at time: Timestamp, window: Double) {
        if time.seconds(since: start) > window { self = Self(start: time) }
        if let octets { self.octets.add(Double(octets)) } else { others += 1 }
    }

    /// Whether there are enough for the next time of telling; if so, it counts as told.
    fileprivate mutating func grows(
        _ count: Double, from minimum: Int, _ settings: CredentialDetector.Configuration
    ) -> Bool {
        var next = Double(minimum)
        for _ in 0..<level { next *= settings.growth }
        guard count >= next, variation < settings.variation, shortShare >= settings.shortShare
        else { return false }
        while count >= next, level < .max {
            next *= settings.growth
            level += 1
        }
        return true
    }
}

// MARK: - Saving

extension CredentialDetector {
    func write(to writer: inout ByteWriter) {
        pairs.write(to: &writer) { key, sessions, writer in
            key.pair.write(to: &writer)
            writer.add(key.service.rawValue)
            sessions.write(to: &writer)
        }
        sources.write(to: &writer) { key, spray, writer in
            writer.add(key.source)
            writer.add(key.service.rawValue)
            spray.sessions.write(to: &writer)
            spray.hosts.encode(into: &writer)
        }
    }

    /// Fills a new one with what ``write(to:)`` wrote.
    mutating func read(from reader: inout ByteReader) throws(ByteReader.Failure) {
        let seed = configuration.seed
        pairs = try BoundedTable(from: &reader, limit: pairs.limit, entryOctets: 54) {
            reader throws(ByteReader.Failure) in
            (
                PairService(
                    pair: try HostPair(from: &reader), service: try LoginService(from: &reader)),
                try Sessions(from: &reader)
            )
        }
        sources = try BoundedTable(from: &reader, limit: sources.limit, entryOctets: 54) {
            reader throws(ByteReader.Failure) in
            (
                SourceService(
                    source: try reader.address(), service: try LoginService(from: &reader)),
                Spray(
                    sessions: try Sessions(from: &reader),
                    hosts: try HyperLogLog(
                        decoding: &reader, precision: ContactSpread.precision, seed: seed))
            )
        }
    }
}

extension CredentialDetector.Sessions {
    fileprivate func write(to writer: inout ByteWriter) {
        writer.add(start)
        octets.write(to: &writer)
        writer.add(short: others)
        writer.add(level)
    }

    fileprivate init(from reader: inout ByteReader) throws(ByteReader.Failure) {
        self.init(start: try reader.timestamp())
        octets = try RunningMoments(from: &reader)
        others = try reader.counter()
        level = try reader.uint8()
    }
}

extension LoginService {
    fileprivate init(from reader: inout ByteReader) throws(ByteReader.Failure) {
        guard let service = Self(rawValue: try reader.uint8()) else {
            throw .damaged("a service that is none")
        }
        self = service
    }
}
