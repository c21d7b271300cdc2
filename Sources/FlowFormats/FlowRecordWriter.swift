package import Flows
package import NetworkTypes

/// Where finished flows go.
package enum FlowDestination: Sendable {
    /// A file that is whole or not there; a pipe or device is written to as it is.
    case file(String)
    /// Files one after another, each whole and with the time in its name.
    case rotated(String, FileRotation)
    /// An open descriptor, which stays open: standard output.
    case stream(descriptor: Int32, name: String)
}

/// Writes finished flows as rows of a table in one of the formats and layouts.
///
/// Text goes to streams after each batch, to files when there is enough of it. A writer that is dropped without
/// `finish` leaves no file, but when the disk is full, text files stay under their `.partial` names. Rotated files
/// that are whole stay in any case.
package struct FlowRecordWriter: ~Copyable {
    package enum Format: String, Sendable, CaseIterable {
        case csv, parquet, jsonl
    }

    private let format: Format
    private let destination: FlowDestination
    private let table: FlowRecordTable
    private var csv: CSVFlowRows
    private var json: JSONFlowRows
    private var names: RotatedNames?
    private var text = TextBuffer(capacity: 1 << 17)
    private var file: AtomicFile?
    private var stream: OctetStream?
    private var parquet: ParquetWriter?
    /// Flows for the next row group of Parquet.
    private var pending: [FlowRecord] = []
    /// Of the file under way: its path, the octets it has, and whether it is still without rows.
    private var path = ""
    private var octets = 0
    private var isEmpty = true

    /// Rows of a row group in Parquet files.
    private static let groupRows = 16_384

    /// - Parameter clock: For the layouts of the old meters, which write local time.
    /// - Throws: `cannotWrite` at once if the place cannot be written to, or is no place for Parquet.
    package init(
        _ format: Format, columns: FlowColumnSet, mode: MeterMode, clock: ClockOffset,
        to destination: FlowDestination
    ) throws(TableError) {
        (self.format, self.destination) = (format, destination)
        table = FlowRecordTable(columns, mode: mode, clock: clock)
        csv = CSVFlowRows(columns, mode: mode, clock: clock)
        json = JSONFlowRows(columns, mode: mode, clock: clock)
        switch destination {
        case .file(let path):
            switch try WritePlace(path: path) {
            case .file: try open(path)
            case .stream: try begin(OctetStream(path: path))
            }
        case .rotated(let path, let rotation):
            names = RotatedNames(path: path, rotation: rotation)
            let probe = try AtomicFile(path: path)
            _ = consume probe
        case .stream(let descriptor, let name):
            try begin(OctetStream(descriptor: descriptor, name: name))
        }
    }

    /// Whether the reader of a stream has gone: nothing more will be written, and the meter may stop.
    package private(set) var isClosed = false

    /// Writes a batch of flows.
    ///
    /// - Parameter time: The meter's clock, by which files are rotated; a batch without flows moves it on.
    package mutating func write(_ flows: [FlowRecord], at time: Timestamp) throws(TableError) {
        if isClosed { return }
        if names?.isOver(at: time) == true { try close() }
        // A span lends the records; an array would hand out copies.
        let flows = flows.span
        for index in flows.indices {
            if names != nil {
                if isFull { try close() }
                if path.isEmpty, let next = names?.next(at: time) { try open(next) }
            }
            isEmpty = false
            switch format {
            case .csv: csv.append(flows[index], to: &text)
            case .jsonl: json.append(flows[index], to: &text)
            case .parquet:
                pending.append(flows[index])
                if pending.count >= Self.groupRows { try flushGroup() }
            }
            if text.count > 1 << 16 { try flushText() }
        }
        if stream != nil { try flushText() }
    }

    /// Writes what is left and gives the file its name.
    package consuming func finish() throws(TableError) { try close() }

    // MARK: - One file

    private var isFull: Bool {
        guard let limit = names?.rotation.octets else { return false }
        return !isEmpty && octets + text.count >= limit
    }

    private mutating func open(_ path: String) throws(TableError) {
        (self.path, octets, isEmpty) = (path, 0, true)
        if format == .parquet {
            parquet = try ParquetWriter(path: path)
        } else {
            file = try AtomicFile(path: path, keepsLines: true)
            if format == .csv { csv.appendHeader(to: &text) }
        }
    }

    private mutating func begin(_ stream: consuming OctetStream) throws(TableError) {
        guard format != .parquet else {
            throw .cannotWrite(
                path: stream.name, reason: "Parquet needs a file, pipes take CSV and JSON lines")
        }
        self.stream = consume stream
        if format == .csv { csv.appendHeader(to: &text) }
    }

    private mutating func close() throws(TableError) {
        try flushText()
        if parquet != nil, isEmpty || !pending.isEmpty { try flushGroup() }
        path = ""
        if let file = file.take() { try file.finish() }
        guard let parquet = parquet.take() else { return }
        do { try parquet.finish() } catch { throw lost(error) }
    }

    private mutating func flushText() throws(TableError) {
        if text.count == 0 { return }
        octets += text.count
        try file?.write(text)
        isClosed = try stream?.write(text) ?? false
        text.removeAll()
    }

    /// Writes the flows that wait as a row group; without flows the file gets its columns alone.
    private mutating func flushGroup() throws(TableError) {
        do { try parquet?.write(table.batch(of: pending)) } catch { throw lost(error) }
        pending.removeAll(keepingCapacity: true)
        octets = WritePlace.octets(path + ".partial")
    }

    /// The error with what becomes of the flows: text keeps its whole lines, Parquet has its index at the end.
    private func lost(_ error: TableError) -> TableError {
        guard case .cannotWrite(let path, let reason) = error else { return error }
        return .cannotWrite(
            path: path,
            reason: reason
                + "; nothing of this file is kept, for Parquet is of no use without its end"
                + (names == nil ? "" : "; the whole files before it stay"))
    }
}
