/// Welford's recurrence as `RunningMoments` has it, for numbers whose count is kept elsewhere; it stands here a
/// second time because calls into other modules are never inlined, and this one is made thrice a packet.
enum Recurrence {
    /// Moves the mean and the sum of squared distances from it; `count` includes the new number.
    @inline(__always)
    static func move(
        _ mean: inout Double, _ squares: inout Double, by number: Double, count: UInt64
    ) {
        let n = Double(count)
        let deviation = number - mean
        let step = deviation / n
        mean += step
        squares += (n - 1) * deviation * step
    }
}
