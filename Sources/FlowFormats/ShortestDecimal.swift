/// The shortest decimal that reads back to a given double, and of those the closest: `digits * 10^exponent`.
///
/// The method is Schubfach (R. Giulietti, "The Schubfach way to render doubles", 2021), the one of Java 19 and
/// later: a decimal of one digit counts as two, which matters for the very smallest numbers only
/// (4.9E-324).
struct ShortestDecimal: Equatable {
    /// Without zeros at the end.
    var digits: UInt64
    var exponent: Int

    /// - Precondition: The number is finite and not 0; its sign is ignored.
    init(_ number: Double) {
        precondition(number.isFinite && number != 0, "no decimal for this")
        let fraction = number.significandBitPattern
        let biased = Int(number.exponentBitPattern)
        let isNormal = biased > 0
        let significand = isNormal ? fraction | 1 << 52 : fraction
        let power = isNormal ? biased - 1075 : -1074
        if isNormal, (-52...0).contains(power), significand.trailingZeroBitCount >= -power {
            self.init(digits: significand >> UInt64(-power), exponent: 0)
        } else if !isNormal, fraction < 3 {
            self.init(significand: 10 * fraction, power: power, shift: -1)
        } else {
            self.init(significand: significand, power: power, shift: 0)
        }
    }

    private init(digits: UInt64, exponent: Int) {
        (self.digits, self.exponent) = (digits, exponent)
        while self.digits % 10 == 0 {
            self.digits /= 10
            self.exponent += 1
        }
    }

    /// The decimal of `significand * 2^power * 10^shift` (section 9 of the paper).
    private init(significand: UInt64, power: Int, shift: Int) {
        // The borders belong to the interval of an even significand only, to which a tie is rounded.
        let isOdd = significand & 1
        let centre = significand << 2
        // The next lower double is nearer where the significand is the least one.
        let isSymmetric = significand != 1 << 52 || power == -1074
        let lower = centre - (isSymmetric ? 2 : 1)
        let upper = centre + 2
        let exponent = (power * 1_262_611 - (isSymmetric ? 0 : 524_031)) >> 22
        let scale = DecimalPowers[-exponent]
        let places = UInt64(power + ((-exponent * 1_741_647) >> 19) + 1)
        let middle = Self.roundedToOdd(scale, centre << places)
        let left = Self.roundedToOdd(scale, lower << places) + isOdd
        let right = Self.roundedToOdd(scale, upper << places) - isOdd

        let below = middle >> 2
        if below >= 100 {
            // a digit fewer, if that is still between the borders
            let shorter = below / 10 * 10
            let isBelowInside = left <= shorter << 2
            let isAboveInside = (shorter + 10) << 2 <= right
            if isBelowInside != isAboveInside {
                self.init(
                    digits: isBelowInside ? shorter : shorter + 10, exponent: exponent + shift)
                return
            }
        }
        let isBelowInside = left <= below << 2
        let isAboveInside = (below + 1) << 2 <= right
        let takesBelow: Bool
        if isBelowInside != isAboveInside {
            takesBelow = isBelowInside
        } else {
            let half = (2 * below + 1) << 1
            takesBelow = middle < half || middle == half && below & 1 == 0
        }
        self.init(digits: takesBelow ? below : below + 1, exponent: exponent + shift)
    }

    /// The upper 64 bits of a 192-bit product; the lowest of them is set if what was cut off is not 0.
    @inline(__always)
    private static func roundedToOdd(_ scale: UInt128, _ factor: UInt64) -> UInt64 {
        let low = UInt64(truncatingIfNeeded: scale).multipliedFullWidth(by: factor)
        let high = UInt64(truncatingIfNeeded: scale >> 64).multipliedFullWidth(by: factor)
        let (middle, carry) = high.low.addingReportingOverflow(low.high)
        return (high.high &+ (carry ? 1 : 0)) | (middle > 1 ? 1 : 0)
    }
}

/// The powers of ten from 10^-292 to 10^324: their leading 128 bits, rounded up.
private enum DecimalPowers {
    /// 10^exponent.
    @inline(__always)
    static subscript(exponent: Int) -> UInt128 { table[exponent + 292] }

    private static let table = negative.reversed() + positive

    /// 10^0 and up; 5^n has the same leading bits.
    private static var positive: [UInt128] {
        var number = [UInt32](repeating: 0, count: 25)
        number[24] = 1
        return (0...324).map { exponent in
            var carry: UInt64 = 0
            for index in number.indices.reversed() where exponent > 0 {
                let product = UInt64(number[index]) * 5 + carry
                number[index] = UInt32(truncatingIfNeeded: product)
                carry = product >> 32
            }
            return leadingBits(of: number, isExact: true)
        }
    }

    /// 10^-1 and down: 2^832 / 5^n, rounded down in each step, which is the same as once.
    private static var negative: [UInt128] {
        var number = [UInt32](repeating: 0, count: 27)
        number[0] = 1
        return (1...292).map { _ in
            var rest: UInt64 = 0
            for index in number.indices {
                let dividend = rest << 32 | UInt64(number[index])
                number[index] = UInt32(truncatingIfNeeded: dividend / 5)
                rest = dividend % 5
            }
            return leadingBits(of: number, isExact: false)
        }
    }

    /// The 128 bits from the first set one on, and one more if anything was cut off.
    private static func leadingBits(of number: [UInt32], isExact: Bool) -> UInt128 {
        let first = number.firstIndex { $0 != 0 } ?? 0
        func word(_ offset: Int) -> UInt128 {
            first + offset < number.count ? UInt128(number[first + offset]) : 0
        }
        let shift = number[first].leadingZeroBitCount
        let upper = word(0) << 96 | word(1) << 64 | word(2) << 32 | word(3)
        let bits = upper << UInt128(shift) | word(4) >> UInt128(32 - shift)
        let cutOff = UInt32(truncatingIfNeeded: word(4)) << UInt32(shift)
        let isWhole = isExact && cutOff == 0 && number.dropFirst(first + 5).allSatisfy { $0 == 0 }
        return isWhole ? bits : bits + 1
    }
}
