import FlowFormats

/// The nine metrics of a batch, in the registry's order, made from the columns of its table.
struct MetricColumns {
    private(set) var columns: [[Double]]

    init(_ batch: TableBatch, _ sources: FlowColumns) {
        let values = sources.metricPlaces.map { batch.numbers[$0] }
        let (rate, duration) = (values[0], values[1])
        let volume: [Double]
        switch sources.volume {
        case .octets(let initiator, let responder):
            let (sent, received) = (batch.numbers[initiator], batch.numbers[responder])
            volume = sent.indices.map { sent[$0] + received[$0] }
        case .rateTimesDuration:
            volume = rate.indices.map { rate[$0] * duration[$0] }
        }
        columns = [rate, duration, volume] + values.dropFirst(2)
    }

    /// Whether every metric of a row is finite.
    func finiteRows() -> [Bool] {
        var finite = [Bool](repeating: true, count: columns[0].count)
        for column in columns {
            for row in column.indices where !column[row].isFinite { finite[row] = false }
        }
        return finite
    }

    /// Moves the kept rows of a metric to `target` and returns how many of them are not finite.
    mutating func move(_ metric: Int, _ kept: [Int32], to target: inout [Double]) -> Int {
        let column = columns[metric]
        columns[metric] = []
        var nonFinite = 0
        target.reserveCapacity(kept.count)
        for row in kept {
            let value = column[Int(row)]
            if !value.isFinite { nonFinite += 1 }
            target.append(value)
        }
        return nonFinite
    }
}
