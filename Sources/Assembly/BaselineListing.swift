import Anomalies
import Baselines
import Figures
import Flows
import NetworkTypes
import Statistics

/// `ntds baselines`: the populations that were learnt, as lines for people or machines, largest first.
package struct BaselineListing {
    package enum Format: String, Sendable, CaseIterable { case table, jsonl }

    package var format = Format.table
    /// Only this application.
    package var application: String?
    package var limit = Int.max

    package init() {}

    /// Hands lines to `write`; returns how many populations there are.
    package func run(_ learnt: LearntBaselines, _ write: (String) -> Void) -> Int {
        if format == .table { write(Self.row(Self.titles)) }
        var count = 0
        for baselines in learnt.baselines {
            let keys = baselines.sortedKeys.filter {
                application == nil || $0.application == application
            }
            let populations = keys.compactMap { key in baselines[key].map { (key, $0) } }
                .sorted { $0.1.count > $1.1.count }
            // A population is as old as it is beside the newest flow of all.
            let now = populations.compactMap { $0.1.times?.upperBound }.max()
            for (key, population) in populations.prefix(max(0, limit - count)) {
                switch format {
                case .table: write(Self.line(key, population, baselines, now))
                case .jsonl: write(Self.json(key, population, baselines, now))
                }
            }
            count += populations.count
        }
        return count
    }

    // MARK: For people

    private static let titles = [
        "sources", "scope", "application", "flows", "last seen", "duration", "volume", "flow rate",
        "state",
    ]
    private static let widths = [-9, -10, -20, 11, 17, 9, 9, 10, -24]

    /// Columns of fixed width; a negative one is aligned to the left.
    private static func row(_ cells: [String]) -> String {
        let padded = zip(cells, widths).map { cell, width in
            let room = String(repeating: " ", count: max(0, abs(width) - cell.count))
            return width < 0 ? cell + room : room + cell
        }
        var line = padded.joined(separator: "  ")
        while line.last == " " { line.removeLast() }
        return line + "\n"
    }

    private static func line(
        _ key: PopulationKey, _ population: LivePopulation, _ baselines: LiveBaselines,
        _ now: Timestamp?
    ) -> String {
        func median(_ name: String) -> String {
            guard let metric = BaselineMetric.all.first(where: { $0.name == name }),
                let place = baselines.metrics.firstIndex(of: name),
                let median = population.histogram(place).quantile(0.5)
            else { return "–" }
            return QuantityText.value(median, metric.unit)
        }
        let last = population.times.map { String($0.upperBound.description.prefix(16)) } ?? "–"
        return row([
            baselines.featureMode, CleanText.clean(key.scope, limit: 10),
            CleanText.clean(key.application, limit: 20),
            NumberText.grouped(Int(clamping: population.count)),
            last.replacing("T", with: " "), median("duration"), median("volume"),
            median("flowrate"), state(key, population, baselines, now),
        ])
    }

    /// `ready`, `stale`, or how far it has learnt.
    private static func state(
        _ key: PopulationKey, _ population: LivePopulation, _ baselines: LiveBaselines,
        _ now: Timestamp?
    ) -> String {
        guard let now, let times = population.times else { return "learning" }
        let state = baselines.state(of: key, at: now)
        guard state == .learning else { return state.name }
        let settings = baselines.configuration
        if population.count < settings.minimumFlows {
            return "learning: \(population.count) of \(settings.minimumFlows) flows"
        }
        let hours = times.upperBound.seconds(since: times.lowerBound) / 3600
        return "learning: \((hours * 10).rounded(.down) / 10) of "
            + "\(NumberText.prefixed(settings.learningSeconds / 3600, digits: 3)) h"
    }

    // MARK: For machines

    private static func json(
        _ key: PopulationKey, _ population: LivePopulation, _ baselines: LiveBaselines,
        _ now: Timestamp?
    ) -> String {
        let state = now.map { baselines.state(of: key, at: $0) } ?? .learning
        var fields = [
            "\"mode\":\(JSONText.quoted(baselines.featureMode))",
            "\"scope\":\(JSONText.quoted(key.scope))",
            "\"application\":\(JSONText.quoted(key.application))",
            "\"state\":\"\(state.name)\"", "\"flows\":\(population.count)",
        ]
        if let times = population.times {
            fields.append("\"first\":\"\(times.lowerBound)\"")
            fields.append("\"last\":\"\(times.upperBound)\"")
        }
        let metrics = baselines.metrics.indices.map { metric in
            "\(JSONText.quoted(baselines.metrics[metric])):{\(summary(metric, population))}"
        }
        fields.append("\"metrics\":{\(metrics.joined(separator: ","))}")
        let hours = population.hours.map(String.init).joined(separator: ",")
        fields.append("\"hoursOfWeek\":[\(hours)]")
        return "{\(fields.joined(separator: ","))}\n"
    }

    private static func summary(_ metric: Int, _ population: LivePopulation) -> String {
        let moments = population.moments[metric]
        var fields = ["\"count\":\(moments.count)"]
        func add(_ name: String, _ value: Double?) {
            guard let value, value.isFinite else { return }
            fields.append("\"\(name)\":\(value)")
        }
        guard moments.count > 0 else { return fields[0] }
        add("mean", moments.mean)
        add("std", moments.standardDeviation)
        add("min", moments.minimum)
        add("max", moments.maximum)
        add("typical", population.typicalValue(metric)?.value)
        let histogram = population.histogram(metric)
        for (name, share) in [
            ("q05", 0.05), ("q25", 0.25), ("median", 0.5), ("q75", 0.75), ("q95", 0.95),
        ] {
            add(name, histogram.quantile(share))
        }
        let frequent = population.frequentValues(metric).map {
            "{\"value\":\($0.value),\"share\":\($0.share),\"margin\":\($0.margin)}"
        }
        fields.append("\"frequent\":[\(frequent.joined(separator: ","))]")
        return fields.joined(separator: ",")
    }
}
