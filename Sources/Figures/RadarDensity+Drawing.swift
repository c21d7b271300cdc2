import Glibc

extension RadarDensity {
    /// The radar with rings, names and key, 860 units wide.
    ///
    /// Tiers with many edges are a picture of their density, the rarer laid over the commoner; from
    /// the tier on where all rarer ones have few edges, they are lines above it.
    package func drawing(title: String, subtitle: String) -> Drawing {
        var drawing = Drawing(
            width: 860, height: 610, name: title,
            summary: "\(subtitle). \(TierLegend(counts: counts).summary)")
        drawing.writeHeading(title, subtitle)
        let web = RadarWeb(self, center: Point(326, 340), radius: 225)
        web.drawRings(in: &drawing)
        drawTiers(in: &drawing, web: web)
        web.drawLabels(in: &drawing)
        drawKey(in: &drawing)
        return drawing
    }

    private func drawTiers(in drawing: inout Drawing, web: RadarWeb) {
        let edges = tallies.map { $0.edges() }
        var firstDrawnAsLines = 6
        while firstDrawnAsLines > 0 && edges[firstDrawnAsLines - 1].count <= 300 {
            firstDrawnAsLines -= 1
        }
        if let raster = raster(of: Array(edges[..<firstDrawnAsLines]), web: web) {
            let side = 2 * web.radius + 8
            drawing.add(
                raster,
                in: Rectangle(
                    x: web.center.x - side / 2, y: web.center.y - side / 2, width: side,
                    height: side))
        }
        for tier in firstDrawnAsLines..<6 {
            drawLines(edges[tier], mark: TierMark(tier: tier), in: &drawing, web: web)
        }
        for mark in TierMark.all { drawReach(of: mark, in: &drawing, web: web) }
    }

    /// The density of the tiers as pixels; nil where there are none.
    private func raster(of edges: [[EdgeTally.Edge]], web: RadarWeb) -> Raster? {
        guard edges.contains(where: { !$0.isEmpty }) else { return nil }
        var field = DensityField(side: 640)
        let scale = Double(field.side) / (2 * web.radius + 8)
        // Where each level of each axis is in the field.
        let points = (0..<axes.count * levels).map { index in
            let point = web.point(axis: index / levels, level: Double(index % levels))
            let middle = Double(field.side) / 2
            return Point(
                middle + (point.x - web.center.x) * scale, middle + (point.y - web.center.y) * scale
            )
        }
        for (tier, edges) in edges.enumerated() where !edges.isEmpty {
            for edge in edges {
                let (axis, from, to) = ends(of: edge)
                let weight = (0.25 + 0.75 * edge.meanOpacity) * log2(1 + Double(edge.count))
                field.addLine(
                    from: points[axis * levels + from],
                    to: points[(axis + 1) % axes.count * levels + to], weight: Float(weight))
            }
            field.settle(TierMark(tier: tier), count: counts[tier])
        }
        return field.raster
    }

    private func ends(of edge: EdgeTally.Edge) -> (axis: Int, from: Int, to: Int) {
        let square = levels * levels
        return (edge.cell / square, edge.cell % square / levels, edge.cell % levels)
    }

    /// One path for each of four steps of opacity.
    private func drawLines(
        _ edges: [EdgeTally.Edge], mark: TierMark, in drawing: inout Drawing, web: RadarWeb
    ) {
        var paths = [Path](repeating: Path(), count: 4)
        for edge in edges {
            let (axis, from, to) = ends(of: edge)
            paths[min(Int(edge.meanOpacity * 4), 3)].addLine(
                from: web.point(axis: axis, level: Double(from)),
                to: web.point(axis: (axis + 1) % axes.count, level: Double(to)))
        }
        // Few lines of a common tier need the strength that rare tiers always have.
        let crowd = edges.count > 100 ? 0.75 : 1
        for (step, path) in paths.enumerated() {
            let opacity = (0.45 + 0.15 * Double(step)) * (mark.tier < 3 ? crowd : 1)
            drawing.stroke(path, .init(mark.role, width: mark.lineWidth, opacity: opacity))
        }
    }

    /// The tier's shape where it reaches farthest on each axis, the rarer above the commoner.
    private func drawReach(of mark: TierMark, in drawing: inout Drawing, web: RadarWeb) {
        var glyphs = Path()
        for axis in axes.indices {
            let level = reach[mark.tier * axes.count + axis]
            guard level > 0 else { continue }
            glyphs.append(mark.glyph(at: web.point(axis: axis, level: Double(level)), radius: 4.2))
        }
        drawing.add(glyphs, fill: .init(mark.role), stroke: .init(.paper, width: 1))
    }

