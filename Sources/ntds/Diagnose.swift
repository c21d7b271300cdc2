import ArgumentParser
import Assembly
import Foundation

/// `ntds doctor`.
struct Diagnose: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "What is installed, permitted and readable here, and what to do where it is not.",
        discussion: """
            Examples:
              ntds doctor
              ntds doctor --config /etc/ntds/ntds.yaml --json

            Exit status: 0 `ntds run` would work, 1 it would not, 2 wrong settings.
            """)

    @Option(help: "Settings file (YAML).", completion: .file())
    var config: String?
    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let settings: ServiceSettings
        do {
            settings = try ServiceSettings.read(
                path: config, environment: ProcessInfo.processInfo.environment
            ).settings
        } catch {
            for problem in error.problems { Console.complain("\(problem)") }
            throw ExitCode(2)
        }
        let findings = Doctor(settings).findings()
        if json {
            print(try Self.json(findings))
        } else {
            let width = findings.map(\.subject.count).max() ?? 0
            for finding in findings {
                let subject = finding.subject.padding(
                    toLength: width, withPad: " ", startingAt: 0)
                let mark = finding.verdict.rawValue.padding(
                    toLength: 7, withPad: " ", startingAt: 0)
                print("\(mark)  \(subject)  \(finding.text)")
                if !finding.remedy.isEmpty {
                    print(String(repeating: " ", count: width + 11) + "-> \(finding.remedy)")
                }
            }
        }
        if findings.contains(where: { $0.verdict == .bad }) { throw ExitCode(1) }
    }

    private static func json(_ findings: [Doctor.Finding]) throws -> String {
        let rows = findings.map {
            [
                "subject": $0.subject, "verdict": $0.verdict.rawValue, "text": $0.text,
                "remedy": $0.remedy,
            ]
        }
        let data = try JSONSerialization.data(
            withJSONObject: rows, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
        return String(decoding: data, as: UTF8.self)
    }
}
