import FlowFormats
import Flows
import NetworkTypes

// The columns of the store's files. Times are cut to microseconds, counts end at 2^53 when they are read.
extension StoredFlow {
    static let timeColumns: Set = [
        "flowStartMicroseconds", "flowEndMicroseconds", "connectionStartMicroseconds",
    ]

    fileprivate static let numberNames =
        [
            "flowStartMicroseconds", "flowEndMicroseconds", "isOpen", "initiatorPort",
            "responderPort", "protocolIdentifier", "initiatorPackets", "initiatorOctets",
            "responderPackets", "responderOctets",
        ] + BaselineMetric.all.map(\.name) + ["score", "tier", "connectionStartMicroseconds"]

    fileprivate static let textNames = [
        "initiatorAddress", "responderAddress", "applicationName", "serverName", "outcome",
        "direction", "scope",
    ]

    static func batch(of flows: [StoredFlow]) -> FlowBatch {
        func whole(_ value: (borrowing StoredFlow) -> Int64) -> ColumnValues {
            .integers(flows.indices.map { value(flows[$0]) })
        }
        func words(_ value: (borrowing StoredFlow) -> String) -> ColumnValues {
            var table = WordTable()
            let codes = flows.indices.map { row in
                let word = value(flows[row])
                // Parquet's bridge would end a text at a zero
                let isClean = !word.utf8.contains(0)
                return table.code(of: isClean ? word : word.replacing("\0", with: "\u{FFFD}"))
            }
            return .words(codes, table)
        }
        let metrics = BaselineMetric.all.indices.map { metric in
            ColumnValues.optionalReals(flows.map { $0.flow.metrics?[metric] ?? .nan })
        }
        let numbers: [ColumnValues] =
            [
                whole { $0.flow.start.microseconds }, whole { $0.flow.end.microseconds },
                whole { $0.flow.isOpen ? 1 : 0 }, whole { Int64($0.flow.key.initiator.port) },
                whole { Int64($0.flow.key.responder.port) },
                whole { Int64($0.flow.key.protocolNumber) },
                whole { Int64(clamping: $0.flow.forward.packets) },
                whole { Int64(clamping: $0.flow.forward.octets) },
                whole { Int64(clamping: $0.flow.backward.packets) },
                whole { Int64(clamping: $0.flow.backward.octets) },
            ] + metrics + [
                .optionalReals(flows.map { $0.score ?? .nan }),
                .optionalCounts(flows.map { $0.tier ?? -1 }), whole { $0.flow.began.microseconds },
            ]
        let texts: [ColumnValues] = [
            words { $0.flow.key.initiator.address.description },
            words { $0.flow.key.responder.address.description }, words { $0.flow.application },
            words { $0.flow.serverName ?? "" }, words { $0.flow.outcome.name },
            words { $0.flow.direction.name }, words { $0.flow.scope },
        ]
        return FlowBatch(names: numberNames + textNames, columns: numbers + texts)
    }
}

/// The rows of one of the store's files.
struct StoredFlowRows {
    /// What a row must have to be wanted.
    struct Filter {
        var times: Range<Int64>
        var host: IPPrefix?
        var application: String?
        var port: UInt16?
    }

    private var cursor: TableCursor
    private let filter: Filter
    private var batch: TableBatch?
    private var row = 0
    /// Addresses by their codes in the batch, and which words are the wanted application.
    private var addresses: [[UInt32: IPAddress?]] = [[:], [:]]
    private var applications: [UInt32: Bool] = [:]
    /// Rows looked at, and those that could not be read.
    private(set) var rowCount: UInt64 = 0
    private(set) var unreadable: UInt64 = 0

    /// - Throws: Also when the file lacks one of the store's columns.
    init(path: String, _ filter: Filter) throws(TableError) {
        self.filter = filter
        let file = try TableFile(path: path)
        var columns: [Int] = []
        for name in StoredFlow.allNames {
            guard let column = file.layout.header.firstIndex(of: name) else {
                throw .notATable(path: path, reason: "no column \(name)")
            }
            columns.append(column)
        }
        let count = StoredFlow.numberCount
        let request = TableRequest(
            numbers: Array(columns[..<count]),
            texts: columns[count...].enumerated().map { .init(column: $1, wordList: $0) })
        cursor = try TableCursor(path: path, file: file, request)
    }