    private func drawKey(in drawing: inout Drawing) {
        let left = 644.0
        let width = drawing.width - left - 24
        drawing.write("Tiers", at: Point(left, 100), size: 13, isBold: true)
        TierLegend(counts: counts).drawColumn(in: &drawing, left: left, top: 110, width: width)
        var notes = ["A shape marks the farthest", "its tier reaches on an axis.", ""]
        switch scale {
        case .linear: notes += ["Rings in pseudo-sigmas."]
        case .squareRoot: notes += ["Rings in pseudo-sigmas,", "square root scale."]
        case .logarithmic: notes += ["Rings in pseudo-sigmas,", "logarithmic scale."]
        }
        if beyondRim > 0 {
            notes += ["", "\(NumberText.grouped(beyondRim)) beyond the rim", "drawn on it."]
        }
        for (line, note) in notes.enumerated() {
            drawing.write(
                note, at: Point(left, 268 + 16 * Double(line)), size: 11, role: .muted,
                maximumWidth: width)
        }
    }
}

/// The frame of a radar: where an axis and a level are.
struct RadarWeb {
    let center: Point
    let radius: Double
    private let axes: [String]
    private let levels: Int
    private let rim: Double
    private let scale: RadarDensity.RadialScale
    private let directions: [Point]

    /// Deviation 0 lies on a small ring, so that a polygon of zeros is still seen.
    private static let hub = 0.06

    init(_ radar: RadarDensity, center: Point, radius: Double) {
        self.center = center
        self.radius = radius
        axes = radar.axes
        levels = radar.levels
        rim = radar.rim
        scale = radar.scale
        directions = radar.axes.indices.map {
            let angle = 2 * Double.pi * Double($0) / Double(radar.axes.count)
            return Point(sin(angle), -cos(angle))
        }
    }

    func point(axis: Int, level: Double) -> Point {
        point(axis: axis, share: level / Double(levels - 1))
    }

    private func point(axis: Int, share: Double) -> Point {
        let distance = radius * (Self.hub + (1 - Self.hub) * share)
        return Point(
            center.x + directions[axis].x * distance, center.y + directions[axis].y * distance)
    }

    /// Round deviations at least a tenth of the radius apart, from the rim inwards.
    private var rings: [Double] {
        var rings = [rim]
        let top = scale.height(rim)
        for power in stride(from: Int(log10(rim).rounded(.up)), through: -7, by: -1) {
            for factor in [5.0, 2, 1] {
                let value = factor * pow(10, Double(power))
                let share = scale.height(value) / top
                let gap = scale.height(rings[rings.count - 1]) / top - share
                if value < rim && share > 0.12 && gap > 0.12 { rings.append(value) }
            }
        }
        return rings
    }

    func drawRings(in drawing: inout Drawing) {
        var web = Path()
        for value in rings + [0] {
            let share = scale.height(value) / scale.height(rim)
            web.addLines(axes.indices.map { point(axis: $0, share: share) }, closed: true)
        }
        let outer = axes.indices.map { point(axis: $0, share: 1) }
        var area = Path()
        area.addLines(outer, closed: true)
        drawing.fill(area, .init(.panel))
        for (axis, end) in outer.enumerated() {
            web.addLine(from: point(axis: axis, share: 0), to: end)
        }
        drawing.stroke(web, .init(.grid))
    }

    func drawLabels(in drawing: inout Drawing) {
        for (axis, name) in axes.enumerated() {
            let direction = directions[axis]
            let lines = twoLines(CleanText.clean(name, limit: 60))
            let anchor: Drawing.Text.Anchor =
                direction.x > 0.15 ? .start : direction.x < -0.15 ? .end : .middle
            let position = Point(
                center.x + direction.x * (radius + 12), center.y + direction.y * (radius + 16))
            // Lines grow away from the centre.
            let growth = (direction.y - 1) / 2 * Double(lines.count - 1)
            for (line, text) in lines.enumerated() {
                drawing.write(
                    text,
                    at: Point(position.x, position.y + 4.5 + (growth + Double(line)) * 14),
                    size: 12, anchor: anchor, isBold: true,
                    maximumWidth: anchor == .middle ? 200 : 96)
            }
        }
        for value in rings {
            // Half way between the first two axes, where no polygon has a corner.
            let share = scale.height(value) / scale.height(rim)
            let first = point(axis: 0, share: share)
            let second = point(axis: 1, share: share)
            drawing.write(
                NumberText.prefixed(value),
                at: Point((first.x + second.x) / 2, (first.y + second.y) / 2 + 4), size: 11,
                role: .ink, anchor: .middle, hasHalo: true)
        }
    }

    /// The words on one line or two of about the same length.
    private func twoLines(_ text: String) -> [String] {
        guard text.count > 10 else { return [text] }
        let middle = text.count / 2
        let spaces = text.enumerated().filter { $0.element == " " }.map(\.offset)
        guard let split = spaces.min(by: { abs($0 - middle) < abs($1 - middle) }) else {
            return [text]
        }
        return [String(text.prefix(split)), String(text.dropFirst(split + 1))]
    }
}
