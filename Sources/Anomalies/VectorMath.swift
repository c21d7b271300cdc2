import CLanes

/// Eight rows side by side.
typealias Lanes = SIMD8<Float>

/// The arithmetic of the score, eight rows at a time, the same bits on every machine: no call to the
/// C library, whose last bit differs between versions.
enum VectorMath {
    /// `L(x) = sign(x) ln(1 + |x|)`, to 3e-7 relative. Magnitudes from 1e38 on count as 1e38; NaN stays.
    @inline(__always)
    static func signedLog(_ values: Lanes) -> Lanes {
        let negative = values .< 0
        let magnitude = ntds_lesser(ntds_greater(values, -values), Lanes(repeating: 1e38))
        let sum = 1 + magnitude
        let bits = unsafe unsafeBitCast(sum, to: SIMD8<UInt32>.self)
        // The mantissa is moved to 0.707..<1.414 by taking the exponent of sum / 0.707.
        let moved = bits &- 0x3f35_04f3
        let exponentBits = (moved &>> 23) | 0x4b00_0000
        let exponent = unsafe unsafeBitCast(exponentBits, to: Lanes.self) - Float(8_388_608)
        let mantissaBits = (moved & 0x007f_ffff) &+ 0x3f35_04f3
        let mantissa = unsafe unsafeBitCast(mantissaBits, to: Lanes.self)
        // Below 1.414 the sum may have lost the low bits of x: x itself is the mantissa less 1.
        let rest = (mantissa - 1).replacing(with: magnitude, where: moved .< 0x0080_0000)
        let ratio = rest / (rest + 2)
        let square = ratio * ratio
        let series = polynomial(square, 1 / 9, 1 / 7, 1 / 5, 1 / 3, 1)
        let result = (ratio + ratio) * series + exponent * Float(0.693_147_18)
        return result.replacing(with: -result, where: negative)
            .replacing(with: values, where: values .!= values)
    }

    /// `2^x` for x in -126...126, to 1e-6 relative.
    @inline(__always)
    static func powerOfTwo(_ values: Lanes) -> Lanes {
        let shifted = values + 12_582_912
        let whole = shifted - 12_582_912
        let rest = values - whole
        let bits = unsafe unsafeBitCast(shifted, to: SIMD8<UInt32>.self)
        let scaleBits = (bits &<< 23) &+ 0x3f80_0000
        let scale = unsafe unsafeBitCast(scaleBits, to: Lanes.self)
        let high = polynomial(
            rest, 0.001_333_356, 0.009_618_129, 0.055_504_11, 0.240_226_51, 0.693_147_18)
        return scale * (1 + rest * high)
    }

    /// A polynomial of degree 4, highest coefficient first.
    @inline(__always)
    private static func polynomial(
        _ x: Lanes, _ a: Float, _ b: Float, _ c: Float, _ d: Float, _ e: Float
    ) -> Lanes {
        var sum = x * a + b
        sum = sum * x + c
        sum = sum * x + d
        return sum * x + e
    }

    /// The nearest whole numbers of values in 0...4,194,304, ties to even.
    @inline(__always)
    static func rounded(_ values: Lanes) -> SIMD8<UInt32> {
        (unsafe unsafeBitCast(values + 8_388_608, to: SIMD8<UInt32>.self)) & 0x007f_ffff
    }

    @inline(__always)
    static func clamped(_ values: Lanes, _ low: Float, _ high: Float) -> Lanes {
        ntds_lesser(ntds_greater(values, Lanes(repeating: low)), Lanes(repeating: high))
    }
}
