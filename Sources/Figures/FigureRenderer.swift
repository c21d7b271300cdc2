internal import CCairo
import Glibc

/// Renders drawings to files by Cairo.
///
/// One renderer is used for many figures: it keeps the world's outline as pixels. It belongs to one
/// task; several renderers may work at the same time.
package struct FigureRenderer: ~Copyable {
    package let theme: Theme
    private var symbols = SymbolCache()
    /// The last picture's pixels: drawing on memory in use is quicker than on new memory.
    private var lastPage: ImageSurface?

    package init(theme: Theme) {
        self.theme = theme
    }

    /// A PNG with `scale` pixels to a unit.
    package mutating func png(
        _ drawing: Drawing, scale: Double = 2
    ) throws(RenderingError)
        -> [UInt8]
    {
        let width = (drawing.width * scale).rounded(.up)
        let height = (drawing.height * scale).rounded(.up)
        guard width >= 1, height >= 1, max(width, height) <= 32_000, width * height <= 1e8 else {
            throw .sizeOutOfRange(width: width, height: height)
        }
        let image = page(width: Int(width), height: Int(height))
        let canvas = unsafe Canvas(surface: image.surface, theme: theme)
        canvas.scale(scale)
        canvas.draw(drawing, symbols: &symbols, pixelsPerUnit: scale)
        try canvas.finish()
        return try image.withPixels { (pixels, stride) throws(RenderingError) in
            try PNGEncoder.encode(
                page: pixels, width: image.width, height: image.height, stride: stride,
                theme: theme)
        }
    }

    private mutating func page(width: Int, height: Int) -> ImageSurface {
        if let page = lastPage, page.width == width, page.height == height { return page }
        let page = ImageSurface(width: width, height: height, hasAlpha: false)
        lastPage = page
        return page
    }

    /// A PDF page of the drawing's size. It bears no date, so the same drawing gives the same
    /// bytes.
    package mutating func pdf(_ drawing: Drawing) throws(RenderingError) -> [UInt8] {
        guard (1...14_400).contains(drawing.width), (1...14_400).contains(drawing.height) else {
            throw .sizeOutOfRange(width: drawing.width, height: drawing.height)
        }
        let page = PDFSurface(width: drawing.width, height: drawing.height, title: drawing.name)
        let canvas = unsafe Canvas(surface: page.surface, theme: theme)
        canvas.draw(drawing, symbols: &symbols, pixelsPerUnit: nil)
        try canvas.finish()
        return page.finish()
    }
}
