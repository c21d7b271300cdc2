import Flows
import NetworkTypes
import Wire

extension FlowTable {
    mutating func addCorrected(
        _ packet: Packet, _ frame: CapturedFrame, order: UInt64
    ) {
        let time = packet.timestamp.microseconds
        pass(to: time, order: order)
        var isSourceLow = false
        let ends = FlowEnds(
            packet, ports: ports(of: packet, time: time), isSourceLow: &isSourceLow)
        let hash = UInt32(truncatingIfNeeded: ends.hash(secret))
        let slot: Int
        if let found = find(ends, hash) {
            slot = continued(found, packet, hash, isSourceLow: isSourceLow, order: order)
        } else {
            slot = begin(ends, hash, packet, isSourceLow: isSourceLow, order: order)
        }
        let state = unsafe states.pointer(slot)
        let isForward =
            unsafe isSourceLow == state.pointee.marks.contains(.lowIsInitiator)
        let signature = unsafe Self.signature(of: packet, frame)
        let isCopy = unsafe state.pointee.isCopy(signature, time: time, isForward: isForward)
        if isCopy {
            counts.duplicates += 1
            if settings.skipsDuplicates {
                counts.skippedDuplicates += 1
                return
            }
        }
        unsafe state.pointee.addCorrected(
            packet, time: time, isForward: isForward, isCopy: isCopy, details: &details)
        unsafe state.pointee.keep(signature, isForward: isForward)
        if packet.isTCP, unsafe !state.pointee.isClosed {
            unsafe state.pointee.followEnd(packet, isForward: isForward)
            // Looked at again as soon as the linger time is over.
            if unsafe state.pointee.isClosed { schedule(slot) }
        }
        if unsafe state.pointee.marks.contains(.wantsLabel) {
            unsafe label(&state.pointee, packet, frame, isForward: isForward)
        }
    }

    /// What copies of an IPv4 packet have in common: identification and transport checksum, which hangs on ports,
    /// numbers and payload. 0 where the identification is 0, for then other packets may have the same.
    private static func signature(of packet: Packet, _ frame: CapturedFrame) -> UInt32 {
        guard packet.fragmentIdentification != 0, packet.source.isIPv4 else { return 0 }
        let place =
            Int(packet.payloadOffset) - Int(packet.transportHeaderOctets) + (packet.isTCP ? 16 : 6)
        guard packet.isTCP || packet.isUDP, place >= 0, unsafe place + 2 <= frame.octets.count
        else { return 0 }
        let checksum = unsafe frame.octets.loadUnaligned(fromByteOffset: place, as: UInt16.self)
        return packet.fragmentIdentification << 16 | UInt32(checksum)
    }

    private mutating func ports(
        of packet: Packet, time: Int64
    ) -> (source: UInt16, destination: UInt16) {
        if !packet.isFragment {
            return (packet.sourcePort, packet.destinationPort)
        }
        if packet.marks.contains(.firstFragment) {
            fragments.add(packet, time: time)
            counts.evictedFragments = fragments.evicted
            return (packet.sourcePort, packet.destinationPort)
        }
        counts.laterFragments += 1
        if let found = fragments.ports(of: packet, time: time) { return found }
        counts.orphanFragments += 1
        return (0, 0)
    }

    /// The slot that a packet of known ends belongs to: the flow's own, its next part's, or a new flow's.
    private mutating func continued(
        _ slot: Int, _ packet: Packet, _ hash: UInt32, isSourceLow: Bool, order: UInt64
    ) -> Int {
        let time = packet.timestamp.microseconds
        let state = unsafe states.pointer(slot)
        let isForward = unsafe isSourceLow == state.pointee.marks.contains(.lowIsInitiator)
        if unsafe time &- state.pointee.last > idleMicroseconds(state.pointee)
            || (packet.isTCP
                && state.pointee.isAnotherConnection(packet, isForward: isForward))
        {
            let ends = unsafe state.pointee.ends
            unsafe finish(slot, endReason(state.pointee), order: order)
            return begin(ends, hash, packet, isSourceLow: isSourceLow, order: order)
        }
        if unsafe time &- state.pointee.start > settings.activeMicroseconds
            || state.pointee.packets >= 0xffff_0000
        {
            continuePart(slot, order: order)
        }
        if unsafe time < state.pointee.last && state.pointee.packets > 0 {
            unsafe state.pointee.observations.insert(.timeRanBackwards)
            counts.backwardTimes += 1
        }
        return slot
    }

