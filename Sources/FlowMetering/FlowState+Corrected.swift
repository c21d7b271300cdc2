import Flows
import NetworkTypes
import Statistics
import Wire

// The rules of the corrected mode.
extension FlowState {
    /// Books a packet of either direction, the first one too.
    mutating func addCorrected(
        _ wire: Packet, time: Int64, isForward: Bool, isCopy: Bool = false,
        details: inout SlotPool<FlowDetail>
    ) {
        // A packet that comes late counts as if it came with the one before it.
        let time = packets == 0 ? time : max(time, last)
        let packet = CountedPacket(
            time: time, payload: wire.payloadOctets,
            header: Int16(clamping: wire.transportHeaderOctets), window: wire.window,
            flags: wire.isTCP ? wire.tcpFlags : 0)
        if packets == 0 {
            start = time
            firstPayload = packet.payload
            firstFlags = packet.flags
            if !isForward { marks.insert(.backwardBegan) }
        } else {
            let gap = time &- last
            if gap > 1_000_000 {
                longGaps &+= 1
                if gap > 5_000_000 { addPause(gap, until: time, details: &details) }
            }
            addGap(gap)
        }
        addFirstPayload(packet, isForward: isForward)
        let sinceStart = UInt32(clamping: time &- start)
        let sinceLast = time &- last
        // `packets` still counts those before.
        let count = packets + 1
        Recurrence.move(
            &lengthMean, &lengthSquares, by: Double(packet.payload), count: count)
        if isForward {
            if forward.packets == 0 { otherStart = sinceStart }
            Self.add(packet, wire, to: &forward, other: &backward, sinceStart, sinceLast, isCopy)
            marks.remove(.backwardCameLast)
        } else {
            if backward.packets == 0 { otherStart = sinceStart }
            Self.add(packet, wire, to: &backward, other: &forward, sinceStart, sinceLast, isCopy)
            marks.insert(.backwardCameLast)
        }
        if packet.payload > 0 { followBulks(packet, isForward: isForward, details: &details) }
        // Nearly all packets have nothing to observe.
        if wire.isRemarkable { observe(wire.marks) }
    }

    @inline(__always)
    private static func add(
        _ packet: CountedPacket, _ wire: Packet, to direction: inout DirectionState,
        other: inout DirectionState, _ sinceStart: UInt32, _ sinceLast: Int64, _ isCopy: Bool
    ) {
        direction.add(packet, frameOctets: wire.frameOctets, ipOctets: wire.ipOctets)
        direction.dataPackets &+= packet.payload > 0 ? 1 : 0
        direction.minimumTimeToLive = min(direction.minimumTimeToLive, wire.timeToLive)
        direction.maximumTimeToLive = max(direction.maximumTimeToLive, wire.timeToLive)
        guard wire.isTCP, wire.hasTransport else { return }
        direction.count(flags: packet.flags)
        if packet.flags & 0x02 != 0 {
            if !direction.marks.contains(.windowKnown) {
                direction.initialWindow = wire.window
                direction.marks.insert(.windowKnown)
            }
            if wire.marks.contains(.windowScale) { direction.windowScale = wire.windowScale }
            if wire.marks.contains(.maximumSegmentSize) {
                direction.maximumSegmentSize = wire.maximumSegmentSize
            }
        }
        // A copy by a mirror port was not sent twice.
        if isCopy { return }
        direction.follow(wire, sinceStart: sinceStart, sinceLast: sinceLast)
        if packet.flags & 0x10 != 0 {
            other.acknowledge(wire.acknowledgementNumber, sinceStart: sinceStart)
        }
    }

    @inline(__always)
    private mutating func addFirstPayload(_ packet: CountedPacket, isForward: Bool) {
        guard packet.payload > 0, firstPayloadsSeen < Self.firstPayloadCount else { return }
        let place = Int(firstPayloadsSeen)
        firstPayloads[place] = UInt16(clamping: packet.payload)
        firstGaps[place] = UInt32(clamping: packet.time &- last)
        if !isForward { firstPayloadsBackward |= 1 << firstPayloadsSeen }
        firstPayloadsSeen += 1
    }

