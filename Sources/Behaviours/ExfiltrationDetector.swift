package import Flows
internal import NetworkTypes
import Statistics

/// Finds data that leave: an inside host that sends far more to a public one in an hour than it ever does, or than
/// its application does anywhere.
///
/// Octets of flows that inside hosts began are summed by source and destination in each hour of event time. When
/// an hour is over its sums teach three histories: that of the source, of the application and of all. A sum is told
/// if it is at least `octetFloor`, at least `ratio` times what came back, and rarer than one in `rarity` in the
/// history of its application (of all, while that has too few hours) and in that of its source; a source with fewer
/// hours than that must at least surpass all of them. Told again at every fourfold. Sums that were told do not teach.
package struct ExfiltrationDetector: Sendable {
    package struct Configuration: Sendable, Hashable {
        /// Octets sent within an hour below which nothing is told, 1 to 1 TB.
        package var octetFloor: UInt64 = 100_000_000
        /// How many times what comes back, 0 to 1,000,000.
        package var ratio = 5.0
        /// Told is what happens once in so many hours of a destination, 10 to 1,000,000.
        package var rarity = 1_000
        /// Hours of a destination after which a source's history counts, 1 to 1,000,000.
        package var sourceMinimum = 24
        /// Sources with a history, 1 to 1,000,000; each takes at most 2,000 octets.
        package var sourceLimit = 16_384
        /// Applications with a history, 1 to 100,000; each takes at most 2,000 octets.
        package var applicationLimit = 512
        /// Pairs within an hour, 1 to 16,777,216; each takes 200 octets. The longest unseen teach early and make room.
        package var pairLimit = 65_536
        /// Open flows whose octets are remembered, 1 to 16,777,216; each takes 130 octets.
        package var openFlowLimit = 32_768

        package init() {}
    }

    private struct Hour: Sendable {
        var out: UInt64 = 0
        var back: UInt64 = 0
        var flows: UInt64 = 0
        var first: Timestamp
        var nextTold: UInt64
        var wasTold = false
        /// Of the flow that sent most.
        var application: String
        var largest: UInt64 = 0

        mutating func add(
            _ octets: (out: UInt64, back: UInt64), from begin: Timestamp, of application: String
        ) {
            out = Self.sum(out, octets.out)
            back = Self.sum(back, octets.back)
            flows += 1
            first = min(first, begin)
            if octets.out > largest { (largest, self.application) = (octets.out, application) }
        }

        private static func sum(_ one: UInt64, _ other: UInt64) -> UInt64 {
            let (sum, overflow) = one.addingReportingOverflow(other)
            return overflow ? .max : sum
        }
    }

    package let configuration: Configuration
    private var hour: Int64 = .min
    private var pairs: BoundedTable<HostPair, Hour>
    private var sources: BoundedTable<IPAddress, VolumeHistory>
    private var applications: BoundedTable<String, VolumeHistory>
    private var everyone = VolumeHistory()
    private var openFlows: OpenFlowTotals

    package init(_ configuration: Configuration = Configuration()) throws(DetectorSettingError) {
        try DetectorSettingError.check(
            "octetFloor", configuration.octetFloor, in: 1...1_000_000_000_000)
        try DetectorSettingError.check("ratio", configuration.ratio, in: 0...1_000_000)
        try DetectorSettingError.check("rarity", configuration.rarity, in: 10...1_000_000)
        try DetectorSettingError.check(
            "sourceMinimum", configuration.sourceMinimum, in: 1...1_000_000)
        try DetectorSettingError.check("sourceLimit", configuration.sourceLimit, in: 1...1_000_000)
        try DetectorSettingError.check(
            "applicationLimit", configuration.applicationLimit, in: 1...100_000)
        try DetectorSettingError.check("pairLimit", configuration.pairLimit, in: 1...16_777_216)
        try DetectorSettingError.check(
            "openFlowLimit", configuration.openFlowLimit, in: 1...16_777_216)
        self.configuration = configuration
        pairs = BoundedTable(limit: configuration.pairLimit)
        sources = BoundedTable(limit: configuration.sourceLimit)
        applications = BoundedTable(limit: configuration.applicationLimit)
        openFlows = OpenFlowTotals(limit: configuration.openFlowLimit)
    }

    package var counts: DetectorCounts {
        DetectorCounts(
            held: pairs.count + sources.count + applications.count + openFlows.counts.held,
            evictions: pairs.evictions + sources.evictions + applications.evictions
                + openFlows.counts.evictions + earlyLessons)
    }

    /// Pairs that made room within their hour.
    private var earlyLessons: UInt64 = 0

    /// Learns from a flow and tells what its pair sent if that is too much.
    package mutating func observe(
        _ flow: ObservedFlow, census: PeerCensus, into evidence: inout [BehaviourEvidence]
    ) {
        guard flow.isOutbound, flow.isBetweenHosts else { return }
        if flow.end.hour > hour { startHour(flow.end.hour) }
        let added = openFlows.increment(of: flow)
        guard added.out > 0 || added.back > 0 else { return }
        let key = HostPair(flow.key)
        if pairs.isFull, pairs[key] == nil, let oldest = pairs.removeLeastRecent() {
            learn(oldest.key, oldest.value)
            earlyLessons += 1
        }
        let floor = configuration.octetFloor
        let begin = min(flow.end, max(flow.start, flow.end.hourBefore))
        let sum = pairs.update(
            key, default: Hour(first: begin, nextTold: floor, application: flow.application)
        ) { sum in
            sum.add(added, from: begin, of: flow.application)
            return sum
        }
        guard sum.out >= sum.nextTold,
            Double(sum.out) >= configuration.ratio * Double(sum.back),
            let rarity = rarity(of: sum, from: key.source)
        else { return }
        pairs.updateIfPresent(key) { sum in
            sum.wasTold = true
            while sum.nextTold <= sum.out, sum.nextTold < .max / 4 { sum.nextTold *= 4 }
            if sum.nextTold <= sum.out { sum.nextTold = .max }
        }
        evidence.append(tell(key, sum, rarity, flow, census))
    }

    // MARK: - Histories

    private mutating func startHour(_ next: Int64) {
        for (key, sum) in pairs { learn(key, sum) }
        pairs.removeAll()
        hour = next
    }

    private mutating func learn(_ key: HostPair, _ sum: Hour) {
        guard !sum.wasTold, sum.out > 0 else { return }
        everyone.add(sum.out)
        sources.update(key.source, default: VolumeHistory()) { $0.add(sum.out) }
        applications.update(sum.application, default: VolumeHistory()) { $0.add(sum.out) }
    }

    /// One in how many hours of a destination sends as much, if that is rare enough to be told.
    private func rarity(of sum: Hour, from source: IPAddress) -> Double? {
        let enough = Double(configuration.rarity)
        var peers = everyone
        if let application = applications[sum.application], application.count + 1 >= enough {
            peers = application
        }
        let common = peers.rarity(of: sum.out)
        guard common >= enough, let own = sources[source],
            own.count >= Double(configuration.sourceMinimum)
        else { return nil }
        let ownRarity = own.rarity(of: sum.out)
        guard ownRarity >= min(enough, own.count + 1) else { return nil }
        return common
    }

    private func tell(
        _ key: HostPair, _ sum: Hour, _ rarity: Double, _ flow: ObservedFlow, _ census: PeerCensus
    ) -> BehaviourEvidence {
        let standing = census.standing(of: key.destination)
        let age = standing.map { flow.end.seconds(since: $0.firstSeen) } ?? 0
        let isNew = age < 86_400
        var belief = isNew ? 0.7 : 0.5
        if Double(sum.out) >= 10 * configuration.ratio * Double(sum.back) { belief += 0.1 }
        if let prevalence = standing?.prevalence, prevalence >= 0.5 { belief -= 0.2 }
        var numbers = [
            EvidenceNumber(.octetsOut, Double(sum.out)),
            EvidenceNumber(.octetsIn, Double(sum.back)),
            EvidenceNumber(.span, flow.end.seconds(since: sum.first)),
            EvidenceNumber(.rarity, rarity),
            EvidenceNumber(.usual, sources[key.source]?.largest ?? 0),
            EvidenceNumber(.age, age),
        ]
        if let prevalence = standing?.prevalence {
            numbers.append(EvidenceNumber(.prevalence, prevalence))
        }
        return BehaviourEvidence(
            .exfiltration, of: .pair(key.source, key.destination), time: flow.end,
            firstSeen: sum.first, application: sum.application, peer: key.destination,
            port: flow.key.responder.port, numbers: numbers,
            confidence: Confidence(clamping: belief), flows: sum.flows)
    }
}

