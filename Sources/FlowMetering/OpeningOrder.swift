/// Flows in the order in which they began; those that have gone meanwhile are passed over by their owner.
struct OpeningOrder {
    private var entries: [TimerWheel.Entry] = []
    private var first = 0

    mutating func append(_ entry: TimerWheel.Entry) { entries.append(entry) }

    mutating func popFirst() -> TimerWheel.Entry? {
        guard first < entries.count else { return nil }
        defer {
            first += 1
            if first > 4096 && first * 2 > entries.count {
                entries.removeFirst(first)
                first = 0
            }
        }
        return entries[first]
    }
}
