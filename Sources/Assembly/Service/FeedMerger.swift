import Flows
import NetworkTypes

/// Puts the observations of all sources in one order, which depends on what they tell and not on when.
///
/// A source's time is the latest that it told so far; the source with the earliest time goes first, of equals
/// the one that is named first. So nothing goes on before every source has told its time: files are waited for,
/// interfaces tell theirs each second.
final class FeedMerger {
    private struct Lane {
        let thread: FeedThread
        var batch = FeedBatch()
        var place = 0
        /// Latest time told, the next observation's included.
        var clock: Timestamp?
        var hasEnded = false

        /// Whether there is an observation, or a time before which there is none.
        var isReady: Bool { hasEnded || place < batch.observations.count || isTold }
        /// The clock of an exhausted piece is still to be compared.
        var isTold = false
    }

    private var lanes: [Lane]

    init(_ threads: [FeedThread]) { lanes = threads.map { Lane(thread: $0) } }

    /// The next observation with the number of its source; `nil` when all have ended. An absent observation
    /// means that time went on without any.
    func next() -> (source: Int, observation: Observation?, clock: Timestamp?)? {
        while true {
            for lane in lanes.indices where !lanes[lane].isReady { refill(lane) }
            var earliest: Int?
            for lane in lanes.indices where !lanes[lane].hasEnded {
                if let chosen = earliest, !isBefore(lanes[lane], lanes[chosen]) { continue }
                earliest = lane
            }
            guard let lane = earliest else { return nil }
            let clock = lanes[lane].clock
            guard lanes[lane].place < lanes[lane].batch.observations.count else {
                lanes[lane].isTold = false
                return (lane, nil, clock)
            }
            let observation = lanes[lane].batch.observations[lanes[lane].place]
            lanes[lane].place += 1
            advanceClock(lane)
            return (lane, observation, clock)
        }
    }

    /// The feature mode of the piece that the last observation of a source came from.
    func mode(_ source: Int) -> String { lanes[source].batch.mode }

    /// How well the source was seen up to that piece.
    func quality(_ source: Int) -> FeedQuality { lanes[source].batch.quality }

    private func isBefore(_ one: Lane, _ other: Lane) -> Bool {
        // A source without a time yet goes first: it holds nobody up for long.
        guard let left = one.clock else { return other.clock != nil }
        guard let right = other.clock else { return false }
        return left < right
    }

    private func refill(_ lane: Int) {
        guard let batch = lanes[lane].thread.take() else {
            lanes[lane].hasEnded = true
            return
        }
        lanes[lane].batch = batch
        lanes[lane].place = 0
        lanes[lane].isTold = false
        advanceClock(lane)
    }

    /// Brings the lane's clock to its next observation, or to what the piece told at its end.
    private func advanceClock(_ lane: Int) {
        let batch = lanes[lane].batch
        let place = lanes[lane].place
        let time: Timestamp?
        if place < batch.observations.count {
            time = batch.observations[place].timestamp
        } else {
            time = batch.clock
            lanes[lane].isTold = true
        }
        guard let time else { return }
        lanes[lane].clock = lanes[lane].clock.map { max($0, time) } ?? time
    }
}
