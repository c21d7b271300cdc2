/// When open flows have to be looked at: buckets of a second, in a ring of some 68 minutes.
///
/// A flow stands in the bucket of its earliest end. Packets do not move it: when its time comes its owner looks
/// whether it has truly come and otherwise adds it again. So a packet costs nothing here.
struct TimerWheel {
    struct Entry {
        var slot: Int32
        var generation: UInt32
    }

    private static let bucketCount = 4096
    private var buckets: [[Entry]] = Array(repeating: [], count: bucketCount)
    /// The second that was looked at last; `nil` before the first packet.
    private(set) var second: Int64?
    /// Entries in all buckets, those of flows that have gone among them.
    private(set) var count = 0

    /// Begins at this second if it has not begun.
    mutating func begin(at second: Int64) {
        if self.second == nil { self.second = second }
    }

    /// Adds a flow that is due at this second; a time beyond the ring waits at its end.
    mutating func add(_ entry: Entry, at due: Int64) {
        let now = second ?? due
        let ahead = min(max(due &- now, 1), Int64(Self.bucketCount - 1))
        buckets[Int(truncatingIfNeeded: (now &+ ahead) & Int64(Self.bucketCount - 1))]
            .append(entry)
        count += 1
    }

    /// Goes on by a second, not beyond `now`, and gives the flows to be looked at; `nil` when there.
    mutating func next(upTo now: Int64) -> [Entry]? {
        guard let current = second, current < now else { return nil }
        // After a long silence all flows of the ring are due: one turn sees them all.
        if now &- current > Int64(Self.bucketCount) { second = now &- Int64(Self.bucketCount) }
        second = (second ?? current) &+ 1
        let place = Int(truncatingIfNeeded: (second ?? 0) & Int64(Self.bucketCount - 1))
        guard !buckets[place].isEmpty else { return [] }
        let due = buckets[place]
        buckets[place] = []
        count -= due.count
        return due
    }

    /// Takes out an entry that is due first, and tells when.
    mutating func popFirst() -> (entry: Entry, due: Int64)? {
        guard count > 0, let second else { return nil }
        for ahead in 1...Int64(Self.bucketCount) {
            let place = Int(truncatingIfNeeded: (second &+ ahead) & Int64(Self.bucketCount - 1))
            if let entry = buckets[place].popLast() {
                count -= 1
                return (entry, second &+ ahead)
            }
        }
        return nil
    }
}
