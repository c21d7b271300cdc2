import Flows
import NetworkTypes

/// What a source saw in one piece, in the order in which it knew it.
struct FeedBatch: Sendable {
    var observations: [Observation] = []
    /// How many of them, from the first on, an earlier run has taken.
    var known = 0
    /// All that comes up to here was taken by an earlier run.
    var isCatchingUp = false
    /// The file that they come from, as it was before the first of them; of folders only.
    var file: FileMark?
    /// Which definition of the metrics its flows follow; baselines of different ones are kept apart.
    var mode = "corrected"
    /// What the source counted up to here; filled in by its thread.
    var quality = FeedQuality()
    /// Event time that the source has reached: nothing that it tells later happened when it was known before.
    /// `nil` as long as it knows no time.
    var clock: Timestamp?
}

/// A source of observations, read by a thread of its own.
protocol ObservationFeed: AnyObject {
    /// The next piece, perhaps empty; `nil` when the source has ended. May block for a second.
    func next() throws -> FeedBatch?

    /// What the source counted so far.
    var quality: FeedQuality { get }

    /// Asks the source to end after what has come by now.
    func stop()
}

/// How well a source is seen.
struct FeedQuality: Sendable, Equatable {
    /// Frames or records that came.
    var received: UInt64 = 0
    /// Frames the kernel or the interface dropped, or records known to be missing.
    var lost: UInt64 = 0
    /// Records and packets that could not be read, by reason.
    var rejected: [String: UInt64] = [:]
    /// What went wrong beside single records, newest last; a few are kept.
    var complaints: [String] = []

    mutating func complain(_ text: String) {
        if complaints.count < 32 { complaints.append(text) }
    }
}

/// What is counted of a source, for `/metrics`.
struct SourceStatus: Sendable {
    var name: String
    var observations: UInt64 = 0
    var received: UInt64 = 0
    var lost: UInt64 = 0
    var rejected: [String: UInt64] = [:]
    /// Observations older than the clock of the service by more than it waits.
    var late: UInt64 = 0
    /// Flows that another source told, too.
    var duplicates: UInt64 = 0
    /// Times in which the source told nothing although others did.
    var gaps: UInt64 = 0
    var clock: Timestamp?
    var hasEnded = false
    var complaints: [String] = []
}
