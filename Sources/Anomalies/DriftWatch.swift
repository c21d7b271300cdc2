internal import Baselines
internal import Flows
package import NetworkTypes
internal import Statistics

/// A sign that a population is no longer what its model was fitted on.
///
/// It proposes a new fit and never makes one: what has changed may be an attack.
package struct DriftFlag: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        /// The mean of the scores changed (ADWIN).
        case score(before: Double, after: Double)
        /// A metric's values are spread otherwise than when the model was fitted.
        case metric(String, stabilityIndex: Double)
    }

    /// The population by its name in the model.
    package let population: String
    package let kind: Kind
    /// The event time of the flow that showed it.
    package let time: Timestamp

    /// What is said of it.
    package var sentence: String {
        func rounded(_ number: Double) -> Double { (number * 100).rounded() / 100 }
        return switch kind {
        case .score(let before, let after):
            "scores of \(population) changed from \(rounded(before)) to \(rounded(after)) on average"
        case .metric(let name, let index):
            "\(name) of \(population) moved (stability index \(rounded(index)))"
        }
    }
}

/// Watches the populations of a model for drift: an ``AdaptiveWindow`` on the score and a
/// ``StabilityIndex`` on every metric of each population that has a model of its own.
///
/// Each population is flagged once for its score and once for each metric, until the next fit.
package struct DriftWatch: Sendable {
    /// Above this index a metric has moved.
    package static let limit = 0.2

    private struct Watch: Sendable {
        var window = AdaptiveWindow()
        var indices: [StabilityIndex?]
    }

    private var watches: [String: Watch] = [:]
    /// The flags since the last fit, in the order in which they were raised.
    package private(set) var flags: [DriftFlag] = []
    private var flagged: Set<String> = []

    package init() {}

    /// Begins anew, after a fit.
    mutating func reset() { self = DriftWatch() }

    /// Takes in ordinary members of one population of a table, with the scores of all flows by their rows.
    mutating func add(
        _ members: [Int], of population: String, _ table: PopulationTable, scores: [Double],
        flows: [ObservedFlow], in model: ScoreModel
    ) {
        // Populations of a model are bounded, and so are the watches.
        guard !members.isEmpty, let own = model.populations[population], !own.histograms.isEmpty
        else { return }
        var watch =
            watches.removeValue(forKey: population)
            ?? Watch(indices: own.histograms.map { StabilityIndex(reference: $0) })
        for member in members {
            let row = Int(table.rows[member])
            guard let change = watch.window.add(scores[row]) else { continue }
            raise(
                .score(before: change.before, after: change.after), of: population,
                at: flows[row].end)
        }
        for metric in table.metrics.indices {
            guard var index = watch.indices[metric] else { continue }
            watch.indices[metric] = nil
            let column = table.columns[metric]
            for member in members {
                guard let moved = index.add(column[member]), moved > Self.limit else { continue }
                raise(
                    .metric(table.metrics[metric], stabilityIndex: moved), of: population,
                    at: flows[Int(table.rows[member])].end)
            }
            watch.indices[metric] = index
        }
        watches[population] = watch
    }

    private mutating func raise(_ kind: DriftFlag.Kind, of population: String, at time: Timestamp) {
        let metric = if case .metric(let name, _) = kind { name } else { "" }
        guard flagged.insert("\(population)\n\(metric)").inserted else { return }
        flags.append(DriftFlag(population: population, kind: kind, time: time))
    }
}

// MARK: - Saving

extension DriftWatch {
    func write(to writer: inout ByteWriter) {
        writer.add(count: flags.count)
        for flag in flags {
            writer.add(flag.population)
            writer.add(flag.time.nanoseconds)
            switch flag.kind {
            case .score(let before, let after):
                writer.add("")
                writer.add(before)
                writer.add(after)
            case .metric(let name, let index):
                writer.add(name)
                writer.add(index)
                writer.add(0.0)
            }
        }
        writer.add(count: watches.count)
        for (population, watch) in watches.sorted(by: { $0.key < $1.key }) {
            writer.add(population)
            watch.window.write(to: &writer)
            for index in watch.indices { index?.write(to: &writer) }
        }
    }

    /// Reads what ``write(to:)`` wrote, of a watch of the same model.
    init(from reader: inout ByteReader, model: ScoreModel?) throws(ByteReader.Failure) {
        for _ in 0..<(try reader.count(size: 32)) {
            let population = try reader.text()
            let time = Timestamp(nanoseconds: try reader.int64())
            let metric = try reader.text()
            let (one, other) = (try reader.finite(), try reader.finite())
            raise(
                metric.isEmpty
                    ? .score(before: one, after: other) : .metric(metric, stabilityIndex: one),
                of: population, at: time)
        }
        for _ in 0..<(try reader.count(size: 24)) {
            let population = try reader.text()
            guard let own = model?.populations[population], !own.histograms.isEmpty,
                watches[population] == nil
            else { throw .damaged("a watch over no population") }
            let window = try AdaptiveWindow(from: &reader)
            var indices = own.histograms.map { StabilityIndex(reference: $0) }
            for metric in indices.indices { try indices[metric]?.read(from: &reader) }
            watches[population] = Watch(window: window, indices: indices)
        }
    }
}
