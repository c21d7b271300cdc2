/// Writes drawings as SVG: inside a page, in the colours of the page's style sheet, or as a file.
///
/// A figure in a page follows the reader's light or dark scheme, as it names roles
/// (`class="f-ink"`), never colours. The page holds `styleSheet` once and, for maps,
/// `symbol(WorldMap.outline)` once.
package enum InlineSVG {
    /// The figure as an `<svg>` element for an HTML page.
    package static func figure(_ drawing: Drawing) -> String {
        var writer = SVGWriter()
        writer.open(drawing, attributes: "class=\"fig\" role=\"img\"")
        writer.draw(drawing)
        writer.append("</svg>")
        return writer.text
    }

    /// A complete SVG file in the colours of one theme.
    package static func file(_ drawing: Drawing, theme: Theme) -> [UInt8] {
        var writer = SVGWriter()
        writer.append("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
        writer.open(
            drawing,
            attributes: "xmlns=\"http://www.w3.org/2000/svg\" class=\"fig\" role=\"img\"")
        writer.append("<style>svg.fig{\(variables(theme))}\(rules)</style>")
        writer.append("<rect width=\"100%\" height=\"100%\" class=\"f-paper\"/>")
        var known: Set<String> = []
        for case .symbol(let symbol, _, _, _) in drawing.elements
        where known.insert(symbol.identifier).inserted {
            writer.define(symbol)
        }
        writer.draw(drawing)
        writer.append("</svg>\n")
        return writer.bytes
    }

    /// The definition that figures with this symbol refer to.
    package static func symbol(_ symbol: Drawing.Symbol) -> String {
        var writer = SVGWriter()
        writer.append(
            "<svg width=\"0\" height=\"0\" style=\"position:absolute\" aria-hidden=\"true\">")
        writer.define(symbol)
        writer.append("</svg>")
        return writer.text
    }

    /// The roles' colours as variables (`--ink` …) for both schemes, and the rules that use them.
    ///
    /// The reader's scheme decides unless the root element says `data-theme="light"` or `"dark"`.
    package static var styleSheet: String {
        """
        :root{\(variables(.light))}
        @media (prefers-color-scheme:dark){:root:not([data-theme=light]){\(variables(.dark))}}
        :root[data-theme=dark]{\(variables(.dark))}
        svg.fig{max-width:100%;height:auto}
        \(rules)

        """
    }

    private static func variables(_ theme: Theme) -> String {
        ColorRole.all.map { "--\($0.name):\(theme.color($0).hexadecimal)" }.joined(separator: ";")
    }

    private static var rules: String {
        ColorRole.all.map {
            "svg.fig .f-\($0.name){fill:var(--\($0.name))}"
                + "svg.fig .s-\($0.name){stroke:var(--\($0.name))}"
        }.joined()
            + "svg.fig{font-family:\"DejaVu Sans\",Verdana,sans-serif;stroke-linejoin:round}"
            + "svg.fig .b{font-weight:bold}svg.fig .h{paint-order:stroke;stroke:var(--paper);"
            + "stroke-width:3px;stroke-opacity:.85}"
    }
}

/// Collects the bytes of one SVG element.
private struct SVGWriter {
    private(set) var bytes: [UInt8] = []

    init() {
        bytes.reserveCapacity(1 << 15)
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }

    mutating func open(_ drawing: Drawing, attributes: String) {
        append("<svg \(attributes)")
        attribute("width", drawing.width)
        attribute("height", drawing.height)
        append(" viewBox=\"0 0 ")
        append(drawing.width)
        append(" ")
        append(drawing.height)
        append("\" aria-label=\"")
        escape(drawing.name)
        append("\"><title>")
        escape(drawing.name)
        append("</title>")
        guard !drawing.summary.isEmpty else { return }
        append("<desc>")
        escape(drawing.summary)
        append("</desc>")
    }

    mutating func define(_ symbol: Drawing.Symbol) {
        append("<symbol id=\"\(symbol.identifier)\" preserveAspectRatio=\"none\" viewBox=\"0 0 ")
        append(symbol.width)
        append(" ")
        append(symbol.height)
        append("\"><path vector-effect=\"non-scaling-stroke\" d=\"")
        data(symbol.path)
        append("\"/></symbol>")
    }

    mutating func draw(_ drawing: Drawing) {
        for element in drawing.elements {
            switch element {
            case .path(let path, let fill, let stroke):
                append("<path")
                paint(fill: fill, stroke: stroke)
                append(" d=\"")
                data(path)
                append("\"/>")
            case .text(let text): draw(text)
            case .raster(let raster, let frame): draw(raster, in: frame)
            case .symbol(let symbol, let frame, let fill, let stroke):
                append("<use href=\"#\(symbol.identifier)\"")
                place(frame)
                paint(fill: fill, stroke: stroke)
                append("/>")
            }
        }
    }

    private mutating func draw(_ text: Drawing.Text) {
        append("<text class=\"f-\(text.role.name)")
        if text.isBold { append(" b") }
        if text.hasHalo { append(" h") }
        append("\"")
        attribute("x", text.position.x)
        attribute("y", text.position.y)
        attribute("font-size", text.size)
        switch text.anchor {
        case .start: break
        case .middle: append(" text-anchor=\"middle\"")
        case .end: append(" text-anchor=\"end\"")
        }
        if text.rotationDegrees != 0 {
            append(" transform=\"rotate(")
            append(text.rotationDegrees)
            append(" ")
            append(text.position.x)
            append(" ")
            append(text.position.y)
            append(")\"")
        }
        append(">")
        escape(text.string)
        append("</text>")
    }

    private mutating func draw(_ raster: Raster, in frame: Rectangle) {
        // It fails only where zlib finds no memory; the figure is then shown without its raster.
        guard let png = try? PNGEncoder.encode(raster) else { return }
        append("<image")
        place(frame)
        append(" preserveAspectRatio=\"none\" href=\"data:image/png;base64,")
        appendBase64(png)
        append("\"/>")
    }

    private mutating func place(_ frame: Rectangle) {
        attribute("x", frame.x)
        attribute("y", frame.y)
        attribute("width", frame.width)
        attribute("height", frame.height)
    }

    private mutating func paint(fill: Drawing.Fill?, stroke: Drawing.Stroke?) {
        if fill == nil { append(" fill=\"none\"") }
        append(" class=\"")
        if let fill { append("f-\(fill.role.name)") }
        if fill != nil && stroke != nil { append(" ") }
        if let stroke { append("s-\(stroke.role.name)") }
        append("\"")
        if let fill, fill.opacity < 1 { attribute("fill-opacity", fill.opacity, decimals: 2) }
        guard let stroke else { return }
        if stroke.width != 1 { attribute("stroke-width", stroke.width, decimals: 2) }
        if stroke.opacity < 1 { attribute("stroke-opacity", stroke.opacity, decimals: 2) }
        guard !stroke.dash.isEmpty else { return }
        append(" stroke-dasharray=\"")
        for length in stroke.dash {
            append(length)
            append(" ")
        }
        append("\"")
    }

    private mutating func data(_ path: Path) {
        for segment in path.segments {
            switch segment {
            case .move(let point): append("M", point)
            case .line(let point): append("L", point)
            case .close: append("Z")
            case .circle(let center, let radius):
                append("M", Point(center.x - radius, center.y))
                for turn in [2 * radius, -2 * radius] {
                    append("a")
                    append(radius, decimals: 2)
                    append(" ")
                    append(radius, decimals: 2)
                    append(" 0 1 0 ")
                    append(turn, decimals: 2)
                    append(" 0")
                }
                append("Z")
            case .rectangle(let frame):
                append("M", Point(frame.x, frame.y))
                append("H")
                append(frame.maxX)
                append("V")
                append(frame.maxY)
                append("H")
                append(frame.x)
                append("Z")
            }
        }
    }
}

extension SVGWriter {
    mutating func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    fileprivate mutating func append(_ command: String, _ point: Point) {
        append(command)
        append(point.x)
        append(" ")
        append(point.y)
    }

    fileprivate mutating func attribute(_ name: String, _ value: Double, decimals: Int = 1) {
        append(" \(name)=\"")
        append(value, decimals: decimals)
        append("\"")
    }

    /// Writes a number with one or two digits behind the point; what is not finite as 0.
    fileprivate mutating func append(_ value: Double, decimals: Int = 1) {
        let scale = decimals == 1 ? 10 : 100
        let bounded = value.isFinite ? min(max(value, -1e9), 1e9) : 0
        var number = Int((bounded * Double(scale)).rounded())
        if number < 0 {
            bytes.append(UInt8(ascii: "-"))
            number = -number
        }
        appendDigits(number / scale)
        var fraction = number % scale
        guard fraction != 0 else { return }
        bytes.append(UInt8(ascii: "."))
        if decimals == 2 {
            bytes.append(UInt8(ascii: "0") + UInt8(fraction / 10))
            fraction %= 10
            guard fraction != 0 else { return }
        }
        bytes.append(UInt8(ascii: "0") + UInt8(fraction))
    }

    private mutating func appendDigits(_ number: Int) {
        if number >= 10 { appendDigits(number / 10) }
        bytes.append(UInt8(ascii: "0") + UInt8(number % 10))
    }

    mutating func escape(_ text: String) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "<"): append("&lt;")
            case UInt8(ascii: ">"): append("&gt;")
            case UInt8(ascii: "&"): append("&amp;")
            case UInt8(ascii: "\""): append("&quot;")
            case UInt8(ascii: "'"): append("&#39;")
            default: bytes.append(byte)
            }
        }
    }

    fileprivate mutating func appendBase64(_ data: [UInt8]) {
        let digits = [UInt8](
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        bytes.reserveCapacity(bytes.count + data.count * 4 / 3 + 64)
        for start in stride(from: 0, to: data.count, by: 3) {
            let left = min(data.count - start, 3)
            var group = UInt32(data[start]) << 16
            if left > 1 { group |= UInt32(data[start + 1]) << 8 }
            if left > 2 { group |= UInt32(data[start + 2]) }
            for place in 0..<4 {
                let digit = Int((group >> UInt32(18 - 6 * place)) & 63)
                bytes.append(place <= left ? digits[digit] : UInt8(ascii: "="))
            }
        }
    }
}
