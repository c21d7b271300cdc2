import NetworkTypes
import Testing

struct CivilTimeTests {
    @Test(arguments: [
        ("2026-11-23T07:00:00Z", "2026-11-23T07:00:00Z"),
        ("2026-11-23T07:00:00", "2026-11-23T07:00:00Z"),
        ("2021-06-06T15:57:37.272281+0200", "2021-06-06T13:57:37.272281Z"),
        ("2019/04/04 16:23:00.325010", "2019-04-04T16:23:00.325010Z"),
        ("2026-01-01 00:30:00-03:30", "2026-01-01T04:00:00Z"),
        ("1970-01-01T00:00:00.000000001z", "1970-01-01T00:00:00.000000001Z"),
        ("2024-02-29T23:59:59.9999999999999Z", "2024-02-29T23:59:59.999999999Z"),
    ]) func `the instant of a text`(_ text: String, _ instant: String) throws {
        let time = try #require(CivilTime(text))
        #expect(time.instant.description.prefix(19) == instant.prefix(19))
        #expect(CivilTime(time.instant.description)?.instant == time.instant)
        #expect(CivilTime(instant)?.instant == time.instant)
    }

    @Test func `a text without a zone names none`() {
        #expect(CivilTime("2026-11-23T07:00:00")?.zoneSeconds == nil)
        #expect(CivilTime("2026-11-23T07:00:00Z")?.zoneSeconds == 0)
        #expect(CivilTime("2026-11-23T07:00:00-01:30")?.zoneSeconds == -5400)
    }

    @Test(arguments: [
        "", "2026-11-23", "2026-11-23T07:00", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z",
        "2026-11-23T24:00:00Z", "2026-11-23T07:00:60Z", "2026-11-23T07:00:00.Z",
        "2026-11-23T07:00:00+2", "2026-11-23T07:00:00+24:00", "2026-11-23T07:00:00 Z",
        "2026-11/23T07:00:00Z", "2O26-11-23T07:00:00Z", "9999-11-23T07:00:00Z",
        "2026-11-23T07:00:00Zulu", "+026-11-23T07:00:00Z",
    ]) func `what is no time is none`(_ text: String) {
        #expect(CivilTime(text) == nil)
    }
}
