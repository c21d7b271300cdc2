import Flows
import NetworkTypes

/// Observed flows as columns by the names that the meter's table of all columns has, as far as they apply.
///
/// Two columns come on top, of flows that ask for a name: `dnsQueryType` and `dnsResponseCode`, empty for all
/// others. Their server name is the name asked for, and the octets of payload are those of question and answer,
/// so that the lookup can be made again from the row.
struct CampusTable {
    private static let limit = 65_536
    private static let textColumns = TextColumn.allCases
    private static let wholeColumns = WholeColumn.allCases
    private static let realColumns = RealColumn.allCases

    private var words = [Words](repeating: Words(), count: TextColumn.allCases.count)
    private var wholes = [[Int64]](repeating: [], count: WholeColumn.allCases.count)
    private var reals = [[Double]](repeating: [], count: RealColumn.allCases.count)
    private var queryTypes: [Int8] = []
    private var responseCodes: [Int8] = []
    /// Texts of seconds, with room for the rest, and of addresses, seen in this batch.
    private var seconds: [Int64: [UInt8]] = [:]
    private var addresses: [IPAddress: String] = [:]

    /// Codes of a column and their words.
    private struct Words {
        var codes: [UInt32] = []
        var table = WordTable()

        mutating func append(_ word: String) { codes.append(table.code(of: word)) }
    }

    private enum TextColumn: Int, CaseIterable {
        case source, destination, start, label, application, mode, end, serverName

        var name: String {
            switch self {
            case .source: "Source.IP"
            case .destination: "Destination.IP"
            case .start: "Timestamp"
            case .label: "Label"
            case .application: "ProtocolName"
            case .mode: "meterMode"
            case .end: "flowEndMicroseconds"
            case .serverName: "serverName"
            }
        }
    }

    private enum WholeColumn: Int, CaseIterable {
        case sourcePort, destinationPort, transport, duration, sentPackets, receivedPackets
        case sent, received, sentOctets, receivedOctets, sentSYN, receivedSYN, receivedRST

        var name: String {
            switch self {
            case .sourcePort: "Source.Port"
            case .destinationPort: "Destination.Port"
            case .transport: "Protocol"
            case .duration: "Flow.Duration"
            case .sentPackets: "Total.Fwd.Packets"
            case .receivedPackets: "Total.Backward.Packets"
            case .sent: "Total.Length.of.Fwd.Packets"
            case .received: "Total.Length.of.Bwd.Packets"
            case .sentOctets: "octetDeltaCount"
            case .receivedOctets: "reverseOctetDeltaCount"
            case .sentSYN: "tcpSynTotalCount"
            case .receivedSYN: "reverseTcpSynTotalCount"
            case .receivedRST: "reverseTcpRstTotalCount"
            }
        }
    }

    /// The metrics that are no whole numbers, by their places among the nine.
    private enum RealColumn: Int, CaseIterable {
        case rate = 0
        case averageSize, ratio, variance, sentLength, receivedLength, active

        var name: String {
            switch self {
            case .rate: "Flow.Bytes.s"
            case .averageSize: "Average.Packet.Size"
            case .ratio: "Down.Up.Ratio"
            case .variance: "Packet.Length.Variance"
            case .sentLength: "Fwd.Packet.Length.Mean"
            case .receivedLength: "Bwd.Packet.Length.Mean"
            case .active: "Active.Mean"
            }
        }

        var metric: Int { self == .rate ? 0 : rawValue + 2 }
    }

    /// Whether the rows are enough for a batch.
    var isFull: Bool { queryTypes.count >= Self.limit }

    /// - Parameter label: the attack that the flow belongs to.
    mutating func append(_ flow: ObservedFlow, label: String?) {
        let metrics = flow.metrics ?? [9 of Double](repeating: 0)
        for column in Self.textColumns {
            words[column.rawValue].append(text(column, flow, label))
        }
        for column in Self.wholeColumns {
            wholes[column.rawValue].append(Self.number(column, flow, metrics))
        }
        for column in Self.realColumns { reals[column.rawValue].append(metrics[column.metric]) }
        queryTypes.append(-1)
        responseCodes.append(-1)
    }

