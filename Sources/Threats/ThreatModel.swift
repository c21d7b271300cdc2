package import Behaviours

/// What somebody may be up to: a hypothesis that pieces of evidence speak for.
package enum ThreatModel: String, Sendable, CaseIterable {
    /// Looks for hosts and services.
    case reconnaissance
    /// Tries passwords.
    case credentialAttack = "credential-attack"
    /// Works at one host inside after the other.
    case lateralMovement = "lateral-movement"
    /// Overwhelms a host.
    case denialOfService = "denial-of-service"
    /// Takes orders from outside.
    case commandAndControl = "command-and-control"
    /// Carries data out.
    case exfiltration
    /// Does what this host and its applications never do.
    case unusualTraffic = "unusual-traffic"

    /// The model that a behaviour speaks for first.
    package init(_ kind: BehaviourKind) {
        self =
            switch kind {
            case .horizontalScan, .verticalScan, .slowScan, .arpScan: .reconnaissance
            case .bruteForce, .passwordSpray: .credentialAttack
            case .lateralMovement: .lateralMovement
            case .flood, .distributedFlood: .denialOfService
            case .beacon, .dnsTunnel, .generatedNames, .longConnection: .commandAndControl
            case .exfiltration: .exfiltration
            case .newCountry, .newNetwork, .newPeer, .newApplication: .unusualTraffic
            }
    }

    package var title: String {
        switch self {
        case .reconnaissance: "Reconnaissance"
        case .credentialAttack: "Credential attack"
        case .lateralMovement: "Lateral movement"
        case .denialOfService: "Denial of service"
        case .commandAndControl: "Command and control"
        case .exfiltration: "Exfiltration"
        case .unusualTraffic: "Unusual traffic"
        }
    }

    /// The harm if it is real.
    package var severity: Severity {
        switch self {
        case .unusualTraffic: .low
        case .reconnaissance: .medium
        case .credentialAttack, .lateralMovement, .denialOfService, .commandAndControl,
            .exfiltration:
            .high
        }
    }

    /// Models whose evidence makes this one more likely when both are about one host: what an intruder does
    /// before and after.
    var companions: [ThreatModel] {
        switch self {
        case .reconnaissance: [.credentialAttack, .lateralMovement, .commandAndControl]
        case .credentialAttack: [.reconnaissance, .lateralMovement]
        case .lateralMovement: [.reconnaissance, .credentialAttack, .commandAndControl]
        case .denialOfService: []
        case .commandAndControl: [.exfiltration, .unusualTraffic]
        case .exfiltration: [.commandAndControl, .unusualTraffic]
        case .unusualTraffic: []
        }
    }
}

/// What a host is there for: it changes what is expected of it, not what is seen.
package enum HostRole: String, Sendable, CaseIterable {
    /// Looks for weak spots by order of its owner.
    case scanner
    /// Copies much, at night, also to the outside.
    case backup
    /// Is asked by all, by the clock.
    case updateServer = "update-server"
    /// Asks all, by the clock.
    case monitoring
    /// Looks up names for others.
    case resolver
    /// Carries the connections of many (proxy, NAT, VPN).
    case gateway

    /// Behaviours that are its work.
    package func expects(_ kind: BehaviourKind) -> Bool {
        switch self {
        case .scanner:
            [
                .horizontalScan, .verticalScan, .slowScan, .arpScan, .bruteForce, .lateralMovement,
            ]
            .contains(kind)
        case .backup: [.exfiltration, .longConnection, .newPeer, .lateralMovement].contains(kind)
        case .updateServer: [.beacon, .longConnection, .newPeer, .lateralMovement].contains(kind)
        case .monitoring: [.beacon, .horizontalScan, .slowScan, .arpScan].contains(kind)
        case .resolver:
            [.dnsTunnel, .generatedNames, .newPeer, .newCountry, .newNetwork].contains(kind)
        case .gateway:
            [
                .beacon, .longConnection, .newPeer, .newCountry, .newNetwork, .newApplication,
                .arpScan,
            ]
            .contains(kind)
        }
    }
}
