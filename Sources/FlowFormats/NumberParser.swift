private import CByteScan
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

    /// Octets that `parse(padded:)` may read beyond the start of a cell.
    static let padding = 32

    /// The number in a cell; blanks around it do not matter. `NaN`, `Infinity`, `inf` and their
    /// negatives are numbers, as Java, R and C write them.
    package static func parse(_ cell: UnsafeRawBufferPointer) -> Cell {
        guard cell.count <= usualLength else { return unsafe parseSlowly(cell) }
        return unsafe withUnsafeTemporaryAllocation(byteCount: padding, alignment: 8) { room in
            unsafe room.initializeMemory(as: UInt8.self, repeating: 0)
            unsafe room.copyMemory(from: cell)
            return unsafe parse(padded: UnsafeRawBufferPointer(rebasing: room[..<cell.count]))
        }
    }

    /// A sign, 19 digits at most, a point.
    private static let usualLength = 20

    /// The number in a cell from whose start on `padding` octets can be read.
    @inline(__always)
    static func parse(padded cell: UnsafeRawBufferPointer) -> Cell {
        let count = cell.count
        guard count > 0, count <= usualLength, let start = cell.baseAddress else {
            return unsafe parseSlowly(cell)
        }
        // SAFETY: loads end at most 8 octets beyond the cell, or 32 beyond its start.
        let octets = unsafe start.assumingMemoryBound(to: UInt8.self)
        let masks = unsafe ntds_number_masks_32(octets)
        let inside: UInt32 = (1 << UInt32(count)) - 1
        let sign = unsafe octets[0] == UInt8(ascii: "-") ? 1 : 0
        let points = masks.points & inside
        let digits = (masks.digits & inside).nonzeroBitCount
        let pointCount = points == 0 ? 0 : 1
        // the common case: a sign or none, digits, one point or none, nothing else
        guard points & (points &- 1) == 0, digits > 0, digits <= 19,
            digits + pointCount + sign == count
        else { return unsafe parseSlowly(cell) }
        let point = (points | 1 << UInt32(count)).trailingZeroBitCount
        let places = count - point - pointCount
        let whole = unsafe number(start + sign, point - sign)
        let fraction = unsafe number(start + point + 1, places)
        let value = scaled(whole &* powers[places] &+ fraction, downBy: places)
        return .number(sign == 1 ? -value : value)
    }

    /// The number that `count` digits spell, 19 at most; eight octets beyond them are readable.
    @inline(__always)
    private static func number(_ digits: UnsafeRawPointer, _ count: Int) -> UInt64 {
        // the odd digits first: pushed to the end of their word, with zeros before them
        let odd = count & 7
        var value = eightDigits(
            unsafe eightOctets(digits) &<< UInt64((8 - odd) & 7 * 8) & (odd == 0 ? 0 : .max))
        var offset = odd
        while offset < count {
            let eight = eightDigits(unsafe eightOctets(digits + offset))
            value = value &* 100_000_000 &+ eight
            offset += 8
        }
        return value
    }

    @inline(__always)
    private static func eightOctets(_ octets: UnsafeRawPointer) -> UInt64 {
        UInt64(littleEndian: unsafe octets.loadUnaligned(as: UInt64.self))
    }

    /// The number that eight digits spell, the lowest octet first; octets of zero count as digits 0.
    ///
    /// Digits are joined pairwise, then fourwise, in one word (after D. Lemire, "Quickly parsing eight
    /// digits", 2018).
    @inline(__always)
    private static func eightDigits(_ octets: UInt64) -> UInt64 {
        var value = octets & 0x0F0F_0F0F_0F0F_0F0F
        value = (value &* 10 &+ (value >> 8)) & 0x00FF_00FF_00FF_00FF
        value = (value &* 100 &+ (value >> 16)) & 0x0000_FFFF_0000_FFFF
        return (value &* 10_000 &+ (value >> 32)) & 0xFFFF_FFFF
    }

    /// `mantissa` / 10^`places`, rounded to nearest, ties to even.
    @inline(__always)
    private static func scaled(_ mantissa: UInt64, downBy places: Int) -> Double {
        let divisor = powers[places]
        if mantissa < 1 << 53, places < 19 {
            // both are doubles exactly
            return Double(Int64(bitPattern: mantissa)) / Double(Int64(bitPattern: divisor))
        }
        // mantissa and divisor with their top bits set: the quotient has 62 or 63 bits, of which 53
        // are kept; the bits below and the remainder decide the rounding.
        let divisorShift = divisor.leadingZeroBitCount
        let mantissaShift = mantissa.leadingZeroBitCount
        let dividend = mantissa << UInt64(mantissaShift)
        let (quotient, remainder) = (divisor << UInt64(divisorShift))
            .dividingFullWidth((dividend >> 2, dividend << 62))
        // The conversion rounds a 63-bit whole number once; a set lowest bit below the cut ones
        // stands for the remainder.
        let sticky: UInt64 = remainder == 0 ? 0 : 1
        let exponent = divisorShift - mantissaShift - 62
        // a power of two between 2^-126 and 2
        let scale = Double(bitPattern: UInt64(1023 + exponent) << 52)
        return Double(Int64(bitPattern: quotient | sticky)) * scale
    }

    /// Powers of ten, spelt out, so that they stand in the program and need no making at the first use.
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
