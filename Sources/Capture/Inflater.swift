private import CLZ4
private import CZlib
private import CZstd

/// Inflates compressed octets piece by piece, frame (gzip: member) after frame.
protocol Inflater: AnyObject {
    /// Whether the octets so far end with a whole frame.
    var isBetweenFrames: Bool { get }

    /// Takes some octets of `input` and puts some into `output`; neither done means that more input is
    /// needed. What was produced is good even if there is a problem behind it.
    func inflate(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) -> InflationStep
}

/// What one call did.
struct InflationStep {
    var consumed = 0
    var produced = 0
    var problem: String?
}

/// The inflater for data that begin with these four octets; `nil` if they are not compressed.
func makeInflater(magic: [UInt8]) -> (any Inflater)? {
    switch (magic[0], magic[1], magic[2], magic[3]) {
    case (0x1f, 0x8b, 8, _): GzipInflater()
    case (0x28, 0xb5, 0x2f, 0xfd): ZstdInflater()
    case (0x04, 0x22, 0x4d, 0x18): LZ4Inflater()
    default: nil
    }
}

/// gzip (RFC 1952), any number of members; zeros behind a member are padding.
@safe private final class GzipInflater: Inflater {
    private var stream = unsafe z_stream()
    private var isReady = false
    private(set) var isBetweenFrames = false

    init() {
        // 16 + 15: a gzip header is expected, and the largest window allowed.
        isReady =
            unsafe inflateInit2_(
                &stream, 31, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size)) == Z_OK
    }

    deinit {
        if isReady { _ = unsafe inflateEnd(&stream) }
    }

    func inflate(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) -> InflationStep {
        guard isReady else { return InflationStep(problem: "no memory to inflate them") }
        if isBetweenFrames {
            let zeros = unsafe input.prefix { $0 == 0 }.count
            if zeros > 0 { return InflationStep(consumed: zeros) }
            if unsafe input.isEmpty { return InflationStep() }
            unsafe inflateReset(&stream)
            isBetweenFrames = false
        }
        // SAFETY: zlib reads its input and writes its output only, and keeps neither beyond the call.
        unsafe stream.next_in = UnsafeMutablePointer(
            mutating: input.assumingMemoryBound(to: Bytef.self).baseAddress)
        unsafe stream.avail_in = uInt(clamping: input.count)
        unsafe stream.next_out = output.assumingMemoryBound(to: Bytef.self).baseAddress
        unsafe stream.avail_out = uInt(clamping: output.count)
        let (offered, room) = unsafe (stream.avail_in, stream.avail_out)
        let status = unsafe CZlib.inflate(&stream, Z_NO_FLUSH)
        var step = unsafe InflationStep(
            consumed: Int(offered - stream.avail_in), produced: Int(room - stream.avail_out))
        switch status {
        case Z_STREAM_END: isBetweenFrames = true
        case Z_OK, Z_BUF_ERROR: break
        default:
            step.problem =
                unsafe stream.msg.map { unsafe String(cString: $0) } ?? "gzip status \(status)"
        }
        return step
    }
}

/// Zstandard (RFC 8878), with windows of at most 128 MiB.
@safe private final class ZstdInflater: Inflater {
    private let stream = unsafe ZSTD_createDStream()
    private(set) var isBetweenFrames = true

    deinit { _ = unsafe ZSTD_freeDStream(stream) }

    func inflate(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) -> InflationStep {
        guard let stream = unsafe stream else {
            return InflationStep(problem: "no memory to inflate them")
        }
        if unsafe input.isEmpty, isBetweenFrames { return InflationStep() }
        var source = unsafe ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
        var target = unsafe ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
        let status = unsafe ZSTD_decompressStream(stream, &target, &source)
        var step = unsafe InflationStep(consumed: source.pos, produced: target.pos)
        if ZSTD_isError(status) != 0 {
            step.problem = unsafe String(cString: ZSTD_getErrorName(status))
        } else {
            isBetweenFrames = status == 0
        }
        return step
    }
}

/// LZ4 frames.
@safe private final class LZ4Inflater: Inflater {
    private var context: OpaquePointer?
    private(set) var isBetweenFrames = true

    init() {
        if unsafe LZ4F_isError(LZ4F_createDecompressionContext(&context, UInt32(LZ4F_VERSION))) != 0
        {
            unsafe context = nil
        }
    }

    deinit { _ = unsafe LZ4F_freeDecompressionContext(context) }

    func inflate(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) -> InflationStep {
        guard let context = unsafe context else {
            return InflationStep(problem: "no memory to inflate them")
        }
        if unsafe input.isEmpty, isBetweenFrames { return InflationStep() }
        var (consumed, produced) = (input.count, output.count)
        let status = unsafe LZ4F_decompress(
            context, output.baseAddress, &produced, input.baseAddress, &consumed, nil)
        if LZ4F_isError(status) != 0 {
            return unsafe InflationStep(problem: String(cString: LZ4F_getErrorName(status)))
        }
        isBetweenFrames = status == 0
        return InflationStep(consumed: consumed, produced: produced)
    }
}
