import Alerts
import Behaviours
import NetworkTypes
import Threats

enum Samples {
    static func time(_ seconds: Double) -> Timestamp {
        Timestamp(nanoseconds: 1_700_000_000_000_000_000 + Int64(seconds * 1e9))
    }

    static func announcement(
        _ model: ThreatModel = .reconnaissance, entity: String = "10.0.0.5",
        severity: Severity = .medium, at seconds: Double = 0, scope: String = "",
        sentence: String = "10.0.0.5 tried 30 ports of 10.0.0.9"
    ) -> Announcement {
        Announcement(
            labels: AlertLabels(model: model, entityKind: "host", entity: entity, scope: scope),
            severity: severity, confidence: Confidence(clamping: 0.8), tier: 3, score: 4.5,
            sentence: sentence, proof: "{}", techniques: ["T1046"],
            firstSeen: time(seconds - 60), time: time(seconds), revision: 1)
    }
}
