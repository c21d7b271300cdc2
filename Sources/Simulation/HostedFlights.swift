import Flows
import NetworkTypes

/// Observations that are not told yet, first come first by their time.
///
/// Of equal times the one that was added first comes first. Memory follows the flows under way.
struct HostedFlights: Sendable {
    private struct Entry: Sendable {
        let time: Int64
        let order: UInt64
        let slot: Int32

        @inline(__always)
        static func < (left: Entry, right: Entry) -> Bool {
            left.time != right.time ? left.time < right.time : left.order < right.order
        }
    }

    /// An observation and the attack it belongs to.
    struct Item: Sendable {
        let observation: Observation
        /// -1 if it belongs to none.
        let attack: Int32
    }

    private var heap: [Entry] = []
    private var items: [Item?] = []
    private var freeSlots: [Int32] = []
    private var nextOrder: UInt64 = 0

    /// The time of the first, `Int64.max` if there is none.
    var firstTime: Int64 { heap.first?.time ?? .max }
    var count: Int { heap.count }

    mutating func add(_ observation: Observation, attack: Int32) {
        let item = Item(observation: observation, attack: attack)
        let slot: Int32
        if let free = freeSlots.popLast() {
            slot = free
            items[Int(free)] = item
        } else {
            slot = Int32(items.count)
            items.append(item)
        }
        let entry = Entry(
            time: observation.timestamp.nanoseconds, order: nextOrder, slot: slot)
        nextOrder += 1
        heap.append(entry)
        var place = heap.count - 1
        while place > 0 {
            let parent = (place - 1) / 2
            guard entry < heap[parent] else { break }
            heap[place] = heap[parent]
            place = parent
        }
        heap[place] = entry
    }

    /// Takes out the first.
    mutating func takeFirst() -> Item? {
        guard let first = heap.first, let last = heap.popLast() else { return nil }
        if !heap.isEmpty { sink(last) }
        let item = items[Int(first.slot)].take()
        freeSlots.append(first.slot)
        return item
    }

    /// Puts an entry at the top and lets it sink to its place.
    private mutating func sink(_ entry: Entry) {
        var place = 0
        while true {
            var child = 2 * place + 1
            guard child < heap.count else { break }
            if child + 1 < heap.count, heap[child + 1] < heap[child] { child += 1 }
            guard heap[child] < entry else { break }
            heap[place] = heap[child]
            place = child
        }
        heap[place] = entry
    }
}
