import Flows
import NetworkTypes

/// Flows from a flow table of any known layout: our own, the data set's, those of CICFlowMeter.
///
/// The full table of our own meter tells all that the meter knew. The others have no octets but those of
/// payload, and of TCP flags only those of the first packet, so that a refused connection and one without
/// data look alike there.
struct FlowTableObservations {
    /// Places of columns in the batches; `nil` where the table lacks one.
    private struct Places {
        var metrics: [Int?] = []
        var sent, received, sentPackets, receivedPackets: Int?
        var sourcePort, destinationPort, transport: Int?
        /// Of the initiator's first packet, or of all of them.
        var syn: Int?
        /// Columns of our own table.
        var sentOctets, receivedOctets, receivedSYN, receivedRST, receivedData, part, vlan: Int?
        /// Among the texts.
        var source = 0
        var destination = 0
        var time = 0
        var end, application, serverName, observations: Int?
        /// Of flows that ask for a name, in tables of a simulated campus.
        var queryType, responseCode: Int?
    }

    private var cursor: TableCursor
    private let places: Places
    private let clock: ClockOffset
    /// Whether the table is one of our own meter with all columns.
    private let isOwn: Bool
    private var batch: TableBatch?
    private var row = 0
    /// Words of the batch under way, read once: addresses, times, texts.
    private var addresses: [[UInt32: IPAddress?]] = [[:], [:]]
    private var texts: [[UInt32: String]] = [[:], [:]]
    private var ownRejects = RejectCounts()
    /// What the flow handed out last asked for.
    private var lookup: NameLookup?

    init(path: String, clock: ClockOffset) throws(TableError) {
        self.clock = clock
        let file = try TableFile(path: path)
        let layout = file.layout
        let missing = ["Source.IP", "Destination.IP", "Timestamp"].filter {
            layout.column(of: $0) == nil
        }
        guard missing.isEmpty else {
            throw .notATable(path: path, reason: "no column \(missing.joined(separator: ", "))")
        }
        let (request, places) = Self.request(layout)
        (self.places, isOwn) = (places, places.receivedSYN != nil)
        cursor = try TableCursor(path: path, file: file, request)
    }

    /// The columns to be read, and where each stands in the batches.
    private static func request(_ layout: FlowTableLayout) -> (TableRequest, Places) {
        var numbers: [Int] = []
        var texts: [TableRequest.Text] = []
        func number(_ column: Int?) -> Int? {
            guard let column else { return nil }
            numbers.append(column)
            return numbers.count - 1
        }
        func text(_ column: Int?) -> Int? {
            guard let column else { return nil }
            texts.append(.init(column: column, wordList: texts.count))
            return texts.count - 1
        }
        func feature(_ name: String) -> Int? { number(layout.column(of: name)) }
        func detail(_ name: String) -> Int? { layout.header.firstIndex(of: name) }
        var places = Places()
        places.metrics = ObservedFlow.metricFeatures.map { $0.flatMap(feature) }
        places.sent = feature(ObservedFlow.volumeFeatures.sent)
        places.received = feature(ObservedFlow.volumeFeatures.received)
        places.sentPackets = feature("Total.Fwd.Packets")
        places.receivedPackets = feature("Total.Backward.Packets")
        places.sourcePort = feature("Source.Port")
        places.destinationPort = feature("Destination.Port")
        places.transport = feature("Protocol")
        places.receivedSYN = number(detail("reverseTcpSynTotalCount"))
        // the old meters wrote the first packet's SYN under the name of PSH
        places.syn =
            places.receivedSYN != nil
            ? number(detail("tcpSynTotalCount"))
            : feature(layout.dialect == .head ? "SYN.Flag.Count" : "PSH.Flag.Count")
        places.receivedRST = number(detail("reverseTcpRstTotalCount"))
        places.receivedData = number(detail("responderDataPackets"))
        places.sentOctets = number(detail("octetDeltaCount"))
        places.receivedOctets = number(detail("reverseOctetDeltaCount"))
        places.part = number(detail("part"))
        places.vlan = number(detail("vlanId"))
        places.source = text(layout.column(of: "Source.IP")) ?? 0
        places.destination = text(layout.column(of: "Destination.IP")) ?? 0
        places.time = text(layout.column(of: "Timestamp")) ?? 0
        places.end = text(detail("flowEndMicroseconds"))
        places.application = text(layout.column(of: "ProtocolName"))
        places.serverName = text(detail("serverName"))
        places.observations = text(detail("observations"))
        places.queryType = number(detail("dnsQueryType"))
        places.responseCode = number(detail("dnsResponseCode"))
        return (TableRequest(numbers: numbers, texts: texts), places)
    }

