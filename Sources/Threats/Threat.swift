package import Behaviours
package import Flows
package import NetworkTypes

/// A piece of evidence, whatever saw it.
package enum ThreatEvidence: Sendable, Hashable {
    case behaviour(BehaviourEvidence)
    case rareFlows(RareFlowEvidence)

    package var time: Timestamp {
        switch self {
        case .behaviour(let evidence): evidence.time
        case .rareFlows(let evidence): evidence.time
        }
    }

    package var firstSeen: Timestamp {
        switch self {
        case .behaviour(let evidence): evidence.firstSeen
        case .rareFlows(let evidence): evidence.firstSeen
        }
    }

    package var sentence: String {
        switch self {
        case .behaviour(let evidence): evidence.sentence
        case .rareFlows(let evidence): evidence.sentence
        }
    }

    /// The word of its kind.
    package var kind: String {
        switch self {
        case .behaviour(let evidence): evidence.kind.name
        case .rareFlows: "rareFlows"
        }
    }

    /// Kinds that err together: of them the strongest counts alone.
    var family: String {
        guard case .behaviour(let evidence) = self else { return kind }
        return switch evidence.kind {
        case .newCountry, .newNetwork, .newPeer, .newApplication: "novelty"
        default: kind
        }
    }

    /// The technique of MITRE ATT&CK, where there is one.
    package var technique: String? {
        switch self {
        case .behaviour(let evidence): evidence.kind.attackTechnique
        case .rareFlows: nil
        }
    }

    package var application: String {
        switch self {
        case .behaviour(let evidence): evidence.application
        case .rareFlows(let evidence): evidence.application
        }
    }

    package var flows: UInt64 {
        switch self {
        case .behaviour(let evidence): evidence.flows
        case .rareFlows(let evidence): UInt64(evidence.rareFlows.rounded())
        }
    }

    package var entity: Entity {
        switch self {
        case .behaviour(let evidence): evidence.entity
        case .rareFlows(let evidence): .host(evidence.host)
        }
    }

    /// Belief by this evidence alone.
    package var confidence: Confidence {
        switch self {
        case .behaviour(let evidence): evidence.confidence
        // From 0.3 at one in 10^8 over 0.6 at one in 10^20 to 0.8: never certain, for strange is not hostile.
        case .rareFlows(let evidence):
            Confidence(clamping: min(0.8, 0.3 + 0.3 * (evidence.surprise - 8) / 12))
        }
    }

    package var model: ThreatModel {
        switch self {
        case .behaviour(let evidence): ThreatModel(evidence.kind)
        case .rareFlows: .unusualTraffic
        }
    }
}

/// How well the network was seen while evidence was gathered.
package struct ObservationQuality: Sendable, Hashable {
    /// Frames, datagrams or records that came, and those that are known to be lost.
    package var received: UInt64 = 0
    package var lost: UInt64 = 0
    /// Records that came too late to be counted in their place.
    package var late: UInt64 = 0

    package init(received: UInt64 = 0, lost: UInt64 = 0, late: UInt64 = 0) {
        (self.received, self.lost, self.late) = (received, lost, late)
    }
}

/// A hypothesis about an entity that its evidence makes believable.
///
/// Severity (harm if real), confidence (belief), tier (rarity of its rarest flow) and score are four things.
package struct Threat: Sendable, Hashable {
    /// Why it is told now.
    package enum Change: String, Sendable {
        /// For the first time.
        case raised
        /// Evidence of another kind has come, or it has become graver or much more certain.
        case grown
    }

    package var model: ThreatModel
    package var entity: Entity
    package var scope: String
    package var change: Change
    /// 1 when it is raised, one more each time it grows.
    package var revision: UInt32
    package var severity: Severity
    package var confidence: Confidence
    /// k of the rarest flow: rarer than 1 in 10^k; `nil` if no flow was judged.
    package var tier: UInt8?
    package var score: Double?
    package var firstSeen: Timestamp
    /// Event time of the evidence that completed it.
    package var time: Timestamp
    /// The strongest of each kind, strongest first.
    package var evidence: [ThreatEvidence]
    package var quality: ObservationQuality

    /// Identity: the same for all that is told of one model, entity, application and scope.
    package var fingerprint: UInt64 {
        var hash = StableHash()
        for text in [model.rawValue, entity.kind, entity.description, application, scope] {
            hash.combine(text.utf8Span.span)
        }
        return hash.value
    }

    /// That of the strongest evidence; "" for none or for threats that are about no single one.
    package var application: String {
        model == .unusualTraffic ? evidence.first?.application ?? "" : ""
    }

    /// What an analyst reads.
    package var sentence: String {
        let texts = evidence.map(\.sentence)
        guard texts.count > 1 else { return texts.first ?? "" }
        return texts[0] + "; also: " + texts.dropFirst().joined(separator: "; ")
    }

    /// Techniques of MITRE ATT&CK that its evidence speaks for, without repetition.
    package var techniques: [String] {
        evidence.reduce(into: []) { list, piece in
            if let technique = piece.technique, !list.contains(technique) { list.append(technique) }
        }
    }
}
