/// Numbers of a capture file in the byte order of the machine that wrote it.
struct WireNumbers {
    /// Whether the file was written in the other byte order than ours.
    let isSwapped: Bool

    /// The number at an offset that the caller has checked.
    @inline(__always) func word(_ octets: UnsafeRawBufferPointer, _ offset: Int) -> UInt32 {
        let word = unsafe octets.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
        return isSwapped ? word.byteSwapped : word
    }

    @inline(__always) func half(_ octets: UnsafeRawBufferPointer, _ offset: Int) -> UInt16 {
        let half = unsafe octets.loadUnaligned(fromByteOffset: offset, as: UInt16.self)
        return isSwapped ? half.byteSwapped : half
    }

    @inline(__always) func long(_ octets: UnsafeRawBufferPointer, _ offset: Int) -> UInt64 {
        let long = unsafe octets.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        return isSwapped ? long.byteSwapped : long
    }
}

/// Why a reader of records stopped.
enum ReadingPause {
    /// The batch has no room for the next frame.
    case full
    /// The window must hold this many octets before there is more to read.
    case needs(Int)
    case damage(CaptureDamage)
    case refused(CaptureError)
}
