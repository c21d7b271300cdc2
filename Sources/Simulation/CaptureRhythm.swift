import NetworkTypes
import Statistics

/// When dialogues begin: how busy the campus is at each hour of the week.
struct CaptureRhythm: Sendable {
    /// Relative to the mean of the week, from Monday 00:00.
    private let weights: [Double]

    init() {
        // 5 January 1970 was a Monday.
        let monday = Timestamp(nanoseconds: Self.firstMonday * 1_000_000_000)
        let clock = CampusClock(start: monday, days: 7)
        weights = (0..<168).map { hour in
            168
                * (clock.share(atOffset: Int64(hour + 1) * 3600)
                    - clock.share(atOffset: Int64(hour) * 3600))
        }
    }

    /// The weight of the hour, and when it ends.
    private func hour(at time: Int64) -> (weight: Double, end: Int64) {
        let hours = (time - Self.firstMonday * 1_000_000_000).floorDivided(by: Self.hourNanoseconds)
        let end = (hours + 1) * Self.hourNanoseconds + Self.firstMonday * 1_000_000_000
        return (weights[Int(hours.modulo(168))], end)
    }

    /// When a Poisson process with so many events per mean hour has made `count` more events.
    func time(
        after start: Int64, count: Int, perHour: Double, _ generator: inout SeededGenerator
    )
        -> Int64
    {
        var work = 0.0
        for _ in 0..<count { work -= naturalLogarithm(1 - generator.uniform()) }
        var time = start
        while true {
            let (weight, end) = hour(at: time)
            let rate = perHour * weight / Double(Self.hourNanoseconds)
            let possible = Double(end - time) * rate
            if possible >= work { return time + Int64(work / rate) }
            work -= possible
            time = end
        }
    }

    private static let firstMonday: Int64 = 345_600
    private static let hourNanoseconds: Int64 = 3_600_000_000_000
}
