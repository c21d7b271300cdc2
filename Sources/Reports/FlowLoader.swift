package import Baselines
import FlowFormats
package import Flows
import NetworkTypes

/// The flows of a run: populations, addresses, and what became of every row.
package struct LoadedFlows: Sendable {
    package let table: PopulationTable
    package let addresses: AddressBook
    package let quality: DataQuality
    /// Whether the tables name applications; without them all flows are one population.
    package let hasApplications: Bool
    /// By which rules packets became these flows; `nil` if no table says it.
    package let mode: MeterMode?
}

/// Reads flow tables into populations: one pass, only the columns that are needed.
package struct FlowLoader {
    private let settings: AnalysisSettings
    private let takesInternal: Bool
    private var wordLists = Array(repeating: OctetInterner(), count: FlowColumns.listCount)
    private var addresses: AddressBook
    private var builder = PopulationBuilder(metrics: BaselineMetric.all.map(\.name))
    private var quality = DataQuality()
    private var hasApplications = false

    /// More names than this are no applications.
    package static let applicationLimit = 1 << 16
    /// The name of the one population of a table without applications.
    package static let everything = "ALL"

    /// - Parameter takesInternal: Flows between inside hosts join the populations too.
    package init(settings: AnalysisSettings, takesInternal: Bool = false) {
        self.settings = settings
        self.takesInternal = takesInternal
        addresses = AddressBook(
            inside: InsideNetworks(settings.insidePrefixes), isClassic: settings.isClassic)
        quality.nonFiniteValues = Array(repeating: 0, count: BaselineMetric.all.count)
    }

    /// - Parameter progress: Called after each batch with all rows so far and the share of the files.
    package consuming func load(
        _ paths: [String], progress: (Int, Double) throws -> Void
    ) throws -> LoadedFlows {
        for (index, path) in paths.enumerated() {
            try read(path) { rows, fraction in
                try progress(rows, (Double(index) + fraction) / Double(paths.count))
            }
        }
        if quality.memberCount == 0, quality.internalCount > 0, !settings.isClassic {
            throw AnalysisError.internalOnly(count: quality.internalCount)
        }
        guard quality.memberCount > 0 else { throw AnalysisError.noUsableRows(reason: emptiness) }
        noteUnknownModes()
        let words = wordLists[FlowColumns.applicationList]
        let repaired = (0..<words.count).count { !words.isUTF8($0) }
        if repaired > 0 {
            quality.inputs[0].notes.append(
                "\(repaired) application names are not UTF-8: their other octets are shown as \u{FFFD}"
            )
        }
        let names = (0..<words.count).map { words.word($0).isEmpty ? "(none)" : words.word($0) }
        return LoadedFlows(
            table: builder.finish(names: names), addresses: addresses, quality: quality,
            hasApplications: hasApplications, mode: mode)
    }

    /// The mode of all flows, as far as their tables say it: a run has one.
    private var mode: MeterMode? { quality.inputs.lazy.compactMap(\.mode).first }

    private mutating func noteUnknownModes() {
        guard let mode else { return }
        for index in quality.inputs.indices
        where quality.inputs[index].mode == nil && quality.inputs[index].rowCount > 0 {
            quality.inputs[index].notes.append(
                "the table does not say by which rules its flows were metered; it is taken as of "
                    + "mode \(mode.rawValue), like the others")
        }
    }

    private var emptiness: String {
        if let reject = quality.rejects.entries.first {
            return "\(quality.rejects.total) of \(quality.rowCount) rows rejected, the first for "
                + "\(reject.reason) in row \(reject.firstRow)"
        }
        if quality.internalCount + quality.transitCount > 0 {
            return "no flow has exactly one public end (\(quality.internalCount) internal, "
                + "\(quality.transitCount) transit): check --inside"
        }
        return quality.nonFiniteRowCount > 0
            ? "every row has a metric that is not finite" : "the tables hold no rows"
    }

    private mutating func read(_ path: String, progress: (Int, Double) throws -> Void) throws {
        let file = try TableFile(path: path, header: settings.header)
        let columns = try FlowColumns(file, settings: settings)
        let firstRow = quality.rowCount
        var input = DataQuality.Input(
            path: path, format: file.format, dialect: file.layout.dialect, firstRow: firstRow,
            notes: file.notes)
        if let origin = settings.metered.first(where: { $0.path == path }) {
            input.notes.append(origin.note)
        }
        if case .rateTimesDuration = columns.volume, !settings.isClassic {
            input.notes.append("no payload octets: volume is flow rate times duration")
        }
        if takesInternal {
            input.notes.append(
                "no flow has exactly one public end: flows between inside hosts were taken instead")
        }
        if let note = try TimestampSurvey.note(of: file) { input.notes.append(note) }
        hasApplications = hasApplications || columns.applicationPlace != nil
        var usesAddresses: Bool?
        var lists = wordLists
        wordLists = []
        lists[FlowColumns.modeList] = OctetInterner()
        let rejects = try file.read(columns.request, wordLists: &lists, threads: settings.threads) {
            batch, words, position in
            guard firstRow + position.rows <= Int(UInt32.max) else {
                throw AnalysisError.tooManyRows
            }
            let applications = words[FlowColumns.applicationList].count
            guard applications <= Self.applicationLimit else {
                throw AnalysisError.tooManyApplications(limit: Self.applicationLimit)
            }
            addresses.extend(by: words[FlowColumns.addressList])
            if usesAddresses == nil { usesAddresses = hasValidAddresses(batch, columns) }
            // tables with and without an application column may be mixed: the nameless share one name
            let everything =
                columns.applicationPlace == nil
                ? words[FlowColumns.applicationList].code(of: Self.everything) : 0
            join(
                batch, columns, usesAddresses: usesAddresses ?? false, everything: everything,
                firstRow: UInt32(firstRow))
            input.rowCount = position.rows
            try progress(firstRow + position.rows, position.fraction)
        }
        wordLists = lists
        input.mode = try mode(of: path)
        for entry in rejects.entries {
            quality.rejects.add(
                entry.reason, count: entry.count, firstRow: firstRow + entry.firstRow)
        }
        input.rowCount = max(input.rowCount, rejects.total)
        if columns.initiatorPlace != nil, usesAddresses == false {
            input.notes.append(
                "the address columns hold no addresses: every row joins, direction unknown")
        } else if columns.initiatorPlace == nil {
            input.notes.append("no address columns: every row joins, direction unknown")
        }
        quality.inputs.append(input)
    }

    /// The mode that the table just read names in its rows; what is no mode is as good as none.
    private func mode(of path: String) throws -> MeterMode? {
        let words = wordLists[FlowColumns.modeList]
        var known = self.mode
        var own: MeterMode?
        for code in 0..<words.count {
            guard let next = MeterMode(rawValue: words.word(code)) else { continue }
            if let known, known != next {
                throw AnalysisError.mixedModes(path: path, mode: next, other: known)
            }
            (known, own) = (next, next)
        }
        return own
    }

    /// Whether the first rows of a table have an address that can be read in both columns.
    private func hasValidAddresses(_ batch: TableBatch, _ columns: FlowColumns) -> Bool {
        guard let initiator = columns.initiatorPlace, let responder = columns.responderPlace else {
            return false
        }
        return zip(batch.codes[initiator], batch.codes[responder]).contains { source, destination in
            addresses.addresses[Int(source)] != nil && addresses.addresses[Int(destination)] != nil
        }
    }

    private mutating func join(
        _ batch: TableBatch, _ columns: FlowColumns, usesAddresses: Bool, everything: UInt32,
        firstRow: UInt32
    ) {
        var metrics = MetricColumns(batch, columns)
        var kept: [Int32] = []
        kept.reserveCapacity(batch.count)
        var members = PopulationBuilder.Members(metricCount: BaselineMetric.all.count)
        members.directions.reserveCapacity(batch.count)
        members.publicEnds.reserveCapacity(batch.count)
        let finite = settings.isClassic ? metrics.finiteRows() : nil
        for row in 0..<batch.count {
            var direction = FlowDirection.unknown
            var publicEnd = UInt32.max
            if usesAddresses, let initiator = columns.initiatorPlace,
                let responder = columns.responderPlace
            {
                let (source, destination) = (
                    batch.codes[initiator][row], batch.codes[responder][row]
                )
                let ends = (addresses.standings[Int(source)], addresses.standings[Int(destination)])
                guard ends.0 != .invalid, ends.1 != .invalid else {
                    quality.invalidAddressCount += 1
                    continue
                }
                direction = FlowDirection(
                    initiatorIsPublic: ends.0 == .public, responderIsPublic: ends.1 == .public)
                if direction == .internal, !takesInternal {
                    quality.internalCount += 1
                    continue
                }
                if direction == .transit {
                    quality.transitCount += 1
                    continue
                }
                publicEnd =
                    direction == .internal ? .max : direction == .inbound ? source : destination
            }
            if let finite, !finite[row] {
                quality.nonFiniteRowCount += 1
                continue
            }
            kept.append(Int32(row))
            members.directions.append(direction)
            members.publicEnds.append(publicEnd)
        }
        count(members.directions)
        members.rows = kept.map { batch.rows[Int($0)] &+ firstRow }
        members.populations =
            columns.applicationPlace.map { place in kept.map { batch.codes[place][Int($0)] } }
            ?? Array(repeating: everything, count: kept.count)
        members.holdouts = holdouts(
            batch, columns, kept, usesAddresses: usesAddresses, members.rows)
        for metric in metrics.columns.indices {
            quality.nonFiniteValues[metric] += metrics.move(
                metric, kept, to: &members.columns[metric])
        }
        builder.append(members)
    }

    private mutating func count(_ directions: [FlowDirection]) {
        for direction in directions {
            switch direction {
            case .inbound: quality.inboundCount += 1
            case .outbound: quality.outboundCount += 1
            case .internal: quality.internalMemberCount += 1
            default: quality.unknownDirectionCount += 1
            }
        }
    }

    /// Hash of the flow key modulo 10; of the row number where a table has no keys.
    private func holdouts(
        _ batch: TableBatch, _ columns: FlowColumns, _ kept: [Int32], usesAddresses: Bool,
        _ rows: [UInt32]
    ) -> [UInt8] {
        guard !settings.isClassic else { return [UInt8](repeating: 0, count: kept.count) }
        guard usesAddresses, let keys = columns.keyPlaces, let initiator = columns.initiatorPlace,
            let responder = columns.responderPlace
        else {
            return rows.map { row in
                var hash = StableHash()
                hash.combine(UInt64(row))
                return UInt8(hash.value % 10)
            }
        }
        let (sourcePorts, destinationPorts) = (batch.numbers[keys[0]], batch.numbers[keys[1]])
        let protocols = batch.numbers[keys[2]]
        let (sources, destinations) = (batch.codes[initiator], batch.codes[responder])
        let unspecified = IPAddress(ipv4: 0)
        return kept.map { kept in
            let row = Int(kept)
            let source = addresses.addresses[Int(sources[row])] ?? unspecified
            let destination = addresses.addresses[Int(destinations[row])] ?? unspecified
            let key = StableHash.flowKey(
                FlowEnd(address: source, port: UInt16(clamping: sourcePorts[row])),
                FlowEnd(address: destination, port: UInt16(clamping: destinationPorts[row])),
                protocolNumber: UInt8(truncatingIfNeeded: UInt16(clamping: protocols[row])))
            return UInt8(key % 10)
        }
    }
}

extension UInt16 {
    /// The whole number nearest below `value`; 0 for `NaN` and negative values.
    fileprivate init(clamping value: Double) {
        self = value >= 65535 ? 65535 : value > 0 ? UInt16(value) : 0
    }
}
