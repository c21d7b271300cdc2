/// Which of several ordered sources has the earliest next frame: a binary heap.
///
/// Invariant: no entry is before its parent, at half its position, by time and then by lane.
struct MergeQueue {
    private struct Entry {
        var time: Int64
        let lane: Int

        func isBefore(_ other: Entry) -> Bool {
            time < other.time || (time == other.time && lane < other.lane)
        }
    }

    private var entries: [Entry] = []

    /// The lane with the earliest frame, the lowest of them if there are several.
    var first: Int? { entries.first?.lane }

    mutating func insert(time: Int64, lane: Int) {
        entries.append(Entry(time: time, lane: lane))
        var index = entries.count - 1
        while index > 0, entries[index].isBefore(entries[(index - 1) / 2]) {
            entries.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    /// Gives the first lane the time of its next frame.
    mutating func replaceFirst(time: Int64) {
        entries[0].time = time
        sink()
    }

    mutating func removeFirst() {
        entries.swapAt(0, entries.count - 1)
        entries.removeLast()
        sink()
    }

    private mutating func sink() {
        var index = 0
        while true {
            var earliest = index
            for child in [2 * index + 1, 2 * index + 2] where child < entries.count {
                if entries[child].isBefore(entries[earliest]) { earliest = child }
            }
            if earliest == index { return }
            entries.swapAt(index, earliest)
            index = earliest
        }
    }
}
