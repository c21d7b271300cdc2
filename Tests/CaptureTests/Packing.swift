import CLZ4
import CZlib
import CZstd

/// Compresses octets for tests.
enum Packing: String, CaseIterable {
    case gzip, zstd, lz4

    func pack(_ octets: [UInt8]) -> [UInt8] {
        switch self {
        case .gzip: Self.gzip(octets)
        case .zstd: Self.zstd(octets)
        case .lz4: Self.lz4(octets)
        }
    }

    private static func gzip(_ octets: [UInt8]) -> [UInt8] {
        var stream = z_stream()
        deflateInit2_(
            &stream, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        defer { deflateEnd(&stream) }
        var source = octets
        var packed = [UInt8](
            repeating: 0, count: Int(deflateBound(&stream, uLong(octets.count))) + 64)
        source.withUnsafeMutableBufferPointer { source in
            packed.withUnsafeMutableBufferPointer { packed in
                stream.next_in = source.baseAddress
                stream.avail_in = UInt32(source.count)
                stream.next_out = packed.baseAddress
                stream.avail_out = UInt32(packed.count)
                deflate(&stream, Z_FINISH)
            }
        }
        return Array(packed.prefix(Int(stream.total_out)))
    }

    private static func zstd(_ octets: [UInt8]) -> [UInt8] {
        var packed = [UInt8](repeating: 0, count: ZSTD_compressBound(octets.count))
        let count = ZSTD_compress(&packed, packed.count, octets, octets.count, 3)
        return Array(packed.prefix(count))
    }

    private static func lz4(_ octets: [UInt8]) -> [UInt8] {
        var packed = [UInt8](repeating: 0, count: LZ4F_compressFrameBound(octets.count, nil))
        let count = LZ4F_compressFrame(&packed, packed.count, octets, octets.count, nil)
        return Array(packed.prefix(count))
    }
}
