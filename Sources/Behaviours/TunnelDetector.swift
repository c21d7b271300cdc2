package import Flows
internal import NetworkTypes
import Statistics

/// Finds data carried inside questions for names.
///
/// *By names*: the different names that a client asks for below one registered domain in 24 hours. Told at 100, 500,
/// 800 and 1,000 (RITA's steps); believed the more, the longer and more random the names are and the more ask for TXT
/// or NULL records. *By flows*, where a source sees no names: at least `questionFloor` questions of a client to a
/// server in an hour, of `questionOctets` octets or more on average, where 30 to 80 are usual; told again at every
/// fourfold.
package struct TunnelDetector: Sendable {
    package struct Configuration: Sendable, Hashable {
        /// Different names below a domain at which it is told, ascending, 1 to 1,000,000.
        package var steps: [Double] = [100, 500, 800, 1_000]
        /// Names are counted for so long, 60 to 604,800 seconds.
        package var windowSeconds = 86_400.0
        /// Bits per character from which on a name looks random, 0 to 8.
        package var entropy = 3.8
        /// Characters from which on a name looks long, 1 to 253.
        package var length = 30.0
        /// Questions of a client to a server in an hour, 1 to 1,000,000.
        package var questionFloor: UInt64 = 200
        /// Octets of a question, 1 to 65,535.
        package var questionOctets = 130.0
        /// Pairs of client and domain that are remembered, 1 to 16,777,216; each takes at most 1,200 octets.
        package var domainLimit = 32_768
        /// Pairs of client and server, 1 to 16,777,216; each takes 130 octets.
        package var serverLimit = 16_384
        /// Of the sketches; attackers should not know it.
        package var seed: UInt64 = 0

        package init() {}
    }

    private struct Domain: Hashable, Sendable {
        var client: IPAddress
        var name: String
    }

    private struct Names: Sendable {
        var start: Timestamp
        var different: HyperLogLog
        var questions: UInt64 = 0
        /// Of each name when it is new.
        var newCount = 0.0
        var length = 0.0
        var entropy = 0.0
        var textRecords: UInt64 = 0
        var octets: UInt64 = 0
        var told = 0
    }

    private struct Questions: Sendable {
        var hour: Int64
        var first: Timestamp
        var packets: UInt64 = 0
        var octets: UInt64 = 0
        var answered: UInt64 = 0
        var flows: UInt64 = 0
        var nextTold: UInt64
    }

    private static let precision = 10
    package let configuration: Configuration
    private var domains: BoundedTable<Domain, Names>
    private var servers: BoundedTable<HostPair, Questions>

    package init(_ configuration: Configuration = Configuration()) throws(DetectorSettingError) {
        let steps = configuration.steps
        guard (1...16).contains(steps.count), steps == steps.sorted(),
            steps.allSatisfy({ (1...1_000_000).contains($0) })
        else { throw DetectorSettingError("steps", range: "1 to 16 ascending numbers") }
        try DetectorSettingError.check(
            "windowSeconds", configuration.windowSeconds, in: 60...604_800)
        try DetectorSettingError.check("entropy", configuration.entropy, in: 0...8)
        try DetectorSettingError.check("length", configuration.length, in: 1...253)
        try DetectorSettingError.check(
            "questionFloor", configuration.questionFloor, in: 1...1_000_000)
        try DetectorSettingError.check(
            "questionOctets", configuration.questionOctets, in: 1...65_535)
        try DetectorSettingError.check("domainLimit", configuration.domainLimit, in: 1...16_777_216)
        try DetectorSettingError.check("serverLimit", configuration.serverLimit, in: 1...16_777_216)
        self.configuration = configuration
        domains = BoundedTable(limit: configuration.domainLimit)
        servers = BoundedTable(limit: configuration.serverLimit)
    }

    package var counts: DetectorCounts {
        DetectorCounts(
            held: domains.count + servers.count, evictions: domains.evictions + servers.evictions)
    }

    // MARK: - Names

    /// Learns from a question and tells a domain that reaches a step by it.
    package mutating func observe(
        _ lookup: NameLookup, into evidence: inout [BehaviourEvidence]
    ) {
        guard !RegisteredDomain.isLocal(lookup.name), let cut = RegisteredDomain(lookup.name)
        else { return }
        let window = configuration.windowSeconds
        let steps = configuration.steps
        let key = Domain(client: lookup.client, name: String(cut.domain))
        let fresh = Names(
            start: lookup.timestamp,
            different: HyperLogLog(precision: Self.precision, seed: configuration.seed))
        let (names, reached) = domains.update(key, default: fresh) { names in
            if lookup.timestamp.seconds(since: names.start) >= window { names = fresh }
            names.questions += 1
            names.octets += UInt64(lookup.queryOctets)
            if lookup.queryType == 16 || lookup.queryType == 10 { names.textRecords += 1 }
            guard names.different.add(StableHash.text(cut.subdomain)) else {
                return (names, Int?.none)
            }
            names.newCount += 1
            names.length += (Double(cut.subdomain.utf8.count) - names.length) / names.newCount
            names.entropy += (TextEntropy.bits(cut.subdomain) - names.entropy) / names.newCount
            let count = names.different.count
            let reached = steps.count { count >= $0 }
            defer { names.told = max(names.told, reached) }
            return (names, reached > names.told ? reached : nil)
        }
        guard let reached else { return }
        evidence.append(tell(key, names, reached, lookup))
    }

    private func tell(
        _ key: Domain, _ names: Names, _ reached: Int, _ lookup: NameLookup
    ) -> BehaviourEvidence {
        let textShare = Double(names.textRecords) / Double(max(1, names.questions))
        var belief = 0.1 + 0.2 * Double(reached) / Double(configuration.steps.count)
        if names.length >= configuration.length { belief += 0.2 }
        if names.length >= configuration.length, names.entropy >= configuration.entropy {
            belief += 0.2
        }
        if textShare >= 0.5 { belief += 0.2 }
        return BehaviourEvidence(
            .dnsTunnel, of: .host(key.client), time: lookup.timestamp, firstSeen: names.start,
            application: key.name, peer: lookup.server, port: 53,
            numbers: [
                EvidenceNumber(.names, names.different.count),
                EvidenceNumber(.span, lookup.timestamp.seconds(since: names.start)),
                EvidenceNumber(.length, names.length), EvidenceNumber(.entropy, names.entropy),
                EvidenceNumber(.share, textShare),
                EvidenceNumber(.octetsOut, Double(names.octets)),
            ], confidence: Confidence(clamping: belief), flows: names.questions)
    }

    // MARK: - Flows

    /// Learns from a flow of name questions and tells a server that gets too many long ones.
    package mutating func observe(
        _ flow: ObservedFlow, into evidence: inout [BehaviourEvidence]
    ) {
        guard flow.key.responder.port == 53, !flow.isOpen, flow.isFromInside, flow.isBetweenHosts,
            flow.key.protocolNumber == 17
        else { return }
        let key = HostPair(flow.key)
        let fresh = Questions(
            hour: flow.end.hour, first: min(flow.start, flow.end),
            nextTold: configuration.questionFloor)
        let (floor, size) = (configuration.questionFloor, configuration.questionOctets)
        let told: Questions? = servers.update(key, default: fresh) { sum in
            if flow.end.hour > sum.hour { sum = fresh }
            sum.packets &+= flow.forward.packets
            sum.octets &+= flow.forward.octets
            sum.answered &+= flow.backward.octets
            sum.flows += 1
            guard sum.packets >= max(floor, sum.nextTold),
                Double(sum.octets) >= size * Double(sum.packets)
            else { return nil }
            sum.nextTold = sum.packets < .max / 4 ? 4 * sum.packets : .max
            return sum
        }
        guard let told else { return }
        let mean = Double(told.octets) / Double(max(1, told.packets))
        evidence.append(
            BehaviourEvidence(
                .dnsTunnel, of: .host(key.source), time: flow.end, firstSeen: told.first,
                application: "DNS", peer: key.destination, port: 53,
                numbers: [
                    EvidenceNumber(.attempts, Double(told.packets)),
                    EvidenceNumber(.octetsPerFlow, mean),
                    EvidenceNumber(.span, flow.end.seconds(since: told.first)),
                    EvidenceNumber(.octetsOut, Double(told.octets)),
                    EvidenceNumber(.octetsIn, Double(told.answered)),
                ], confidence: Confidence(clamping: 0.4 + (mean - size) / 400),
                flows: told.flows))
    }
}

