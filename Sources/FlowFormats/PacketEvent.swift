import Flows
import NetworkTypes

/// A line that `ntds meter --events` or `ntds simulate campus` wrote: an ARP or DNS message.
struct PacketEvent {
    enum Field: String, CaseIterable {
        case event, time, operation, senderMAC, senderAddress, targetAddress
        case source, sourcePort, destination, isResponse, queryName, queryType, responseCode
        case messageOctets

        static let names = allCases.map(\.rawValue)
    }

    let fields: LogFields
    /// Where these fields begin among all.
    let first: Int

    private func place(_ field: Field) -> Int {
        first + (Field.allCases.firstIndex(of: field) ?? 0)
    }

    var isEvent: Bool { fields.has(place(.event)) }

    func line(_ line: Span<UInt8>, _ clock: ClockOffset) -> LogLine {
        let time = fields.withOctets(place(.time), in: line) {
            FieldText.civilTime($0, clock: clock)
        }
        guard let time else { return .rejected(LogReason.time) }
        if fields.isWord(place(.event), "arp", in: line) { return query(line, at: time) }
        if fields.isWord(place(.event), "dns", in: line) { return lookup(line, at: time) }
        return .skipped("another event")
    }

    private func query(_ line: Span<UInt8>, at time: Timestamp) -> LogLine {
        guard let sender = fields.address(place(.senderAddress), in: line),
            let target = fields.address(place(.targetAddress), in: line)
        else { return .rejected(LogReason.address) }
        let digits = fields.text(place(.senderMAC), in: line)?.filter { $0 != ":" } ?? ""
        let operation = fields.count(place(.operation), in: line)
        return .observation(
            .addressQuery(
                AddressQuery(
                    timestamp: time, senderMAC: UInt64(digits, radix: 16) ?? 0, sender: sender,
                    target: target, isRequest: operation == 1 && sender != target)))
    }

    private func lookup(_ line: Span<UInt8>, at time: Timestamp) -> LogLine {
        guard let source = fields.address(place(.source), in: line),
            let destination = fields.address(place(.destination), in: line)
        else { return .rejected(LogReason.address) }
        guard let octets = fields.octets(place(.queryName), in: line) else {
            return .skipped(LogReason.noName)
        }
        guard let name = NameLookup.canonicalName(octets) else { return .rejected(LogReason.name) }
        let isResponse = fields.isWord(place(.isResponse), "true", in: line)
        let length = UInt32(clamping: fields.count(place(.messageOctets), in: line) ?? 0)
        let type = UInt16(clamping: fields.count(place(.queryType), in: line) ?? 0)
        let code = fields.count(place(.responseCode), in: line).map { UInt8(clamping: $0) }
        return .observation(
            .lookup(
                NameLookup(
                    timestamp: time, client: isResponse ? destination : source,
                    server: isResponse ? source : destination, name: name, queryType: type,
                    responseCode: isResponse ? code : nil, queryOctets: isResponse ? 0 : length,
                    answerOctets: isResponse ? length : 0)))
    }
}
