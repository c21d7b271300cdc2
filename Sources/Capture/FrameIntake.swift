import NetworkTypes
import Wire

/// What becomes of a frame between the file and the batch: filtered, counted, added.
struct FrameIntake {
    var counts = CaptureCounts()
    /// The time stamp of the last frame delivered.
    private(set) var lastTimestamp = Timestamp(nanoseconds: 0)
    let filter: FrameFilter?

    /// The filter's program for a link type, 0 without filter.
    func program(for linkType: LinkType) throws(CaptureError) -> Int {
        guard let filter else { return 0 }
        return try filter.program(for: linkType)
    }

    /// Takes a frame; `false`, and nothing done, if the batch has no room for it.
    @inline(__always) mutating func take(
        _ frame: CapturedFrame, program: Int, into batch: inout FrameBatch
    ) -> Bool {
        if let filter, unsafe !filter.accepts(frame, program: program) {
            counts.filteredFrames &+= 1
            return true
        }
        guard !batch.isFull else { return false }
        unsafe batch.append(frame)
        let captured = unsafe frame.octets.count
        let wire = unsafe Int(frame.wireOctets)
        if wire > captured { counts.truncatedFrames &+= 1 }
        if unsafe frame.timestamp.nanoseconds < lastTimestamp.nanoseconds, counts.frames > 0 {
            counts.backwardFrames &+= 1
        }
        unsafe lastTimestamp = frame.timestamp
        counts.frames &+= 1
        counts.octets &+= UInt64(captured)
        return true
    }
}
