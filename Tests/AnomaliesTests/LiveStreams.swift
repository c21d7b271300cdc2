import Anomalies
import Baselines
import Flows
import NetworkTypes
import Statistics

/// A stream of ordinary flows of three applications that goes on and on, and may change.
struct LiveStream {
    private var generator: SeededGenerator
    /// Seconds since a Monday at 0:00 UTC.
    private(set) var seconds = 0.0
    /// Flows of a day.
    var rate = 100_000.0
    /// By how much volumes and packets grow.
    var growth = 1.0
    /// Share of flows of a kind never seen before.
    var oddShare = 0.0

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    static let monday = 1_700_438_400_000_000_000 as Int64

    var now: Timestamp { Timestamp(nanoseconds: Self.monday + Int64(seconds * 1e9)) }

    mutating func next(_ count: Int) -> [ObservedFlow] { (0..<count).map { _ in next() } }

    mutating func next() -> ObservedFlow {
        seconds += 86_400 / rate
        let kind = generator.index(below: 10)
        let isOdd = generator.uniform() < oddShare
        let size = exponential2(2 * generator.normal()) * (kind < 6 ? 40 : 1) * growth
        let time = exponential2(generator.normal()) * (isOdd ? 5000 : 1)
        var flow = ObservedFlow(
            key: FlowKey(
                initiator: FlowEnd(
                    address: IPAddress(ipv4: 0x0a00_0000 + UInt32(generator.index(below: 50))),
                    port: UInt16(generator.index(below: 60_000))),
                responder: FlowEnd(
                    address: IPAddress(ipv4: 0x5000_0000 + UInt32(generator.index(below: 5000))),
                    port: 443),
                protocolNumber: 6),
            start: Timestamp(nanoseconds: now.nanoseconds - 500_000_000), end: now,
            application: kind < 6 ? "GOOGLE" : kind < 9 ? "DNS" : "SSH", outcome: .established,
            forward: .init(), backward: .init())
        let metrics = [
            1e3 * size / time, 1e6 * time, (isOdd ? 1e7 : 2e3) * size, 66 + 400 * size / (1 + size),
            Double(generator.index(below: 4)), 1e4 * size, 200 * size, 300 * time, 1e3 * time,
        ]
        var values = [9 of Double](repeating: 0)
        for metric in 0..<9 { values[metric] = metrics[metric].rounded() }
        flow.metrics = values
        return flow
    }
}

/// Baselines and a scorer on a stream: what a service does with each batch.
struct LiveService {
    var baselines = LiveBaselines(featureMode: "corrected")
    var scorer: LiveScorer
    /// p-values of the flows scored since the counts were last taken.
    var pValues: [Double] = []

    init(calibration: LiveCalibration? = nil) {
        scorer = LiveScorer(
            featureMode: "corrected", metrics: BaselineMetric.all.map(\.name),
            calibration: calibration)
    }

    mutating func take(_ flows: [ObservedFlow], isSuspect: [Bool] = []) {
        let batch = LiveBatch(flows)
        let scores = scorer.score(batch)
        if let scores { pValues += scores.pValues }
        scorer.absorb(flows, batch, scores, isSuspect: isSuspect)
        for (place, flow) in flows.enumerated() {
            baselines.learn(flow, isSuspect: !isSuspect.isEmpty && isSuspect[place])
        }
    }

    mutating func take(_ count: Int, of stream: inout LiveStream) {
        var left = count
        while left > 0 {
            take(stream.next(min(8192, left)))
            left -= 8192
        }
    }

    mutating func fit(_ learningProtocol: LearningProtocol, at time: Timestamp) throws {
        try scorer.install(ScoreModel.fit(on: baselines, protocol: learningProtocol), at: time)
    }

    /// The share of the flows since the last call with a p-value of `level` or less.
    mutating func takeRates() -> (percent: Double, permille: Double) {
        defer { pValues = [] }
        func share(_ level: Double) -> Double {
            Double(pValues.count { $0 <= level }) / Double(pValues.count)
        }
        return (share(0.01), share(0.001))
    }
}
