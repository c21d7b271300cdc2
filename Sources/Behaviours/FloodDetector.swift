package import Flows
import NetworkTypes
import Statistics

/// Sees floods: from one host against another, and from many hosts against one.
///
/// Minutes of event time are counted, each flow in that of its end.
///
/// - *Flood*: a pair of hosts with so many flows in a minute, most of them without an answer, or far more than
///   ever (``EdgeBurstScore``, after an hour of learning); or with so many packets of TCP in flows without an
///   answer.
/// - *Flood from many sources*: a destination called by far more hosts than usual, or by several with more
///   flows than usual, most without an answer, or with flows much lighter than usual.
///
/// It is told when it begins, when it grows tenfold, and again every ten minutes. Minutes that are told do
/// not teach what is usual. Flows that are a little late count for the present minute; later ones count for none,
/// since a log that is closed tells of hours at once. If the clock of the flows goes back by more than a day, the
/// minutes begin anew.
package struct FloodDetector: Sendable {
    /// What one host sent to another in the present minute.
    struct Stream: Sendable, Hashable {
        var minute: Int64
        var flows: UInt64 = 0
        var unanswered: UInt64 = 0
        /// Of TCP without an answer.
        var lostPackets: UInt64 = 0
        var first: Timestamp
        var announcement = Announcement()
    }

    /// What a destination got in the present minute, and what is usual.
    struct Target: Sendable, Hashable {
        var minute: Int64
        var flows: UInt64 = 0
        var unanswered: UInt64 = 0
        var octets: UInt64 = 0
        var first: Timestamp
        var sources: HyperLogLog
        var usual = UsualMinutes()
        var announcement = Announcement()
        var isTold = false
    }

    package let configuration: Configuration
    private(set) var burst: EdgeBurstScore
    /// The present minute; `nil` before the first flow.
    var minute: Int64?
    var streams: BoundedTable<HostPair, Stream>
    var targets: BoundedTable<IPAddress, Target>

    package init(_ configuration: Configuration) throws(DetectorSettingError) {
        try configuration.check()
        self.init(checked: configuration)
    }

    package init() { self.init(checked: Configuration()) }

    init(checked configuration: Configuration) {
        self.configuration = configuration
        burst = EdgeBurstScore(seed: configuration.seed)
        streams = BoundedTable(limit: configuration.rememberedPairs)
        targets = BoundedTable(limit: configuration.rememberedTargets)
    }

    /// Takes a finished flow; news of one that goes on says nothing.
    package mutating func observe(
        _ flow: ObservedFlow, into evidence: inout [BehaviourEvidence]
    ) {
        guard !flow.isOpen, flow.key.responder.address.isHost else { return }
        guard let now = pass(to: flow.end.minute) else { return }
        let pair = HostPair(flow.key)
        let score = burst.add(
            edge: pair.stableHash, source: pair.source.stableHash,
            destination: pair.destination.stableHash)
        observeStream(flow, pair, now, score, &evidence)
        observeTarget(flow, pair, now, score, &evidence)
    }

    /// The minute to count in; `nil` for a flow that is too late to count.
    private mutating func pass(to next: Int64) -> Int64? {
        guard let minute else {
            self.minute = next
            return next
        }
        if next > minute {
            burst.advance(by: next - minute)
            self.minute = next
        } else if minute - next > 1440 {
            self.minute = next
        } else if minute - next > configuration.lateMinutes {
            return nil
        }
        return self.minute
    }

    private mutating func observeStream(
        _ flow: ObservedFlow, _ pair: HostPair, _ now: Int64, _ score: EdgeBurstScore.Score,
        _ evidence: inout [BehaviourEvidence]
    ) {
        let settings = configuration
        let isWarm = burst.tick > settings.warmUpMinutes
        let initial = Stream(minute: now, first: flow.end)
        let found = streams.update(pair, default: initial) { stream -> Stream? in
            if stream.minute != now {
                let announcement = stream.announcement
                stream = initial
                stream.announcement = announcement
            }
            stream.add(flow)
            let isLost = 2 * stream.unanswered > stream.flows
            let isBurst = isWarm && score.edge >= settings.burstScore
            let size = max(
                isLost || isBurst ? Double(stream.flows) / Double(settings.flows) : 0,
                Double(stream.lostPackets) / Double(settings.lostPackets))
            guard stream.announcement.isDue(size, at: flow.end, settings) else { return nil }
            return stream
        }
        guard let found else { return }
        let share = Double(found.unanswered) / Double(found.flows)
        let burstBelief = min(1, score.edge / (2 * settings.burstScore))
        evidence.append(
            BehaviourEvidence(
                .flood, of: .host(pair.source), time: flow.end, firstSeen: found.first,
                application: flow.application, peer: pair.destination,
                port: flow.key.responder.port,
                numbers: [
                    EvidenceNumber(.attempts, Double(found.flows)),
                    EvidenceNumber(.packets, Double(found.lostPackets)),
                    EvidenceNumber(.span, flow.end.seconds(since: found.first)),
                    EvidenceNumber(.usual, score.usual),
                    EvidenceNumber(.share, share),
                    EvidenceNumber(.score, score.edge),
                ],
                // Answered bursts are believed half as much as unanswered ones.
                confidence: Confidence(clamping: max(0.9 * share, 0.5 * burstBelief)),
                flows: found.flows))
    }

    private mutating func observeTarget(
        _ flow: ObservedFlow, _ pair: HostPair, _ now: Int64, _ score: EdgeBurstScore.Score,
        _ evidence: inout [BehaviourEvidence]
    ) {
        let settings = configuration
        let isWarm = burst.tick > settings.warmUpMinutes
        let initial = Target(
            minute: now, first: flow.end,
            sources: HyperLogLog(precision: Self.precision, seed: settings.seed))
        let found = targets.update(pair.destination, default: initial) { target -> Target? in
            if target.minute != now { target.end(next: now, at: flow.end) }
            let isNewSource = target.add(flow)
            // Sources and flows are what grows; looking at each thousandth flow is enough.
            guard isNewSource || target.flows % UInt64(settings.flows) == 0 else { return nil }
            let size = target.size(settings, isWarm: isWarm)
            target.isTold = target.isTold || size >= 1
            return target.announcement.isDue(size, at: flow.end, settings) ? target : nil
        }
        guard let found else { return }
        let share = Double(found.unanswered) / Double(found.flows)
        let sources = found.sources.count
        evidence.append(
            BehaviourEvidence(
                .distributedFlood, of: .host(pair.destination), time: flow.end,
                firstSeen: found.first, application: flow.application,
                port: flow.key.responder.port,
                numbers: [
                    EvidenceNumber(.sources, sources.rounded()),
                    EvidenceNumber(.usual, found.usual.sources),
                    EvidenceNumber(.attempts, Double(found.flows)),
                    EvidenceNumber(.span, flow.end.seconds(since: found.first)),
                    EvidenceNumber(.share, share),
                    EvidenceNumber(.octetsPerFlow, found.octetsPerFlow),
                    EvidenceNumber(.score, score.destination),
                ],
                confidence: Confidence(
                    clamping: (0.7 + 0.3 * share) * sources / (sources + 25)),
                flows: found.flows))
    }

    /// Registers of the sources of a destination: 3.25 % standard error.
    static let precision = 10

    /// The octets that the tables take when all are full and every destination has many sources.
    package var octetBudget: Int {
        let settings = configuration
        return EdgeBurstScore.heapOctets
            + BoundedTable<HostPair, Stream>.octets(limit: settings.rememberedPairs)
            + BoundedTable<IPAddress, Target>.octets(limit: settings.rememberedTargets)
            + settings.rememberedTargets
            * HyperLogLog.largestHeapOctets(precision: Self.precision)
    }

    package var counts: DetectorCounts {
        DetectorCounts(
            held: streams.count + targets.count,
            evictions: streams.evictions + targets.evictions)
    }
}

