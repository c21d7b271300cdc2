/// Reads the lines of a log that Zeek wrote with a header and separators.
struct ZeekLog {
    private var fields: DelimitedFields?
    private var separator = UInt8(ascii: "\t")
    private var unset = Array("-".utf8)
    private var empty = Array("(empty)".utf8)
    private var kind: ZeekRecord.Kind
    /// Of the file, which tells a log of open connections that calls itself `conn`.
    private let fileKind: ZeekRecord.Kind
    private let clock: ClockOffset

    private static let columnLimit = 1024

    init(fileKind: ZeekRecord.Kind, clock: ClockOffset) {
        self.fileKind = fileKind
        (kind, self.clock) = (fileKind, clock)
    }

    /// Whether a first line is that of such a log.
    static func begins(_ line: Span<UInt8>) -> Bool {
        var start = 0
        while start < line.count, line[start] == 0x20 || line[start] == 0x09 { start += 1 }
        for word in ["#separator", "#set_separator", "#fields", "#path"] {
            let word = Array(word.utf8)
            guard line.count - start >= word.count else { continue }
            if word.indices.allSatisfy({ line[start + $0] == word[$0] }) { return true }
        }
        return false
    }

    mutating func read(_ line: Span<UInt8>) -> LogLine {
        var start = 0
        while start < line.count, line[start] == 0x20 || line[start] == 0x09 { start += 1 }
        if start == line.count { return .nothing }
        if line[start] == UInt8(ascii: "#") {
            directive(line.extracting(start..<line.count))
            return .nothing
        }
        guard fields != nil else { return .rejected("a line before the names of its fields") }
        switch fields?.read(line) {
        case .fewer: return .rejected(LogReason.fewer)
        case .more: return .rejected(LogReason.more)
        case .whole, nil: break
        }
        guard let fields = fields?.fields else { return .nothing }
        return ZeekRecord(fields: fields).line(kind, in: line, clock: clock)
    }

    /// A line of the header; a log may have several, one behind another.
    private mutating func directive(_ line: Span<UInt8>) {
        var cells: [[UInt8]] = [[]]
        for index in 0..<line.count {
            let isSeparator =
                line[index] == separator || cells.count == 1 && line[index] == 0x20
            if isSeparator, cells.count < Self.columnLimit {
                cells.append([])
            } else {
                cells[cells.count - 1].append(line[index])
            }
        }
        guard cells.count > 1 else { return }
        let name = String(decoding: cells[0], as: UTF8.self)
        switch name {
        case "#separator": separator = Self.octet(cells[1]) ?? separator
        case "#unset_field": unset = cells[1]
        case "#empty_field": empty = cells[1]
        case "#path":
            kind = ZeekRecord.Kind(path: String(decoding: cells[1], as: UTF8.self))
            if kind == .connections(isOpen: false), fileKind == .connections(isOpen: true) {
                kind = fileKind
            }
        case "#fields":
            fields = DelimitedFields(
                header: cells.dropFirst().map { String(decoding: $0, as: UTF8.self) },
                names: ZeekField.names, delimiter: separator, unset: unset, empty: empty,
                escapes: .zeek)
        default: break
        }
    }

    /// `\x09`, or the octet itself.
    private static func octet(_ text: [UInt8]) -> UInt8? {
        if text.count == 1 { return text[0] }
        let span = text.span
        guard text.count == 4, text.starts(with: Array("\\x".utf8)) else { return nil }
        return FieldText.hexadecimal(span, 2, 4, digits: 2).map { UInt8($0) }
    }
}

/// Reads lines of JSON of Zeek and Suricata, told apart line by line.
struct JSONLog {
    private var scanner = JSONFields(
        ZeekField.names + EVEField.names + PacketEvent.Field.names)
    private var eve = EVELog()
    private let fileKind: ZeekRecord.Kind
    private let clock: ClockOffset

    init(fileKind: ZeekRecord.Kind, clock: ClockOffset) {
        (self.fileKind, self.clock) = (fileKind, clock)
    }

    mutating func read(_ line: Span<UInt8>) -> LogLine {
        guard scanner.read(line) else { return .rejected(LogReason.notJSON) }
        let first = ZeekField.allCases.count
        if scanner.fields.has(first + EVEField.eventType.rawValue) {
            return eve.read(scanner.fields, first, line, clock)
        }
        let own = PacketEvent(fields: scanner.fields, first: first + EVEField.allCases.count)
        if own.isEvent { return own.line(line, clock) }
        let record = ZeekRecord(fields: scanner.fields)
        return record.line(kind(record, line), in: line, clock: clock)
    }

    /// By the line's own word, else by what only one log has, else by the name of the file.
    private func kind(_ record: ZeekRecord, _ line: Span<UInt8>) -> ZeekRecord.Kind {
        if let path = record.fields.text(ZeekField.path.rawValue, in: line) {
            let kind = ZeekRecord.Kind(path: path)
            let isOpen = fileKind == .connections(isOpen: true)
            return isOpen && kind == .connections(isOpen: false) ? fileKind : kind
        }
        if record.has(.state), record.has(.initiator) {
            return fileKind == .connections(isOpen: true) ? fileKind : .connections(isOpen: false)
        }
        if record.has(.query) || record.has(.responseCode), record.has(.initiator) {
            return .names
        }
        if case .other = fileKind { return fileKind }
        return .other("another")
    }
}
