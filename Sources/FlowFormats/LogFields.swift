import NetworkTypes

/// The wanted fields of one line of a log: where each stands in it.
struct LogFields {
    /// How the octets of a field are to be read.
    enum Spelling: UInt8 { case missing, plain, escaped }

    /// The escapes of a log's texts.
    enum Escapes { case none, json, zeek }

    private var places: [Range<Int>]
    private var spellings: [Spelling]
    let escapes: Escapes

    /// A text longer than this is cut.
    static let textLimit = 4096

    init(count: Int, escapes: Escapes) {
        places = Array(repeating: 0..<0, count: count)
        spellings = Array(repeating: .missing, count: count)
        self.escapes = escapes
    }

    mutating func removeAll() {
        for field in spellings.indices { spellings[field] = .missing }
    }

    mutating func set(_ field: Int, _ place: Range<Int>, isEscaped: Bool = false) {
        places[field] = place
        spellings[field] = isEscaped ? .escaped : .plain
    }

    func has(_ field: Int) -> Bool { spellings[field] != .missing }

    /// Whether the field is there and spells these ASCII letters, whatever their case.
    func isWord(_ field: Int, _ word: StaticString, in line: Span<UInt8>) -> Bool {
        guard has(field), places[field].count == word.utf8CodeUnitCount else { return false }
        // SAFETY: a literal of this program, read within its count.
        let start = unsafe word.utf8Start
        for index in 0..<word.utf8CodeUnitCount {
            let octet = line[places[field].lowerBound + index]
            guard unsafe octet == start[index] || octet | 0x20 == start[index] | 0x20 else {
                return false
            }
        }
        return true
    }

    /// The field as it stands in the line; `nil` if it is missing.
    func withOctets<Value>(
        _ field: Int, in line: Span<UInt8>, _ read: (Span<UInt8>) -> Value?
    ) -> Value? {
        has(field) ? read(line.extracting(places[field])) : nil
    }

    func count(_ field: Int, in line: Span<UInt8>) -> UInt64? {
        withOctets(field, in: line) { FieldText.count($0) }
    }

    func address(_ field: Int, in line: Span<UInt8>) -> IPAddress? {
        withOctets(field, in: line) { IPAddress(utf8: $0) }
    }

    func nanoseconds(_ field: Int, in line: Span<UInt8>) -> Int64? {
        withOctets(field, in: line) { FieldText.nanoseconds($0) }
    }

    /// The text with its escapes undone, as octets; `nil` if it is missing.
    func octets(_ field: Int, in line: Span<UInt8>) -> [UInt8]? {
        guard has(field) else { return nil }
        let place = places[field]
        var octets: [UInt8] = []
        octets.reserveCapacity(min(place.count, Self.textLimit))
        var index = place.lowerBound
        let isEscaped = spellings[field] == .escaped
        while index < place.upperBound, octets.count < Self.textLimit {
            if isEscaped, line[index] == UInt8(ascii: "\\"), index + 1 < place.upperBound {
                switch escapes {
                case .none: octets.append(line[index])
                case .json: FieldText.unescapeJSON(line, &index, place.upperBound, to: &octets)
                case .zeek: FieldText.unescapeZeek(line, &index, place.upperBound, to: &octets)
                }
            } else {
                octets.append(line[index])
            }
            index += 1
        }
        return octets
    }

    func text(_ field: Int, in line: Span<UInt8>) -> String? {
        octets(field, in: line).map { String(decoding: $0, as: UTF8.self) }
    }
}

/// Reads numbers, times and escapes of logs.
enum FieldText {
    /// A whole number of decimal digits; `nil` for anything else and beyond 64 bits.
    static func count(_ text: Span<UInt8>) -> UInt64? {
        guard (1...20).contains(text.count) else { return nil }
        var number: UInt64 = 0
        for index in 0..<text.count {
            let digit = text[index] &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            let (product, overflow) = number.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
            guard !overflow, !carry else { return nil }
            number = sum
        }
        return number
    }

