package import Flows
package import NetworkTypes
import Statistics

/// Sees scans of hosts and of ports, quick and slow, in finished flows.
///
/// - *Scan of hosts*: one host calls one port of many others in vain. A host to which a call ever got through
///   does not count, so that a broken line is no scan.
/// - *Scan of ports*: one host calls many ports of another in vain.
/// - *Slow scan*: the same over a day, if it was not told as a quick one.
///   Many calls in vain at once are believed even if most get through: bots that work off a list of addresses.
/// - An inside host that no public one answered meanwhile has a dead line (an address of IPv6 that leads nowhere, an
///   outage): what its programs call is hardly believed, unless they are very many.
///   The same of any host with an address of IPv6: nobody finds hosts there by trying.
/// - A host that ``RandomWalk`` finds searching is believed more; it is told on its own, without a port, if
///   many hosts failed at whatever ports (worms with several exploits). Peer-to-peer programs do the same: it is
///   hardly believed of a host that speaks such a protocol.
///
/// A failure is a call that was refused, found unreachable, or (TCP, ICMP echo) got no answer. Everything is
/// counted in bounded tables that forget who was quiet for longest; see `octets`.
package struct ScanDetector: Sendable {
    /// Who calls which port.
    struct Service: Hashable, Sendable {
        var source: IPAddress
        var port: UInt16
        var protocolNumber: UInt8
    }

    struct Source: Hashable, Sendable {
        var walk = RandomWalk()
        /// Over all ports.
        var spread: ContactSpread
        /// When a scan of it was told last, whatever kind.
        var told: Timestamp?
        /// When a public host last answered it, by IPv4 and by IPv6.
        var answered: Timestamp?, answered6: Timestamp?
        /// When it last spoke a peer-to-peer protocol.
        var shared: Timestamp?

        mutating func noteAnswer(_ flow: ObservedFlow) {
            if flow.key.responder.address.isIPv4 {
                answered = max(answered ?? flow.end, flow.end)
            } else {
                answered6 = max(answered6 ?? flow.end, flow.end)
            }
        }
    }

    package let configuration: Configuration
    private let steps: RandomWalk.Steps
    /// Whether a call ever got through, by pair.
    var contacts: BoundedTable<HostPair, Bool>
    var sources: BoundedTable<IPAddress, Source>
    var services: BoundedTable<Service, ContactSpreads>
    var ports: BoundedTable<HostPair, ContactSpreads>

    package init(_ configuration: Configuration) throws(DetectorSettingError) {
        try configuration.check()
        self.init(checked: configuration)
    }

    package init() { self.init(checked: Configuration()) }

    init(checked configuration: Configuration) {
        self.configuration = configuration
        steps = RandomWalk.Steps(
            theta0: configuration.ordinarySuccess, theta1: configuration.scannerSuccess,
            alpha: configuration.falseAlarm, beta: configuration.detection)
        contacts = BoundedTable(limit: configuration.rememberedPairs)
        sources = BoundedTable(limit: configuration.rememberedSources)
        services = BoundedTable(limit: configuration.rememberedSpreads)
        ports = BoundedTable(limit: configuration.rememberedSpreads)
    }

    /// Whether the host was last found to search.
    package func isScanner(_ host: IPAddress) -> Bool {
        sources[host]?.walk.verdict == .scanner
    }

    /// Takes a finished flow; news of one that goes on says nothing.
    package mutating func observe(
        _ flow: ObservedFlow, into evidence: inout [BehaviourEvidence]
    ) {
        guard !flow.isOpen, let failed = Self.failed(flow) else { return }
        let pair = HostPair(flow.key)
        guard pair.source != pair.destination, pair.destination.isHost else { return }
        let reached = contacts.updateIfPresent(pair) { reached in
            defer { reached = reached || !failed }
            return reached
        }
        if reached == nil { contacts.set(pair, !failed) }
        let call = Call(
            flow: flow, pair: pair, failed: failed && reached != true, portFailed: failed,
            isFirst: reached == nil)
        let isScanner = walk(call)
        if Self.mayLineBeDead(flow), flow.outcome == .established || flow.outcome == .rejected {
            _ = sources.updateIfPresent(pair.source) { $0.noteAnswer(flow) }
        }
        if configuration.peerToPeerApplications.contains(flow.application) {
            _ = sources.updateIfPresent(pair.source) {
                $0.shared = max($0.shared ?? flow.end, flow.end)
            }
        }
        let before = evidence.count
        observeService(call, isScanner, &evidence)
        observePorts(call, isScanner, &evidence)
        if evidence.count > before {
            _ = sources.updateIfPresent(pair.source) {
                $0.told = max($0.told ?? flow.end, flow.end)
            }
        } else {
            observeSource(call, &evidence)
        }
    }

    /// A finished flow as this detector sees it.
    private struct Call {
        var flow: ObservedFlow
        var pair: HostPair
        /// In vain, and never got through to this host.
        var failed: Bool
        var portFailed: Bool
        var isFirst: Bool

        var time: Timestamp { flow.end }
        var port: UInt16 { flow.key.responder.port }
        var service: Service {
            Service(
                source: pair.source, port: port, protocolNumber: flow.key.protocolNumber)
        }
        var hasPorts: Bool { [6, 17, 132, 33].contains(flow.key.protocolNumber) }
    }

    /// Whether the call was in vain; `nil` if nobody can tell.
    static func failed(_ flow: ObservedFlow) -> Bool? {
        let key = flow.key
        let isEcho =
            key.protocolNumber == 1 && key.responder.port == 8 << 8
            || key.protocolNumber == 58 && key.responder.port == 128 << 8
        if isEcho, flow.outcome == .unanswered { return true }
        if flow.outcome.isFailure(protocolNumber: key.protocolNumber) { return true }
        return flow.outcome == .established ? false : nil
    }

    private mutating func walk(_ call: Call) -> Bool {
        guard call.isFirst || call.failed else { return isScanner(call.pair.source) }
        let (time, seed) = (call.time, configuration.seed)
        let initial = Source(spread: ContactSpread(start: time, seed: seed))
        return sources.update(call.pair.source, default: initial) { source in
            if call.isFirst { _ = source.walk.step(failed: call.failed, steps) }
            return source.walk.verdict == .scanner
        }
    }

    private mutating func observeSource(_ call: Call, _ evidence: inout [BehaviourEvidence]) {
        let settings = configuration
        let found = sources.updateIfPresent(call.pair.source) { source -> ContactSpread? in
            let isNew = source.spread.add(
                call.pair.destination.stableHash, failed: call.failed, at: call.time,
                window: settings.quickSeconds, seed: settings.seed)
            guard isNew, source.walk.verdict == .scanner else { return nil }
            if let told = source.told, call.time.seconds(since: told) <= settings.quickSeconds {
                return nil
            }
            return source.spread.grows(from: settings.anyPortHosts, by: settings.growth)
                ? source.spread : nil
        }
        guard let found, let spread = found else { return }
        evidence.append(evidenceOf(.horizontalScan, call, spread, true))
    }

    private mutating func observeService(
        _ call: Call, _ isScanner: Bool, _ evidence: inout [BehaviourEvidence]
    ) {
        // A host whose many ports are tried is told as such: it does not fill this table, too.
        let mayBegin = call.failed && (ports[call.pair]?.quick.level ?? 0) < 2
        let finding = Self.add(
            call.pair.destination.stableHash, failed: call.failed, mayBegin, call.service,
            at: call.time,
            &services, configuration.hostLimits(isScanner: isScanner))
        guard let finding else { return }
        evidence.append(
            evidenceOf(
                finding.isSlow ? .slowScan : .horizontalScan, call, finding.spread, isScanner,
                application: call.hasPorts ? call.flow.application : "ICMP",
                port: call.hasPorts ? call.port : nil))
    }

    private mutating func observePorts(
        _ call: Call, _ isScanner: Bool, _ evidence: inout [BehaviourEvidence]
    ) {
        guard call.hasPorts else { return }
        // Nor does every host that a scan of hosts reaches.
        let mayBegin = call.portFailed && (services[call.service]?.quick.level ?? 0) < 2
        let finding = Self.add(
            UInt64(call.port) << 8 | UInt64(call.service.protocolNumber), failed: call.portFailed,
            mayBegin, call.pair, at: call.time, &ports, configuration.portLimits)
        guard let finding else { return }
        evidence.append(
            evidenceOf(
                finding.isSlow ? .slowScan : .verticalScan, call, finding.spread, isScanner,
                peer: call.pair.destination))
    }

    private static func add<Key>(
        _ item: UInt64, failed: Bool, _ mayBegin: Bool, _ key: Key, at time: Timestamp,
        _ table: inout BoundedTable<Key, ContactSpreads>, _ limits: ContactSpreads.Limits
    ) -> ContactSpreads.Finding? {
        if mayBegin {
            return table.update(key, default: ContactSpreads(start: time, seed: limits.seed)) {
                $0.add(item, failed: failed, at: time, limits)
            }
        }
        return table.updateIfPresent(key) { $0.add(item, failed: failed, at: time, limits) } ?? nil
    }

    private func evidenceOf(
        _ kind: BehaviourKind, _ call: Call, _ spread: ContactSpread, _ isScanner: Bool,
        application: String = "", peer: IPAddress? = nil, port: UInt16? = nil
    ) -> BehaviourEvidence {
        let (called, failed) = (spread.called.count, spread.failed.count)
        let certain = spread.certainShare
        let ratio = failed * steps.failure + max(0, called - failed) * steps.success
        var belief = max(
            isScanner ? (1 + certain) / 2 : certain,
            kind == .horizontalScan ? burstBelief(called: called, failed: failed) : 0)
        if peer == nil, called < configuration.deadLineHosts, isLineDead(call, since: spread.start)
        {
            belief = min(belief, Self.explainedBelief)
        }
        if peer == nil, port == nil, application.isEmpty,
            let shared = sources[call.pair.source]?.shared,
            call.time.seconds(since: shared) <= configuration.slowSeconds
        {
            belief = min(belief, Self.explainedBelief)
        }
        return BehaviourEvidence(
            kind, of: .host(call.pair.source), time: call.time, firstSeen: spread.start,
            application: application, peer: peer, port: port,
            numbers: [
                EvidenceNumber(peer == nil ? .destinations : .ports, called.rounded()),
                EvidenceNumber(.failures, min(called, failed).rounded()),
                EvidenceNumber(.attempts, Double(spread.attempts)),
                EvidenceNumber(.span, call.time.seconds(since: spread.start)),
                EvidenceNumber(.likelihoodRatio, ratio),
            ],
            confidence: Confidence(clamping: belief), flows: spread.attempts)
    }

    /// Whether nobody outside answered the caller for most of the time since then, whomever it called.
    private func isLineDead(_ call: Call, since start: Timestamp) -> Bool {
        guard call.hasPorts, Self.mayLineBeDead(call.flow), let source = sources[call.pair.source]
        else {
            return false
        }
        let last = call.pair.destination.isIPv4 ? source.answered : source.answered6
        guard let last else { return true }
        return call.time.seconds(since: last)
            > configuration.deadLineSeconds + call.time.seconds(since: start) / 2
    }

    /// An outside host that scans hosts inside gets no answer either; by IPv6 it would not know whom to call.
    private static func mayLineBeDead(_ flow: ObservedFlow) -> Bool {
        flow.isOutbound || !flow.key.responder.address.isIPv4
    }

    private static let explainedBelief = 0.35

    /// How far so many calls in vain at once are beyond what a program has by chance: a half at 3.5 powers of ten.
    private func burstBelief(called: Double, failed: Double) -> Double {
        let surprise = PoissonTail.surprise(
            failed.rounded(), expected: called * configuration.usualFailures)
        return 1 - exponential2(-surprise / 3.5)
    }

    /// The octets that the tables take when all are full and all hosts and ports are many.
    package var octetBudget: Int {
        let settings = configuration
        return BoundedTable<HostPair, Bool>.octets(limit: settings.rememberedPairs)
            + BoundedTable<IPAddress, Source>.octets(limit: settings.rememberedSources)
            + BoundedTable<Service, ContactSpreads>.octets(limit: settings.rememberedSpreads)
            + BoundedTable<HostPair, ContactSpreads>.octets(limit: settings.rememberedSpreads)
            + (settings.rememberedSources + 4 * settings.rememberedSpreads)
            * ContactSpread.heapOctets
    }

    package var counts: DetectorCounts {
        DetectorCounts(
            held: contacts.count + sources.count + services.count + ports.count,
            evictions: contacts.evictions + sources.evictions + services.evictions + ports.evictions
        )
    }
}

