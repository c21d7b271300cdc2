internal import CNDPIShim
package import Flows
package import NetworkTypes

/// Names applications by deep packet inspection with nDPI.
///
/// A flow is a slot that goes through three stages: *waiting* for its first payload, with the headers of its
/// first packet kept; *watched*, with a state of nDPI's; *judged*, with the verdict as numbers and the state
/// given back. A flow without payload is judged when it is closed, by its kept headers: it never holds a
/// state, so that scans and floods cost little.
///
/// nDPI keeps caches over all flows of a labeller (who talked BitTorrent before): labels depend on the order of
/// packets, and on nothing else.
@safe package struct NDPILabeller: ~Copyable {
    package struct Configuration: Sendable {
        /// Flows open at a time, 1 to 2^30.
        package var slotLimit = 1 << 20
        /// Packets with payload that are shown of a TCP flow, and packets of any other; at least 1.
        package var segmentLimit = 10
        package var datagramLimit = 8
        /// Octets that nDPI may hold beside the states (parts of TLS and QUIC handshakes). Above it, each flow
        /// that has its turn is judged by what was seen so far.
        package var heapLimitOctets = 256 << 20

        package init() {}

        /// The settings with every number forced into its range.
        var checked: Configuration {
            var result = self
            result.slotLimit = min(max(1, slotLimit), 1 << 30)
            result.segmentLimit = min(max(1, segmentLimit), 250)
            result.datagramLimit = min(max(1, datagramLimit), 250)
            result.heapLimitOctets = max(1 << 20, heapLimitOctets)
            return result
        }
    }

    package struct Counters: Hashable, Sendable {
        /// Packets given to nDPI.
        package var inspectedPackets: UInt64 = 0
        /// Fragments, packets with cut or impossible headers, and such as are of another protocol than the flow
        /// they were said to belong to: not given to nDPI.
        package var unfitPackets: UInt64 = 0
        /// Flows that found all slots taken.
        package var refusedFlows: UInt64 = 0
        /// Flows judged early because nDPI held too much memory.
        package var hurriedFlows: UInt64 = 0
    }

    /// There is no memory for nDPI's tables.
    package struct CreationError: Error {
        package init() {}
    }

    package private(set) var counters = Counters()
    private let configuration: Configuration
    private let tables: NDPITables
    private let detector: OpaquePointer
    private var pool = FlowStatePool()
    private var slots: [Stage] = []
    private var freeSlots: [Int32] = []

    private enum Stage {
        case free
        /// Nothing to show to nDPI has come yet; perhaps the headers of a packet, and when it came.
        case waiting(PacketHead?, milliseconds: UInt64)
        case watched(state: Int32, shown: UInt8, Family)
        case judged(Verdict)
    }

    /// What all packets of a flow have in common; nDPI relies on it.
    fileprivate struct Family: Equatable {
        var isVersion6: Bool
        var protocolNumber: UInt8
    }

    /// - Parameter tables: that the labeller shares with others of its thread; its own if `nil`, or if nDPI is of a
    ///   version whose tables cannot be shared.
    package init(
        _ configuration: Configuration = Configuration(), tables: NDPITables? = nil
    ) throws(CreationError) {
        self.configuration = configuration.checked
        if let tables, let detector = unsafe tables.makeDetector() {
            self.tables = tables
            unsafe self.detector = unsafe detector
            return
        }
        let tables = try NDPITables()
        guard let detector = unsafe tables.makeDetector() else { throw CreationError() }
        self.tables = tables
        unsafe self.detector = unsafe detector
    }

    deinit {
        for case .watched(let state, _, _) in slots {
            // SAFETY: a watched flow's state is taken and used by nobody else.
            unsafe ntds_dpi_reset(detector, pool[state])
        }
        // SAFETY: made by `init`, destroyed once, before its tables.
        unsafe ntds_dpi_destroy(detector)
    }

    /// The version of nDPI at work: "4.2.0".
    package static var version: String {
        // SAFETY: a constant text that ends.
        unsafe String(cString: ntds_dpi_version())
    }

    /// All applications that the installed nDPI knows, by its own names; the index is the number.
    package var applicationNames: [String] { tables.names.applications }

    /// Flows that nDPI watches now, and the octets that it takes for them: states and what they point to.
    package var watchedFlows: Int { pool.taken }
    package var memoryOctets: Int {
        pool.octets + heapOctets + slots.capacity * MemoryLayout<Stage>.stride
    }

    private var heapOctets: Int { unsafe ntds_dpi_heap_octets(detector) }
}

extension NDPILabeller: ApplicationLabeller {
    package var openSlots: Int { slots.count - freeSlots.count }
    package var slotLimit: Int { configuration.slotLimit }

    package mutating func open() -> Int32? {
        if let slot = freeSlots.popLast() {
            slots[Int(slot)] = .waiting(nil, milliseconds: 0)
            return slot
        }
        guard slots.count < configuration.slotLimit else {
            counters.refusedFlows += 1
            return nil
        }
        slots.append(.waiting(nil, milliseconds: 0))
        return Int32(slots.count - 1)
    }

