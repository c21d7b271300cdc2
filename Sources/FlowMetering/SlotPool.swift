/// Values of one size in slots that are taken and given back; memory comes in chunks and never moves.
@safe struct SlotPool<Value: BitwiseCopyable>: ~Copyable {
    private static var chunkShift: Int { 10 }
    private var chunks: [UnsafeMutablePointer<Value>]
    private var free: [Int32] = []
    private var used = 0
    /// Slots taken.
    private(set) var count = 0

    init() { unsafe chunks = [] }

    deinit {
        for index in unsafe chunks.indices {
            // SAFETY: allocated by `take`, freed nowhere else.
            unsafe chunks[index].deallocate()
        }
    }

    /// Octets of memory.
    var octets: Int { unsafe (chunks.count << Self.chunkShift) * MemoryLayout<Value>.stride }

    /// A slot with the value that it was given back with, or `blank` if it is new.
    mutating func take(_ blank: Value) -> Int {
        count += 1
        if let freed = free.popLast() { return Int(freed) }
        let slot = used
        used += 1
        if unsafe chunks.count == slot >> Self.chunkShift {
            unsafe chunks.append(.allocate(capacity: 1 << Self.chunkShift))
        }
        unsafe pointer(slot).initialize(to: blank)
        return slot
    }

    mutating func giveBack(_ slot: Int) {
        count -= 1
        free.append(Int32(truncatingIfNeeded: slot))
    }

    /// The place of a taken slot.
    @inline(__always)
    func pointer(_ slot: Int) -> UnsafeMutablePointer<Value> {
        precondition(slot >= 0 && slot < used, "no such slot")
        // SAFETY: chunks of `used` slots are allocated and stay where they are.
        return unsafe chunks[slot >> Self.chunkShift] + slot & (1 << Self.chunkShift - 1)
    }

    /// Every slot that was ever taken, also those given back.
    var slots: Range<Int> { 0..<used }
}