    /// Why a flow that has fallen silent is over.
    func endReason(_ state: FlowState) -> FlowEndReason {
        if state.marks.contains(.closedByRST) { return .reset }
        return state.marks.contains(.closedByFIN) ? .fin : .idle
    }

    /// Writes what there is of a long flow and goes on with its next part.
    private mutating func continuePart(_ slot: Int, order: UInt64) {
        emit(slot, .active, isLast: false, order: order)
        let state = unsafe states.pointer(slot)
        var next = unsafe state.pointee.nextPart()
        next.generation = unsafe state.pointee.generation
        let detail = unsafe state.pointee.detail
        if detail >= 0 {
            // A tunnel's ends are those of all parts.
            if next.tunnel != 0 {
                let place = unsafe details.pointer(Int(detail))
                var fresh = FlowDetail()
                fresh.outerSource = unsafe place.pointee.outerSource
                fresh.outerDestination = unsafe place.pointee.outerDestination
                unsafe place.pointee = fresh
                next.detail = detail
            } else {
                details.giveBack(Int(detail))
            }
        }
        unsafe state.pointee = next
    }

    private mutating func begin(
        _ ends: FlowEnds, _ hash: UInt32, _ packet: Packet, isSourceLow: Bool,
        order: UInt64
    ) -> Int {
        var fresh = blank
        fresh.ends = ends
        fresh.connection = order
        fresh.vlan = packet.vlan
        fresh.interface = packet.interface
        var isInitiatorLow = isSourceLow
        if packet.isTCP {
            switch packet.tcpFlags & 0x12 {
            case 0x02: break
            case 0x12:
                // The answer to a SYN that was not seen.
                isInitiatorLow.toggle()
                fresh.observations = [.startNotSeen, .turnedRound]
            default: fresh.observations = .startNotSeen
            }
        }
        if isInitiatorLow { fresh.marks.insert(.lowIsInitiator) }
        let time = packet.timestamp.microseconds
        fresh.start = time
        openLabel(&fresh, packet)
        if packet.tunnel != .none {
            fresh.tunnel = packet.tunnel.rawValue
            fresh.withDetail(&details) { detail, _ in
                detail.outerSource = packet.outerSource
                detail.outerDestination = packet.outerDestination
            }
        }
        let slot = open(fresh, hash: hash, order: order)
        schedule(slot)
        return slot
    }

    // MARK: Time

    /// Ends the flows whose time has come by the time of the packets. A table that shares its input with others
    /// is told of the packets of all.
    mutating func pass(to time: Int64, order: UInt64) {
        if time <= clock {
            // A capture whose clock was set back an hour or more goes on from there.
            if clock &- time > MeterSettings.longestTimeoutMicroseconds { clock = time }
            return
        }
        let second = time / 1_000_000
        let isSameSecond = clock != .min && second == clock / 1_000_000
        clock = time
        if isSameSecond { return }
        wheel.begin(at: second)
        while let due = wheel.next(upTo: second) {
            for entry in due { look(at: entry, order: order) }
        }
    }

    private mutating func look(at entry: TimerWheel.Entry, order: UInt64) {
        guard let slot = live(entry) else { return }
        let state = unsafe states.pointer(slot)
        if unsafe clock &- state.pointee.last > idleMicroseconds(state.pointee) {
            unsafe finish(slot, endReason(state.pointee), order: order)
        } else {
            wheel.add(entry, at: dueSecond(slot))
        }
    }
}
