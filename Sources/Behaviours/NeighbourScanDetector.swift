package import Flows
import NetworkTypes
import Statistics

/// Sees hosts that ask for many neighbours by ARP, most of which nobody has.
///
/// Counted are the different addresses that a sender asked for in a window; announcements (RFC 5227: sender and
/// target are the same) are none. Routers ask for whomever they have packets for, also for addresses that
/// nobody has when the Internet scans them: whoever `serverAskers` different neighbours asked for is taken
/// for a router or server, and may ask for ten times as many. An address manager that tests a lease asks for
/// one address at a time.
///
/// A capture away from the sender sees the questions, which all hear, but no answers: then all questions look
/// unanswered, and the confidence is that of a count only.
package struct NeighbourScanDetector: Sendable {
    /// When a scan is told, and how much is remembered.
    package struct Configuration: Sendable, Hashable {
        /// Different neighbours that were asked for and not heard to answer, told again at each `growth`-fold.
        package var neighbours = 10
        /// The share of the asked that must not have answered.
        package var unansweredShare = 0.5
        package var growth = 10.0
        package var windowSeconds = 30.0
        /// Different hosts that ask for a router or server.
        package var serverAskers = 8
        /// Hosts remembered: about 200 octets each, 800 while they scan.
        package var rememberedHosts = 16_384
        /// Of the sketches; attackers should not know it.
        package var seed: UInt64 = 0

        package init() {}

        func check() throws(DetectorSettingError) {
            typealias Rule = DetectorSettingError
            try Rule.check("neighbours", neighbours, in: 2...65_536)
            try Rule.check("unansweredShare", unansweredShare, in: 0...1)
            try Rule.check("growth", growth, in: 1.5...1000)
            try Rule.check("windowSeconds", windowSeconds, in: 1...86_400)
            try Rule.check("serverAskers", serverAskers, in: 2...16)
            try Rule.check("rememberedHosts", rememberedHosts, in: 1...1 << 26)
        }
    }

    /// A host by its address; one that has none yet, by its interface.
    enum Sender: Hashable, Sendable {
        case address(IPAddress)
        case interface(UInt64)
    }

    struct Host: Hashable, Sendable {
        var start: Timestamp
        var questions: UInt64 = 0
        var asked: HyperLogLog
        var answered: HyperLogLog
        /// Who asked for it, ever.
        var askers: HyperLogLog
        /// How often this window was told.
        var level: UInt8 = 0
        static let askerPrecision = 4

        init(start: Timestamp, seed: UInt64) {
            self.start = start
            asked = HyperLogLog(precision: ContactSpread.precision, seed: seed)
            answered = asked
            askers = HyperLogLog(precision: Self.askerPrecision, seed: seed)
        }

        var unanswered: Double { max(0, asked.count - answered.count) }
    }

    package let configuration: Configuration
    var hosts: BoundedTable<Sender, Host>

    package init(_ configuration: Configuration) throws(DetectorSettingError) {
        try configuration.check()
        self.init(checked: configuration)
    }

    package init() { self.init(checked: Configuration()) }

    init(checked configuration: Configuration) {
        self.configuration = configuration
        hosts = BoundedTable(limit: configuration.rememberedHosts)
    }

    package mutating func observe(
        _ query: AddressQuery, into evidence: inout [BehaviourEvidence]
    ) {
        guard query.sender != query.target else { return }
        if !query.isRequest {
            // The answer goes to the one who asked, so its target is the sender of the question.
            _ = hosts.updateIfPresent(.address(query.target)) {
                $0.answered.add(query.sender.stableHash)
            }
            return
        }
        let hasAddress = query.sender != Self.noAddress
        if hasAddress {
            _ = hosts.updateIfPresent(.address(query.target)) {
                $0.askers.add(query.sender.stableHash)
            }
        }
        let sender = hasAddress ? Sender.address(query.sender) : .interface(query.senderMAC)
        let initial = Host(start: query.timestamp, seed: configuration.seed)
        let settings = configuration
        let found = hosts.update(sender, default: initial) { $0.ask(query, settings) }
        if let found { evidence.append(Self.evidence(of: found, query)) }
    }

    private static let noAddress = IPAddress(ipv4: 0)

    private static func evidence(of host: Host, _ query: AddressQuery) -> BehaviourEvidence {
        let asked = max(1, host.asked.count)
        let share = host.unanswered / asked
        // A count of 10 is believed half, of 100 nine tenths; answers take away from it.
        let confidence = share * host.unanswered / (host.unanswered + 10)
        return BehaviourEvidence(
            .arpScan, of: .host(query.sender), time: query.timestamp, firstSeen: host.start,
            numbers: [
                EvidenceNumber(.destinations, asked.rounded()),
                EvidenceNumber(.unanswered, host.unanswered.rounded()),
                EvidenceNumber(.attempts, Double(host.questions)),
                EvidenceNumber(.span, query.timestamp.seconds(since: host.start)),
            ],
            confidence: Confidence(clamping: confidence), flows: host.questions)
    }

    /// The octets that the table takes when it is full of hosts that scan.
    package var octetBudget: Int {
        BoundedTable<Sender, Host>.octets(limit: configuration.rememberedHosts)
            + configuration.rememberedHosts
            * (ContactSpread.heapOctets
                + HyperLogLog.largestHeapOctets(precision: Host.askerPrecision))
    }

    package var counts: DetectorCounts {
        DetectorCounts(
            held: hosts.count,
            evictions: hosts.evictions)
    }
}

