package import Baselines
package import Flows
internal import Statistics

/// How a metric is called and written for an analyst.
package struct MetricDescription: Sendable, Equatable {
    package let phrase: String
    package let unit: BaselineMetric.Unit

    package init(phrase: String, unit: BaselineMetric.Unit) {
        self.phrase = phrase
        self.unit = unit
    }

    /// The description of a metric of a baseline, or its bare name for any other.
    package init(ofMetric name: String) {
        let known = BaselineMetric.all.first { $0.name == name }
        self.init(phrase: known?.phrase ?? name, unit: known?.unit ?? .plain)
    }
}

/// Why a flow is strange: the numbers an analyst needs to agree or disagree, and a sentence of them.
package struct Explanation: Sendable, Equatable {
    /// One metric that sets the flow apart.
    package struct Deviation: Sendable, Equatable {
        package let metric: MetricDescription
        /// The metric's share of what makes the flow strange.
        package let share: Float
        package let value: Double
        /// What is usual: the values that 5 %, half and 95 % of the flows stay below.
        package let low, median, high: Double
        /// The chance of a value as far out by itself, both sides together.
        package let tailProbability: Double
        /// Flows that the chance was counted in.
        package let sampleCount: Int
    }

    package let application: String
    /// Whether the flow is compared with its application rather than with all flows.
    package let comparesWithApplication: Bool
    /// How often the application was seen in learning, and how many flows there were.
    package let applicationCount, totalCount: Int
    /// The largest first, at most three.
    package let deviations: [Deviation]

    /// The sentence an analyst reads.
    package var sentence: String {
        var parts: [String] = []
        if deviations.isEmpty {
            parts.append("no metric stands out")
        } else {
            let phrases = deviations.enumerated().map { index, deviation in
                deviation.phrase(usualFor: index == 0 ? reference : nil)
            }
            parts.append(phrases.joined(separator: ", "))
        }
        if let rarity = applicationRarity { parts.append(rarity) }
        return parts.joined(separator: "; ")
    }

    private var reference: String { comparesWithApplication ? application : "all flows" }

    /// Said of applications that are less than one flow in a thousand.
    private var applicationRarity: String? {
        guard totalCount > 0, applicationCount < totalCount / 1000 || applicationCount == 0 else {
            return nil
        }
        let flows = "\(QuantityText.count(totalCount)) \(totalCount == 1 ? "flow" : "flows")"
        return switch applicationCount {
        case 0: "application never seen in \(flows)"
        case 1: "application seen once in \(flows)"
        default: "application seen \(QuantityText.count(applicationCount)) times in \(flows)"
        }
    }
}

extension Explanation.Deviation {
    /// "duration 41x the usual for Google (8 min; 1 in 10,000; usual 0.8 to 12 s)".
    fileprivate func phrase(usualFor reference: String?) -> String {
        let suffix = reference.map { " for \($0)" } ?? ""
        let details = "(\(QuantityText.value(value, metric.unit)); \(chance); \(usual))"
        return "\(metric.phrase) \(relation)\(suffix) \(details)"
    }

    private var relation: String {
        // A value that one flow in five exceeds is not strange by itself: its company is.
        if tailProbability > 0.2 { return "usual by itself but not with the rest" }
        if value > median {
            let ratio = value / median
            let isRatio = median > 0 && ratio >= 2 && ratio.isFinite
            return isRatio ? "\(QuantityText.ratio(ratio)) the usual" : "unusually high"
        }
        return "unusually low"
    }

    private var chance: String {
        // Nothing rarer than one among those counted can be said.
        if tailProbability * Double(sampleCount) < 1.5 {
            return "rarer than 1 in \(QuantityText.count(sampleCount))"
        }
        return "1 in \(QuantityText.count(Int((1 / tailProbability).rounded())))"
    }

    private var usual: String {
        low == high
            ? "usually \(QuantityText.value(high, metric.unit))"
            : "usual \(QuantityText.range(low, high, metric.unit))"
    }
}

extension ScoreModel {
    /// Why member `member` of a table is as strange as its score says.
    ///
    /// - Parameter descriptions: one a metric; by default those of the known metrics.
    /// - Precondition: the table has the metrics that were learnt.
    package func explain(
        _ table: PopulationTable, member: Int, descriptions: [MetricDescription]? = nil
    ) -> Explanation {
        let scored = score(table, members: member..<(member + 1))
        let name = table.populations.first { $0.members.contains(member) }?.name ?? ""
        let own = populations[name]?.histograms ?? []
        let histograms = own.isEmpty ? global.histograms : own
        let descriptions = descriptions ?? metrics.map(MetricDescription.init(ofMetric:))
        precondition(descriptions.count == metrics.count, "a metric without a description")
        let shares = scored.contributions.map { $0[0] }
        let order = shares.indices.sorted {
            shares[$0] == shares[$1] ? $0 < $1 : shares[$0] > shares[$1]
        }
        return Explanation(
            application: name, comparesWithApplication: !own.isEmpty,
            applicationCount: memberCount(of: name), totalCount: memberCount,
            deviations: order.prefix(3).compactMap { metric in
                guard shares[metric] >= 0.05, histograms.indices.contains(metric) else {
                    return nil
                }
                return Explanation.Deviation(
                    descriptions[metric], share: shares[metric],
                    value: table.columns[metric][member], histogram: histograms[metric])
            })
    }
}

extension Explanation.Deviation {
    /// `nil` where there is nothing to compare: a missing value, or no value learnt.
    fileprivate init?(
        _ metric: MetricDescription, share: Float, value: Double, histogram: LogLinearHistogram
    ) {
        guard value.isFinite, let low = histogram.quantile(0.05),
            let median = histogram.quantile(0.5), let high = histogram.quantile(0.95)
        else { return nil }
        self.metric = metric
        self.share = share
        self.value = value
        (self.low, self.median, self.high) = (low, median, high)
        tailProbability = histogram.tailProbability(of: value)
        sampleCount = Int(clamping: histogram.count)
    }
}
