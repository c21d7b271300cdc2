import NetworkTypes
import Statistics

/// Messages of small services that need no connection.
enum ServiceDatagram {
    /// An NTP message (RFC 5905) with its transmission time; the answer echoes the question's.
    static func time(at nanoseconds: Int64, answering asked: Int64?) -> [UInt8] {
        DialogueMessage {
            $0.add8(asked == nil ? 0x23 : 0x24)
            $0.add([asked == nil ? 0 : 2, 10, 0xe7])
            $0.add32(asked == nil ? 0 : 0x0000_0312)
            $0.add32(asked == nil ? 0 : 0x0000_04a1)
            $0.add32(asked == nil ? 0 : 0xc035_6707)
            let now = stamp(nanoseconds)
            $0.add64(asked == nil ? 0 : now &- (600 << 32))
            $0.add64(asked.map(stamp) ?? 0)
            $0.add64(asked == nil ? 0 : now)
            $0.add64(now)
        }.octets
    }

    /// Seconds since 1900 and their fraction.
    private static func stamp(_ nanoseconds: Int64) -> UInt64 {
        let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        let fraction = UInt64(rest) << 32 / 1_000_000_000
        return UInt64(truncatingIfNeeded: seconds &+ 2_208_988_800) << 32 | fraction
    }

    /// What a DHCP message is for (RFC 2132, option 53).
    enum Lease: Int {
        case discover = 1
        case offer = 2
        case request = 3
        case acknowledgement = 5

        var isAnswer: Bool { self == .offer || self == .acknowledgement }
    }

    /// A DHCP message (RFC 2131).
    ///
    /// - Parameter isRenewal: the machine already uses its address.
    static func lease(
        _ kind: Lease, machine: FrameEnd, router: FrameEnd, resolver: IPAddress, name: String,
        transaction: Int, isRenewal: Bool
    ) -> [UInt8] {
        let none = IPAddress(ipv4: 0)
        return DialogueMessage {
            $0.add([kind.isAnswer ? 2 : 1, 1, 6, 0])
            $0.add32(transaction)
            $0.add32(0)
            $0.add(isRenewal ? machine.address : none)
            $0.add(kind.isAnswer ? machine.address : none)
            $0.add(none)
            $0.add(none)
            $0.add16(Int(machine.hardwareAddress >> 32))
            $0.add32(Int(machine.hardwareAddress & 0xffff_ffff))
            $0.addZeros(10 + 64 + 128)
            $0.add32(0x6382_5363)
            $0.add([53, 1, UInt8(kind.rawValue)])
            if kind.isAnswer {
                $0.add([54, 4])
                $0.add(router.address)
                $0.add([51, 4, 0, 0, 0x38, 0x40, 1, 4, 255, 255, 0, 0, 3, 4])
                $0.add(router.address)
                $0.add([6, 4])
                $0.add(resolver)
            } else {
                if kind == .request, !isRenewal {
                    $0.add([50, 4])
                    $0.add(machine.address)
                    $0.add([54, 4])
                    $0.add(router.address)
                }
                $0.add8(12)
                $0.addCounted(1) { $0.add(name) }
                $0.add([55, 5, 1, 3, 6, 15, 42])
            }
            $0.add8(255)
            $0.addZeros(max(0, 300 - $0.octets.count))
        }.octets
    }

    /// An ICMP or ICMPv6 echo request or reply with the payload of `ping`; the checksum is left 0.
    static func echo(identifier: Int, sequence: Int, isReply: Bool, isVersion6: Bool) -> [UInt8] {
        DialogueMessage {
            $0.add8(isVersion6 ? (isReply ? 129 : 128) : (isReply ? 0 : 8))
            $0.add8(0)
            $0.add16(0)
            $0.add16(identifier)
            $0.add16(sequence)
            for octet in 0..<56 { $0.add8(octet) }
        }.octets
    }

    /// An ICMPv6 neighbour solicitation, or the answer to it (RFC 4861); the checksum is left 0.
    static func neighbour(_ target: FrameEnd, sender: FrameEnd, isAnswer: Bool) -> [UInt8] {
        DialogueMessage {
            $0.add8(isAnswer ? 136 : 135)
            $0.add8(0)
            $0.add16(0)
            $0.add32(isAnswer ? 0x6000_0000 : 0)
            $0.add(target.address)
            $0.add([isAnswer ? 2 : 1, 1])
            let own = isAnswer ? target : sender
            $0.add16(Int(own.hardwareAddress >> 32))
            $0.add32(Int(own.hardwareAddress & 0xffff_ffff))
        }.octets
    }
}