    @inline(__always)
    private mutating func followBulks(
        _ packet: CountedPacket, isForward: Bool, details: inout SlotPool<FlowDetail>
    ) {
        let isBulk =
            isForward
            ? forward.isBulk(
                payload: packet.payload, time: packet.time, otherRunLast: backward.runLast)
            : backward.isBulk(
                payload: packet.payload, time: packet.time, otherRunLast: forward.runLast)
        if isBulk {
            withDetail(&details) { detail, flow in
                if isForward {
                    detail.bulks.0.add(packet, direction: &flow.forward)
                } else {
                    detail.bulks.1.add(packet, direction: &flow.backward)
                }
            }
        } else if isForward {
            forward.runLast = packet.time
        } else {
            backward.runLast = packet.time
        }
    }

    private mutating func observe(_ marks: Packet.Marks) {
        if marks.contains(.truncated) { observations.insert(.truncatedFrames) }
        if marks.contains(.badLength) { observations.insert(.badLengths) }
        if marks.contains(.firstFragment) || marks.contains(.laterFragment) {
            observations.insert(.fragments)
        }
        if marks.contains(.badChecksum) { observations.insert(.badChecksums) }
        if marks.contains(.offloadedLength) { observations.insert(.offloadedLengths) }
        if marks.contains(.tunnelled) { observations.insert(.tunnelled) }
    }

    /// Whether a packet is a copy of the direction's last one: same signature within five milliseconds.
    @inline(__always)
    mutating func isCopy(_ signature: UInt32, time: Int64, isForward: Bool) -> Bool {
        guard signature != 0 else { return false }
        if isForward { return forward.isCopy(signature, time: time) }
        return backward.isCopy(signature, time: time)
    }

    @inline(__always)
    mutating func keep(_ signature: UInt32, isForward: Bool) {
        if isForward { forward.signature = signature } else { backward.signature = signature }
    }

    /// Follows the end of a TCP connection: both FINs and the acknowledgement of the second, or a reset.
    @inline(__always)
    mutating func followEnd(_ wire: Packet, isForward: Bool) {
        let flags = wire.tcpFlags
        if flags & 0x04 != 0 {
            if !isClosed { marks.insert(.closedByRST) }
            return
        }
        if flags & 0x01 != 0 {
            if isForward { forward.marks.insert(.fin) } else { backward.marks.insert(.fin) }
            return
        }
        guard flags & 0x10 != 0, forward.marks.contains(.fin), backward.marks.contains(.fin)
        else { return }
        let awaited = isForward ? backward.nextSequence : forward.nextSequence
        if Int32(bitPattern: wire.acknowledgementNumber &- awaited) >= 0, !isClosed {
            marks.insert(.closedByFIN)
        }
    }

    /// Whether a SYN begins another connection between the same ends: its number is new and the old one has
    /// ended, or begun to.
    @inline(__always)
    func isAnotherConnection(_ wire: Packet, isForward: Bool) -> Bool {
        guard wire.tcpFlags & 0x12 == 0x02 else { return false }
        let direction = isForward ? forward : backward
        let hasEnded =
            isClosed || forward.marks.contains(.fin) || backward.marks.contains(.fin)
        return hasEnded
            && !(direction.marks.contains(.sequenceKnown)
                && direction.initialSequence == wire.sequenceNumber)
    }

    /// The next part of the same connection: numbers and roles stay, counters begin anew.
    func nextPart() -> FlowState {
        var next = FlowState()
        next.ends = ends
        next.connection = connection
        next.part = part == .max ? part : part + 1
        next.labelSlot = labelSlot
        next.vlan = vlan
        next.interface = interface
        next.tunnel = tunnel
        next.marks = marks.intersection([
            .lowIsInitiator, .closedByFIN, .closedByRST, .wantsLabel,
        ])
        next.observations = observations.intersection([.startNotSeen, .turnedRound])
        next.forward.continueNumbers(of: forward)
        next.backward.continueNumbers(of: backward)
        return next
    }
}

extension DirectionState {
    @inline(__always)
    fileprivate mutating func isCopy(_ signature: UInt32, time: Int64) -> Bool {
        guard packets > 0, signature == self.signature, time &- last <= 5000 else { return false }
        if duplicates < .max { duplicates += 1 }
        return true
    }

    mutating func continueNumbers(of other: DirectionState) {
        initialSequence = other.initialSequence
        nextSequence = other.nextSequence
        marks = other.marks.subtracting(.awaiting)
        roundTrip = .max
        windowScale = other.windowScale
        maximumSegmentSize = other.maximumSegmentSize
        initialWindow = other.initialWindow
    }
}
