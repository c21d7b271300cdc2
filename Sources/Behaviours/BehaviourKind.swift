/// What no single flow shows.
package enum BehaviourKind: UInt8, Sendable, CaseIterable {
    case horizontalScan = 1
    case verticalScan
    case slowScan
    case arpScan
    case bruteForce
    case passwordSpray
    case flood
    case distributedFlood
    case beacon
    case exfiltration
    case dnsTunnel
    case generatedNames
    case longConnection
    case newCountry
    /// A network (autonomous system) never spoken to before.
    case newNetwork
    case newPeer
    case newApplication
    /// A host that works at one host inside after the other, none of which it worked at before.
    case lateralMovement

    private struct Description {
        var technique: String
        var title: String
        var harmless: String
    }

    /// The technique of MITRE ATT&CK that it is, or is most often part of.
    package var attackTechnique: String { description.technique }

    package var title: String { description.title }

    /// Whether it is strange only beside what is usual here, which must be learnt first.
    package var needsLearning: Bool {
        switch self {
        case .beacon, .longConnection, .exfiltration, .newCountry, .newNetwork, .newPeer,
            .newApplication, .lateralMovement:
            true
        default: false
        }
    }

    /// What it looks like when nothing is wrong, in one sentence.
    package var harmless: String { description.harmless }

    /// Its name in formats.
    package var name: String { String(describing: self) }

    private var description: Description {
        switch self {
        case .horizontalScan, .verticalScan, .slowScan, .arpScan: discovery
        case .bruteForce, .passwordSpray, .flood, .distributedFlood, .lateralMovement: force
        case .beacon, .exfiltration, .dnsTunnel, .generatedNames, .longConnection: control
        case .newCountry, .newNetwork, .newPeer, .newApplication: novelty
        }
    }

    private var discovery: Description {
        switch self {
        case .verticalScan:
            Description(
                technique: "T1046", title: "Scan of ports",
                harmless: "An inventory, a monitoring system or a peer-to-peer program tries many "
                    + "ports of a host, always from the same few machines.")
        case .slowScan:
            Description(
                technique: "T1046", title: "Slow scan",
                harmless: "A program keeps calling services that were moved or switched off long "
                    + "ago: a fixed set of peers, day after day.")
        case .arpScan:
            Description(
                technique: "T1018", title: "Scan of the local network (ARP)",
                harmless: "A router, an address manager or a device that searches for its "
                    + "printer asks for many neighbours, at regular times.")
        default:
            Description(
                technique: "T1046", title: "Scan of hosts",
                harmless: "A vulnerability scanner, a monitoring system or a peer-to-peer program "
                    + "calls many hosts, some of which are switched off.")
        }
    }

    private var force: Description {
        switch self {
        case .passwordSpray:
            Description(
                technique: "T1110.003", title: "Passwords tried on many hosts",
                harmless: "A deployment or backup tool logs in to every machine in turn, at fixed "
                    + "hours and from a machine known for it.")
        case .flood:
            Description(
                technique: "T1498.001", title: "Flood of flows",
                harmless: "A load test, a fast name server or a program that retries without "
                    + "pause after its service went away.")
        case .lateralMovement:
            Description(
                technique: "T1021", title: "Logins at one host after the other",
                harmless:
                    "An administrator, or a tool that installs software, begins to look after machines "
                    + "that it never looked after before.")
        case .distributedFlood:
            Description(
                technique: "T1498", title: "Flood from many sources",
                harmless: "A service became popular at once, or went away while many clients "
                    + "wait for it.")
        default:
            Description(
                technique: "T1110.001", title: "Passwords tried",
                harmless: "A script or a monitoring system logs in again and again, or fails to "
                    + "since its password was changed.")
        }
    }

    private var control: Description {
        switch self {
        case .exfiltration:
            Description(
                technique: "T1048", title: "Much data sent out",
                harmless: "A backup to the cloud, a video call or a large upload that somebody "
                    + "means to make.")
        case .dnsTunnel:
            Description(
                technique: "T1071.004", title: "Tunnel through DNS",
                harmless: "Security products, content networks and mail filters put hashes and "
                    + "measurements into names of their own few domains.")
        case .generatedNames:
            Description(
                technique: "T1568.002", title: "Generated names",
                harmless: "A wrong search domain, a browser that tests for captive portals or a "
                    + "block list asks for names that do not exist.")
        case .longConnection:
            Description(
                technique: "T1572", title: "Long connection",
                harmless: "A remote desktop, a virtual private network, push messages or a "
                    + "database keep connections open for days.")
        default:
            Description(
                technique: "T1071", title: "Beacon",
                harmless: "Clocks, updates, monitoring, mail and open web pages call home at "
                    + "fixed intervals, from many hosts alike.")
        }
    }

    private var novelty: Description {
        switch self {
        case .newCountry:
            Description(
                technique: "T1071", title: "New country",
                harmless: "A content network answers from another place, or somebody reads a "
                    + "foreign web site.")
        case .newNetwork:
            Description(
                technique: "T1071", title: "New network",
                harmless: "A service moved to another provider, or somebody uses a new one.")
        case .newApplication:
            Description(
                technique: "T1219", title: "New application",
                harmless: "New software was installed, or the recogniser names the same traffic "
                    + "otherwise.")
        default:
            Description(
                technique: "T1071", title: "New peer",
                harmless: "Somebody uses a service for the first time, or it got a new address.")
        }
    }
}
