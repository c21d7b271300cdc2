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
        for (row, flow) in flows.enumerated() {
            let hash = flow.key.stableHash
            hashes.append(hash)
            guard let values = flow.metrics else { continue }
            let key = PopulationKey(scope: flow.scope, application: flow.application)
            if let code = codes[key] {
                members.populations.append(code)
            } else {
                codes[key] = UInt32(names.count)
                members.populations.append(UInt32(names.count))
                names.append(key.name)
            }
            members.rows.append(UInt32(row))
            members.directions.append(flow.direction)
            members.holdouts.append(UInt8(truncatingIfNeeded: hash % 10))
            members.publicEnds.append(.max)
            // In single precision, as they are learnt.
            for metric in 0..<9 { members.columns[metric].append(Double(Float(values[metric]))) }
            for metric in contextMetrics.indices {
                members.columns[9 + metric].append(
                    Double(contexts[row * contextMetrics.count + metric]))
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
