import Foundation
import TestSupport
import Testing

/// The local stand-in for ip-api.com, one process a test; it ends when its standard input does.
private struct Service {
    let url: String
    private let input = Pipe()

    init(_ mode: String) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        let script = Places.root + "/Tests/LocationLookupTests/Fixtures/ip_api_stand_in.py"
        process.arguments = ["python3", script]
        let output = Pipe()
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        let port = try #require(Int(line.trimmingCharacters(in: .whitespacesAndNewlines)))
        url = "http://127.0.0.1:\(port)/\(mode)/command/batch"
    }
}

/// `ntds geo` and the look-ups of `ntds analyze`.
struct GeoTests {
    private func answers(_ outcome: Program.Outcome) -> [[String: Any]] {
        outcome.output.split(separator: "\n").compactMap { line in
            (try? JSONSerialization.jsonObject(with: Data(line.utf8))) as? [String: Any]
        }
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/usr/share/libloc-location")))
    func `public addresses are located offline, others are told apart`() throws {
        let outcome = try Program.run("geo", "8.8.8.8", "10.0.0.1", "no address", "--json")
        #expect(outcome.status == 3, "one of them is no address")
        let answers = answers(outcome)
        #expect(answers.map { $0["countryCode"] as? String } == ["US", nil, nil])
        #expect(answers.first?["asNumber"] as? Int == 15169)
        #expect(answers.first?["precision"] as? String == "country")
    }

    @Test func `the network is asked once, the cache from then on`() throws {
        let folder = try TemporaryFolder()
        let service = try Service("ok")
        let question = [
            "geo", "186.155.34.1", "10.0.0.1", "--json", "--ip-api", "--ip-api-url", service.url,
            "--location-cache", folder.file("cache.sqlite"),
        ]
        let first = answers(try Program.run(question)).first
        #expect(first?["city"] as? String == "Popayán" && first?["precision"] as? String == "city")
        #expect(first?["trust"] as? Bool == true)
        #expect(answers(try Program.run(question)).first?["city"] as? String == "Popayán")
        let log = service.url.replacing("/ok/command/batch", with: "/log/command")
        let asked = try Data(contentsOf: try #require(URL(string: log)))
        #expect(try JSONDecoder().decode([[String]].self, from: asked) == [["186.155.34.1"]])
    }

    @Test func `an analysis asks for each public address of its flows`() throws {
        let folder = try TemporaryFolder()
        let service = try Service("ok")
        var flows = FlowTableText()
        flows.add(150, ["Source.IP": "10.1.2.3", "Destination.IP": "186.155.34.1"])
        let table = try folder.write(flows.text, to: "flows.csv")
        let outcome = try Program.analyze(
            [table], into: folder.file("out"), "--ip-api", "--ip-api-url", service.url,
            "--location-cache", folder.file("cache.sqlite"))
        #expect(outcome.status == 0, "\(outcome.error)")
        #expect(outcome.number("addresses", "found") == 1)
        #expect(try folder.text("out/report.html").contains("Popayán"))
    }
}
