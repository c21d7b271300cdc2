import Flows
import NetworkTypes

/// The fields of Suricata's event log that are of use here.
enum EVEField: Int, CaseIterable {
    case timestamp, eventType, source, sourcePort, destination, destinationPort, transport
    case application, icmpType, icmpCode, flowID
    case sentPackets, sentOctets, receivedPackets, receivedOctets, start, end
    case sentFlags, receivedFlags, vlan
    case dnsType, dnsID, dnsName, dnsQueryType, dnsCode, dnsFirstName, dnsFirstType

    var name: String {
        switch self {
        case .timestamp: "timestamp"
        case .eventType: "event_type"
        case .source: "src_ip"
        case .sourcePort: "src_port"
        case .destination: "dest_ip"
        case .destinationPort: "dest_port"
        case .transport: "proto"
        case .application: "app_proto"
        case .icmpType: "icmp_type"
        case .icmpCode: "icmp_code"
        case .flowID: "flow_id"
        case .sentPackets: "flow.pkts_toserver"
        case .sentOctets: "flow.bytes_toserver"
        case .receivedPackets: "flow.pkts_toclient"
        case .receivedOctets: "flow.bytes_toclient"
        case .start: "flow.start"
        case .end: "flow.end"
        case .sentFlags: "tcp.tcp_flags_ts"
        case .receivedFlags: "tcp.tcp_flags_tc"
        case .vlan: "vlan.0"
        case .dnsType: "dns.type"
        case .dnsID: "dns.id"
        case .dnsName: "dns.rrname"
        case .dnsQueryType: "dns.rrtype"
        case .dnsCode: "dns.rcode"
        case .dnsFirstName: "dns.queries.0.rrname"
        case .dnsFirstType: "dns.queries.0.rrtype"
        }
    }

    static let names = allCases.map(\.name)
}

/// Reads events of Suricata: finished flows, and names that were asked for in the formats 1 to 3.
///
/// Its octets are those of frames. The first format has an event for each record of an answer, one behind
/// another: the first of them counts.
struct EVELog {
    private var lastAnswer: Answer?

    private struct Answer: Equatable { var flow, id: UInt64, time: Timestamp }

    mutating func read(
        _ fields: LogFields, _ first: Int, _ line: Span<UInt8>, _ clock: ClockOffset
    ) -> LogLine {
        let event = EVEEvent(fields: fields, first: first)
        let type = event.place(.eventType)
        if fields.isWord(type, "flow", in: line) { return event.flow(line, clock) }
        if fields.isWord(type, "dns", in: line) { return lookup(event, line, clock) }
        for kind in Self.usual where fields.isWord(type, kind, in: line) {
            return .skipped("\(kind) event of Suricata")
        }
        return .skipped("another event of Suricata")
    }

    private static let usual: [StaticString] = [
        "alert", "anomaly", "arp", "bittorrent_dht", "dcerpc", "dhcp", "dnp3", "drop", "fileinfo",
        "frame", "ftp", "ftp_data", "http", "http2", "ike", "krb5", "ldap", "mdns", "metadata",
        "modbus", "mqtt", "netflow", "nfs", "packetinfo", "pgsql", "quic", "rdp", "rfb", "sip",
        "smb", "smtp", "snmp", "ssh", "stats", "tftp", "tls", "websocket",
    ]

    private mutating func lookup(
        _ event: EVEEvent, _ line: Span<UInt8>, _ clock: ClockOffset
    ) -> LogLine {
        let fields = event.fields
        guard let time = event.time(.timestamp, line, clock) else {
            return .rejected(LogReason.time)
        }
        guard var client = event.end(.source, .sourcePort, line),
            var server = event.end(.destination, .destinationPort, line)
        else { return .rejected(LogReason.address) }
        let isAnswer =
            fields.isWord(event.place(.dnsType), "answer", in: line)
            || fields.isWord(event.place(.dnsType), "response", in: line)
        // older versions have an answer's sender first, later ones that of the flow
        if isAnswer, Self.ports.contains(client.port), !Self.ports.contains(server.port) {
            swap(&client, &server)
        }
        if isAnswer, let flow = fields.count(event.place(.flowID), in: line),
            let id = fields.count(event.place(.dnsID), in: line)
        {
            let answer = Answer(flow: flow, id: id, time: time)
            if answer == lastAnswer { return .skipped("further record of an answer") }
            lastAnswer = answer
        }
        let hasOwn = event.has(.dnsName)
        guard
            let octets = fields.octets(event.place(hasOwn ? .dnsName : .dnsFirstName), in: line)
        else { return .skipped(LogReason.noName) }
        guard let name = NameLookup.canonicalName(octets) else { return .rejected(LogReason.name) }
        let type = fields.text(event.place(hasOwn ? .dnsQueryType : .dnsFirstType), in: line)
        let code = isAnswer ? fields.text(event.place(.dnsCode), in: line) : nil
        return .observation(
            .lookup(
                NameLookup(
                    timestamp: time, client: client.address, server: server.address, name: name,
                    queryType: type.map(LogWords.queryType) ?? 0,
                    responseCode: code.flatMap(LogWords.responseCode))))
    }

