import Flows
import NetworkTypes

/// A log of a folder with the piece that was read of it and not yet handed out, so that several can be put in the
/// order of time.
///
/// Invariant: of a piece under way at least one observation is left.
final class FollowedLog {
    let name: String
    let feed: LogFeed
    private var piece = FeedBatch()
    private var place = 0
    /// The latest time up to the next observation.
    private var clock: Timestamp?

    init(name: String, feed: LogFeed) {
        self.name = name
        self.feed = feed
    }

    var hasPiece: Bool { place < piece.observations.count }

    /// When the next observation happened; one that came late counts as of the time that was reached.
    var nextTime: Timestamp? { hasPiece ? clock : nil }

    /// Reads the next piece of at most so many observations; whether there was any.
    func read(atMost limit: Int) throws -> Bool {
        guard let piece = try feed.next(limit: limit), !piece.observations.isEmpty else {
            return false
        }
        self.piece = piece
        place = 0
        advance()
        return true
    }

    /// Hands out the next observation and all that follow up to a time; all of the piece without one.
    func take(upTo end: Timestamp?) -> FeedBatch {
        let begin = place
        var reached: Timestamp?
        repeat {
            reached = clock
            place += 1
            advance()
        } while hasPiece && (end.map { (clock ?? $0) <= $0 } ?? true)
        var batch = piece
        batch.observations = Array(piece.observations[begin..<place])
        batch.known = min(max(0, piece.known - begin), batch.observations.count)
        batch.file?.taken += UInt64(begin)
        batch.clock = reached
        if !hasPiece { (piece, place) = (FeedBatch(), 0) }
        return batch
    }

    private func advance() {
        guard hasPiece else { return }
        let time = piece.observations[place].timestamp
        clock = clock.map { max($0, time) } ?? time
    }
}