    /// The next flow, or the name that the last one asked for; `nil` at the end.
    mutating func next() throws(TableError) -> Observation? {
        if let asked = lookup.take() { return .lookup(asked) }
        while true {
            while let batch, row < batch.count {
                let place = row
                row += 1
                guard let flow = flow(batch, place) else { continue }
                lookup = lookup(of: flow, batch, place)
                return .flow(flow)
            }
            batch = nil
            guard let fresh = try cursor.next() else { return nil }
            (batch, row) = (fresh, 0)
            for index in addresses.indices { addresses[index].removeAll(keepingCapacity: true) }
            for index in texts.indices { texts[index].removeAll(keepingCapacity: true) }
        }
    }

    /// What was left out, rows that the table's reader rejected too.
    var rejects: RejectCounts {
        var all = cursor.rejects
        all.add(ownRejects)
        return all
    }

    private mutating func flow(_ batch: TableBatch, _ row: Int) -> ObservedFlow? {
        func number(_ place: Int?) -> Double { place.map { batch.numbers[$0][row] } ?? .nan }
        func count(_ place: Int?) -> UInt64 { UInt64(clampingNumber: number(place)) }
        let fileRow = Int(batch.rows[row])
        guard let source = address(batch, places.source, 0, row),
            let destination = address(batch, places.destination, 1, row)
        else {
            ownRejects.add(LogReason.address, firstRow: fileRow)
            return nil
        }
        guard let start = time(batch.codes[places.time][row], places.time) else {
            ownRejects.add(LogReason.time, firstRow: fileRow)
            return nil
        }
        guard let ports = port(number(places.sourcePort)),
            let other = port(number(places.destinationPort))
        else {
            ownRejects.add(LogReason.port, firstRow: fileRow)
            return nil
        }
        let duration = number(places.metrics[1])
        var end = places.end.flatMap { time(batch.codes[$0][row], $0) }
        if end == nil {
            // a duration that is missing or absurd counts as none
            let span = duration > 0 && duration < 9e15 ? Int64(duration) * 1000 : 0
            let (sum, overflow) = start.nanoseconds.addingReportingOverflow(span)
            end = overflow ? nil : Timestamp(nanoseconds: sum)
        }
        guard let end, end >= start || isOwn else {
            ownRejects.add(LogReason.timeRange, firstRow: fileRow)
            return nil
        }
        let transport = UInt8(exactly: number(places.transport)) ?? 0
        let (sent, received) = (number(places.sent), number(places.received))
        var flow = ObservedFlow(
            key: FlowKey(
                initiator: FlowEnd(address: source, port: ports),
                responder: FlowEnd(address: destination, port: other), protocolNumber: transport),
            start: start, end: end,
            application: places.application.map { text(batch, $0, 0, row) } ?? "UNKNOWN",
            outcome: outcome(batch, row, transport),
            forward: .init(
                packets: count(places.sentPackets),
                octets: count(places.sentOctets ?? places.sent)),
            backward: .init(
                packets: count(places.receivedPackets),
                octets: count(places.receivedOctets ?? places.received)),
            metrics: metrics(batch, row, volume: sent + received))
        if flow.application.isEmpty { flow.application = "UNKNOWN" }
        if let place = places.vlan { flow.vlan = UInt16(exactly: batch.numbers[place][row]) ?? 0 }
        if let place = places.serverName {
            let name = text(batch, place, 1, row)
            flow.serverName = name.isEmpty ? nil : name
        }
        return flow
    }

