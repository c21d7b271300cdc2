/// A world map of places and the lines from a site to each.
///
/// A place's dot grows with its count and each tier adds its shape; a line's width and opacity tell
/// two quantities the caller names. Rarer tiers lie above commoner ones.
package struct WorldMap: Sendable {
    /// What one tier has at one place.
    package struct Traffic: Sendable {
        package var tier: Int
        package var count: Int
        /// Told by the line's width; nil or not above 0 for the thinnest.
        package var width: Double?
        /// Told by the line's opacity; nil or not above 0 for the faintest.
        package var intensity: Double?

        package init(tier: Int, count: Int, width: Double?, intensity: Double?) {
            self.tier = min(max(tier, 0), 5)
            self.count = max(count, 0)
            self.width = width
            self.intensity = intensity
        }
    }

    package struct Place: Sendable {
        package var position: GeographicPoint
        package var label: String
        package var traffic: [Traffic]

        package init(position: GeographicPoint, label: String, traffic: [Traffic]) {
            self.position = position
            self.label = label
            self.traffic = traffic
        }

        var count: Int { traffic.reduce(0) { $0 &+ $1.count } }
        var rarest: Int { traffic.lazy.filter { $0.count > 0 }.map(\.tier).max() ?? 0 }
    }

    /// What a line's width or opacity stands for, as in "mean duration" in "s".
    package struct Quantity: Sendable {
        package var name: String
        package var unit: String

        package init(name: String, unit: String) {
            self.name = name
            self.unit = unit
        }
    }

    /// The world's outline, which a page with maps holds once.
    package static let outline = {
        let projection = WorldProjection(left: 0, top: 0, width: 1000)
        var path = Path()
        for ring in WorldOutline.rings() {
            path.addLines(ring.map(projection.point), closed: true)
        }
        return Drawing.Symbol(
            identifier: "world", width: 1000, height: 1000 * WorldProjection.aspect, path: path)
    }()

    package var title: String
    package var subtitle: String
    package var places: [Place]
    /// Where the lines start; nil for dots alone.
    package var site: GeographicPoint?
    package var width: Quantity
    package var intensity: Quantity
    /// Said below the map, as in how many had no position.
    package var note = ""
    /// The places with the most are drawn, the others only counted.
    package var maximumPlaces = 5000

    package init(
        title: String, subtitle: String, places: [Place], site: GeographicPoint?, width: Quantity,
        intensity: Quantity
    ) {
        self.title = title
        self.subtitle = subtitle
        self.places = places
        self.site = site
        self.width = width
        self.intensity = intensity
    }

    package func drawing() -> Drawing {
        let projection = WorldProjection(left: 20, top: 66, width: 920)
        let bottom = projection.frame.maxY
        let isShown = { (place: Place) in projection.shows(latitude: place.position.latitude) }
        // The largest first; with equal counts the order given.
        let visible = places.filter { isShown($0) && $0.count > 0 }.enumerated()
            .sorted { ($1.element.count, $0.offset) < ($0.element.count, $1.offset) }
            .map(\.element)
        let shown = Array(visible.prefix(max(maximumPlaces, 0)))
        let notes = notes(hidden: places.count - shown.count)
        var drawing = Drawing(
            width: 960, height: (bottom + (notes.isEmpty ? 84 : 108)).rounded(.up), name: title)
        var counts = [Int](repeating: 0, count: 6)
        for traffic in shown.lazy.flatMap(\.traffic) { counts[traffic.tier] &+= traffic.count }
        let legend = TierLegend(counts: counts)
        drawing.summary =
            "\(subtitle). \(legend.summary). Most: "
            + shown.prefix(5).map { "\($0.label) \(NumberText.grouped($0.count))" }
            .joined(separator: ", ")

        drawing.writeHeading(title, subtitle)
        drawWorld(in: &drawing, projection: projection)
        let scales = LineScales(shown)
        drawLines(to: shown, in: &drawing, projection: projection, scales: scales)
        drawDots(shown, in: &drawing, projection: projection)
        if let site, projection.shows(latitude: site.latitude) {
            let point = projection.point(site)
            var ring = Path()
            ring.add(.circle(point, radius: 5))
            drawing.add(ring, fill: .init(.paper), stroke: .init(.ink, width: 2))
        }
        writeLabels(shown, in: &drawing, projection: projection)
        legend.drawRow(in: &drawing, left: 24, y: bottom + 28, width: 912)
        drawKey(in: &drawing, y: bottom + 58, scales: scales)
        drawing.write(
            notes, at: Point(24, bottom + 92), size: 11, role: .muted,
            maximumWidth: drawing.width - 48)
        return drawing
    }

    private func drawWorld(in drawing: inout Drawing, projection: WorldProjection) {
        var edge = Path()
        edge.addLines(projection.edge, closed: true)
        drawing.fill(edge, .init(.water))
        drawing.stroke(projection.graticule, .init(.grid, width: 0.6))
        drawing.add(
            Self.outline, in: projection.frame, fill: .init(.land),
            stroke: .init(.border, width: 0.6))
    }

    /// One path for each tier, step of width and step of opacity: few elements, and where hundreds
    /// of lines meet they do not add up to a blot.
    private func drawLines(
        to places: [Place], in drawing: inout Drawing, projection: WorldProjection,
        scales: LineScales
    ) {
        guard let site else { return }
        let widths = LineScales.widths.count
        let opacities = LineScales.opacities.count
        var paths = [Path](repeating: Path(), count: 6 * widths * opacities)
        for place in places {
            let arc = projection.arc(from: site, to: place.position)
            for traffic in place.traffic where traffic.count > 0 {
                let width = scales.width.step(of: traffic.width, steps: widths)
                let opacity = scales.intensity.step(of: traffic.intensity, steps: opacities)
                let index = (traffic.tier * widths + width) * opacities + opacity
                for piece in arc { paths[index].addLines(piece, closed: false) }
            }
        }
        // Within a tier the wide first, so that the narrow stay seen on them.
        for mark in TierMark.all {
            for width in (0..<widths).reversed() {
                for opacity in 0..<opacities {
                    drawing.stroke(
                        paths[(mark.tier * widths + width) * opacities + opacity],
                        .init(
                            mark.role, width: LineScales.widths[width],
                            opacity: LineScales.opacities[opacity]))
                }
            }
        }
    }

    /// Each tier's shapes above those of the commoner ones, sized by their count.
    private func drawDots(
        _ places: [Place], in drawing: inout Drawing, projection: WorldProjection
    ) {
        for mark in TierMark.all {
            var glyphs = Path()
            for place in places {
                var count = 0
                for traffic in place.traffic where traffic.tier == mark.tier {
                    count &+= traffic.count
                }
                guard count > 0 else { continue }
                glyphs.append(
                    mark.glyph(
                        at: projection.point(place.position),
                        radius: LineScales.radius(of: count) + LineScales.rareExtra[mark.tier]))
            }
            drawing.add(
                glyphs, fill: .init(mark.role, opacity: mark.tier == 0 ? 0.8 : 1),
                stroke: .init(.paper, width: 0.7))
        }
    }

    /// Names of the places with the rarest tiers and the most, where there is room.
    private func writeLabels(
        _ places: [Place], in drawing: inout Drawing, projection: WorldProjection
    ) {
        let byRank = places.prefix(500).enumerated().sorted {
            let (first, second) = ($0.element.rarest, $1.element.rarest)
            return (first > 2 ? -first : 0, $0.offset) < (second > 2 ? -second : 0, $1.offset)
        }
        var occupied: [Rectangle] = []
        if let site {
            let point = projection.point(site)
            occupied.append(Rectangle(x: point.x - 7, y: point.y - 7, width: 14, height: 14))
        }
        var written = 0
        for (_, place) in byRank.prefix(60) where written < 12 && !place.label.isEmpty {
            let point = projection.point(place.position)
            let offset = LineScales.radius(of: place.count) + 4
            let isRight = point.x > projection.frame.center.x + 250
            let text = Drawing.Text(
                string: CleanText.clean(place.label, limit: 24),
                position: Point(point.x + (isRight ? -offset : offset), point.y + 4), size: 11,
                role: .ink, anchor: isRight ? .end : .start, isBold: false, rotationDegrees: 0,
                hasHalo: true)
            let frame = text.frame
            guard !occupied.contains(where: { frame.intersects($0) }), frame.x > 4,
                frame.maxX < drawing.width - 4
            else { continue }
            occupied.append(frame)
            written += 1
            drawing.write(
                text.string, at: text.position, size: text.size, anchor: text.anchor, hasHalo: true)
        }
    }
}
