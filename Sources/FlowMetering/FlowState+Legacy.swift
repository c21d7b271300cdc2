import Flows
import Statistics
import Wire

// The rules of CICFlowMeter, faults included (reference: its `BasicFlow` of 2018 and of 2021).
extension FlowState {
    /// Books the first packet, which the old meters enter twice into the lengths and always as forward.
    mutating func beginLegacy(
        _ packet: CountedPacket, _ wire: Packet, mode: MeterMode
    ) {
        start = packet.time
        firstPayload = packet.payload
        firstFlags = packet.flags
        for count: UInt64 in 1...2 {
            Recurrence.move(
                &lengthMean, &lengthSquares, by: Double(packet.payload), count: count)
        }
        forward.add(packet, frameOctets: wire.frameOctets, ipOctets: wire.ipOctets)
        forward.keep(packet.window)
        if mode == .cicHead {
            forward.count(flags: packet.flags)
            followBulk(packet)
        }
    }

    /// Books a further packet.
    ///
    /// - Parameter endsFlow: whether the packet ends its flow; the program of 2018 then forgets a pause
    ///   before it.
    mutating func addLegacy(
        _ packet: CountedPacket, _ wire: Packet, isForward: Bool, endsFlow: Bool,
        mode: MeterMode, details: inout SlotPool<FlowDetail>
    ) {
        let gap = packet.time &- last
        if gap > 5_000_000 && (mode == .cicHead || !endsFlow) {
            addPause(gap, until: packet.time, details: &details)
        }
        if mode == .cicHead {
            if gap > 1_000_000 { longGaps &+= 1 }
            if isForward {
                forward.count(flags: packet.flags)
            } else {
                backward.count(flags: packet.flags)
            }
            if followBulk(packet) { addLegacyBulk(packet, details: &details) }
        }
        let count = packets + 2
        Recurrence.move(
            &lengthMean, &lengthSquares, by: Double(packet.payload), count: count)
        addGap(gap)
        if isForward {
            forward.dataPackets &+= packet.payload > 0 ? 1 : 0
            forward.add(packet, frameOctets: wire.frameOctets, ipOctets: wire.ipOctets)
        } else {
            if backward.packets == 0 {
                otherStart = UInt32(truncatingIfNeeded: packet.time &- start)
            }
            backward.add(packet, frameOctets: wire.frameOctets, ipOctets: wire.ipOctets)
            backward.keep(packet.window)
        }
        if isForward {
            marks.remove(.backwardCameLast)
        } else {
            marks.insert(.backwardCameLast)
        }
    }

    /// Compares references of arrays that are never the same, so that the bulks of both directions are the
    /// responder's.
    @discardableResult
    private mutating func followBulk(_ packet: CountedPacket) -> Bool {
        let isBulk = backward.isBulk(payload: packet.payload, time: packet.time, otherRunLast: 0)
        if !isBulk && packet.payload > 0 { backward.runLast = packet.time }
        return isBulk
    }

    private mutating func addLegacyBulk(
        _ packet: CountedPacket, details: inout SlotPool<FlowDetail>
    ) {
        withDetail(&details) { detail, flow in
            detail.bulks.1.add(packet, direction: &flow.backward)
        }
    }
}

extension DirectionState {
    /// Keeps the window of a TCP segment; other packets have none.
    fileprivate mutating func keep(_ window: UInt16?) {
        guard let window else { return marks.subtract(.windowKnown) }
        initialWindow = window
        marks.insert(.windowKnown)
    }
}

extension FlowDetail.Bulks {
    /// Books the packet of a bulk: the fourth of a run brings the first three along.
    mutating func add(_ packet: CountedPacket, direction: inout DirectionState) {
        if direction.runPackets == 4 {
            count &+= 1
            packets &+= 4
            octets &+= UInt64(direction.runOctets)
            microseconds &+= packet.time &- direction.runStart
        } else {
            packets &+= 1
            octets &+= UInt64(packet.payload)
            microseconds &+= packet.time &- direction.runLast
        }
        direction.runLast = packet.time
    }
}

extension FlowState {
    /// Books the gap since the packet before.
    @inline(__always)
    mutating func addGap(_ gap: Int64) {
        let count = packets
        gapMinimum = count == 1 ? gap : min(gapMinimum, gap)
        gapMaximum = count == 1 ? gap : max(gapMaximum, gap)
        Recurrence.move(&gapMean, &gapSquares, by: Double(gap), count: count)
    }

    /// Ends the active period at the last packet; the pause lasts until now.
    mutating func addPause(_ gap: Int64, until time: Int64, details: inout SlotPool<FlowDetail>) {
        withDetail(&details) { detail, flow in
            if flow.last > detail.activeStart {
                detail.active.add(Double(flow.last &- detail.activeStart))
            }
            detail.idle.add(Double(gap))
            detail.activeStart = time
        }
    }

    /// Gives the flow's rare details, which are made on first use.
    mutating func withDetail(
        _ details: inout SlotPool<FlowDetail>, _ body: (inout FlowDetail, inout FlowState) -> Void
    ) {
        if detail < 0 {
            var fresh = FlowDetail()
            fresh.activeStart = start
            detail = Int32(truncatingIfNeeded: details.take(fresh))
            unsafe details.pointer(Int(detail)).pointee = fresh
        }
        let place = unsafe details.pointer(Int(detail))
        unsafe body(&place.pointee, &self)
    }
}
