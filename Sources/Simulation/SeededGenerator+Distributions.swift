import Statistics

extension SeededGenerator {
    /// The generator of one row of a table.
    init(seed: UInt64, row: Int) {
        var mixer = SplitMix64(seed: seed)
        // Any odd factor keeps rows apart; this one is not the step of SplitMix64, so that the seeds
        // drawn for neighbouring rows do not overlap.
        self.init(seed: mixer.next() &+ UInt64(row) &* 0xd134_2543_de82_ef95)
    }

    /// Uniform in `range`.
    mutating func uniform(in range: ClosedRange<Double>) -> Double {
        range.lowerBound + (range.upperBound - range.lowerBound) * uniform()
    }

    /// True with this probability.
    mutating func chance(_ probability: Double) -> Bool { uniform() < probability }

    /// A whole number in `range`, each as likely as the others.
    mutating func integer(in range: ClosedRange<Int64>) -> Int64 {
        range.lowerBound + Int64(index(below: Int(range.upperBound - range.lowerBound) + 1))
    }

    /// One of `choices`, each as likely as the others.
    ///
    /// - Precondition: there is a choice.
    mutating func choice<Element>(of choices: [Element]) -> Element {
        choices[index(below: choices.count)]
    }

    /// An index in 0..<`bound` that is i with a likelihood about 1 / (i + 1).
    mutating func skewedIndex(below bound: Int) -> Int {
        let place = naturalExponential(uniform() * naturalLogarithm(Double(bound + 1)))
        return min(Int(place) - 1, bound - 1)
    }

    /// Log-normal with this median; `spread` is the standard deviation of the logarithm.
    mutating func logNormal(median: Double, spread: Double) -> Double {
        median * naturalExponential(spread * normal())
    }

    /// Pareto: at least `minimum`, above x with probability (`minimum` / x) to the `exponent`.
    mutating func pareto(minimum: Double, exponent: Double) -> Double {
        minimum * naturalExponential(-naturalLogarithm(1 - uniform()) / exponent)
    }
}

/// The exponential of a number in −700…700, alike on every machine; the error is below 1e-14 relative.
func naturalExponential(_ value: Double) -> Double {
    // value = power × ln 2 + rest, |rest| ≤ ln 2 / 2; ln 2 in two parts keeps the rest exact.
    let power = (value * 1.442_695_040_888_963_4).rounded()
    let rest = (value - power * 0x1.62e42fefa38p-1) - power * 0x1.ef35793c7673p-45
    var sum = 1.0
    for order in reciprocals.indices { sum = 1 + sum * (rest * reciprocals[order]) }
    return sum * Double(sign: .plus, exponent: Int(power), significand: 1)
}

/// 1 / 13, 1 / 12, … 1: the steps of the exponential series, highest order first.
private let reciprocals: [13 of Double] = [
    1 / 13, 1 / 12, 1 / 11, 1 / 10, 1 / 9, 1 / 8, 1 / 7, 1 / 6, 1 / 5, 1 / 4, 1 / 3, 1 / 2, 1,
]
