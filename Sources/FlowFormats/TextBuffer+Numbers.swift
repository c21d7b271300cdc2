extension TextBuffer {
    /// Appends a number as Java's `Double.toString` writes it: the shortest digits that read back the same, at
    /// least one after the point, plain from 10^-3 to 10^7, else `d.dddE±n`; `NaN`, `Infinity`.
    mutating func append(_ number: Double) {
        guard let whole = Self.plainWhole(number) else { return appendFraction(number) }
        append(whole)
        append(UInt8(ascii: "."))
        append(UInt8(ascii: "0"))
    }

    /// The whole number that is written with `.0` behind it; `nil` for fractions, great numbers and -0.
    @inline(__always)
    static func plainWhole(_ number: Double) -> Int64? {
        guard number.magnitude < 1e7 else { return nil }
        let whole = Int64(number)
        return Double(whole) == number && (whole != 0 || number.sign == .plus) ? whole : nil
    }

    private mutating func appendFraction(_ number: Double) {
        if number.isNaN { return append("NaN") }
        if number.sign == .minus { append(UInt8(ascii: "-")) }
        if number.isInfinite { return append("Infinity") }
        if number.isZero { return append("0.0") }
        let decimal = ShortestDecimal(number)
        let length = Self.digitCount(decimal.digits)
        /// Digits before the point; 0 and less if the first digit stands after it.
        let point = length + decimal.exponent
        switch point {
        case -2...0:
            append("0.")
            append(decimal.digits, digits: length - point)
        case 1...7 where decimal.exponent < 0:
            appendSplit(decimal.digits, after: -decimal.exponent)
        case 1...7:
            append(decimal.digits)
            append(0 as UInt64, digits: decimal.exponent)
            append(".0")
        default:
            if length == 1 {
                append(decimal.digits)
                append(".0")
            } else {
                appendSplit(decimal.digits, after: length - 1)
            }
            append(UInt8(ascii: "E"))
            append(Int64(point - 1))
        }
    }

    /// Appends digits with a point before the last `places` of them.
    private mutating func appendSplit(_ digits: UInt64, after places: Int) {
        let (whole, rest) = digits.quotientAndRemainder(dividingBy: Self.powers[places])
        append(whole)
        append(UInt8(ascii: "."))
        append(rest, digits: places)
    }

    /// 10^0 to 10^19.
    private static let powers: [UInt64] = (0...19).map { exponent in
        (0..<exponent).reduce(1 as UInt64) { power, _ in power * 10 }
    }
}

// MARK: - Digits

extension TextBuffer {
    /// Octets that a number of 64 bits may take, its sign among them, and what is written behind it in vain.
    static let longestNumber = 32

    /// Writes a number and gives the place behind it.
    ///
    /// - Parameter place: Of `longestNumber` octets.
    @inline(__always)
    static func write(
        _ number: UInt64, at place: UnsafeMutablePointer<UInt8>
    ) -> UnsafeMutablePointer<UInt8> {
        guard number >= 100_000_000 else { return unsafe writeShort(number, at: place) }
        let (upper, lower) = number.quotientAndRemainder(dividingBy: 100_000_000)
        let (first, second) = upper.quotientAndRemainder(dividingBy: 100_000_000)
        var place = unsafe place
        if first > 0 {
            unsafe place = writeShort(first, at: place)
            unsafe store(eightDigits(second), at: place)
            unsafe place += 8
        } else {
            unsafe place = writeShort(second, at: place)
        }
        unsafe store(eightDigits(lower), at: place)
        return unsafe place + 8
    }

    /// A number below 10^8: all digits at once, without those zeros in front.
    @inline(__always)
    static func writeShort(
        _ number: UInt64, at place: UnsafeMutablePointer<UInt8>
    ) -> UnsafeMutablePointer<UInt8> {
        let digits = eightDigits(number)
        // The last digit counts even if it is 0.
        let zeros = (digits | 1 << 56).trailingZeroBitCount & ~7
        unsafe store(digits >> UInt64(truncatingIfNeeded: zeros), at: place)
        return unsafe place + (8 - zeros / 8)
    }

    /// The eight decimal digits of a number below 10^8, each an octet from 0 to 9, the first one lowest.
    ///
    /// Halves, quarters and digits are divided side by side in one word; the factors give the exact quotient for
    /// all numbers that occur.
    @inline(__always)
    static func eightDigits(_ number: UInt64) -> UInt64 {
        let upper = number / 10_000
        let fours = upper | (number &- upper &* 10_000) << 32
        let hundreds = (fours &* 10_486) >> 20 & 0x7f_0000_007f
        let twos = hundreds | (fours &- hundreds &* 100) << 16
        let tens = (twos &* 103) >> 10 & 0x000f_000f_000f_000f
        return tens | (twos &- tens &* 10) << 8
    }

    /// Writes eight octets that hold digits, as text.
    @inline(__always)
    static func store(_ digits: UInt64, at place: UnsafeMutablePointer<UInt8>) {
        unsafe UnsafeMutableRawPointer(place).storeBytes(
            of: (digits | 0x3030_3030_3030_3030).littleEndian, as: UInt64.self)
    }
}
