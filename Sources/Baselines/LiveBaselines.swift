package import Flows
package import NetworkTypes
package import Statistics

/// What is normal, as it is learnt from flows that never end: one population for each application of each
/// scope.
///
/// The populations stay inside a budget of memory: when they outgrow it, those that are not yet ready and
/// were not seen for the longest time are forgotten, and counted; ready ones go only when no others are
/// left. So names that somebody makes up push out each other, not what was learnt. As long as nothing is
/// forgotten, the same flows give the same baselines in any order and however they are merged (moments but
/// for rounding).
///
/// Time is event time: that of the flows' ends.
package struct LiveBaselines: Sendable {
    /// The definition of the metrics; flows of another are refused by ``check(featureMode:)``.
    package let featureMode: String
    /// The names of the metrics: those of ``BaselineMetric/all``, then any context.
    package let metrics: [String]
    package let configuration: LiveBaselineConfiguration
    /// What was and was not learnt.
    package private(set) var counts = Counts()
    private var keys: [PopulationKey] = []
    private var populations: [LivePopulation] = []
    private var places: [PopulationKey: Int] = [:]
    /// Octets of all populations.
    private var octetsInUse = 0
    private var values: [Float]

    /// What became of the flows.
    package struct Counts: Sendable, Equatable {
        package var learnt: UInt64 = 0
        /// Belong to alerts, and so do not teach.
        package var suspect: UInt64 = 0
        /// Go on; they teach when they end.
        package var open: UInt64 = 0
        /// Have no metrics.
        package var unmeasured: UInt64 = 0
        /// Of applications or scopes with names longer than any real one.
        package var unnameable: UInt64 = 0
        /// Populations forgotten for want of memory, and their flows.
        package var forgottenPopulations: UInt64 = 0
        package var forgottenFlows: UInt64 = 0

        package init() {}

        fileprivate static let all: [WritableKeyPath<Counts, UInt64> & Sendable] = [
            \.learnt, \.suspect, \.open, \.unmeasured, \.unnameable, \.forgottenPopulations,
            \.forgottenFlows,
        ]
    }

    /// - Parameter contextMetrics: the names of metrics beyond the nine; ``learn(_:context:isSuspect:)``
    ///   is given as many values.
    /// - Precondition: at most 256 metrics in all.
    package init(
        featureMode: String, contextMetrics: [String] = [],
        configuration: LiveBaselineConfiguration = LiveBaselineConfiguration()
    ) {
        self.init(
            featureMode: featureMode, metrics: BaselineMetric.all.map(\.name) + contextMetrics,
            configuration: configuration)
    }

    private init(
        featureMode: String, metrics: [String], configuration: LiveBaselineConfiguration
    ) {
        precondition(metrics.count <= 256, "more metrics than a model holds")
        self.featureMode = featureMode
        self.metrics = metrics
        self.configuration = configuration
        values = Array(repeating: 0, count: metrics.count)
    }

    /// Checks that flows of this feature mode may teach.
    package func check(featureMode: String) throws(LiveBaselineMismatch) {
        guard featureMode == self.featureMode else {
            throw .featureMode(learnt: self.featureMode, given: featureMode)
        }
    }

    // MARK: Learning

    /// Learns a finished flow, of the feature mode of these baselines.
    ///
    /// - Parameters:
    ///   - context: the values of the context metrics, as many as there are.
    ///   - isSuspect: the flow belongs to an alert; it is counted and teaches nothing.
    package mutating func learn(
        _ flow: ObservedFlow, context: [Float] = [], isSuspect: Bool = false
    ) {
        precondition(context.count + 9 == metrics.count, "a context metric without a value")
        guard !isSuspect else { return counts.suspect += 1 }
        guard !flow.isOpen else { return counts.open += 1 }
        guard let own = flow.metrics else { return counts.unmeasured += 1 }
        guard flow.application.utf8.count <= PopulationKey.longestName,
            flow.scope.utf8.count <= PopulationKey.longestName
        else { return counts.unnameable += 1 }
        for metric in 0..<9 { values[metric] = Float(own[metric]) }
        for metric in context.indices { values[9 + metric] = context[metric] }
        let hash = flow.key.stableHash
        let place = place(of: PopulationKey(scope: flow.scope, application: flow.application))
        let before = populations[place].octets
        populations[place].learn(
            values, end: flow.end,
            priority: configuration.memory.priority(flowKeyHash: hash, start: flow.start),
            holdout: UInt8(truncatingIfNeeded: hash % 10))
        octetsInUse += populations[place].octets - before
        counts.learnt += 1
        if octetsInUse > configuration.budgetOctets { forget() }
    }

    /// Adds what was learnt elsewhere. The budget is kept afterwards.
    package mutating func merge(_ other: LiveBaselines) throws(LiveBaselineMismatch) {
        try check(featureMode: other.featureMode)
        guard metrics == other.metrics else {
            throw .metrics(learnt: metrics, given: other.metrics)
        }
        guard configuration.memory == other.configuration.memory else { throw .memory }
        for index in other.keys.indices {
            let place = place(of: other.keys[index])
            let before = populations[place].octets
            populations[place].merge(other.populations[index])
            octetsInUse += populations[place].octets - before
        }
        for path in Counts.all { counts[keyPath: path] &+= other.counts[keyPath: path] }
        forget()
    }

    // MARK: Reading

    /// The populations in the order of their keys.
    package var sortedKeys: [PopulationKey] { keys.sorted() }

    /// The number of populations.
    package var populationCount: Int { keys.count }

    /// Octets of memory that the populations take, a little more than less.
    package var octets: Int { octetsInUse }

    package subscript(key: PopulationKey) -> LivePopulation? {
        places[key].map { populations[$0] }
    }

    /// How far a population is at an event time; one never seen is learning.
    package func state(of key: PopulationKey, at now: Timestamp) -> PopulationState {
        places[key].map { state(of: populations[$0], at: now) } ?? .learning
    }

    /// Whether any population is ready.
    package func hasReady(at now: Timestamp) -> Bool {
        populations.contains { state(of: $0, at: now) == .ready }
    }

    private func state(of population: LivePopulation, at now: Timestamp) -> PopulationState {
        guard let times = population.times, population.count >= configuration.minimumFlows,
            Self.seconds(times.lowerBound, times.upperBound) >= configuration.learningSeconds
        else { return .learning }
        return Self.seconds(times.upperBound, now) > configuration.staleSeconds ? .stale : .ready
    }

    private static func seconds(_ first: Timestamp, _ last: Timestamp) -> Double {
        Double(last.nanoseconds) / 1e9 - Double(first.nanoseconds) / 1e9
    }

    /// The remembered flows as a table that a model can be fitted on.
    ///
    /// Populations stand in the order of their flow counts, largest first, ties by name descending. Where
    /// the memories hold more than the configuration allows, the largest give up their last flows.
    package func table() -> PopulationTable {
        let ranked = keys.indices.sorted {
            populations[$0].count == populations[$1].count
                ? keys[$0].name > keys[$1].name : populations[$0].count > populations[$1].count
        }
        let share = rowsPerPopulation
        var columns = [[Double]](repeating: [], count: metrics.count)
        var ranges: [PopulationTable.Population] = []
        var holdouts: [UInt8] = []
        for index in ranked {
            let memory = populations[index].memory
            let chosen = memory.orderedPlaces.prefix(share)
            let start = holdouts.count
            for place in chosen {
                holdouts.append(UInt8(truncatingIfNeeded: memory.label(at: place)))
                for metric in metrics.indices {
                    columns[metric].append(Double(memory.value(metric, at: place)))
                }
            }
            ranges.append(.init(name: keys[index].name, members: start..<holdouts.count))
        }
        let count = holdouts.count
        return PopulationTable(
            metrics: metrics, columns: columns, populations: ranges,
            rows: (0..<UInt32(count)).map { $0 },
            directions: Array(repeating: .unknown, count: count), holdouts: holdouts,
            publicEnds: Array(repeating: .max, count: count))
    }

    /// Flows learnt of each population, by its name: memories do not tell how large populations are.
    package var flowCounts: [String: UInt64] {
        Dictionary(zip(keys, populations).map { ($0.name, $1.count) }) { $0 + $1 }
    }

    /// The most flows of one population that a table of the configured size has room for.
    private var rowsPerPopulation: Int {
        var (low, high) = (1, configuration.memory.capacity)
        while low < high {
            let middle = (low + high + 1) / 2
            let rows = populations.reduce(0) { $0 + min($1.memory.count, middle) }
            if rows <= configuration.maximumTableRows { low = middle } else { high = middle - 1 }
        }
        return low
    }

    // MARK: Populations

    private mutating func place(of key: PopulationKey) -> Int {
        if let place = places[key] { return place }
        let population = LivePopulation(metricCount: metrics.count, rule: configuration.memory)
        octetsInUse += population.octets
        places[key] = keys.count
        keys.append(key)
        populations.append(population)
        return keys.count - 1
    }

    /// Forgets populations until seven eighths of the budget are kept, so that it is seldom done.
    private mutating func forget() {
        guard octetsInUse > configuration.budgetOctets else { return }
        let ready = populations.map { state(of: $0, at: .distantPast) != .learning }
        let ends = populations.map { $0.times?.upperBound ?? .distantPast }
        let order = keys.indices.sorted { first, second in
            if ready[first] != ready[second] { return ready[second] }
            return ends[first] == ends[second]
                ? keys[first] < keys[second] : ends[first] < ends[second]
        }
        var gone = Set<Int>()
        for index in order where octetsInUse > configuration.budgetOctets / 8 * 7 {
            gone.insert(index)
            octetsInUse -= populations[index].octets
            counts.forgottenPopulations += 1
            counts.forgottenFlows += populations[index].count
        }
        let kept = keys.indices.filter { !gone.contains($0) }
        keys = kept.map { keys[$0] }
        populations = kept.map { populations[$0] }
        places = Dictionary(uniqueKeysWithValues: keys.enumerated().map { ($1, $0) })
    }
}

