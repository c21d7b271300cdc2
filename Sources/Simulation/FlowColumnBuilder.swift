import Flows

/// Collects flows as the columns of the table.
struct FlowColumnBuilder {
    /// How many flows to hand over at a time.
    static let blockRows = 256

    private var integers: [[Int64]]
    private var reals: [[Double]]
    private var codes: [[UInt32]]
    private let rows: Int
    private let network: CampusNetwork
    private let clock: CampusClock
    private let applications: WordTable
    private var flowIDs = WordTable()
    private var timestamps = WordTable()
    /// The second the last timestamp was made for, and its code: neighbours mostly share it.
    private var lastSecond: (second: Int64, code: UInt32)?

    init(rows: Int, network: CampusNetwork, clock: CampusClock, applications: WordTable) {
        self.rows = rows
        self.network = network
        self.clock = clock
        self.applications = applications
        func columns<Value>(_ isWanted: (FlowColumn.Definition) -> Bool) -> [[Value]] {
            FlowColumn.all.map { column in
                var values: [Value] = []
                if isWanted(column.definition) { values.reserveCapacity(rows) }
                return values
            }
        }
        integers = columns { if case .integer = $0 { true } else { false } }
        reals = columns { if case .real = $0 { true } else { false } }
        codes = columns { if case .text = $0 { true } else { false } }
    }

    mutating func append(_ flows: [SimulatedFlow]) {
        for (column, definition) in FlowColumn.all.lazy.map(\.definition).enumerated() {
            switch definition {
            case .integer(let appendValues): appendValues(flows, &integers[column])
            case .real(let appendValues): appendValues(flows, &reals[column])
            case .text(let text):
                for index in flows.indices {
                    let code = code(of: text, flows[index])
                    codes[column].append(code)
                }
            case .zero, .copy: break
            }
        }
    }

    private mutating func code(
        of text: FlowColumn.Text, _ flow: borrowing SimulatedFlow
    ) -> UInt32 {
        switch text {
        case .flowID: return flowIDs.code(of: flow.identifier(in: network))
        case .source: return flow.ends.source
        case .destination: return flow.ends.destination
        case .label: return 0
        case .application: return UInt32(flow.application)
        case .timestamp:
            if let lastSecond, lastSecond.second == flow.startSecond { return lastSecond.code }
            let code = timestamps.code(of: clock.text(second: flow.startSecond))
            lastSecond = (flow.startSecond, code)
            return code
        }
    }

    /// The batch of all flows so far.
    consuming func batch() -> FlowBatch {
        var columns: [ColumnValues] = []
        for (column, definition) in FlowColumn.all.lazy.map(\.definition).enumerated() {
            switch definition {
            case .integer: columns.append(.integers(integers[column]))
            case .real: columns.append(.reals(reals[column]))
            case .text(let text): columns.append(.words(codes[column], words(of: text)))
            case .zero: columns.append(.integers([Int64](repeating: 0, count: rows)))
            case .copy(let name):
                guard let original = FlowColumn.names.firstIndex(of: name), original < column
                else { preconditionFailure("\(name) is no column further left") }
                columns.append(columns[original])
            }
        }
        return FlowBatch(names: FlowColumn.names, columns: columns)
    }

    private func words(of text: FlowColumn.Text) -> WordTable {
        switch text {
        case .flowID: flowIDs
        case .source, .destination: network.words
        case .timestamp: timestamps
        case .label: WordTable(CollectionOfOne("BENIGN"))
        case .application: applications
        }
    }
}

extension SimulatedFlow {
    /// The name of the flow, alike for both directions: the lower end first by the octets of its
    /// address, which the meter compares as signed numbers.
    func identifier(in network: CampusNetwork) -> String {
        let source = network.addresses[Int(ends.source)] ^ 0x8080_8080
        let destination = network.addresses[Int(ends.destination)] ^ 0x8080_8080
        let ends = source <= destination ? ends : ends.reversed
        var text: [UInt8] = []
        text.reserveCapacity(48)
        text += network.texts[Int(ends.source)].utf8
        text.append(UInt8(ascii: "-"))
        text += network.texts[Int(ends.destination)].utf8
        for number in [ends.sourcePort, ends.destinationPort, UInt16(transport)] {
            text.append(UInt8(ascii: "-"))
            text.append(decimal: number)
        }
        return String(decoding: text, as: UTF8.self)
    }
}

extension [UInt8] {
    /// Appends the decimal digits of the number.
    fileprivate mutating func append(decimal number: UInt16) {
        var divisor: UInt16 = 1
        while number / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            append(UInt8(ascii: "0") + UInt8(number / divisor % 10))
            divisor /= 10
        }
    }
}
