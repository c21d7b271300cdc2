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

/// Counts rare flows by inside host and application, with weights that halve in time.
struct RareFlowCounter: Sendable {
    private struct Key: Hashable {
        var host: IPAddress
        var application: String
    }

    private struct Counts {
        var flows = 0.0
        var rare = 0.0
        var firstRare: Timestamp
        var last: Timestamp
        var example: ScoredFlow?
    }

    private var table: BoundedTable<Key, Counts>
    private let halfLifeSeconds: Double
    private let minimumSurprise: Double

    var evictions: UInt64 { table.evictions }

    /// - Parameters:
    ///   - limit: pairs of host and application.
    ///   - minimumSurprise: of evidence that is told.
    init(limit: Int, halfLifeSeconds: Double, minimumSurprise: Double) {
        table = BoundedTable(limit: limit)
        self.halfLifeSeconds = halfLifeSeconds
        self.minimumSurprise = minimumSurprise
    }

    /// Counts a flow of a population that is ready.
    ///
    /// - Returns: evidence if the flow is rare and there is a surplus.
    mutating func add(_ scored: ScoredFlow, host: IPAddress) -> RareFlowEvidence? {
        let flow = scored.flow
        let isRare = scored.pValue <= 0.001
        let key = Key(host: host, application: flow.application)
        var counts = table[key] ?? Counts(firstRare: flow.end, last: flow.end)
        let age = flow.end.seconds(since: counts.last)
        if age > 0 {
            let weight = exponential2(-age / halfLifeSeconds)
            counts.flows *= weight
            counts.rare *= weight
            counts.last = flow.end
        }
        counts.flows += 1
        if isRare {
            if counts.rare < 0.5 {
                counts.firstRare = flow.start
                counts.example = nil
            }
            counts.rare += 1
            if scored.score > counts.example?.score ?? -1 { counts.example = scored }
        }
        table.set(key, counts)
        guard isRare, let example = counts.example else { return nil }
        let evidence = RareFlowEvidence(
            host: host, application: flow.application, firstSeen: counts.firstRare, time: flow.end,
            flows: counts.flows, rareFlows: counts.rare, expected: counts.flows / 1000,
            example: example)
        return counts.rare >= 3 && evidence.surprise >= minimumSurprise ? evidence : nil
    }
}

/// The upper tail of Poisson's distribution.
package enum PoissonTail {
    /// `-log10 P(X >= count)` for a mean of `expected`; 0 for a count of 0 or below.
    ///
    /// The tail is a geometric-like series from its first term: `P(X >= k) = e^-m m^k/k! (1 + m/(k+1) + …)`.
    /// Counts need not be whole; the factorial is then the gamma function.
    package static func surprise(_ count: Double, expected: Double) -> Double {
        guard count > 0 else { return 0 }
        guard expected > 0 else { return .infinity }
        var term = 1.0
        var sum = 1.0
        var k = count
        // The terms fall once k exceeds the mean; below it the answer is near 0 anyway.
        for _ in 0..<10_000 {
            k += 1
            term *= expected / k
            sum += term
            if term < sum * 1e-12 { break }
        }
        let first = -expected + count * naturalLogarithm(expected) - logGamma(count + 1)
        return max(0, -(first + naturalLogarithm(sum)) / naturalLogarithm(10))
    }

    /// Stirling's series after shifting the argument to at least 8 (Abramowitz and Stegun 6.1.41).
    static func logGamma(_ argument: Double) -> Double {
        var x = argument
        var shift = 0.0
        while x < 8 {
            shift += naturalLogarithm(x)
            x += 1
        }
        let inverse = 1 / x
        let square = inverse * inverse
        let series =
            inverse * (1 / 12.0 - square * (1 / 360.0 - square * (1 / 1260.0 - square / 1680)))
        return (x - 0.5) * naturalLogarithm(x) - x + 0.918_938_533_204_672_7 + series - shift
    }
}
