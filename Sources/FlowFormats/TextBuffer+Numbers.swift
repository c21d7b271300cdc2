extension TextBuffer {
    /// Appends a number as Java's `Double.toString` writes it: the shortest digits that read back the same, at
    /// least one after the point, plain from 10^-3 to 10^7, else `d.dddE±n`; `NaN`, `Infinity`.
    mutating func append(_ number: Double) {
        if number.magnitude < 1e7 {
            let whole = Int64(number)
            if Double(whole) == number, whole != 0 || number.sign == .plus {
                append(whole)
                append(UInt8(ascii: "."))
                return append(UInt8(ascii: "0"))
            }
        }
        appendFraction(number)
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
