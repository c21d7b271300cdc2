package import Flows
import NetworkTypes
import Statistics

/// Sees a host log in at one inside host after the other that it never logged in at before.
///
/// An intruder moves on by the means of administrators: remote shells and screens, file sharing, remote management.
/// What gives him away is where. Counted are the different hosts at which a host has its first session of work, in a
/// window that begins with the first; hosts that several others log in at, too, are servers, and do not count. It
/// tells nothing before it has watched for `learningSeconds`. Whether a login succeeded is not known without the
/// payload: a session that is longer or heavier than a wrong password (``LoginService``) is taken for one.
package struct LateralMovementDetector: Sendable {
    /// When it is told, and how much is remembered.
    package struct Configuration: Sendable, Hashable {
        /// Different hosts, told again at each `growth`-fold.
        package var hosts = 4
        package var growth = 1.5
        package var windowSeconds = 86_400.0
        /// A host that more than so many others log in at is a server.
        package var serverClients = 3
        /// Of the first flow; who logs in where has to be learnt first.
        package var learningSeconds = 86_400.0
        /// At least so long it is remembered who logged in where, and how many such pairs: 2.5 to 5 octets each.
        package var memorySeconds = 2_592_000.0
        package var memoryLimit = 262_144
        /// Hosts that log in at new ones: about 230 octets each.
        package var rememberedSources = 8192
        /// Hosts that are logged in at, by service: about 150 octets each.
        package var rememberedTargets = 16_384
        /// Of the sketches; attackers should not know it.
        package var seed: UInt64 = 0

        package init() {}

        func check() throws(DetectorSettingError) {
            typealias Rule = DetectorSettingError
            try Rule.check("hosts", hosts, in: 2...1_000_000)
            try Rule.check("growth", growth, in: 1.1...1000)
            try Rule.check("windowSeconds", windowSeconds, in: 1...2_592_000)
            try Rule.check("serverClients", serverClients, in: 1...1_000_000)
            try Rule.check("learningSeconds", learningSeconds, in: 0...31_536_000)
            try Rule.check("memorySeconds", memorySeconds, in: 86_400...31_536_000)
            try Rule.check("memoryLimit", memoryLimit, in: 1_000...100_000_000)
            try Rule.check("rememberedSources", rememberedSources, in: 1...1 << 24)
            try Rule.check("rememberedTargets", rememberedTargets, in: 1...1 << 24)
        }
    }

    /// The first sessions of a host in a window.
    struct Moves: Sendable, Equatable {
        var start: Timestamp
        var targets: HyperLogLog
        var sessions: UInt64 = 0
        var octetsOut: UInt64 = 0
        /// Targets from which on it is told next.
        var next: Double
        static let precision = 8
    }

    struct Target: Hashable, Sendable {
        var address: IPAddress
        var means: Means
        static let precision = 6
    }

    package let configuration: Configuration
    var sources: BoundedTable<IPAddress, Moves>
    var targets: BoundedTable<Target, HyperLogLog>
    var seen: SeenBefore
    var firstSeen: Timestamp?

    package init(
        _ configuration: Configuration = Configuration()
    ) throws(DetectorSettingError) {
        try configuration.check()
        self.configuration = configuration
        sources = BoundedTable(limit: configuration.rememberedSources)
        targets = BoundedTable(limit: configuration.rememberedTargets)
        seen = SeenBefore(
            capacity: configuration.memoryLimit, periodSeconds: configuration.memorySeconds)
    }

    package var counts: DetectorCounts {
        DetectorCounts(
            held: sources.count + targets.count + seen.count,
            evictions: sources.evictions + targets.evictions + seen.earlyPeriods)
    }

    /// Takes a finished flow; news of one that goes on says nothing.
    package mutating func observe(
        _ flow: ObservedFlow, into evidence: inout [BehaviourEvidence]
    ) {
        guard !flow.isOpen, flow.isInternal, flow.isBetweenHosts else { return }
        let begin = firstSeen.map { min($0, flow.start) } ?? flow.start
        firstSeen = begin
        guard flow.outcome == .established, let means = Means(flow), means.isWork(flow) else {
            return
        }
        let source = flow.key.initiator.address
        let target = Target(address: flow.key.responder.address, means: means)
        let fresh = HyperLogLog(precision: Target.precision, seed: configuration.seed)
        let clients = targets.update(target, default: fresh) { hosts in
            hosts.add(source.stableHash)
            return hosts.count
        }
        var key = StableHash()
        key.combine(source.stableHash)
        key.combine(target.address.stableHash)
        key.combine(UInt64(means.rawValue))
        let isKnown = seen.insert(key.value ^ configuration.seed, at: flow.end.nanoseconds)
        guard !isKnown, clients < Double(configuration.serverClients) + 1.5,
            flow.end.seconds(since: begin) >= configuration.learningSeconds
        else { return }
        if let told = count(flow, means) { evidence.append(told) }
    }

    private mutating func count(_ flow: ObservedFlow, _ means: Means) -> BehaviourEvidence? {
        let settings = configuration
        let none = Moves(
            start: flow.start,
            targets: HyperLogLog(precision: Moves.precision, seed: settings.seed),
            next: Double(settings.hosts))
        let source = flow.key.initiator.address
        let found = sources.update(source, default: none) { moves -> Moves? in
            if flow.end.seconds(since: moves.start) > settings.windowSeconds { moves = none }
            moves.start = min(moves.start, flow.start)
            moves.targets.add(flow.key.responder.address.stableHash)
            moves.sessions += 1
            moves.octetsOut &+= flow.forward.octets
            let count = moves.targets.count.rounded()
            guard count >= moves.next else { return nil }
            while count >= moves.next { moves.next *= settings.growth }
            return moves
        }
        guard let found else { return nil }
        let count = found.targets.count.rounded()
        let belief = 1 - exponential2(-count / Double(settings.hosts))
        return BehaviourEvidence(
            .lateralMovement, of: .host(source), time: flow.end, firstSeen: found.start,
            application: flow.application, peer: flow.key.responder.address,
            port: flow.key.responder.port,
            numbers: [
                EvidenceNumber(.destinations, count),
                EvidenceNumber(.span, flow.end.seconds(since: found.start)),
                EvidenceNumber(.octetsOut, Double(found.octetsOut)),
            ],
            confidence: Confidence(clamping: min(belief, 0.85)), flows: found.sessions)
    }
}