// MARK: - Saving

extension FloodDetector {
    func write(to writer: inout ByteWriter) {
        burst.write(to: &writer)
        writer.add(minute != nil)
        if let minute { writer.add(minute) }
        streams.write(to: &writer) { pair, stream, writer in
            pair.write(to: &writer)
            writer.add(stream.minute)
            writer.add(short: stream.flows)
            writer.add(short: stream.unanswered)
            writer.add(stream.lostPackets)
            writer.add(stream.first)
            stream.announcement.write(to: &writer)
        }
        targets.write(to: &writer) { address, target, writer in
            writer.add(address)
            writer.add(target.minute)
            writer.add(short: target.flows)
            writer.add(short: target.unanswered)
            writer.add(target.octets)
            writer.add(target.first)
            target.sources.encode(into: &writer)
            target.usual.write(to: &writer)
            target.announcement.write(to: &writer)
            writer.add(target.isTold)
        }
    }

    /// Fills a new one with what ``write(to:)`` wrote.
    mutating func read(from reader: inout ByteReader) throws(ByteReader.Failure) {
        let seed = configuration.seed
        try burst.read(from: &reader)
        minute = try reader.flag() ? try reader.calendarNumber(perDay: 1440) : nil
        streams = try BoundedTable(from: &reader, limit: streams.limit, entryOctets: 45) {
            reader throws(ByteReader.Failure) in
            let pair = try HostPair(from: &reader)
            let minute = try reader.calendarNumber(perDay: 1440)
            let flows = try reader.counter()
            let unanswered = try reader.counter()
            let lostPackets = try reader.uint64()
            return (
                pair,
                Stream(
                    minute: minute, flows: flows, unanswered: unanswered,
                    lostPackets: lostPackets, first: try reader.timestamp(),
                    announcement: try Announcement(from: &reader))
            )
        }
        targets = try BoundedTable(from: &reader, limit: targets.limit, entryOctets: 67) {
            reader throws(ByteReader.Failure) in
            let address = try reader.address()
            let minute = try reader.calendarNumber(perDay: 1440)
            let flows = try reader.counter()
            let unanswered = try reader.counter()
            let octets = try reader.uint64()
            let first = try reader.timestamp()
            let sources = try HyperLogLog(
                decoding: &reader, precision: Self.precision, seed: seed)
            return (
                address,
                Target(
                    minute: minute, flows: flows, unanswered: unanswered, octets: octets,
                    first: first, sources: sources, usual: try UsualMinutes(from: &reader),
                    announcement: try Announcement(from: &reader), isTold: try reader.flag())
            )
        }
    }
}
