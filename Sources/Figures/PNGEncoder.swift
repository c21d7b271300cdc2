internal import CZlib

/// Writes PNG (ISO/IEC 15948) for drawings: flat areas, few colours, quick.
///
/// Every picture is written with a palette, a byte a pixel: a third of the time and size of RGB.
/// Where the smoothing of edges makes more than 256 colours, `ColorQuantizer` merges the rarest,
/// which no eye tells apart in a figure.
enum PNGEncoder {
    /// Encodes the opaque pixels of a page; the colours of the theme are kept exactly.
    static func encode(
        page pixels: Span<UInt32>, width: Int, height: Int, stride: Int, theme: Theme
    ) throws(RenderingError) -> [UInt8] {
        let layout = PixelLayout(width: width, height: height, stride: stride, mask: 0xFFFFFF)
        let quantizer = ColorQuantizer(
            pixels, layout: layout, wanted: theme.keptColors.map(\.word))
        // The filter "up": each index less the one above it, so where rows agree all is 0.
        let filtered = filtered(pixels, layout: layout, quantizer: quantizer, filter: 2)
        return try file(
            filtered: filtered, width: width, height: height,
            palette: quantizer.palette.map { 0xFF00_0000 | $0 })
    }

    /// Encodes a raster with its transparency.
    static func encode(_ raster: Raster) throws(RenderingError) -> [UInt8] {
        let layout = PixelLayout(
            width: raster.width, height: raster.height, stride: raster.width, mask: .max)
        let quantizer = ColorQuantizer(raster.pixels.span, layout: layout, wanted: [0])
        let filtered = filtered(raster.pixels.span, layout: layout, quantizer: quantizer, filter: 0)
        return try file(
            filtered: filtered, width: raster.width, height: raster.height,
            palette: quantizer.palette.map(separated))
    }

    /// The rows of indices, each behind its filter's number: 0 none, 2 up.
    private static func filtered(
        _ pixels: Span<UInt32>, layout: PixelLayout, quantizer: ColorQuantizer, filter: UInt8
    ) -> [UInt8] {
        let step = layout.width + 1
        var filtered = [UInt8](repeating: 0, count: layout.height * step)
        var above = [UInt8](repeating: 0, count: layout.width)
        var last: UInt32?
        var index: UInt8 = 0
        for row in 0..<layout.height {
            let start = row * step + 1
            filtered[start - 1] = filter
            layout.forEachChange(in: pixels, row: row) { column, color in
                if color != last {
                    last = color
                    index = quantizer.index(of: color)
                }
                if filter == 2 { filtered[start + column] = index &- above[column] }
                above[column] = index
            }
            if filter == 0 {
                for column in 0..<layout.width { filtered[start + column] = above[column] }
            }
        }
        return filtered
    }

    /// The colour as PNG wants it, not multiplied by its opacity.
    private static func separated(_ color: UInt32) -> UInt32 {
        let alpha = color >> 24
        guard alpha > 0 else { return 0 }
        func part(_ shift: UInt32) -> UInt32 {
            min(((color >> shift & 0xFF) * 255 + alpha / 2) / alpha, 255) << shift
        }
        return alpha << 24 | part(16) | part(8) | part(0)
    }

    /// - Parameter palette: `0xAARRGGBB` each.
    private static func file(
        filtered: [UInt8], width: Int, height: Int, palette: [UInt32]
    ) throws(RenderingError) -> [UInt8] {
        let compressed = try deflate(filtered)
        var file: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
        file.reserveCapacity(compressed.count + 4 * palette.count + 80)
        // Eight bits a pixel, colour type 3: palette.
        let header = bigEndian(UInt32(width)) + bigEndian(UInt32(height)) + [8, 3, 0, 0, 0]
        append("IHDR", header, to: &file)
        append("PLTE", palette.flatMap { bigEndian($0)[1...] }, to: &file)
        if palette.contains(where: { $0 >> 24 < 255 }) {
            append("tRNS", palette.map { UInt8($0 >> 24) }, to: &file)
        }
        append("IDAT", compressed, to: &file)
        append("IEND", [], to: &file)
        return file
    }

    /// A zlib stream at level 1 that looks for runs only, the quickest that suits flat pictures.
    private static func deflate(_ bytes: [UInt8]) throws(RenderingError) -> [UInt8] {
        var stream = unsafe z_stream()
        var status = unsafe deflateInit2_(
            &stream, 1, Z_DEFLATED, 15, 9, Z_RLE, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else { throw .compression(status: status) }
        let bound = unsafe Int(deflateBound(&stream, UInt(bytes.count)))
        let result = unsafe [UInt8](unsafeUninitializedCapacity: bound) { output, count in
            unsafe bytes.withUnsafeBufferPointer { input in
                // SAFETY: zlib only reads the input, and both buffers outlive the call.
                unsafe stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                unsafe stream.avail_in = UInt32(input.count)
                unsafe stream.next_out = output.baseAddress
                unsafe stream.avail_out = UInt32(output.count)
                status = unsafe CZlib.deflate(&stream, Z_FINISH)
            }
            count = unsafe Int(stream.total_out)
        }
        unsafe deflateEnd(&stream)
        guard status == Z_STREAM_END else { throw .compression(status: status) }
        return result
    }

    private static func append(_ type: StaticString, _ body: [UInt8], to file: inout [UInt8]) {
        file += bigEndian(UInt32(body.count))
        let start = file.count
        unsafe file.append(contentsOf: UnsafeBufferPointer(start: type.utf8Start, count: 4))
        file += body
        // SAFETY: zlib only reads, within the buffer.
        let checksum = unsafe file[start...].withUnsafeBufferPointer { buffer in
            unsafe crc32(0, buffer.baseAddress, UInt32(buffer.count))
        }
        file += bigEndian(UInt32(checksum))
    }

    private static func bigEndian(_ value: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }
}
