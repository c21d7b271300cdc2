import Flows
import NetworkTypes
import Statistics

/// Both ends of a flow in one order for both directions.
struct FlowEnds: Equatable {
    var lowHigh: UInt64 = 0
    var lowLow: UInt64 = 0
    var highHigh: UInt64 = 0
    var highLow: UInt64 = 0
    /// Lower port << 32 | upper port << 16 | protocol number.
    var ports: UInt64 = 0

    var protocolNumber: UInt8 { UInt8(truncatingIfNeeded: ports) }
    var low: FlowEnd {
        FlowEnd(
            address: IPAddress(high: lowHigh, low: lowLow),
            port: UInt16(truncatingIfNeeded: ports >> 32))
    }
    var high: FlowEnd {
        FlowEnd(
            address: IPAddress(high: highHigh, low: highLow),
            port: UInt16(truncatingIfNeeded: ports >> 16))
    }
}

/// What the meter remembers of one direction of an open flow: 192 octets, however many its packets.
struct DirectionState {
    var payloadOctets: UInt64 = 0
    var ipOctets: UInt64 = 0
    var frameOctets: UInt64 = 0
    var headerOctets: Int64 = 0
    var lengthMean = 0.0
    var lengthSquares = 0.0
    var gapMean = 0.0
    var gapSquares = 0.0
    var gapMinimum: Int64 = 0
    var gapMaximum: Int64 = 0
    /// Time of the last packet.
    var last: Int64 = 0
    /// First and last packet of the run of packets with payload that may be a bulk, and its octets.
    var runStart: Int64 = 0
    var runLast: Int64 = 0
    var runPackets: UInt32 = 0
    var runOctets: UInt32 = 0
    var packets: UInt32 = 0
    var dataPackets: UInt32 = 0
    var lengthMinimum: UInt32 = 0
    var lengthMaximum: UInt32 = 0
    var acknowledgements: UInt32 = 0
    var pushes: UInt32 = 0
    /// Packets with FIN, SYN, RST, URG, ECE, CWR: no more than 65,535 are counted.
    var rareFlags = [6 of UInt16](repeating: 0)
    /// Sequence number of the first segment and behind the farthest.
    var initialSequence: UInt32 = 0
    var nextSequence: UInt32 = 0
    /// The acknowledgement that ends a round trip, and when its segment was seen after the start of the flow.
    var awaitedAcknowledgement: UInt32 = 0
    var awaitedSince: UInt32 = 0
    var roundTrip: UInt32 = .max
    /// Identification and checksum of the last packet, 0 where it has none that tells copies.
    var signature: UInt32 = 0
    var retransmissions: UInt32 = 0
    /// Window of the mode's packet, where `windowKnown`.
    var initialWindow: UInt16 = 0
    var minimumHeader: Int16 = 0
    var outOfOrder: UInt16 = 0
    var duplicates: UInt16 = 0
    var zeroWindows: UInt16 = 0
    var maximumSegmentSize: UInt16 = 0
    var windowScale: UInt8 = .max
    var minimumTimeToLive: UInt8 = .max
    var maximumTimeToLive: UInt8 = 0
    var marks: Marks = []

    struct Marks: OptionSet {
        let rawValue: UInt8
        static let sequenceKnown = Marks(rawValue: 1)
        static let fin = Marks(rawValue: 2)
        static let finAcknowledged = Marks(rawValue: 4)
        static let awaiting = Marks(rawValue: 8)
        static let hole = Marks(rawValue: 16)
        static let windowKnown = Marks(rawValue: 32)
    }
}

/// What the meter remembers of an open flow: of constant size. Pauses and bulks, which few flows have, stand
/// apart in `FlowDetail`.
struct FlowState {
    /// Packets whose payload sizes and gaps are kept.
    static let firstPayloadCount = 8

    var ends = FlowEnds()
    /// Microseconds of the first packet.
    var start: Int64 = 0
    /// Payload of all packets and gaps between them.
    var lengthMean = 0.0
    var lengthSquares = 0.0
    var gapMean = 0.0
    var gapSquares = 0.0
    var gapMinimum: Int64 = 0
    var gapMaximum: Int64 = 0
    var connection: UInt64 = 0
    var forward = DirectionState()
    var backward = DirectionState()
    /// Gap before each of the first packets with payload, microseconds, and their payloads.
    var firstGaps = [8 of UInt32](repeating: 0)
    var firstPayloads = [8 of UInt16](repeating: 0)
    var firstPayload: UInt32 = 0
    /// When the direction that did not begin did, after the start, microseconds: two's complement with the old
    /// meters' rules, whose time runs backwards.
    var otherStart: UInt32 = 0
    var longGaps: UInt32 = 0
    /// Place of the pauses and bulks, or -1.
    var detail: Int32 = -1
    /// Slot at the labeller; -1 when it wants no more and -2 when there is none.
    var labelSlot: Int32 = -2
    var generation: UInt32 = 0
    var part: UInt16 = 0
    var observations: FlowRecord.Observations = []
    var vlan: UInt16 = 0
    var interface: UInt16 = 0
    var marks: Marks = []
    var firstFlags: UInt8 = 0
    /// Which of the first payloads came from the responder, and how many there are.
    var firstPayloadsBackward: UInt8 = 0
    var firstPayloadsSeen: UInt8 = 0
    var tunnel: UInt8 = 0

    struct Marks: OptionSet {
        let rawValue: UInt8
        /// The lower end is the initiator.
        static let lowIsInitiator = Marks(rawValue: 1)
        /// The first packet booked came from the responder.
        static let backwardBegan = Marks(rawValue: 2)
        static let closedByFIN = Marks(rawValue: 4)
        static let closedByRST = Marks(rawValue: 8)
        /// The labeller wants the next packet.
        static let wantsLabel = Marks(rawValue: 32)
        /// The last packet came from the responder.
        static let backwardCameLast = Marks(rawValue: 64)
    }

    /// Time of the last packet.
    var last: Int64 {
        marks.contains(.backwardCameLast)
            ? backward.last : forward.packets == 0 ? start : forward.last
    }
    var isClosed: Bool { marks.contains(.closedByFIN) || marks.contains(.closedByRST) }
    var packets: UInt64 { UInt64(forward.packets) + UInt64(backward.packets) }
    var isTCP: Bool { ends.protocolNumber == 6 }
}

/// Pauses and bulks of a flow that has some.
struct FlowDetail {
    var activeStart: Int64 = 0
    var active = RunningMoments()
    var idle = RunningMoments()
    var bulks = (Bulks(), Bulks())
    /// Ends of the tunnel.
    var outerSource = IPAddress(high: 0, low: 0)
    var outerDestination = IPAddress(high: 0, low: 0)

    struct Bulks {
        var octets: UInt64 = 0
        var microseconds: Int64 = 0
        var count: UInt32 = 0
        var packets: UInt32 = 0
    }
}
