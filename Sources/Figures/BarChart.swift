/// A ranking: one bar a row, its name before and its value behind it.
package struct BarChart: Sendable {
    package struct Bar: Sendable {
        package var label: String
        /// At least 0; what is negative or not finite has no bar.
        package var value: Double
        /// What stands behind the bar, as in "12,345 · 3.2 %".
        package var note: String

        package init(label: String, value: Double, note: String) {
            self.label = label
            self.value = value
            self.note = note
        }
    }

    package var title: String
    package var subtitle: String
    package var bars: [Bar]
    package var width = 760.0

    package init(title: String, subtitle: String, bars: [Bar]) {
        self.title = title
        self.subtitle = subtitle
        self.bars = bars
    }

    /// The first `limit` bars, and how many more there are.
    package func drawing(limit: Int = 30) -> Drawing {
        let shown = bars.prefix(max(limit, 1))
        let rowHeight = 22.0
        let hidden = bars.count - shown.count
        let rows = Double(shown.count + (hidden > 0 ? 1 : 0))
        var drawing = Drawing(
            width: width, height: 72 + rows * rowHeight + 14, name: title,
            summary: shown.map { "\($0.label): \($0.note)" }.joined(separator: "; "))
        drawing.writeHeading(title, subtitle)
        func widest(_ texts: some Sequence<String>, atMost limit: Double) -> Double {
            texts.reduce(0) {
                min(max($0, TextWidth.of(CleanText.clean($1), size: 12, isBold: false)), limit)
            }
        }
        let labels = widest(shown.lazy.map(\.label), atMost: width * 0.28)
        let notes = widest(shown.lazy.map(\.note), atMost: width * 0.25)
        let left = 24 + labels + 10
        let room = max(width - left - notes - 34, 20)
        let largest = shown.reduce(0) { max($0, $1.value.isFinite ? $1.value : 0) }
        var track = Path()
        var filled = Path()
        for (row, bar) in shown.enumerated() {
            let y = 72 + Double(row) * rowHeight
            let share = largest > 0 && bar.value > 0 ? min(bar.value / largest, 1) : 0
            // A value above 0 shows at least a sliver.
            let length = share > 0 ? max(room * share, 1.5) : 0
            track.add(.rectangle(Rectangle(x: left, y: y + 4, width: room, height: 13)))
            if length > 0 {
                filled.add(.rectangle(Rectangle(x: left, y: y + 4, width: length, height: 13)))
            }
            drawing.write(
                bar.label, at: Point(left - 10, y + 15), size: 12, anchor: .end,
                maximumWidth: labels)
            drawing.write(
                bar.note, at: Point(width - 24, y + 15), size: 12, role: .muted, anchor: .end,
                maximumWidth: notes)
        }
        drawing.fill(track, .init(.panel))
        drawing.fill(filled, .init(.accent))
        if hidden > 0 {
            drawing.write(
                "and \(NumberText.grouped(hidden)) more",
                at: Point(left, 72 + Double(shown.count) * rowHeight + 15), size: 12, role: .muted)
        }
        return drawing
    }
}
