/// A picture as a value: what is drawn, in which order, in colours by meaning.
///
/// One drawing is rendered to PNG, SVG and PDF by `FigureRenderer` and to the inline SVG of a page
/// by `InlineSVG`. Units are those of a page at its natural size (CSS pixels, PDF points); y grows
/// downwards. Text that came from outside passes `CleanText` on its way in.
package struct Drawing: Equatable, Sendable {
    package struct Fill: Equatable, Sendable {
        package var role: ColorRole
        package var opacity: Double

        package init(_ role: ColorRole, opacity: Double = 1) {
            self.role = role
            self.opacity = opacity
        }
    }

    package struct Stroke: Equatable, Sendable {
        package var role: ColorRole
        package var width: Double
        package var opacity: Double
        /// Lengths of dash and gap in turn; empty for a solid line.
        package var dash: [Double]

        package init(
            _ role: ColorRole, width: Double = 1, opacity: Double = 1, dash: [Double] = []
        ) {
            self.role = role
            self.width = width
            self.opacity = opacity
            self.dash = dash
        }
    }

    package struct Text: Equatable, Sendable {
        package enum Anchor: Sendable { case start, middle, end }

        package let string: String
        /// On the baseline, at the side the anchor names.
        package var position: Point
        package var size: Double
        package var role: ColorRole
        package var anchor: Anchor
        package var isBold: Bool
        /// Clockwise, about the position.
        package var rotationDegrees: Double
        /// Whether the letters stand on a rim of paper, for text over lines.
        package var hasHalo: Bool

        var width: Double { TextWidth.of(string, size: size, isBold: isBold) }

        /// The room the text takes when it is not rotated.
        var frame: Rectangle {
            let width = width
            let x =
                switch anchor {
                case .start: position.x
                case .middle: position.x - width / 2
                case .end: position.x - width
                }
            return Rectangle(x: x, y: position.y - size * 0.8, width: width, height: size * 1.05)
        }
    }

    /// A path used by many figures, given once for each report.
    package struct Symbol: Equatable, Sendable {
        /// Its name in a page; letters, digits and "-" only.
        package let identifier: String
        package let width: Double
        package let height: Double
        package let path: Path
    }

    package enum Element: Equatable, Sendable {
        case path(Path, fill: Fill?, stroke: Stroke?)
        case text(Text)
        case raster(Raster, in: Rectangle)
        /// The symbol stretched to the rectangle; the stroke's width is not stretched.
        case symbol(Symbol, in: Rectangle, fill: Fill, stroke: Stroke)
    }

    package let width: Double
    package let height: Double
    /// What a screen reader announces.
    package let name: String
    /// What the picture says, in words, for those who do not see it.
    package var summary: String
    package private(set) var elements: [Element] = []

    package init(width: Double, height: Double, name: String, summary: String = "") {
        self.width = width
        self.height = height
        self.name = CleanText.clean(name, limit: 200)
        self.summary = CleanText.clean(summary, limit: 1000)
    }

    package mutating func fill(_ path: Path, _ fill: Fill) {
        add(path, fill: fill, stroke: nil)
    }

    package mutating func stroke(_ path: Path, _ stroke: Stroke) {
        add(path, fill: nil, stroke: stroke)
    }

    package mutating func add(_ path: Path, fill: Fill?, stroke: Stroke?) {
        guard !path.isEmpty else { return }
        elements.append(.path(path, fill: fill, stroke: stroke))
    }

    package mutating func add(_ raster: Raster, in frame: Rectangle) {
        elements.append(.raster(raster, in: frame))
    }

    package mutating func add(
        _ symbol: Symbol, in frame: Rectangle, fill: Fill, stroke: Stroke
    ) {
        elements.append(.symbol(symbol, in: frame, fill: fill, stroke: stroke))
    }

    /// Writes one line of text, cut with "…" where it would be wider than `maximumWidth`.
    ///
    /// - Returns: the text's width.
    @discardableResult
    package mutating func write(
        _ string: String, at position: Point, size: Double, role: ColorRole = .ink,
        anchor: Text.Anchor = .start, isBold: Bool = false, rotationDegrees: Double = 0,
        hasHalo: Bool = false, maximumWidth: Double = .infinity
    ) -> Double {
        let text = Text(
            string: TextWidth.fit(
                CleanText.clean(string), width: maximumWidth, size: size, isBold: isBold),
            position: position, size: size, role: role, anchor: anchor, isBold: isBold,
            rotationDegrees: rotationDegrees, hasHalo: hasHalo)
        guard !text.string.isEmpty else { return 0 }
        elements.append(.text(text))
        return text.width
    }

    /// The heading all figures share: a bold title and a muted line below it.
    mutating func writeHeading(_ title: String, _ subtitle: String, left: Double = 24) {
        let room = width - 2 * left
        write(title, at: Point(left, 32), size: 18, isBold: true, maximumWidth: room)
        write(subtitle, at: Point(left, 52), size: 12, role: .muted, maximumWidth: room)
    }
}
