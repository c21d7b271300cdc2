package import NetworkTypes

/// One frame as it was captured: where its octets lie, and what the capture says of it.
///
/// The octets belong to the `FrameBatch` that holds the frame, or to the source that filled the batch, and
/// live until the batch is filled again.
@unsafe package struct CapturedFrame {
    /// The captured octets, from the link header on.
    package let octets: UnsafeRawBufferPointer
    package let timestamp: Timestamp
    /// Octets on the wire; more than were captured if the capture cut the frame.
    package let wireOctets: UInt32
    package let linkType: LinkType
    /// Number of the interface in its source, from 0.
    package let interface: UInt16

    package init(
        octets: UnsafeRawBufferPointer, timestamp: Timestamp, wireOctets: UInt32,
        linkType: LinkType,
        interface: UInt16
    ) {
        unsafe self.octets = octets
        unsafe self.timestamp = timestamp
        unsafe self.wireOctets = wireOctets
        unsafe self.linkType = linkType
        unsafe self.interface = interface
    }
}

/// The frames that a source hands over at a time, in the order of capture.
///
/// A source whose memory stays (a mapped file) adds frames that point into it; others copy the octets into
/// the batch, which keeps the memory for the next filling.
@safe package struct FrameBatch: ~Copyable {
    /// Frames in a full batch.
    package let capacity: Int
    package private(set) var frames: [CapturedFrame] = unsafe []
    private var memory: UnsafeMutableRawBufferPointer
    private var used = 0

    /// - Parameters:
    ///   - capacity: frames in a full batch.
    ///   - memoryOctets: octets that copied frames may take together.
    package init(capacity: Int = 4096, memoryOctets: Int = 4 << 20) {
        self.capacity = capacity
        unsafe memory = .allocate(byteCount: memoryOctets, alignment: 64)
        unsafe frames.reserveCapacity(capacity)
    }

    deinit {
        // SAFETY: allocated by `init`, and nobody keeps frames of a batch that has gone.
        unsafe memory.deallocate()
    }

    package var count: Int { unsafe frames.count }

    package var isFull: Bool { unsafe frames.count >= capacity }

    /// Forgets all frames; their octets must not be looked at any more.
    package mutating func removeAll() {
        unsafe frames.removeAll(keepingCapacity: true)
        used = 0
    }

    /// Adds a frame whose octets outlive the batch's use of them.
    ///
    /// - Precondition: the batch is not full.
    package mutating func append(_ frame: CapturedFrame) {
        precondition(!isFull, "batch is full")
        unsafe frames.append(frame)
    }

    /// Gives the batch the memory into which a source has read the frames that it added, in exchange for the
    /// batch's own: a source that reads in large pieces needs not copy frame by frame.
    ///
    /// No copies can be added until all frames are removed.
    package mutating func exchangeMemory(with other: inout UnsafeMutableRawBufferPointer) {
        unsafe swap(&memory, &other)
        used = unsafe memory.count
    }

    /// Adds a copy of a frame; `false`, and nothing done, if the batch has no room for it.
    package mutating func appendCopy(of frame: CapturedFrame) -> Bool {
        let count = unsafe frame.octets.count
        guard unsafe !isFull && count <= memory.count - used else { return false }
        let place = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[used..<used + count])
        unsafe place.copyMemory(from: frame.octets)
        unsafe frames.append(
            CapturedFrame(
                octets: UnsafeRawBufferPointer(place), timestamp: frame.timestamp,
                wireOctets: frame.wireOctets, linkType: frame.linkType, interface: frame.interface))
        used += (count + 7) & ~7
        used = min(used, unsafe memory.count)
        return true
    }
}

/// Gives frames batch by batch: a capture file, several in the order of time, an interface.
package protocol PacketSource: ~Copyable {
    /// Forgets what the batch holds and fills it with the next frames.
    ///
    /// A file fills the batch to the end; an interface returns what has come, at the latest after about
    /// 100 ms, which may be nothing.
    ///
    /// - Returns: `false` when the source has ended and the batch is empty.
    mutating func fill(_ batch: inout FrameBatch) throws -> Bool
}
