import Flows
import NetworkTypes
import Statistics

/// Recognises flows that two sources tell, as a mirror port and a router on the path do.
///
/// The first source to tell of a flow is believed; another one's flow of the same key that overlaps it in time,
/// give or take two seconds for their clocks, is a duplicate. Bounded: the flow told longest ago is forgotten.
struct DuplicateFilter {
    private struct Sighting {
        var source: Int
        var start: Timestamp
        var end: Timestamp
    }

    private var sightings: BoundedTable<UInt64, Sighting>
    private let toleranceSeconds = 2.0

    /// - Parameter limit: flows that are remembered.
    init(limit: Int = 131_072) { sightings = BoundedTable(limit: limit) }

    /// Whether another source has told of the flow.
    mutating func isDuplicate(_ flow: ObservedFlow, from source: Int) -> Bool {
        let key = flow.key.stableHash
        if let seen = sightings[key], seen.source != source,
            flow.start.seconds(since: seen.end) <= toleranceSeconds,
            seen.start.seconds(since: flow.end) <= toleranceSeconds
        {
            return true
        }
        sightings.set(key, Sighting(source: source, start: flow.start, end: flow.end))
        return false
    }
}

// MARK: - Saving

extension DuplicateFilter {
    private static let magic: StaticString = "NTDSDUPL"
    private static let version: UInt32 = 1

    func encoded() -> [UInt8] {
        var writer = ByteWriter(magic: Self.magic, version: Self.version)
        sightings.write(to: &writer) { key, sighting, writer in
            writer.add(key)
            writer.add(count: sighting.source)
            writer.add(sighting.start)
            writer.add(sighting.end)
        }
        return writer.sealed()
    }

    /// Takes over what was saved as `bytes`, which may be anything.
    ///
    /// - Parameter place: the present number of a source by the one it had then.
    mutating func restore(
        _ bytes: [UInt8], place: (Int) -> Int
    ) throws(ByteReader.Failure) {
        var reader = try ByteReader(snapshot: bytes, magic: Self.magic, version: Self.version)
        let restored = try BoundedTable<UInt64, Sighting>(
            from: &reader, limit: sightings.limit, entryOctets: 28
        ) { reader throws(ByteReader.Failure) in
            let key = try reader.uint64()
            let source = Int(try reader.uint32())
            guard source < 1 << 20 else { throw .damaged("a source out of range") }
            return (
                key,
                Sighting(
                    source: place(source), start: try reader.timestamp(),
                    end: try reader.timestamp())
            )
        }
        try reader.finish()
        sightings = restored
    }
}
