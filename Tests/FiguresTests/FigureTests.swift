import Figures
import Foundation
import Testing

@Suite struct HistogramTests {
    @Test func `values fall into equal parts and the largest into the last`() {
        let values = [0.0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
        let histogram = Histogram(values.span, bins: 5)
        #expect(histogram.scale == .linear)
        #expect(histogram.counts == [2, 2, 2, 2, 3])
        #expect(histogram.count == 11)
        #expect((histogram.lower, histogram.upper) == (0, 10))
    }

    @Test func `heavy tails take a logarithmic axis with the zeros beside it`() {
        let values = [0.0, 0, 0, 1, 2, 5, 10, 100, 1000, 10000]
        let histogram = Histogram(values.span, bins: 4)
        #expect(histogram.scale == .logarithmic)
        #expect(histogram.zeros == 3)
        #expect(histogram.counts == [3, 1, 1, 2])
        #expect((histogram.lower, histogram.upper) == (1, 10000))
    }

    @Test(arguments: [1, 7, 64, 1000])
    func `the quick parts of a logarithmic axis are those of its borders`(bins: Int) {
        var generator = Sample.Generator(state: UInt64(bins))
        let values = (0..<5000).map { _ in
            Double(
                sign: .plus, exponent: .random(in: -900...900, using: &generator),
                significand: .random(in: 1..<2, using: &generator))
        }
        let histogram = Histogram(values.span, bins: bins, scale: .logarithmic)
        #expect(histogram.count == 5000)
        #expect(histogram.excluded == 0)
        let sorted = values.sorted()
        #expect((histogram.lower, histogram.upper) == (sorted[0], sorted[4999]))
        let (start, end) = (log2(sorted[0]), log2(sorted[4999]))
        let inner = (1..<bins).map { exp2(start + (end - start) * Double($0) / Double(bins)) }
        var counts = [Int](repeating: 0, count: bins)
        for value in values { counts[inner.count { $0 <= value }] += 1 }
        #expect(histogram.counts == counts)
    }

    @Test(
        arguments: [
            [], [3], [0], [-2, -2, -2], [1e300, -1e300], [1.7e308, -1.7e308, 0],
            [.leastNonzeroMagnitude, .leastNonzeroMagnitude],
            [.nan], [.infinity, -.infinity, 1, 2], [1, 1 + 0x1p-52],
            [0, .leastNonzeroMagnitude, 1.7e308],
            [0x1p-1030, 0x1p-1029], [.greatestFiniteMagnitude, .greatestFiniteMagnitude],
        ] as [[Double]], [nil, .linear, .logarithmic] as [Histogram.Scale?])
    func `every input makes an axis and every value is counted`(
        values: [Double], scale: Histogram.Scale?
    ) {
        for bins in [-1, 1, 2, 60] {
            let histogram = Histogram(values.span, bins: bins, scale: scale)
            #expect(histogram.lower < histogram.upper)
            #expect(histogram.lower.isFinite && histogram.upper.isFinite)
            #expect(histogram.count + histogram.excluded == values.count)
        }
    }

    @Test func `counts made elsewhere are taken, a senseless axis is not`() {
        let histogram = Histogram(
            counts: [1, 2], lower: -1, upper: .infinity, scale: .logarithmic, zeros: 4)
        #expect((histogram.lower, histogram.upper) == (0, 1))
        #expect(histogram.scale == .linear)
        #expect(histogram.count == 7)
    }

    @Test(
        arguments: [
            (0, "s", "0 s"), (0.0032, "s", "3.2 ms"), (0.0000451, "s", "45.1 µs"),
            (1234, "s", "1,234 s"),
            (999.9996, "", "1 k"), (1_234_567, "", "1.23 M"), (1_500, "B", "1.5 kB"),
            (0.25, "B", "0.25 B"),
            (1e300, "B", "1e300 B"), (-1e300, "", "-1e300"),
            (.leastNonzeroMagnitude, "s", "4.94e-324 s"),
            (-40, "", "-40"), (.infinity, "s", "∞"), (.nan, "", "–"), (9.999e14, "", "1e15"),
            (1e9, "s", "1e9 s"), (0.04, "", "0.04"),
        ] as [(Double, String, String)])
    func `numbers read well`(value: Double, unit: String, text: String) {
        #expect(NumberText.prefixed(value, unit: unit) == text)
    }

    @Test func `counts and shares read well`() {
        #expect(NumberText.grouped(1_234_567) == "1,234,567")
        #expect(NumberText.grouped(-999) == "-999")
        #expect(NumberText.grouped(.min) == "-9,223,372,036,854,775,808")
        #expect(NumberText.percent(0.12345) == "12.3 %")
        #expect(NumberText.percent(0.00042) == "0.04 %")
        #expect(NumberText.percent(1e-9) == "< 0.01 %")
        #expect(NumberText.percent(0) == "0 %")
    }

    @Test func `a single count is seen beside a million`() throws {
        let grid = HistogramGrid(
            title: "t", subtitle: "s",
            panels: [
                .init(
                    title: "p", unit: "",
                    histogram: Histogram(
                        counts: [1_000_000, 0, 1], lower: 0, upper: 3, scale: .linear))
            ])
        let heights = grid.drawing().elements.compactMap { element -> [Double]? in
            guard case .path(let path, let fill?, _) = element, fill.role == .accent else {
                return nil
            }
            return path.segments.map { segment in
                guard case .rectangle(let bar) = segment else { return 0 }
                return bar.height
            }
        }
        let bars = try #require(heights.first)
        #expect(bars.count == 2)
        #expect(bars[1] > 3)
        #expect(bars[0] > 10 * bars[1])
    }
}

@Suite struct RadarTests {
    @Test func `batches add up to the whole`() {
        let axes = ["a", "b", "c"]
        let deviations = [[0.5, 1, 2], [1, 1, 9], [0, 0, 0.1]]
        var whole = RadarDensity(axes: axes)
        whole.add(deviations: deviations, tiers: [0, 1, 5], opacities: [0.1, 0.5, 1])
        var parts = RadarDensity(axes: axes)
        for row in 0..<3 {
            parts.add(
                deviations: deviations.map { $0[row...row] }, tiers: [0, 1, 5][row...row],
                opacities: [0.1, 0.5, 1][row...row])
        }
        #expect(whole.counts == [1, 1, 0, 0, 0, 1])
        #expect(
            whole.drawing(title: "", subtitle: "") == parts.drawing(title: "", subtitle: ""))
    }

