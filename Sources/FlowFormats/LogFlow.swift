import Flows
import NetworkTypes

/// What became of one line of a log.
enum LogLine {
    case observation(Observation)
    /// The line cannot be read, and why.
    case rejected(String)
    /// The line can be read and is of no use here, and why.
    case skipped(String)
    /// Blank lines and comments.
    case nothing
}

/// Reasons that several logs share; each is the key of a counter.
enum LogReason {
    static let time = "no time that can be read"
    static let timeRange = "a time out of range"
    static let address = "no address that can be read"
    static let port = "no port that can be read"
    static let transport = "a protocol that is not known"
    static let count = "a count that cannot be read"
    static let name = "a name longer than 1,023 octets"
    static let noName = "a look-up without a name"
    static let fewer = "fewer fields than the header"
    static let more = "more fields than the header"
    static let tooLong = "a line longer than 1 MiB"
    static let notJSON = "not a JSON object"
}

/// A flow as a log tells it, before it is one of ours.
struct LogFlow {
    /// Packets and octets of an end, as far as they are told.
    struct End {
        var packets: UInt64?
        /// Of IP packets or frames.
        var octets: UInt64?
        var payload: UInt64?
    }

    var key: FlowKey
    var start: Timestamp
    /// `nil` where the log does not tell it.
    var nanoseconds: Int64?
    var isOpen = false
    /// 0 where the log does not tell it.
    var vlan: UInt16 = 0
    var application: String
    var outcome: FlowOutcome
    var forward: End
    var backward: End
    /// Whether the metrics are made of payload, as those of a meter are; else of the other octets.
    var measuresPayload = false

    /// The flow, or why it is none.
    var line: LogLine {
        let (end, overflow) = start.nanoseconds.addingReportingOverflow(nanoseconds ?? 0)
        guard !overflow, (nanoseconds ?? 0) >= 0 else { return .rejected(LogReason.timeRange) }
        var flow = ObservedFlow(
            key: key, start: start, end: Timestamp(nanoseconds: end), application: application,
            outcome: outcome, forward: forward.transfer, backward: backward.transfer,
            metrics: metrics)
        flow.isOpen = isOpen
        flow.vlan = vlan
        return .observation(.flow(flow))
    }

    /// The nine metrics by the definitions of the corrected meter; variance and active time, which no log
    /// tells, are 0.
    private var metrics: [9 of Double]? {
        let sent = measuresPayload ? forward.payload : forward.octets
        let received = measuresPayload ? backward.payload : backward.octets
        guard let nanoseconds, let sent, let received else { return nil }
        let microseconds = Double(nanoseconds / 1000 + (nanoseconds % 1000 >= 500 ? 1 : 0))
        let volume = Double(sent) + Double(received)
        let (there, back) = (Double(forward.packets ?? 0), Double(backward.packets ?? 0))
        func ratio(_ amount: Double, _ count: Double) -> Double { count > 0 ? amount / count : 0 }
        return [
            ratio(volume, microseconds / 1_000_000), microseconds, volume,
            ratio(volume, there + back), ratio(back, there), 0, ratio(Double(sent), there),
            ratio(Double(received), back), 0,
        ]
    }
}

extension LogFlow.End {
    fileprivate var transfer: ObservedFlow.Transfer {
        .init(packets: packets ?? 0, octets: octets ?? payload ?? 0)
    }
}

extension FlowKey {
    /// The key of an ICMP flow; `identifier` is 0 where it is not told.
    init(
        icmpType type: UInt8, code: UInt8, identifier: UInt16 = 0, from initiator: IPAddress,
        to responder: IPAddress
    ) {
        self.init(
            initiator: FlowEnd(address: initiator, port: identifier),
            responder: FlowEnd(address: responder, port: UInt16(type) << 8 | UInt16(code)),
            protocolNumber: initiator.isIPv4 ? 1 : 58)
    }
}

extension FlowOutcome {
    /// What became of an ICMP message: requests want an answer, others do not say how anything went.
    init(icmpType type: UInt8, isIPv4: Bool, sent: UInt64, received: UInt64) {
        let requests: [UInt8] = isIPv4 ? [8, 10, 13, 15, 17] : [128, 130, 133, 135, 139]
        self =
            sent > 0 && received > 0
            ? .established : sent > 0 && requests.contains(type) ? .unanswered : .unknown
    }

    /// What became of a flow of another protocol than TCP and ICMP.
    init(sent: UInt64, received: UInt64) {
        self = sent == 0 ? .unknown : received > 0 ? .established : .unanswered
    }
}

extension NameLookup {
    /// The name as packets would give it: lower case, no dot at the end, octets that are no visible ASCII as
    /// `\` and three digits; the root is a dot. `nil` if it is too long.
    static func canonicalName(_ octets: [UInt8]) -> String? {
        var name: [UInt8] = []
        name.reserveCapacity(octets.count)
        var octets = octets[...]
        if octets.count > 1, octets.last == UInt8(ascii: ".") { octets = octets.dropLast() }
        if octets.isEmpty { return "." }
        for octet in octets {
            switch octet {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): name.append(octet | 0x20)
            case 0x21...0x7E: name.append(octet)
            default:
                name.append(UInt8(ascii: "\\"))
                for weight in [100, 10, 1] as [UInt8] {
                    name.append(UInt8(ascii: "0") + octet / weight % 10)
                }
            }
            if name.count > 1023 { return nil }
        }
        return String(decoding: name, as: UTF8.self)
    }
}
