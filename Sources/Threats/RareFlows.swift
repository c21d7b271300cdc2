package import Flows
package import NetworkTypes
package import Statistics

/// More rare flows of one host and application than chance gives.
///
/// One flow in a thousand is one in a thousand, so that a busy network has many a day; only their surplus is
/// evidence.
package struct RareFlowEvidence: Sendable, Hashable {
    package var host: IPAddress
    package var application: String
    package var firstSeen: Timestamp
    package var time: Timestamp
    /// Flows judged, those of them rarer than 1 in 1,000, and how many of these chance would give.
    package var flows: Double
    package var rareFlows: Double
    package var expected: Double
    /// The rarest of them.
    package var example: ScoredFlow

    /// `-log10` of the probability that chance gives as many (Poisson).
    package var surprise: Double { PoissonTail.surprise(rareFlows, expected: expected) }

    package var sentence: String {
        "\(host) had \(Int(rareFlows.rounded())) flows of \(application) rarer than 1 in 1,000 "
            + "among \(Int(flows.rounded())); chance gives \(Self.text(expected))"
    }

    private static func text(_ number: Double) -> String {
        guard number < 1e15 else { return "\(number)" }
        return number >= 10 ? "\(Int(number.rounded()))" : "\((number * 100).rounded() / 100)"
    }
}

/// A flow with its judgement.
package struct ScoredFlow: Sendable, Hashable {
    package var flow: ObservedFlow
    package var score: Double
    package var pValue: Double
    package var tier: UInt8

    package init(flow: ObservedFlow, score: Double, pValue: Double, tier: UInt8) {
        self.flow = flow
        self.score = score
        self.pValue = pValue
        self.tier = tier
    }
}

/// Counts rare flows by inside host and application, day by day.
///
/// A rare application has only rare flows, whoever uses it, and a host may always have been odd. So chance gives
/// a host as many as the other hosts with the same application have, or as it had itself on the days before,
/// whichever is more, and one in 1,000 at the least. Without others, or without days before, there is nothing to
/// compare with. What no labeller could name is no application.
struct RareFlowCounter: Sendable {
    fileprivate struct Key: Hashable {
        /// `nil` for all hosts together.
        var host: IPAddress?
        var application: String
        var scope: String
    }

    fileprivate struct Counts {
        var flows = 0.0
        var rare = 0.0

        /// The share of rare ones, as if a thousand flows with one rare one had come before.
        var rate: Double { (max(0, rare) + 1) / (flows + 1000) }
    }

    fileprivate struct Host {
        var day: Int64
        var today = Counts()
        /// The days before; the older the less.
        var past = Counts()
        var firstRare: Timestamp
        var example: ScoredFlow?

        mutating func turn(to day: Int64) {
            guard day > self.day else { return }
            let fading = day - self.day > 60 ? 0 : exponential2(-Double(day - self.day - 1) / 7)
            past.flows = past.flows * 0.9 + today.flows * fading
            past.rare = past.rare * 0.9 + today.rare * fading
            today = Counts()
            example = nil
            self.day = day
        }
    }

    private var hosts: BoundedTable<Key, Host>
    private var applications: BoundedTable<Key, Host>
    private let minimumSurprise: Double
    /// Flows of others, and of a host's own past, from which on they tell what is usual.
    private static let (enoughOfOthers, enoughOfPast) = (500.0, 50.0)

    var evictions: UInt64 { hosts.evictions + applications.evictions }

    /// - Parameters:
    ///   - limit: pairs of host and application.
    ///   - minimumSurprise: of evidence that is told.
    init(limit: Int, minimumSurprise: Double) {
        hosts = BoundedTable(limit: limit)
        applications = BoundedTable(limit: 4096)
        self.minimumSurprise = minimumSurprise
    }

    /// Counts a flow of a population that is ready.
    ///
    /// - Returns: evidence if the flow is rare and there is a surplus.
    mutating func add(_ scored: ScoredFlow, host: IPAddress) -> RareFlowEvidence? {
        guard scored.flow.application != "UNKNOWN" else { return nil }
        let all = count(scored, of: nil, in: &applications)
        let own = count(scored, of: host, in: &hosts)
        guard scored.pValue <= 0.001, own.today.rare >= 5, let example = own.example,
            own.past.flows >= Self.enoughOfPast
        else { return nil }
        let others = Counts(
            flows: all.today.flows + all.past.flows - own.today.flows - own.past.flows,
            rare: all.today.rare + all.past.rare - own.today.rare - own.past.rare)
        guard others.flows >= Self.enoughOfOthers else { return nil }
        let evidence = RareFlowEvidence(
            host: host, application: scored.flow.application, firstSeen: own.firstRare,
            time: scored.flow.end, flows: own.today.flows, rareFlows: own.today.rare,
            expected: own.today.flows * max(others.rate, own.past.rate, 0.001), example: example)
        return evidence.surprise >= minimumSurprise ? evidence : nil
    }