extension Timestamp {
    /// Before any flow.
    fileprivate static let distantPast = Timestamp(nanoseconds: .min)
}

/// Baselines cannot be joined, or cannot learn from these flows.
package enum LiveBaselineMismatch: Error, Equatable, CustomStringConvertible {
    case featureMode(learnt: String, given: String)
    case metrics(learnt: [String], given: [String])
    /// The memories follow other rules.
    case memory

    package var description: String {
        switch self {
        case .featureMode(let learnt, let given):
            "the baselines learn from features of mode '\(learnt)', these are of mode '\(given)'"
        case .metrics(let learnt, let given):
            "the baselines learn from the metrics \(learnt.joined(separator: ", ")), "
                + "these are \(given.joined(separator: ", "))"
        case .memory:
            "the baselines remember flows by other rules: joined ones need one capacity, half-life and secret "
                + "(the file `secret` of the state folder, the same everywhere)"
        }
    }
}

extension LiveBaselines: Equatable {
    /// Whether the same was learnt.
    package static func == (left: LiveBaselines, right: LiveBaselines) -> Bool {
        left.featureMode == right.featureMode && left.metrics == right.metrics
            && left.configuration.memory == right.configuration.memory
            && left.counts == right.counts && left.keys.count == right.keys.count
            && left.keys.allSatisfy { left[$0] == right[$0] }
    }
}