    /// DNS, multicast DNS, LLMNR.
    private static let ports: Set<UInt16> = [53, 5353, 5355]
}

/// One event, its fields found.
private struct EVEEvent {
    let fields: LogFields
    /// Where the fields of events begin among all.
    let first: Int

    func place(_ field: EVEField) -> Int { first + field.rawValue }
    func has(_ field: EVEField) -> Bool { fields.has(place(field)) }

    func time(_ field: EVEField, _ line: Span<UInt8>, _ clock: ClockOffset) -> Timestamp? {
        fields.withOctets(place(field), in: line) { FieldText.civilTime($0, clock: clock) }
    }

    /// An address with its port, 0 where there is none.
    func end(_ address: EVEField, _ port: EVEField, _ line: Span<UInt8>) -> FlowEnd? {
        guard let address = fields.address(place(address), in: line) else { return nil }
        let number = has(port) ? fields.count(place(port), in: line) : 0
        guard let number, let port = UInt16(exactly: number) else { return nil }
        return FlowEnd(address: address, port: port)
    }

    func flow(_ line: Span<UInt8>, _ clock: ClockOffset) -> LogLine {
        guard let start = time(.start, line, clock), let end = time(.end, line, clock) else {
            return .rejected(LogReason.time)
        }
        guard let source = self.end(.source, .sourcePort, line),
            let destination = self.end(.destination, .destinationPort, line)
        else { return .rejected(LogReason.address) }
        let isIPv4 = source.address.isIPv4
        let word = transportWord(line)
        guard let transport = word.flatMap({ LogWords.transport($0, isIPv4: isIPv4) }) else {
            return .rejected(LogReason.transport)
        }
        var counts: [UInt64] = []
        for field in [EVEField.sentPackets, .sentOctets, .receivedPackets, .receivedOctets] {
            guard let count = fields.count(place(field), in: line) else {
                return .rejected(LogReason.count)
            }
            counts.append(count)
        }
        var key = FlowKey(initiator: source, responder: destination, protocolNumber: transport)
        var outcome = FlowOutcome(sent: counts[0], received: counts[2])
        if transport == 6 {
            outcome = tcpOutcome(line, isAnswered: counts[2] > 0)
        } else if transport == 1 || transport == 58 {
            let type = UInt8(clamping: fields.count(place(.icmpType), in: line) ?? 0)
            let code = UInt8(clamping: fields.count(place(.icmpCode), in: line) ?? 0)
            key = FlowKey(
                icmpType: type, code: code, from: source.address, to: destination.address)
            outcome = FlowOutcome(
                icmpType: type, isIPv4: isIPv4, sent: counts[0], received: counts[2])
        }
        let nanoseconds = end.nanoseconds.subtractingReportingOverflow(start.nanoseconds)
        guard !nanoseconds.overflow else { return .rejected(LogReason.timeRange) }
        return LogFlow(
            key: key, start: start, nanoseconds: nanoseconds.partialValue,
            vlan: UInt16(clamping: fields.count(place(.vlan), in: line) ?? 0),
            application: LogWords.application(
                fields.text(place(.application), in: line), transport: transport,
                port: destination.port),
            outcome: outcome, forward: .init(packets: counts[0], octets: counts[1]),
            backward: .init(packets: counts[2], octets: counts[3])
        ).line
    }

    private func transportWord(_ line: Span<UInt8>) -> String? {
        fields.text(place(.transport), in: line)
    }

    /// By the flags that each end sent; without the initiator's SYN the beginning was not seen.
    private func tcpOutcome(_ line: Span<UInt8>, isAnswered: Bool) -> FlowOutcome {
        let (syn, rst) = (UInt32(0x02), UInt32(0x04))
        guard let sent = flags(.sentFlags, line), sent & syn != 0 else { return .unknown }
        guard isAnswered, let received = flags(.receivedFlags, line) else {
            return isAnswered ? .unknown : .unanswered
        }
        if received & syn != 0 { return .established }
        return received & rst != 0 ? .rejected : .unknown
    }

    private func flags(_ field: EVEField, _ line: Span<UInt8>) -> UInt32? {
        fields.withOctets(place(field), in: line) { text in
            FieldText.hexadecimal(text, 0, text.count, digits: min(text.count, 8))
        }
    }
}