    private func count(
        _ scored: ScoredFlow, of host: IPAddress?, in table: inout BoundedTable<Key, Host>
    ) -> Host {
        let flow = scored.flow
        let isRare = scored.pValue <= 0.001
        let day = flow.end.nanoseconds / 86_400_000_000_000
        let key = Key(host: host, application: flow.application, scope: flow.scope)
        return table.update(key, default: Host(day: day, firstRare: flow.start)) { counts in
            counts.turn(to: day)
            counts.today.flows += 1
            guard isRare else { return counts }
            counts.today.rare += 1
            if counts.example == nil { counts.firstRare = flow.start }
            if scored.score > counts.example?.score ?? -.infinity { counts.example = scored }
            return counts
        }
    }
}

// MARK: - Saving

extension ScoredFlow {
    package func write(to writer: inout ByteWriter) {
        flow.write(to: &writer)
        writer.add(score)
        writer.add(pValue)
        writer.add(tier)
    }

    /// Reads what ``write(to:)`` wrote.
    package init(from reader: inout ByteReader) throws(ByteReader.Failure) {
        let flow = try ObservedFlow(from: &reader)
        let score = try reader.finite()
        let pValue = try reader.finite(in: 0...1)
        self.init(flow: flow, score: score, pValue: pValue, tier: try reader.uint8())
        guard tier <= 6 else { throw .damaged("a tier that is none") }
    }
}

extension RareFlowEvidence {
    func write(to writer: inout ByteWriter) {
        writer.add(host)
        writer.add(application)
        writer.add(firstSeen)
        writer.add(time)
        for number in [flows, rareFlows, expected] { writer.add(number) }
        example.write(to: &writer)
    }

    /// Reads what ``write(to:)`` wrote.
    init(from reader: inout ByteReader) throws(ByteReader.Failure) {
        host = try reader.address()
        application = try reader.text()
        firstSeen = try reader.timestamp()
        time = try reader.timestamp()
        flows = try reader.finite(in: 0...RareFlowCounter.mostFlows)
        rareFlows = try reader.finite(in: 0...RareFlowCounter.mostFlows)
        expected = try reader.amount()
        example = try ScoredFlow(from: &reader)
    }
}

extension RareFlowCounter {
    /// More flows than any network has in a week.
    static let mostFlows = 1e15

    func write(to writer: inout ByteWriter) {
        for table in [hosts, applications] {
            table.write(to: &writer) { key, host, writer in
                writer.add(optional: key.host)
                writer.add(key.application)
                writer.add(key.scope)
                writer.add(host.day)
                for counts in [host.today, host.past] {
                    writer.add(counts.flows)
                    writer.add(counts.rare)
                }
                writer.add(host.firstRare)
                writer.add(host.example != nil)
                host.example?.write(to: &writer)
            }
        }
    }

    /// Fills a new one with what ``write(to:)`` wrote.
    mutating func read(from reader: inout ByteReader) throws(ByteReader.Failure) {
        hosts = try Self.table(from: &reader, limit: hosts.limit)
        applications = try Self.table(from: &reader, limit: applications.limit)
    }

    private static func table(
        from reader: inout ByteReader, limit: Int
    ) throws(ByteReader.Failure) -> BoundedTable<Key, Host> {
        try BoundedTable(from: &reader, limit: limit, entryOctets: 58) {
            reader throws(ByteReader.Failure) in
            let key = Key(
                host: try reader.optionalAddress(), application: try reader.text(),
                scope: try reader.text())
            let day = try reader.int64()
            guard (-110_000...110_000).contains(day) else {
                throw .damaged("a time out of range")
            }
            let today = try Counts(from: &reader)
            let past = try Counts(from: &reader)
            var host = Host(day: day, firstRare: try reader.timestamp())
            (host.today, host.past) = (today, past)
            if try reader.flag() { host.example = try ScoredFlow(from: &reader) }
            return (key, host)
        }
    }
}

extension RareFlowCounter.Counts {
    fileprivate init(from reader: inout ByteReader) throws(ByteReader.Failure) {
        flows = try reader.finite(in: 0...RareFlowCounter.mostFlows)
        rare = try reader.finite(in: 0...RareFlowCounter.mostFlows)
        guard rare <= flows else { throw .damaged("more rare flows than flows") }
    }
}
