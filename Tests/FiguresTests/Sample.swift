import Figures

/// Plausible pictures for the tests.
enum Sample {
    /// A small generator, the same on every run.
    struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
            return mixed ^ mixed >> 31
        }
    }

    static let axes = ["rate", "duration", "volume", "size", "ratio", "forward", "backward"]

    static func radar(flows: Int) -> RadarDensity {
        var generator = Generator(state: 7)
        var radar = RadarDensity(axes: axes)
        let deviations = axes.map { _ in
            (0..<flows).map { _ in 4 / Double.random(in: 0.3...40, using: &generator) }
        }
        let tiers = (0..<flows).map { UInt8(min($0.trailingZeroBitCount / 3, 5)) }
        radar.add(
            deviations: deviations, tiers: tiers, opacities: tiers.map { Double($0) / 10 + 0.3 })
        return radar
    }

    static func map(site: Bool, places: Int = 40) -> WorldMap {
        var generator = Generator(state: 3)
        let places = (0..<places).map { index in
            WorldMap.Place(
                position: GeographicPoint(
                    latitude: .random(in: -50...80, using: &generator),
                    longitude: .random(in: -180...180, using: &generator))!,
                label: "place <\(index)>",
                traffic: [
                    .init(tier: 0, count: 1 + index * index, width: 0.1, intensity: 10),
                    .init(tier: index % 6, count: 1, width: Double(index), intensity: 1e6),
                ])
        }
        return WorldMap(
            title: "map", subtitle: "sample", places: places,
            site: site ? GeographicPoint(latitude: 2.4, longitude: -76.6) : nil,
            width: .init(name: "mean duration", unit: "s"),
            intensity: .init(name: "mean rate", unit: "B/s"))
    }

    static var figures: [Drawing] {
        let odd: [[Double]] = [
            [], [5], [7, 7, 7], [1e300, -1.7e308, 1.7e308], [0, 0, 1e-12, 5, 1e9],
            [.nan, .infinity, 3], [.leastNonzeroMagnitude, 1], [-3, -2, 8],
            (0..<500).map { 1e9 + Double($0) },
        ]
        let grid = HistogramGrid(
            title: "<odd> & \"quoted\"", subtitle: "n",
            panels: odd.enumerated().map { index, values in
                .init(
                    title: "panel \(index)", unit: ["s", "B/s", "", "B²"][index % 4],
                    histogram: Histogram(values.span, bins: 40),
                    markers: [
                        .init(name: "mode", value: values.first ?? .nan, line: .dashed),
                        .init(name: "median", value: values.last ?? 0, line: .solid),
                    ])
            })
        let bars = BarChart(
            title: "ranking", subtitle: "by count",
            bars: [3, 2, .nan, 0, -1, .infinity].map {
                .init(label: "a & b", value: $0, note: "1 < 2")
            })
        return [
            grid.drawing(), bars.drawing(limit: 4),
            radar(flows: 1).drawing(title: "", subtitle: ""),
            radar(flows: 5000).drawing(title: "r", subtitle: "s"), map(site: true).drawing(),
            map(site: false).drawing(), map(site: true, places: 0).drawing(),
        ]
    }
}
