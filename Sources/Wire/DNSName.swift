/// A domain name as it lies on the wire (RFC 1035 section 3.1), compression undone, ASCII letters in lower
/// case: at most 255 octets, so the value is of fixed size and nothing is allocated.
package struct DNSName: Hashable, Sendable {
    /// Length-prefixed labels up to and with the empty one; octets behind are 0.
    private var storage = [255 of UInt8](repeating: 0)
    private var used: UInt8 = 1

    /// The root, whose name is empty.
    package static let root = DNSName()

    private init() {}

    /// Octets on the wire without compression: 1 for the root.
    package var octetCount: Int { Int(used) }

    package var isRoot: Bool { used == 1 }

    package var labelCount: Int {
        var (count, offset) = (0, 0)
        while storage[offset] != 0 {
            count += 1
            offset += 1 + Int(storage[offset])
        }
        return count
    }

    /// The octet of the wire form at an index below `octetCount`.
    package subscript(index: Int) -> UInt8 { storage[index] }

    package static func == (left: DNSName, right: DNSName) -> Bool {
        guard left.used == right.used else { return false }
        for index in 0..<Int(left.used) where left.storage[index] != right.storage[index] {
            return false
        }
        return true
    }

    package func hash(into hasher: inout Hasher) {
        for index in 0..<Int(used) { hasher.combine(storage[index]) }
    }
}

extension DNSName: CustomStringConvertible {
    /// The labels with dots between, none at the end; the root is `.`.
    ///
    /// Dots and backslashes within labels and octets that are no visible ASCII are escaped, `\.` and
    /// `\255`, as RFC 4343 section 2.1 has it: different names have different texts.
    package var description: String {
        if isRoot { return "." }
        var text = ""
        var offset = 0
        while storage[offset] != 0 {
            if offset > 0 { text += "." }
            let length = Int(storage[offset])
            for index in offset + 1...offset + length { Self.append(storage[index], to: &text) }
            offset += 1 + length
        }
        return text
    }

    private static func append(_ octet: UInt8, to text: inout String) {
        switch octet {
        case UInt8(ascii: "."), UInt8(ascii: "\\"):
            text += "\\"
            text.unicodeScalars.append(Unicode.Scalar(octet))
        case 0x21...0x7e: text.unicodeScalars.append(Unicode.Scalar(octet))
        default:
            let digits = String(octet)
            text += "\\" + String(repeating: "0", count: 3 - digits.count) + digits
        }
    }
}

// MARK: - Reading

extension DNSName {
    /// Reads the name at `offset` and moves `offset` behind it.
    ///
    /// A compression pointer must lead to before the part of the name it ends (RFC 1035 section 4.1.4: a
    /// prior occurrence), so no chain of pointers goes round.
    init(_ message: RawSpan, at offset: inout Int) throws(DNSMessage.Refusal) {
        self.init()
        var position = offset
        var partStart = offset
        var end: Int?
        var written = 0
        while true {
            guard position < message.byteCount else {
                throw .truncated(needed: position + 1, available: message.byteCount)
            }
            let length = Int(message.word8(position))
            switch length >> 6 {
            case 0:
                position += 1
                guard length > 0 else {
                    used = UInt8(truncatingIfNeeded: written + 1)
                    offset = end ?? position
                    return
                }
                guard position + length <= message.byteCount else {
                    throw .truncated(needed: position + length, available: message.byteCount)
                }
                // One octet for the length, one for the empty label at the end.
                guard written + length + 2 <= 255 else { throw .longName }
                storage[written] = UInt8(truncatingIfNeeded: length)
                for index in 0..<length {
                    storage[written + 1 + index] = Self.lowercased(message.word8(position + index))
                }
                written += 1 + length
                position += length
            case 3:
                guard position + 2 <= message.byteCount else {
                    throw .truncated(needed: position + 2, available: message.byteCount)
                }
                let target = Int(message.word16(position) & 0x3fff)
                guard target < partStart else { throw .badPointer }
                end = end ?? position + 2
                (position, partStart) = (target, target)
            default: throw .badLabel
            }
        }
    }

    private static func lowercased(_ octet: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(octet) ? octet | 0x20 : octet
    }

    /// Where the name at `offset` ends, pointers not followed; `nil` if it does not end in the message.
    static func end(in message: RawSpan, of offset: Int) -> Int? {
        var position = offset
        while position < message.byteCount {
            let length = Int(message.word8(position))
            switch length >> 6 {
            case 0 where length == 0: return position + 1
            case 0: position += 1 + length
            case 3: return position + 2 <= message.byteCount ? position + 2 : nil
            default: return nil
            }
        }
        return nil
    }
}