    /// The next flow that is wanted, or `nil` at the end.
    mutating func next() throws(TableError) -> StoredFlow? {
        while true {
            while let batch, row < batch.count {
                let place = row
                row += 1
                rowCount += 1
                if isWanted(batch, place) {
                    if let flow = flow(batch, place) { return flow }
                    unreadable += 1
                }
            }
            batch = nil
            guard let fresh = try cursor.next() else { return nil }
            (batch, row) = (fresh, 0)
            for index in addresses.indices { addresses[index].removeAll(keepingCapacity: true) }
            applications.removeAll(keepingCapacity: true)
        }
    }

    private mutating func isWanted(_ batch: TableBatch, _ row: Int) -> Bool {
        guard let end = Int64(exactly: batch.numbers[1][row]), filter.times.contains(end) else {
            return false
        }
        if let port = filter.port.map(Double.init), batch.numbers[3][row] != port,
            batch.numbers[4][row] != port
        {
            return false
        }
        if let wanted = filter.application {
            let code = batch.codes[2][row]
            let isIt = applications[code] ?? (cursor.word(code, ofText: 2) == wanted)
            applications[code] = isIt
            if !isIt { return false }
        }
        guard let host = filter.host else { return true }
        return (0..<2).contains { text in
            address(batch.codes[text][row], text).map { host.contains($0) } ?? false
        }
    }

    private mutating func address(_ code: UInt32, _ text: Int) -> IPAddress? {
        if let known = addresses[text][code] { return known }
        let address = IPAddress(cursor.word(code, ofText: text))
        addresses[text][code] = .some(address)
        return address
    }

    private mutating func flow(_ batch: TableBatch, _ row: Int) -> StoredFlow? {
        func number(_ column: Int) -> Double { batch.numbers[column][row] }
        func count(_ column: Int) -> UInt64 { UInt64(exactly: number(column).rounded()) ?? 0 }
        func word(_ text: Int) -> String { cursor.word(batch.codes[text][row], ofText: text) }
        guard let initiator = address(batch.codes[0][row], 0),
            let responder = address(batch.codes[1][row], 1), let start = time(number(0)),
            let end = time(number(1)), let initiatorPort = UInt16(exactly: number(3)),
            let responderPort = UInt16(exactly: number(4)),
            let protocolNumber = UInt8(exactly: number(5))
        else { return nil }
        var metrics = [9 of Double](repeating: 0)
        var hasMetrics = false
        for metric in metrics.indices {
            metrics[metric] = number(10 + metric)
            if !metrics[metric].isNaN { hasMetrics = true }
        }
        let outcome = word(4)
        let direction = word(5)
        var flow = ObservedFlow(
            key: FlowKey(
                initiator: FlowEnd(address: initiator, port: initiatorPort),
                responder: FlowEnd(address: responder, port: responderPort),
                protocolNumber: protocolNumber),
            start: start, end: end, application: word(2),
            outcome: FlowOutcome.allCases.first { $0.name == outcome } ?? .unknown,
            forward: .init(packets: count(6), octets: count(7)),
            backward: .init(packets: count(8), octets: count(9)),
            metrics: hasMetrics ? metrics : nil)
        flow.began = time(number(21)) ?? start
        flow.isOpen = number(2) == 1
        let server = word(3)
        flow.serverName = server.isEmpty ? nil : server
        flow.direction = FlowDirection.allCases.first { $0.name == direction } ?? .unknown
        flow.scope = word(6)
        let score = number(19)
        return StoredFlow(
            flow, score: score.isNaN ? nil : score, tier: Int8(exactly: number(20)))
    }

    private func time(_ microseconds: Double) -> Timestamp? {
        guard let whole = Int64(exactly: microseconds) else { return nil }
        let (nanoseconds, overflow) = whole.multipliedReportingOverflow(by: 1000)
        return overflow ? nil : Timestamp(nanoseconds: nanoseconds)
    }
}

extension StoredFlow {
    fileprivate static var allNames: [String] { numberNames + textNames }
    fileprivate static var numberCount: Int { numberNames.count }
}
