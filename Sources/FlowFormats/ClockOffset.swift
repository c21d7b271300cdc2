package import NetworkTypes

/// How far the clock of a time zone is ahead of UTC.
package struct ClockOffset: Sendable {
    private enum Rule: Sendable {
        case fixed(seconds: Int)
        case changing(@Sendable (Timestamp) -> Int)
    }

    private let rule: Rule

    package static let utc = ClockOffset(rule: .fixed(seconds: 0))

    private init(rule: Rule) { self.rule = rule }

    /// A zone whose offset changes; the closure gives the seconds ahead of UTC at an instant.
    package init(seconds: @escaping @Sendable (Timestamp) -> Int) { rule = .changing(seconds) }

    /// A fixed offset: `UTC`, `Z`, `UTC-3`, `UTC+05:30`, `+02:00`, `-0330`; east of Greenwich is positive.
    ///
    /// `nil` for any other text, and for a day and more.
    package init?(_ text: String) {
        var rest = Substring(text)
        for prefix in ["UTC", "GMT"] where rest.uppercased().hasPrefix(prefix) {
            rest = rest.dropFirst(3)
            break
        }
        if rest.isEmpty && !text.isEmpty || text.uppercased() == "Z" {
            self = .utc
            return
        }
        guard let sign = rest.popFirst(), "+-\u{2212}".contains(sign) else { return nil }
        var digits = rest.filter { $0 != ":" }
        guard rest.count - digits.count <= 1, digits.allSatisfy({ $0.isASCII && $0.isNumber })
        else { return nil }
        if rest.contains(":") {
            guard digits.count >= 3, rest.suffix(3).first == ":" else { return nil }
        }
        if digits.count <= 2 { digits += "00" }
        guard (3...4).contains(digits.count), let hours = Int(digits.dropLast(2)), hours < 24,
            let minutes = Int(digits.suffix(2)), minutes < 60
        else { return nil }
        let seconds = hours * 3600 + minutes * 60
        self.init(rule: .fixed(seconds: sign == "+" ? seconds : -seconds))
    }

    /// Seconds ahead of UTC at an instant, less than a day either way.
    package func seconds(at time: Timestamp) -> Int {
        switch rule {
        case .fixed(let seconds): seconds
        case .changing(let offset): min(max(offset(time), -86_399), 86_399)
        }
    }
}

/// What calendar and clock on the wall show at an instant.
struct WallTime: Equatable {
    let year, month, day, hour, minute, second: Int
    /// Of the second, rounded down.
    let microsecond: Int

    init(_ time: Timestamp, clock: ClockOffset) {
        let utcSeconds = Self.floorDivide(Int(time.nanoseconds), 1_000_000_000)
        microsecond = (Int(time.nanoseconds) &- utcSeconds &* 1_000_000_000) / 1000
        let seconds = utcSeconds + clock.seconds(at: time)
        let days = Self.floorDivide(seconds, 86_400)
        let ofDay = seconds - days * 86_400
        (hour, minute, second) = (ofDay / 3600, ofDay / 60 % 60, ofDay % 60)
        // Days to a date in the proleptic Gregorian calendar, by eras of 400 years that begin in March
        // (Hinnant, "chrono-Compatible Low-Level Date Algorithms").
        let era = Self.floorDivide(days + 719_468, 146_097)
        let dayOfEra = days + 719_468 - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
    }

    private static func floorDivide(_ number: Int, _ divisor: Int) -> Int {
        let (quotient, remainder) = number.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
