package import Behaviours
package import NetworkTypes
package import Threats

/// Whether what an alert tells of goes on, by detection.
package enum AlertCondition: String, Sendable, CaseIterable {
    case firing
    /// Nothing was seen of it for so long that it is over.
    case resolved
}

/// Why an alert was closed.
package enum CloseReason: String, Sendable, CaseIterable {
    case truePositive = "true-positive"
    /// It was seen rightly, and is harmless.
    case benign
    /// It was not what it seemed.
    case falsePositive = "false-positive"
    case duplicate
    case test
    /// Says why in a note.
    case other

    /// What detection learns from it.
    package var verdict: Verdict {
        switch self {
        case .truePositive: .confirmed
        case .benign, .falsePositive: .benign
        case .duplicate, .test, .other: .undecided
        }
    }
}

/// An analyst's decision about a threat.
package enum Verdict: String, Sendable, CaseIterable {
    case confirmed, benign, undecided
}

/// What people have done about an alert.
package enum AlertHandling: Hashable, Sendable {
    case open
    /// Somebody looks after it; with a time, it is open again from then on.
    case acknowledged(until: Timestamp?)
    case closed(CloseReason)

    /// Its word: `open`, `acknowledged` or `closed`.
    package var name: String {
        switch self {
        case .open: "open"
        case .acknowledged: "acknowledged"
        case .closed: "closed"
        }
    }
}

/// A threat that was announced, and what became of it.
///
/// Its condition (from detection) and its handling (from people) are two things; severity, confidence, tier and score
/// are four. It changes by ``announce(_:at:)`` and ``apply(_:by:at:)`` alone, and each change raises its version.
package struct Alert: Sendable, Hashable {
    package let labels: AlertLabels
    package internal(set) var condition = AlertCondition.firing
    package internal(set) var handling = AlertHandling.open
    /// Changes so far; who wants to change it says which version he saw.
    package internal(set) var version: UInt64 = 1

    /// The harm by its model, and by a person who knows better.
    package internal(set) var modelSeverity: Severity
    package internal(set) var severityOverride: Severity?
    package internal(set) var confidence: Confidence
    /// k of the rarest flow: rarer than 1 in 10^k; `nil` if no flow was judged.
    package internal(set) var tier: UInt8?
    package internal(set) var score: Double?
    /// What an analyst reads first.
    package internal(set) var sentence: String
    /// The evidence as JSON: numbers, flows, quality of observation.
    package internal(set) var proof: String
    /// Techniques of MITRE ATT&CK.
    package internal(set) var techniques: [String]

    /// How often it was told, and when its evidence was seen first and last, by event time.
    package internal(set) var count: UInt64 = 1
    package internal(set) var firstSeen: Timestamp
    package internal(set) var lastSeen: Timestamp

    package internal(set) var isEscalated = false
    package internal(set) var assignee: String?
    /// In alphabetical order.
    package internal(set) var tags: [String] = []

    package var fingerprint: Fingerprint { labels.fingerprint }

    /// The harm if it is real.
    package var severity: Severity { severityOverride ?? modelSeverity }

    /// What detection learns from it; `nil` while it is not closed.
    package var verdict: Verdict? {
        guard case .closed(let reason) = handling else { return nil }
        return reason.verdict
    }

    /// The alert that an announcement begins.
    package init(_ announcement: Announcement) {
        labels = announcement.labels
        modelSeverity = announcement.severity
        confidence = announcement.confidence
        (tier, score) = (announcement.tier, announcement.score)
        (sentence, proof) = (announcement.sentence, announcement.proof)
        techniques = announcement.techniques
        (firstSeen, lastSeen) = (announcement.firstSeen, announcement.time)
    }
}

/// What detection tells: a threat as an alert sees it.
package struct Announcement: Sendable, Hashable {
    package var labels: AlertLabels
    package var severity: Severity
    package var confidence: Confidence
    package var tier: UInt8?
    package var score: Double?
    package var sentence: String
    /// The evidence as JSON.
    package var proof: String
    package var techniques: [String]
    package var firstSeen: Timestamp
    /// Event time of what completed it.
    package var time: Timestamp
    /// 1 when it is raised, one more each time it grows.
    package var revision: UInt32

    package init(
        labels: AlertLabels, severity: Severity, confidence: Confidence, tier: UInt8?,
        score: Double?, sentence: String, proof: String, techniques: [String],
        firstSeen: Timestamp, time: Timestamp, revision: UInt32
    ) {
        (self.labels, self.severity, self.confidence) = (labels, severity, confidence)
        (self.tier, self.score) = (tier, score)
        (self.sentence, self.proof, self.techniques) = (sentence, proof, techniques)
        (self.firstSeen, self.time, self.revision) = (firstSeen, time, revision)
    }

    package init(_ threat: Threat, proof: String) {
        labels = AlertLabels(threat)
        (severity, confidence) = (threat.severity, threat.confidence)
        (tier, score) = (threat.tier, threat.score)
        (sentence, self.proof) = (threat.sentence, proof)
        techniques = threat.techniques
        (firstSeen, time, revision) = (threat.firstSeen, threat.time, threat.revision)
    }
}

// MARK: - Keeping

extension Alert {
    /// All that may change of an alert, as a store keeps it.
    package struct Record: Sendable, Hashable {
        package var condition: AlertCondition
        package var handling: AlertHandling
        package var version: UInt64
        package var modelSeverity: Severity
        package var severityOverride: Severity?
        package var confidence: Confidence
        package var tier: UInt8?
        package var score: Double?
        package var sentence: String
        package var proof: String
        package var techniques: [String]
        package var count: UInt64
        package var firstSeen: Timestamp
        package var lastSeen: Timestamp
        package var isEscalated: Bool
        package var assignee: String?
        package var tags: [String]

        package init(
            condition: AlertCondition, handling: AlertHandling, version: UInt64,
            modelSeverity: Severity, severityOverride: Severity?, confidence: Confidence,
            tier: UInt8?, score: Double?, sentence: String, proof: String, techniques: [String],
            count: UInt64, firstSeen: Timestamp, lastSeen: Timestamp,
            isEscalated: Bool, assignee: String?, tags: [String]
        ) {
            (self.condition, self.handling, self.version) = (condition, handling, version)
            (self.modelSeverity, self.severityOverride) = (modelSeverity, severityOverride)
            (self.confidence, self.tier, self.score) = (confidence, tier, score)
            (self.sentence, self.proof, self.techniques) = (sentence, proof, techniques)
            (self.count, self.firstSeen, self.lastSeen) = (count, firstSeen, lastSeen)
            (self.isEscalated, self.assignee, self.tags) = (isEscalated, assignee, tags)
        }
    }

    /// An alert as it was kept.
    package init(_ labels: AlertLabels, _ record: Record) {
        self.labels = labels
        (condition, handling, version) = (record.condition, record.handling, record.version)
        (modelSeverity, severityOverride) = (record.modelSeverity, record.severityOverride)
        (confidence, tier, score) = (record.confidence, record.tier, record.score)
        (sentence, proof, techniques) = (record.sentence, record.proof, record.techniques)
        (count, firstSeen, lastSeen) = (record.count, record.firstSeen, record.lastSeen)
        (isEscalated, assignee, tags) = (record.isEscalated, record.assignee, record.tags)
    }
}
