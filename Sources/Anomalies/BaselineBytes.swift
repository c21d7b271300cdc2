/// Bytes that hold no model that could be read.
package enum ScoreModelDecodingError: Error, Equatable, CustomStringConvertible {
    /// The bytes end too early.
    case truncated(needed: Int, available: Int)
    /// Written by another version of the program.
    case wrongVersion(found: UInt32, supported: UInt32)
    /// The bytes contradict themselves.
    case damaged(String)

    package var description: String {
        switch self {
        case .truncated(let needed, let available):
            "the baseline is cut off: \(needed) octets are needed where \(available) are left"
        case .wrongVersion(let found, let supported):
            "the baseline is of version \(found), this program reads version \(supported)"
        case .damaged(let what): "the baseline is damaged: \(what)"
        }
    }
}

/// Writes numbers and lists, little-endian, counts first.
struct BaselineWriter {
    private(set) var bytes: [UInt8] = []

    mutating func add(_ number: some FixedWidthInteger) {
        for shift in stride(from: 0, to: number.bitWidth, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }

    mutating func add(_ number: Float) { add(number.bitPattern) }
    mutating func add(_ number: Double) { add(number.bitPattern) }
    mutating func add(count: Int) { add(UInt32(clamping: count)) }

    mutating func add(_ numbers: [Float]) {
        add(count: numbers.count)
        for number in numbers { add(number) }
    }

    mutating func add(_ numbers: [Double]) {
        add(count: numbers.count)
        for number in numbers { add(number) }
    }

    mutating func add(_ text: String) {
        add(count: text.utf8.count)
        bytes.append(contentsOf: text.utf8)
    }

    /// Seven bits an octet, low bits first: most counters of a histogram are small.
    mutating func add(short number: UInt64) {
        var rest = number
        while rest >= 128 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 128)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// The checksum of all bytes so far.
    mutating func seal() { add(BaselineReader.checksum(bytes[...])) }
}

/// Reads what `BaselineWriter` wrote. No count makes it reserve more than a small multiple of the bytes
/// that are really there.
struct BaselineReader {
    typealias Failure = ScoreModelDecodingError

    private let bytes: [UInt8]
    private var place = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var available: Int { bytes.count - place }

    /// FNV-1a over 64 bits.
    static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        return hash
    }

    mutating func require(_ count: Int) throws(Failure) {
        if count > available { throw .truncated(needed: count, available: available) }
    }

    mutating func integer<Number: FixedWidthInteger>(_: Number.Type) throws(Failure) -> Number {
        let size = Number.bitWidth / 8
        try require(size)
        var number: Number = 0
        for index in 0..<size {
            number |= Number(truncatingIfNeeded: bytes[place + index]) << (8 * index)
        }
        place += size
        return number
    }

    mutating func double() throws(Failure) -> Double {
        Double(bitPattern: try integer(UInt64.self))
    }

    /// A finite number no larger than any that is written.
    mutating func float() throws(Failure) -> Float {
        let number = Float(bitPattern: try integer(UInt32.self))
        guard number.isFinite, abs(number) <= 1e12 else { throw .damaged("a number out of range") }
        return number
    }

    /// A count of entries of `size` octets each that are really there.
    mutating func count(size: Int) throws(Failure) -> Int {
        let count = Int(try integer(UInt32.self))
        try require(count * size)
        return count
    }

    /// A list of numbers, of a given length if one is given.
    mutating func floats(count expected: Int? = nil) throws(Failure) -> [Float] {
        let count = try count(size: 4)
        if let expected, count != expected { throw .damaged("a list of the wrong length") }
        var numbers: [Float] = []
        numbers.reserveCapacity(count)
        for _ in 0..<count { numbers.append(try float()) }
        return numbers
    }

    mutating func text() throws(Failure) -> String {
        let count = try count(size: 1)
        guard let text = String(validating: bytes[place..<(place + count)], as: UTF8.self) else {
            throw .damaged("text that is no UTF-8")
        }
        place += count
        return text
    }

    mutating func short() throws(Failure) -> UInt64 {
        var number: UInt64 = 0
        for shift in stride(from: 0, to: 70, by: 7) {
            let byte = try integer(UInt8.self)
            let part = UInt64(byte & 127)
            if shift == 63, part > 1 { break }
            number |= part << UInt64(shift)
            if byte < 128 { return number }
        }
        throw .damaged("a counter that is too large")
    }
}
