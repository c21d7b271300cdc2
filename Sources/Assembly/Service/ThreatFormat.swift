import Behaviours
import Flows
import NetworkTypes
import Threats

/// A threat as JSON, one line, and as words.
enum ThreatFormat {
    /// Version of the form; readers refuse what they do not know.
    static let version = 1

    static func json(_ threat: Threat) -> String {
        let quoted = JSONText.quoted
        var fields = [
            "\"version\":\(version)", "\"time\":\(quoted(threat.time.description))",
            "\"fingerprint\":\(quoted(hex(threat.fingerprint)))",
            "\"revision\":\(threat.revision)", "\"change\":\(quoted(threat.change.rawValue))",
            "\"model\":\(quoted(threat.model.rawValue))",
            "\"entity\":{\"kind\":\(quoted(threat.entity.kind)),\"name\":\(quoted(threat.entity.description))}",
            "\"scope\":\(quoted(threat.scope))", "\"severity\":\(quoted(threat.severity.name))",
            "\"confidence\":\(rounded(threat.confidence.value))",
        ]
        if let tier = threat.tier { fields.append("\"tier\":\(tier)") }
        if let score = threat.score { fields.append("\"score\":\(rounded(score))") }
        fields.append("\"firstSeen\":\(quoted(threat.firstSeen.description))")
        fields.append("\"techniques\":[\(threat.techniques.map(quoted).joined(separator: ","))]")
        fields.append("\"sentence\":\(quoted(threat.sentence))")
        fields.append("\"evidence\":[\(threat.evidence.map(json).joined(separator: ","))]")
        let quality = threat.quality
        fields.append(
            "\"quality\":{\"received\":\(quality.received),\"lost\":\(quality.lost),\"late\":\(quality.late)}"
        )
        return "{\(fields.joined(separator: ","))}"
    }

    private static func json(_ evidence: ThreatEvidence) -> String {
        let quoted = JSONText.quoted
        var fields = [
            "\"kind\":\(quoted(evidence.kind))", "\"time\":\(quoted(evidence.time.description))",
            "\"firstSeen\":\(quoted(evidence.firstSeen.description))",
            "\"confidence\":\(rounded(evidence.confidence.value))", "\"flows\":\(evidence.flows)",
            "\"sentence\":\(quoted(evidence.sentence))",
        ]
        if !evidence.application.isEmpty {
            fields.append("\"application\":\(quoted(evidence.application))")
        }
        switch evidence {
        case .behaviour(let behaviour):
            fields.append("\"technique\":\(quoted(behaviour.kind.attackTechnique))")
            fields.append("\"harmless\":\(quoted(behaviour.kind.harmless))")
            if let peer = behaviour.peer { fields.append("\"peer\":\(quoted("\(peer)"))") }
            if let port = behaviour.port { fields.append("\"port\":\(port)") }
            let numbers = behaviour.numbers.map {
                "\(quoted($0.name.rawValue)):\(JSONText.number($0.value))"
            }
            fields.append("\"numbers\":{\(numbers.joined(separator: ","))}")
        case .rareFlows(let rare):
            let flow = rare.example.flow
            fields.append(
                "\"numbers\":{\"flows\":\(rounded(rare.flows)),\"rareFlows\":\(rounded(rare.rareFlows)),"
                    + "\"expected\":\(rounded(rare.expected)),\"surprise\":\(JSONText.number(rounded(rare.surprise)))}"
            )
            fields.append(
                "\"example\":{\"initiator\":\(quoted("\(flow.key.initiator.address)")),"
                    + "\"initiatorPort\":\(flow.key.initiator.port),"
                    + "\"responder\":\(quoted("\(flow.key.responder.address)")),"
                    + "\"responderPort\":\(flow.key.responder.port),"
                    + "\"protocol\":\(flow.key.protocolNumber),"
                    + "\"start\":\(quoted(flow.start.description)),"
                    + "\"score\":\(rounded(rare.example.score)),\"tier\":\(rare.example.tier)}")
        }
        return "{\(fields.joined(separator: ","))}"
    }

    /// A few lines for a person.
    static func text(_ threat: Threat) -> String {
        var head =
            "\(threat.time.description.prefix(19))Z  \(threat.severity.name.uppercased())  "
            + "\(threat.model.title) by \(threat.entity)"
        if case .denialOfService = threat.model {
            head = head.replacing(" by ", with: " around ")
        }
        if !threat.scope.isEmpty { head += " (\(threat.scope))" }
        head += threat.change == .raised ? "" : "  (grown)"
        head += "  confidence \(threat.confidence.text)"
        if let tier = threat.tier, tier > 0 { head += "  1 in \(powers[Int(min(tier, 6))])" }
        let pieces = threat.evidence.map { evidence in
            "    \(evidence.sentence)" + (evidence.technique.map { "  [\($0)]" } ?? "")
        }
        return ([head] + pieces).joined(separator: "\n")
    }

    private static let powers = ["1", "10", "100", "1,000", "10,000", "100,000", "1,000,000"]

    private static func hex(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// To four decimals: more say nothing.
    private static func rounded(_ value: Double) -> Double {
        value.isFinite ? (value * 10_000).rounded() / 10_000 : value
    }
}
