import Flows
import NetworkTypes
import Statistics

/// The plain numbers of a checkpoint: where time and sources stood, and what was counted.
struct ServiceSnapshot: Equatable {
    /// A source as an earlier run left it.
    struct Source: Equatable {
        /// See ``ServiceSettings/Source/identity``.
        var identity: String
        /// The run that wrote the checkpoint read it; else an earlier one did.
        var isActive: Bool
        /// All of it can be read again.
        var isReplayable: Bool
        var progress = SourceProgress()
        var observations: UInt64 = 0
        var late: UInt64 = 0
        var duplicates: UInt64 = 0
        var gaps: UInt64 = 0
        var clock: Timestamp?
    }

    static let name = "service"
    private static let magic: StaticString = "NTDSSERV"
    private static let version: UInt32 = 1
    /// Sources that are remembered though no longer read.
    static let otherLimit = 1024

    /// Of the sketches.
    var secret: UInt64 = 0
    var clock: Timestamp?
    var begin: Timestamp?
    /// Those of the run in its order, then the others.
    var sources: [Source] = []
    /// The counters of ``ServiceStatus`` that nobody else keeps.
    var counters: [UInt64] = []
    /// The feature modes that there are baselines of.
    var modes: [String] = []
    /// Flows that were written to the store.
    var storedFlows: UInt64 = 0
    /// The number of the last file of each hour of the store; `nil` if none was kept.
    var lastParts: [Int64: Int]?

    func encoded() -> [UInt8] {
        var writer = ByteWriter(magic: Self.magic, version: Self.version)
        writer.add(secret)
        writer.add(optional: clock)
        writer.add(optional: begin)
        writer.add(count: counters.count)
        for counter in counters { writer.add(short: counter) }
        writer.add(count: sources.count)
        for source in sources {
            writer.add(source.identity)
            writer.add(source.isActive)
            writer.add(source.isReplayable)
            for number in [source.observations, source.late, source.duplicates, source.gaps] {
                writer.add(short: number)
            }
            writer.add(optional: source.clock)
            writer.add(short: source.progress.taken)
            writer.add(source.progress.isComplete)
            writer.add(count: source.progress.files.count)
            for file in source.progress.files { file.write(to: &writer) }
        }
        writer.add(count: modes.count)
        for mode in modes { writer.add(mode) }
        writer.add(short: storedFlows)
        writer.add(lastParts != nil)
        if let lastParts {
            writer.add(count: lastParts.count)
            for (hour, number) in lastParts.sorted(by: { $0.key < $1.key }) {
                writer.add(hour)
                writer.add(short: UInt64(number))
            }
        }
        return writer.sealed()
    }

    init() {}

    init(decoding bytes: [UInt8]) throws(ByteReader.Failure) {
        var reader = try ByteReader(snapshot: bytes, magic: Self.magic, version: Self.version)
        secret = try reader.uint64()
        clock = try reader.optionalTimestamp()
        begin = try reader.optionalTimestamp()
        for _ in 0..<(try reader.count(size: 1)) { counters.append(try reader.counter()) }
        for _ in 0..<(try reader.count(size: 17)) {
            sources.append(try Self.source(from: &reader))
        }
        for _ in 0..<(try reader.count(size: 4)) { modes.append(try reader.text()) }
        storedFlows = try reader.counter()
        if try reader.flag() {
            var parts: [Int64: Int] = [:]
            for _ in 0..<(try reader.count(size: 9)) {
                let hour = try reader.int64()
                parts[hour] = Int(try reader.counter())
            }
            lastParts = parts
        }
        try reader.finish()
    }

    private static func source(
        from reader: inout ByteReader
    ) throws(ByteReader.Failure) -> Source {
        var source = Source(
            identity: try reader.text(), isActive: try reader.flag(),
            isReplayable: try reader.flag())
        source.observations = try reader.counter()
        source.late = try reader.counter()
        source.duplicates = try reader.counter()
        source.gaps = try reader.counter()
        source.clock = try reader.optionalTimestamp()
        source.progress.taken = try reader.counter()
        source.progress.isComplete = try reader.flag()
        for _ in 0..<(try reader.count(size: FileMark.leastOctets)) {
            source.progress.files.append(try FileMark(from: &reader))
        }
        return source
    }
}

extension ServiceStatus {
    /// The counters that nobody else keeps, in the order of a snapshot.
    var counters: [UInt64] {
        get {
            [flows, lookups, addressQueries, flowsWithoutMetrics, scoredFlows, learningEvidence]
                + tiers
        }
        set {
            guard newValue.count == 6 + tiers.count else { return }
            flows = newValue[0]
            lookups = newValue[1]
            addressQueries = newValue[2]
            flowsWithoutMetrics = newValue[3]
            scoredFlows = newValue[4]
            learningEvidence = newValue[5]
            tiers = Array(newValue[6...])
        }
    }
}