    @Test func `deviations that are no number or too large lie on the rim`() {
        var radar = RadarDensity(axes: ["a", "b", "c"], rim: 10)
        radar.add(
            deviations: [[.nan, .infinity, -5, 3], [1, 1e300, 0, 1], [1, 10, -.infinity, 10.1]],
            tiers: [0, 9, 1, 2], opacities: [.nan, 7, -1, 0.5])
        #expect(radar.counts == [1, 1, 1, 0, 0, 1])
        #expect(radar.beyondRim == 3)
        #expect(radar.drawing(title: "", subtitle: "").elements.count > 10)
    }

    @Test(arguments: [3, 7, 16], RadarDensity.RadialScale.allCases)
    func `every number of axes and scale can be drawn`(
        axes: Int, scale: RadarDensity.RadialScale
    ) throws {
        var radar = RadarDensity(axes: (0..<axes).map { "axis \($0)" }, rim: 1e-3, scale: scale)
        let columns = (0..<axes).map { axis in
            (0..<20000).map { Double($0 * (axis + 3) % 1009) / 1e6 }
        }
        let tiers = (0..<20000).map { UInt8($0 % 7) }
        radar.add(deviations: columns, tiers: tiers, opacities: columns[0])
        var renderer = FigureRenderer(theme: .light)
        _ = try PNGReader(renderer.png(radar.drawing(title: "t", subtitle: "s"), scale: 0.5))
    }

