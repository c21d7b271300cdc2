import Figures
import Foundation
import FoundationXML
import Testing

@Suite struct RenderingTests {
    @Test func `a PNG holds the drawing's pixels in the theme's colours`() throws {
        var drawing = Drawing(width: 40, height: 20, name: "square")
        drawing.fill(
            .rectangle(Rectangle(x: 10, y: 5, width: 10, height: 10)), .init(.tier(5)))
        for theme in Theme.allCases {
            var renderer = FigureRenderer(theme: theme)
            let picture = try PNGReader(renderer.png(drawing, scale: 2))
            #expect(picture.width == 80)
            #expect(picture.height == 40)
            #expect(picture.pixel(0, 0) == theme.color(.paper).opaque)
            #expect(picture.pixel(30, 20) == theme.color(.tier(5)).opaque)
            #expect(picture.pixel(60, 20) == theme.color(.paper).opaque)
        }
    }

    @Test func `a PNG with more than 256 colours keeps those of the theme`() throws {
        var drawing = Drawing(width: 300, height: 60, name: "many")
        for x in 0..<300 {
            for (row, role) in [ColorRole.tier(5), .tier(2), .ink].enumerated() {
                drawing.fill(
                    .rectangle(
                        Rectangle(x: Double(x), y: Double(row) * 15, width: 1, height: 15)),
                    .init(role, opacity: Double(x) / 300))
            }
        }
        drawing.fill(.rectangle(Rectangle(x: 0, y: 50, width: 5, height: 5)), .init(.accent))
        var renderer = FigureRenderer(theme: .light)
        let picture = try PNGReader(renderer.png(drawing, scale: 1))
        #expect(picture.pixel(2, 52) == Theme.light.color(.accent).opaque)
        #expect(picture.pixel(200, 55) == Theme.light.color(.paper).opaque)
        let (red, ink) = (picture.pixel(299, 5), picture.pixel(299, 40))
        #expect(near(red, Theme.light.color(.tier(5)).opaque))
        #expect(near(ink, Theme.light.color(.ink).opaque))
    }

    @Test func `PNG, PDF and SVG of a drawing are the same bytes each time`() throws {
        let drawing = Sample.radar(flows: 2000).drawing(title: "HTTP", subtitle: "2,000")
        var first = FigureRenderer(theme: .dark)
        var second = FigureRenderer(theme: .dark)
        #expect(try first.png(drawing) == second.png(drawing))
        #expect(try first.png(drawing) == second.png(drawing))
        #expect(try first.pdf(drawing) == second.pdf(drawing))
        #expect(try first.pdf(drawing).starts(with: Array("%PDF".utf8)))
        #expect(InlineSVG.file(drawing, theme: .dark) == InlineSVG.file(drawing, theme: .dark))
    }

    @Test(arguments: [0, 0.0001, 1e9, -1, .nan, .infinity])
    func `a scale that makes no picture is refused`(scale: Double) {
        var renderer = FigureRenderer(theme: .light)
        let drawing = Drawing(width: 100, height: 0, name: "flat")
        #expect(throws: RenderingError.self) { _ = try renderer.png(drawing, scale: scale) }
    }

    @Test func `every figure is well-formed SVG without a colour of its own in a page`() throws {
        for drawing in Sample.figures {
            let text = InlineSVG.figure(drawing)
            #expect(wellFormed(text))
            #expect(text.hasPrefix("<svg class=\"fig\" role=\"img\""))
            #expect(!text.replacing(#/base64,[^"]*/#, with: "").contains(#/#[0-9a-f]{6}/#))
            let file = InlineSVG.file(drawing, theme: .light)
            #expect(wellFormed(String(decoding: file, as: UTF8.self)))
        }
        #expect(wellFormed(InlineSVG.symbol(WorldMap.outline)))
    }

    @Test func `the style sheet has every role in both schemes`() {
        let sheet = InlineSVG.styleSheet
        for name in ["paper", "ink", "muted", "grid", "accent", "land", "tier-0", "tier-5"] {
            #expect(sheet.components(separatedBy: "--\(name):").count == 4)
            #expect(sheet.contains("var(--\(name))"))
        }
    }

