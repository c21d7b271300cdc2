package import Flows
private import Glibc

/// Why a file hands out no observations.
package enum ObservationError: Error, Equatable, CustomStringConvertible {
    /// The file cannot be opened or read.
    case table(TableError)
    /// Its first line is that of no format that is known.
    case notRecognised(path: String, reason: String)
    /// Only plain logs line by line can be followed.
    case cannotFollow(path: String, format: String)

    package var description: String {
        switch self {
        case .table(let error): error.description
        case .notRecognised(let path, let reason):
            "\(path): no log or table that is known: \(reason): expected Zeek (TSV, JSON), Suricata "
                + "EVE, Argus binetflow, or a flow table (CSV, Parquet)"
        case .cannotFollow(let path, let format):
            "\(path): \(format) cannot be followed: wait until the file is whole"
        }
    }
}

/// What became of the lines or rows of a file: every one is in one of the three.
package struct ObservationCounts: Sendable, Equatable {
    /// Handed out.
    package var read: UInt64 = 0
    /// Could not be read, by reason.
    package var rejected = RejectCounts()
    /// Could be read and are of no use, by reason: other logs, other events.
    package var skipped = RejectCounts()

    package init() {}
}

extension RejectCounts {
    /// The reasons with their counts, in the order in which they came up.
    package var occurred: [(reason: String, count: UInt64)] {
        entries.map { ($0.reason, UInt64($0.count)) }
    }
}

