/// How one tier of rarity is shown: in words, by a shape, a line and a colour.
package struct TierMark: Equatable, Sendable {
    /// 0 common … 5 "1 in 100,000".
    package let tier: Int

    package init(tier: Int) {
        self.tier = min(max(tier, 0), 5)
    }

    package static let all = (0...5).map(TierMark.init)

    package var words: String {
        ["common", "1 in 10", "1 in 100", "1 in 1,000", "1 in 10,000", "1 in 100,000"][tier]
    }

    package var colorName: String {
        ["indigo", "blue", "green", "yellow", "orange", "red"][tier]
    }

    package var role: ColorRole { .tier(tier) }

    var color: Color {
        Color([0x6B62C9, 0x1B80D4, 0x26934A, 0xA98600, 0xE2620E, 0xDB2B3D][tier])
    }

    /// The rarer the tier, the wider the line.
    var lineWidth: Double { [0.9, 1.1, 1.3, 1.6, 1.9, 2.3][tier] }

    /// The tier's shape: circle, triangle, square, diamond, cross, star.
    package func glyph(at center: Point, radius: Double) -> Path {
        var path = Path()
        switch tier {
        case 0: path.add(.circle(center, radius: radius * 0.85))
        case 1: path.addLines(polygon(center, Self.triangle, radius * 1.1), closed: true)
        case 2: path.addLines(polygon(center, Self.square, radius * 0.85), closed: true)
        case 3: path.addLines(polygon(center, Self.diamond, radius * 1.1), closed: true)
        case 4: path.addLines(polygon(center, Self.cross, radius), closed: true)
        default: path.addLines(polygon(center, Self.star, radius * 1.25), closed: true)
        }
        return path
    }

    private func polygon(_ center: Point, _ corners: [Point], _ radius: Double) -> [Point] {
        corners.map { Point(center.x + $0.x * radius, center.y + $0.y * radius) }
    }

    private static let triangle = [Point(0, -1), Point(0.92, 0.7), Point(-0.92, 0.7)]
    private static let square = [Point(-1, -1), Point(1, -1), Point(1, 1), Point(-1, 1)]
    private static let diamond = [Point(0, -1), Point(0.85, 0), Point(0, 1), Point(-0.85, 0)]
    private static let cross = [
        Point(-0.36, -1), Point(0.36, -1), Point(0.36, -0.36), Point(1, -0.36), Point(1, 0.36),
        Point(0.36, 0.36), Point(0.36, 1), Point(-0.36, 1), Point(-0.36, 0.36), Point(-1, 0.36),
        Point(-1, -0.36), Point(-0.36, -0.36),
    ]
    private static let star = [
        Point(0, -1), Point(0.247, -0.34), Point(0.951, -0.309), Point(0.4, 0.13),
        Point(0.588, 0.809), Point(0, 0.42), Point(-0.588, 0.809), Point(-0.4, 0.13),
        Point(-0.951, -0.309), Point(-0.247, -0.34),
    ]
}

/// The key to the tiers: shape and line, words, and how many there are of each.
package struct TierLegend: Sendable {
    /// By tier, 0…5; missing ones count as 0.
    package var counts: [Int]

    package init(counts: [Int]) {
        self.counts = (0..<6).map { $0 < counts.count ? counts[$0] : 0 }
    }

    static let rowHeight = 21.0

    /// The tiers and counts in words.
    package var summary: String {
        TierMark.all.reversed().map { "\($0.words): \(NumberText.grouped(counts[$0.tier]))" }
            .joined(separator: "; ")
    }

    /// Draws one row a tier, the rarest on top.
    func drawColumn(in drawing: inout Drawing, left: Double, top: Double, width: Double) {
        for (row, mark) in TierMark.all.reversed().enumerated() {
            let y = top + (Double(row) + 0.5) * Self.rowHeight
            drawSample(mark, in: &drawing, left: left, y: y)
            write(mark, in: &drawing, left: left + 38, y: y)
            drawing.write(
                NumberText.grouped(counts[mark.tier]), at: Point(left + width, y + 4), size: 11.5,
                role: counts[mark.tier] == 0 ? .muted : .ink, anchor: .end)
        }
    }

    /// Draws the tiers side by side, the common first.
    func drawRow(in drawing: inout Drawing, left: Double, y: Double, width: Double) {
        let step = width / 6
        for (column, mark) in TierMark.all.enumerated() {
            let x = left + Double(column) * step
            drawing.fill(mark.glyph(at: Point(x + 6, y), radius: 5), .init(mark.role))
            let words = mark.words + "  "
            write(mark, in: &drawing, left: x + 17, y: y)
            let offset = TextWidth.of(words, size: 11.5, isBold: false)
            drawing.write(
                NumberText.compact(counts[mark.tier]), at: Point(x + 17 + offset, y + 4),
                size: 11.5, role: .muted, maximumWidth: step - offset - 22)
        }
    }

    private func drawSample(_ mark: TierMark, in drawing: inout Drawing, left: Double, y: Double) {
        drawing.stroke(
            .line(from: Point(left, y), to: Point(left + 28, y)),
            .init(mark.role, width: mark.lineWidth))
        drawing.add(
            mark.glyph(at: Point(left + 14, y), radius: 5), fill: .init(mark.role),
            stroke: .init(.paper, width: 1))
    }

    private func write(_ mark: TierMark, in drawing: inout Drawing, left: Double, y: Double) {
        drawing.write(
            mark.words, at: Point(left, y + 4), size: 11.5,
            role: counts[mark.tier] == 0 ? .muted : .ink)
    }
}
