import Statistics
import Testing

struct PoissonTailTests {
    @Test(arguments: [
        // -log10 of the sum of exp(-m) m^i / i! over i = k, k + 1, …, in double precision.
        (1.0, 1.0, 0.199_200_1), (3, 0.02, 5.881_572_4), (10, 1, 6.953_015_5),
        (100, 40, 14.918_561_2), (5, 5, 0.252_194_7),
    ]) func `the tail of Poisson's distribution is that of the reference`(
        _ count: Double, _ mean: Double, _ expected: Double
    ) {
        #expect(abs(PoissonTail.surprise(count, expected: mean) - expected) < 1e-6)
    }

    @Test func `no count is no surprise, and any is where none can be`() {
        #expect(PoissonTail.surprise(0, expected: 3) == 0)
        #expect(PoissonTail.surprise(2, expected: 0) == .infinity)
    }
}
