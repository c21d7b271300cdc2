import Statistics

/// Remembers in a fixed space which keys were seen in the last one or two periods.
///
/// Two Bloom filters: a key enters the younger; when that is full or its period over, it becomes the elder and an
/// empty one takes its place. A key is known while either knows it, and found in the elder it enters the younger
/// again. Of keys never seen at most one in 200 is taken for known (7 places of 10 bits a key, two filters).
struct SeenBefore: Sendable {
    private var younger: [UInt64]
    private var elder: [UInt64]
    private var entered = 0
    private var periodStart: Int64?
    /// How many keys a period takes before it ends early.
    let capacity: Int
    let periodSeconds: Double
    /// Periods that ended early since there was no room.
    private(set) var earlyPeriods: UInt64 = 0

    /// The octets of both filters are 2.5 to 5 times the capacity.
    init(capacity: Int, periodSeconds: Double) {
        self.capacity = capacity
        self.periodSeconds = periodSeconds
        var words = 16
        while words * 64 < 10 * capacity { words *= 2 }
        younger = [UInt64](repeating: 0, count: words)
        elder = younger
    }

    /// Keys in the younger filter.
    var count: Int { entered }

    /// Remembers a key; whether it was known before.
    mutating func insert(_ key: UInt64, at nanoseconds: Int64) -> Bool {
        turn(at: nanoseconds)
        if Self.contains(key, in: younger) { return true }
        let wasKnown = Self.contains(key, in: elder)
        if entered >= capacity {
            earlyPeriods += 1
            startPeriod(at: nanoseconds)
        }
        Self.insert(key, into: &younger)
        entered += 1
        return wasKnown
    }

    private mutating func turn(at nanoseconds: Int64) {
        guard let periodStart else {
            self.periodStart = nanoseconds
            return
        }
        let age = (Double(nanoseconds) - Double(periodStart)) / 1e9
        if age >= periodSeconds { startPeriod(at: nanoseconds) }
    }

    private mutating func startPeriod(at nanoseconds: Int64) {
        swap(&younger, &elder)
        for place in younger.indices { younger[place] = 0 }
        entered = 0
        periodStart = nanoseconds
    }

    private static func contains(_ key: UInt64, in filter: [UInt64]) -> Bool {
        var places = SplitMix64(seed: key)
        for _ in 0..<7 {
            let bit = Int(truncatingIfNeeded: places.next() >> 16) & (filter.count * 64 - 1)
            if filter[bit >> 6] & 1 << UInt64(bit & 63) == 0 { return false }
        }
        return true
    }

    private static func insert(_ key: UInt64, into filter: inout [UInt64]) {
        var places = SplitMix64(seed: key)
        for _ in 0..<7 {
            let bit = Int(truncatingIfNeeded: places.next() >> 16) & (filter.count * 64 - 1)
            filter[bit >> 6] |= 1 << UInt64(bit & 63)
        }
    }
}

// MARK: - Saving

extension SeenBefore {
    func write(to writer: inout ByteWriter) {
        writer.add(count: entered)
        writer.add(periodStart != nil)
        writer.add(periodStart ?? 0)
        writer.add(short: earlyPeriods)
        writer.add(sparse: younger)
        writer.add(sparse: elder)
    }

    /// Fills a new one with what ``write(to:)`` wrote.
    mutating func read(from reader: inout ByteReader) throws(ByteReader.Failure) {
        entered = Int(try reader.uint32())
        guard entered <= capacity else { throw .damaged("more keys than there is room for") }
        let hasBegun = try reader.flag()
        let start = try reader.int64()
        periodStart = hasBegun ? start : nil
        earlyPeriods = try reader.counter()
        younger = try reader.sparseWords(count: younger.count)
        elder = try reader.sparseWords(count: elder.count)
    }
}
