package import Baselines
internal import Statistics

/// One part of the default score by itself, learnt from all flows of a table together: for
/// measurements, comparisons and tests.
package struct PartModel: Sendable {
    package let part: ScorePart
    private let model: PopulationModel
    private let metricCount: Int

    /// Learns from every member, or evenly spaced ones beyond `maximumFitted`, whatever their holdout.
    package init(
        _ part: ScorePart, learntFrom table: PopulationTable,
        configuration: ScoreConfiguration = ScoreConfiguration()
    ) {
        let configuration = configuration.checked
        let members = FittedSample.evenly(
            Array(0..<table.count), atMost: configuration.maximumFitted)
        var model = PopulationModel()
        model.fit(
            FittedSample(table, members: members), parts: [part],
            memorySize: part.isGlobal ? configuration.globalMemorySize : configuration.memorySize,
            isGlobal: true, configuration: configuration, name: "")
        if part == .globalTail {
            model.tail = TailSurprise(
                table.columns.map { column in
                    var histogram = LogLinearHistogram()
                    for value in column { histogram.add(value) }
                    return histogram
                })
        }
        self.part = part
        self.model = model
        metricCount = table.metrics.count
    }

    /// The raw scores of members of a table of the same metrics: higher is stranger.
    package func score(_ table: PopulationTable, members: Range<Int>) -> [Float] {
        precondition(table.metrics.count == metricCount, "the table has other metrics")
        var scorer = BlockScorer(model: model, parts: [part], metricCount: metricCount)
        var result: [Float] = []
        result.reserveCapacity(members.count)
        for start in stride(from: members.lowerBound, to: members.upperBound, by: ScoreBlock.rows) {
            scorer.score(table, start..<min(start + ScoreBlock.rows, members.upperBound))
            for row in 0..<scorer.count { result.append(scorer.rawScores[0][row >> 3][row & 7]) }
        }
        return result
    }
}
