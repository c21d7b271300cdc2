/// Finds wanted fields in lines of JSON, each line an object.
///
/// Fields are named by their path: `flow.start`, `dns.queries.0.rrname`; a key with a dot in it
/// (`id.orig_h`) is the same as an object in an object. The whole line is checked to be JSON; of a key
/// that is repeated the last value counts. Nothing is allocated a line.
struct JSONFields {
    private let names: [[UInt8]]
    /// Which names have a length, by the length.
    private let byLength: [[Int]]
    private(set) var fields: LogFields
    private var path: [UInt8] = []
    private var index = 0

    private static let depthLimit = 64

    init(_ names: [String]) {
        self.names = names.map { Array($0.utf8) }
        let longest = self.names.map(\.count).max() ?? 0
        var byLength = [[Int]](repeating: [], count: longest + 1)
        for (field, name) in self.names.enumerated() { byLength[name.count].append(field) }
        self.byLength = byLength
        fields = LogFields(count: names.count, escapes: .json)
        path.reserveCapacity(longest + 1)
    }

    /// Finds the fields of a line; false if the line is not one JSON object.
    mutating func read(_ line: Span<UInt8>) -> Bool {
        fields.removeAll()
        path.removeAll(keepingCapacity: true)
        index = 0
        skipBlanks(line)
        guard index < line.count, line[index] == UInt8(ascii: "{"),
            value(line, depth: 0, isWanted: true)
        else { return false }
        skipBlanks(line)
        return index == line.count
    }

    private mutating func skipBlanks(_ line: Span<UInt8>) {
        while index < line.count, line[index] == 0x20 || line[index] == 0x09 || line[index] == 0x0D
        {
            index += 1
        }
    }

    /// Reads a value and what follows it up to the next token.
    ///
    /// - Parameter isWanted: Whether a name may begin with the path.
    private mutating func value(_ line: Span<UInt8>, depth: Int, isWanted: Bool) -> Bool {
        guard index < line.count, depth < Self.depthLimit else { return false }
        switch line[index] {
        case UInt8(ascii: "{"): return object(line, depth: depth, isWanted: isWanted)
        case UInt8(ascii: "["): return array(line, depth: depth, isWanted: isWanted)
        case UInt8(ascii: "\""):
            guard let (place, isEscaped) = string(line) else { return false }
            if isWanted { note(place, isEscaped: isEscaped) }
            return true
        case UInt8(ascii: "t"): return word(line, "true", isWanted: isWanted)
        case UInt8(ascii: "f"): return word(line, "false", isWanted: isWanted)
        case UInt8(ascii: "n"): return word(line, "null", isWanted: false)
        default: return number(line, isWanted: isWanted)
        }
    }

    private mutating func object(_ line: Span<UInt8>, depth: Int, isWanted: Bool) -> Bool {
        index += 1
        skipBlanks(line)
        if index < line.count, line[index] == UInt8(ascii: "}") {
            index += 1
            return true
        }
        while index < line.count, line[index] == UInt8(ascii: "\"") {
            guard let (key, _) = string(line) else { return false }
            skipBlanks(line)
            guard index < line.count, line[index] == UInt8(ascii: ":") else { return false }
            index += 1
            skipBlanks(line)
            let outer = path.count
            let isNear = isWanted && outer + key.count + 1 < byLength.count + 1
            if isNear {
                if outer > 0 { path.append(UInt8(ascii: ".")) }
                for place in key { path.append(line[place]) }
            }
            let isRead = value(line, depth: depth + 1, isWanted: isNear)
            path.removeSubrange(outer...)
            guard isRead, let isLast = separator(line, UInt8(ascii: "}")) else { return false }
            if isLast { return true }
        }
        return false
    }

    private mutating func array(_ line: Span<UInt8>, depth: Int, isWanted: Bool) -> Bool {
        index += 1
        skipBlanks(line)
        if index < line.count, line[index] == UInt8(ascii: "]") {
            index += 1
            return true
        }
        var isFirst = true
        while index < line.count {
            let outer = path.count
            let isNear = isWanted && isFirst && outer + 2 < byLength.count
            if isNear { path += [UInt8(ascii: "."), UInt8(ascii: "0")] }
            let isRead = value(line, depth: depth + 1, isWanted: isNear)
            path.removeSubrange(outer...)
            isFirst = false
            guard isRead, let isLast = separator(line, UInt8(ascii: "]")) else { return false }
            if isLast { return true }
        }
        return false
    }

    /// Whether the value just read was the last one; `nil` if neither a comma nor the end follows.
    private mutating func separator(_ line: Span<UInt8>, _ end: UInt8) -> Bool? {
        skipBlanks(line)
        guard index < line.count, line[index] == end || line[index] == UInt8(ascii: ",") else {
            return nil
        }
        let isLast = line[index] == end
        index += 1
        if !isLast { skipBlanks(line) }
        return isLast
    }

    /// The text between quotation marks, and whether it has escapes.
    private mutating func string(_ line: Span<UInt8>) -> (Range<Int>, Bool)? {
        let start = index + 1
        var isEscaped = false
        index = start
        while index < line.count {
            let octet = line[index]
            if octet == UInt8(ascii: "\"") {
                index += 1
                return (start..<(index - 1), isEscaped)
            }
            if octet == UInt8(ascii: "\\") {
                isEscaped = true
                index += 1
            }
            index += 1
        }
        return nil
    }

    private mutating func word(_ line: Span<UInt8>, _ word: StaticString, isWanted: Bool) -> Bool {
        let start = index
        let count = word.utf8CodeUnitCount
        guard line.count - start >= count else { return false }
        for offset in 0..<count {
            // SAFETY: a literal of this program, read within its count.
            guard unsafe line[start + offset] == word.utf8Start[offset] else { return false }
        }
        index += count
        if isWanted { note(start..<index, isEscaped: false) }
        return true
    }

    private mutating func number(_ line: Span<UInt8>, isWanted: Bool) -> Bool {
        let start = index
        var digits = 0
        loop: while index < line.count {
            switch line[index] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digits += 1
            case UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "e"),
                UInt8(ascii: "E"):
                break
            default: break loop
            }
            index += 1
        }
        guard digits > 0 else { return false }
        if isWanted { note(start..<index, isEscaped: false) }
        return true
    }

    private mutating func note(_ place: Range<Int>, isEscaped: Bool) {
        guard path.count < byLength.count else { return }
        for field in byLength[path.count] where names[field] == path {
            fields.set(field, place, isEscaped: isEscaped)
        }
    }
}
