import Statistics

/// Pairs of hosts as beacons and ordinary programs make them.
enum GeneratedPair {
    /// A beacon with uniform jitter of the period, lost connections, and a size that varies now and then.
    static func beacon(
        periodSeconds: Double, jitter: Double, loss: Double, lifeHours: Int, day: UInt32,
        from generator: inout SeededGenerator
    ) -> PairSample {
        let life = Double(lifeHours) * 3600
        let start = generator.uniform() * (86_400 - life)
        let size = 200 + generator.index(below: 2000)
        let sizeSpread = generator.index(below: 40) + 1
        var sample = PairSample(name: "beacon", times: [], octets: [])
        var offset = 0.0
        while offset < life {
            let moved = offset + (2 * generator.uniform() - 1) * jitter * periodSeconds
            if generator.uniform() >= loss, (0..<life).contains(moved) {
                sample.times.append(day + UInt32(start + moved))
                let odd = generator.uniform() < 0.05 ? generator.index(below: 20_000) : 0
                sample.octets.append(
                    UInt32(size + generator.index(below: sizeSpread) + odd))
            }
            offset += periodSeconds
        }
        return inOrder(sample)
    }

    /// One of several kinds, chosen by `round`: beacons, bursts of a person, both at once, or chance alone.
    static func any(
        _ round: Int, lifeHours: Int, day: UInt32, from generator: inout SeededGenerator
    ) -> PairSample {
        let life = Double(lifeHours) * 3600
        var sample = PairSample(name: "mixed", times: [], octets: [])
        if round / 3 % 4 != 1 {
            sample = beacon(
                periodSeconds: 30 * power(120, generator.uniform()),
                jitter: generator.uniform() / 2, loss: round % 2 == 0 ? 0 : 0.2,
                lifeHours: lifeHours, day: day, from: &generator)
        }
        if round / 3 % 4 >= 1 {
            let start = generator.uniform() * (86_400 - life)
            var second = start
            for _ in 0..<generator.index(below: 200) {
                let isPause = generator.uniform() < 0.1
                second += -naturalLogarithm(1 - generator.uniform()) * (isPause ? 3600 : 5)
                guard second < start + life else { break }
                sample.times.append(day + UInt32(second))
                sample.octets.append(UInt32(60 * power(10_000, generator.uniform())))
            }
        }
        return inOrder(sample)
    }

    static func inOrder(_ sample: PairSample) -> PairSample {
        let sorted = zip(sample.times, sample.octets).sorted { $0 < $1 }
        return PairSample(
            name: sample.name, times: sorted.map(\.0), octets: sorted.map(\.1))
    }

    /// `base` to a power between 0 and 1, by halves: alike on every machine.
    static func power(_ base: Double, _ exponent: Double) -> Double {
        var (result, root, rest) = (1.0, base, exponent)
        for _ in 0..<40 {
            (root, rest) = (root.squareRoot(), rest * 2)
            if rest >= 1 { (result, rest) = (result * root, rest - 1) }
        }
        return result
    }
}
