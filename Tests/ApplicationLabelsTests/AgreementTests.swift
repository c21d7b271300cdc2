import ApplicationLabels
import Flows
import Foundation
import TestSupport
import Testing

/// Applications against those who named them before: nDPI's own results for its captures (a version two years
/// younger), and the reader of the installed version.
@Suite(.serialized, .enabled(if: Places.hasShared)) struct AgreementTests {
    static let folder = Places.shared + "/pcap/ndpi"
    static let reader = "/usr/bin/ndpiReader"

    @Test(.enabled(if: FileManager.default.fileExists(atPath: reader)))
    func `applications are those of nDPI's reader of the same version`() throws {
        var agreement = Agreement()
        // Every fourth will do: the reader takes its time to start.
        for (index, path) in Self.captures.enumerated() where index % 4 == 0 {
            let expected = ExpectedFlows(try Self.output(of: Self.reader, ["-v", "2", "-i", path]))
            let labeller = try LabellerSubject()
            agreement.add(LabelledFlows(try CaptureFile(path), labeller).labels, expected)
        }
        print("same version: \(agreement)")
        #expect(agreement.compared > 500)
        #expect(agreement.share > 0.99)
    }

    /// The list of October 2024 knows 426 applications, Debian's version 281: a flow counts as explained if its
    /// application is younger, or if one side has an address list or a dissector that the other lacks.
    @Test func `applications agree with nDPI's own results`() throws {
        var agreement = Agreement()
        for path in Self.captures {
            let name = (path as NSString).lastPathComponent
            guard let text = try? Self.text("\(Self.folder)/expected/\(name).out") else { continue }
            let labeller = try LabellerSubject()
            agreement.add(
                LabelledFlows(try CaptureFile(path), labeller).labels, ExpectedFlows(text))
        }
        print("nDPI of October 2024: \(agreement)")
        #expect(agreement.compared > 5900)
        #expect(agreement.share > 0.75)
        #expect(agreement.differences[.other, default: 0] < 120)
    }

    @Test func `labellers on the same tables find what they would find alone`() throws {
        let tables = try NDPITables()
        let first = try LabellerSubject(tables: tables)
        let second = try LabellerSubject(tables: tables)
        let alone = try LabellerSubject()
        var compared = 0
        for path in Self.captures {
            let capture = try CaptureFile(path)
            let half = capture.packets.count / 2
            // What the one learns from the first half would be of use to the other for the second.
            _ = LabelledFlows(capture, first)
            let labels = LabelledFlows(capture, second, skipping: half).labels
            #expect(labels == LabelledFlows(capture, alone, skipping: half).labels, "\(path)")
            compared += labels.count
        }
        #expect(compared > 2000)
    }

    static var captures: [String] {
        Places.files(in: folder).filter {
            !$0.contains("/expected/")
                && ["pcap", "pcapng", "cap"].contains(($0 as NSString).pathExtension)
        }
    }

    private static func text(_ path: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
    }

    private static func output(of program: String, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self)
    }
}

/// The lines of nDPI's reader, one for each flow:
/// `	1	TCP 10.0.0.1:4000 <-> 10.0.0.2:80 [proto: 7.126/HTTP.Google]…[Confidence: DPI]`.
struct ExpectedFlows {
    private(set) var names: [String: String] = [:]

    private static let protocols = [
        "TCP": 6, "UDP": 17, "ICMP": 1, "ICMPV6": 58, "IGMP": 2, "GRE": 47, "SCTP": 132, "ESP": 50,
        "OSPF": 89, "IPIP": 4,
    ]

    init(_ text: String) {
        for line in text.split(whereSeparator: \.isNewline) where line.contains("[proto: ") {
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
            guard words.count > 5, Int(words[0]) != nil, words[3] == "->" || words[3] == "<->",
                let number = Self.protocols[String(words[1])] ?? Int(words[1]),
                let application = line.firstRange(of: "[proto: ").flatMap({ start in
                    line[start.upperBound...].firstIndex(of: "]").map {
                        line[start.upperBound..<$0].split(separator: "/", maxSplits: 1).last ?? ""
                    }
                })
            else { continue }
            let key = LabelledFlows.key(number, Self.end(words[2]), Self.end(words[4]))
            names[key] = String(application)
        }
    }

    /// "[fe80::1]:53" without brackets.
    private static func end(_ text: Substring) -> String {
        LabelledFlows.normalized(String(text.filter { $0 != "[" && $0 != "]" }))
    }
}

/// How many flows bear the same name, and why the others do not.
struct Agreement: CustomStringConvertible {
    enum Cause: String, CaseIterable {
        case younger = "application unknown to the installed version"
        case unrecognised = "known application, recognised by the newer dissector only"
        case byAddress = "the installed version adds the owner of the address"
        case byName = "another list of names and addresses: the same protocol, another owner"
        case guessed = "port or address guess on one side"
        case other = "other"
    }

    private(set) var compared = 0
    private(set) var equal = 0
    private(set) var differences: [Cause: Int] = [:]
    private var examples: [Cause: [String: Int]] = [:]
    private static let known = installedNames()

    var share: Double { Double(equal) / Double(max(compared, 1)) }

    mutating func add(_ labels: [String: ApplicationLabel], _ expected: ExpectedFlows) {
        for (key, label) in labels {
            guard let name = expected.names[key] else { continue }
            compared += 1
            if name == label.labellerName {
                equal += 1
                continue
            }
            let cause = Self.cause(label, name)
            differences[cause, default: 0] += 1
            examples[cause, default: [:]]["\(name) here \(label.labellerName)", default: 0] += 1
        }
    }

    private static func cause(_ label: ApplicationLabel, _ expected: String) -> Cause {
        let theirs = expected.split(separator: ".").map(String.init)
        let ours = label.labellerName.split(separator: ".").map(String.init)
        if theirs.contains(where: { !known.contains($0) }) { return .younger }
        if label.application == "UNKNOWN" { return .unrecognised }
        if ours.first == theirs.first, ours.count > theirs.count { return .byAddress }
        if ours.first == theirs.first { return .byName }
        if label.confidence != .payload { return .guessed }
        return .other
    }

    private static func installedNames() -> Set<String> {
        guard let labeller = try? LabellerSubject() else { return [] }
        return Set(labeller.applicationNames)
    }

    var description: String {
        var lines = ["\(equal) of \(compared) flows (\(String(format: "%.2f", share * 100)) %)"]
        for cause in Cause.allCases where differences[cause] != nil {
            let all = examples[cause, default: [:]]
            let top = all.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(4)
            let names = top.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
            lines.append("  \(differences[cause, default: 0]) \(cause.rawValue): \(names)")
        }
        return lines.joined(separator: "\n")
    }
}
