private import Dispatch
private import Glibc
private import Synchronization

/// Whether the user asked to stop: Ctrl-C, a termination signal, or the terminal's end (SIGHUP; where that was
/// ignored from the start, as under `nohup`, it stays so).
///
/// Work asks `check()` between batches, stops there, and leaves no half file under a final name.
package final class Interruption: Sendable {
    /// Thrown by `check()` once the user asked.
    package struct Interrupted: Error {}

    private let request = Atomic(false)
    // SAFETY: written once, in the initialiser; kept only so that the sources live.
    private nonisolated(unsafe) let sources: [any DispatchSourceSignal]

    package init() {
        let isDetached = Self.isIgnored(SIGHUP)
        let numbers = isDetached ? [SIGINT, SIGTERM] : [SIGINT, SIGTERM, SIGHUP]
        unsafe sources = numbers.map { number in
            signal(number, SIG_IGN)
            return DispatchSource.makeSignalSource(signal: number, queue: .global())
        }
        for source in unsafe sources {
            source.setEventHandler { [weak self] in
                self?.request.store(true, ordering: .relaxed)
            }
            source.resume()
        }
    }

    private static func isIgnored(_ number: Int32) -> Bool {
        var action = sigaction()
        guard unsafe sigaction(number, nil, &action) == 0 else { return false }
        // The constant is a function pointer with the value 1.
        return unsafe unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
    }

    package func check() throws(Interrupted) {
        if isRequested { throw Interrupted() }
    }

    /// Whether the user asked, for work that ends well with what is done so far.
    package var isRequested: Bool { request.load(ordering: .relaxed) }
}
