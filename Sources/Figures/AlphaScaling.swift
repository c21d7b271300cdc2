/// How a score becomes an opacity.
package enum AlphaScaling: String, CaseIterable, Sendable {
    case sqrt, linear, square

    /// Where the score stands between the smallest and the largest, 0…1, bent by the scaling.
    ///
    /// Scores that are all the same are fully opaque; one outside the range takes its end; what is
    /// not a number is 0.
    package func opacity(score: Double, min: Double, max: Double) -> Double {
        guard !score.isNaN else { return 0 }
        guard max > min else { return 1 }
        guard score < max else { return 1 }
        guard score > min else { return 0 }
        // Halves, so that the difference of two huge numbers stays finite.
        let share = (score / 2 - min / 2) / (max / 2 - min / 2)
        let clamped = share.isFinite ? Swift.min(Swift.max(share, 0), 1) : 0
        return switch self {
        case .sqrt: clamped.squareRoot()
        case .linear: clamped
        case .square: clamped * clamped
        }
    }
}
