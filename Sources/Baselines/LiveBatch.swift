package import Flows

/// Some observed flows, grouped into populations as the models want them.
package struct LiveBatch: Sendable {
    /// The flows that have metrics; a member's row is its flow's place in the batch.
    package let table: PopulationTable
    /// The keys of the table's populations, in their order.
    package let keys: [PopulationKey]
    /// ``FlowKey/stableHash`` of every flow, by its place.
    package let flowKeyHashes: [UInt64]

    /// - Parameters:
    ///   - contexts: the values of the context metrics of all flows, flow by flow.
    ///   - contextMetrics: their names.
    package init(
        _ flows: [ObservedFlow], contexts: [Float] = [], contextMetrics: [String] = []
    ) {
        precondition(
            contexts.count == flows.count * contextMetrics.count,
            "a context metric without a value")
        let metrics = BaselineMetric.all.map(\.name) + contextMetrics
        var members = PopulationBuilder.Members(metricCount: metrics.count)
        var codes: [PopulationKey: UInt32] = [:]
        var names: [String] = []
        var hashes: [UInt64] = []
        hashes.reserveCapacity(flows.count)
        // Of nine metrics each, flow by flow.
        var own: [Float] = []
        own.reserveCapacity(9 * flows.count)
        for (row, flow) in flows.enumerated() {
            let hash = flow.key.stableHash
            hashes.append(hash)
            guard let values = flow.metrics else { continue }
            let key = PopulationKey(scope: flow.scope, application: flow.application)
            let code = codes[key] ?? UInt32(names.count)
            if code == names.count {
                codes[key] = code
                names.append(key.name)
            }
            members.populations.append(code)
            members.rows.append(UInt32(row))
            members.directions.append(flow.direction)
            members.holdouts.append(UInt8(truncatingIfNeeded: hash % 10))
            for metric in 0..<9 { own.append(Float(values[metric])) }
        }
        // In single precision, as they are learnt.
        let count = members.rows.count
        members.publicEnds = Array(repeating: .max, count: count)
        for metric in 0..<9 {
            members.columns[metric] = (0..<count).map { Double(own[9 * $0 + metric]) }
        }
        for metric in contextMetrics.indices {
            members.columns[9 + metric] = members.rows.map {
                Double(contexts[Int($0) * contextMetrics.count + metric])
            }
        }
        var builder = PopulationBuilder(metrics: metrics)
        builder.append(members)
        let table = builder.finish(names: names)
        self.table = table
        keys = table.populations.map { population in
            let flow = flows[Int(table.rows[population.members.lowerBound])]
            return PopulationKey(scope: flow.scope, application: flow.application)
        }
        flowKeyHashes = hashes
    }

    /// The metrics of a member.
    package func values(of member: Int) -> [Float] { table.columns.map { Float($0[member]) } }
}
