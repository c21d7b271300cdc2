/// A number that speaks for or against a behaviour.
package struct EvidenceNumber: Sendable, Hashable {
    package var name: Name
    package var value: Double

    package init(_ name: Name, _ value: Double) {
        (self.name, self.value) = (name, value)
    }

    package var unit: Unit { name.unit }

    /// What a number counts or measures.
    package enum Name: String, Sendable, CaseIterable {
        /// Different hosts that were called, asked for, or tried.
        case destinations
        /// Different hosts that called.
        case sources
        /// Different ports, names or subdomains.
        case ports, names
        /// Flows, sessions, questions or calls.
        case attempts
        /// Packets without an answer.
        case packets
        /// Those of them that failed.
        case failures
        /// Those of them that nobody answered.
        case unanswered
        /// From the first to the last.
        case span
        /// What is usual in the same time, by what was seen so far.
        case usual
        /// Above this it is told.
        case threshold
        /// `log10` of how much likelier a scanner explains the outcomes than an ordinary host.
        case likelihoodRatio
        /// Of the detector named by the kind.
        case score
        /// RITA's score, where `score` is that of the short-life variant.
        case classicScore
        case perMinute
        /// Between two calls, the typical one.
        case interval
        /// How far from regular: spread by mean.
        case variation
        case duration
        case octetsOut, octetsIn
        /// The typical octets of a flow.
        case octetsPerFlow
        /// Of flows without an answer, of names of a kind; 0...1.
        case share
        /// Bits per character.
        case entropy
        /// The typical length of a label, in characters.
        case length
        /// The share of the inside hosts that speak to this peer; 0...1.
        case prevalence
        /// One in so many.
        case rarity
        /// Since it was first seen.
        case age

        /// Its name as words of a sentence.
        package var words: String {
            rawValue.reduce(into: "") { $0 += $1.isUppercase ? " \($1.lowercased())" : "\($1)" }
        }

        package var unit: Unit {
            switch self {
            case .destinations, .sources, .ports, .names, .attempts, .packets, .failures,
                .unanswered,
                .usual, .threshold, .rarity:
                .count
            case .span, .interval, .duration, .age: .seconds
            case .octetsOut, .octetsIn, .octetsPerFlow: .octets
            case .share, .prevalence: .share
            case .score, .classicScore, .variation, .likelihoodRatio: .plain
            case .perMinute: .perMinute
            case .entropy: .bits
            case .length: .characters
            }
        }
    }

    package enum Unit: String, Sendable, CaseIterable {
        case count, seconds, octets, share, plain, perMinute, bits, characters
    }
}

extension EvidenceNumber: CustomStringConvertible {
    package var description: String { "\(name.words) \(quantity)" }

    /// The value with its unit, in few digits: `3 min`, `1.2 GB`, `98 %`.
    package var quantity: String {
        switch unit {
        case .count: Self.whole(value)
        case .seconds: Self.duration(value)
        case .octets: Self.weight(value)
        case .share: "\(Self.whole(value * 100)) %"
        case .plain: Self.digits(value)
        case .perMinute: "\(Self.whole(value)) a minute"
        case .bits: "\(Self.digits(value)) bits"
        case .characters: "\(Self.whole(value)) characters"
        }
    }

    static func whole(_ value: Double) -> String {
        guard let number = Int64(exactly: value.rounded()) else { return "\(value)" }
        let digits = String(number.magnitude)
        var text = number < 0 ? "-" : ""
        for (place, digit) in digits.enumerated() {
            if place > 0, (digits.count - place) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return text
    }

    /// Two decimals, fewer where they are 0.
    private static func digits(_ value: Double) -> String {
        guard abs(value) < 1e15 else { return "\(value)" }
        let hundredths = (value * 100).rounded() / 100
        return hundredths == hundredths.rounded() ? whole(hundredths) : "\(hundredths)"
    }

    private static func duration(_ seconds: Double) -> String {
        switch seconds {
        case ..<1: "\(whole(seconds * 1000)) ms"
        case ..<120: "\(whole(seconds)) s"
        case ..<7200: "\(whole(seconds / 60)) min"
        case ..<172_800: "\(digits((seconds / 360).rounded() / 10)) h"
        default: "\(digits((seconds / 8640).rounded() / 10)) days"
        }
    }

    private static func weight(_ octets: Double) -> String {
        var (rest, prefix) = (octets, "")
        for next in ["k", "M", "G", "T"] where rest >= 1000 { (rest, prefix) = (rest / 1000, next) }
        let text = rest < 10 && !prefix.isEmpty ? digits((rest * 10).rounded() / 10) : whole(rest)
        return "\(text) \(prefix)B"
    }
}