    package mutating func inspect(
        _ slot: Int32, ipPacket: borrowing RawSpan, at timestamp: Timestamp, isFromInitiator: Bool
    ) -> Bool {
        guard let outline = PacketOutline(ipPacket), outline.use != .none else {
            counters.unfitPackets += 1
            return if case .judged = slots[Int(slot)] { false } else { true }
        }
        let milliseconds = UInt64(max(0, timestamp.nanoseconds / 1_000_000))
        let family = Family(
            isVersion6: outline.isVersion6, protocolNumber: outline.protocolNumber)
        switch slots[Int(slot)] {
        case .free: preconditionFailure("slot \(slot) is not open")
        case .judged: return false
        case .waiting(let head, let time):
            if outline.use == .headers {
                if head == nil {
                    slots[Int(slot)] = .waiting(
                        PacketHead(ipPacket, outline), milliseconds: milliseconds)
                }
                return true
            }
            let state = pool.take()
            if let head, family == Family(head) { show(head, at: time, to: state) }
            return watch(slot, state, 0, family, ipPacket, outline, milliseconds)
        case .watched(let state, let shown, let known):
            guard family == known else {
                counters.unfitPackets += 1
                return true
            }
            if outline.use == .headers { return true }
            return watch(slot, state, shown, family, ipPacket, outline, milliseconds)
        }
    }

    package mutating func close(_ slot: Int32) -> ApplicationLabel {
        let verdict: Verdict
        switch slots[Int(slot)] {
        case .free: preconditionFailure("slot \(slot) is not open")
        case .judged(let known): verdict = known
        case .watched(let state, _, _): verdict = conclude(state)
        case .waiting(.none, _): verdict = Verdict()
        case .waiting(.some(let head), let milliseconds):
            let state = pool.take()
            show(head, at: milliseconds, to: state)
            verdict = conclude(state)
        }
        slots[Int(slot)] = .free
        freeSlots.append(slot)
        return tables.names.label(verdict)
    }
}

extension NDPILabeller {
    /// Shows a packet with payload; judges the flow if it was the last that is wanted.
    private mutating func watch(
        _ slot: Int32, _ state: Int32, _ shown: UInt8, _ family: Family,
        _ packet: borrowing RawSpan, _ outline: PacketOutline, _ milliseconds: UInt64
    ) -> Bool {
        let wantsMore = show(
            packet, transportOffset: outline.transportOffset,
            transportOctets: outline.transportOctets, family, at: milliseconds, to: state)
        let limit =
            family.protocolNumber == 6 ? configuration.segmentLimit : configuration.datagramLimit
        let isHurried = wantsMore && heapOctets > configuration.heapLimitOctets
        counters.hurriedFlows += isHurried ? 1 : 0
        guard wantsMore, !isHurried, Int(shown) + 1 < limit else {
            slots[Int(slot)] = .judged(conclude(state))
            return false
        }
        slots[Int(slot)] = .watched(state: state, shown: shown + 1, family)
        return true
    }

    private mutating func show(_ head: PacketHead, at milliseconds: UInt64, to state: Int32) {
        // SAFETY: the octets are plain numbers.
        _ = unsafe show(
            head.octets.span.bytes, transportOffset: 40, transportOctets: head.transportOctets,
            Family(head),
            at: milliseconds, to: state)
    }

    private mutating func show(
        _ packet: borrowing RawSpan, transportOffset: Int, transportOctets: Int, _ family: Family,
        at milliseconds: UInt64, to state: Int32
    ) -> Bool {
        precondition(transportOffset + transportOctets <= packet.byteCount)
        counters.inspectedPackets += 1
        // SAFETY: both parts lie in the packet, by the check above and as its network header does; the state is
        // this flow's, the detector is used by its owner only, and nDPI sees a copy that it does not keep.
        return unsafe packet.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return false }
            var shown = unsafe ntds_dpi_packet(
                network: start, transport: start + transportOffset,
                transportOctets: transportOctets, isVersion6: family.isVersion6 ? 1 : 0,
                protocolNumber: family.protocolNumber)
            return unsafe ntds_dpi_inspect(detector, pool[state], &shown, milliseconds) != 0
        }
    }

    /// nDPI's verdict; the state is given back.
    private mutating func conclude(_ state: Int32) -> Verdict {
        var found = unsafe ntds_dpi_verdict()
        // SAFETY: the state is this flow's; what the verdict points to is copied before the reset.
        unsafe ntds_dpi_conclude(detector, pool[state], &found)
        let verdict = unsafe Verdict(found)
        unsafe ntds_dpi_reset(detector, pool[state])
        pool.give(state)
        return verdict
    }
}

extension NDPILabeller.Family {
    fileprivate init(_ head: PacketHead) {
        isVersion6 = head.isVersion6
        protocolNumber = head.protocolNumber
    }
}