    @Test func `maps of a page share one outline`() {
        let text = InlineSVG.figure(Sample.map(site: true).drawing())
        #expect(text.contains("<use href=\"#world\""))
        #expect(text.utf8.count < 60_000)
        #expect(InlineSVG.symbol(WorldMap.outline).utf8.count < 130_000)
    }

    @Test func `hostile text is shown as text`() {
        let name = "</title><script>alert(1)</script>&\"'\u{0}\u{1B}[2J\u{202E}gpj"
        var drawing = Drawing(width: 900, height: 100, name: name, summary: name)
        drawing.write(name, at: Point(0, 50), size: 12)
        let text = InlineSVG.figure(drawing)
        #expect(wellFormed(text))
        #expect(!text.contains("<script"))
        #expect(!text.unicodeScalars.contains { $0 == "\u{202E}" || $0.value < 0x20 })
        #expect(text.contains("&lt;script&gt;alert(1)&lt;/script&gt;&amp;&quot;&#39;[2Jgpj"))
    }

    @Test func `long text is cut and marks do not pile up`() {
        #expect(CleanText.clean(String(repeating: "x", count: 1_000_000)).count == 121)
        let piled = "e" + String(repeating: "\u{301}", count: 500_000)
        #expect(CleanText.clean(piled).unicodeScalars.count == 3)
        #expect(CleanText.clean("a\nb\tc\u{2028}d\u{E000}") == "a b c d")
        #expect(CleanText.clean("\u{0}\u{7}") == "")
        #expect(CleanText.clean("日本語 ñ") == "日本語 ñ")
        var drawing = Drawing(width: 100, height: 20, name: "")
        let width = drawing.write(
            String(repeating: "W", count: 300), at: Point(0, 0), size: 10, maximumWidth: 90)
        #expect(width <= 90)
    }

    @Test func `tiers stand out from both papers and from the panel`() {
        for tier in 0...5 {
            for theme in Theme.allCases {
                #expect(contrast(theme.color(.tier(tier)), theme.color(.paper)) >= 3)
                #expect(theme.color(.tier(tier)) == Theme.light.color(.tier(tier)))
            }
        }
        for theme in Theme.allCases {
            #expect(contrast(theme.color(.ink), theme.color(.paper)) >= 12)
            #expect(contrast(theme.color(.muted), theme.color(.paper)) >= 4.5)
        }
    }

    @Test(arguments: [
        (AlphaScaling.sqrt, 0.5), (.linear, 0.25), (.square, 0.0625),
    ])
    func `opacity follows the scaling`(scaling: AlphaScaling, quarter: Double) {
        #expect(scaling.opacity(score: 2, min: 1, max: 5) == quarter)
        #expect(scaling.opacity(score: 1, min: 1, max: 5) == 0)
        #expect(scaling.opacity(score: 5, min: 1, max: 5) == 1)
        #expect(scaling.opacity(score: 9, min: 1, max: 5) == 1)
        #expect(scaling.opacity(score: -9, min: 1, max: 5) == 0)
        #expect(scaling.opacity(score: 3, min: 3, max: 3) == 1)
        #expect(scaling.opacity(score: .nan, min: 1, max: 5) == 0)
        #expect(scaling.opacity(score: 0, min: -1.7e308, max: 1.7e308) > 0)
    }
}

private func wellFormed(_ text: String) -> Bool {
    XMLParser(data: Data(text.utf8)).parse()
}

private func near(_ a: UInt32, _ b: UInt32) -> Bool {
    [0, 8, 16, 24].allSatisfy { (shift: UInt32) in
        let (first, second) = (Int(a >> shift & 255), Int(b >> shift & 255))
        return abs(first - second) <= 8
    }
}

private func contrast(_ a: Color, _ b: Color) -> Double {
    func luminance(_ color: Color) -> Double {
        let parts = [color.red, color.green, color.blue].map { part in
            let share = Double(part) / 255
            return share <= 0.04045 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4)
        }
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
    }
    let (first, second) = (luminance(a), luminance(b))
    return (max(first, second) + 0.05) / (min(first, second) + 0.05)
}

extension Color {
    var opaque: UInt32 {
        0xFF00_0000 | UInt32(red) << 16 | UInt32(green) << 8 | UInt32(blue)
    }
}
