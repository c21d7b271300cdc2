import Flows
import NetworkTypes

/// Reads the lines of a table of Argus's bidirectional flows (`binetflow`).
///
/// Its octets are those of frames. Without the column SrcPkts all packets count as the initiator's, for
/// nobody tells them apart.
struct ArgusTable {
    private enum Field: Int, CaseIterable {
        case start, duration, transport, source, sourcePort, direction, destination
        case destinationPort, state, packets, octets, sentOctets, sentPackets

        var name: String {
            switch self {
            case .start: "StartTime"
            case .duration: "Dur"
            case .transport: "Proto"
            case .source: "SrcAddr"
            case .sourcePort: "Sport"
            case .direction: "Dir"
            case .destination: "DstAddr"
            case .destinationPort: "Dport"
            case .state: "State"
            case .packets: "TotPkts"
            case .octets: "TotBytes"
            case .sentOctets: "SrcBytes"
            case .sentPackets: "SrcPkts"
            }
        }

        var isOptional: Bool { self == .sentPackets || self == .direction || self == .state }
    }

    private var cells: DelimitedFields
    private let clock: ClockOffset

    /// `nil` if the line is not the header of such a table.
    init?(header line: Span<UInt8>, clock: ClockOffset) {
        var names: [[UInt8]] = [[]]
        var commas = 0
        for index in 0..<line.count where line[index] == UInt8(ascii: ",") { commas += 1 }
        let delimiter = commas > 0 ? UInt8(ascii: ",") : UInt8(ascii: "\t")
        for index in 0..<min(line.count, 1 << 14) {
            if line[index] == delimiter {
                names.append([])
            } else if line[index] != 0x20 {
                names[names.count - 1].append(line[index])
            }
        }
        let header = names.map { String(decoding: $0, as: UTF8.self) }
        guard Field.allCases.allSatisfy({ $0.isOptional || header.contains($0.name) }) else {
            return nil
        }
        cells = DelimitedFields(
            header: header, names: Field.allCases.map(\.name), delimiter: delimiter, unset: [],
            empty: [], escapes: .none)
        self.clock = clock
    }

    mutating func read(_ line: Span<UInt8>) -> LogLine {
        switch cells.read(line) {
        case .fewer: return .rejected(LogReason.fewer)
        case .more: return .rejected(LogReason.more)
        case .whole: return flow(cells.fields, line)
        }
    }

    private func flow(_ fields: LogFields, _ line: Span<UInt8>) -> LogLine {
        func count(_ field: Field) -> UInt64? { fields.count(field.rawValue, in: line) }
        func address(_ field: Field) -> IPAddress? { fields.address(field.rawValue, in: line) }
        let word = fields.text(Field.transport.rawValue, in: line) ?? ""
        if Self.linkProtocols.contains(word) { return .skipped("flow of another protocol than IP") }
        guard let start = time(fields, line),
            let duration = fields.nanoseconds(Field.duration.rawValue, in: line)
        else { return .rejected(LogReason.time) }
        guard let source = address(.source), let destination = address(.destination) else {
            return .rejected(LogReason.address)
        }
        guard let transport = LogWords.transport(word, isIPv4: source.isIPv4) else {
            return .rejected(LogReason.transport)
        }
        guard let sourcePort = port(.sourcePort, fields, line),
            let destinationPort = port(.destinationPort, fields, line)
        else { return .rejected(LogReason.port) }
        guard let packets = count(.packets), let octets = count(.octets),
            let sentOctets = count(.sentOctets), sentOctets <= octets,
            let sentPackets = fields.has(Field.sentPackets.rawValue)
                ? count(.sentPackets) : packets, sentPackets <= packets
        else { return .rejected(LogReason.count) }
        var forward = LogFlow.End(packets: sentPackets, octets: sentOctets)
        var backward = LogFlow.End(packets: packets - sentPackets, octets: octets - sentOctets)
        var key = FlowKey(
            initiator: FlowEnd(address: source, port: sourcePort),
            responder: FlowEnd(address: destination, port: destinationPort),
            protocolNumber: transport)
        let direction = fields.text(Field.direction.rawValue, in: line) ?? ""
        let state = fields.text(Field.state.rawValue, in: line) ?? ""
        var outcome = Self.outcome(state, transport, answered: octets > sentOctets)
        if transport == 1 || transport == 58 {
            // the source's port is type and code, the other octet first; the destination's the identifier
            let (type, code) = (UInt8(sourcePort & 255), UInt8(sourcePort >> 8))
            key = FlowKey(
                icmpType: type, code: code, identifier: destinationPort, from: source,
                to: destination)
            outcome = FlowOutcome(
                icmpType: type, isIPv4: source.isIPv4, sent: sentOctets,
                received: octets - sentOctets)
        } else if direction.hasSuffix("<-") || direction.hasSuffix("<?") {
            (key.initiator, key.responder) = (key.responder, key.initiator)
            swap(&forward, &backward)
            outcome = .unknown
        } else if direction.contains("?") {
            outcome = .unknown
        }
        return LogFlow(
            key: key, start: start, nanoseconds: duration,
            application: LogWords.application(nil, transport: transport, port: destinationPort),
            outcome: outcome, forward: forward, backward: backward
        ).line
    }

    private static let linkProtocols: Set = [
        "arp", "rarp", "llc", "lldp", "loop", "stp", "man", "ipx/spx", "pppoe", "wol", "x25",
    ]

    /// A date, or seconds since 1970.
    private func time(_ fields: LogFields, _ line: Span<UInt8>) -> Timestamp? {
        fields.withOctets(Field.start.rawValue, in: line) { text in
            FieldText.civilTime(text, clock: clock)
                ?? FieldText.nanoseconds(text).map(Timestamp.init(nanoseconds:))
        }
    }

    /// Decimal, hexadecimal behind `0x`, or 0 for an empty cell.
    private func port(
        _ field: Field, _ fields: LogFields, _ line: Span<UInt8>
    ) -> UInt16? {
        guard fields.has(field.rawValue) else { return 0 }
        return fields.withOctets(field.rawValue, in: line) { text in
            if text.count > 2, text.count <= 6, text[0] == UInt8(ascii: "0"),
                text[1] == UInt8(ascii: "x")
            {
                return FieldText.hexadecimal(text, 2, text.count, digits: text.count - 2)
                    .flatMap { UInt16(exactly: $0) }
            }
            return FieldText.count(text).flatMap { UInt16(exactly: $0) }
        }
    }

    /// By Argus's state: of TCP the flags of both ends (`FSPA_FSPA`), else a word.
    private static func outcome(
        _ state: String, _ transport: UInt8, answered: Bool
    ) -> FlowOutcome {
        // an ICMP message about the flow: URH, URP, URN …
        if state.hasPrefix("UR"), !state.contains("_") { return .unreachable }
        guard transport == 6 else { return answered ? .established : .unanswered }
        let flags = state.split(separator: "_", omittingEmptySubsequences: false)
        guard flags.count == 2, flags[0].allSatisfy({ "FSRPAUEC".contains($0) }) else {
            switch state {
            case "CON", "FIN", "EST": return answered ? .established : .unknown
            case "REQ", "INT": return answered ? .unknown : .unanswered
            default: return .unknown
            }
        }
        guard flags[0].contains("S") else { return .unknown }
        if !answered || flags[1].isEmpty { return .unanswered }
        if flags[1].contains("S") { return .established }
        return flags[1].contains("R") && !flags[1].contains("P") ? .rejected : .unknown
    }
}