    @Test(arguments: Theme.allCases)
    func `one rare polygon is seen above a hundred thousand common ones`(theme: Theme) throws {
        var radar = RadarDensity(axes: Sample.axes, rim: 10)
        let count = 100_000
        let common = (0..<count).map { Double($0 % 400) / 40 }
        radar.add(
            deviations: Sample.axes.map { _ in common },
            tiers: [UInt8](repeating: 0, count: count),
            opacities: [Double](repeating: 1, count: count))
        radar.add(
            deviations: Sample.axes.map { _ in [3] }, tiers: [5], opacities: [1])
        let drawing = radar.drawing(title: "t", subtitle: "s")
        var renderer = FigureRenderer(theme: theme)
        let picture = try PNGReader(renderer.png(drawing, scale: 1))
        #expect(reds(in: picture) > 300)
    }

    @Test(arguments: Theme.allCases)
    func `a dense rare tier is seen above a dense common one`(theme: Theme) throws {
        var radar = RadarDensity(axes: Sample.axes, rim: 10)
        let columns = Sample.axes.indices.map { axis in
            (0..<200_000).map { Double($0 * (2 * axis + 7) % 1000) / 100 }
        }
        let tiers = (0..<200_000).map { UInt8($0 % 100 == 0 ? 5 : 0) }
        radar.add(
            deviations: columns, tiers: tiers,
            opacities: [Double](repeating: 0.5, count: tiers.count))
        var renderer = FigureRenderer(theme: theme)
        let picture = try PNGReader(
            renderer.png(radar.drawing(title: "t", subtitle: "s"), scale: 1))
        #expect(reds(in: picture) > 5000)
    }

    /// Pixels of the plot that are more red than blue and green.
    private func reds(in picture: PNGReader) -> Int {
        var reds = 0
        for y in 100..<560 {
            for x in 100..<550 {
                let pixel = picture.pixel(x, y)
                let (red, green, blue) = (pixel >> 16 & 255, pixel >> 8 & 255, pixel & 255)
                if red > green + 30 && red > blue { reds += 1 }
            }
        }
        return reds
    }

    @Test func `a million polygons make no larger drawing than a thousand do`() {
        let few = InlineSVG.figure(Sample.radar(flows: 1000).drawing(title: "", subtitle: ""))
        let many = InlineSVG.figure(Sample.radar(flows: 200_000).drawing(title: "", subtitle: ""))
        #expect(many.utf8.count < 4 * few.utf8.count)
        #expect(many.utf8.count < 500_000)
    }

    @Test func `the key names every tier with its count`() {
        let drawing = Sample.radar(flows: 3000).drawing(title: "", subtitle: "")
        let texts = drawing.elements.compactMap { element -> String? in
            guard case .text(let text) = element else { return nil }
            return text.string
        }
        for mark in TierMark.all { #expect(texts.contains(mark.words)) }
        #expect(TierLegend(counts: [1]).counts == [1, 0, 0, 0, 0, 0])
        #expect(drawing.summary.contains("1 in 100,000: 1; 1 in 10,000: 0;"))
        let shapes = TierMark.all.map { $0.glyph(at: Point(0, 0), radius: 5) }
        for (index, shape) in shapes.enumerated() { #expect(!shapes[..<index].contains(shape)) }
    }

    @Test func `the rim is a round number`() {
        #expect(
            [0, 1, 3, 10, 42, 1e9, .nan].map(RadarDensity.suitableRim) == [1, 1, 5, 10, 50, 1e6, 1])
    }
}

@Suite struct WorldMapTests {
    @Test func `a place is on the earth or is none`() {
        #expect(GeographicPoint(latitude: 90, longitude: -180) != nil)
        #expect(GeographicPoint(latitude: 90.1, longitude: 0) == nil)
        #expect(GeographicPoint(latitude: .nan, longitude: 0) == nil)
        #expect(GeographicPoint(latitude: 0, longitude: .infinity) == nil)
    }

    @Test func `the outline fills its frame and no more`() {
        let outline = WorldMap.outline
        var points: [Point] = []
        for case .line(let point) in outline.path.segments { points.append(point) }
        #expect(points.count > 9000)
        #expect(points.allSatisfy { (-0.5...1000.5).contains($0.x) })
        #expect(points.allSatisfy { (-0.5...outline.height + 0.5).contains($0.y) })
        #expect((440...446).contains(outline.height))
    }

