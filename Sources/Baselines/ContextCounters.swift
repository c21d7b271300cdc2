package import Flows
internal import NetworkTypes
package import Statistics

/// One of the metrics that tell what happened around a flow.
package struct ContextMetric: Sendable, Equatable {
    /// Its name in tables and models.
    package let name: String
    /// What an analyst calls it.
    package let phrase: String
}

/// What happened around each flow: how many flows its source, its pair of hosts, and its source at the same
/// port of any host had in the last 5, 60 and 600 seconds, how many of the source's failed, and with how
/// many peers it had to do.
///
/// The values are plain counts and a share: the models take the logarithm of every metric, so no other
/// scaling is needed. They include the flow itself. Windows are exact to one bucket (1, 10 and 60 seconds):
/// the window of 600 s tells 540 to 600 s.
///
/// Memory is fixed, about 20 MB by default. Who is not seen for long makes room for others; an evicted key
/// counts from anew. Keys are hashed with a salt, so that nobody can choose addresses that share a place.
package struct ContextCounters: Sendable, Equatable {
    private var sources: WindowTable
    private var pairs: WindowTable
    private var ports: WindowTable
    private let salt: UInt64

    /// The metrics in the order of the values.
    package static let metrics: [ContextMetric] =
        [
            ("src", "flows of the source"), ("pair", "flows of the pair"),
            ("srcport", "flows of the source to the port"),
        ].flatMap { prefix, phrase in
            [5, 60, 600].map {
                ContextMetric(name: "\(prefix)\($0)s", phrase: "\(phrase) in \($0) s")
            }
        } + [
            ContextMetric(
                name: "srcfail600s", phrase: "share of failed flows of the source in 600 s"),
            ContextMetric(name: "srcpeers600s", phrase: "peers of the source in 600 s"),
        ]

    private static let count = metrics.count

    /// The rings of every key; a source has another two, of failures and of peers.
    private static let rings: [(buckets: Int, bucketSeconds: UInt32)] = [(5, 1), (6, 10), (10, 60)]
    private static let failures = 3
    private static let peers = 4

    /// - Parameters:
    ///   - sources: sources that are followed at once.
    ///   - pairs: pairs, and as many of source and port.
    package init(sources: Int = 1 << 14, pairs: Int = 1 << 16, salt: UInt64 = 0) {
        let sources = min(max(8, sources), 1 << 22)
        let pairs = min(max(8, pairs), 1 << 22)
        self.salt = salt
        self.sources = WindowTable(entries: sources, rings: Self.rings + [(10, 60), (10, 60)])
        self.pairs = WindowTable(entries: pairs, rings: Self.rings)
        ports = WindowTable(entries: pairs, rings: Self.rings)
    }

    /// Octets of memory.
    package var octets: Int { sources.octets + pairs.octets + ports.octets }

    /// Keys that made room for others, whether or not they still mattered.
    package var evictions: UInt64 { sources.evictions + pairs.evictions + ports.evictions }

    /// Counts a flow, at the time of its end, and gives the values of its metrics.
    ///
    /// To be called once for each finished flow, in the order of their ends as far as there is one.
    package mutating func observe(_ flow: ObservedFlow) -> [Float] {
        var values = [Float](repeating: 0, count: Self.count)
        var target = values.mutableSpan
        observe(flow, into: &target, at: 0)
        return values
    }

    /// The same of several flows, flow by flow.
    package mutating func observe(_ flows: [ObservedFlow]) -> [Float] {
        var values = [Float](repeating: 0, count: flows.count * Self.count)
        var target = values.mutableSpan
        for (place, flow) in flows.enumerated() {
            observe(flow, into: &target, at: place * Self.count)
        }
        return values
    }

    private mutating func observe(
        _ flow: ObservedFlow, into values: inout MutableSpan<Float>, at first: Int
    ) {
        let second = Self.second(of: flow.end)
        sources.turn(to: second)
        pairs.turn(to: second)
        ports.turn(to: second)
        var hash = StableHash()
        hash.combine(salt)
        hash.combine(flow.key.initiator.address.high)
        hash.combine(flow.key.initiator.address.low)
        let source = sources.entry(hash.value)
        var pairHash = hash
        pairHash.combine(flow.key.responder.address.high)
        pairHash.combine(flow.key.responder.address.low)
        let pair = pairs.entry(pairHash.value)
        hash.combine(
            UInt64(flow.key.responder.port) << 8 | UInt64(flow.key.protocolNumber))
        let port = ports.entry(hash.value)
        let counts: [3 of SIMD4<UInt32>] = [
            sources.addToThree(source), pairs.addToThree(pair), ports.addToThree(port),
        ]
        for key in 0..<3 {
            for ring in 0..<3 { values[first + 3 * key + ring] = Float(counts[key][ring]) }
        }
        let failed =
            flow.outcome.isFailure(protocolNumber: flow.key.protocolNumber)
            ? sources.add(Self.failures, of: source)
            : sources.count(Self.failures, of: source)
        values[first + 9] = min(1, Float(failed) / max(1, values[first + 2]))
        countPeer(pair, of: source, at: second)
        // A source that was evicted does not know of peers that were not.
        values[first + 10] = max(1, Float(sources.count(Self.peers, of: source)))
    }

    /// A source's peers are its pairs by the minute in which each was last seen: exact, as long as pairs are
    /// not evicted.
    private mutating func countPeer(_ pair: Int, of source: Int, at second: UInt32) {
        // The mark of a pair is the minute in which it was last counted, plus 1.
        let (mark, minute) = (pairs[mark: pair], second / 60 + 1)
        // A mark that is later and beyond the window is of a wrong clock.
        guard minute > mark || mark - minute >= 10 else { return }
        if mark > 0 { sources.takeBack(Self.peers, of: source, second: (mark &- 1) &* 60) }
        _ = sources.add(Self.peers, of: source)
        pairs[mark: pair] = minute
    }

    /// Seconds since 1970, up to the year 2106.
    private static func second(of time: Timestamp) -> UInt32 {
        UInt32(clamping: time.nanoseconds / 1_000_000_000)
    }
}

extension ContextCounters {
    /// The version that is written and read.
    package static let version: UInt32 = 1
    private static let magic: StaticString = "NTDSCTXT"

    /// The counters as bytes.
    package func encoded() -> [UInt8] {
        var writer = ByteWriter(magic: Self.magic, version: Self.version)
        writer.add(salt)
        for table in [sources, pairs, ports] { table.write(to: &writer) }
        return writer.sealed()
    }

    /// Takes over what was saved as `bytes`, which may be anything, of counters of the same size.
    package mutating func restore(_ bytes: [UInt8]) throws(ByteReader.Failure) {
        var reader = try ByteReader(snapshot: bytes, magic: Self.magic, version: Self.version)
        var result = ContextCounters(
            sources: sources.capacity, pairs: pairs.capacity,
            salt: try reader.integer(UInt64.self))
        try result.sources.read(from: &reader)
        try result.pairs.read(from: &reader)
        try result.ports.read(from: &reader)
        try reader.finish()
        self = result
    }
}
