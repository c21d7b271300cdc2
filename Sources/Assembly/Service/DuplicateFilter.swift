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
