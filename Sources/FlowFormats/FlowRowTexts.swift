import Flows
import NetworkTypes

/// The texts of a flow that stand in every layout: its identifier, ends and times.
extension TextBuffer {
    /// `address-address-port-port-protocol`, the ends in the order of the layout.
    mutating func appendIdentifier(_ flow: borrowing FlowRecord, isOrdered: Bool) {
        var (first, second) = (flow.key.initiator, flow.key.responder)
        if isOrdered, Self.signedOctets(second.address) < Self.signedOctets(first.address) {
            swap(&first, &second)
        }
        append(first.address)
        append(UInt8(ascii: "-"))
        append(second.address)
        append(UInt8(ascii: "-"))
        append(UInt64(flow.hasPorts ? first.port : 0))
        append(UInt8(ascii: "-"))
        append(UInt64(flow.hasPorts ? second.port : 0))
        append(UInt8(ascii: "-"))
        append(UInt64(flow.writtenProtocol))
    }

    /// Numbers in the order that Java gives the octets, which are signed there: 172.0.0.0 before 10.0.0.0.
    private static func signedOctets(_ address: IPAddress) -> UInt128 {
        address.bits ^ UInt128(0x8080_8080_8080_8080) << 64 ^ 0x8080_8080_8080_8080
    }

    mutating func append(_ address: IPAddress) {
        guard let ipv4 = address.ipv4 else {
            let text = address.text
            return append(text.octets.span.extracting(first: text.count))
        }
        for shift in [24, 16, 8, 0] as [UInt32] {
            append(UInt64(ipv4 >> shift & 255))
            if shift > 0 { append(UInt8(ascii: ".")) }
        }
    }

    mutating func append(_ communityID: CommunityID) {
        let text = communityID.utf8
        for index in text.indices { append(text[index]) }
    }

    /// The start of a flow as the layout spells it.
    mutating func append(
        _ time: Timestamp, _ spelling: FlowColumnSet.TimeSpelling, clock: ClockOffset
    ) {
        guard case .halfDay(let blank, let mark) = spelling else {
            return appendISO(time, separator: UInt8(ascii: " "))
        }
        let wall = WallTime(time, clock: clock)
        append(wall.day, then: "/")
        append(wall.month, then: "/")
        append(UInt64(wall.year), digits: 4)
        if blank { append(UInt8(ascii: " ")) }
        append(wall.hour % 12 == 0 ? 12 : wall.hour % 12, then: ":")
        append(wall.minute, then: ":")
        append(UInt64(wall.second), digits: 2)
        if mark { append(wall.hour < 12 ? " AM" : " PM") }
    }

    /// `2015-03-31T11:32:22.123456` in UTC.
    mutating func appendISO(_ time: Timestamp, separator: UInt8) {
        let wall = WallTime(time, clock: .utc)
        append(UInt64(wall.year), digits: 4)
        append(UInt8(ascii: "-"))
        append(wall.month, then: "-")
        append(UInt64(wall.day), digits: 2)
        append(separator)
        append(wall.hour, then: ":")
        append(wall.minute, then: ":")
        append(wall.second, then: ".")
        append(UInt64(wall.microsecond), digits: 6)
    }

    /// Two digits and a mark.
    private mutating func append(_ number: Int, then mark: Unicode.Scalar) {
        append(UInt64(number), digits: 2)
        append(UInt8(ascii: mark))
    }

    /// A detail as plain text: lists with semicolons, nothing for what is missing.
    mutating func append(_ value: FlowDetail.Value) {
        switch value {
        case .missing: break
        case .whole(let number): append(number)
        case .identifier(let number): append(number)
        case .text(let word): append(word)
        case .texts(let words): append(words.joined(separator: ";"))
        case .time(let time):
            appendISO(time, separator: UInt8(ascii: "T"))
            append(UInt8(ascii: "Z"))
        case .address(let address): append(address)
        case .communityID(let name): append(name)
        case .numbers(let numbers): append(numbers, separator: UInt8(ascii: ";"))
        }
    }

    mutating func append(_ numbers: [Int64], separator: UInt8) {
        for index in numbers.indices {
            if index > 0 { append(separator) }
            append(numbers[index])
        }
    }
}

extension FlowRecord {
    /// The protocol's number. The old meters know TCP and UDP; all else is 0 there, without ports.
    var writtenProtocol: UInt8 { mode.isLegacy && !isTCPOrUDP ? 0 : key.protocolNumber }

    var hasPorts: Bool { !mode.isLegacy || isTCPOrUDP }

    private var isTCPOrUDP: Bool { key.protocolNumber == 6 || key.protocolNumber == 17 }
}