// MARK: - Saving

extension ScanDetector {
    func write(to writer: inout ByteWriter) {
        contacts.write(to: &writer) { pair, isReached, writer in
            pair.write(to: &writer)
            writer.add(isReached)
        }
        sources.write(to: &writer) { address, source, writer in
            writer.add(address)
            source.walk.write(to: &writer)
            source.spread.write(to: &writer)
            for time in [source.told, source.answered, source.answered6, source.shared] {
                writer.add(optional: time)
            }
        }
        services.write(to: &writer) { service, spreads, writer in
            writer.add(service.source)
            writer.add(service.port)
            writer.add(service.protocolNumber)
            spreads.write(to: &writer)
        }
        ports.write(to: &writer) { pair, spreads, writer in
            pair.write(to: &writer)
            spreads.write(to: &writer)
        }
    }

    /// Fills a new one with what ``write(to:)`` wrote.
    mutating func read(from reader: inout ByteReader) throws(ByteReader.Failure) {
        let seed = configuration.seed
        let spreads = 2 * ContactSpread.leastOctets
        contacts = try BoundedTable(
            from: &reader, limit: contacts.limit, entryOctets: HostPair.leastOctets + 1
        ) { reader throws(ByteReader.Failure) in
            (try HostPair(from: &reader), try reader.flag())
        }
        sources = try BoundedTable(
            from: &reader, limit: sources.limit, entryOctets: 12 + ContactSpread.leastOctets
        ) { reader throws(ByteReader.Failure) in
            (
                try reader.address(),
                Source(
                    walk: try RandomWalk(from: &reader),
                    spread: try ContactSpread(from: &reader, seed: seed),
                    told: try reader.optionalTimestamp(),
                    answered: try reader.optionalTimestamp(),
                    answered6: try reader.optionalTimestamp(),
                    shared: try reader.optionalTimestamp())
            )
        }
        services = try BoundedTable(
            from: &reader, limit: services.limit, entryOctets: 8 + spreads
        ) { reader throws(ByteReader.Failure) in
            (
                Service(
                    source: try reader.address(), port: try reader.uint16(),
                    protocolNumber: try reader.uint8()),
                try ContactSpreads(from: &reader, seed: seed)
            )
        }
        ports = try BoundedTable(
            from: &reader, limit: ports.limit, entryOctets: HostPair.leastOctets + spreads
        ) { reader throws(ByteReader.Failure) in
            (try HostPair(from: &reader), try ContactSpreads(from: &reader, seed: seed))
        }
    }
}