// MARK: - Saving

extension TunnelDetector {
    func write(to writer: inout ByteWriter) {
        domains.write(to: &writer) { domain, names, writer in
            writer.add(domain.client)
            writer.add(domain.name)
            writer.add(names.start)
            names.different.encode(into: &writer)
            writer.add(short: names.questions)
            for number in [names.newCount, names.length, names.entropy] { writer.add(number) }
            writer.add(short: names.textRecords)
            writer.add(names.octets)
            writer.add(UInt8(names.told))
        }
        servers.write(to: &writer) { pair, sum, writer in
            pair.write(to: &writer)
            writer.add(sum.hour)
            writer.add(sum.first)
            for number in [sum.packets, sum.octets, sum.answered, sum.nextTold] {
                writer.add(number)
            }
            writer.add(short: sum.flows)
        }
    }

    /// Fills a new one with what ``write(to:)`` wrote.
    mutating func read(from reader: inout ByteReader) throws(ByteReader.Failure) {
        let (seed, steps) = (configuration.seed, configuration.steps.count)
        domains = try BoundedTable(from: &reader, limit: domains.limit, entryOctets: 57) {
            reader throws(ByteReader.Failure) in
            let domain = Domain(client: try reader.address(), name: try reader.text())
            let start = try reader.timestamp()
            var names = Names(
                start: start,
                different: try HyperLogLog(
                    decoding: &reader, precision: Self.precision, seed: seed))
            names.questions = try reader.counter()
            names.newCount = try reader.amount()
            names.length = try reader.amount()
            names.entropy = try reader.amount()
            names.textRecords = try reader.counter()
            names.octets = try reader.uint64()
            names.told = Int(try reader.uint8())
            guard names.told <= steps, names.octets < 1 << 62 else {
                throw .damaged("a count out of range")
            }
            return (domain, names)
        }
        servers = try BoundedTable(
            from: &reader, limit: servers.limit, entryOctets: HostPair.leastOctets + 49
        ) { reader throws(ByteReader.Failure) in
            let pair = try HostPair(from: &reader)
            let hour = try reader.int64()
            let first = try reader.timestamp()
            let packets = try reader.uint64()
            let octets = try reader.uint64()
            let answered = try reader.uint64()
            let nextTold = try reader.uint64()
            return (
                pair,
                Questions(
                    hour: hour, first: first, packets: packets, octets: octets,
                    answered: answered, flows: try reader.counter(), nextTold: nextTold)
            )
        }
    }
}
