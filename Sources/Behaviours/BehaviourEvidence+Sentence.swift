import Flows
import NetworkTypes

extension BehaviourEvidence {
    /// What was seen, in words with the numbers.
    package var sentence: String {
        switch kind {
        case .horizontalScan, .verticalScan, .slowScan, .arpScan: discoverySentence
        case .bruteForce, .passwordSpray, .flood, .distributedFlood, .lateralMovement:
            forceSentence
        case .beacon, .exfiltration, .dnsTunnel, .generatedNames, .longConnection: controlSentence
        case .newCountry, .newNetwork, .newPeer, .newApplication: noveltySentence
        }
    }

    private var discoverySentence: String {
        switch kind {
        case .arpScan:
            "\(actor) asked for \(count(.destinations, "neighbour")) by ARP\(during); "
                + "\(text(.unanswered)) of them were not heard to answer"
        case .verticalScan:
            "\(actor) tried \(count(.ports, "port")) of \(other)\(during); \(failed)"
        case .slowScan where self[.destinations] == nil:
            "\(actor) slowly tried \(count(.ports, "port")) of \(other)\(during); \(failed)"
        case .slowScan:
            "\(actor) slowly tried \(service) on \(count(.destinations, "host"))\(during); "
                + failed
        default: "\(actor) tried \(service) on \(count(.destinations, "host"))\(during); \(failed)"
        }
    }

    private var forceSentence: String {
        switch kind {
        case .passwordSpray:
            "\(actor) logged in, or tried to, at \(count(.destinations, "host")) by \(service)"
                + "\(during), each time in the short way of a wrong password"
        case .lateralMovement:
            "\(actor) worked at \(count(.destinations, "host")) inside for the first time\(during), "
                + "the last of them \(other) by \(service)\(others)"
        case .flood:
            "\(actor) sent \(count(.attempts, "flow"))\(toPeer)\(during), usual are "
                + "\(text(.usual)); \(text(.share)) were not answered"
        case .distributedFlood:
            "\(actor) was called by \(count(.sources, "host"))\(during), usual are "
                + "\(text(.usual)); \(text(.share)) of \(count(.attempts, "flow")) were not answered"
        default:
            "\(actor) logged in, or tried to, \(count(.attempts, "time")) at \(other) by "
                + "\(service)\(during), each time in the short way of a wrong password"
        }
    }

    private var controlSentence: String {
        let what =
            switch kind {
            case .exfiltration: "\(actor) sent \(text(.octetsOut))\(toPeer)\(during)"
            case .dnsTunnel where self[.names] == nil:
                "\(actor) sent \(count(.attempts, "large question")) of \(text(.octetsPerFlow)) on average to "
                    + "\(other) by DNS\(during)"
            case .dnsTunnel:
                "\(actor) asked for \(count(.names, "name")) below \(subject)\(during)"
            case .generatedNames:
                "\(actor) asked for \(count(.names, "name")) that do not exist\(during)"
            case .longConnection: "\(actor) keeps \(named) with \(other) for \(text(.duration))"
            default:
                "\(actor) calls \(other) \(count(.attempts, "time")) every \(text(.interval))\(during)"
            }
        return what + others
    }

    private var noveltySentence: String {
        let what =
            switch kind {
            case .newCountry: "\(actor) spoke to a country never seen with it\(toPeer)"
            case .newNetwork: "\(actor) spoke to a network never seen with it\(toPeer)"
            case .newApplication: "\(actor) used \(subject), never seen with it\(toPeer)"
            default: "\(actor) spoke to \(other) for the first time"
            }
        return what + others
    }

    // MARK: - Parts

    private var actor: String {
        switch entity {
        case .pair(let one, _): "\(one)"
        case .host, .application, .network: "\(entity)"
        }
    }

    private var other: String {
        if let peer { return "\(peer)" }
        if case .pair(_, let other) = entity { return "\(other)" }
        return "another host"
    }

    private var toPeer: String { peer.map { " to \($0)" } ?? "" }
    private var subject: String { application.isEmpty ? "something" : application }
    private var named: String { application.isEmpty ? "a connection" : application }

    private var service: String {
        guard let port else { return application.isEmpty ? "different ports" : application }
        return application.isEmpty || application == "UNKNOWN"
            ? "port \(port)" : "\(application) (port \(port))"
    }

    private var during: String {
        guard let span = self[.span], span > 0 else { return "" }
        return " in \(EvidenceNumber(.span, span).quantity)"
    }

    private var failed: String {
        "\(text(.failures)) did not answer or refused"
    }

    private func text(_ name: EvidenceNumber.Name) -> String {
        self[name].map { EvidenceNumber(name, $0).quantity } ?? "unknown"
    }

    private func count(_ name: EvidenceNumber.Name, _ word: String) -> String {
        "\(text(name)) \(word)\(self[name] == 1 ? "" : "s")"
    }

    /// The numbers that the sentence does not contain yet.
    private var others: String {
        let told: [EvidenceNumber.Name] =
            switch kind {
            case .exfiltration: [.octetsOut, .span]
            case .dnsTunnel where self[.names] == nil: [.attempts, .octetsPerFlow, .span]
            case .dnsTunnel, .generatedNames: [.names, .span]
            case .longConnection: [.duration]
            case .lateralMovement: [.destinations, .span]
            case .beacon: [.attempts, .interval, .span]
            default: []
            }
        let rest = numbers.filter { !told.contains($0.name) }
        return rest.isEmpty ? "" : "; " + rest.map(\.description).joined(separator: ", ")
    }
}
