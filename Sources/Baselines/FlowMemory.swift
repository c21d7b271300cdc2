package import NetworkTypes
package import Statistics

/// A sample of the flows of a stream: those with the smallest priority, at most `capacity` of them.
///
/// The priority of a flow comes from a hash of its key and start (bottom-k sampling; Cohen and Kaplan,
/// "Summarizing data using bottom-k sketches", 2007), less its time in half-lives. So flows of one time
/// are kept with equal chance, younger ones with a larger one, and the sample of two streams together is
/// found among their samples: memories merge to the bit in any order. Flows of equal priority are ordered
/// by all else that is known of them.
///
/// The hash is salted: who does not know the salt cannot choose keys that are remembered.
package struct FlowMemory: Sendable {
    /// What decides who is remembered; memories merge if they agree on it.
    package struct Rule: Sendable, Equatable {
        /// Flows that are remembered at most.
        package var capacity: Int
        /// After this time a flow counts half against one of now; 0 keeps all times alike.
        package var halfLifeSeconds: Double
        package var salt: UInt64

        /// Numbers are forced into their ranges: 16…65,536 flows; half-lives of an hour to 100 years, or 0.
        package init(capacity: Int, halfLifeSeconds: Double = 0, salt: UInt64 = 0) {
            self.capacity = min(max(16, capacity), 1 << 16)
            self.halfLifeSeconds =
                halfLifeSeconds > 0 ? min(max(3600, halfLifeSeconds), 3.2e9) : 0
            self.salt = salt
        }

        /// The priority of a flow, given ``FlowKey/stableHash`` of its key.
        ///
        /// The logarithm to base 2 of the hash, straight between powers of two, less the half-lives since
        /// 1970, in units of 2^-32: no rounding that differs between machines.
        package func priority(flowKeyHash: UInt64, start: Timestamp) -> Int64 {
            var hash = StableHash()
            hash.combine(salt)
            hash.combine(flowKeyHash)
            hash.combine(UInt64(bitPattern: start.nanoseconds))
            let draw = hash.value | 1
            let zeros = draw.leadingZeroBitCount
            let level =
                Int64(63 - zeros) << 32 | Int64(truncatingIfNeeded: ((draw << zeros) << 1) >> 32)
            guard halfLifeSeconds > 0 else { return level }
            return level - Int64(Double(start.nanoseconds) / (halfLifeSeconds * 1e9) * 0x1p32)
        }
    }

    /// One remembered flow.
    package struct Row: Sendable, Equatable, Comparable {
        package var priority: Int64
        /// When the flow ended.
        package var time: Timestamp
        /// What the owner of the memory notes about the flow.
        package var label: UInt32
        /// Its metrics, NaN where there is no finite value.
        package var values: [Float]

        package init(priority: Int64, time: Timestamp, label: UInt32, values: [Float]) {
            (self.priority, self.time, self.label) = (priority, time, label)
            self.values = values
        }

        package static func < (left: Row, right: Row) -> Bool {
            if left.priority != right.priority { return left.priority < right.priority }
            if left.time != right.time { return left.time < right.time }
            if left.label != right.label { return left.label < right.label }
            return left.values.lazy.map(\.bitPattern)
                .lexicographicallyPrecedes(right.values.lazy.map(\.bitPattern))
        }

        package static func == (left: Row, right: Row) -> Bool { !(left < right || right < left) }
    }

    package let rule: Rule
    package let metricCount: Int
    // What is remembered stands in places; a place keeps its flow until a flow of smaller priority takes it.
    private var priorities: [Int64] = []
    private var times: [Int64] = []
    private var labels: [UInt32] = []
    private var values: [Float] = []
    /// The places as a heap, largest flow first; empty until the memory is full.
    private var heap: [UInt32] = []
    /// Flows there is room for: powers of two up to the capacity.
    private var room = 0

    package init(rule: Rule, metricCount: Int) {
        self.rule = rule
        self.metricCount = metricCount
    }

    /// Flows remembered.
    package var count: Int { priorities.count }

    /// The flow at a place.
    package subscript(place: Int) -> Row {
        Row(
            priority: priorities[place], time: Timestamp(nanoseconds: times[place]),
            label: labels[place],
            values: Array(values[(place * metricCount)..<((place + 1) * metricCount)]))
    }

    /// One metric of the flow at a place.
    package func value(_ metric: Int, at place: Int) -> Float {
        values[place * metricCount + metric]
    }

    /// When the flow at a place ended.
    package func time(at place: Int) -> Timestamp { Timestamp(nanoseconds: times[place]) }

    /// The label of the flow at a place.
    package func label(at place: Int) -> UInt32 { labels[place] }

    /// The places from the smallest flow to the largest: an order that does not depend on how they came.
    package var orderedPlaces: [Int] {
        (0..<count).sorted { isBefore($0, $1) }
    }

    /// All that is remembered, in its order.
    package var rows: [Row] { orderedPlaces.map { self[$0] } }

    /// Remembers a flow if it is among the smallest, in place of the largest if the memory is full.
    ///
    /// - Parameter values: one a metric; those that are not finite are kept as missing.
    /// - Returns: the flow's place, `nil` if it is not remembered.
    @discardableResult
    package mutating func add(
        priority: Int64, time: Timestamp, label: UInt32, values: [Float]
    ) -> Int? {
        precondition(values.count == metricCount, "a metric without a value")
        if count < rule.capacity {
            grow()
            priorities.append(priority)
            times.append(time.nanoseconds)
            labels.append(label)
            for value in values { self.values.append(value.isFinite ? value : .nan) }
            if count == rule.capacity { makeHeap() }
            return count - 1
        }
        let largest = Int(heap[0])
        if priority > priorities[largest] { return nil }
        if priority == priorities[largest] {
            let row = Row(
                priority: priority, time: time, label: label,
                values: values.map { $0.isFinite ? $0 : .nan })
            if !(row < self[largest]) { return nil }
        }
        priorities[largest] = priority
        times[largest] = time.nanoseconds
        labels[largest] = label
        for metric in 0..<metricCount {
            self.values[largest * metricCount + metric] =
                values[metric].isFinite ? values[metric] : .nan
        }
        siftDown(0)
        return largest
    }

    /// Remembers the smallest of both.
    ///
    /// - Precondition: the memories have one rule and one number of metrics.
    package mutating func merge(_ other: FlowMemory) {
        precondition(rule == other.rule && metricCount == other.metricCount, "unlike memories")
        for place in 0..<other.count {
            let row = other[place]
            add(priority: row.priority, time: row.time, label: row.label, values: row.values)
        }
    }

    /// Forgets what is not wanted. What is left moves up to the first places, in the order of the places.
    package mutating func keep(_ isWanted: (Int) -> Bool) {
        let kept = (0..<count).filter(isWanted)
        guard kept.count < count else { return }
        var result = FlowMemory(rule: rule, metricCount: metricCount)
        for place in kept {
            let row = self[place]
            result.add(priority: row.priority, time: row.time, label: row.label, values: row.values)
        }
        self = result
    }

    /// Octets of memory that the flows take, a little more than less.
    package var octets: Int { room * (24 + 4 * metricCount) }

    // MARK: Places

    private mutating func grow() {
        guard count == room else { return }
        room = min(max(16, room * 2), rule.capacity)
        priorities.reserveCapacity(room)
        times.reserveCapacity(room)
        labels.reserveCapacity(room)
        values.reserveCapacity(room * metricCount)
    }

    @inline(__always)
    private func isBefore(_ first: Int, _ second: Int) -> Bool {
        priorities[first] == priorities[second]
            ? self[first] < self[second] : priorities[first] < priorities[second]
    }

    private mutating func makeHeap() {
        heap = (0..<UInt32(count)).map { $0 }
        for index in stride(from: count / 2 - 1, through: 0, by: -1) { siftDown(index) }
    }

    private mutating func siftDown(_ start: Int) {
        var index = start
        while true {
            let left = 2 * index + 1
            guard left < heap.count else { return }
            let right = left + 1
            let larger =
                right < heap.count && isBefore(Int(heap[left]), Int(heap[right])) ? right : left
            guard isBefore(Int(heap[index]), Int(heap[larger])) else { return }
            heap.swapAt(index, larger)
            index = larger
        }
    }
}

