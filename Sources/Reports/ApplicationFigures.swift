import Anomalies
import Baselines
import Figures
import Flows
import Statistics

/// The figures of one application: histograms, radar and traffic maps.
struct ApplicationFigures {
    /// A drawing with the name of its file.
    struct Figure {
        let name: String
        let drawing: Drawing
    }

    let flows: LoadedFlows
    let analysis: PopulationAnalysis
    let geography: TrafficGeography
    /// The tier and the score of every member, as the figures show them.
    let tiers: [UInt8]
    let scores: [Double]
    let settings: AnalysisSettings

    /// The figures of a population, each ready to be rendered.
    func figures(of population: Int) -> [Figure] {
        let table = flows.table
        let (name, members) = (
            table.populations[population].name, table.populations[population].members
        )
        var figures = [Figure(name: "histograms", drawing: histograms(population).drawing())]
        if let classic = analysis.classics[population] {
            figures.append(Figure(name: "radar", drawing: radar(population, classic.score)))
        }
        for direction in [FlowDirection.inbound, .outbound]
        where table.directions[members].contains(direction) {
            let map = geography.map(
                title: "\(name): \(direction.name) traffic", of: members, direction: direction,
                in: table,
                tiers: tiers)
            figures.append(Figure(name: direction.name, drawing: map.drawing()))
        }
        return figures
    }

    /// The map of all traffic.
    func world() -> Drawing {
        geography.map(
            title: "All traffic", of: 0..<flows.table.count, direction: nil, in: flows.table,
            tiers: tiers
        ).drawing()
    }

    private func histograms(_ population: Int) -> HistogramGrid {
        let table = flows.table
        let members = table.populations[population].members
        let panels = BaselineMetric.all.indices.map { metric in
            let description = BaselineMetric.all[metric]
            let (unit, factor) = description.unit.axis
            let column = table.columns[metric]
            let histogram = Histogram(column.span.extracting(members), bins: settings.bins).scaled(
                by: factor)
            var markers: [HistogramGrid.Marker] = []
            if let summary = analysis.summaries[population][metric] {
                markers = [
                    .init(name: "mode", value: summary.mode * factor, line: .solid),
                    .init(name: "median", value: summary.median * factor, line: .dashed),
                ]
            }
            return HistogramGrid.Panel(
                title: description.phrase, unit: unit, histogram: histogram, markers: markers)
        }
        return HistogramGrid(
            title: table.populations[population].name,
            subtitle: "\(NumberText.grouped(members.count)) flows; nine metrics", panels: panels)
    }

    private func radar(_ population: Int, _ score: ClassicScore) -> Drawing {
        let table = flows.table
        let members = table.populations[population].members
        let metrics = BaselineMetric.scoredIndices
        let deviations = metrics.enumerated().map { scale, metric in
            score.deviations(of: members, in: table, metric: metric, scale: scale)
        }
        let largest = deviations.lazy.compactMap { $0.max() }.max() ?? 1
        var radar = RadarDensity(
            axes: metrics.map { BaselineMetric.all[$0].name },
            rim: RadarDensity.suitableRim(largest: largest))
        radar.add(
            deviations: deviations, tiers: Array(tiers[members]), opacities: opacities(members))
        return radar.drawing(
            title: "\(table.populations[population].name): deviations",
            subtitle:
                "\(NumberText.grouped(members.count)) flows; pseudo-sigmas from the mode, seven metrics"
        )
    }

    private func opacities(_ members: Range<Int>) -> [Double] {
        var least = Double.infinity
        var greatest = -Double.infinity
        for score in scores[members] where score.isFinite {
            least = min(least, score)
            greatest = max(greatest, score)
        }
        return scores[members].map { score in
            score.isFinite
                ? settings.alphaScaling.opacity(score: score, min: least, max: greatest) : 0
        }
    }
}

extension BaselineMetric.Unit {
    /// The unit of an axis and the factor that turns a value of the table into it.
    var axis: (unit: String, factor: Double) {
        switch self {
        case .microseconds: ("s", 1e-6)
        case .octets: ("B", 1)
        case .squareOctets: ("B²", 1)
        case .octetsPerSecond: ("B/s", 1)
        case .plain: ("", 1)
        }
    }
}

extension Histogram {
    /// The same counts on an axis in another unit.
    func scaled(by factor: Double) -> Histogram {
        guard factor != 1 else { return self }
        return Histogram(
            counts: counts, lower: lower * factor, upper: upper * factor, scale: scale,
            zeros: zeros,
            excluded: excluded)
    }
}
