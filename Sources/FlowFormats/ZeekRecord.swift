import Flows
import NetworkTypes

/// The fields of Zeek's logs that are of use here, whichever of its two spellings they came in.
enum ZeekField: Int, CaseIterable {
    case time, path, initiator, initiatorPort, responder, responderPort, transport, service
    case duration, sentPayload, receivedPayload, state, sentPackets, sentOctets
    case receivedPackets, receivedOctets, protocolNumber, vlan
    case query, queryType, responseCode

    var name: String {
        switch self {
        case .time: "ts"
        case .path: "_path"
        case .initiator: "id.orig_h"
        case .initiatorPort: "id.orig_p"
        case .responder: "id.resp_h"
        case .responderPort: "id.resp_p"
        case .transport: "proto"
        case .service: "service"
        case .duration: "duration"
        case .sentPayload: "orig_bytes"
        case .receivedPayload: "resp_bytes"
        case .state: "conn_state"
        case .sentPackets: "orig_pkts"
        case .sentOctets: "orig_ip_bytes"
        case .receivedPackets: "resp_pkts"
        case .receivedOctets: "resp_ip_bytes"
        case .protocolNumber: "ip_proto"
        case .vlan: "vlan"
        case .query: "query"
        case .queryType: "qtype"
        case .responseCode: "rcode"
        }
    }

    static let names = allCases.map(\.name)
}

/// One line of a log of Zeek, its fields found.
struct ZeekRecord {
    /// Which log a line is of.
    enum Kind: Equatable {
        case connections(isOpen: Bool)
        case names
        /// A log without flows or names, by its own name if that is a usual one.
        case other(String)

        /// By the log's own name or that of its file.
        init(path: String) {
            switch path {
            case "conn": self = .connections(isOpen: false)
            case "open_conn": self = .connections(isOpen: true)
            case "dns": self = .names
            default: self = .other(Self.usual.contains(path) ? path : "another")
            }
        }

        private static let usual: Set = [
            "analyzer", "arp", "capture_loss", "conn_long", "dce_rpc", "dhcp", "dnp3", "dpd",
            "files", "ftp", "http", "icmp", "intel", "irc", "kerberos", "known_certs",
            "known_hosts", "known_services", "ldap", "loaded_scripts", "modbus", "mqtt", "mysql",
            "notice", "ntlm", "ntp", "ocsp", "open_http", "open_ssl", "packet_filter", "pe",
            "postgresql", "quic", "radius", "rdp", "redis", "reporter", "rfb", "signatures",
            "sip", "smb_files", "smb_mapping", "smtp", "snmp", "socks", "software", "ssh", "ssl",
            "stats", "syslog", "telemetry", "traceroute", "tunnel", "websocket", "weird",
            "wireguard", "x509",
        ]
    }

    let fields: LogFields
    /// Where Zeek's fields begin among all.
    var first = 0

    func has(_ field: ZeekField) -> Bool { fields.has(first + field.rawValue) }

    /// What the line says.
    func line(_ kind: Kind, in line: Span<UInt8>, clock: ClockOffset) -> LogLine {
        switch kind {
        case .connections(let isOpen): connection(isOpen: isOpen, line, clock)
        case .names: lookup(line, clock)
        case .other(let name): .skipped("\(name) log of Zeek")
        }
    }

    // MARK: - conn.log, open_conn.log

    private func connection(
        isOpen: Bool, _ line: Span<UInt8>, _ clock: ClockOffset
    ) -> LogLine {
        guard let start = time(line, clock) else { return .rejected(LogReason.time) }
        guard let initiator = fields.address(place(.initiator), in: line),
            let responder = fields.address(place(.responder), in: line)
        else { return .rejected(LogReason.address) }
        guard let initiatorPort = port(.initiatorPort, line),
            let responderPort = port(.responderPort, line)
        else { return .rejected(LogReason.port) }
        guard let transport = transport(line, isIPv4: initiator.isIPv4) else {
            return .rejected(LogReason.transport)
        }
        var counts: [UInt64?] = []
        for field in Self.counts {
            let value = fields.count(place(field), in: line)
            guard value != nil || !has(field) else { return .rejected(LogReason.count) }
            counts.append(value)
        }
        var duration: Int64?
        if has(.duration) {
            duration = fields.nanoseconds(place(.duration), in: line)
            guard duration != nil else { return .rejected(LogReason.time) }
        }
        let service = fields.text(place(.service), in: line)
        let isICMP = transport == 1 || transport == 58
        let flow = LogFlow(
            key: isICMP
                ? Self.icmpKey(initiatorPort, responderPort, initiator, responder)
                : FlowKey(
                    initiator: FlowEnd(address: initiator, port: initiatorPort),
                    responder: FlowEnd(address: responder, port: responderPort),
                    protocolNumber: transport),
            start: start, nanoseconds: duration, isOpen: isOpen,
            vlan: UInt16(clamping: fields.count(place(.vlan), in: line) ?? 0),
            application: LogWords.application(service, transport: transport, port: responderPort),
            outcome: isICMP
                ? FlowOutcome(
                    icmpType: UInt8(clamping: initiatorPort), isIPv4: initiator.isIPv4,
                    sent: counts[0] ?? 0, received: counts[3] ?? 0)
                : outcome(line),
            forward: .init(packets: counts[0], octets: counts[1], payload: counts[2]),
            backward: .init(packets: counts[3], octets: counts[4], payload: counts[5]),
            measuresPayload: true)
        return flow.line
    }

