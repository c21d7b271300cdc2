import Foundation
import NetworkTypes
import Synchronization

/// Reads a feed on a thread of its own, and holds a few pieces until detection takes them.
///
/// A full queue makes the thread wait: of files nothing is lost, of interfaces the kernel counts what it drops.
final class FeedThread: @unchecked Sendable {
    // SAFETY: the feed is used by its thread alone, all else is guarded by `condition`.

    let name: String
    private let feed: any ObservationFeed
    private let pace: ReplayPace?
    private let condition = NSCondition()
    private var queue: [FeedBatch] = []
    private var hasEnded = false
    /// It ended before anybody asked it to.
    private var endedByItself = false
    private var isStopping = false
    private var lastQuality = FeedQuality()
    /// Pieces that may wait.
    private static let limit = 4

    init(name: String, feed: any ObservationFeed, speed: Double?) {
        self.name = name
        self.feed = feed
        pace = speed.map { ReplayPace(speed: $0) }
    }

    func start() {
        let thread = Thread { [self] in run() }
        thread.name = "ntds-source"
        thread.stackSize = 8 << 20
        thread.start()
    }

    /// The next piece; waits for it. `nil` when the source has ended.
    func take() -> FeedBatch? {
        condition.lock()
        defer { condition.unlock() }
        while queue.isEmpty, !hasEnded { condition.wait() }
        guard !queue.isEmpty else { return nil }
        let batch = queue.removeFirst()
        condition.broadcast()
        return batch
    }

    var quality: FeedQuality {
        condition.lock()
        defer { condition.unlock() }
        return lastQuality
    }

    /// Whether taking the next piece would wait.
    var isWaiting: Bool {
        condition.lock()
        defer { condition.unlock() }
        return queue.isEmpty && !hasEnded
    }

    /// Whether the source ended by itself and nothing went wrong with it.
    var isComplete: Bool {
        condition.lock()
        defer { condition.unlock() }
        return hasEnded && endedByItself && lastQuality.complaints.isEmpty
    }

    /// Whether the source has ended and all of it was taken.
    var isOver: Bool {
        condition.lock()
        defer { condition.unlock() }
        return hasEnded && queue.isEmpty
    }

    func stop() {
        condition.lock()
        isStopping = true
        condition.broadcast()
        condition.unlock()
        feed.stop()
    }

    private func run() {
        while true {
            var batch: FeedBatch?
            var failure: String?
            do {
                batch = try feed.next()
            } catch {
                failure = "\(error)"
            }
            var quality = feed.quality
            if let failure { quality.complain(failure) }
            guard put(batch, quality) else { return }
        }
    }

    /// - Returns: whether there is more to read.
    private func put(_ batch: FeedBatch?, _ quality: FeedQuality) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        lastQuality = quality
        guard var batch else {
            hasEnded = true
            endedByItself = !isStopping
            condition.broadcast()
            return false
        }
        if let clock = batch.clock, let pace, !batch.isCatchingUp {
            // In small steps, so that a request to stop is heard.
            while !isStopping, let delay = pace.delay(until: clock) {
                _ = condition.wait(until: Date(timeIntervalSinceNow: min(delay, 0.2)))
            }
        }
        while queue.count >= Self.limit { condition.wait() }
        batch.quality = quality
        queue.append(batch)
        condition.broadcast()
        return true
    }
}

/// Holds a replay back to a multiple of its own time.
final class ReplayPace {
    private let speed: Double
    private var begin: (event: Timestamp, wall: Double)?

    init(speed: Double) { self.speed = speed }

    /// Seconds until an event is due, `nil` if it is.
    func delay(until clock: Timestamp) -> Double? {
        guard let begin else {
            begin = (clock, SystemClock.seconds())
            return nil
        }
        let due = clock.seconds(since: begin.event) / speed
        let delay = due - (SystemClock.seconds() - begin.wall)
        return delay > 0 ? delay : nil
    }
}
