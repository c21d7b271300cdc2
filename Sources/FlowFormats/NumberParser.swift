private import Glibc

/// Reads numbers as the tools of this field write them, correctly rounded.
///
/// Decimal fractions with at most 19 digits and 19 places are read with one 128-by-64-bit division
/// whose remainder decides the rounding; whole numbers need none; what is left (long or extreme
/// numbers) goes to the C library.
package enum NumberParser {
    /// What a cell held.
    package enum Cell: Equatable {
        case number(Double)
        /// Empty, blank or `NA`.
        case missing
        case notANumber
    }

    /// The number in a cell; blanks around it do not matter. `NaN`, `Infinity`, `inf` and their
    /// negatives are numbers, as Java, R and C write them.
    @inline(__always)
    package static func parse(_ cell: UnsafeRawBufferPointer) -> Cell {
        // the common case first: digits with at most one point, nothing else
        let count = cell.count
        if count > 0, count <= 20 {
            var mantissa: UInt64 = 0
            var places = 0
            let start = unsafe cell[0] == UInt8(ascii: "-") ? 1 : 0
            var index = start
            unsafe addDigits(cell, &index, &mantissa)
            var digits = count - start
            if index < count, unsafe cell[index] == UInt8(ascii: ".") {
                index += 1
                places = count - index
                digits -= 1
                // SAFETY: the load ends at or before `count`.
                while count - index >= 8,
                    let eight = eightDigits(
                        unsafe cell.loadUnaligned(fromByteOffset: index, as: UInt64.self))
                {
                    mantissa = mantissa &* 100_000_000 &+ eight
                    index += 8
                }
                unsafe addDigits(cell, &index, &mantissa)
            }
            if index == count, digits > 0, digits <= 19 {
                let value = scaled(mantissa, downBy: places)
                return .number(start == 1 ? -value : value)
            }
        }
        return unsafe parseSlowly(cell)
    }

    /// Takes in digits up to the first other octet.
    @inline(__always)
    private static func addDigits(
        _ cell: UnsafeRawBufferPointer, _ index: inout Int, _ mantissa: inout UInt64
    ) {
        while index < cell.count {
            let digit = unsafe cell[index] &- UInt8(ascii: "0")
            if digit > 9 { return }
            mantissa = mantissa &* 10 &+ UInt64(digit)
            index += 1
        }
    }

    /// `mantissa` / 10^`places`, rounded to nearest, ties to even.
    @inline(__always)
    static func scaled(_ mantissa: UInt64, downBy places: Int) -> Double {
        if places == 0 { return Double(mantissa) }
        if mantissa < 1 << 53 { return Double(mantissa) / Double(powersOfTen(places)) }
        // mantissa and divisor with their top bits set: the quotient has 63 or 64 bits, of which 53
        // are kept; the bits below and the remainder decide the rounding.
        let divisor = powersOfTen(places)
        let divisorShift = divisor.leadingZeroBitCount
        let mantissaShift = mantissa.leadingZeroBitCount
        let normalDivisor = divisor << UInt64(divisorShift)
        let (quotient, remainder) = normalDivisor.dividingFullWidth(
            ((mantissa << UInt64(mantissaShift)) >> 1, (mantissa << UInt64(mantissaShift)) << 63))
        let sticky: UInt64 = remainder == 0 ? 0 : 1
        // The conversion rounds a 64-bit whole number once; a set lowest bit below the 11 cut ones
        // stands for the remainder.
        let scale = divisorShift - mantissaShift - 63
        return Double(quotient | sticky) * Double(sign: .plus, exponent: scale, significand: 1)
    }

    /// The number that eight octets spell, first octet first, if all are digits.
    ///
    /// Digits are joined pairwise, then fourwise, in one word (after D. Lemire, "Quickly parsing eight
    /// digits", 2018).
    @inline(__always)
    private static func eightDigits(_ octets: UInt64) -> UInt64? {
        let word = UInt64(littleEndian: octets)
        let isDigits =
            (word & 0xF0F0_F0F0_F0F0_F0F0) == 0x3030_3030_3030_3030
            && ((word &+ 0x0606_0606_0606_0606) & 0xF0F0_F0F0_F0F0_F0F0) == 0x3030_3030_3030_3030
        guard isDigits else { return nil }
        var value = word & 0x0F0F_0F0F_0F0F_0F0F
        value = (value &* 10 &+ (value >> 8)) & 0x00FF_00FF_00FF_00FF
        value = (value &* 100 &+ (value >> 16)) & 0x0000_FFFF_0000_FFFF
        return (value &* 10_000 &+ (value >> 32)) & 0xFFFF_FFFF
    }

    @inline(__always)
    private static func powersOfTen(_ exponent: Int) -> UInt64 { powers[exponent] }

    /// Spelt out, so that they stand in the program and need no making at the first use.
    private static let powers: [UInt64] = [
        1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000,
        100_000_000, 1_000_000_000, 10_000_000_000, 100_000_000_000,
        1_000_000_000_000, 10_000_000_000_000, 100_000_000_000_000,
        1_000_000_000_000_000, 10_000_000_000_000_000, 100_000_000_000_000_000,
        1_000_000_000_000_000_000, 10_000_000_000_000_000_000,
    ]

    @inline(never)
    private static func parseSlowly(_ cell: UnsafeRawBufferPointer) -> Cell {
        var text: [CChar] = []
        var first = 0
        var last = cell.count
        while first < last, isBlank(unsafe cell[first]) { first += 1 }
        while first < last, isBlank(unsafe cell[last - 1]) { last -= 1 }
        guard first < last else { return .missing }
        guard last - first <= 400 else { return .notANumber }
        for index in first..<last {
            let octet = unsafe cell[index]
            guard octet > 0x20, octet < 0x7F else { return .notANumber }
            text.append(CChar(bitPattern: octet))
        }
        if let word = word(String(decoding: text.map(UInt8.init(bitPattern:)), as: UTF8.self)) {
            return word
        }
        text.append(0)
        // digits, sign, point and exponent only: the C library would also read hexadecimal and "nan(…)"
        let allowed = text.dropLast().allSatisfy { character in
            (48...57).contains(character) || "+-.eE".utf8.contains(UInt8(bitPattern: character))
        }
        guard allowed else { return .notANumber }
        return unsafe text.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return Cell.missing }
            var end: UnsafeMutablePointer<CChar>?
            let value = unsafe strtod(base, &end)
            return unsafe end == UnsafeMutablePointer(mutating: base + (buffer.count - 1))
                ? .number(value) : .notANumber
        }
    }

    private static func isBlank(_ octet: UInt8) -> Bool {
        octet == 0x20 || octet == 0x09 || octet == 0x0D
    }

    private static func word(_ text: String) -> Cell? {
        switch text.lowercased() {
        case "nan", "+nan", "-nan": .number(.nan)
        case "infinity", "+infinity", "inf", "+inf": .number(.infinity)
        case "-infinity", "-inf": .number(-.infinity)
        case "na": .missing
        default: nil
        }
    }
}
