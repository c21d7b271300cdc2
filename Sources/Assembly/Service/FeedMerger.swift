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
        /// Observations taken, those of earlier runs included.
        var taken: UInt64 = 0
        /// The files of a folder by their inodes, up to the present piece.
        var files: [UInt64: FileMark] = [:]

        /// Whether there is an observation, or a time before which there is none.
        var isReady: Bool { hasEnded || place < batch.observations.count || isTold }
        /// The clock of an exhausted piece is still to be compared.
        var isTold = false

        /// Notes how much of the present piece's file was taken, unless an earlier run took more of it.
        mutating func noteFile() {
            guard var file = batch.file else { return }
            file.taken += UInt64(place)
            if let known = files[file.inode], known.size == file.size, !file.isDone,
                known.position == file.position, known.taken > file.taken
            {
                return
            }
            files[file.inode] = file
        }
    }

    private var lanes: [Lane]

    /// - Parameter progress: how much earlier runs took of each source.
    init(_ threads: [FeedThread], from progress: [SourceProgress]) {
        lanes = zip(threads, progress).map { thread, progress in
            var lane = Lane(thread: thread)
            lane.taken = progress.taken
            lane.files = Dictionary(progress.files.map { ($0.inode, $0) }) { $1 }
            return lane
        }
    }

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
            lanes[lane].taken += 1
            advanceClock(lane)
            return (lane, observation, clock)
        }
    }

    /// The feature mode of the piece that the last observation of a source came from.
    func mode(_ source: Int) -> String { lanes[source].batch.mode }

    /// How much of each source was taken.
    var progress: [SourceProgress] {
        lanes.map { lane in
            var lane = lane
            lane.noteFile()
            return SourceProgress(
                taken: lane.taken, files: lane.files.values.sorted { $0.inode < $1.inode },
                isComplete: lane.hasEnded && lane.thread.isComplete)
        }
    }

    /// How well the source was seen up to that piece.
    func quality(_ source: Int) -> FeedQuality { lanes[source].batch.quality }

    private func isBefore(_ one: Lane, _ other: Lane) -> Bool {
        // A source without a time yet goes first: it holds nobody up for long.
        guard let left = one.clock else { return other.clock != nil }
        guard let right = other.clock else { return false }
        return left < right
    }

    private func refill(_ lane: Int) {
        lanes[lane].noteFile()
        guard let batch = lanes[lane].thread.take() else {
            lanes[lane].hasEnded = true
            return
        }
        lanes[lane].batch = batch
        lanes[lane].place = 0
        lanes[lane].isTold = false
        advanceClock(lane)
        // What an earlier run took moves the clock as it did then.
        for _ in 0..<batch.known {
            lanes[lane].place += 1
            advanceClock(lane)
        }
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
