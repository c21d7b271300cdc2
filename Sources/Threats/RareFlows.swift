package import Flows
package import NetworkTypes
import Statistics

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
        number >= 10 ? "\(Int(number.rounded()))" : "\((number * 100).rounded() / 100)"
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
    private struct Key: Hashable {
        /// `nil` for all hosts together.
        var host: IPAddress?
        var application: String
        var scope: String
    }

    private struct Counts {
        var flows = 0.0
        var rare = 0.0

        /// The share of rare ones, as if a thousand flows with one rare one had come before.
        var rate: Double { (max(0, rare) + 1) / (flows + 1000) }
    }

    private struct Host {
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
