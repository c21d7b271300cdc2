import Reports
import Statistics
import Testing

struct FileNamesTests {
    @Test func `plain names stay as they are`() {
        #expect(
            FileNames(["HTTP", "GOOGLE_MAPS", "a.b-c"]).names == ["HTTP", "GOOGLE_MAPS", "a.b-c"])
    }

    @Test(arguments: [
        "../../etc/passwd", "..", ".", "", "/", "a/b", "a\\b", "a\u{0}b", "new\nline", ".hidden",
        "~root", "C:\\x", "💥", "e\u{301}",
        "-rf", "*", "$(id)", "\u{202E}gnp.exe", String(repeating: "x/", count: 5000),
    ]) func `no name leaves its folder or hides`(_ application: String) {
        let name = FileNames([application]).names[0]
        #expect(!name.isEmpty && name.utf8.count <= 80)
        #expect(!name.hasPrefix("."), "\(name)")
        #expect(
            name.utf8.allSatisfy { octet in
                UInt8(ascii: "a")...UInt8(ascii: "z") ~= octet | 0x20
                    || UInt8(ascii: "0")...UInt8(ascii: "9") ~= octet
                    || "._-".utf8.contains(octet)
            }, "\(name)")
    }

    @Test func `no two applications share a file, not even where case does not count`() {
        let names = FileNames(["a/b", "a\\b", "A-B", "a-b", "a-b-2", "💥", "💣", "", ".", ".x", ".x"])
            .names
        #expect(Set(names.map { $0.lowercased() }).count == 11)
        #expect(!names.contains { $0.hasPrefix(".") })
    }

    @Test func `five hundred applications of one name get names of their own`() {
        let names = FileNames(Array(repeating: "x", count: 500)).names
        #expect(Set(names).count == 500)
    }
}

struct HTMLTextTests {
    @Test func `text is escaped for elements and attributes`() {
        #expect(
            HTMLText.escaped("<a href=\"x\" id='y'>&amp;</a>")
                == "&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;amp;&lt;/a&gt;")
        #expect(HTMLText.escaped("HTTP_2 é 日本") == "HTTP_2 é 日本")
    }

    @Test func `a combining mark does not hide what must be escaped`() {
        for (mark, escaped) in [
            ("\"", "&quot;"), ("<", "&lt;"), ("&", "&amp;"), ("'", "&#39;"), (">", "&gt;"),
        ] {
            let text = HTMLText.escaped(mark + "\u{301}x")
            #expect(text.unicodeScalars.starts(with: escaped.unicodeScalars), "\(mark)")
        }
    }

    @Test func `control characters and turned writing are dropped, long text is cut`() {
        #expect(HTMLText.escaped("a\u{0}b\u{1B}[31m\u{202E}c") == "ab[31mc")
        #expect(HTMLText.escaped(String(repeating: "x", count: 1000)).unicodeScalars.count == 201)
        #expect(
            HTMLText.escaped(String(repeating: "<", count: 30), limit: 10).hasPrefix("&lt;&lt;"))
    }
}

struct StrangestMembersTests {
    @Test func `the strangest are those that sorting puts first`() {
        for seed in 1...60 as ClosedRange<UInt64> {
            var random = SeededGenerator(seed: seed)
            let count = random.index(below: 400)
            let scores = (0..<count).map { _ in
                random.index(below: 12) == 0 ? Double.nan : Double(random.index(below: 40))
            }
            let tiers = (0..<count).map { _ in UInt8(random.index(below: 6)) }
            let sorted = scores.indices.filter { scores[$0].isFinite }.sorted { first, second in
                (tiers[second], scores[second], first) < (tiers[first], scores[first], second)
            }
            for wanted in [0, 1, 7, 100, 1000] {
                let chosen = StrangestMembers.select(wanted, scores: scores, tiers: tiers)
                #expect(chosen == Array(sorted.prefix(wanted)), "seed \(seed), \(wanted) wanted")
            }
        }
    }
}
