package import NetworkTypes

/// An attack in a simulated capture: the ground truth beside it.
package struct PacketAttack: Sendable, Equatable {
    /// What the simulation can plant.
    package enum Kind: String, Sendable, CaseIterable {
        /// One port of many addresses.
        case horizontalScan = "horizontal-scan"
        /// Many ports of one machine.
        case verticalScan = "vertical-scan"
        /// Address resolution for every address of a network.
        case arpScan = "arp-scan"
        /// Many log-ins with guessed passwords.
        case sshBruteForce = "ssh-brute-force"
        /// Connections opened from many addresses and never completed.
        case synFlood = "syn-flood"
        /// A small exchange again and again, nearly by the clock.
        case beacon
        /// A large upload to a place where nobody uploads.
        case exfiltration
        /// Data in names looked up and in the answers.
        case dnsTunnel = "dns-tunnel"
        /// One connection held open, hardly used.
        case longConnection = "long-connection"
        /// From one machine to the next inside, by file sharing.
        case lateralMovement = "lateral-movement"

        /// The technique of MITRE ATT&CK for Enterprise.
        package var technique: String {
            switch self {
            case .horizontalScan, .verticalScan: "T1046"
            case .arpScan: "T1018"
            case .sshBruteForce: "T1110.001"
            case .synFlood: "T1499.001"
            case .beacon: "T1071.001"
            case .exfiltration: "T1048.002"
            case .dnsTunnel: "T1071.004"
            case .longConnection: "T1572"
            case .lateralMovement: "T1021.002"
            }
        }
    }

    /// One flow of the attack by its first frame.
    package struct Flow: Sendable, Equatable {
        package let start: Timestamp
        package let source, destination: FlowEnd
        package let protocolNumber: UInt8
    }

    package let kind: Kind
    /// Which attack of the capture it is, from 0.
    package let number: Int
    /// Who does it and to whom, each in the order of appearance.
    package let attackers, targets: [IPAddress]
    /// Its first and last frame; `nil` while there is none.
    package private(set) var start, end: Timestamp?
    /// Its frames in both directions, and their octets.
    package private(set) var frameCount = 0
    package private(set) var frameOctets: UInt64 = 0
    /// Its flows in the order of their start; none for ARP.
    package private(set) var flows: [Flow] = []

    init(kind: Kind, number: Int, attackers: [IPAddress], targets: [IPAddress]) {
        (self.kind, self.number) = (kind, number)
        (self.attackers, self.targets) = (attackers, targets)
    }

    /// Counts a frame.
    mutating func note(octets: Int, at nanoseconds: Int64, opened key: CaptureFlowKey?) {
        let time = Timestamp(nanoseconds: nanoseconds)
        if start == nil { start = time }
        end = time
        frameCount += 1
        frameOctets += UInt64(octets)
        if let key, key.protocolNumber != 0 {
            flows.append(
                Flow(
                    start: time, source: key.source, destination: key.destination,
                    protocolNumber: key.protocolNumber))
        }
    }

    /// What happened, for a person.
    package var sentence: String {
        let attacker = attackers.first.map(\.description) ?? "nobody"
        let target = targets.first.map(\.description) ?? "nobody"
        return switch kind {
        case .horizontalScan: "\(attacker) looks for file sharing on \(targets.count) addresses"
        case .verticalScan: "\(attacker) tries \(flows.count) ports of \(target)"
        case .arpScan: "\(attacker) asks who has each of \(targets.count) addresses of its network"
        case .sshBruteForce:
            "\(attacker) guesses passwords at \(target) on \(flows.count) connections"
        case .synFlood:
            "\(attackers.count) addresses open \(flows.count) connections to \(target) and complete none"
        case .beacon: "\(attacker) reports to \(target) \(flows.count) times, nearly by the clock"
        case .exfiltration: "\(attacker) uploads some \(frameOctets / 1_000_000) MB to \(target)"
        case .dnsTunnel: "\(attacker) carries data in \(flows.count) name queries through \(target)"
        case .longConnection: "\(attacker) holds one connection to \(target) open"
        case .lateralMovement:
            "\(attacker) logs in to \(targets.count) machines one after the other"
        }
    }

    /// The ground truth as JSON lines: one object an attack, each on a line of its own.
    ///
    /// Times are ISO 8601 in UTC, `frameOctets` those of the frames as captured, both directions.
    package static func jsonLines(_ attacks: some Sequence<PacketAttack>) -> String {
        attacks.map { $0.jsonLine + "\n" }.joined()
    }

    // No text here needs escapes: names, addresses and sentences are plain ASCII.
    private var jsonLine: String {
        func list(_ addresses: [IPAddress]) -> String {
            addresses.map { "\"\($0)\"" }.joined(separator: ",")
        }
        func text(_ time: Timestamp?) -> String { time.map { "\"\($0)\"" } ?? "null" }
        let flows = flows.map {
            """
            {"start":"\($0.start)","source":"\($0.source.address)","sourcePort":\($0.source.port),\
            "destination":"\($0.destination.address)","destinationPort":\($0.destination.port),\
            "protocol":\($0.protocolNumber)}
            """
        }.joined(separator: ",")
        return """
            {"attack":\(number),"kind":"\(kind.rawValue)","technique":"\(kind.technique)",\
            "attackers":[\(list(attackers))],"targets":[\(list(targets))],\
            "start":\(text(start)),"end":\(text(end)),"frames":\(frameCount),\
            "frameOctets":\(frameOctets),"sentence":"\(sentence)","flows":[\(flows)]}
            """
    }
}
