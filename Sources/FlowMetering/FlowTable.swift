package import Flows
import NetworkTypes
package import Wire

/// Flows that have ended, and for each the number of the packet at which it was found to have ended.
package struct FinishedFlows: Sendable {
    package internal(set) var records: [FlowRecord] = []
    package internal(set) var orders: [UInt64] = []
}

/// Open flows, from their packets to their records: one owner, state of constant size per flow.
///
/// The flows of one table depend only on the packets that it is given and on their order.
///
/// - Complexity: O(1) a packet, apart from flows that end.
@safe package struct FlowTable: ~Copyable {
    package let settings: MeterSettings
    package internal(set) var counts = MeterCounts()
    /// Flows that have ended since the owner took them last, in the order of their ends.
    package internal(set) var finished = FinishedFlows()
    var states = SlotPool<FlowState>()
    var details = SlotPool<FlowDetail>()
    var index = FlowIndex()
    var wheel = TimerWheel()
    /// Flows in the order in which they began, for the old meters' rules, which know no idle timeout.
    var openings = OpeningOrder()
    var fragments = FragmentTable()
    let labeller: LabellerReference?
    /// Labels of open flows that the labeller has done with.
    var labels = LabelPool()
    /// Time of the latest packet, microseconds; goes back when packets stay an hour behind.
    var clock = Int64.min
    let secret: (UInt64, UInt64, UInt64)
    /// A flow without packets; kept, since making one takes calls into another module.
    let blank = FlowState()
    /// Open flows at the end of the input, the last one first.
    private var endings: [(connection: UInt64, slot: Int)] = []

    /// A table that names no applications.
    ///
    /// - Parameter secret: keys the hash of flows; the flows do not depend on it.
    package init(settings: MeterSettings, secret: (UInt64, UInt64, UInt64)) {
        self.init(settings, secret, nil)
    }

    /// A table that has the applications of its flows named.
    package init<Labeller: ApplicationLabeller & ~Copyable>(
        settings: MeterSettings, secret: (UInt64, UInt64, UInt64), labeller: consuming Labeller
    ) {
        self.init(settings, secret, LabellerPlace(labeller))
    }

    private init(
        _ settings: MeterSettings, _ secret: (UInt64, UInt64, UInt64),
        _ labeller: LabellerReference?
    ) {
        self.settings = settings
        self.secret = secret
        self.labeller = labeller
    }

    /// Flows that are open.
    package var openFlows: Int { states.count }

    /// Octets of memory for open flows, the labeller's own apart.
    package var octets: Int { states.octets + details.octets + index.octets }

    /// Adds a packet.
    ///
    /// - Parameters:
    ///   - packet: what its headers say.
    ///   - frame: its octets, for the labeller.
    ///   - order: number of the packet in the input, ascending.
    package mutating func add(_ packet: Packet, _ frame: CapturedFrame, order: UInt64) {
        counts.packets += 1
        if settings.mode.isLegacy {
            unsafe addLegacy(packet, frame, order: order)
        } else {
            unsafe addCorrected(packet, frame, order: order)
        }
    }

    /// Adds a shard's packets of a batch, and tells of the time that passes by the packets of all shards.
    mutating func add(_ batch: borrowing PacketBatch, shard: Int) {
        let ticks = batch.ticks
        var tick = 0
        for member in batch.members[shard] {
            while tick < ticks.count, ticks[tick] < member {
                advance(batch, ticks[tick])
                tick += 1
            }
            unsafe add(
                batch.packets[Int(member)], batch.frame(of: Int(member)),
                order: batch.order(of: member))
        }
        while tick < ticks.count {
            advance(batch, ticks[tick])
            tick += 1
        }
    }

    private mutating func advance(_ batch: borrowing PacketBatch, _ packet: Int32) {
        advance(
            to: batch.packets[Int(packet)].timestamp.microseconds, order: batch.order(of: packet))
    }

    /// Ends the flows whose time is over at a moment before which no more packets can come; nothing in the
    /// old modes, which know the time of their own packets only.
    ///
    /// - Parameter time: Microseconds since 1970.
    package mutating func advance(to time: Int64, order: UInt64) {
        if !settings.mode.isLegacy { pass(to: time, order: order) }
    }

    /// The connections of the open flows, ascending.
    package func openConnections() -> [UInt64] { openSlots().map(\.connection) }

    /// Ends the open flows, or those up to a connection, in the order in which they began: the input has ended.
    ///
    /// A caller that ends them in portions need not hold the records of all.
    package mutating func finishAll(upTo connection: UInt64 = .max, order: UInt64) {
        if endings.isEmpty { endings = openSlots().reversed() }
        while let ending = endings.last, ending.connection <= connection {
            endings.removeLast()
            let state = unsafe states.pointer(ending.slot)
            unsafe finish(
                ending.slot, state.pointee.isClosed ? endReason(state.pointee) : .endOfInput,
                order: order)
        }
    }

    private func openSlots() -> [(connection: UInt64, slot: Int)] {
        var open: [(connection: UInt64, slot: Int)] = []
        open.reserveCapacity(states.count)
        for slot in states.slots {
            let state = unsafe states.pointer(slot)
            guard unsafe state.pointee.generation & 1 == 1 else { continue }
            unsafe open.append((state.pointee.connection, slot))
        }
        open.sort { $0.connection < $1.connection }
        return open
    }

    /// Takes the finished flows out.
    package mutating func takeFinished() -> FinishedFlows {
        // Room for as many again, so that records are not moved while their array grows.
        var taken = FinishedFlows()
        taken.records.reserveCapacity(finished.records.count)
        taken.orders.reserveCapacity(finished.orders.count)
        swap(&taken, &finished)
        return taken
    }

    // MARK: Slots

    @inline(__always)
    func find(_ ends: FlowEnds, _ hash: UInt32) -> Int? {
        index.slot(of: hash) { slot in
            unsafe states.pointer(slot).pointee.ends == ends
        }
    }

    /// Opens a flow; makes room first if the table is full. Slots in use have an odd generation.
    mutating func open(_ fresh: FlowState, hash: UInt32, order: UInt64) -> Int {
        if states.count >= settings.flowLimit { evict(order: order) }
        let slot = states.take(blank)
        let place = unsafe states.pointer(slot)
        let generation = unsafe place.pointee.generation
        unsafe place.pointee = fresh
        unsafe place.pointee.generation = generation &+ 1
        index.insert(hash, slot: slot)
        return slot
    }

    /// Writes the record of a flow and forgets the flow.
    mutating func finish(_ slot: Int, _ reason: FlowEndReason, order: UInt64) {
        emit(slot, reason, isLast: true, order: order)
        let state = unsafe states.pointer(slot)
        let hash = unsafe UInt32(truncatingIfNeeded: state.pointee.ends.hash(secret))
        if unsafe state.pointee.detail >= 0 { unsafe details.giveBack(Int(state.pointee.detail)) }
        index.remove(hash, slot: slot)
        unsafe state.pointee.generation &+= 1
        states.giveBack(slot)
    }

    /// Writes the record of a flow or of a part of it.
    mutating func emit(_ slot: Int, _ reason: FlowEndReason, isLast: Bool, order: UInt64) {
        let state = unsafe states.pointer(slot)
        let label = unsafe takeLabel(&state.pointee, isLast: isLast)
        if settings.mode.isLegacy, unsafe state.pointee.packets < 2 {
            counts.omittedFlows += 1
            return
        }
        counts.flows += 1
        if reason == .evicted { counts.evictedFlows += 1 }
        let detail = unsafe state.pointee.detail
        finished.orders.append(order)
        unsafe finished.records.append(
            state.pointee.record(
                reason, mode: settings.mode,
                detail: detail < 0 ? nil : details.pointer(Int(detail)).pointee))
        finished.records[finished.records.count - 1].label = label
    }

    // MARK: Room

    /// Ends a flow to make room: with the old meters' rules the one that began first, else one whose time
    /// comes first. Flows that had packets since they were put on the wheel are put back, but no more than
    /// some of them, so that a packet never waits for all flows.
    private mutating func evict(order: UInt64) {
        if settings.mode.isLegacy {
            while let entry = openings.popFirst() {
                if let slot = live(entry) { return finish(slot, .evicted, order: order) }
            }
        }
        for attempt in 0..<256 {
            guard let (entry, due) = wheel.popFirst() else { return }
            guard let slot = live(entry) else { continue }
            let trueDue = dueSecond(slot)
            guard trueDue > due, attempt < 32 else {
                return finish(slot, .evicted, order: order)
            }
            wheel.add(entry, at: trueDue)
        }
    }

    /// The slot of a wheel's entry if its flow is still open.
    func live(_ entry: TimerWheel.Entry) -> Int? {
        let slot = Int(entry.slot)
        return unsafe states.pointer(slot).pointee.generation == entry.generation ? slot : nil
    }

    /// The second at which a flow has been silent for too long if nothing more comes.
    func dueSecond(_ slot: Int) -> Int64 {
        let state = unsafe states.pointer(slot)
        return unsafe (state.pointee.last &+ idleMicroseconds(state.pointee)) / 1_000_000 &+ 1
    }

    func idleMicroseconds(_ state: FlowState) -> Int64 {
        if state.isClosed { return settings.lingerMicroseconds }
        return state.isTCP ? settings.tcpIdleMicroseconds : settings.otherIdleMicroseconds
    }

    func entry(_ slot: Int) -> TimerWheel.Entry {
        TimerWheel.Entry(
            slot: Int32(truncatingIfNeeded: slot),
            generation: unsafe states.pointer(slot).pointee.generation)
    }

    mutating func schedule(_ slot: Int) { wheel.add(entry(slot), at: dueSecond(slot)) }
}
