import Flows
import NetworkTypes

/// What the full record of a flow has beyond the columns of the data set.
///
/// Elements of IPFIX have their names there; the responder's begin with `reverse` (RFC 5103). Others are
/// named in the words of this project, with `initiator` and `responder`.
struct FlowDetail: Sendable {
    /// The kind of the column in tables with types.
    enum Kind { case whole, wholeOrMissing, text }

    /// A value, still without its text.
    enum Value {
        case missing
        case whole(Int64)
        case text(String)
        case texts([String])
        case identifier(UInt64)
        case time(Timestamp)
        case address(IPAddress)
        case communityID(CommunityID)
        case numbers([Int64])
    }

    enum OfFlow {
        case mode, end, endReason, endWord, communityID, connection, part, observations
        case vlan, interface, tunnel, tunnelSource, tunnelDestination, payloadOctets, payloadGaps
    }

    enum OfLabel {
        case labellerName, masterProtocol, category, confidence, risks, serverName
        case ja3, ja3Server, ja4
    }

    enum OfDirection {
        case ipOctets, frameOctets, controlBits, dataPackets, minimumHeaderOctets, bulks
        case windowScale, maximumSegmentSize, retransmissions, outOfOrder, duplicates, zeroWindows
        case roundTrip, minimumTimeToLive, maximumTimeToLive
        /// Packets with the flag of this bit.
        case flag(Int)
    }

    enum Source {
        case flow(OfFlow)
        case label(OfLabel)
        case initiator(OfDirection)
        case responder(OfDirection)
    }

    let name: String
    let kind: Kind
    let source: Source

    /// All details, in the order of the table.
    static let all: [FlowDetail] = flow + label + direction

    private static let flow = [
        FlowDetail("meterMode", .text, .mode),
        FlowDetail("flowEndMicroseconds", .text, .end),
        FlowDetail("flowEndReason", .whole, .endReason),
        FlowDetail("endReason", .text, .endWord),
        FlowDetail("communityId", .text, .communityID),
        FlowDetail("connection", .text, .connection),
        FlowDetail("part", .whole, .part),
        FlowDetail("observations", .text, .observations),
        FlowDetail("vlanId", .wholeOrMissing, .vlan),
        FlowDetail("ingressInterface", .whole, .interface),
        FlowDetail("tunnel", .text, .tunnel),
        FlowDetail("tunnelSourceIPAddress", .text, .tunnelSource),
        FlowDetail("tunnelDestinationIPAddress", .text, .tunnelDestination),
        FlowDetail("firstPayloadOctets", .text, .payloadOctets),
        FlowDetail("firstPayloadGapsMicroseconds", .text, .payloadGaps),
    ]

    private static let label = [
        FlowDetail("labellerName", .labellerName),
        FlowDetail("masterProtocol", .masterProtocol),
        FlowDetail("applicationCategoryName", .category),
        FlowDetail("labelConfidence", .confidence),
        FlowDetail("risks", .risks),
        FlowDetail("serverName", .serverName),
        FlowDetail("ja3", .ja3),
        FlowDetail("ja3s", .ja3Server),
        FlowDetail("ja4", .ja4),
    ]

    private static let direction: [FlowDetail] =
        both("octetDeltaCount", .ipOctets) + both("layer2OctetDeltaCount", .frameOctets)
        + both("tcpControlBits", .controlBits)
        + ["Fin", "Syn", "Rst", "Psh", "Ack", "Urg", "Ece", "Cwr"].enumerated().flatMap {
            both("tcp\($1)TotalCount", .flag($0))
        }
        + both("tcpWindowScale", .windowScale, .wholeOrMissing)
        + both("minimumTTL", .minimumTimeToLive, .wholeOrMissing)
        + both("maximumTTL", .maximumTimeToLive, .wholeOrMissing)
        + ends("MaximumSegmentSize", .maximumSegmentSize, .wholeOrMissing)
        + ends("MinimumHeaderOctets", .minimumHeaderOctets) + ends("DataPackets", .dataPackets)
        + ends("Bulks", .bulks) + ends("Retransmissions", .retransmissions)
        + ends("OutOfOrderPackets", .outOfOrder) + ends("DuplicatePackets", .duplicates)
        + ends("ZeroWindows", .zeroWindows)
        + ends("RoundTripMicroseconds", .roundTrip, .wholeOrMissing)

    private init(_ name: String, _ kind: Kind, _ source: OfFlow) {
        (self.name, self.kind, self.source) = (name, kind, .flow(source))
    }

    private init(_ name: String, _ source: OfLabel) {
        (self.name, kind, self.source) = (name, .text, .label(source))
    }

    private init(_ name: String, _ kind: Kind, source: Source) {
        (self.name, self.kind, self.source) = (name, kind, source)
    }