extension LateralMovementDetector {
    /// By what one works at another host.
    enum Means: UInt8, Sendable, Hashable {
        case shell = 1
        case screen, files, management

        init?(_ flow: ObservedFlow) {
            switch LoginService(flow) {
            case .ssh, .telnet: self = .shell
            case .remoteDesktop, .remoteScreen: self = .screen
            case .fileSharing: self = .files
            case .ftp, .mail: return nil
            case nil:
                // Windows Remote Management.
                guard flow.key.protocolNumber == 6,
                    [5985, 5986].contains(flow.key.responder.port)
                else { return nil }
                self = .management
            }
        }

        /// Whether a session is more than a wrong password or a test of the port.
        func isWork(_ flow: ObservedFlow) -> Bool {
            let rule = LoginService(flow)?.rule ?? LoginService.remoteDesktop.rule
            let (octets, overflow) = flow.forward.octets.addingReportingOverflow(
                flow.backward.octets)
            return overflow || octets > rule.octets.upperBound
                || octets >= rule.octets.lowerBound
                    && flow.durationSeconds > rule.longestSeconds
        }
    }
}

// MARK: - Saving

extension LateralMovementDetector {
    func write(to writer: inout ByteWriter) {
        writer.add(optional: firstSeen)
        sources.write(to: &writer) { address, moves, writer in
            writer.add(address)
            writer.add(moves.start)
            moves.targets.encode(into: &writer)
            writer.add(short: moves.sessions)
            writer.add(moves.octetsOut)
            writer.add(moves.next)
        }
        targets.write(to: &writer) { target, clients, writer in
            writer.add(target.address)
            writer.add(target.means.rawValue)
            clients.encode(into: &writer)
        }
        seen.write(to: &writer)
    }

    /// Fills a new one with what ``write(to:)`` wrote.
    mutating func read(from reader: inout ByteReader) throws(ByteReader.Failure) {
        let seed = configuration.seed
        firstSeen = try reader.optionalTimestamp()
        sources = try BoundedTable(from: &reader, limit: sources.limit, entryOctets: 35) {
            reader throws(ByteReader.Failure) in
            let address = try reader.address()
            let start = try reader.timestamp()
            let targets = try HyperLogLog(
                decoding: &reader, precision: Moves.precision, seed: seed)
            let sessions = try reader.counter()
            let octets = try reader.uint64()
            return (
                address,
                Moves(
                    start: start, targets: targets, sessions: sessions, octetsOut: octets,
                    next: try reader.finite(in: 1...1e300))
            )
        }
        targets = try BoundedTable(from: &reader, limit: targets.limit, entryOctets: 11) {
            reader throws(ByteReader.Failure) in
            let address = try reader.address()
            guard let means = Means(rawValue: try reader.uint8()) else {
                throw .damaged("a means that is none")
            }
            return (
                Target(address: address, means: means),
                try HyperLogLog(decoding: &reader, precision: Target.precision, seed: seed)
            )
        }
        try seen.read(from: &reader)
    }
}
