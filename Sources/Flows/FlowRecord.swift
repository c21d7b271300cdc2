package import NetworkTypes
package import Statistics

/// A finished flow, or a part of one: all that the meter kept of its packets.
///
/// Lengths are octets of transport payload and times microseconds unless said otherwise. What the columns of the
/// data set make of it is in `FlowRecord+Features.swift`.
package struct FlowRecord: Sendable {
    package var mode: MeterMode
    package var key: FlowKey
    package var start: Timestamp
    package var end: Timestamp
    package var endReason: FlowEndReason
    /// Parts of one long connection share its `connection` and are numbered from 0.
    package var connection: UInt64 = 0
    package var part: UInt32 = 0
    package var forward = Direction()
    package var backward = Direction()
    /// Payload of all packets; the old meters enter the first one twice.
    package var lengths = RunningMoments()
    /// Gaps between successive packets of either direction.
    package var gaps = RunningMoments()
    /// Periods without a pause of more than five seconds, and these pauses.
    package var active = RunningMoments()
    package var idle = RunningMoments()
    /// Payload of the first packet, which the old meters enter twice.
    package var firstPayload: UInt32 = 0
    /// Pauses of more than a second.
    package var longGaps: UInt32 = 0
    /// Counts of the eight TCP flags as the old meters write them, lowest bit (FIN) first; see the features.
    package var firstFlags: UInt8 = 0
    package var observations: Observations = []
    package var vlan: UInt16 = 0
    package var interface: UInt16 = 0
    package var outerEnds: (source: IPAddress, destination: IPAddress)?
    package var outerTunnel: String?
    /// Room for the first payloads and their gaps, kept in place so that a record needs no memory of its own.
    private var firstPayloadOctets = [8 of Int32](repeating: 0)
    private var firstPayloadGaps = [8 of UInt32](repeating: 0)
    private var firstPayloadCount = 0
    package var label: ApplicationLabel?

    package init(
        mode: MeterMode, key: FlowKey, start: Timestamp, end: Timestamp, endReason: FlowEndReason
    ) {
        self.mode = mode
        self.key = key
        self.start = start
        self.end = end
        self.endReason = endReason
    }

    /// What the packets of one direction told.
    package struct Direction: Sendable {
        package var packets: UInt64 = 0
        package var payloadOctets: UInt64 = 0
        package var transportHeaderOctets: Int64 = 0
        package var ipOctets: UInt64 = 0
        package var frameOctets: UInt64 = 0
        /// Octets of payload a packet.
        package var payload = RunningMoments()
        /// Gaps between successive packets of the direction.
        package var gaps = RunningMoments()
        /// From the direction's first packet to its last.
        package var spanMicroseconds: Int64 = 0
        /// Packets with FIN, SYN, RST, PSH, ACK, URG, ECE, CWR.
        package var flagCounts = [8 of UInt32](repeating: 0)
        /// Packets that carry payload.
        package var dataPackets: UInt32 = 0
        /// Window of the mode's packet; -1 where there is none.
        package var initialWindow: Int32 = -1
        package var windowScale: UInt8?
        package var maximumSegmentSize: UInt16?
        package var minimumHeaderOctets: Int32 = 0
        /// Runs of at least four packets with payload, less than a second apart.
        package var bulks: UInt32 = 0
        package var bulkPackets: UInt32 = 0
        package var bulkOctets: UInt64 = 0
        package var bulkMicroseconds: Int64 = 0
        package var retransmissions: UInt32 = 0
        package var outOfOrder: UInt32 = 0
        package var duplicates: UInt32 = 0
        package var zeroWindows: UInt32 = 0
        /// Shortest time from a segment of this direction to its acknowledgement, `nil` if none was seen.
        package var roundTripMicroseconds: UInt32?
        package var minimumTimeToLive: UInt8 = 0
        package var maximumTimeToLive: UInt8 = 0

        package init() {}
    }

    /// What was odd about how the flow was observed.
    package struct Observations: OptionSet, Hashable, Sendable, BitwiseCopyable {
        package let rawValue: UInt16
        package init(rawValue: UInt16) { self.rawValue = rawValue }

        /// No SYN, or a SYN only of the other side: the flow began before the capture.
        package static let startNotSeen = Observations(rawValue: 1 << 0)
        /// The first packet came from the responder, as its flags told.
        package static let turnedRound = Observations(rawValue: 1 << 1)
        package static let truncatedFrames = Observations(rawValue: 1 << 2)
        /// Packets came earlier than the one before; their gaps count as 0.
        package static let timeRanBackwards = Observations(rawValue: 1 << 3)
        package static let fragments = Observations(rawValue: 1 << 4)
        package static let offloadedLengths = Observations(rawValue: 1 << 5)
        package static let badLengths = Observations(rawValue: 1 << 6)
        package static let badChecksums = Observations(rawValue: 1 << 7)
        package static let tunnelled = Observations(rawValue: 1 << 8)
        /// The table was full when the flow ended.
        package static let evicted = Observations(rawValue: 1 << 9)
        /// No labeller had room for the flow.
        package static let notLabelled = Observations(rawValue: 1 << 10)

        package static let names: [(Observations, String)] = [
            (.startNotSeen, "start not seen"), (.turnedRound, "turned round"),
            (.truncatedFrames, "truncated frames"), (.timeRanBackwards, "time ran backwards"),
            (.fragments, "fragments"), (.offloadedLengths, "offloaded lengths"),
            (.badLengths, "bad lengths"), (.badChecksums, "bad checksums"),
            (.tunnelled, "tunnelled"), (.evicted, "evicted"), (.notLabelled, "not labelled"),
        ]

        package var names: [String] { Self.names.filter { contains($0.0) }.map(\.1) }
    }

    /// Payload octets of the first packets that carry any, no more than eight, negative from the responder,
    /// and the gap before each.
    package var firstPayloads: [(octets: Int32, gapMicroseconds: UInt32)] {
        (0..<firstPayloadCount).map { (firstPayloadOctets[$0], firstPayloadGaps[$0]) }
    }

    /// - Precondition: fewer than eight are there.
    package mutating func appendFirstPayload(_ octets: Int32, gapMicroseconds: UInt32) {
        firstPayloadOctets[firstPayloadCount] = octets
        firstPayloadGaps[firstPayloadCount] = gapMicroseconds
        firstPayloadCount += 1
    }

    package var packets: UInt64 { forward.packets + backward.packets }

    /// From the first packet to the last.
    package var durationMicroseconds: Int64 {
        end.microseconds &- start.microseconds
    }
}

extension Timestamp {
    /// Microseconds since 1970, rounded down.
    package var microseconds: Int64 {
        let (quotient, remainder) = nanoseconds.quotientAndRemainder(dividingBy: 1000)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
