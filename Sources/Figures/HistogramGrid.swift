import Glibc

/// Histograms side by side: one panel a metric, counts on a logarithmic axis so that one is seen.
package struct HistogramGrid: Sendable {
    /// A value marked by an upright line.
    package struct Marker: Sendable {
        package enum Line: CaseIterable, Sendable { case solid, dashed, dotted }

        package var name: String
        package var value: Double
        package var line: Line

        package init(name: String, value: Double, line: Line) {
            self.name = name
            self.value = value
            self.line = line
        }
    }

    package struct Panel: Sendable {
        package var title: String
        /// As in "s" or "B/s"; empty for a bare number. One with an exponent ("B²") stands in the
        /// title, as a prefix before it would be squared too.
        package var unit: String
        package var histogram: Histogram
        package var markers: [Marker]

        package init(title: String, unit: String, histogram: Histogram, markers: [Marker] = []) {
            self.title = title
            self.unit = unit
            self.histogram = histogram
            self.markers = markers
        }

        var hasPlainUnit: Bool { unit.allSatisfy { $0.isLetter || $0 == "/" } }
        var labelUnit: String { hasPlainUnit ? unit : "" }
        var heading: String { hasPlainUnit ? title : "\(title) (\(unit))" }
    }

    package var title: String
    package var subtitle: String
    package var panels: [Panel]
    package var columns = 3
    package var panelWidth = 312.0
    package var panelHeight = 212.0

    /// - Parameter subtitle: what is counted, as in "12,345 flows".
    package init(title: String, subtitle: String, panels: [Panel]) {
        self.title = title
        self.subtitle = subtitle
        self.panels = panels
    }

    package func drawing() -> Drawing {
        let columns = min(max(columns, 1), max(panels.count, 1))
        let rows = (panels.count + columns - 1) / columns
        let head = 68.0
        var drawing = Drawing(
            width: 24 + Double(columns) * panelWidth,
            height: head + Double(max(rows, 1)) * panelHeight + 12, name: title,
            summary: panels.map(summary).joined(separator: ". "))
        drawing.writeHeading(title, subtitle)
        drawing.write(
            "counts on a logarithmic scale", at: Point(drawing.width - 24, 52), size: 11,
            role: .muted, anchor: .end)
        for (index, panel) in panels.enumerated() {
            let frame = Rectangle(
                x: 12 + Double(index % columns) * panelWidth,
                y: head + Double(index / columns) * panelHeight,
                width: panelWidth, height: panelHeight)
            draw(panel, in: &drawing, frame: frame)
        }
        return drawing
    }

    private func summary(of panel: Panel) -> String {
        let markers = panel.markers.map {
            "\($0.name) \(NumberText.prefixed($0.value, unit: panel.labelUnit))"
        }
        return ([panel.heading, "n \(NumberText.grouped(panel.histogram.count))"] + markers)
            .joined(separator: ", ")
    }

    private func draw(_ panel: Panel, in drawing: inout Drawing, frame: Rectangle) {
        let histogram = panel.histogram
        drawing.write(
            panel.heading, at: Point(frame.x + 12, frame.y + 18), size: 13, isBold: true,
            maximumWidth: frame.width - 24)
        writeKey(
            panel, in: &drawing, at: Point(frame.x + 12, frame.y + 35), width: frame.width - 24)
        let plot = frame.inset(left: 46, top: 46, right: 14, bottom: 34)
        drawing.fill(.rectangle(plot), .init(.panel))
        guard histogram.count > 0 else {
            drawing.write(
                "no values", at: Point(plot.center.x, plot.center.y + 4), size: 12, role: .muted,
                anchor: .middle)
            return
        }
        let layout = PanelLayout(histogram, plot: plot)
        layout.drawCountAxis(in: &drawing)
        layout.drawValueAxis(in: &drawing, unit: panel.labelUnit)
        layout.drawBars(in: &drawing)
        for marker in panel.markers {
            guard let x = layout.x(of: marker.value) else { continue }
            drawing.stroke(
                .line(from: Point(x, plot.y), to: Point(x, plot.maxY)), marker.line.stroke)
        }
    }

    /// "n 1,234", then each marker's line, name and value, as many as fit.
    private func writeKey(
        _ panel: Panel, in drawing: inout Drawing, at start: Point, width: Double
    ) {
        let end = start.x + width
        var x = start.x
        x += drawing.write(
            "n \(NumberText.grouped(panel.histogram.count))", at: start, size: 11, role: .muted)
        for marker in panel.markers {
            let text = "\(marker.name) \(NumberText.prefixed(marker.value, unit: panel.labelUnit))"
            guard x + 32 + TextWidth.of(text, size: 11, isBold: false) <= end else { continue }
            x += 12
            drawing.stroke(
                .line(from: Point(x, start.y - 4), to: Point(x + 16, start.y - 4)),
                marker.line.stroke)
            x += 20
            x += drawing.write(text, at: Point(x, start.y), size: 11, role: .muted)
        }
    }
}

