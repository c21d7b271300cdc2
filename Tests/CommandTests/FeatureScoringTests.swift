import Foundation
import TestSupport
import Testing

struct FeatureScoringTests {
    /// A table of services and sizes; the last rows are strange.
    private func table(_ rows: Int, seed: UInt64, strange: Int) -> [String] {
        var flows: [String] = []
        var random = SeededRandom(seed: seed)
        for row in 0..<rows {
            let isStrange = row >= rows - strange
            let service = isStrange ? "finger" : ["http", "dns", "ssh"][random.next(3)]
            let size = isStrange ? 1e7 + Double(random.next(1000)) : Double(100 + random.next(900))
            flows.append(
                "\(random.next(50)),\(["tcp", "udp"][random.next(2)]),\(service),\(size),\(isStrange ? "attack, odd" : "normal")"
            )
        }
        return flows
    }

    @Test func `any table is scored by its numbers and words`() throws {
        let folder = try TemporaryFolder()
        let quoted = table(3000, seed: 1, strange: 20).map {
            $0.replacing("attack, odd", with: "\"attack, odd\"")
        }
        let path = try folder.write(quoted.joined(separator: "\n"), to: "kdd.txt")
        let names = try folder.write("duration\nprotocol\nservice\nbytes\nclass\n", to: "names.txt")
        let normal = try folder.write(
            table(3000, seed: 2, strange: 0).joined(separator: "\n"), to: "normal.txt")
        let common = [
            "--header", names, "--score-features", "duration,service,bytes", "--keep",
            "class,service", "--group", "protocol",
        ]
        for (name, options) in [("alone", []), ("learnt", ["--learn", normal])] {
            let outcome = try Program.run(
                ["analyze", path, "--out", folder.file(name)] + common + options)
            #expect(
                outcome.status == 0 && outcome.output.contains("3000 rows scored"),
                "\(outcome.error)")
            #expect(
                try folder.names().filter { $0.hasPrefix(name + "/") } == ["\(name)/scores.csv"])
            let text = try folder.text("\(name)/scores.csv")
            #expect(text.hasPrefix("row,score,tier,p_value,class,service\n"))
            let lines = text.split(separator: "\n").dropFirst()
            #expect(lines.count == 3000)
            #expect(lines.suffix(20).allSatisfy { $0.hasSuffix(",\"attack, odd\",finger") })
            let scores = lines.map { Double($0.split(separator: ",")[1])! }
            #expect(
                scores.suffix(20).min()! > scores.dropLast(20).sorted()[2900],
                "\(name): strange rows score highest")
        }
    }

    @Test func `columns that are not there are named`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("a,b\n1,2\n3,4\n", to: "t.csv")
        let outcome = try Program.run(
            "analyze", path, "--out", folder.file("out"), "--score-features", "a,size", "--keep",
            "label")
        #expect(
            outcome.status == 1 && outcome.error.hasPrefix("ntds: ")
                && outcome.error.contains("size"))
    }

    @Test func `small and constant tables are scored, not refused`() throws {
        let folder = try TemporaryFolder()
        for (name, body) in [
            ("one", "1,x\n"), ("constant", String(repeating: "5,x\n", count: 500)),
            ("missing", String(repeating: ",\n", count: 50)),
        ] {
            let path = try folder.write("a,b\n" + body, to: "\(name).csv")
            let outcome = try Program.run(
                "analyze", path, "--out", folder.file(name), "--score-features", "a,b")
            #expect(outcome.status == 0, "\(name): \(outcome.error) \(outcome.signal)")
        }
    }
}

/// Draws for tables of a test.
private struct SeededRandom {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % bound
    }
}