extension FlowMemory: Equatable {
    /// Whether the same flows are remembered by the same rule, whatever their places.
    package static func == (left: FlowMemory, right: FlowMemory) -> Bool {
        left.rule == right.rule && left.metricCount == right.metricCount && left.rows == right.rows
    }
}

extension FlowMemory {
    /// The flows in their order.
    package func write(to writer: inout ByteWriter) {
        writer.add(count: count)
        for place in orderedPlaces {
            writer.add(priorities[place])
            writer.add(times[place])
            writer.add(labels[place])
            for metric in 0..<metricCount { writer.add(value(metric, at: place).bitPattern) }
        }
    }

    /// Reads what ``write(to:)`` wrote.
    package init(
        from reader: inout ByteReader, rule: Rule, metricCount: Int
    ) throws(ByteReader.Failure) {
        self.init(rule: rule, metricCount: metricCount)
        let count = try reader.count(size: 20 + 4 * metricCount)
        guard count <= rule.capacity else { throw .damaged("a memory that is too large") }
        for _ in 0..<count {
            let priority = try reader.integer(Int64.self)
            let time = Timestamp(nanoseconds: try reader.integer(Int64.self))
            let label = try reader.integer(UInt32.self)
            var values: [Float] = []
            values.reserveCapacity(metricCount)
            for _ in 0..<metricCount {
                let value = Float(bitPattern: try reader.integer(UInt32.self))
                guard value.isFinite || value.bitPattern == Float.nan.bitPattern else {
                    throw .damaged("a remembered value out of range")
                }
                values.append(value)
            }
            if self.count > 0, priority < priorities[self.count - 1] {
                throw .damaged("a memory out of order")
            }
            add(priority: priority, time: time, label: label, values: values)
        }
    }
}
