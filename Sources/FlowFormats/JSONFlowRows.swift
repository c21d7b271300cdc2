import Flows
import NetworkTypes

/// Finished flows as lines of JSON, one object a flow; what is not known is not there.
///
/// The full record has the names of IPFIX and of `FlowDetail`; the other layouts have the names of their
/// columns. Numbers that are not finite are left out; what is counted is a whole number, what is computed has
/// a point.
struct JSONFlowRows {
    private let columns: FlowColumnSet
    private let clock: ClockOffset
    /// All names, ready to be written: `,"name":`; others below keep the places of theirs.
    private var keys: [UInt8] = []
    private var numbers: [(cell: Int, key: Range<Int>, isCounted: Bool)] = []
    /// The columns that are no cells, in the order of the registry: seven, then up to three.
    private var keyNames, labelNames: [Range<Int>]
    private var details: [(source: FlowDetail.Source, key: Range<Int>)] = []
    private let isOrdered: Bool
    private var cells: [FlowCell] = []

    init(_ columns: FlowColumnSet, mode: MeterMode, clock: ClockOffset) {
        self.columns = columns
        self.clock = clock
        isOrdered = columns.hasOrderedIdentifiers(in: mode)
        (keyNames, labelNames) = ([], [])
        let numeric = FlowRecord.numericFeatures
        var seen: Set<String> = []
        for (feature, name) in zip(columns.features, columns.names) {
            if feature < numeric.lowerBound {
                keyNames.append(key(name, isFirst: feature == 0))
            } else if feature >= numeric.upperBound {
                labelNames.append(key(name))
            } else {
                let cell = feature - numeric.lowerBound
                let name = columns == .all ? Self.names[cell] : name
                // a name may stand twice in a header, not in an object
                guard let name, seen.insert(name).inserted else { continue }
                numbers.append((cell, key(name), columns.isCounted(feature)))
            }
        }
        if columns == .all { details = FlowDetail.all.map { ($0.source, key($0.name)) } }
    }

    private mutating func key(_ name: String, isFirst: Bool = false) -> Range<Int> {
        let start = keys.count
        keys += Array("\(isFirst ? "{" : ",")\"\(name)\":".utf8)
        return start..<keys.count
    }

    private func append(_ key: Range<Int>, to text: inout TextBuffer) {
        text.append(keys.span.extracting(key))
    }

    mutating func append(_ flow: borrowing FlowRecord, to text: inout TextBuffer) {
        if columns == .all { appendIPFIXKey(flow, to: &text) } else { appendKey(flow, to: &text) }
        cells.removeAll(keepingCapacity: true)
        flow.appendCells(to: &cells)
        for number in numbers {
            switch cells[number.cell] {
            case .integer(let value):
                if columns == .all && Self.windows.contains(number.cell) && value < 0 { continue }
                append(number.key, to: &text)
                text.append(value)
            case .real(let value):
                guard value.isFinite else { continue }
                append(number.key, to: &text)
                if number.isCounted, let whole = Int64(exactly: value) {
                    text.append(whole)
                } else {
                    text.append(value)
                }
            case .absent:
                if columns == .all { continue }
                append(number.key, to: &text)
                text.append(UInt8(ascii: "0"))
            }
        }
        if columns == .all {
            appendApplication(flow, to: &text)
            appendDetails(flow, to: &text)
        } else {
            appendLabel(flow, to: &text)
        }
        text.append("}\n")
    }

    /// Cells that are -1 where there is no window.
    private static let windows = 65...66
}

// MARK: - The full record

extension JSONFlowRows {
    private func appendIPFIXKey(_ flow: borrowing FlowRecord, to text: inout TextBuffer) {
        text.append("{\"flowStartMicroseconds\":\"")
        text.appendISO(flow.start, separator: UInt8(ascii: "T"))
        text.append("Z\"")
        let ends = [flow.key.initiator, flow.key.responder]
        for (end, name) in zip(ends, ["source", "destination"]) {
            text.append(",\"")
            text.append(name)
            text.append(end.address.isIPv4 ? "IPv4Address\":\"" : "IPv6Address\":\"")
            text.append(end.address)
            text.append(UInt8(ascii: "\""))
        }
        switch flow.key.protocolNumber {
        case 1, 58:
            text.append(",\"icmpIdentifier\":")
            text.append(UInt64(flow.key.initiator.port))
            text.append(
                flow.key.protocolNumber == 1
                    ? ",\"icmpTypeCodeIPv4\":" : ",\"icmpTypeCodeIPv6\":")
            text.append(UInt64(flow.key.responder.port))
        default:
            text.append(",\"sourceTransportPort\":")
            text.append(UInt64(flow.key.initiator.port))
            text.append(",\"destinationTransportPort\":")
            text.append(UInt64(flow.key.responder.port))
        }
        text.append(",\"protocolIdentifier\":")
        text.append(UInt64(flow.key.protocolNumber))
    }

    private func appendApplication(_ flow: borrowing FlowRecord, to text: inout TextBuffer) {
        guard let label = flow.label else { return }
        text.append(",\"applicationName\":")
        text.append(json: label.application)
        text.append(",\"applicationId\":")
        text.append(UInt64(label.number))
    }

    private func appendDetails(_ flow: borrowing FlowRecord, to text: inout TextBuffer) {
        let label = flow.label
        for detail in details {
            let value = flow.value(of: detail.source, label: label)
            if case .missing = value { continue }
            append(detail.key, to: &text)
            append(value, to: &text)
        }
    }

