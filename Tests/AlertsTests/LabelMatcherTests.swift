import Alerts
import Testing

struct LabelMatcherTests {
    private let alert = Alert(Samples.announcement(scope: "labs"))

    @Test(arguments: [
        (#"entity="10.0.0.5""#, true), ("entity=10.0.0.5", true), (#"entity = "10.0.0.5" "#, true),
        (#"entity="10.0.0.6""#, false), (#"entity!="10.0.0.6""#, true),
        (#"entity=~"10\\.0\\..*""#, true), (#"entity=~"10\\.0""#, false),
        (#"entity!~"10\\.0""#, true), (#"entity=~"10.0.0.(5|7)""#, true), ("scope=labs", true),
        ("severity=medium", true), ("tier=~[3-6]", true), ("handling=open", true),
        (#"application="""#, true), (#"nothing="""#, true), (#"nothing=~".+""#, false),
    ])
    func `they pick as those of Alertmanager do`(_ text: String, _ isPicked: Bool) throws {
        let matcher = try LabelMatcher(text)
        #expect(matcher.matches(alert) == isPicked)
        #expect(try LabelMatcher("\(matcher)") == matcher)
    }

    @Test(arguments: [
        "", "entity", "=x", "1a=x", "a b=x", "entity=\"x", "entity=\"x\"y", "entity=~(",
        "entity=~\"[\"",
        "entity=a\"b", "{entity=\"x\"}", "ä=x",
    ])
    func `what is no matcher is refused in words`(_ text: String) {
        #expect(throws: LabelMatcherError.self) { try LabelMatcher(text) }
    }

    @Test func `no pattern takes long`() throws {
        let text = String(repeating: "a", count: 1000)
        for pattern in ["(a+)+b", "(a|a)*b", "(.*a){20}b", "(x+x+)+y"] {
            let alert = Alert(Samples.announcement(entity: text))
            #expect(try !LabelMatcher("entity", .matches, pattern).matches(alert))
        }
        #expect(throws: LabelMatcherError.self) {
            try LabelMatcher("entity", .matches, "((a{1000}){1000}){1000}")
        }
        #expect(throws: LabelMatcherError.self) {
            try LabelMatcher("entity", .matches, String(repeating: "a", count: 1025))
        }
    }

    @Test func `quotes and line ends come back`() throws {
        let matcher = try LabelMatcher("entity", .equal, "a\"b\\c\nd, e={}")
        #expect(try LabelMatcher("\(matcher)") == matcher)
        // A letter that joins what follows it.
        let joined = try LabelMatcher("entity", .equal, "a\u{600}")
        #expect(try LabelMatcher("\(joined)") == joined)
        #expect(throws: LabelMatcherError.self) { try LabelMatcher("entity", .equal, "a\u{0}") }
    }

    @Test func `a silence hides something, for a time, for a reason`() throws {
        func silence(
            _ matchers: [String], from start: Double = 0, to end: Double = 100,
            comment: String = "maintenance"
        ) throws -> Silence {
            try Silence(
                id: "1", matchers: matchers.map { try LabelMatcher($0) },
                start: Samples.time(start),
                end: Samples.time(end), creator: "ann", comment: comment)
        }
        var good = try silence(["entity=10.0.0.5", "scope=~l.*"])
        #expect(good.matches(alert) && !good.matches(Alert(Samples.announcement())))
        #expect(good.state(at: Samples.time(-1)) == .pending)
        #expect(good.state(at: Samples.time(0)) == .active)
        #expect(good.state(at: Samples.time(100)) == .expired)
        good.expire(at: Samples.time(50))
        #expect(good.end == Samples.time(50))
        #expect(throws: SilenceError.everything) { try silence(["entity=~.*"]) }
        #expect(throws: SilenceError.everything) { try silence(["entity!=x"]) }
        #expect(throws: SilenceError.times) { try silence(["entity=x"], from: 5, to: 5) }
        #expect(throws: SilenceError.comment(limit: 4096)) {
            try silence(["entity=x"], comment: "")
        }
        #expect(throws: SilenceError.comment(limit: 4096)) {
            try silence(["entity=x"], comment: "\u{0}x")
        }
        #expect(throws: SilenceError.matchers(limit: 32)) { try silence([]) }
    }
}
