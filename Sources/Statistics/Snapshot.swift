// A snapshot begins with a magic of eight letters and a version, and ends with a checksum of all before it.

extension ByteWriter {
    /// The beginning of a snapshot.
    ///
    /// - Precondition: `magic` has eight ASCII letters.
    package init(magic: StaticString, version: UInt32) {
        self.init()
        precondition(magic.utf8CodeUnitCount == 8, "a magic has eight letters")
        for letter in magic.description.utf8 { add(letter) }
        add(version)
    }

    /// The finished snapshot.
    package consuming func sealed() -> [UInt8] {
        add(ByteReader.checksum(bytes[...]))
        return bytes
    }
}

extension ByteReader {
    /// What stands between version and checksum of a snapshot, both of which are checked.
    package init(
        snapshot bytes: [UInt8], magic: StaticString, version: UInt32
    ) throws(Failure) {
        self.init(bytes.dropLast(8))
        for letter in magic.description.utf8 where try integer(UInt8.self) != letter {
            throw .damaged("it does not start like one")
        }
        try self.version(version)
        let end = bytes.count - 8
        var written: UInt64 = 0
        for index in 0..<8 { written |= UInt64(bytes[end + index]) << (8 * index) }
        guard written == Self.checksum(bytes[..<end]) else {
            throw .damaged("the checksum does not fit")
        }
    }

    /// FNV-1a over 64 bits.
    package static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        return hash
    }

    /// A finite number.
    package mutating func finite() throws(Failure) -> Double {
        let number = try double()
        guard number.isFinite else { throw .damaged("a number out of range") }
        return number
    }

    /// A counter small enough that many may be added up.
    package mutating func counter() throws(Failure) -> UInt64 {
        var number: UInt64 = 0
        for shift in stride(from: 0 as UInt64, to: 49, by: 7) {
            let byte = try integer(UInt8.self)
            number |= UInt64(byte & 127) << shift
            if byte < 128 {
                guard number < 1 << 48 else { break }
                return number
            }
        }
        throw .damaged("a counter out of range")
    }

    /// A counter of 32 bits that may go on counting for long.
    package mutating func smallCounter() throws(Failure) -> UInt32 {
        let number = try counter()
        guard number < 1 << 31 else { throw .damaged("a counter out of range") }
        return UInt32(number)
    }

    /// A finite number in a range.
    package mutating func finite(in range: ClosedRange<Double>) throws(Failure) -> Double {
        let number = try double()
        guard range.contains(number) else { throw .damaged("a number out of range") }
        return number
    }

    /// As many words as are expected, as ``ByteWriter/add(sparse:)`` wrote them.
    package mutating func sparseWords(count expected: Int) throws(Failure) -> [UInt64] {
        guard Int(try integer(UInt32.self)) == expected else {
            throw .damaged("a list of the wrong length")
        }
        var words = [UInt64](repeating: 0, count: expected)
        var place = 0
        while place < expected {
            let zeros = try counter()
            let others = try counter()
            guard zeros + others > 0, zeros + others <= UInt64(expected - place) else {
                throw .damaged("a run out of range")
            }
            place += Int(zeros)
            for _ in 0..<others {
                let word = try integer(UInt64.self)
                guard word != 0 else { throw .damaged("a run out of range") }
                words[place] = word
                place += 1
            }
        }
        return words
    }

    /// Checks that everything was read.
    package func finish() throws(Failure) {
        guard available == 0 else { throw .damaged("octets after the end") }
    }
}
