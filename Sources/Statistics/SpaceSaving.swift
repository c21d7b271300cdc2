/// The heaviest of arbitrarily many keys, by a fixed number of counters.
///
/// A count is too large by `error` at most, and by `total / capacity` at most; every key heavier than that
/// is among the counters (Metwally, Agrawal and El Abbadi, "Efficient computation of frequent and top-k
/// elements in data streams", 2005). A new key takes the place of the least count, among equals of the one
/// that stood longest, so that the same input gives the same counters.
package struct SpaceSaving<Key: Hashable & Sendable>: Sendable {
    package struct Counter: Sendable {
        package fileprivate(set) var key: Key
        /// The weight of the key, or up to `error` more.
        package fileprivate(set) var count: UInt64
        package fileprivate(set) var error: UInt64
        /// Position in the order of arrival.
        fileprivate var arrival: UInt64

        fileprivate func isLess(than other: Counter) -> Bool {
            (count, arrival) < (other.count, other.arrival)
        }
    }

    package let capacity: Int
    /// The weight of all keys together.
    package private(set) var total: UInt64 = 0
    private var arrivals: UInt64 = 0
    /// A heap, the least first.
    private var heap: [Counter] = []
    private var places: [Key: Int] = [:]

    /// - Precondition: `capacity` is positive.
    package init(capacity: Int) {
        precondition(capacity > 0, "counters of space-saving")
        self.capacity = capacity
    }

    /// Adds to the weight of a key; sums stop at the largest number.
    ///
    /// - Complexity: The logarithm of `capacity`.
    package mutating func add(_ key: Key, _ weight: UInt64 = 1) {
        total = Self.sum(total, weight)
        if let place = places[key] {
            heap[place].count = Self.sum(heap[place].count, weight)
            sink(place)
            return
        }
        arrivals += 1
        guard heap.count == capacity else {
            heap.append(Counter(key: key, count: weight, error: 0, arrival: arrivals))
            places[key] = heap.count - 1
            rise(heap.count - 1)
            return
        }
        let least = heap[0]
        places[least.key] = nil
        places[key] = 0
        heap[0] = Counter(
            key: key, count: Self.sum(least.count, weight), error: least.count, arrival: arrivals)
        sink(0)
    }

    /// The counters, the heaviest first, among equals the one that stood longest.
    package var counters: [Counter] {
        heap.sorted { ($1.count, $0.arrival) < ($0.count, $1.arrival) }
    }

    /// The counter of a key, if it has one.
    package subscript(key: Key) -> Counter? { places[key].map { heap[$0] } }

    /// The most that a key without a counter can weigh.
    package var bound: UInt64 { heap.count == capacity ? heap[0].count : 0 }

    /// Adds what another has counted; the bound of the result is that of all input together
    /// (Agarwal et al., "Mergeable summaries", 2012; Cafaro, Pulimeno and Tempesta, 2016).
    package mutating func merge(_ other: SpaceSaving) {
        let (ownBound, otherBound) = (bound, other.bound)
        var merged = counters
        for index in merged.indices {
            let found = other[merged[index].key]
            merged[index].count = Self.sum(merged[index].count, found?.count ?? otherBound)
            merged[index].error = Self.sum(merged[index].error, found?.error ?? otherBound)
        }
        for counter in other.counters where places[counter.key] == nil {
            merged.append(counter)
            merged[merged.count - 1].count = Self.sum(counter.count, ownBound)
            merged[merged.count - 1].error = Self.sum(counter.error, ownBound)
        }
        for index in merged.indices { merged[index].arrival = UInt64(index) + 1 }
        merged.sort { ($1.count, $0.arrival) < ($0.count, $1.arrival) }
        let sum = Self.sum(total, other.total)
        removeAll()
        total = sum
        for counter in merged.prefix(capacity) { restore(counter) }
        arrivals = UInt64(merged.count)
    }

    /// Forgets everything.
    package mutating func removeAll() { self = SpaceSaving(capacity: capacity) }

    private mutating func restore(_ counter: Counter) {
        heap.append(counter)
        places[counter.key] = heap.count - 1
        rise(heap.count - 1)
    }

    private static func sum(_ one: UInt64, _ other: UInt64) -> UInt64 {
        let (sum, overflow) = one.addingReportingOverflow(other)
        return overflow ? .max : sum
    }

    private mutating func rise(_ start: Int) {
        var place = start
        while place > 0, heap[place].isLess(than: heap[(place - 1) / 2]) {
            exchange(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    private mutating func sink(_ start: Int) {
        var place = start
        while true {
            var least = place
            for child in (2 * place + 1)...(2 * place + 2)
            where child < heap.count && heap[child].isLess(than: heap[least]) {
                least = child
            }
            if least == place { return }
            exchange(place, least)
            place = least
        }
    }

    private mutating func exchange(_ one: Int, _ other: Int) {
        heap.swapAt(one, other)
        places[heap[one].key] = one
        places[heap[other].key] = other
    }
}
