import Flows
import NetworkTypes

/// Finished flows as lines of CSV.
struct CSVFlowRows {
    private let columns: FlowColumnSet
    private let clock: ClockOffset
    /// For each of the registry's numeric features, by place, whether and how it is written.
    private let numbers: [(cell: Int, dropsPoint: Bool)]
    private let hasApplication: Bool
    private let details: [FlowDetail.Source]
    private let isOrdered: Bool
    private var cells: [FlowCell] = []

    init(_ columns: FlowColumnSet, mode: MeterMode, clock: ClockOffset) {
        self.columns = columns
        self.clock = clock
        let numeric = FlowRecord.numericFeatures
        numbers = columns.features.filter(numeric.contains).map {
            ($0 - numeric.lowerBound, columns.dropsPoint($0))
        }
        hasApplication = columns.features.contains(86)
        details = columns == .all ? FlowDetail.all.map(\.source) : []
        isOrdered = columns.hasOrderedIdentifiers(in: mode)
    }

    func appendHeader(to text: inout TextBuffer) {
        text.append(columns.headerLine)
        text.append(UInt8(ascii: "\n"))
    }

    mutating func append(_ flow: borrowing FlowRecord, to text: inout TextBuffer) {
        let comma = UInt8(ascii: ",")
        text.appendIdentifier(flow, isOrdered: isOrdered)
        for end in [flow.key.initiator, flow.key.responder] {
            text.append(comma)
            text.append(end.address)
            text.append(comma)
            text.append(UInt64(flow.hasPorts ? end.port : 0))
        }
        text.append(comma)
        text.append(UInt64(flow.writtenProtocol))
        text.append(comma)
        text.append(flow.start, columns.timeSpelling, clock: clock)
        cells.removeAll(keepingCapacity: true)
        flow.appendCells(to: &cells)
        for number in numbers {
            text.append(comma)
            append(cells[number.cell], dropsPoint: number.dropsPoint, to: &text)
        }
        text.append(comma)
        text.append(columns.label)
        if hasApplication {
            text.append(comma)
            text.append(UInt64(flow.label?.number ?? 0))
            text.append(comma)
            text.append(cell: flow.label?.application ?? ApplicationLabel().application)
        }
        appendDetails(flow, to: &text)
        text.append(UInt8(ascii: "\n"))
    }

    private func append(_ cell: FlowCell, dropsPoint: Bool, to text: inout TextBuffer) {
        switch cell {
        case .integer(let number): text.append(number)
        case .real(let number):
            // Most numbers of short flows are nothing.
            if number.bitPattern == 0 {
                text.append(UInt8(ascii: "0"))
                if dropsPoint { return }
                text.append(UInt8(ascii: "."))
                text.append(UInt8(ascii: "0"))
            } else if dropsPoint, let whole = Int64(exactly: number) {
                text.append(whole)
            } else {
                text.append(number)
            }
        case .absent: text.append(UInt8(ascii: "0"))
        }
    }

    private func appendDetails(_ flow: borrowing FlowRecord, to text: inout TextBuffer) {
        if details.isEmpty { return }
        let label = flow.label
        for detail in details {
            text.append(UInt8(ascii: ","))
            switch flow.value(of: detail, label: label) {
            case .text(let word): text.append(cell: word)
            case .texts(let words): text.append(cell: words.joined(separator: ";"))
            case let value: text.append(value)
            }
        }
    }
}

extension TextBuffer {
    /// A text as a cell of CSV, quoted and disarmed where it must be.
    mutating func append(cell text: String) {
        let octets = text.utf8Span.span
        var isPlain = true
        for index in octets.indices {
            let octet = octets[index]
            if octet < 0x20 || octet >= 0x7F || octet == UInt8(ascii: ",")
                || octet == UInt8(ascii: "\"")
            {
                isPlain = false
            }
        }
        if isPlain, octets.isEmpty || !"=+-@".utf8.contains(octets[0]) { return append(octets) }
        append(CSVWriter.cell(text))
    }
}
