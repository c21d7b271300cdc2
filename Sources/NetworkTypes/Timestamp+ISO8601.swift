extension Timestamp {
    /// Reads `2026-11-23T01:02:03.456789Z` (RFC 3339; ISO 8601): up to nine decimals, more are cut off; the zone
    /// is `Z`, `±hh:mm`, `±hhmm` or absent, which means UTC; a blank may stand for the `T`. `nil` for all else.
    package init?(iso8601 text: some StringProtocol) {
        var reader = DigitReader(text)
        guard let year = reader.number(4), reader.take("-"), let month = reader.number(2),
            reader.take("-"), let day = reader.number(2), reader.take("T") || reader.take(" "),
            let hour = reader.number(2), reader.take(":"), let minute = reader.number(2),
            reader.take(":"), let second = reader.number(2),
            // A leap second is the first of the next minute.
            let whole = Timestamp(
                year: year, month: month, day: day, hour: hour, minute: minute,
                second: min(second, 59))
        else { return nil }
        guard second <= 60, let fraction = reader.fraction(), let zone = reader.zone(),
            reader.isAtEnd
        else { return nil }
        let leap: Int64 = second == 60 ? 1_000_000_000 : 0
        self.init(
            nanoseconds: whole.nanoseconds + leap + fraction - Int64(zone) * 60_000_000_000)
    }
}

/// Digits and signs of a text, one after the other.
private struct DigitReader {
    private var rest: Substring.UTF8View

    init(_ text: some StringProtocol) { rest = Substring(text).utf8 }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard let first = rest.first, first == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }

    /// Exactly so many digits.
    mutating func number(_ digits: Int) -> Int? {
        var result = 0
        for _ in 0..<digits {
            guard let digit = digit() else { return nil }
            result = result * 10 + digit
        }
        return result
    }

    /// Nanoseconds of a decimal fraction, 0 if there is none.
    mutating func fraction() -> Int64? {
        guard take(".") || take(",") else { return 0 }
        var result: Int64 = 0
        var scale: Int64 = 100_000_000
        guard let first = digit() else { return nil }
        result = Int64(first) * scale
        while let next = digit() {
            scale /= 10
            result += Int64(next) * scale
        }
        return result
    }

    /// Minutes east of UTC.
    mutating func zone() -> Int? {
        if isAtEnd || take("Z") || take("z") { return 0 }
        let sign = take("-") ? -1 : 1
        guard sign < 0 || take("+"), let hours = number(2), hours < 24 else { return nil }
        _ = take(":")
        if isAtEnd { return sign * hours * 60 }
        guard let minutes = number(2), minutes < 60 else { return nil }
        return sign * (hours * 60 + minutes)
    }

    private mutating func digit() -> Int? {
        guard let first = rest.first, first &- UInt8(ascii: "0") < 10 else { return nil }
        rest.removeFirst()
        return Int(first - UInt8(ascii: "0"))
    }
}
