internal import Wire

/// The part of an input that is in memory: octets that were read and not yet consumed, behind those of the
/// frames that were added to the batch.
///
/// Invariant: `0 <= start <= end <= memory.count`, and memory never exceeds what one record of a bounded
/// length needs. Octets do not move while frames of the batch point at them.
@safe struct OctetWindow: ~Copyable {
    /// Octets of the memory at first.
    private static let usualOctets = 1 << 20
    /// Octets read at a time: a few dozen frames, for what a batch does not take is copied to the next one's memory.
    private static let pieceOctets = 1 << 16

    /// Where the first octet of the window stands in the whole input.
    private(set) var offset: UInt64 = 0
    private var memory: UnsafeMutableRawBufferPointer
    private var start = 0
    private var end = 0

    init() {
        unsafe memory = .allocate(byteCount: Self.usualOctets, alignment: 64)
    }

    deinit {
        // SAFETY: allocated here or by the batch that gave it in exchange; frames lie in the batch's memory.
        unsafe memory.deallocate()
    }

    /// Octets in the window.
    @inline(__always) var count: Int { end - start }

    /// The octets in the window; valid until it is refilled.
    @inline(__always) var octets: UnsafeRawBufferPointer {
        // SAFETY: start...end lies in the memory.
        unsafe UnsafeRawBufferPointer(
            start: memory.baseAddress.map { unsafe UnsafeRawPointer($0) + start }, count: count)
    }

    /// Takes octets from the front of the window.
    @inline(__always) mutating func consume(_ count: Int) {
        precondition(count <= end - start, "consumed more than the window holds")
        start += count
        offset &+= UInt64(truncatingIfNeeded: count)
    }

    /// Whether it can come to hold so many octets without moving those it has.
    func hasRoom(toHold needed: Int) -> Bool { unsafe needed <= memory.count - start }

    /// Reads once; first moves the octets to the front of memory that can hold `needed` if there is no room.
    ///
    /// - Precondition: no frame points into the window, or it has room.
    mutating func refill(toHold needed: Int, from input: inout OctetInput) -> OctetInput.Outcome {
        if !hasRoom(toHold: needed) {
            var other = unsafe memory
            if unsafe needed > memory.count {
                unsafe other = .allocate(byteCount: needed + Self.usualOctets, alignment: 64)
            }
            unsafe moveOctets(to: other)
            if unsafe other.baseAddress != memory.baseAddress { unsafe memory.deallocate() }
            unsafe memory = unsafe other
        }
        let rest = unsafe min(memory.count, end + max(Self.pieceOctets, needed - count))
        let room = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[end..<rest])
        let outcome = unsafe input.read(into: room)
        if case .octets(let count) = outcome { end += count }
        return outcome
    }

    /// Gives the memory with the frames to the batch, and goes on in the batch's.
    mutating func handOver(to batch: inout FrameBatch) {
        let old = unsafe memory
        let oldStart = start
        unsafe batch.exchangeMemory(with: &memory)
        if unsafe count > memory.count {
            unsafe memory.deallocate()
            unsafe memory = .allocate(byteCount: count + Self.usualOctets, alignment: 64)
        }
        // SAFETY: the octets lie in the old memory, which the batch keeps alive.
        unsafe memory.copyMemory(from: UnsafeRawBufferPointer(rebasing: old[oldStart..<end]))
        end -= start
        start = 0
    }

    private mutating func moveOctets(to place: UnsafeMutableRawBufferPointer) {
        // SAFETY: copyMemory allows for overlap.
        unsafe place.copyMemory(from: octets)
        end -= start
        start = 0
    }
}
