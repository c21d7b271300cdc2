import Flows
import NetworkTypes
import Statistics
import Wire

extension FlowState {
    var key: FlowKey {
        let (low, high) = (ends.low, ends.high)
        return marks.contains(.lowIsInitiator)
            ? FlowKey(initiator: low, responder: high, protocolNumber: ends.protocolNumber)
            : FlowKey(initiator: high, responder: low, protocolNumber: ends.protocolNumber)
    }

    /// The finished flow.
    func record(_ reason: FlowEndReason, mode: MeterMode, detail: FlowDetail?) -> FlowRecord {
        var record = FlowRecord(
            mode: mode, key: key, start: Timestamp(microseconds: start),
            end: Timestamp(microseconds: last), endReason: reason)
        record.connection = connection
        record.part = UInt32(part)
        let backwardBegan = marks.contains(.backwardBegan)
        let otherStart =
            start &+ (mode.isLegacy ? Int64(Int32(bitPattern: otherStart)) : Int64(otherStart))
        let noWindow: Int32 = mode == .cicHead ? 0 : -1
        record.forward = forward.record(
            start: backwardBegan ? otherStart : start, noWindow: noWindow)
        record.backward = backward.record(
            start: backwardBegan ? start : otherStart, noWindow: noWindow)
        record.lengths = allLengths(mode)
        record.gaps = RunningMoments(
            count: packets - 1, mean: gapMean, squares: gapSquares,
            minimum: Double(gapMinimum), maximum: Double(gapMaximum))
        record.firstPayload = firstPayload
        record.firstFlags = firstFlags
        record.longGaps = longGaps
        record.observations = observations
        if reason == .evicted { record.observations.insert(.evicted) }
        record.vlan = vlan
        record.interface = interface
        for place in 0..<Int(firstPayloadsSeen) {
            let octets = Int32(firstPayloads[place])
            let isBackward = firstPayloadsBackward >> UInt8(place) & 1 == 1
            record.appendFirstPayload(
                isBackward ? -octets : octets, gapMicroseconds: firstGaps[place])
        }
        addDetail(detail, to: &record)
        return record
    }

    private func allLengths(_ mode: MeterMode) -> RunningMoments {
        let minimum =
            forward.packets == 0
            ? backward.lengthMinimum
            : backward.packets == 0
                ? forward.lengthMinimum : min(forward.lengthMinimum, backward.lengthMinimum)
        return RunningMoments(
            count: packets + (mode.isLegacy ? 1 : 0), mean: lengthMean, squares: lengthSquares,
            minimum: Double(minimum),
            maximum: Double(max(forward.lengthMaximum, backward.lengthMaximum)))
    }

    private func addDetail(_ detail: FlowDetail?, to record: inout FlowRecord) {
        if let detail {
            record.active = detail.active
            record.idle = detail.idle
            record.forward.add(detail.bulks.0)
            record.backward.add(detail.bulks.1)
            if let tunnel = Packet.Tunnel(rawValue: tunnel), tunnel != .none {
                record.outerTunnel = tunnel.name
                record.outerEnds = (detail.outerSource, detail.outerDestination)
            }
        }
        // The old meters forget the last active period.
        if !record.mode.isLegacy {
            record.active.add(Double(last &- (detail?.activeStart ?? start)))
        }
    }
}

extension FlowRecord.Direction {
    fileprivate mutating func add(_ bulks: FlowDetail.Bulks) {
        self.bulks = bulks.count
        bulkPackets = bulks.packets
        bulkOctets = bulks.octets
        bulkMicroseconds = bulks.microseconds
    }
}

extension Timestamp {
    /// The instant this many microseconds after 1970; the ends of the range for what lies beyond.
    init(microseconds: Int64) {
        let (nanoseconds, overflow) = microseconds.multipliedReportingOverflow(by: 1000)
        self.init(nanoseconds: overflow ? (microseconds < 0 ? .min : .max) : nanoseconds)
    }
}