    private func lookup(
        of flow: ObservedFlow, _ batch: TableBatch, _ row: Int
    ) -> NameLookup? {
        guard let place = places.queryType, let name = flow.serverName,
            let type = UInt16(exactly: batch.numbers[place][row]),
            let canonical = NameLookup.canonicalName(Array(name.utf8))
        else { return nil }
        return NameLookup(
            timestamp: flow.end, client: flow.key.initiator.address,
            server: flow.key.responder.address, name: canonical, queryType: type,
            responseCode: places.responseCode.flatMap { UInt8(exactly: batch.numbers[$0][row]) },
            queryOctets: UInt32(clamping: flow.forward.octets),
            answerOctets: UInt32(clamping: flow.backward.octets))
    }

    /// The metrics as an analysis of the table has them; columns that the table lacks are 0.
    private func metrics(_ batch: TableBatch, _ row: Int, volume: Double) -> [9 of Double]? {
        var metrics = [9 of Double](repeating: 0)
        for (metric, place) in places.metrics.enumerated() {
            if let place { metrics[metric] = batch.numbers[place][row] }
        }
        metrics[2] =
            places.sent != nil && places.received != nil ? volume : metrics[0] * metrics[1]
        guard places.metrics[1] != nil, !metrics[1].isNaN, !metrics[2].isNaN else { return nil }
        if places.metrics[0] == nil {
            metrics[0] = metrics[1] > 0 ? metrics[2] / (metrics[1] / 1_000_000) : 0
        }
        return metrics
    }

    private func outcome(_ batch: TableBatch, _ row: Int, _ transport: UInt8) -> FlowOutcome {
        func count(_ place: Int?) -> UInt64 {
            place.map { UInt64(clampingNumber: batch.numbers[$0][row]) } ?? 0
        }
        let (sent, received) = (count(places.sentPackets), count(places.receivedPackets))
        if isOwn {
            let notes = places.observations.map { cursor.word(batch.codes[$0][row], ofText: $0) }
            return FlowOutcome(
                FlowOutcome.Evidence(
                    protocolNumber: transport,
                    startNotSeen: notes?.split(separator: ";").contains("start not seen") ?? false,
                    part: UInt32(clamping: count(places.part)), forwardPackets: sent,
                    backwardPackets: received, backwardDataPackets: count(places.receivedData),
                    forwardSYN: count(places.syn), backwardSYN: count(places.receivedSYN),
                    backwardRST: count(places.receivedRST)))
        }
        guard sent > 0, transport != 0 || received > 0 else { return .unknown }
        guard transport == 6 else { return received > 0 ? .established : .unanswered }
        if count(places.sent) > 0 && received > 0 || count(places.received) > 0 {
            return .established
        }
        return count(places.syn) > 0 && received == 0 ? .unanswered : .unknown
    }

    // MARK: - Words

    private mutating func address(
        _ batch: TableBatch, _ text: Int, _ memory: Int, _ row: Int
    ) -> IPAddress? {
        let code = batch.codes[text][row]
        if let known = addresses[memory][code] { return known }
        let address = IPAddress(cursor.word(code, ofText: text))
        addresses[memory][code] = .some(address)
        return address
    }

    private mutating func text(
        _ batch: TableBatch, _ text: Int, _ memory: Int, _ row: Int
    ) -> String {
        let code = batch.codes[text][row]
        if let known = texts[memory][code] { return known }
        var word = cursor.word(code, ofText: text)
        if word.utf8.count > LogFields.textLimit {
            word = String(decoding: word.utf8.prefix(LogFields.textLimit), as: UTF8.self)
        }
        texts[memory][code] = word
        return word
    }

    /// A time with or without a zone; tables name none but for the end of our own.
    private func time(_ code: UInt32, _ text: Int) -> Timestamp? {
        let word = cursor.word(code, ofText: text)
        if let time = FlowTableTime(word) { return time.timestamp.read(by: clock) }
        return FieldText.civilTime(word.utf8Span.span, clock: clock)
    }

    /// 0 where there is none.
    private func port(_ number: Double) -> UInt16? {
        number.isNaN ? 0 : UInt16(exactly: number)
    }
}

extension UInt64 {
    /// The whole number below; 0 for what is negative or no number.
    fileprivate init(clampingNumber number: Double) {
        self = number > 0 ? (number < 1.8e19 ? UInt64(number) : .max) : 0
    }
}
