import Statistics
import Testing

struct SeededGeneratorTests {
    @Test func `SplitMix64 gives the published sequence of seed 1234567`() {
        var generator = SplitMix64(seed: 1_234_567)
        #expect(
            (0..<3).map { _ in generator.next() } == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
            ])
    }

    @Test func `the same seed and name give the same draws, another name others`() {
        var one = SeededGenerator(seed: 7, name: "Google")
        var same = SeededGenerator(seed: 7, name: "Google")
        var other = SeededGenerator(seed: 7, name: "DNS")
        let draws = (0..<8).map { _ in one.next() }
        #expect(draws == (0..<8).map { _ in same.next() })
        #expect(draws != (0..<8).map { _ in other.next() })
    }

    @Test func `normal draws have mean 0 and variance 1`() {
        var generator = SeededGenerator(seed: 3)
        let draws = (0..<200_000).map { _ in generator.normal() }
        let mean = draws.reduce(0, +) / Double(draws.count)
        let variance = draws.reduce(0) { $0 + $1 * $1 } / Double(draws.count)
        #expect(abs(mean) < 0.01)
        #expect(abs(variance - 1) < 0.015)
    }

    @Test(arguments: [0, 1, 7, 100])
    func `a sample is ascending, without repeats and of the size asked for`(
        size: Int
    ) {
        var generator = SeededGenerator(seed: 5)
        let sample = generator.sample(size, below: 50)
        #expect(sample.count == min(size, 50))
        #expect(zip(sample, sample.dropFirst()).allSatisfy { $0 < $1 })
        #expect(sample.allSatisfy { (0..<50).contains($0) })
    }

    @Test func `the logarithm agrees with known values`() {
        #expect(abs(naturalLogarithm(10) - 2.302585092994046) < 1e-14)
        #expect(naturalLogarithm(1) == 0)
        #expect(abs(naturalLogarithm(1e-300) + 690.7755278982137) < 1e-11)
        #expect(abs(naturalLogarithm(1.4142135) - 0.34657356) < 1e-7)
    }
}
