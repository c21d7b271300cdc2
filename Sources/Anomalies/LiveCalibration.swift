internal import Baselines
internal import Flows
internal import NetworkTypes
internal import Statistics

/// Flows of the last days that nothing is learnt from, and the scores that they have: what makes a p-value
/// true in the stream, as it is today.
///
/// The flows are a sample by ``FlowMemory`` in which a flow counts half after a quarter of the window; those
/// older than the window go, as long as enough are left. The flows are kept, not only their scores, so that
/// a new model is calibrated the moment it is installed.
package struct LiveCalibration: Sendable {
    /// Flows from which on the stream's own calibration is believed rather than the model's.
    package static let enough = 1000

    private let windowSeconds: Double
    private var memory: FlowMemory
    /// The score of each remembered flow under the installed model, by its place.
    private var scores: [Double] = []
    /// The populations of the remembered flows; their labels point here.
    private var names: [String] = []
    private var codes: [String: UInt32] = [:]
    /// Flows remembered since the calibration was made.
    private var pending = 0
    /// The calibration, renewed when a thirty-second of the flows has changed.
    private(set) var calibration = ScoreCalibration([])

    /// - Parameters:
    ///   - capacity: flows kept at most; 10^k are needed for tier k.
    ///   - windowSeconds: event time after which flows go, from four hours on.
    package init(
        metricCount: Int, capacity: Int = 32_768, windowSeconds: Double = 2 * 86_400,
        salt: UInt64 = 0
    ) {
        self.windowSeconds = max(4 * 3600, windowSeconds)
        let rule = FlowMemory.Rule(
            capacity: max(Self.enough, capacity), halfLifeSeconds: self.windowSeconds / 4,
            salt: salt)
        memory = FlowMemory(rule: rule, metricCount: metricCount)
    }

    /// Flows kept.
    package var count: Int { memory.count }

    /// The rule by which they are kept.
    var rule: FlowMemory.Rule { memory.rule }

    /// Whether there are enough flows to be believed.
    var isEnough: Bool { calibration.count >= Self.enough }

    /// Takes in an ordinary flow of holdout 1 with its score.
    mutating func add(
        _ values: [Float], population: String, priority: Int64, end: Timestamp, score: Double
    ) {
        guard
            let place = memory.add(
                priority: priority, time: end, label: code(of: population), values: values)
        else { return }
        if place == scores.count { scores.append(score) } else { scores[place] = score }
        pending += 1
        if pending >= max(64, memory.count / 32) { renew() }
    }

    /// Scores all flows by a new model.
    mutating func rescore(by model: ScoreModel) {
        let table = table(metrics: model.metrics)
        let scored = model.score(table)
        for (row, score) in zip(table.rows, scored.scores) { scores[Int(row)] = score }
        renew()
    }

    /// Makes the calibration anew, without what is too old.
    private mutating func renew() {
        pending = 0
        let times = (0..<memory.count).map { memory.time(at: $0).nanoseconds }
        if times.count > Self.enough {
            let youngest = times.sorted(by: >)
            // One flow in a hundred may have a wrong clock. The youngest thousand stay in any case.
            let (start, overflow) = youngest[times.count / 100].subtractingReportingOverflow(
                Int64(min(windowSeconds, 9e9) * 1e9))
            let oldest = min(overflow ? .min : start, youngest[Self.enough - 1])
            scores = zip(scores, times).compactMap { $1 >= oldest ? $0 : nil }
            memory.keep { times[$0] >= oldest }
        }
        if names.count > 2 * memory.rule.capacity { renumber() }
        calibration = ScoreCalibration(scores)
    }

    private mutating func code(of name: String) -> UInt32 {
        if let code = codes[name] { return code }
        let code = UInt32(names.count)
        codes[name] = code
        names.append(name)
        return code
    }

    /// Forgets the names that no remembered flow has.
    private mutating func renumber() {
        let old = names
        (names, codes) = ([], [:])
        var renumbered = FlowMemory(rule: memory.rule, metricCount: memory.metricCount)
        var moved: [Double] = []
        // In the order of the places, so that every flow keeps its own.
        for place in 0..<memory.count {
            let row = memory[place]
            renumbered.add(
                priority: row.priority, time: row.time, label: code(of: old[Int(row.label)]),
                values: row.values)
            moved.append(scores[place])
        }
        (memory, scores) = (renumbered, moved)
    }

    /// The flows as a table; a member's row is its place.
    private func table(metrics: [String]) -> PopulationTable {
        var members = PopulationBuilder.Members(metricCount: metrics.count)
        for place in 0..<memory.count {
            members.populations.append(memory.label(at: place))
            members.rows.append(UInt32(place))
            members.directions.append(.unknown)
            members.holdouts.append(1)
            members.publicEnds.append(.max)
            for metric in metrics.indices {
                members.columns[metric].append(Double(memory.value(metric, at: place)))
            }
        }
        var builder = PopulationBuilder(metrics: metrics)
        builder.append(members)
        return builder.finish(names: names)
    }
}

extension LiveCalibration {
    func write(to writer: inout ByteWriter) {
        writer.add(windowSeconds)
        writer.add(count: memory.rule.capacity)
        writer.add(memory.rule.salt)
        writer.add(count: pending)
        writer.add(count: names.count)
        for name in names { writer.add(name) }
        memory.write(to: &writer)
        for place in memory.orderedPlaces { writer.add(scores[place]) }
        writer.add(count: calibration.count)
        for score in calibration.scores { writer.add(score) }
    }

    init(from reader: inout ByteReader, metricCount: Int) throws(ByteReader.Failure) {
        let window = try reader.finite()
        let capacity = Int(try reader.integer(UInt32.self))
        self.init(
            metricCount: metricCount, capacity: capacity, windowSeconds: window,
            salt: try reader.integer(UInt64.self))
        guard windowSeconds == window, rule.capacity == capacity else {
            throw .damaged("a calibration of strange size")
        }
        pending = Int(try reader.integer(UInt32.self))
        for _ in 0..<(try reader.count(size: 4)) {
            let name = try reader.text()
            guard code(of: name) == UInt32(names.count - 1) else {
                throw .damaged("a population that comes twice")
            }
        }
        memory = try FlowMemory(from: &reader, rule: rule, metricCount: metricCount)
        guard (0..<memory.count).allSatisfy({ Int(memory.label(at: $0)) < names.count }) else {
            throw .damaged("a flow of no population")
        }
        for _ in 0..<memory.count { scores.append(try reader.amount()) }
        var calibrated: [Double] = []
        for _ in 0..<(try reader.count(size: 8)) { calibrated.append(try reader.amount()) }
        guard calibrated.count <= rule.capacity else { throw .damaged("too many scores") }
        calibration = ScoreCalibration(calibrated)
    }
}
