import NetworkTypes
import Statistics

/// When the people of the campus are there, and when machines that they switch off run.
///
/// Everybody has days of their own: when they come, when they leave, whether at all.
struct HostedRhythm: Sendable {
    /// How somebody's days look.
    enum Style: Sendable {
        /// Comes in the morning of working days, leaves in the afternoon.
        case office
        /// Lives on the campus.
        case home
    }

    /// From midnight of the first day.
    let start: Int64
    let days: Int
    private let seed: UInt64

    static let hour: Int64 = 3_600_000_000_000
    static let day: Int64 = 24 * hour

    init(start: Int64, days: Int, seed: UInt64) {
        (self.start, self.days) = (start, days)
        self.seed = SeededGenerator(seed: seed, name: "rhythm").firstNumber
    }

    var end: Int64 { start + Int64(days) * Self.day }

    /// When somebody is there on a day, in nanoseconds of that day; empty if not at all.
    func presence(of person: Int, style: Style, day: Int64) -> Range<Int64> {
        var generator = SeededGenerator(
            seed: seed ^ UInt64(truncatingIfNeeded: day) << 20, row: person)
        let isWeekend = weekday(day) > 4
        guard style == .office else {
            let begin = generator.uniform(in: 6.3...8.5) + (isWeekend ? 1.5 : 0)
            return Self.hours(begin)..<Self.hours(generator.uniform(in: 22...23.8))
        }
        guard generator.chance(isWeekend ? 0.1 : 0.94) else { return 0..<0 }
        let begin = min(max(8.7 + 0.7 * generator.normal(), 5.5), 12)
        let length = min(max(isWeekend ? 3 : 8.3 + 1.1 * generator.normal(), 1), 11.5)
        return Self.hours(begin)..<Self.hours(begin + length)
    }

    /// Whether somebody is there.
    func isPresent(_ person: Int, style: Style, at time: Int64) -> Bool {
        let day = (time - start) / Self.day
        return presence(of: person, style: style, day: day)
            .contains(time - start - day * Self.day)
    }

    /// The activity of somebody in all, in hours of full activity.
    func work(of person: Int, style: Style) -> Double {
        (0..<Int64(days)).reduce(0) { sum, day in
            let presence = presence(of: person, style: style, day: day)
            return sum
                + (0..<24).reduce(0) { $0 + Self.amount(of: Int64($1), in: presence, style) }
        }
    }

    /// When somebody who begins at `time` has done so many hours of full activity; `Int64.max` after the last day.
    func time(after time: Int64, work: Double, person: Int, style: Style) -> Int64 {
        var work = work
        var day = (time - start) / Self.day
        var from = time - start - day * Self.day
        while day < Int64(days) {
            let presence = presence(of: person, style: style, day: day)
            while from < presence.upperBound {
                from = max(from, presence.lowerBound)
                let hour = from / Self.hour
                let end = min((hour + 1) * Self.hour, presence.upperBound)
                let weight = Self.weight(hour, style)
                let possible = Double(end - from) / Double(Self.hour) * weight
                if possible > work {
                    return start + day * Self.day + from
                        + Int64(work / weight * Double(Self.hour))
                }
                work -= possible
                from = end
            }
            (day, from) = (day + 1, 0)
        }
        return .max
    }

    /// 0 Monday … 6 Sunday, of a day counted from the first.
    func weekday(_ day: Int64) -> Int64 {
        // 1 January 1970 was a Thursday.
        (start.floorDivided(by: Self.day) + day + 3).modulo(7)
    }

    private static func amount(of hour: Int64, in presence: Range<Int64>, _ style: Style) -> Double
    {
        let whole = hour * Self.hour..<(hour + 1) * Self.hour
        let part = presence.clamped(to: whole)
        return Double(part.count) / Double(Self.hour) * weight(hour, style)
    }

    /// How busy people are in an hour of the day, while they are there.
    private static func weight(_ hour: Int64, _ style: Style) -> Double {
        switch style {
        case .office: hour == 12 ? 0.5 : hour == 10 || hour == 15 ? 1.25 : 1
        case .home: homeWeights[Int(hour)]
        }
    }

    private static let homeWeights = [
        0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.3, 0.7, 0.8, 0.6, 0.6, 0.7,
        1.0, 0.8, 0.6, 0.6, 0.7, 0.9, 1.1, 1.3, 1.4, 1.3, 0.9, 0.5,
    ]

    private static func hours(_ number: Double) -> Int64 { Int64(number * Double(hour)) }
}

extension SeededGenerator {
    /// The first number of this generator, as a seed for others.
    fileprivate var firstNumber: UInt64 {
        var copy = self
        return copy.next()
    }
}
