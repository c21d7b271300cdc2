internal import CCairo

/// Draws a `Drawing` on a Cairo surface in the colours of a theme.
///
/// SAFETY: the context is made here, used here only and destroyed with the value; Cairo's functions
/// accept a context in an error state, which `finish` reports.
@safe struct Canvas: ~Copyable {
    private let context: OpaquePointer?
    private let theme: Theme

    init(surface: OpaquePointer?, theme: Theme) {
        unsafe context = cairo_create(surface)
        self.theme = theme
        unsafe cairo_set_line_join(context, CAIRO_LINE_JOIN_MITER)
        // Sixteen samples a pixel: at two pixels a unit not to be told from more, and twice as
        // quick.
        unsafe cairo_set_antialias(context, CAIRO_ANTIALIAS_FAST)
        // Cairo flattens curves to a tenth of a pixel; a quarter is as good to the eye.
        unsafe cairo_set_tolerance(context, 0.25)
        let options = unsafe cairo_font_options_create()
        defer { unsafe cairo_font_options_destroy(options) }
        unsafe cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY)
        unsafe cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE)
        unsafe cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF)
        unsafe cairo_set_font_options(context, options)
    }

    deinit {
        unsafe cairo_destroy(context)
    }

    func scale(_ factor: Double) {
        unsafe cairo_scale(context, factor, factor)
    }

    /// Draws everything on paper.
    ///
    /// - Parameter pixelsPerUnit: nil where symbols shall stay paths.
    func draw(_ drawing: Drawing, symbols: inout SymbolCache, pixelsPerUnit: Double?) {
        setColor(.paper, opacity: 1)
        unsafe cairo_paint(context)
        for element in drawing.elements {
            switch element {
            case .path(let path, let fill, let stroke):
                trace(path)
                paint(fill: fill, stroke: stroke)
            case .text(let text): show(text)
            case .raster(let raster, let frame): show(ImageSurface(raster), in: frame)
            case .symbol(let symbol, let frame, let fill, let stroke):
                guard let pixelsPerUnit else {
                    draw(symbol, in: frame, fill: fill, stroke: stroke)
                    continue
                }
                let key = SymbolCache.Key(
                    identifier: symbol.identifier,
                    width: Int((frame.width * pixelsPerUnit).rounded(.up)),
                    height: Int((frame.height * pixelsPerUnit).rounded(.up)), fill: fill.role,
                    stroke: stroke.role)
                let image = symbols.image(key) { image in
                    let canvas = unsafe Canvas(surface: image.surface, theme: theme)
                    canvas.scale(pixelsPerUnit)
                    let place = Rectangle(x: 0, y: 0, width: frame.width, height: frame.height)
                    canvas.draw(symbol, in: place, fill: fill, stroke: stroke)
                }
                // Pixel for pixel.
                let size = (Double(image.width), Double(image.height))
                show(
                    image,
                    in: Rectangle(
                        x: frame.x, y: frame.y, width: size.0 / pixelsPerUnit,
                        height: size.1 / pixelsPerUnit))
            }
        }
    }

    func finish() throws(RenderingError) {
        let status = unsafe cairo_status(context)
        guard status != CAIRO_STATUS_SUCCESS else { return }
        throw unsafe .cairo(
            status: status.rawValue, message: String(cString: cairo_status_to_string(status)))
    }

    private func draw(
        _ symbol: Drawing.Symbol, in frame: Rectangle, fill: Drawing.Fill, stroke: Drawing.Stroke
    ) {
        unsafe cairo_save(context)
        unsafe cairo_translate(context, frame.x, frame.y)
        unsafe cairo_scale(context, frame.width / symbol.width, frame.height / symbol.height)
        trace(symbol.path)
        unsafe cairo_restore(context)
        paint(fill: fill, stroke: stroke)
    }

    private func trace(_ path: Path) {
        unsafe cairo_new_path(context)
        for segment in path.segments {
            switch segment {
            case .move(let point): unsafe cairo_move_to(context, point.x, point.y)
            case .line(let point): unsafe cairo_line_to(context, point.x, point.y)
            case .close: unsafe cairo_close_path(context)
            case .circle(let center, let radius):
                unsafe cairo_new_sub_path(context)
                unsafe cairo_arc(context, center.x, center.y, radius, 0, 2 * .pi)
                unsafe cairo_close_path(context)
            case .rectangle(let frame):
                unsafe cairo_rectangle(context, frame.x, frame.y, frame.width, frame.height)
            }
        }
    }

    private func paint(fill: Drawing.Fill?, stroke: Drawing.Stroke?) {
        if let fill {
            setColor(fill.role, opacity: fill.opacity)
            unsafe cairo_fill_preserve(context)
        }
        if let stroke {
            setColor(stroke.role, opacity: stroke.opacity)
            unsafe cairo_set_line_width(context, stroke.width)
            unsafe cairo_set_dash(context, stroke.dash, Int32(stroke.dash.count), 0)
            unsafe cairo_stroke_preserve(context)
        }
        unsafe cairo_new_path(context)
    }

    private func show(_ text: Drawing.Text) {
        unsafe cairo_select_font_face(
            context, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL,
            text.isBold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL)
        unsafe cairo_set_font_size(context, text.size)
        unsafe cairo_save(context)
        defer { unsafe cairo_restore(context) }
        unsafe cairo_translate(context, text.position.x, text.position.y)
        if text.rotationDegrees != 0 {
            unsafe cairo_rotate(context, text.rotationDegrees * .pi / 180)
        }
        var start = 0.0
        if text.anchor != .start {
            var extents = cairo_text_extents_t()
            unsafe cairo_text_extents(context, text.string, &extents)
            start = text.anchor == .end ? -extents.x_advance : -extents.x_advance / 2
        }
        unsafe cairo_move_to(context, start, 0)
        if text.hasHalo {
            unsafe cairo_text_path(context, text.string)
            paint(fill: nil, stroke: .init(.paper, width: 3, opacity: 0.85))
            unsafe cairo_move_to(context, start, 0)
        }
        setColor(text.role, opacity: 1)
        unsafe cairo_show_text(context, text.string)
    }

    private func show(_ image: ImageSurface, in frame: Rectangle) {
        unsafe cairo_save(context)
        unsafe cairo_translate(context, frame.x, frame.y)
        unsafe cairo_scale(
            context, frame.width / Double(image.width), frame.height / Double(image.height))
        unsafe cairo_set_source_surface(context, image.surface, 0, 0)
        unsafe cairo_pattern_set_filter(cairo_get_source(context), CAIRO_FILTER_BILINEAR)
        unsafe cairo_paint(context)
        unsafe cairo_restore(context)
    }

    private func setColor(_ role: ColorRole, opacity: Double) {
        let color = theme.color(role)
        unsafe cairo_set_source_rgba(
            context, Double(color.red) / 255, Double(color.green) / 255, Double(color.blue) / 255,
            opacity)
    }
}