/// How much was sent in earlier hours, in eighths of powers of two: at most 600 counters.
private struct VolumeHistory: Sendable {
    private var histogram = LogLinearHistogram()

    var count: Double { Double(histogram.count) }

    /// An upper bound of the most that was ever sent.
    var largest: Double { histogram.quantile(1).map { exponential2(($0 - 63) / 8) } ?? 0 }

    mutating func add(_ octets: UInt64) { histogram.add(Self.step(octets)) }

    /// One in so many is at least as large, itself counted.
    func rarity(of octets: UInt64) -> Double {
        (count + 1) / (Double(histogram.ranks(of: Self.step(octets)).atOrAbove) + 1)
    }

    /// 64 and eight times the binary logarithm: whole numbers that the histogram keeps close together.
    private static func step(_ octets: UInt64) -> Double {
        let logarithm = naturalLogarithm(Double(max(octets, 1))) / 0.693_147_180_559_945_3
        return 64 + (8 * logarithm).rounded(.down)
    }
}

// MARK: - Saving

extension ExfiltrationDetector {
    func write(to writer: inout ByteWriter) {
        writer.add(hour)
        pairs.write(to: &writer) { pair, sum, writer in
            pair.write(to: &writer)
            writer.add(sum.out)
            writer.add(sum.back)
            writer.add(short: sum.flows)
            writer.add(sum.first)
            writer.add(sum.nextTold)
            writer.add(sum.wasTold)
            writer.add(sum.application)
            writer.add(sum.largest)
        }
        sources.write(to: &writer) { source, history, writer in
            writer.add(source)
            history.write(to: &writer)
        }
        applications.write(to: &writer) { application, history, writer in
            writer.add(application)
            history.write(to: &writer)
        }
        everyone.write(to: &writer)
        openFlows.write(to: &writer)
        writer.add(short: earlyLessons)
    }

