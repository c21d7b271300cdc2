import Flows
import NetworkTypes
import Wire

// The order of events of CICFlowMeter (reference: its `FlowGenerator` of 2018 and of 2021).
extension FlowTable {
    /// From the flow's start; tested only when a packet comes.
    private static var timeoutMicroseconds: Int64 { 120_000_000 }

    mutating func addLegacy(_ packet: Packet, _ frame: CapturedFrame, order: UInt64) {
        guard packet.source.isIPv4 else {
            counts.omittedPackets += 1
            return
        }
        let packet = unsafe packet.quotedTransport(in: frame) ?? packet
        let mode = settings.mode
        let counted = counted(packet)
        let isTransport = Self.isTransport(packet)
        var isSourceLow = false
        let ends = legacyEnds(packet, isTransport: isTransport, isSourceLow: &isSourceLow)
        let hash = UInt32(truncatingIfNeeded: ends.hash(secret))
        guard let slot = find(ends, hash) else {
            openLegacy(
                ends, hash, counted, packet, isInitiatorLow: isSourceLow, order: order)
            return
        }
        let state = unsafe states.pointer(slot)
        let isInitiatorLow = unsafe state.pointee.marks.contains(.lowIsInitiator)
        let initiator = unsafe isInitiatorLow ? state.pointee.ends.low : state.pointee.ends.high
        let isForward = packet.source == initiator.address
        if counted.time &- (unsafe state.pointee.start) > Self.timeoutMicroseconds {
            finish(slot, .active, order: order)
            openLegacy(
                ends, hash, counted, packet, isInitiatorLow: isInitiatorLow, order: order)
            return
        }
        let end = legacyEnd(counted.flags, isForward: isForward, slot)
        guard end != .omitted else {
            counts.omittedPackets += 1
            return
        }
        unsafe state.pointee.addLegacy(
            counted, packet, isForward: isForward, endsFlow: end != .goesOn, mode: mode,
            details: &details)
        switch end {
        case .goesOn, .omitted: break
        case .fin: finish(slot, .fin, order: order)
        case .reset: finish(slot, .reset, order: order)
        }
    }

    private enum LegacyEnd {
        case goesOn, omitted, fin, reset
    }

    /// What the packet's flags mean to its flow.
    private func legacyEnd(_ flags: UInt8, isForward: Bool, _ slot: Int) -> LegacyEnd {
        let isFIN = flags & 0x01 != 0
        guard settings.mode == .cicHead else { return isFIN ? .fin : .goesOn }
        let state = unsafe states.pointer(slot)
        if isFIN {
            if isForward {
                if unsafe state.pointee.forward.marks.contains(.fin) { return .omitted }
                unsafe state.pointee.forward.marks.insert(.fin)
                return unsafe state.pointee.backward.marks.contains(.fin) ? .fin : .goesOn
            }
            // The program adds the responder's count to itself, so that its first FIN ends the flow.
            return .fin
        }
        if flags & 0x04 != 0 { return .reset }
        // The responder's FIN ends the flow, so a packet after the initiator's alone still counts.
        return .goesOn
    }

    private mutating func openLegacy(
        _ ends: FlowEnds, _ hash: UInt32, _ counted: CountedPacket, _ packet: Packet,
        isInitiatorLow: Bool, order: UInt64
    ) {
        var fresh = blank
        fresh.ends = ends
        fresh.connection = order
        if isInitiatorLow { fresh.marks.insert(.lowIsInitiator) }
        fresh.beginLegacy(counted, packet, mode: settings.mode)
        let slot = open(fresh, hash: hash, order: order)
        openings.append(entry(slot))
    }

    /// The old meters read capture files with libpcap, whose seconds turn negative in 2038.
    private static func time(of packet: Packet) -> Int64 {
        let time = packet.timestamp.microseconds
        return time >= 1_000_000 << 31 ? time - 1_000_000 << 32 : time
    }

    /// Whether the old meters find a TCP or UDP header: not where the IP length is 0, as segmentation
    /// offload leaves it.
    private static func isTransport(_ packet: Packet) -> Bool {
        (packet.isTCP || packet.isUDP) && packet.hasTransport
            && !packet.marks.contains(.offloadedLength) && !packet.isLaterFragment
    }

    /// Lengths by the rules of the mode (flow features, section 2.3).
    private func counted(_ packet: Packet) -> CountedPacket {
        let mode = settings.mode
        let isTransport = Self.isTransport(packet)
        guard isTransport else {
            return CountedPacket(
                time: Self.time(of: packet), payload: 0,
                header: mode == .unicauca ? -1 : 0, window: nil, flags: 0)
        }
        // The library under the program of 2018 cuts the padding of untagged Ethernet frames off.
        let isTrimmed =
            mode != .unicauca && packet.marks.contains(.plainEthernet)
            && !packet.marks.contains(.truncated)
        return CountedPacket(
            time: Self.time(of: packet),
            payload: isTrimmed ? packet.payloadOctets : packet.untrimmedPayloadOctets,
            header: packet.isTCP
                ? Int16(clamping: packet.transportHeaderOctets) : mode == .unicauca ? -1 : 8,
            window: packet.isTCP ? packet.window : nil,
            flags: packet.isTCP ? packet.tcpFlags : 0)
    }

    /// The ends as the old meters see them: what is neither TCP nor UDP is protocol 0, and before 2020 the
    /// directions between two ports of one address are two flows.
    private func legacyEnds(
        _ packet: Packet, isTransport: Bool, isSourceLow: inout Bool
    ) -> FlowEnds {
        let ports =
            isTransport ? (packet.sourcePort, packet.destinationPort) : (UInt16(0), UInt16(0))
        let (source, destination) = (packet.source, packet.destination)
        let isSelf = source == destination
        isSourceLow =
            source < destination
            || isSelf && (settings.mode != .cicHead || ports.0 <= ports.1)
        let (low, high) = isSourceLow ? (source, destination) : (destination, source)
        let (lowPort, highPort) = isSourceLow ? ports : (ports.1, ports.0)
        let number = isTransport ? UInt64(packet.protocolNumber) : 0
        return FlowEnds(
            lowHigh: low.high, lowLow: low.low, highHigh: high.high, highLow: high.low,
            ports: UInt64(lowPort) << 32 | UInt64(highPort) << 16 | number)
    }
}