    @Test func `a line over the date line leaves at one side and comes back at the other`() {
        let map = map(to: [(36, 138)], site: (34, -118))
        let pieces = lines(map.drawing())
        #expect(pieces.count == 2)
        #expect(
            pieces.allSatisfy { piece in
                zip(piece, piece.dropFirst()).allSatisfy { abs($0.x - $1.x) < 100 }
            })
    }

    @Test func `lines stay within the map`() {
        for target in [(65.0, 100.0), (-45, 170), (-50, -70), (80, 0), (2.4, -76.6), (-2.4, 103.4)]
        {
            for piece in lines(map(to: [target], site: (2.4, -76.6)).drawing()) {
                #expect(piece.allSatisfy { (18...942).contains($0.x) && (65...476).contains($0.y) })
            }
        }
    }

    @Test func `without a site there are dots and a note`() {
        let drawing = Sample.map(site: false).drawing()
        #expect(lines(drawing).isEmpty)
        #expect(texts(drawing).contains("No site is set: dots without lines."))
        #expect(!texts(Sample.map(site: true).drawing()).contains { $0.contains("No site") })
    }

    @Test func `the largest places are kept and the others counted`() {
        var map = Sample.map(site: true, places: 60)
        map.maximumPlaces = 10
        let drawing = map.drawing()
        #expect(texts(drawing).contains { $0.hasPrefix("50 places with less") })
        #expect(drawing.summary.contains("place <59> 3,483"))
        #expect(!drawing.summary.contains("place <1> "))
    }

    @Test func `rarer tiers are drawn after commoner ones`() {
        var last = -1
        for element in Sample.map(site: true).drawing().elements {
            guard case .path(_, nil, let stroke?) = element, stroke.opacity < 1,
                case .tier(let tier) = stroke.role
            else { continue }
            #expect(tier >= last)
            last = tier
            if tier == 5 { break }
        }
        #expect(last == 5)
    }

    @Test func `senseless quantities are drawn at their least`() {
        var map = map(to: [(10, 10), (20, 20)], site: (0, 0))
        for (index, value) in [Double.nan, -1].enumerated() {
            map.places[index].traffic[0].width = value
            map.places[index].traffic[0].intensity = value * 0
        }
        #expect(texts(map.drawing()).contains("none"))
    }

    @Test func `lines whose widths differ in the last bit are drawn`() {
        var map = map(to: [(10, 20), (30, 40)], site: (0, 0))
        for (place, value) in [5000.0, 5000.0.nextUp].enumerated() {
            map.places[place].traffic[0].width = value
            map.places[place].traffic[0].intensity = value
        }
        #expect(lines(map.drawing()).count == 2)
    }

    private func map(to targets: [(Double, Double)], site: (Double, Double)) -> WorldMap {
        WorldMap(
            title: "t", subtitle: "s",
            places: targets.map { latitude, longitude in
                .init(
                    position: GeographicPoint(latitude: latitude, longitude: longitude)!, label: "",
                    traffic: [.init(tier: 0, count: 3, width: 1, intensity: 1)])
            },
            site: GeographicPoint(latitude: site.0, longitude: site.1),
            width: .init(name: "w", unit: "s"), intensity: .init(name: "i", unit: ""))
    }

    /// The pieces of the lines to places, which alone are strokes of tiers with an opacity below 1
    /// and above the key.
    private func lines(_ drawing: Drawing) -> [[Point]] {
        var pieces: [[Point]] = []
        for element in drawing.elements {
            guard case .path(let path, nil, let stroke?) = element, stroke.opacity < 1,
                case .tier = stroke.role
            else { continue }
            for segment in path.segments {
                if case .move(let point) = segment { pieces.append([point]) }
                if case .line(let point) = segment { pieces[pieces.count - 1].append(point) }
            }
        }
        return pieces.filter { $0.contains { $0.y < 480 } }
    }

    private func texts(_ drawing: Drawing) -> [String] {
        drawing.elements.compactMap { element in
            guard case .text(let text) = element else { return nil }
            return text.string
        }
    }
}
