private import Dispatch
private import Glibc
private import Synchronization

/// Whether the user asked to stop (Ctrl-C or a termination signal).
///
/// Work asks `check()` between batches, stops there, and leaves no half file under a final name.
package final class Interruption: Sendable {
    /// Thrown by `check()` once the user asked.
    package struct Interrupted: Error {}

    private let request = Atomic(false)
    // SAFETY: written once, in the initialiser; kept only so that the sources live.
    private nonisolated(unsafe) let sources: [any DispatchSourceSignal]

    package init() {
        unsafe sources = [SIGINT, SIGTERM].map { number in
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

    package func check() throws(Interrupted) {
        if isRequested { throw Interrupted() }
    }

    /// Whether the user asked, for work that ends well with what is done so far.
    package var isRequested: Bool { request.load(ordering: .relaxed) }
}
