import Foundation
import TestSupport
import Testing

/// Two days of a simulated campus, the first without attacks, watched by `ntds run`.
struct DetectionTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func lines(_ name: String) throws -> [[String: Any]] {
        try folder.text(name).split(separator: "\n").compactMap {
            try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
        }
    }

    private func watch(attacks: String) throws -> (told: [[String: Any]], truth: [[String: Any]]) {
        let simulated = try Program.run([
            "simulate", "campus", "--days", "2", "--learning-days", "1", "--flows", "200000",
            "--attacks", attacks, "--quiet", "--out", folder.file("days.parquet"),
        ])
        #expect(simulated.status == 0, "\(simulated.error)")
        let outcome = try Program.run([
            "run", folder.file("days.parquet"), folder.file("days.events.jsonl"), "--quiet",
            "--state", folder.file("state"),
        ])
        #expect(outcome.status == 0, "\(outcome.error)")
        let told = try lines("state/threats.jsonl")
        return (told, try lines("days.attacks.jsonl"))
    }

    /// Who may rightly be told of: attackers, the targets of floods, resolvers that pass questions on.
    private func people(of attack: [String: Any]) -> Set<String> {
        let words = { (key: String) in attack[key] as? [String] ?? [] }
        let kind = attack["kind"] as? String ?? ""
        return Set(
            words("attackers") + words("relays") + (kind.contains("flood") ? words("targets") : []))
    }

    private func name(of threat: [String: Any]) -> String {
        (threat["entity"] as? [String: Any])?["name"] as? String ?? ""
    }

    @Test func `planted attacks are told, and nothing else is`() throws {
        let (told, truth) = try watch(
            attacks: "horizontal-scan,vertical-scan,arp-scan,ssh-brute-force,password-spray,"
                + "syn-flood,distributed-flood,dga,dns-tunnel,exfiltration")
        #expect(truth.count == 10)
        for attack in truth {
            let people = people(of: attack)
            let begin = attack["start"] as? String ?? ""
            #expect(
                told.contains {
                    people.contains(name(of: $0)) && ($0["time"] as? String ?? "") >= begin
                }, "\(attack["kind"] ?? "") was not told")
        }
        let guilty = truth.reduce(into: Set<String>()) { $0.formUnion(people(of: $1)) }
        for threat in told {
            #expect(guilty.contains(name(of: threat)), "\(threat["sentence"] ?? "")")
        }
    }

    @Test func `quiet days stay quiet`() throws {
        let (told, truth) = try watch(attacks: "none")
        #expect(truth.isEmpty && told.isEmpty, "\(told.map { $0["sentence"] ?? "" })")
    }
}
