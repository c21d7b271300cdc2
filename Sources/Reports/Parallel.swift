private import Dispatch

/// The results of `body` for 0..<count, made on up to `threads` threads, in order.
///
/// The result depends on neither the number of threads nor their timing, because each call makes its own.
func concurrentMap<Result: Sendable>(
    _ count: Int, threads: Int, _ body: @Sendable (Int) -> Result
) -> [Result] {
    guard threads > 1, count > 1 else { return (0..<count).map(body) }
    var results = [Result?](repeating: nil, count: count)
    // SAFETY: each iteration writes its own element.
    unsafe results.withUnsafeMutableBufferPointer { buffer in
        nonisolated(unsafe) let shared = unsafe buffer
        DispatchQueue.concurrentPerform(iterations: count) { index in
            unsafe shared[index] = body(index)
        }
    }
    return results.compactMap { $0 }
}