    /// Fills a new one with what ``write(to:)`` wrote.
    mutating func read(from reader: inout ByteReader) throws(ByteReader.Failure) {
        hour = try reader.int64()
        pairs = try BoundedTable(
            from: &reader, limit: pairs.limit, entryOctets: HostPair.leastOctets + 46
        ) { reader throws(ByteReader.Failure) in
            let pair = try HostPair(from: &reader)
            let out = try reader.uint64()
            let back = try reader.uint64()
            let flows = try reader.counter()
            let first = try reader.timestamp()
            let nextTold = try reader.uint64()
            guard nextTold > 0 else { throw .damaged("a step that is none") }
            return (
                pair,
                Hour(
                    out: out, back: back, flows: flows, first: first, nextTold: nextTold,
                    wasTold: try reader.flag(), application: try reader.text(),
                    largest: try reader.uint64())
            )
        }
        sources = try BoundedTable(from: &reader, limit: sources.limit, entryOctets: 14) {
            reader throws(ByteReader.Failure) in
            (try reader.address(), try VolumeHistory(from: &reader))
        }
        applications = try BoundedTable(from: &reader, limit: applications.limit, entryOctets: 13) {
            reader throws(ByteReader.Failure) in
            (try reader.text(), try VolumeHistory(from: &reader))
        }
        everyone = try VolumeHistory(from: &reader)
        try openFlows.read(from: &reader)
        earlyLessons = try reader.counter()
    }
}

extension VolumeHistory {
    func write(to writer: inout ByteWriter) { histogram.write(to: &writer) }

    init(from reader: inout ByteReader) throws(ByteReader.Failure) {
        histogram = try LogLinearHistogram(from: &reader)
    }
}
