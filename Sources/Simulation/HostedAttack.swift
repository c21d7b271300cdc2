import Flows
package import NetworkTypes

/// An attack on the hosted campus, or by machines of it: the ground truth beside the flows.
package struct HostedAttack: Sendable, Equatable {
    /// What the simulation can plant.
    package enum Kind: String, Sendable, CaseIterable {
        /// One port of many addresses, some in a second.
        case horizontalScan = "horizontal-scan"
        /// Many ports of one machine.
        case verticalScan = "vertical-scan"
        /// A probe every few minutes.
        case slowScan = "slow-scan"
        /// Address resolution for every address of a network.
        case arpScan = "arp-scan"
        /// Many log-ins to one server with guessed passwords.
        case sshBruteForce = "ssh-brute-force"
        /// A few passwords tried on every machine.
        case passwordSpray = "password-spray"
        /// Connections opened by one address and never completed.
        case synFlood = "syn-flood"
        /// Connections from many addresses to one server.
        case distributedFlood = "distributed-flood"
        /// A small exchange again and again for a day, more or less by the clock.
        case beacon
        /// The same for two hours.
        case shortBeacon = "short-beacon"
        /// A large upload over some hours to a place where nobody uploads.
        case exfiltration
        /// Data in names looked up and in the answers.
        case dnsTunnel = "dns-tunnel"
        /// Names made by a formula, most of which do not exist.
        case generatedNames = "dga"
        /// One connection held open for more than twelve hours.
        case longConnection = "long-connection"
        /// Log-ins to machines inside that the host never talked to.
        case lateralMovement = "lateral-movement"

        /// The technique of MITRE ATT&CK for Enterprise.
        package var technique: String {
            switch self {
            case .horizontalScan, .verticalScan, .slowScan: "T1046"
            case .arpScan: "T1018"
            case .sshBruteForce: "T1110.001"
            case .passwordSpray: "T1110.003"
            case .synFlood: "T1499.001"
            case .distributedFlood: "T1498.001"
            case .beacon, .shortBeacon: "T1071.001"
            case .exfiltration: "T1048.002"
            case .dnsTunnel: "T1071.004"
            case .generatedNames: "T1568.002"
            case .longConnection: "T1573"
            case .lateralMovement: "T1021"
            }
        }
    }

    package let kind: Kind
    /// Which attack of the campus it is, from 0.
    package let number: Int
    /// Who does it and to whom, each in the order of appearance; no target where only names are looked up.
    package let attackers, targets: [IPAddress]
    /// Who passes it on without knowing: the resolver.
    package let relays: [IPAddress]
    /// The domain that is used, if there is one.
    package let domain: String?
    /// Start of its first flow or query and end of its last; `nil` while there is none.
    package private(set) var start, end: Timestamp?
    /// Its flows, and questions of address resolution.
    package private(set) var flowCount = 0
    package private(set) var queryCount = 0
    /// Octets of payload in both directions.
    package private(set) var octets: Int64 = 0

    init(
        kind: Kind, number: Int, attackers: [IPAddress], targets: [IPAddress],
        relays: [IPAddress], domain: String?
    ) {
        (self.kind, self.number) = (kind, number)
        (self.attackers, self.targets) = (attackers, targets)
        (self.relays, self.domain) = (relays, domain)
    }

    /// Counts a flow.
    mutating func note(_ flow: borrowing ObservedFlow, octets: Int64) {
        flowCount += 1
        self.octets += octets
        extend(from: flow.start, to: flow.end)
    }

    /// Counts a question who has an address.
    mutating func noteQuery(at time: Timestamp) {
        queryCount += 1
        extend(from: time, to: time)
    }

    private mutating func extend(from first: Timestamp, to last: Timestamp) {
        start = min(start ?? first, first)
        end = max(end ?? last, last)
    }

    /// What happened, for a person.
    package var sentence: String {
        let attacker = attackers.first.map(\.description) ?? "nobody"
        let target = targets.first.map(\.description) ?? domain ?? "nobody"
        return switch kind {
        case .horizontalScan: "\(attacker) looks for file sharing on \(targets.count) addresses"
        case .verticalScan: "\(attacker) tries \(flowCount) ports of \(target)"
        case .slowScan: "\(attacker) probes \(targets.count) addresses, minutes apart"
        case .arpScan: "\(attacker) asks who has each of \(targets.count) addresses"
        case .sshBruteForce: "\(attacker) guesses \(flowCount) passwords at \(target)"
        case .passwordSpray: "\(attacker) tries a few passwords on \(targets.count) machines"
        case .synFlood: "\(attacker) opens \(flowCount) connections to \(target), completes none"
        case .distributedFlood: "\(attackers.count) addresses send \(target) \(flowCount) flows"
        case .beacon, .shortBeacon: "\(attacker) reports to \(target) \(flowCount) times"
        case .exfiltration: "\(attacker) uploads some \(octets / 1_000_000) MB to \(target)"
        case .dnsTunnel: "\(attacker) carries data in names of \(target)"
        case .generatedNames: "\(attacker) looks for a name that works among \(flowCount)"
        case .longConnection: "\(attacker) holds one connection to \(target) open"
        case .lateralMovement: "\(attacker) logs in to \(targets.count) machines inside"
        }
    }

    /// The ground truth as JSON lines: one object an attack, each on a line of its own, times in UTC.
    package static func jsonLines(_ attacks: some Sequence<HostedAttack>) -> String {
        attacks.map { $0.jsonLine + "\n" }.joined()
    }

    // No text here needs escapes: names, addresses and sentences are plain ASCII.
    private var jsonLine: String {
        func list(_ addresses: [IPAddress]) -> String {
            addresses.map { "\"\($0)\"" }.joined(separator: ",")
        }
        func text(_ value: (some CustomStringConvertible)?) -> String {
            value.map { "\"\($0)\"" } ?? "null"
        }
        return """
            {"attack":\(number),"kind":"\(kind.rawValue)","technique":"\(kind.technique)",\
            "attackers":[\(list(attackers))],"targets":[\(list(targets))],\
            "relays":[\(list(relays))],"domain":\(text(domain)),\
            "start":\(text(start)),"end":\(text(end)),"flows":\(flowCount),\
            "addressQueries":\(queryCount),"octets":\(octets),"sentence":"\(sentence)"}
            """
    }
}
