internal import Flows
internal import NetworkTypes

/// One host and another, the one that acts first.
struct HostPair: Hashable, Sendable {
    var source, destination: IPAddress
}

extension ObservedFlow {
    /// Whether an inside host called a public one.
    ///
    /// A source that does not know what is inside is helped by IANA's registries.
    var isOutbound: Bool {
        direction == .unknown
            ? !key.initiator.address.isGlobal && key.responder.address.isGlobal
            : direction == .outbound
    }

    /// Whether one end is inside and the other public.
    var crossesBorder: Bool { isOutbound || isInbound }

    private var isInbound: Bool {
        direction == .unknown
            ? key.initiator.address.isGlobal && !key.responder.address.isGlobal
            : direction == .inbound
    }

    /// Whether the initiator is an inside host.
    var isFromInside: Bool {
        direction == .unknown
            ? !key.initiator.address.isGlobal : direction == .outbound || direction == .internal
    }

    /// Whether both ends are inside.
    var isInternal: Bool {
        direction == .unknown
            ? !key.initiator.address.isGlobal && !key.responder.address.isGlobal
            : direction == .internal
    }

    /// Whether both ends are hosts: neither groups, nor the unspecified address, nor IPv4's broadcast.
    var isBetweenHosts: Bool { key.initiator.address.isHost && key.responder.address.isHost }
}

extension IPAddress {
    /// Neither a group of receivers nor an address of nobody.
    var isHost: Bool {
        if let ipv4 { return ipv4 != 0 && ipv4 < 0xe000_0000 }
        return high >> 56 != 0xff && bits != 0
    }

    /// The same on every machine.
    var stableHash: UInt64 {
        var hash = StableHash()
        hash.combine(high)
        hash.combine(low)
        return hash.value
    }
}

extension StableHash {
    /// The hash of a text, whatever its length.
    static func text(_ text: some StringProtocol) -> UInt64 {
        var hash = StableHash()
        for octet in text.utf8 { hash.combine(UInt64(octet)) }
        hash.combine(UInt64(text.utf8.count))
        return hash.value
    }
}

extension Timestamp {
    /// From `earlier` to this instant; never negative.
    func seconds(since earlier: Timestamp) -> Double {
        max(0, Double(nanoseconds) / 1e9 - Double(earlier.nanoseconds) / 1e9)
    }

    /// The instant an hour before, or the first that there is.
    var hourBefore: Timestamp {
        let (sum, overflow) = nanoseconds.subtractingReportingOverflow(3_600_000_000_000)
        return Timestamp(nanoseconds: overflow ? .min : sum)
    }

    /// Hours since 1970, rounded down.
    var hour: Int64 {
        let (hours, rest) = nanoseconds.quotientAndRemainder(dividingBy: 3_600_000_000_000)
        return rest < 0 ? hours - 1 : hours
    }
}
