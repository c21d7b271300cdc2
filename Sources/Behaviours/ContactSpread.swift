import Flows
import NetworkTypes
import Statistics

/// How many different things (hosts, ports) somebody called in a window, and how many of them in vain.
///
/// The window begins with the first call and a new one with the first call after its end, so that whatever is
/// quicker than a window is never cut in two. Late calls count for the window that is there.
struct ContactSpread: Sendable, Hashable {
    /// Registers of both sketches, 2^8: 6.5 % standard error, exact up to 16.
    static let precision = 8
    /// What both sketches hold at most outside of the struct.
    static let heapOctets = 2 * HyperLogLog.largestHeapOctets(precision: precision)

    var start: Timestamp
    var attempts: UInt64 = 0
    var called: HyperLogLog
    var failed: HyperLogLog
    /// How often this window was told.
    var level: UInt8 = 0
    /// Nothing is told of this window: something else tells it.
    var isCovered = false

    init(start: Timestamp, seed: UInt64) {
        self.start = start
        called = HyperLogLog(precision: Self.precision, seed: seed)
        failed = called
    }

    /// Counts a call; says whether it failed at something that it had not failed at before.
    mutating func add(
        _ key: UInt64, failed isFailure: Bool, at time: Timestamp, window: Double, seed: UInt64
    ) -> Bool {
        if time.seconds(since: start) > window { self = ContactSpread(start: time, seed: seed) }
        start = min(start, time)
        attempts += 1
        called.add(key)
        return isFailure && failed.add(key)
    }

    /// Whether enough failed for the next time of telling: `minimum`, then every `growth`-fold of it. If so,
    /// it counts as told.
    mutating func grows(from minimum: Int, by growth: Double) -> Bool {
        let count = failed.count
        var next = Double(minimum)
        for _ in 0..<level { next *= growth }
        guard !isCovered, count >= next else { return false }
        while count >= next, level < .max {
            next *= growth
            level += 1
        }
        return true
    }

    /// The share of the different things that failed, 0...1.
    var failedShare: Double { min(1, failed.count / max(1, called.count)) }

    /// The least share that 95 % of all samples like this one allow (Wilson's interval).
    var certainShare: Double {
        let (count, share, quantile) = (max(1, called.count), failedShare, 1.96)
        let square = quantile * quantile / count
        let spread = quantile * ((share * (1 - share) + square / 4) / count).squareRoot()
        return max(0, (share + square / 2 - spread) / (1 + square))
    }
}

/// The same calls in the quick and in the slow window.
struct ContactSpreads: Sendable, Hashable {
    /// From where on calls in vain are told.
    struct Limits {
        var quick, slow: Int
        var quickSeconds, slowSeconds: Double
        /// The shares of different things that must have failed.
        var quickShare, slowShare: Double
        var growth: Double
        var seed: UInt64
    }

    /// What is to be told.
    struct Finding {
        var isSlow: Bool
        var spread: ContactSpread
    }

    var quick: ContactSpread
    var slow: ContactSpread

    init(start: Timestamp, seed: UInt64) {
        quick = ContactSpread(start: start, seed: seed)
        slow = quick
    }

    mutating func add(
        _ key: UInt64, failed: Bool, at time: Timestamp, _ limits: Limits
    ) -> Finding? {
        let isNewQuick = quick.add(
            key, failed: failed, at: time, window: limits.quickSeconds, seed: limits.seed)
        let isNewSlow = slow.add(
            key, failed: failed, at: time, window: limits.slowSeconds, seed: limits.seed)
        if isNewQuick, quick.failedShare >= limits.quickShare,
            quick.grows(from: limits.quick, by: limits.growth)
        {
            slow.isCovered = true
            return Finding(isSlow: false, spread: quick)
        }
        if isNewSlow, slow.failedShare >= limits.slowShare,
            slow.grows(from: limits.slow, by: limits.growth)
        {
            return Finding(isSlow: true, spread: slow)
        }
        return nil
    }
}

// MARK: - Saving

extension ContactSpread {
    func write(to writer: inout ByteWriter) {
        writer.add(start)
        writer.add(short: attempts)
        called.encode(into: &writer)
        failed.encode(into: &writer)
        writer.add(level)
        writer.add(isCovered)
    }

    /// Reads what ``write(to:)`` wrote.
    init(from reader: inout ByteReader, seed: UInt64) throws(ByteReader.Failure) {
        self.init(start: try reader.timestamp(), seed: seed)
        attempts = try reader.counter()
        called = try HyperLogLog(decoding: &reader, precision: Self.precision, seed: seed)
        failed = try HyperLogLog(decoding: &reader, precision: Self.precision, seed: seed)
        level = try reader.uint8()
        isCovered = try reader.flag()
    }

    /// What one takes in a snapshot at least.
    static let leastOctets = 21
}

extension ContactSpreads {
    func write(to writer: inout ByteWriter) {
        quick.write(to: &writer)
        slow.write(to: &writer)
    }

    /// Reads what ``write(to:)`` wrote.
    init(from reader: inout ByteReader, seed: UInt64) throws(ByteReader.Failure) {
        quick = try ContactSpread(from: &reader, seed: seed)
        slow = try ContactSpread(from: &reader, seed: seed)
    }
}
