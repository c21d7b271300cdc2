/// Writes numbers and text, little-endian, lists after their count.
package struct ByteWriter: Sendable {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    // A function a width: generic ones are not specialised for callers in other modules, and models have
    // millions of numbers.
    package mutating func add(_ number: UInt8) { bytes.append(number) }
    package mutating func add(_ number: UInt16) { append(number) }
    package mutating func add(_ number: UInt32) { append(number) }
    package mutating func add(_ number: UInt64) { append(number) }
    package mutating func add(_ number: Int32) { append(number) }
    package mutating func add(_ number: Int64) { append(number) }
    package mutating func add(_ number: Float) { append(number.bitPattern) }
    package mutating func add(_ number: Double) { append(number.bitPattern) }

    private mutating func append(_ number: some FixedWidthInteger) {
        unsafe withUnsafeBytes(of: number.littleEndian) { unsafe bytes.append(contentsOf: $0) }
    }

    /// - Precondition: `count` fits in 32 bits.
    package mutating func add(count: Int) { add(UInt32(count)) }

    package mutating func add(_ numbers: [Float]) {
        add(count: numbers.count)
        for number in numbers { append(number.bitPattern) }
    }

    package mutating func add(_ numbers: [Double]) {
        add(count: numbers.count)
        for number in numbers { append(number.bitPattern) }
    }

    package mutating func add(_ flag: Bool) { bytes.append(flag ? 1 : 0) }

    package mutating func add(_ text: String) {
        add(count: text.utf8.count)
        bytes.append(contentsOf: text.utf8)
    }

    /// Octets after their count.
    package mutating func add(octets: [UInt8]) {
        add(count: octets.count)
        bytes.append(contentsOf: octets)
    }

    /// Words after their count, runs of zeros as their length: for filters and grids that are mostly empty.
    package mutating func add(sparse words: [UInt64]) {
        add(count: words.count)
        var place = 0
        while place < words.count {
            var end = place
            while end < words.count, words[end] == 0 { end += 1 }
            add(short: UInt64(end - place))
            place = end
            while end < words.count, words[end] != 0 { end += 1 }
            add(short: UInt64(end - place))
            for word in words[place..<end] { append(word) }
            place = end
        }
    }

    /// Seven bits an octet, low bits first: most counters are small.
    package mutating func add(short number: UInt64) {
        var rest = number
        while rest >= 128 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 128)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}

/// Reads what `ByteWriter` wrote, and trusts nothing: no count makes its reader reserve more than a small
/// multiple of the bytes that are really there.
package struct ByteReader: Sendable {
    /// Bytes that hold nothing that could be read.
    package enum Failure: Error, Equatable, CustomStringConvertible {
        /// The bytes end too early.
        case truncated(needed: Int, available: Int)
        /// Written by another version of the program.
        case wrongVersion(found: UInt32, supported: UInt32)
        /// The bytes contradict themselves.
        case damaged(String)

        package var description: String {
            switch self {
            case .truncated(let needed, let available):
                "cut off: \(needed) octets are needed where \(available) are left"
            case .wrongVersion(let found, let supported):
                "of version \(found), this program reads version \(supported)"
            case .damaged(let what): "damaged: \(what)"
            }
        }
    }

    private let bytes: [UInt8]
    private var place = 0

    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The number of bytes not read yet.
    package var available: Int { bytes.count - place }

    package mutating func integer<Number: FixedWidthInteger>(
        _: Number.Type
    ) throws(Failure) -> Number {
        let size = Number.bitWidth / 8
        try require(size)
        var number: Number = 0
        for index in 0..<size {
            number |= Number(truncatingIfNeeded: bytes[place + index]) << (8 * index)
        }
        place += size
        return number
    }

    // For callers in other modules, where the generic one is not specialised.
    package mutating func uint8() throws(Failure) -> UInt8 { try integer(UInt8.self) }
    package mutating func uint16() throws(Failure) -> UInt16 { try integer(UInt16.self) }
    package mutating func uint32() throws(Failure) -> UInt32 { try integer(UInt32.self) }
    package mutating func uint64() throws(Failure) -> UInt64 { try integer(UInt64.self) }
    package mutating func int64() throws(Failure) -> Int64 { try integer(Int64.self) }

    package mutating func flag() throws(Failure) -> Bool {
        switch try integer(UInt8.self) {
        case 0: return false
        case 1: return true
        default: throw .damaged("neither yes nor no")
        }
    }

    package mutating func double() throws(Failure) -> Double {
        Double(bitPattern: try integer(UInt64.self))
    }

    /// A finite number no larger than any that a model has.
    package mutating func float() throws(Failure) -> Float {
        let number = Float(bitPattern: try integer(UInt32.self))
        guard number.isFinite, abs(number) <= 1e12 else { throw .damaged("a number out of range") }
        return number
    }

    /// A list of such numbers, of a given length if one is given.
    package mutating func floats(count expected: Int? = nil) throws(Failure) -> [Float] {
        let count = try count(size: 4)
        if let expected, count != expected { throw .damaged("a list of the wrong length") }
        var numbers: [Float] = []
        numbers.reserveCapacity(count)
        for _ in 0..<count { numbers.append(try float()) }
        return numbers
    }

    /// Octets that stand after their count.
    package mutating func octets() throws(Failure) -> [UInt8] {
        let count = try count(size: 1)
        defer { place += count }
        return Array(bytes[place..<(place + count)])
    }

    /// A finite number that is not negative.
    package mutating func amount() throws(Failure) -> Double {
        let number = try double()
        guard number >= 0, number.isFinite else { throw .damaged("a number out of range") }
        return number
    }

    /// A count of entries of at least `size` octets each, all of which can really be there.
    package mutating func count(size: Int) throws(Failure) -> Int {
        let count = Int(try integer(UInt32.self))
        try require(count * size)
        return count
    }

    package mutating func text() throws(Failure) -> String {
        let count = try count(size: 1)
        guard let text = String(validating: bytes[place..<(place + count)], as: UTF8.self) else {
            throw .damaged("text that is no UTF-8")
        }
        place += count
        return text
    }

    /// Reads the number of a version and refuses any other.
    package mutating func version(_ supported: UInt32) throws(Failure) {
        let found = try integer(UInt32.self)
        if found != supported { throw .wrongVersion(found: found, supported: supported) }
    }

    private func require(_ count: Int) throws(Failure) {
        if count > available { throw .truncated(needed: count, available: available) }
    }
}