    /// An element of IPFIX and its reverse.
    private static func both(
        _ name: String, _ source: OfDirection, _ kind: Kind = .whole
    ) -> [FlowDetail] {
        let reverse = "reverse" + name.prefix(1).uppercased() + name.dropFirst()
        return [
            FlowDetail(name, kind, source: .initiator(source)),
            FlowDetail(reverse, kind, source: .responder(source)),
        ]
    }

    /// A detail of both ends.
    private static func ends(
        _ name: String, _ source: OfDirection, _ kind: Kind = .whole
    ) -> [FlowDetail] {
        [
            FlowDetail("initiator" + name, kind, source: .initiator(source)),
            FlowDetail("responder" + name, kind, source: .responder(source)),
        ]
    }
}

extension FlowRecord {
    /// The value of a detail.
    ///
    /// - Parameter label: The record's own, which readers of many details take out once.
    borrowing func value(of source: FlowDetail.Source, label: ApplicationLabel?) -> FlowDetail.Value
    {
        switch source {
        case .flow(let source): value(of: source)
        case .label(let source): label?.value(of: source) ?? .missing
        case .initiator(let source): forward.value(of: source)
        case .responder(let source): backward.value(of: source)
        }
    }

    private borrowing func value(of source: FlowDetail.OfFlow) -> FlowDetail.Value {
        switch source {
        case .mode: .text(mode.rawValue)
        case .end: .time(end)
        case .endReason: .whole(Int64(endReason.informationElementValue))
        case .endWord: .text(endReason.name)
        case .communityID:
            .communityID(
                CommunityID(
                    initiator: key.initiator, responder: key.responder,
                    protocolNumber: key.protocolNumber))
        case .connection: .identifier(connection)
        case .part: .whole(Int64(part))
        case .observations: observations.isEmpty ? .missing : .texts(observations.names)
        case .vlan: vlan == 0 ? .missing : .whole(Int64(vlan))
        case .interface: .whole(Int64(interface))
        case .tunnel: .optional(outerTunnel)
        case .tunnelSource: outerEnds.map { .address($0.source) } ?? .missing
        case .tunnelDestination: outerEnds.map { .address($0.destination) } ?? .missing
        case .payloadOctets: .optional(firstPayloads.map { Int64($0.octets) })
        case .payloadGaps: .optional(firstPayloads.map { Int64($0.gapMicroseconds) })
        }
    }
}

extension ApplicationLabel {
    fileprivate func value(of source: FlowDetail.OfLabel) -> FlowDetail.Value {
        switch source {
        case .labellerName: .optional(labellerName)
        case .masterProtocol: .optional(masterProtocol)
        case .category: .optional(category)
        case .confidence: .text(confidence.name)
        case .risks: risks.isEmpty ? .missing : .texts(risks)
        case .serverName: .optional(serverName)
        case .ja3: .optional(ja3)
        case .ja3Server: .optional(ja3Server)
        case .ja4: .optional(ja4)
        }
    }
}

extension FlowRecord.Direction {
    fileprivate borrowing func value(of source: FlowDetail.OfDirection) -> FlowDetail.Value {
        switch source {
        case .ipOctets: .whole(Int64(clamping: ipOctets))
        case .frameOctets: .whole(Int64(clamping: frameOctets))
        case .controlBits: .whole(controlBits())
        case .flag(let bit): .whole(Int64(flagCounts[bit]))
        case .dataPackets: .whole(Int64(dataPackets))
        case .minimumHeaderOctets: .whole(Int64(minimumHeaderOctets))
        case .bulks: .whole(Int64(bulks))
        case .windowScale: .optional(windowScale)
        case .maximumSegmentSize: .optional(maximumSegmentSize)
        case .retransmissions: .whole(Int64(retransmissions))
        case .outOfOrder: .whole(Int64(outOfOrder))
        case .duplicates: .whole(Int64(duplicates))
        case .zeroWindows: .whole(Int64(zeroWindows))
        case .roundTrip: .optional(roundTripMicroseconds)
        case .minimumTimeToLive: packets == 0 ? .missing : .whole(Int64(minimumTimeToLive))
        case .maximumTimeToLive: packets == 0 ? .missing : .whole(Int64(maximumTimeToLive))
        }
    }

    /// The flags that any packet had, as octet 13 of the TCP header has them.
    private borrowing func controlBits() -> Int64 {
        var bits: Int64 = 0
        for bit in flagCounts.indices where flagCounts[bit] > 0 { bits |= 1 << Int64(bit) }
        return bits
    }
}

extension FlowDetail.Value {
    fileprivate static func optional(_ text: String?) -> Self {
        text.map { $0.isEmpty ? .missing : .text($0) } ?? .missing
    }

    fileprivate static func optional(_ numbers: [Int64]) -> Self {
        numbers.isEmpty ? .missing : .numbers(numbers)
    }

    fileprivate static func optional(_ number: (some FixedWidthInteger)?) -> Self {
        number.map { .whole(Int64(clamping: $0)) } ?? .missing
    }
}
