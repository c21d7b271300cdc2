internal import CCairo

// SAFETY: each class here owns one Cairo surface, made in its initialiser and destroyed with it;
// Cairo returns a surface in an error state rather than none, and every function accepts such a
// surface.

/// Pixels to draw on.
@safe final class ImageSurface {
    let surface: OpaquePointer?
    let width: Int
    let height: Int

    init(width: Int, height: Int, hasAlpha: Bool) {
        self.width = width
        self.height = height
        unsafe surface = cairo_image_surface_create(
            hasAlpha ? CAIRO_FORMAT_ARGB32 : CAIRO_FORMAT_RGB24, Int32(width), Int32(height))
    }

    convenience init(_ raster: Raster) {
        self.init(width: raster.width, height: raster.height, hasAlpha: true)
        unsafe cairo_surface_flush(surface)
        let stride = unsafe Int(cairo_image_surface_get_stride(surface)) / 4
        guard let data = unsafe cairo_image_surface_get_data(surface) else { return }
        // SAFETY: an image surface holds `height` rows of `stride` aligned words while it lives.
        unsafe data.withMemoryRebound(to: UInt32.self, capacity: stride * height) { words in
            for row in 0..<height {
                for column in 0..<width {
                    unsafe words[row * stride + column] = raster.pixels[row * width + column]
                }
            }
        }
        unsafe cairo_surface_mark_dirty(surface)
    }

    /// Lends the pixels, one word each, and how many words apart the rows are.
    func withPixels<Result>(
        _ body: (Span<UInt32>, Int) throws(RenderingError) -> Result
    ) throws(RenderingError) -> Result {
        unsafe cairo_surface_flush(surface)
        let stride = unsafe Int(cairo_image_surface_get_stride(surface)) / 4
        guard let data = unsafe cairo_image_surface_get_data(surface) else {
            throw .cairo(status: CAIRO_STATUS_NO_MEMORY.rawValue, message: "no pixels")
        }
        // SAFETY: an image surface holds `height` rows of `stride` aligned words while it lives.
        let count = stride * height
        let words = unsafe UnsafeRawPointer(data).assumingMemoryBound(to: UInt32.self)
        return try body(unsafe Span(_unsafeStart: words, count: count), stride)
    }

    deinit {
        unsafe cairo_surface_destroy(surface)
    }
}

/// A PDF page that collects its bytes.
@safe final class PDFSurface {
    let surface: OpaquePointer?
    private let sink = Sink()

    init(width: Double, height: Double, title: String) {
        // SAFETY: the sink lives as long as the surface that writes to it.
        unsafe surface = cairo_pdf_surface_create_for_stream(
            Sink.write, Unmanaged.passUnretained(sink).toOpaque(), width, height)
        unsafe cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, title)
        unsafe cairo_pdf_surface_set_metadata(
            surface, CAIRO_PDF_METADATA_CREATE_DATE, "2000-01-01T00:00:00Z")
    }

    /// Ends the page; nothing can be drawn afterwards.
    func finish() -> [UInt8] {
        unsafe cairo_surface_finish(surface)
        return sink.bytes
    }

    deinit {
        unsafe cairo_surface_destroy(surface)
    }
}

/// Where Cairo writes a document.
private final class Sink {
    var bytes: [UInt8] = []

    static let write: cairo_write_func_t = { closure, data, length in
        guard let closure = unsafe closure, let data = unsafe data else {
            return CAIRO_STATUS_WRITE_ERROR
        }
        let sink = unsafe Unmanaged<Sink>.fromOpaque(closure).takeUnretainedValue()
        unsafe sink.bytes.append(
            contentsOf: UnsafeBufferPointer(start: data, count: Int(length)))
        return CAIRO_STATUS_SUCCESS
    }
}

/// Symbols kept as pixels between figures of one theme, as they are the costliest to draw.
struct SymbolCache {
    struct Key: Hashable {
        var identifier: String
        var width: Int
        var height: Int
        var fill: ColorRole
        var stroke: ColorRole
    }

    private var images: [Key: ImageSurface] = [:]

    mutating func image(_ key: Key, draw: (ImageSurface) -> Void) -> ImageSurface {
        if let image = images[key] { return image }
        // A report uses one or two sizes.
        if images.count >= 4 { images.removeAll() }
        let image = ImageSurface(width: key.width, height: key.height, hasAlpha: true)
        draw(image)
        images[key] = image
        return image
    }
}