extension NeighbourScanDetector.Host {
    /// Counts a question; returns itself if the scan is to be told.
    fileprivate mutating func ask(
        _ query: AddressQuery, _ settings: NeighbourScanDetector.Configuration
    ) -> Self? {
        if query.timestamp.seconds(since: start) > settings.windowSeconds {
            let askers = askers
            self = Self(start: query.timestamp, seed: settings.seed)
            self.askers = askers
        }
        start = min(start, query.timestamp)
        questions += 1
        guard asked.add(query.target.stableHash) else { return nil }
        let (asked, unanswered) = (asked.count, unanswered)
        var next = Double(settings.neighbours)
        if askers.count >= Double(settings.serverAskers) { next *= 10 }
        for _ in 0..<level { next *= settings.growth }
        guard unanswered >= next, unanswered >= asked * settings.unansweredShare else { return nil }
        while unanswered >= next, level < .max {
            next *= settings.growth
            level += 1
        }
        return self
    }
}

// MARK: - Saving

extension NeighbourScanDetector {
    func write(to writer: inout ByteWriter) {
        hosts.write(to: &writer) { sender, host, writer in
            switch sender {
            case .address(let address):
                writer.add(true)
                writer.add(address)
            case .interface(let bits):
                writer.add(false)
                writer.add(bits)
            }
            writer.add(host.start)
            writer.add(short: host.questions)
            for sketch in [host.asked, host.answered, host.askers] { sketch.encode(into: &writer) }
            writer.add(host.level)
        }
    }

    /// Fills a new one with what ``write(to:)`` wrote.
    mutating func read(from reader: inout ByteReader) throws(ByteReader.Failure) {
        let seed = configuration.seed
        hosts = try BoundedTable(from: &reader, limit: hosts.limit, entryOctets: 31) {
            reader throws(ByteReader.Failure) in
            let sender: Sender =
                try reader.flag()
                ? .address(try reader.address()) : .interface(try reader.uint64())
            var host = Host(start: try reader.timestamp(), seed: seed)
            host.questions = try reader.counter()
            host.asked = try HyperLogLog(
                decoding: &reader, precision: ContactSpread.precision, seed: seed)
            host.answered = try HyperLogLog(
                decoding: &reader, precision: ContactSpread.precision, seed: seed)
            host.askers = try HyperLogLog(
                decoding: &reader, precision: Host.askerPrecision, seed: seed)
            host.level = try reader.uint8()
            return (sender, host)
        }
    }
}
