internal import CNDPIShim

/// Zeroed memory for nDPI's states of flows, in slabs that grow with need and are used again.
@safe struct FlowStatePool: ~Copyable {
    private let stateOctets: Int
    private var slabs: [UnsafeMutableRawPointer] = unsafe []
    private var free: [Int32] = []

    init() {
        // The state holds 64-bit numbers and pointers.
        stateOctets = (ntds_dpi_state_octets() + 15) & ~15
    }

    deinit {
        for index in unsafe slabs.indices {
            // SAFETY: allocated by `grow`, once each, and the states have been given back.
            unsafe slabs[index].deallocate()
        }
    }

    /// States taken and not given back.
    var taken: Int { unsafe slabs.count * Self.statesInSlab - free.count }

    /// Octets of all slabs.
    var octets: Int { unsafe slabs.count * Self.statesInSlab * stateOctets }

    /// Number of a state that is all zero.
    mutating func take() -> Int32 {
        if free.isEmpty { grow() }
        return free.removeLast()
    }

    /// Takes back a state, which must be all zero again.
    mutating func give(_ state: Int32) { free.append(state) }

    /// Where the state lies, until the pool goes.
    subscript(state: Int32) -> UnsafeMutableRawPointer {
        let (slab, place) = Int(state).quotientAndRemainder(dividingBy: Self.statesInSlab)
        return unsafe slabs[slab] + place * stateOctets
    }

    private mutating func grow() {
        let octets = Self.statesInSlab * stateOctets
        let slab = UnsafeMutableRawPointer.allocate(byteCount: octets, alignment: 64)
        unsafe slab.initializeMemory(as: UInt8.self, repeating: 0, count: octets)
        let first = unsafe slabs.count * Self.statesInSlab
        unsafe slabs.append(slab)
        // The lowest number lies on top, so that few pages are touched while few states are in use.
        for place in (0..<Self.statesInSlab).reversed() { free.append(Int32(first + place)) }
    }

    private static let statesInSlab = 256
}
