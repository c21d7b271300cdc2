/// The time a flow table states, with what its spelling leaves open.
///
/// CICFlowMeter writes `dd/MM/yyyy hh:mm:ss` with a 12-hour clock and, in most versions, no mark of
/// morning or afternoon; the Unicauca table lost the blank as well (`26/04/201711:11:17`). Later versions
/// write ` AM` or ` PM`, the corrected one `yyyy-MM-dd HH:mm:ss.ffffff`. None states a time zone: the clock
/// is read as UTC.
package struct FlowTableTime: Hashable, Sendable {
    /// The instant, with the hour as written.
    package let timestamp: Timestamp

    /// Whether the hour may as well be twelve more (or, written as 12, twelve less): it lies in 1…12 and
    /// nothing says which half of the day is meant. Nothing is guessed from it.
    package let isAmbiguous: Bool

    /// `nil` if the text is none of the spellings, or a date or time that does not exist.
    package init?(utf8 text: Span<UInt8>) {
        guard var text = Cursor(text), let first = text.number(digits: 1...4),
            let separator = text.next(),
            let month = text.number(digits: 1...2), text.skip(separator),
            let last = text.number(digits: 1...4)
        else { return nil }
        let (year, day): (Int, Int)
        switch separator {
        case UInt8(ascii: "/"): (year, day) = (last, first)
        case UInt8(ascii: "-"): (year, day) = (first, last)
        default: return nil
        }
        if !text.skip(UInt8(ascii: " ")) && separator == UInt8(ascii: "-") {
            guard text.skip(UInt8(ascii: "T")) else { return nil }
        }
        guard var hour = text.number(digits: 1...2), text.skip(UInt8(ascii: ":")),
            let minute = text.number(digits: 2...2), text.skip(UInt8(ascii: ":")),
            let second = text.number(digits: 2...2)
        else { return nil }
        let nanoseconds = text.skip(UInt8(ascii: ".")) ? text.fraction() : 0
        let half = text.halfOfDay()
        if let half {
            guard (1...12).contains(hour) else { return nil }
            hour = hour % 12 + (half == .afternoon ? 12 : 0)
        }
        guard text.isAtEnd, let nanoseconds,
            let whole = Timestamp(
                year: year, month: month, day: day, hour: hour, minute: minute, second: second)
        else { return nil }
        timestamp = Timestamp(nanoseconds: whole.nanoseconds + nanoseconds)
        isAmbiguous = half == nil && separator == UInt8(ascii: "/") && (1...12).contains(hour)
    }

    package init?(_ text: String) {
        self.init(utf8: text.utf8Span.span)
    }
}

private enum HalfOfDay {
    case morning, afternoon
}

/// Reads a short text from left to right.
///
/// The bytes are copied into the value: a type that holds a span needs features the language still
/// calls experimental.
private struct Cursor {
    private var text = [40 of UInt8](repeating: 0)
    private let count: Int
    private var index = 0

    /// `nil` if the text is longer than any spelling of a time.
    init?(_ text: Span<UInt8>) {
        guard text.count <= self.text.count else { return nil }
        count = text.count
        for index in 0..<count { self.text[index] = text[index] }
    }

    var isAtEnd: Bool { index == count }

    mutating func next() -> UInt8? {
        guard index < count else { return nil }
        defer { index += 1 }
        return text[index]
    }

    mutating func skip(_ byte: UInt8) -> Bool {
        guard index < count, text[index] == byte else { return false }
        index += 1
        return true
    }

    mutating func number(digits: ClosedRange<Int>) -> Int? {
        let start = index
        var number = 0
        while index < count, index - start < digits.upperBound, text[index] &- 48 < 10 {
            number = number * 10 + Int(text[index] & 15)
            index += 1
        }
        return index - start < digits.lowerBound ? nil : number
    }

    /// One to nine decimals of a second, as nanoseconds.
    mutating func fraction() -> Int64? {
        let start = index
        guard var number = number(digits: 1...9).map(Int64.init) else { return nil }
        for _ in (index - start)..<9 { number *= 10 }
        return number
    }

    mutating func halfOfDay() -> HalfOfDay? {
        let start = index
        _ = skip(UInt8(ascii: " "))
        if index + 2 == count, text[index + 1] | 0x20 == UInt8(ascii: "m") {
            let letter = text[index] | 0x20
            index += 2
            if letter == UInt8(ascii: "a") { return .morning }
            if letter == UInt8(ascii: "p") { return .afternoon }
        }
        index = start
        return nil
    }
}
