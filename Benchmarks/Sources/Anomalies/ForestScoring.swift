package import Baselines
internal import Statistics

/// The isolation forest alone, from the metrics of flows to scores and contributions, on the path that
/// the default score takes. For the benchmark; not part of the product.
package struct ForestScoring {
    private let scales: MetricScales
    private let forest: IsolationForest

    package init(fittedOn table: PopulationTable, treeCount: Int) {
        let sample = FittedSample(table, members: Array(0..<table.count))
        var generator = SeededGenerator(seed: 1)
        scales = MetricScales(fittedOn: sample)
        forest = IsolationForest(
            fittedOn: sample, scales: scales, treeCount: treeCount, generator: &generator)
    }

    package func scores(of table: PopulationTable) -> [Float] {
        var block = ScoreBlock(metricCount: table.metrics.count)
        var scratch = IsolationForest.Scratch()
        var raw = [Lanes](repeating: .zero, count: ScoreBlock.vectors)
        var contributions = block.ownUnits
        var scores: [Float] = []
        scores.reserveCapacity(table.count)
        for start in stride(from: 0, to: table.count, by: ScoreBlock.rows) {
            block.load(table, start..<min(start + ScoreBlock.rows, table.count))
            scales.apply(to: block.logs, into: &block.ownUnits)
            forest.score(
                block.ownUnits, rows: block.count, scratch: &scratch, scores: &raw,
                contributions: &contributions)
            for row in 0..<block.count { scores.append(raw[row >> 3][row & 7]) }
        }
        return scores
    }
}