    private static let counts: [ZeekField] = [
        .sentPackets, .sentOctets, .sentPayload, .receivedPackets, .receivedOctets,
        .receivedPayload,
    ]

    /// By Zeek's summary of the connection (conn.log's `conn_state`).
    private func outcome(_ line: Span<UInt8>) -> FlowOutcome {
        guard has(.state) else { return .unknown }
        let field = place(.state)
        for (word, outcome) in Self.outcomes where fields.isWord(field, word, in: line) {
            return outcome
        }
        return .unknown
    }

    /// SHR and RSTRH lack the initiator's SYN, OTH the beginning altogether.
    private static let outcomes: [(StaticString, FlowOutcome)] = [
        ("SF", .established), ("S0", .unanswered), ("REJ", .rejected), ("S1", .established),
        ("S2", .established), ("S3", .established), ("RSTO", .established),
        ("RSTR", .established), ("RSTOS0", .unanswered), ("SH", .unanswered),
    ]

    /// Zeek has the message's type for the initiator's port, and for the responder's the type of the answer
    /// or, where there is none, the code.
    private static func icmpKey(
        _ type: UInt16, _ second: UInt16, _ initiator: IPAddress, _ responder: IPAddress
    ) -> FlowKey {
        let answers: [UInt16: UInt16] =
            initiator.isIPv4
            ? [0: 8, 8: 0, 9: 10, 10: 9, 13: 14, 14: 13, 15: 16, 16: 15, 17: 18, 18: 17]
            : [128: 129, 129: 128, 133: 134, 134: 133, 135: 136, 136: 135, 130: 131, 131: 130]
        let code = answers[type] == second ? 0 : second
        return FlowKey(
            icmpType: UInt8(clamping: type), code: UInt8(clamping: code), from: initiator,
            to: responder)
    }

    // MARK: - dns.log

    private func lookup(_ line: Span<UInt8>, _ clock: ClockOffset) -> LogLine {
        guard let time = time(line, clock) else { return .rejected(LogReason.time) }
        guard let client = fields.address(place(.initiator), in: line),
            let server = fields.address(place(.responder), in: line)
        else { return .rejected(LogReason.address) }
        guard let query = fields.octets(place(.query), in: line) else {
            return .skipped(LogReason.noName)
        }
        guard let name = NameLookup.canonicalName(query) else { return .rejected(LogReason.name) }
        let type = fields.count(place(.queryType), in: line) ?? 0
        let code = fields.count(place(.responseCode), in: line)
        return .observation(
            .lookup(
                NameLookup(
                    timestamp: time, client: client, server: server, name: name,
                    queryType: UInt16(exactly: type) ?? 0,
                    responseCode: code.flatMap { UInt8(exactly: $0) })))
    }

    // MARK: - Fields

    private func place(_ field: ZeekField) -> Int { first + field.rawValue }

    /// Seconds since 1970, or the date of logs that are written so.
    private func time(_ line: Span<UInt8>, _ clock: ClockOffset) -> Timestamp? {
        fields.nanoseconds(place(.time), in: line).map(Timestamp.init(nanoseconds:))
            ?? fields.withOctets(place(.time), in: line) { FieldText.civilTime($0, clock: clock) }
    }

    private func port(_ field: ZeekField, _ line: Span<UInt8>) -> UInt16? {
        fields.count(place(field), in: line).flatMap { UInt16(exactly: $0) }
    }

    private func transport(_ line: Span<UInt8>, isIPv4: Bool) -> UInt8? {
        if let number = fields.count(place(.protocolNumber), in: line) {
            return UInt8(exactly: number)
        }
        return fields.text(place(.transport), in: line).flatMap {
            LogWords.transport($0, isIPv4: isIPv4)
        }
    }
}
