/// A second, slow reading of PNG files with a palette: checks every checksum and undoes the
/// filters.
struct PNGReader {
    struct Failure: Error {
        var what: String
    }

    private(set) var width = 0
    private(set) var height = 0
    /// `0xAARRGGBB` each.
    private var palette: [UInt32] = []
    private var indices: [UInt8] = []

    init(_ file: [UInt8]) throws {
        guard file.starts(with: [0x89, 0x50, 0x4E, 0x47, 13, 10, 26, 10]) else {
            throw Failure(what: "signature")
        }
        var compressed: [UInt8] = []
        var at = 8
        while at < file.count {
            let length = Self.number(file[at..<at + 4])
            let type = String(decoding: file[at + 4..<at + 8], as: UTF8.self)
            let body = Array(file[at + 8..<at + 8 + length])
            let end = at + 8 + length
            guard Self.crc(file[at + 4..<end]) == UInt32(Self.number(file[end..<end + 4])) else {
                throw Failure(what: "checksum of \(type)")
            }
            at = end + 4
            switch type {
            case "IHDR":
                width = Self.number(body[0..<4])
                height = Self.number(body[4..<8])
                guard body[8...] == [8, 3, 0, 0, 0] else { throw Failure(what: "kind") }
            case "PLTE":
                palette = stride(from: 0, to: length, by: 3).map {
                    0xFF00_0000 | UInt32(body[$0]) << 16 | UInt32(body[$0 + 1]) << 8
                        | UInt32(body[$0 + 2])
                }
            case "tRNS":
                for (index, alpha) in body.enumerated() {
                    palette[index] = palette[index] & 0xFFFFFF | UInt32(alpha) << 24
                }
            case "IDAT": compressed += body
            default: break
            }
        }
        try unfilter(Inflater(compressed).bytes)
    }

    func pixel(_ x: Int, _ y: Int) -> UInt32 {
        palette[Int(indices[y * width + x])]
    }

    private mutating func unfilter(_ rows: [UInt8]) throws {
        guard rows.count == height * (width + 1) else { throw Failure(what: "length") }
        for row in 0..<height {
            let start = row * (width + 1)
            guard rows[start] == 0 || rows[start] == 2 else { throw Failure(what: "filter") }
            for column in 0..<width {
                let above =
                    rows[start] == 2 && row > 0 ? indices[(row - 1) * width + column] : 0
                indices.append(rows[start + 1 + column] &+ above)
            }
        }
        guard indices.allSatisfy({ $0 < palette.count }) else { throw Failure(what: "index") }
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> Int {
        bytes.reduce(0) { $0 << 8 | Int($1) }
    }

    private static func crc(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        var crc = UInt32.max
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc >> 1 ^ (crc & 1 == 1 ? 0xEDB8_8320 : 0) }
        }
        return ~crc
    }
}

/// Undoes a zlib stream (RFC 1950, 1951) bit by bit.
private struct Inflater {
    private(set) var bytes: [UInt8] = []
    private let input: [UInt8]
    private var bit = 16

    init(_ input: [UInt8]) throws {
        self.input = input
        var isLast = false
        while !isLast {
            isLast = read(1) == 1
            switch read(2) {
            case 0: readStored()
            case 1: readCompressed(fixedTables())
            default: readCompressed(dynamicTables())
            }
        }
        var (a, b) = (UInt32(1), UInt32(0))
        for byte in bytes {
            a = (a + UInt32(byte)) % 65521
            b = (b + a) % 65521
        }
        let stated = input.suffix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        guard stated == b << 16 | a else { throw PNGReader.Failure(what: "Adler-32") }
    }

    private typealias Code = [Int: Int]

    private mutating func read(_ count: Int) -> Int {
        var value = 0
        for place in 0..<count {
            value |= Int(input[bit >> 3] >> (bit & 7) & 1) << place
            bit += 1
        }
        return value
    }

    private mutating func symbol(_ code: Code) -> Int {
        var key = 1
        while true {
            key = key << 1 | read(1)
            if let symbol = code[key] { return symbol }
            precondition(key < 1 << 17, "no such code")
        }
    }

    /// Canonical codes, each behind a leading 1 that tells its length.
    private func code(_ lengths: [Int]) -> Code {
        var code: Code = [:]
        var next = 0
        for length in 1...15 {
            next <<= 1
            for (symbol, own) in lengths.enumerated() where own == length {
                code[1 << length | next] = symbol
                next += 1
            }
        }
        return code
    }

    private mutating func readStored() {
        bit = (bit + 7) & ~7
        let length = read(16)
        _ = read(16)
        for _ in 0..<length { bytes.append(UInt8(read(8))) }
    }

    private func fixedTables() -> (Code, Code) {
        let lengths =
            [Int](repeating: 8, count: 144) + [Int](repeating: 9, count: 112)
            + [Int](repeating: 7, count: 24) + [Int](repeating: 8, count: 8)
        return (code(lengths), code([Int](repeating: 5, count: 30)))
    }

    private mutating func dynamicTables() -> (Code, Code) {
        let literals = read(5) + 257
        let distances = read(5) + 1
        var lengthLengths = [Int](repeating: 0, count: 19)
        let order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]
        for place in 0..<read(4) + 4 { lengthLengths[order[place]] = read(3) }
        let lengthCode = code(lengthLengths)
        var lengths: [Int] = []
        while lengths.count < literals + distances {
            switch symbol(lengthCode) {
            case 16: lengths += [Int](repeating: lengths[lengths.count - 1], count: read(2) + 3)
            case 17: lengths += [Int](repeating: 0, count: read(3) + 3)
            case 18: lengths += [Int](repeating: 0, count: read(7) + 11)
            case let length: lengths.append(length)
            }
        }
        return (code(Array(lengths[..<literals])), code(Array(lengths[literals...])))
    }

    private mutating func readCompressed(_ tables: (Code, Code)) {
        let lengthBases = [
            3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99,
            115, 131, 163, 195, 227, 258,
        ]
        let lengthBits = [
            0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
        ]
        while true {
            let literal = symbol(tables.0)
            if literal == 256 { return }
            if literal < 256 {
                bytes.append(UInt8(literal))
                continue
            }
            let length = lengthBases[literal - 257] + read(lengthBits[literal - 257])
            let slot = symbol(tables.1)
            let extra = slot < 4 ? 0 : slot / 2 - 1
            let distance = (slot < 4 ? slot : (2 + slot & 1) << extra) + read(extra) + 1
            for _ in 0..<length { bytes.append(bytes[bytes.count - distance]) }
        }
    }
}
