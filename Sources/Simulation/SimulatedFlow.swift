/// One flow as the simulation makes it: what was sent, and when.
///
/// The columns of the table follow from it (`FlowColumn`). Times are microseconds, lengths are octets
/// of transport payload as the 2017 meter counted them: with the padding of short Ethernet frames.
struct SimulatedFlow: Sendable {
    /// The application, by its place in the catalogue.
    var application = 0
    var ends = FlowEnds()
    /// 6 TCP, 17 UDP, 0 for everything else.
    var transport: Int64 = 6
    /// The start, in seconds from 1970 on the wall clock.
    var startSecond: Int64 = 0
    /// From the first packet to the last.
    var duration: Int64 = 0
    /// Payload lengths of the packets of each side. The initiator has at least one.
    var initiator = ValueMix()
    var responder = ValueMix()
    /// Payload of the first packet, which is one of the initiator's.
    var firstPayload: Int64 = 0
    var firstFlags: TCPFlags = []
    /// Octets of each transport header: the 2017 meter wrote −1 for UDP.
    var header: Int64 = 20
    /// Windows of the first packet and of the responder's last, −1 where there is none.
    var initiatorWindow: Int64 = -1
    var responderWindow: Int64 = -1
    /// Gaps between successive packets of both sides, of the initiator, of the responder.
    var gaps = ValueMix()
    var initiatorGaps = ValueMix()
    var responderGaps = ValueMix()
    /// The gaps longer than the activity time-out.
    var pauses = ValueMix()
    /// The activity before each pause; the last period is never recorded.
    var activePeriods = ValueMix()
}

/// Who talks to whom.
struct FlowEnds: Sendable {
    /// Addresses by their codes in `CampusNetwork`.
    var source: UInt32 = 0
    var destination: UInt32 = 0
    var sourcePort: UInt16 = 0
    var destinationPort: UInt16 = 0

    /// The same two ends with the other one first.
    var reversed: FlowEnds {
        FlowEnds(
            source: destination, destination: source,
            sourcePort: destinationPort, destinationPort: sourcePort)
    }
}

/// Flags of the first packet.
struct TCPFlags: OptionSet, Sendable {
    let rawValue: UInt8

    static let fin = TCPFlags(rawValue: 1)
    static let syn = TCPFlags(rawValue: 2)
    static let rst = TCPFlags(rawValue: 4)
    static let psh = TCPFlags(rawValue: 8)
    static let ack = TCPFlags(rawValue: 16)
    static let urg = TCPFlags(rawValue: 32)
}

// MARK: - What the columns need

extension SimulatedFlow {
    /// A gap longer than this ends a period of activity.
    static let activityTimeout: Int64 = 5_000_000
    /// The meter cuts flows that last longer.
    static let activeTimeout: Int64 = 120_000_000

    var packets: Int64 { initiator.count + responder.count }
    var octets: Int64 { initiator.total + responder.total }

    /// `amount` over the duration: infinite, or not a number for an amount of 0, where the duration is 0.
    func perSecond(_ amount: Int64) -> Double { Double(amount) / (Double(duration) / 1e6) }

    /// Packets of one side over the duration, 0 where that is 0.
    func sidePerSecond(_ packets: Int64) -> Double { duration > 0 ? perSecond(packets) : 0 }

    // The meter enters the first packet twice into the lengths of the whole flow.

    var smallestPayload: Int64 {
        responder.count == 0 ? initiator.smallest : min(initiator.smallest, responder.smallest)
    }

    var meanPayload: Double { Double(octets + firstPayload) / Double(packets + 1) }

    var payloadVariance: Double {
        let mean = meanPayload
        let first = Double(firstPayload) - mean
        let squares = initiator.squares(from: mean) + responder.squares(from: mean) + first * first
        // One value throughout has no spread; rounding of the mean must not invent one.
        return smallestPayload == max(initiator.largest, responder.largest)
            ? 0 : squares / Double(packets)
    }

    /// Initiator packets with payload, the first never counted.
    var laterDataPackets: Int64 {
        let data = initiator.count - initiator.count(of: 0)
        return firstPayload > 0 ? data - 1 : data
    }

    func flag(_ flag: TCPFlags) -> Int64 { firstFlags.contains(flag) ? 1 : 0 }
}
