import Flows
import NetworkTypes
import Statistics
import Wire

/// The octets of a packet that count for its flow, by the rules of a mode.
struct CountedPacket {
    /// Microseconds since 1970.
    var time: Int64
    var payload: UInt32
    var header: Int16
    /// `nil` if it is no TCP segment.
    var window: UInt16?
    var flags: UInt8
}

extension DirectionState {
    /// Books a packet's lengths, header and time; whose packet it is was decided before.
    @inline(__always)
    mutating func add(_ packet: CountedPacket, frameOctets: UInt32, ipOctets: UInt32) {
        let isFirst = packets == 0
        packets &+= 1
        payloadOctets &+= UInt64(packet.payload)
        headerOctets &+= Int64(packet.header)
        self.frameOctets &+= UInt64(frameOctets)
        self.ipOctets &+= UInt64(ipOctets)
        lengthMinimum = isFirst ? packet.payload : min(lengthMinimum, packet.payload)
        lengthMaximum = max(lengthMaximum, packet.payload)
        Recurrence.move(
            &lengthMean, &lengthSquares, by: Double(packet.payload), count: UInt64(packets))
        minimumHeader = isFirst ? packet.header : min(minimumHeader, packet.header)
        if !isFirst {
            let gap = packet.time &- last
            gapMinimum = packets == 2 ? gap : min(gapMinimum, gap)
            gapMaximum = packets == 2 ? gap : max(gapMaximum, gap)
            Recurrence.move(&gapMean, &gapSquares, by: Double(gap), count: UInt64(packets) - 1)
        }
        last = packet.time
    }

    /// Counts the flags of a packet.
    @inline(__always)
    mutating func count(flags: UInt8) {
        acknowledgements &+= UInt32(flags >> 4 & 1)
        pushes &+= UInt32(flags >> 3 & 1)
        let rare = flags & 0b1110_0111
        guard rare != 0 else { return }
        for place in 0..<6 where rare >> Self.rareBit(place) & 1 == 1 && rareFlags[place] < .max {
            rareFlags[place] += 1
        }
    }

    /// The bits of FIN, SYN, RST, URG, ECE, CWR: those around PSH and ACK.
    private static func rareBit(_ place: Int) -> UInt8 {
        UInt8(truncatingIfNeeded: place < 3 ? place : place + 2)
    }

    /// What an acknowledged segment, a hole or a repetition tells of the path (TCP only).
    ///
    /// A segment that begins before the farthest octet seen fills a hole if it comes within 3 ms (or the
    /// shortest round trip) of the segment that made it; otherwise it is a retransmission.
    @inline(__always)
    mutating func follow(_ packet: Packet, sinceStart: UInt32, sinceLast: Int64) {
        let flags = packet.tcpFlags
        let length = packet.payloadOctets &+ UInt32(flags & 1) &+ UInt32(flags >> 1 & 1)
        let end = packet.sequenceNumber &+ length
        if flags & 0x06 == 0, packet.window == 0, zeroWindows < .max { zeroWindows += 1 }
        guard marks.contains(.sequenceKnown) else {
            marks.insert(.sequenceKnown)
            initialSequence = packet.sequenceNumber
            nextSequence = end
            if length > 0 { expect(end, since: sinceStart) }
            return
        }
        guard length > 0 else { return }
        let ahead = Int32(bitPattern: packet.sequenceNumber &- nextSequence)
        if ahead >= 0 {
            if ahead > 0 { marks.insert(.hole) }
            nextSequence = end
            if !marks.contains(.awaiting) { expect(end, since: sinceStart) }
            return
        }
        // A keep-alive repeats the last octet.
        if length <= 1 && ahead == -1 && flags & 0x07 == 0 { return }
        let reorderingLimit = Int64(roundTrip == .max ? 3000 : max(3000, roundTrip))
        if marks.contains(.hole) && sinceLast < reorderingLimit {
            if outOfOrder < .max { outOfOrder += 1 }
        } else {
            retransmissions &+= 1
            // Whose copy is acknowledged cannot be told (Karn's rule).
            marks.remove(.awaiting)
        }
        if Int32(bitPattern: end &- nextSequence) > 0 { nextSequence = end }
    }

    @inline(__always)
    private mutating func expect(_ end: UInt32, since: UInt32) {
        marks.insert(.awaiting)
        awaitedAcknowledgement = end
        awaitedSince = since
    }

    /// Takes an acknowledgement that the other side sent.
    @inline(__always)
    mutating func acknowledge(_ number: UInt32, sinceStart: UInt32) {
        guard marks.contains(.awaiting),
            Int32(bitPattern: number &- awaitedAcknowledgement) >= 0
        else { return }
        marks.remove(.awaiting)
        roundTrip = min(roundTrip, sinceStart &- awaitedSince)
    }

    /// Follows runs of packets with payload: `true` if the packet begins a bulk, that is the fourth of a run with
    /// gaps of no more than a second, or goes on with one.
    ///
    /// - Parameter otherRunLast: the last packet of the other direction's run, which ends this one if it
    ///   came after its beginning.
    @inline(__always)
    mutating func isBulk(payload: UInt32, time: Int64, otherRunLast: Int64) -> Bool {
        if otherRunLast > runStart { runStart = 0 }
        guard payload > 0 else { return false }
        if runStart == 0 || time &- runLast > 1_000_000 {
            (runStart, runLast, runPackets, runOctets) = (time, time, 1, payload)
            return false
        }
        runPackets &+= 1
        runOctets &+= payload
        return runPackets >= 4
    }

    /// The direction as a record has it, but for what only its mode knows.
    ///
    /// - Parameter noWindow: what the mode writes where no window is known.
    func record(start: Int64, noWindow: Int32) -> FlowRecord.Direction {
        var record = FlowRecord.Direction()
        record.packets = UInt64(packets)
        record.payloadOctets = payloadOctets
        record.transportHeaderOctets = headerOctets
        record.ipOctets = ipOctets
        record.frameOctets = frameOctets
        record.payload = RunningMoments(
            count: UInt64(packets), mean: lengthMean, squares: lengthSquares,
            minimum: Double(lengthMinimum), maximum: Double(lengthMaximum))
        record.gaps = RunningMoments(
            count: UInt64(max(packets, 1)) - 1, mean: gapMean, squares: gapSquares,
            minimum: Double(gapMinimum), maximum: Double(gapMaximum))
        record.spanMicroseconds = packets > 0 ? last &- start : 0
        for place in 0..<6 {
            record.flagCounts[Int(Self.rareBit(place))] = UInt32(rareFlags[place])
        }
        record.flagCounts[3] = pushes
        record.flagCounts[4] = acknowledgements
        record.dataPackets = dataPackets
        record.initialWindow = marks.contains(.windowKnown) ? Int32(initialWindow) : noWindow
        record.windowScale = windowScale == .max ? nil : windowScale
        record.maximumSegmentSize = maximumSegmentSize == 0 ? nil : maximumSegmentSize
        record.minimumHeaderOctets = Int32(minimumHeader)
        record.retransmissions = retransmissions
        record.outOfOrder = UInt32(outOfOrder)
        record.duplicates = UInt32(duplicates)
        record.zeroWindows = UInt32(zeroWindows)
        record.roundTripMicroseconds = roundTrip == .max ? nil : roundTrip
        record.minimumTimeToLive = packets == 0 ? 0 : minimumTimeToLive
        record.maximumTimeToLive = maximumTimeToLive
        return record
    }
}
