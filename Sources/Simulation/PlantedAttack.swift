/// A flow of the table that belongs to an attack: the ground truth beside the table.
package struct PlantedAttack: Sendable, Equatable {
    /// What the simulation can plant.
    package enum Kind: String, Sendable, CaseIterable {
        /// A large upload over an ordinary application.
        case exfiltration
        /// Many empty packets to one server, which does not answer.
        case flood
        /// One packet each to many hosts.
        case horizontalScan = "horizontal-scan"
        /// Many short log-ins, nearly alike.
        case sshBruteForce = "ssh-brute-force"
        /// A small exchange again and again, by the clock.
        case beacon
        /// Many questions with much payload.
        case dnsTunnel = "dns-tunnel"
        /// Packets far larger than their protocol's ever are.
        case covertPackets = "covert-packets"
        /// A connection without end, which the meter cuts in parts.
        case longConnection = "long-connection"
    }

    /// The row in the table, from 0.
    package let row: Int
    package let kind: Kind
    /// Which attack of the table the flow is part of, from 0.
    package let campaign: Int
    /// The place of the flow in its attack, from 0, and the number of its flows.
    package let part: Int
    package let partCount: Int
    /// The name the application column shows.
    package let application: String
    /// The addresses of the attack: the attacker (or its malware) first.
    package let attacker: String
    package let target: String

    /// What happened, for a person.
    package var sentence: String {
        let part = "part \(part + 1) of \(partCount)"
        return switch kind {
        case .exfiltration: "\(attacker) uploads far more than it fetches to \(target), \(part)"
        case .flood: "\(attacker) floods \(target) with empty packets, \(part)"
        case .horizontalScan: "\(attacker) probes \(target) on its way through many hosts, \(part)"
        case .sshBruteForce: "\(attacker) tries another password at \(target), \(part)"
        case .beacon: "\(attacker) reports to \(target) at a fixed interval, \(part)"
        case .dnsTunnel: "\(attacker) carries data to \(target) inside name queries, \(part)"
        case .covertPackets:
            "\(attacker) sends \(target) packets far too large for \(application), \(part)"
        case .longConnection: "\(attacker) holds one connection to \(target) open, \(part)"
        }
    }

    /// The ground truth as JSON lines: one object a flow, each on a line of its own.
    package static func jsonLines(_ attacks: some Sequence<PlantedAttack>) -> String {
        attacks.map {
            // No text here needs escapes: names, addresses and sentences are plain ASCII.
            """
            {"row":\($0.row),"kind":"\($0.kind.rawValue)","technique":"\($0.kind.technique)",\
            "application":"\($0.application)","campaign":\($0.campaign),"sentence":"\($0.sentence)"}

            """
        }.joined()
    }

    /// The ground truth as a table with a header.
    package static func commaSeparated(_ attacks: some Sequence<PlantedAttack>) -> String {
        attacks.reduce(into: "row,kind,technique,application,campaign\n") { text, attack in
            text += "\(attack.row),\(attack.kind.rawValue),\(attack.kind.technique),"
            text += "\(attack.application),\(attack.campaign)\n"
        }
    }
}

extension PlantedAttack.Kind {
    /// The technique of MITRE ATT&CK for Enterprise.
    package var technique: String {
        switch self {
        case .exfiltration: "T1567"
        case .flood: "T1498.001"
        case .horizontalScan: "T1046"
        case .sshBruteForce: "T1110.001"
        case .beacon: "T1071.001"
        case .dnsTunnel: "T1071.004"
        case .covertPackets: "T1001.003"
        case .longConnection: "T1572"
        }
    }

    /// The applications it hides in, the first that is simulated; the most frequent one if none is.
    var applications: [String] {
        switch self {
        case .exfiltration: ["DROPBOX", "GOOGLE"]
        case .flood: ["HTTP"]
        case .horizontalScan: ["SMB"]
        case .sshBruteForce: ["SSH"]
        case .beacon: ["CLOUDFLARE", "SSL"]
        case .dnsTunnel: ["DNS"]
        case .covertPackets: ["NTP"]
        case .longConnection: ["SSL"]
        }
    }

    /// How many flows a whole attack of this kind has.
    var typicalParts: Int {
        switch self {
        case .exfiltration: 3
        case .flood: 4
        case .horizontalScan: 40
        case .sshBruteForce: 30
        case .beacon: 24
        case .dnsTunnel: 12
        case .covertPackets: 4
        case .longConnection: 8
        }
    }

    /// Seconds from one flow to the next.
    var interval: Double {
        switch self {
        case .exfiltration, .longConnection: 120
        case .flood: 2
        case .horizontalScan: 0.125
        case .sshBruteForce: 3
        case .beacon: 300
        case .dnsTunnel: 110
        case .covertPackets: 600
        }
    }
}
