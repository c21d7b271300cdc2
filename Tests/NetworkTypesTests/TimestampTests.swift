import Foundation
import NetworkTypes
import Testing

struct TimestampTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00Z"), (-1, "1969-12-31T23:59:59.999999999Z"),
        (1_493_205_077_000_000_000, "2017-04-26T11:11:17Z"),
        (951_782_400_500_000_000, "2000-02-29T00:00:00.500Z"),
        (1_000, "1970-01-01T00:00:00.000001Z"),
        (Int64.max, "2262-04-11T23:47:16.854775807Z"),
        (Int64.min, "1677-09-21T00:12:43.145224192Z"),
    ])
    func `an instant is written as ISO 8601`(nanoseconds: Int64, text: String) {
        #expect(Timestamp(nanoseconds: nanoseconds).description == text)
    }

    @Test func `calendar days are those of Foundation, four centuries long`() throws {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        for day in stride(from: -100_000, to: 106_000, by: 17) {
            let parts = calendar.dateComponents(
                [.year, .month, .day], from: Date(timeIntervalSince1970: Double(day) * 86_400))
            let timestamp = try #require(
                Timestamp(
                    year: parts.year!, month: parts.month!, day: parts.day!, hour: 1, minute: 2,
                    second: 3))
            #expect(timestamp.nanoseconds == (Int64(day) * 86_400 + 3723) * 1_000_000_000)
            let date = String(
                format: "%04d-%02d-%02dT01:02:03Z", parts.year!, parts.month!, parts.day!)
            #expect(timestamp.description == date)
        }
    }

    @Test func `seconds are rounded to nanoseconds, and refused outside the range`() {
        #expect(Timestamp(seconds: 1.5)?.nanoseconds == 1_500_000_000)
        #expect(Timestamp(seconds: -1e-9)?.nanoseconds == -1)
        #expect(Timestamp(seconds: .nan) == nil)
        #expect(Timestamp(seconds: 1e10) == nil)
    }

    @Test func `dates that do not exist are refused`() {
        #expect(Timestamp(year: 2017, month: 2, day: 29) == nil)
        #expect(Timestamp(year: 1900, month: 2, day: 29) == nil)
        #expect(Timestamp(year: 2000, month: 2, day: 29) != nil)
        #expect(Timestamp(year: 2017, month: 13, day: 1) == nil)
        #expect(Timestamp(year: 2017, month: 0, day: 1) == nil)
        #expect(Timestamp(year: 2017, month: 1, day: 0) == nil)
        #expect(Timestamp(year: 2262, month: 12, day: 1) == nil)
        #expect(Timestamp(year: 2017, month: 1, day: 1, hour: 24) == nil)
    }
}

struct FlowTableTimeTests {
    @Test(arguments: [
        ("26/04/2017 11:11:17", "2017-04-26T11:11:17Z", true),
        ("26/04/201711:11:17", "2017-04-26T11:11:17Z", true),
        ("26/04/201700:11:17", "2017-04-26T00:11:17Z", false),
        ("26/04/2017 13:11:17", "2017-04-26T13:11:17Z", false),
        ("01/01/197012:01:35", "1970-01-01T12:01:35Z", true),
        ("27/01/2009 08:44:42 PM", "2009-01-27T20:44:42Z", false),
        ("09/09/2001 12:46:52 AM", "2001-09-09T00:46:52Z", false),
        ("09/09/200112:46:52 pm", "2001-09-09T12:46:52Z", false),
        ("5/7/2017 8:42:01", "2017-07-05T08:42:01Z", true),
        ("2017-07-07 08:59:50.315195", "2017-07-07T08:59:50.315195Z", false),
        ("2017-07-07T08:59:50", "2017-07-07T08:59:50Z", false),
    ])
    func `the spellings of flow tables are read`(
        text: String, instant: String, isAmbiguous: Bool
    )
        throws
    {
        let time = try #require(FlowTableTime(text))
        #expect(time.timestamp.description == instant)
        #expect(time.isAmbiguous == isAmbiguous)
    }

    @Test(arguments: [
        "", "220", "26/04/2017", "26/04/2017 11:11", "31/04/2017 11:11:17", "04/26/2017 11:11:17",
        "26/04/2017 24:00:00",
        "26/04/2017 13:11:17 PM", "26/04/2017 00:11:17 AM", "26/04/2017 11:60:17",
        "26-04/2017 11:11:17",
        "26/04/2017  11:11:17", "26/04/2017 11:11:17 XM", "26/04/2017 11:11:17 AM ",
        "2017-07-0708:59:50",
        "26/04/2017 11:11:17.", "26/04/2017 11:11:17.1234567890", "26/04/99999 11:11:17",
        "0/0/0 0:00:00",
    ])
    func `other texts are no time`(text: String) {
        #expect(FlowTableTime(text) == nil)
    }

    @Test func `every cut and every changed byte is answered`() {
        let whole = Array("27/01/2009 08:44:42.123456 PM".utf8)
        for count in 0..<whole.count { _ = FlowTableTime(utf8: Array(whole.prefix(count)).span) }
        for position in whole.indices {
            for byte in UInt8.min...UInt8.max {
                var changed = whole
                changed[position] = byte
                _ = FlowTableTime(utf8: changed.span)
            }
        }
        let digits = [UInt8](repeating: 48, count: 1000)
        let time = FlowTableTime(utf8: digits.span)
        #expect(time == nil)
    }
}
