/// Writes numbers and text, little-endian, lists after their count.
package struct ByteWriter: Sendable {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    package mutating func add(_ number: some FixedWidthInteger) {
        for shift in stride(from: 0, to: number.bitWidth, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }

    package mutating func add(_ number: Double) { add(number.bitPattern) }

    /// - Precondition: `count` fits in 32 bits.
    package mutating func add(count: Int) { add(UInt32(count)) }

    package mutating func add(_ text: String) {
        add(count: text.utf8.count)
        bytes.append(contentsOf: text.utf8)
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

    package mutating func double() throws(Failure) -> Double {
        Double(bitPattern: try integer(UInt64.self))
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
