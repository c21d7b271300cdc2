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
        appendNumbers(to: &text)
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

    /// The numbers of the cells, each behind a comma.
    private func appendNumbers(to text: inout TextBuffer) {
        let (cells, numbers) = (cells.span, numbers.span)
        var next = 0
        while next < numbers.count {
            var fraction: Double?
            unsafe text.append(room: (numbers.count - next) * Self.cellRoom) { place in
                var place = unsafe place
                while next < numbers.count, fraction == nil {
                    let number = numbers[next]
                    next += 1
                    unsafe place.pointee = UInt8(ascii: ",")
                    unsafe place += 1
                    switch cells[number.cell] {
                    case .integer(let whole): unsafe place = Self.write(whole, at: place)
                    case .absent:
                        unsafe place.pointee = UInt8(ascii: "0")
                        unsafe place += 1
                    case .real(let real):
                        guard let whole = TextBuffer.plainWhole(real) else {
                            fraction = real
                            break
                        }
                        unsafe place = Self.write(whole, at: place)
                        if number.dropsPoint { continue }
                        unsafe place[0] = UInt8(ascii: ".")
                        unsafe place[1] = UInt8(ascii: "0")
                        unsafe place += 2
                    }
                }
                return unsafe place
            }
            guard let fraction else { return }
            if numbers[next - 1].dropsPoint, let whole = Int64(exactly: fraction) {
                text.append(whole)
            } else {
                text.append(fraction)
            }
        }
    }

    /// Octets of a cell that is written at once: a comma, a number and `.0`.
    private static let cellRoom = TextBuffer.longestNumber + 3

    @inline(__always)
    private static func write(
        _ number: Int64, at place: UnsafeMutablePointer<UInt8>
    ) -> UnsafeMutablePointer<UInt8> {
        var place = unsafe place
        if number < 0 {
            unsafe place.pointee = UInt8(ascii: "-")
            unsafe place += 1
        }
        return unsafe TextBuffer.write(number.magnitude, at: place)
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
