/// A small generator whose output of one seed is the same everywhere; it spreads seeds for others.
///
/// Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.
package struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
        return word ^ word >> 31
    }
}

/// The seeded generator of samples and models: xoshiro256** (Blackman and Vigna, 2018).
///
/// Unlike the generators of the standard library it says what its draws are, so that the same seed
/// gives the same model on every machine.
package struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: (UInt64, UInt64, UInt64, UInt64)

    package init(seed: UInt64) {
        var seeds = SplitMix64(seed: seed)
        state = (seeds.next(), seeds.next(), seeds.next(), seeds.next())
    }

    /// A generator for one named part of the work, independent of the order in which parts are done.
    package init(seed: UInt64, name: String) {
        // FNV-1a of the name; SplitMix64 spreads it.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        self.init(seed: seed ^ hash)
    }

    package mutating func next() -> UInt64 {
        let product = state.1 &* 5
        let result = (product << 7 | product >> 57) &* 9
        let shifted = state.1 << 17
        state.2 ^= state.0
        state.3 ^= state.1
        state.1 ^= state.2
        state.0 ^= state.3
        state.2 ^= shifted
        state.3 = state.3 << 45 | state.3 >> 19
        return result
    }

    /// A number in 0..<1, a multiple of 2^-53.
    package mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// A whole number in 0..<bound; the bias is at most bound / 2^64.
    ///
    /// - Precondition: `bound` is positive.
    package mutating func index(below bound: Int) -> Int {
        precondition(bound > 0, "an index below nothing")
        return Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// A draw from the normal distribution of mean 0 and variance 1 (polar method of Marsaglia).
    package mutating func normal() -> Double {
        while true {
            let first = 2 * uniform() - 1
            let second = 2 * uniform() - 1
            let square = first * first + second * second
            if square > 0, square < 1 {
                return first * (-2 * naturalLogarithm(square) / square).squareRoot()
            }
        }
    }

    /// `size` different indices below `count` in ascending order, or all of them if there are fewer.
    ///
    /// Every set is equally likely (Vitter's selection sampling).
    package mutating func sample(_ size: Int, below count: Int) -> [Int] {
        if size >= count { return Array(0..<count) }
        var chosen: [Int] = []
        chosen.reserveCapacity(size)
        var index = 0
        while chosen.count < size {
            let left = size - chosen.count
            if uniform() * Double(count - index) < Double(left) { chosen.append(index) }
            index += 1
        }
        return chosen
    }
}

/// The natural logarithm of a positive, normal number, alike on every machine: no call to the C
/// library, whose last bit differs between versions. The error is below 1e-14 relative to 1.
package func naturalLogarithm(_ value: Double) -> Double {
    var exponent = Double(value.exponent)
    var mantissa = value.significand
    if mantissa > 1.414_213_562_373_095_1 {
        mantissa *= 0.5
        exponent += 1
    }
    let ratio = (mantissa - 1) / (mantissa + 1)
    let square = ratio * ratio
    var sum = 0.0
    for odd in stride(from: 21.0, through: 1, by: -2) { sum = sum * square + 1 / odd }
    return 2 * ratio * sum + exponent * 0.693_147_180_559_945_3
}