    /// Says of the last flow what name was asked for in it.
    mutating func annotate(with lookup: NameLookup) {
        guard !queryTypes.isEmpty else { return }
        queryTypes[queryTypes.count - 1] = Int8(clamping: lookup.queryType)
        responseCodes[responseCodes.count - 1] =
            lookup.responseCode.map { Int8(clamping: $0) } ?? -1
    }

    /// The rows so far; none are left.
    mutating func takeBatch() -> FlowBatch {
        let batch = FlowBatch(
            names: TextColumn.allCases.map(\.name) + WholeColumn.allCases.map(\.name)
                + RealColumn.allCases.map(\.name) + ["dnsQueryType", "dnsResponseCode"],
            columns: words.map { .words($0.codes, $0.table) } + wholes.map { .integers($0) }
                + reals.map { .reals($0) }
                + [.optionalCounts(queryTypes), .optionalCounts(responseCodes)])
        self = CampusTable()
        return batch
    }

    private mutating func text(
        _ column: TextColumn, _ flow: ObservedFlow, _ label: String?
    ) -> String {
        switch column {
        case .source: text(of: flow.key.initiator.address)
        case .destination: text(of: flow.key.responder.address)
        case .start: text(of: flow.start, hasZone: false)
        case .label: label ?? "BENIGN"
        case .application: flow.application
        case .mode: MeterMode.corrected.rawValue
        case .end: text(of: flow.end, hasZone: true)
        case .serverName: flow.serverName ?? ""
        }
    }

    private static func number(
        _ column: WholeColumn, _ flow: ObservedFlow, _ metrics: [9 of Double]
    ) -> Int64 {
        let isTCP = flow.key.protocolNumber == 6
        return switch column {
        case .sourcePort: Int64(flow.key.initiator.port)
        case .destinationPort: Int64(flow.key.responder.port)
        case .transport: Int64(flow.key.protocolNumber)
        case .duration: Int64(metrics[1])
        case .sentPackets: Int64(flow.forward.packets)
        case .receivedPackets: Int64(flow.backward.packets)
        // a mean over so many packets: the whole number that it came from
        case .sent: Int64((metrics[6] * Double(flow.forward.packets)).rounded())
        case .received: Int64((metrics[7] * Double(flow.backward.packets)).rounded())
        case .sentOctets: Int64(flow.forward.octets)
        case .receivedOctets: Int64(flow.backward.octets)
        case .sentSYN:
            !isTCP ? 0 : flow.outcome == .unanswered ? Int64(flow.forward.packets) : 1
        case .receivedSYN: isTCP && flow.outcome == .established ? 1 : 0
        case .receivedRST: isTCP && flow.outcome == .rejected ? 1 : 0
        }
    }

    private mutating func text(of address: IPAddress) -> String {
        if let known = addresses[address] { return known }
        let text = address.description
        addresses[address] = text
        return text
    }

    /// A time to the microsecond: `2024-01-15 08:30:00.000000`, or with a T and the Z of UTC.
    private mutating func text(of time: Timestamp, hasZone: Bool) -> String {
        let second = time.nanoseconds / 1_000_000_000
        var octets: [UInt8]
        if let known = seconds[second] {
            octets = known
        } else {
            octets = Array(
                Timestamp(nanoseconds: second * 1_000_000_000).description.utf8.prefix(19))
            octets += Array(".000000Z".utf8)
            seconds[second] = octets
        }
        if !hasZone {
            octets[10] = UInt8(ascii: " ")
            octets.removeLast()
        }
        var rest = time.nanoseconds / 1000 % 1_000_000
        for place in (20..<26).reversed() {
            octets[place] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
        return String(decoding: octets, as: UTF8.self)
    }
}
