private import FlowFormats
private import Flows
private import NetworkTypes
private import Reports
package import Simulation

/// `ntds simulate campus`: writes the flows of a hosted campus, its address resolution and its ground truth.
package struct CampusSimulation {
    private let configuration: HostedCampus.Configuration
    /// Observations between two looks at the user's wishes.
    private static let stepSize = 16_384

    package init(_ configuration: HostedCampus.Configuration) {
        self.configuration = configuration
    }

    /// What was written.
    package struct Outcome: Sendable {
        package let tablePath: String
        /// Questions and answers of address resolution, a JSON object a line.
        package let eventsPath: String
        package let truthPath: String
        package fileprivate(set) var flowCount = 0
        package fileprivate(set) var lookupCount = 0
        package fileprivate(set) var eventCount = 0
        package fileprivate(set) var attacks: [HostedAttack] = []
    }

    /// - Parameter path: ends in `.csv` or `.parquet`; the other files get `.events.jsonl` and `.attacks.jsonl`
    ///   instead.
    package func perform(path: String, isQuiet: Bool) throws -> Outcome {
        if path.hasSuffix(".parquet") {
            var writer = try ParquetWriter(path: path)
            let outcome = try write(path: path, isQuiet: isQuiet) { try writer.write($0) }
            try writer.finish()
            return outcome
        }
        var writer = try CSVWriter(path: path)
        let outcome = try write(path: path, isQuiet: isQuiet) { try writer.write($0) }
        try writer.finish()
        return outcome
    }

    /// Writes all but the end of the table.
    private func write(
        path: String, isQuiet: Bool, to write: (FlowBatch) throws -> Void
    ) throws -> Outcome {
        let interruption = Interruption()
        var bar = ProgressBar(isQuiet: isQuiet)
        defer { bar.clear() }
        var campus = HostedCampus(configuration)
        let truthPath = GroundTruthFile.path(beside: path)
        let eventsPath = String(truthPath.dropLast("attacks.jsonl".count)) + "events.jsonl"
        var events = try AtomicFile(path: eventsPath)
        var table = CampusTable()
        var outcome = Outcome(
            tablePath: path, eventsPath: eventsPath,
            truthPath: truthPath)
        while true {
            let observations = campus.next(limit: Self.stepSize)
            guard let last = observations.last else { break }
            try interruption.check()
            for (observation, attack) in zip(observations, campus.lastAttackNumbers) {
                switch observation {
                case .flow(let flow):
                    outcome.flowCount += 1
                    if table.isFull { try write(table.takeBatch()) }
                    table.append(flow, label: attack.map { campus.attacks[$0].kind.rawValue })
                case .lookup(let lookup):
                    outcome.lookupCount += 1
                    table.annotate(with: lookup)
                case .addressQuery(let query):
                    outcome.eventCount += 1
                    try events.write(Self.jsonLine(query))
                }
            }
            bar.show(progress(last.timestamp, in: campus.span, flows: outcome.flowCount))
        }
        try write(table.takeBatch())
        try events.finish()
        outcome.attacks = campus.attacks
        _ = try GroundTruthFile.write(HostedAttack.jsonLines(campus.attacks), beside: path)
        return outcome
    }

    private func progress(
        _ time: Timestamp, in span: Range<Int64>, flows: Int
    ) -> AnalysisProgress {
        let done = Double(time.nanoseconds - span.lowerBound) / Double(span.count)
        return AnalysisProgress(
            stage: "simulating", fraction: min(max(done, 0), 1), count: flows, unit: "flows")
    }

    /// A message of address resolution as a line.
    private static func jsonLine(_ query: AddressQuery) -> String {
        let digits = String(query.senderMAC, radix: 16)
        let padded = Array(String(repeating: "0", count: max(0, 12 - digits.count)) + digits)
        let hardware = stride(from: 0, to: 12, by: 2).map { String(padded[$0...$0 + 1]) }
            .joined(separator: ":")
        return """
            {"event":"arp","time":"\(query.timestamp)","operation":\(query.isRequest ? 1 : 2),\
            "senderMAC":"\(hardware)","senderAddress":"\(query.sender)",\
            "targetAddress":"\(query.target)"}

            """
    }
}