    private func append(_ value: FlowDetail.Value, to text: inout TextBuffer) {
        switch value {
        case .whole(let number): text.append(number)
        case .text(let word): text.append(json: word)
        case .texts(let words):
            for (index, word) in words.enumerated() {
                text.append(UInt8(ascii: index == 0 ? "[" : ","))
                text.append(json: word)
            }
            text.append(UInt8(ascii: "]"))
        case .numbers(let numbers):
            text.append(UInt8(ascii: "["))
            text.append(numbers, separator: UInt8(ascii: ","))
            text.append(UInt8(ascii: "]"))
        // identifiers are texts too: numbers above 2^53 are not the same in every reader
        case .missing, .identifier, .time, .address, .communityID:
            text.append(UInt8(ascii: "\""))
            text.append(value)
            text.append(UInt8(ascii: "\""))
        }
    }

    /// Names of the numeric features, by the order of the registry; `nil` for those that only repeat another
    /// one or, like the flag columns of the old meters, say something else than they are called.
    private static let names: [String?] =
        [
            "flowDurationMicroseconds", "initiatorPackets", "responderPackets", "initiatorOctets",
            "responderOctets",
        ]
        + statistics(
            "initiatorPayload", ["Maximum", "Minimum", "Mean", "Deviation"], unit: "Octets")
        + statistics(
            "responderPayload", ["Maximum", "Minimum", "Mean", "Deviation"], unit: "Octets")
        + ["octetsPerSecond", "packetsPerSecond"]
        + statistics("gap", ["Mean", "Deviation", "Maximum", "Minimum"])
        + statistics("initiatorGap", ["Total", "Mean", "Deviation", "Maximum", "Minimum"])
        + statistics("responderGap", ["Total", "Mean", "Deviation", "Maximum", "Minimum"])
        + [nil, nil, nil, nil, "initiatorHeaderOctets", "responderHeaderOctets"]
        + ["initiatorPacketsPerSecond", "responderPacketsPerSecond"]
        + statistics(
            "payload", ["Minimum", "Maximum", "Mean", "Deviation", "Variance"], unit: "Octets")
        + Array(repeating: nil, count: 8) + ["downUpRatio", nil, nil, nil, nil]
        + bulks("initiator") + bulks("responder") + subflows("initiator") + subflows("responder")
        + ["tcpWindowSize", "reverseTcpWindowSize", nil, nil]
        + statistics("active", ["Mean", "Deviation", "Maximum", "Minimum"])
        + statistics("idle", ["Mean", "Deviation", "Maximum", "Minimum"])

    private static func statistics(
        _ what: String, _ kinds: [String], unit: String = "Microseconds"
    ) -> [String?] {
        kinds.map { what + $0 + unit }
    }

    private static func bulks(_ end: String) -> [String?] {
        [end + "BulkMeanOctets", end + "BulkMeanPackets", end + "BulkOctetsPerSecond"]
    }

    private static func subflows(_ end: String) -> [String?] {
        [end + "SubflowMeanPackets", end + "SubflowMeanOctets"]
    }
}

// MARK: - Layouts of the old meters

extension JSONFlowRows {
    private func appendKey(_ flow: borrowing FlowRecord, to text: inout TextBuffer) {
        append(keyNames[0], to: &text)
        text.append(UInt8(ascii: "\""))
        text.appendIdentifier(flow, isOrdered: isOrdered)
        text.append(UInt8(ascii: "\""))
        for (place, end) in [flow.key.initiator, flow.key.responder].enumerated() {
            append(keyNames[1 + 2 * place], to: &text)
            text.append(UInt8(ascii: "\""))
            text.append(end.address)
            text.append(UInt8(ascii: "\""))
            append(keyNames[2 + 2 * place], to: &text)
            text.append(UInt64(flow.hasPorts ? end.port : 0))
        }
        append(keyNames[5], to: &text)
        text.append(UInt64(flow.writtenProtocol))
        append(keyNames[6], to: &text)
        text.append(UInt8(ascii: "\""))
        text.append(flow.start, columns.timeSpelling, clock: clock)
        text.append(UInt8(ascii: "\""))
    }

    private func appendLabel(_ flow: borrowing FlowRecord, to text: inout TextBuffer) {
        append(labelNames[0], to: &text)
        text.append(json: columns.label)
        guard labelNames.count == 3 else { return }
        append(labelNames[1], to: &text)
        text.append(UInt64(flow.label?.number ?? 0))
        append(labelNames[2], to: &text)
        text.append(json: flow.label?.application ?? ApplicationLabel().application)
    }
}

extension TextBuffer {
    /// A text in quotation marks, by RFC 8259; separators of lines that JavaScript knows are escaped too.
    mutating func append(json text: String) {
        append(UInt8(ascii: "\""))
        let octets = text.utf8Span.span
        var start = 0
        for index in octets.indices {
            let octet = octets[index]
            let isSeparator =
                octet == 0xE2 && index + 2 < octets.count && octets[index + 1] == 0x80
                && octets[index + 2] & 0xFE == 0xA8
            guard
                octet < 0x20 || octet == 0x7F || octet == UInt8(ascii: "\"")
                    || octet == UInt8(ascii: "\\") || isSeparator
            else { continue }
            append(octets.extracting(start..<index))
            start = index + (isSeparator ? 3 : 1)
            if isSeparator {
                append(octets[index + 2] == 0xA8 ? "\\u2028" : "\\u2029")
            } else if octet == UInt8(ascii: "\"") || octet == UInt8(ascii: "\\") {
                append(UInt8(ascii: "\\"))
                append(octet)
            } else {
                append(octet < 0x10 ? "\\u000" : octet < 0x20 ? "\\u001" : "\\u007")
                append(Self.hexadecimal(octet & 15))
            }
        }
        append(octets.extracting(start..<octets.count))
        append(UInt8(ascii: "\""))
    }

    private static func hexadecimal(_ digit: UInt8) -> UInt8 {
        digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
    }
}