// MARK: - Saving

extension LiveBaselines {
    /// The version that is written and read.
    package static let version: UInt32 = 1
    private static let magic: StaticString = "NTDSLIVE"

    /// Everything learnt as bytes: the same baselines give the same bytes, whatever the order in which they
    /// learnt.
    package func encoded() -> [UInt8] {
        var writer = ByteWriter(magic: Self.magic, version: Self.version)
        writer.add(featureMode)
        writer.add(count: metrics.count)
        for metric in metrics { writer.add(metric) }
        writer.add(count: configuration.memory.capacity)
        writer.add(configuration.memory.halfLifeSeconds)
        writer.add(configuration.memory.salt)
        for path in Counts.all { writer.add(short: counts[keyPath: path]) }
        writer.add(count: keys.count)
        for key in sortedKeys {
            guard let place = places[key] else { continue }
            writer.add(key.scope)
            writer.add(key.application)
            populations[place].write(to: &writer)
        }
        return writer.sealed()
    }

    /// The baselines that were saved as `bytes`, which may be anything.
    ///
    /// - Parameter configuration: the settings from now on; the rule of the memories stays that of the
    ///   saved baselines, as a memory cannot be filled up later.
    package init(
        decoding bytes: [UInt8],
        configuration: LiveBaselineConfiguration = LiveBaselineConfiguration()
    ) throws(ByteReader.Failure) {
        var reader = try ByteReader(
            snapshot: bytes, magic: Self.magic, version: Self.version)
        let featureMode = try reader.text()
        let metricCount = try reader.count(size: 4)
        guard (9...256).contains(metricCount) else { throw .damaged("a strange number of metrics") }
        var metrics: [String] = []
        for _ in 0..<metricCount { metrics.append(try reader.text()) }
        let capacity = Int(try reader.integer(UInt32.self))
        let halfLife = try reader.finite()
        var configuration = configuration
        configuration.memory = FlowMemory.Rule(
            capacity: capacity, halfLifeSeconds: halfLife, salt: try reader.integer(UInt64.self))
        guard configuration.memory.capacity == capacity,
            configuration.memory.halfLifeSeconds == halfLife
        else { throw .damaged("a memory out of range") }
        self.init(featureMode: featureMode, metrics: metrics, configuration: configuration)
        for path in Counts.all { counts[keyPath: path] = try reader.counter() }
        for _ in 0..<(try reader.count(size: 8)) {
            let key = PopulationKey(
                scope: try reader.text(), application: try reader.text())
            guard keys.last.map({ $0 < key }) ?? true else {
                throw .damaged("populations out of order")
            }
            let population = try LivePopulation(
                from: &reader, metricCount: metricCount, rule: configuration.memory)
            octetsInUse += population.octets
            places[key] = keys.count
            keys.append(key)
            populations.append(population)
        }
        try reader.finish()
        forget()
    }
}
