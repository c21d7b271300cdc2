/// A date and time as logs write it, the year first: `2021-06-06T15:57:37.272281+0200`,
/// `2019/04/04 16:23:00.325010`, `2026-11-23T07:00:00Z` (ISO 8601, RFC 3339).
package struct CivilTime: Hashable, Sendable {
    /// The instant at which a clock of UTC shows this.
    package let local: Timestamp
    /// Seconds ahead of UTC; `nil` if the text names no zone.
    package let zoneSeconds: Int?

    /// Up to nine decimals, more are cut off; the zone is `Z`, `±hh:mm`, `±hhmm` or absent. `nil` for all else.
    package init?(_ text: Span<UInt8>) {
        guard text.count >= 19, text.count <= 40 else { return nil }
        func number(_ place: Range<Int>) -> Int? { Self.number(text.extracting(place)) }
        let separator = text[4]
        guard separator == UInt8(ascii: "-") || separator == UInt8(ascii: "/"),
            text[7] == separator, text[10] == UInt8(ascii: " ") || text[10] == UInt8(ascii: "T"),
            text[13] == UInt8(ascii: ":"), text[16] == UInt8(ascii: ":"),
            let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
            let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
            let whole = Timestamp(
                year: year, month: month, day: day, hour: hour, minute: minute, second: second)
        else { return nil }
        var index = 19
        var nanoseconds: Int64 = 0
        if index < text.count, text[index] == UInt8(ascii: ".") {
            index += 1
            let start = index
            var weight: Int64 = 100_000_000
            while index < text.count, text[index] &- UInt8(ascii: "0") < 10 {
                nanoseconds += Int64(text[index] & 15) * weight
                weight /= 10
                index += 1
            }
            guard index > start else { return nil }
        }
        local = Timestamp(nanoseconds: whole.nanoseconds + nanoseconds)
        if index == text.count {
            zoneSeconds = nil
        } else if let seconds = Self.zone(text.extracting(index..<text.count)) {
            zoneSeconds = seconds
        } else {
            return nil
        }
    }

    package init?(_ text: some StringProtocol) {
        let text = String(text)
        self.init(text.utf8Span.span)
    }

    /// The instant, by a clock of UTC where no zone is named.
    package var instant: Timestamp {
        Timestamp(nanoseconds: local.nanoseconds - Int64(zoneSeconds ?? 0) * 1_000_000_000)
    }

    private static func number(_ digits: Span<UInt8>) -> Int? {
        var number = 0
        for index in digits.indices {
            guard digits[index] &- UInt8(ascii: "0") < 10 else { return nil }
            number = number * 10 + Int(digits[index] & 15)
        }
        return number
    }

    private static func zone(_ text: Span<UInt8>) -> Int? {
        if text.count == 1, text[0] | 0x20 == UInt8(ascii: "z") { return 0 }
        let hasColon = text.count == 6 && text[3] == UInt8(ascii: ":")
        guard hasColon || text.count == 5,
            text[0] == UInt8(ascii: "+") || text[0] == UInt8(ascii: "-"),
            let hours = number(text.extracting(1..<3)), hours < 24,
            let minutes = number(text.extracting((text.count - 2)..<text.count)), minutes < 60
        else { return nil }
        let seconds = hours * 3600 + minutes * 60
        return text[0] == UInt8(ascii: "-") ? -seconds : seconds
    }
}
