internal import Baselines
internal import Statistics

/// What was learnt of one application, or of all flows together.
///
/// Parts for which there were too few flows are `nil`: the model of all flows stands in for them.
struct PopulationModel {
    /// Flows seen, those of the calibration included.
    var memberCount = 0
    /// Flows that could be fitted (neither calibrates).
    var fittedCount = 0
    var scales: MetricScales?
    var density: LogHistogramDensity?
    var covariance: MahalanobisDistance?
    var neighbours: NeighbourMemory?
    var forest: IsolationForest?
    var sparse: SparseNeighbours?
    /// The values of each metric, for sentences and tails; empty where there were too few.
    var histograms: [LogLinearHistogram] = []
    var tail: TailSurprise?

    /// Fits the parts that `parts` asks for.
    mutating func fit(
        _ sample: FittedSample, parts: [ScorePart], memorySize: Int, isGlobal: Bool,
        configuration: ScoreConfiguration, name: String
    ) {
        let hasShape = isGlobal || sample.count >= configuration.minimumForShape
        if parts.contains(.density) { density = LogHistogramDensity(fittedOn: sample) }
        guard hasShape else { return }
        let scales = MetricScales(fittedOn: sample)
        self.scales = scales
        var generator = SeededGenerator(seed: configuration.seed, name: name)
        if parts.contains(.covariance) {
            covariance = MahalanobisDistance(fittedOn: sample, scales: scales)
        }
        if parts.contains(.neighbours) || parts.contains(.globalNeighbours) {
            let places = generator.sample(memorySize, below: sample.count)
            neighbours = NeighbourMemory(
                metricCount: sample.metricCount,
                points: places.flatMap { scales.units(of: $0, in: sample) })
        }
        if parts.contains(.sparseNeighbours) {
            var points: [Float] = []
            for _ in 0..<SparseNeighbours.sampleCount where sample.count > 0 {
                let places = generator.sample(SparseNeighbours.sampleSize, below: sample.count)
                for index in 0..<SparseNeighbours.sampleSize {
                    // Fewer flows than a sample has places fill it by coming again.
                    let place = places[index % places.count]
                    points.append(contentsOf: scales.units(of: place, in: sample))
                }
            }
            sparse = SparseNeighbours(metricCount: sample.metricCount, points: points)
        }
        if parts.contains(.forest) {
            forest = IsolationForest(
                fittedOn: sample, scales: scales, treeCount: configuration.treeCount,
                generator: &generator)
        }
    }
}
