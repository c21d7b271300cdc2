private import CPrefetch

/// Has the processor fetch the memory of a value that is soon to be looked at: a hint, which changes nothing.
@inline(__always)
func fetchAhead<Value: BitwiseCopyable>(_ place: UnsafePointer<Value>) {
    unsafe ntds_prefetch(place, MemoryLayout<Value>.size)
}
