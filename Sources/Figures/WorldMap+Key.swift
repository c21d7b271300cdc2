import Glibc

/// How quantities become widths, opacities and sizes on a map.
struct LineScales {
    static let widths = [0.7, 1.2, 1.9, 2.8, 4.0]
    static let opacities = [0.3, 0.5, 0.7, 0.92]

    /// What a tier's shape is larger by, so that one rare event is seen on a large common dot.
    static let rareExtra = [0, 0, 0.5, 1, 1.8, 2.8]

    /// The range of one quantity, read on a logarithmic scale.
    struct Range {
        private(set) var lower = Double.infinity
        private(set) var upper = 0.0

        var isEmpty: Bool { lower > upper }

        mutating func include(_ value: Double?) {
            guard let value, value > 0, value.isFinite else { return }
            lower = min(lower, value)
            upper = max(upper, value)
        }

        /// 0 for what is missing; the middle where all are the same.
        func step(of value: Double?, steps: Int) -> Int {
            guard let value, value > 0, value.isFinite, !isEmpty else { return 0 }
            // Numbers that differ in their last bits may have the same logarithm.
            let span = log(upper) - log(lower)
            guard span > 0 else { return steps / 2 }
            let share = (log(value) - log(lower)) / span
            return min(max(Int(share * Double(steps)), 0), steps - 1)
        }
    }

    private(set) var width = Range()
    private(set) var intensity = Range()

    init(_ places: [WorldMap.Place]) {
        for traffic in places.lazy.flatMap(\.traffic) where traffic.count > 0 {
            width.include(traffic.width)
            intensity.include(traffic.intensity)
        }
    }

    /// 2 for one, 9 for a million.
    static func radius(of count: Int) -> Double {
        2 + min(log10(Double(max(count, 1))), 7) * 7 / 6
    }
}

extension WorldMap {
    func drawKey(in drawing: inout Drawing, y: Double, scales: LineScales) {
        var x = 24.0
        x += drawing.write("Dot: count", at: Point(x, y + 4), size: 11.5, role: .muted) + 12
        for count in [1, 1000, 1_000_000] {
            let radius = LineScales.radius(of: count)
            var dot = Path()
            dot.add(.circle(Point(x + radius, y), radius: radius * 0.85))
            drawing.fill(dot, .init(.tier(0), opacity: 0.8))
            x += 2 * radius + 4
            x += drawing.write(
                NumberText.prefixed(Double(count)), at: Point(x, y + 4), size: 11.5, role: .muted)
            x += 12
        }
        guard site != nil else { return }
        x = 300
        drawScale(
            "Width: \(width.name)", unit: width.unit, range: scales.width, in: &drawing,
            at: Point(x, y), width: 316
        ) { share in
            let step = min(Int(share * 5), 4)
            return .init(.tier(0), width: LineScales.widths[step])
        }
        drawScale(
            "Opacity: \(intensity.name)", unit: intensity.unit, range: scales.intensity,
            in: &drawing, at: Point(628, y), width: 308
        ) { share in
            let step = min(Int(share * 4), 3)
            return .init(.tier(0), width: 4, opacity: LineScales.opacities[step])
        }
    }

    /// The name, the smallest value, a sample line, the largest value.
    private func drawScale(
        _ name: String, unit: String, range: LineScales.Range, in drawing: inout Drawing,
        at start: Point, width: Double, style: (Double) -> Drawing.Stroke
    ) {
        var x = start.x
        let y = start.y
        x += drawing.write(
            name, at: Point(x, y + 4), size: 11.5, role: .muted, maximumWidth: width * 0.5)
        x += 12
        guard !range.isEmpty else {
            drawing.write("none", at: Point(x, y + 4), size: 11.5, role: .muted)
            return
        }
        let lower = NumberText.prefixed(range.lower, unit: unit, digits: 2)
        let upper = NumberText.prefixed(range.upper, unit: unit, digits: 2)
        x += drawing.write(lower, at: Point(x, y + 4), size: 11.5) + 6
        for part in 0..<5 {
            let left = x + Double(part) * 10
            drawing.stroke(
                .line(from: Point(left, y), to: Point(left + 10, y)),
                style((Double(part) + 0.5) / 5))
        }
        drawing.write(upper, at: Point(x + 56, y + 4), size: 11.5)
    }

    func notes(hidden: Int) -> String {
        var notes: [String] = []
        if places.isEmpty {
            notes.append("No places.")
        } else if site == nil {
            notes.append("No site is set: dots without lines.")
        }
        if hidden > 0 {
            notes.append(
                "\(NumberText.grouped(hidden)) places with less or off the map are left out.")
        }
        if !note.isEmpty { notes.append(note) }
        return notes.joined(separator: "  ")
    }
}
