import Anomalies
import Baselines
import Flows
import Foundation
import NetworkTypes

/// Flows in the order of their ends, counted and scored in portions as a running service does.
struct ContextStream {
    /// Nine metrics, application, initiator, responder, its port, protocol, end in seconds, whether it failed.
    static let columnCount = 16
    /// Flows that are judged together.
    private static let portion = LiveScorer.portion
    private static let contextNames = ContextCounters.metrics.map(\.name)

    private let numbers: Numbers
    private let applications: [String]

    init(_ numbers: Numbers) {
        self.numbers = numbers
        let count = Int(numbers.columns[9].max() ?? 0) + 1
        applications = (0..<count).map { "application \($0)" }
    }

    private func flow(_ row: Int) -> ObservedFlow {
        func number(_ column: Int) -> Double { numbers.columns[column][row] }
        func end(_ net: UInt32, _ column: Int, port: UInt16) -> FlowEnd {
            FlowEnd(address: IPAddress(ipv4: net + UInt32(number(column))), port: port)
        }
        let time = Timestamp(nanoseconds: Int64(number(14) * 1e6) * 1000)
        var flow = ObservedFlow(
            key: FlowKey(
                initiator: end(0x0a00_0000, 10, port: UInt16(truncatingIfNeeded: row &* 7919)),
                responder: end(0x5000_0000, 11, port: UInt16(number(12))),
                protocolNumber: UInt8(number(13))),
            start: Timestamp(nanoseconds: time.nanoseconds - Int64(number(1)) * 1000), end: time,
            application: applications[Int(number(9))],
            outcome: number(15) == 1 ? .unanswered : .established, forward: .init(),
            backward: .init())
        var metrics = [9 of Double](repeating: 0)
        for metric in 0..<9 { metrics[metric] = number(metric) }
        flow.metrics = metrics
        return flow
    }

    private func forEachPortion(_ body: ([ObservedFlow]) -> Void) {
        for start in stride(from: 0, to: numbers.rowCount, by: Self.portion) {
            body((start..<min(start + Self.portion, numbers.rowCount)).map { flow($0) })
        }
    }

    /// A scorer that has learnt and been calibrated on all flows.
    func learn(_ learningProtocol: LearningProtocol) throws -> LiveScorer {
        var context = ContextCounters()
        var baselines = LiveBaselines(featureMode: "table", contextMetrics: Self.contextNames)
        var scorer = LiveScorer(featureMode: "table", metrics: baselines.metrics)
        forEachPortion { flows in
            let values = flows.flatMap { context.observe($0) }
            let batch = LiveBatch(flows, contexts: values, contextMetrics: Self.contextNames)
            scorer.absorb(flows, batch, nil)
            for (place, flow) in flows.enumerated() {
                let width = Self.contextNames.count
                baselines.learn(
                    flow, context: Array(values[(place * width)..<((place + 1) * width)]))
            }
        }
        let end = flow(numbers.rowCount - 1).end
        try scorer.install(ScoreModel.fit(on: baselines, protocol: learningProtocol), at: end)
        return scorer
    }

    /// Counts and scores all flows.
    func score(by scorer: LiveScorer) -> (seconds: Double, check: Double) {
        var context = ContextCounters()
        var (seconds, check) = (0.0, 0.0)
        forEachPortion { flows in
            let start = cpuSeconds()
            let values = context.observe(flows)
            let batch = LiveBatch(flows, contexts: values, contextMetrics: Self.contextNames)
            let scores = scorer.score(batch)
            seconds += cpuSeconds() - start
            check += scores?.scores.reduce(0, +) ?? 0
        }
        return (seconds, check)
    }

    /// Writes the twenty metrics of all flows, one column after the other, for programs that cannot count.
    func writeColumns(to path: String) throws {
        var context = ContextCounters()
        var columns = Array(numbers.columns[..<9])
        columns += Self.contextNames.map { _ in [] }
        forEachPortion { flows in
            for flow in flows {
                for (place, value) in context.observe(flow).enumerated() {
                    columns[9 + place].append(Double(value))
                }
            }
        }
        var data = Data()
        for column in columns { column.withUnsafeBytes { data.append(contentsOf: $0) } }
        try data.write(to: URL(filePath: path))
    }
}
