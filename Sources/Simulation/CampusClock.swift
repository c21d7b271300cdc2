import NetworkTypes

/// When the rows of the table begin: in order of time, dense by day and thin at night and on the
/// weekend.
struct CampusClock: Sendable {
    /// The first second, counted from 1970 on the wall clock of the campus.
    let firstSecond: Int64
    let spanSeconds: Int64
    /// The share of the flows that have begun at the end of each hour.
    private let shares: [Double]
    /// The dates of the span, which may begin in the middle of a day.
    private let dates: [[UInt8]]
    private let firstDay: Int64

    /// - Precondition: a day or more.
    init(start: Timestamp, days: Int) {
        precondition(days > 0, "no time to simulate")
        let first = start.nanoseconds.floorDivided(by: 1_000_000_000)
        firstSecond = first
        spanSeconds = Int64(days) * 86_400
        firstDay = first.floorDivided(by: 86_400)
        dates = (firstDay...firstDay + Int64(days)).map(Self.date)
        let weights = (0..<days * 24).map { hour in
            let hours = (first + Int64(hour) * 3600).floorDivided(by: 3600)
            // 1 January 1970 was a Thursday: day 0 is weekday 3 of a week that begins on Monday.
            let weekday = (hours.floorDivided(by: 24) + 3).modulo(7)
            return Self.hourWeights[Int(hours.modulo(24))] * (weekday < 5 ? 1 : 0.35)
        }
        let total = weights.reduce(0, +)
        var sum = 0.0
        shares = weights.map {
            sum += $0
            return sum / total
        }
    }

    /// Seconds after the start at which this share of the flows has begun.
    ///
    /// - Complexity: O(log days).
    func offset(atShare share: Double) -> Int64 {
        var (low, high) = (0, shares.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if shares[middle] <= share { low = middle + 1 } else { high = middle }
        }
        let before = low == 0 ? 0 : shares[low - 1]
        let seconds = (Double(low) + (share - before) / (shares[low] - before)) * 3600
        return min(max(Int64(seconds), 0), spanSeconds - 1)
    }

    /// The share of the flows that have begun so many seconds after the start.
    func share(atOffset seconds: Int64) -> Double {
        let hour = Int(seconds / 3600)
        guard hour < shares.count else { return 1 }
        let before = hour == 0 ? 0 : shares[hour - 1]
        return before + (shares[hour] - before) * Double(seconds % 3600) / 3600
    }

    /// `dd/MM/yyyyHH:mm:ss` on a 12-hour clock without morning or afternoon, as the tool wrote it.
    ///
    /// - Precondition: the second lies in the span.
    func text(second: Int64) -> String {
        let ofDay = second.modulo(86_400)
        let hour = (ofDay / 3600 + 11) % 12 + 1
        var text = dates[Int(second.floorDivided(by: 86_400) - firstDay)]
        for number in [hour, ofDay / 60 % 60, ofDay % 60] {
            if text.count > 10 { text.append(UInt8(ascii: ":")) }
            text.append(UInt8(ascii: "0") + UInt8(number / 10))
            text.append(UInt8(ascii: "0") + UInt8(number % 10))
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// `dd/MM/yyyy` of a day counted from 1970.
    private static func date(day: Int64) -> [UInt8] {
        // ISO 8601 has the same digits in another order: `yyyy-MM-ddT…`.
        let iso = Array(Timestamp(nanoseconds: day * 86_400_000_000_000).description.utf8)
        let slash = UInt8(ascii: "/")
        return [iso[8], iso[9], slash, iso[5], iso[6], slash] + iso[0..<4]
    }

    /// How busy a campus is in each hour of a working day.
    private static let hourWeights = [
        0.10, 0.07, 0.05, 0.05, 0.06, 0.12, 0.30, 0.70, 1.20, 1.50, 1.65, 1.60,
        1.25, 1.20, 1.55, 1.70, 1.60, 1.35, 1.05, 0.80, 0.65, 0.50, 0.32, 0.18,
    ]
}

extension Int64 {
    /// The quotient rounded down. The divisor is positive.
    func floorDivided(by divisor: Int64) -> Int64 {
        self >= 0 ? self / divisor : -((-self + divisor - 1) / divisor)
    }

    /// What is left above the quotient rounded down: 0..<`divisor`.
    func modulo(_ divisor: Int64) -> Int64 { self - floorDivided(by: divisor) * divisor }
}