/// A foreign log or a flow table as observations, in the order of the file.
///
/// The format is recognised by the content: a log of Zeek by its header or its keys, Suricata's events by
/// theirs, a table of Argus or of flows by the names of its columns, Parquet by its magic. Text may be packed
/// by gzip or zstd. Lines may be of any length and say anything: what cannot be read is counted.
///
/// A plain log may be followed while somebody writes it: only lines that end with a line feed are read, and
/// `next` goes on where it stopped.
package struct ObservationFile {
    /// What the file is.
    package enum Format: String, Sendable {
        case zeek = "Zeek log"
        case json = "JSON lines of Zeek or Suricata"
        case argus = "Argus binetflow"
        case table = "flow table"
    }

    package let path: String
    package let isFollowing: Bool
    private let clock: ClockOffset
    /// What the name of the file says of a log of Zeek.
    private let fileKind: ZeekRecord.Kind
    /// The lines of a log, and one of its readers; or a table. None before the format is known.
    private var lines: LogLineReader?
    private var zeek: ZeekLog?
    private var json: JSONLog?
    private var argus: ArgusTable?
    private var table: FlowTableObservations?
    private var row = 0
    private var logCounts = ObservationCounts()
    /// Why the file cannot be read on, told once all before it was handed out.
    private var failure: ObservationError?

    /// Opens a file and recognises its format; of a followed file, when it has a first line.
    ///
    /// - Parameters:
    ///   - isFollowing: Whether the file is still written.
    ///   - clock: Of logs and tables that write local time without saying whose.
    package init(
        path: String, isFollowing: Bool = false, clock: ClockOffset = .utc
    ) throws(ObservationError) {
        (self.path, self.isFollowing, self.clock) = (path, isFollowing, clock)
        fileKind = ZeekRecord.Kind(path: Self.logName(ofFile: path))
        let magic = try Self.reading { () throws(TableError) in try Self.magic(path) }
        if magic == Array("PAR1".utf8) {
            guard !isFollowing else { throw .cannotFollow(path: path, format: "Parquet") }
            table = try Self.table(path, clock)
            return
        }
        let packing: TextSource.Packing =
            magic.starts(with: [0x1F, 0x8B])
            ? .gzip : magic == [0x28, 0xB5, 0x2F, 0xFD] ? .zstd : .plain
        guard !isFollowing || packing == .plain else {
            throw .cannotFollow(path: path, format: "a packed file")
        }
        lines = try Self.reading { () throws(TableError) in
            try LogLineReader(path: path, packing: packing, isFollowing: isFollowing)
        }
        if isFollowing { return }
        try recognise()
        if format == nil { throw .table(.empty(path: path)) }
    }

    /// What the file is; `nil` as long as a followed one has no line.
    package var format: Format? {
        zeek != nil
            ? .zeek : json != nil ? .json : argus != nil ? .argus : table != nil ? .table : nil
    }

    /// What became of the lines read so far.
    package var counts: ObservationCounts {
        var counts = logCounts
        if let table { counts.rejected = table.rejects }
        return counts
    }

    /// Where the next call of `next` goes on: octets of a log, flows of a table.
    package var position: Int { lines?.position ?? Int(clamping: logCounts.read) }

    /// Whether a followed file was emptied or another one has its name: what it still holds is to be read, then
    /// the path opened anew.
    package var isReplaced: Bool { lines?.isReplaced ?? false }

    /// The next observations, `limit` at most; none at the end, or as long as a followed file does not grow.
    package mutating func next(limit: Int) throws(ObservationError) -> [Observation] {
        if let failure { throw failure }
        var found: [Observation] = []
        do {
            if format == nil { try recognise() }
            while found.count < limit, let next = try nextObservation() { found.append(next) }
        } catch {
            if found.isEmpty { throw error }
            failure = error
        }
        return found
    }

    /// Goes to where an earlier reader of the same file stopped.
    ///
    /// - Parameter position: Its `position`.
    package mutating func skip(to position: Int) throws(ObservationError) {
        if table != nil {
            while Int(clamping: logCounts.read) < position, try nextObservation() != nil {}
            return
        }
        if format == nil { try recognise() }
        // the names of the fields stand before
        while self.position < position, case .line(let place) = try nextLine() {
            guard zeek != nil, let first = place.first, lines?.octets[first] == UInt8(ascii: "#")
            else {
                lines?.putBack(place)
                break
            }
            _ = read(place)
        }
        let target = max(position, self.position)
        try Self.reading { () throws(TableError) in try lines?.skip(to: target) }
    }

    // MARK: - Lines

    private mutating func nextObservation() throws(ObservationError) -> Observation? {
        if table != nil {
            let next = try Self.reading { () throws(TableError) in try table?.next() }
            guard let observation = next ?? nil else { return nil }
            logCounts.read += 1
            return observation
        }
        guard format != nil else { return nil }
        while true {
            var result = LogLine.rejected(LogReason.tooLong)
            switch try nextLine() {
            case .end: return nil
            case .tooLong: break
            case .line(let place): result = read(place)
            }
            defer { row += 1 }
            switch result {
            case .nothing: break
            case .observation(let observation):
                logCounts.read += 1
                return observation
            case .rejected(let reason): logCounts.rejected.add(reason, firstRow: row)
            case .skipped(let reason): logCounts.skipped.add(reason, firstRow: row)
            }
        }
    }

    private mutating func nextLine() throws(ObservationError) -> LogLineReader.Line {
        let row = self.row
        return try Self.reading { () throws(TableError) in try lines?.next(row: row) } ?? .end
    }

    private mutating func read(_ place: Range<Int>) -> LogLine {
        guard let octets = lines?.octets else { return .nothing }
        let line = octets.span.extracting(place)
        if Self.isBlank(line) { return .nothing }
        return zeek?.read(line) ?? json?.read(line) ?? argus?.read(line) ?? .nothing
    }

    // MARK: - Recognition

    /// Chooses the reader by the first line that is not blank.
    private mutating func recognise() throws(ObservationError) {
        while true {
            switch try nextLine() {
            case .end: return
            case .tooLong:
                throw .notRecognised(path: path, reason: "the first line has no end")
            case .line(let place):
                guard let octets = lines?.octets else { return }
                let isMarked = octets[place].starts(with: [0xEF, 0xBB, 0xBF])
                let place = isMarked ? place.dropFirst(3) : place
                if Self.isBlank(octets.span.extracting(place)) {
                    row += 1
                    continue
                }
                return try recognise(octets[place], place)
            }
        }
    }

    private mutating func recognise(
        _ octets: ArraySlice<UInt8>, _ place: Range<Int>
    ) throws(ObservationError) {
        let text = Array(octets)
        if ZeekLog.begins(text.span) {
            zeek = ZeekLog(fileKind: fileKind, clock: clock)
            lines?.putBack(place)
        } else if octets.first(where: { $0 != 0x20 && $0 != 0x09 }) == UInt8(ascii: "{") {
            json = JSONLog(fileKind: fileKind, clock: clock)
            lines?.putBack(place)
        } else if let table = ArgusTable(header: text.span, clock: clock) {
            argus = table
            row += 1
        } else if Self.isTable(text) {
            guard !isFollowing else { throw .cannotFollow(path: path, format: "a flow table") }
            table = try Self.table(path, clock)
            lines = nil
        } else {
            throw .notRecognised(path: path, reason: "the first line is neither JSON nor a header")
        }
    }

    /// Whether a line names the columns that a flow table must have.
    private static func isTable(_ line: [UInt8]) -> Bool {
        let delimiters = [UInt8(ascii: ","), UInt8(ascii: "\t"), UInt8(ascii: ";")]
        let cells = line.prefix(1 << 16).split(omittingEmptySubsequences: false) {
            delimiters.contains($0)
        }
        guard cells.count <= CSVTable.columnLimit else { return false }
        let layout = FlowTableLayout(header: cells.map { String(decoding: $0, as: UTF8.self) })
        return layout.column(of: "Source.IP") != nil && layout.column(of: "Timestamp") != nil
    }

    private static func table(
        _ path: String, _ clock: ClockOffset
    ) throws(ObservationError) -> FlowTableObservations {
        try reading { () throws(TableError) in
            try FlowTableObservations(path: path, clock: clock)
        }
    }

    /// The name of a log of Zeek by that of its file: `open_conn.10:00:00-11:00:00.log.gz`.
    private static func logName(ofFile path: String) -> String {
        let file = path.split(separator: "/").last ?? ""
        var name = file.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        // conn_20260426.log
        while let last = name.last, last.isNumber || last == "_" { name = name.dropLast() }
        return file.hasPrefix("x509") ? "x509" : String(name)
    }

    private static func isBlank(_ line: Span<UInt8>) -> Bool {
        var index = 0
        while index < line.count, [0x20, 0x09, 0x0D].contains(line[index]) { index += 1 }
        return index == line.count
    }

    /// The first four octets.
    private static func magic(_ path: String) throws(TableError) -> [UInt8] {
        let file = try OpenFile(path: path)
        var octets = [UInt8](repeating: 0, count: 4)
        let count = unsafe pread(file.descriptor, &octets, 4, 0)
        return Array(octets.prefix(max(0, count)))
    }

    private static func reading<Value>(
        _ body: () throws(TableError) -> Value
    ) throws(ObservationError) -> Value {
        do throws(TableError) { return try body() } catch { throw .table(error) }
    }
}