    /// A number of seconds with or without decimals or exponent, as nanoseconds rounded to the nearest.
    static func nanoseconds(_ text: Span<UInt8>) -> Int64? {
        guard (1...40).contains(text.count) else { return nil }
        let isNegative = text[0] == UInt8(ascii: "-")
        var index = isNegative ? 1 : 0
        var value: UInt64 = 0
        var decimals = -1
        var digits = 0
        while index < text.count {
            let octet = text[index]
            index += 1
            if octet == UInt8(ascii: "."), decimals < 0 {
                decimals = 0
                continue
            }
            let digit = octet &- UInt8(ascii: "0")
            guard digit < 10 else { return secondsWithExponent(text) }
            digits += 1
            if decimals == 9 {
                // the tenth decimal rounds, the others only have to be digits
                if digit >= 5 { value += 1 }
                decimals = 10
                continue
            }
            if decimals > 9 { continue }
            if decimals >= 0 { decimals += 1 }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            guard !overflow, product < 1 << 63 else { return nil }
            value = product + UInt64(digit)
        }
        guard digits > 0 else { return nil }
        for _ in max(0, decimals)..<max(9, decimals) {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            guard !overflow else { return nil }
            value = product
        }
        guard let magnitude = Int64(exactly: value) else { return nil }
        return isNegative ? -magnitude : magnitude
    }

    private static func secondsWithExponent(_ text: Span<UInt8>) -> Int64? {
        let cell = unsafe text.withUnsafeBytes { unsafe NumberParser.parse($0) }
        guard case .number(let seconds) = cell else { return nil }
        return Timestamp(seconds: seconds)?.nanoseconds
    }

    /// A date and time with the year first.
    ///
    /// - Parameter clock: Of texts that name no zone.
    static func civilTime(_ text: Span<UInt8>, clock: ClockOffset) -> Timestamp? {
        guard let time = CivilTime(text) else { return nil }
        return time.zoneSeconds == nil ? time.local.read(by: clock) : time.instant
    }

    /// Appends what the escape at `index` stands for, and moves `index` to its last octet.
    static func unescapeJSON(
        _ line: Span<UInt8>, _ index: inout Int, _ end: Int, to octets: inout [UInt8]
    ) {
        index += 1
        switch line[index] {
        case UInt8(ascii: "n"): octets.append(0x0A)
        case UInt8(ascii: "t"): octets.append(0x09)
        case UInt8(ascii: "r"): octets.append(0x0D)
        case UInt8(ascii: "b"): octets.append(0x08)
        case UInt8(ascii: "f"): octets.append(0x0C)
        case UInt8(ascii: "u"):
            guard var scalar = hexadecimal(line, index + 1, end, digits: 4) else { return }
            index += 4
            if scalar >> 10 == 0x36, index + 2 < end, line[index + 1] == UInt8(ascii: "\\"),
                line[index + 2] == UInt8(ascii: "u"),
                let low = hexadecimal(line, index + 3, end, digits: 4), low >> 10 == 0x37
            {
                scalar = 0x10000 + (scalar & 0x3FF) << 10 + low & 0x3FF
                index += 6
            }
            octets += Array(String(Unicode.Scalar(scalar) ?? "\u{FFFD}").utf8)
        default: octets.append(line[index])
        }
    }

    /// Zeek writes `\x` and two digits for what a field may not hold.
    static func unescapeZeek(
        _ line: Span<UInt8>, _ index: inout Int, _ end: Int, to octets: inout [UInt8]
    ) {
        guard line[index + 1] == UInt8(ascii: "x"),
            let octet = hexadecimal(line, index + 2, end, digits: 2)
        else {
            octets.append(line[index])
            return
        }
        octets.append(UInt8(octet))
        index += 3
    }

    static func hexadecimal(
        _ line: Span<UInt8>, _ start: Int, _ end: Int, digits: Int
    ) -> UInt32? {
        guard start + digits <= end else { return nil }
        var number: UInt32 = 0
        for index in start..<(start + digits) {
            guard let digit = hexadecimal(line[index]) else { return nil }
            number = number << 4 | digit
        }
        return number
    }

    static func hexadecimal(_ octet: UInt8) -> UInt32? {
        switch octet {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(octet & 15)
        case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"):
            UInt32(octet & 15) + 9
        default: nil
        }
    }
}

extension Timestamp {
    /// The instant at which a clock shows what a clock of UTC shows now.
    func read(by clock: ClockOffset) -> Timestamp {
        // the offset at the instant itself, which the first guess misses only within a day of a change
        let guess = clock.seconds(at: self)
        let nearer = Timestamp(nanoseconds: nanoseconds &- Int64(guess) &* 1_000_000_000)
        return Timestamp(
            nanoseconds: nanoseconds &- Int64(clock.seconds(at: nearer)) &* 1_000_000_000)
    }
}