extension HistogramGrid.Marker.Line {
    fileprivate var stroke: Drawing.Stroke {
        switch self {
        case .solid: .init(.ink, width: 1.4)
        case .dashed: .init(.ink, width: 1.4, dash: [5, 3])
        case .dotted: .init(.tier(5), width: 1.4, dash: [1.5, 2.5])
        }
    }
}

/// Where the parts of one histogram's panel are.
private struct PanelLayout {
    let histogram: Histogram
    let plot: Rectangle
    /// The part of the plot that the axis takes; the zeros stand left of it.
    let axisFrame: Rectangle
    let axis: NumberAxis
    let countTop: Double

    /// Counts start at this, so that a bar of 1 has a height.
    private static let countBottom = 0.6

    init(_ histogram: Histogram, plot: Rectangle) {
        self.histogram = histogram
        self.plot = plot
        let left = histogram.zeros > 0 ? 30.0 : 6
        axisFrame = plot.inset(left: left, top: 0, right: 6, bottom: 0)
        axis = NumberAxis(
            scale: histogram.scale == .linear ? .linear : .logarithmic, lower: histogram.lower,
            upper: histogram.upper)
        let largest = max(histogram.counts.max() ?? 0, histogram.zeros, 1)
        countTop = max(Double(largest) * 1.5, 3)
    }

    /// nil where the axis has no place for the value.
    func x(of value: Double) -> Double? {
        if value == 0 && histogram.zeros > 0 { return plot.x + 14 }
        guard value.isFinite, value > 0 || axis.scale == .linear else { return nil }
        let position = axis.position(of: value)
        guard position > -0.01, position < 1.01 else { return nil }
        return axisFrame.x + position * axisFrame.width
    }

    private func y(ofCount count: Double) -> Double {
        let share = log10(count / Self.countBottom) / log10(countTop / Self.countBottom)
        return plot.maxY - share * plot.height
    }

    func drawCountAxis(in drawing: inout Drawing) {
        let axis = NumberAxis(scale: .logarithmic, lower: Self.countBottom, upper: countTop)
        var lines = Path()
        for tick in axis.ticks(count: 4, unit: "") where tick.value >= 1 {
            let y = y(ofCount: tick.value)
            lines.addLine(from: Point(plot.x, y), to: Point(plot.maxX, y))
            drawing.write(
                tick.label, at: Point(plot.x - 6, y + 4), size: 11, role: .muted, anchor: .end)
        }
        drawing.stroke(lines, .init(.grid))
    }

    func drawValueAxis(in drawing: inout Drawing, unit: String) {
        var marks = Path()
        marks.addLine(from: Point(axisFrame.x, plot.maxY), to: Point(plot.maxX, plot.maxY))
        var occupied = -Double.infinity
        if histogram.zeros > 0 {
            marks.addLine(from: Point(plot.x, plot.maxY), to: Point(plot.x + 24, plot.maxY))
            drawing.write(
                "0", at: Point(plot.x + 14, plot.maxY + 16), size: 11, role: .muted, anchor: .middle
            )
            occupied = plot.x + 20
        }
        for tick in axis.ticks(count: 5, unit: unit) {
            let x = axisFrame.x + axis.position(of: tick.value) * axisFrame.width
            marks.addLine(from: Point(x, plot.maxY), to: Point(x, plot.maxY + 4))
            let width = TextWidth.of(tick.label, size: 11, isBold: false)
            // Moved inwards at the ends, left out where it would touch its neighbour.
            let center = min(max(x, plot.x - 10 + width / 2), plot.maxX + 10 - width / 2)
            guard center - width / 2 > occupied + 6 else { continue }
            drawing.write(
                tick.label, at: Point(center, plot.maxY + 16), size: 11, role: .muted,
                anchor: .middle)
            occupied = center + width / 2
        }
        drawing.stroke(marks, .init(.muted))
    }

    func drawBars(in drawing: inout Drawing) {
        let width = axisFrame.width / Double(histogram.counts.count)
        var bars = Path()
        var start: Int?
        // Bars of equal height that touch are one rectangle: no seams, less to draw.
        for (index, count) in histogram.counts.enumerated() {
            let next = index + 1 < histogram.counts.count ? histogram.counts[index + 1] : -1
            guard count > 0 else { continue }
            let first = start ?? index
            start = next == count ? first : nil
            guard next != count else { continue }
            let top = y(ofCount: Double(count))
            let gap = width > 4 ? 0.5 : 0
            bars.add(
                .rectangle(
                    Rectangle(
                        x: axisFrame.x + Double(first) * width, y: top,
                        width: Double(index + 1 - first) * width - gap, height: plot.maxY - top)))
        }
        if histogram.zeros > 0 {
            let top = y(ofCount: Double(histogram.zeros))
            bars.add(
                .rectangle(Rectangle(x: plot.x + 8, y: top, width: 12, height: plot.maxY - top)))
        }
        drawing.fill(bars, .init(.accent))
    }
}
