extension RunningMoments {
    /// Adds the numbers of another that were followed elsewhere.
    ///
    /// Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances",
    /// 1979. Count, minimum and maximum are exact; mean and spread differ from those of all numbers in one
    /// row by rounding only.
    package mutating func merge(_ other: RunningMoments) {
        guard other.count > 0 else { return }
        guard count > 0 else {
            self = other
            return
        }
        let (own, added) = (Double(count), Double(other.count))
        let total = own + added
        let distance = other.mean - mean
        self = RunningMoments(
            count: count + other.count, mean: mean + distance * (added / total),
            squares: squares + other.squares + distance * distance * (own * added / total),
            minimum: min(minimum, other.minimum), maximum: max(maximum, other.maximum))
    }
}
