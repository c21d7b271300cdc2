package import NetworkTypes
import Synchronization

/// What was learnt about an address from a service, kept so that it need not be asked again.
package struct CachedLocation: Hashable, Sendable {
    package enum Outcome: Hashable, Sendable {
        case found(Location)
        /// The service answered that it cannot tell, with its reason.
        case failed(reason: String)
    }

    package var address: IPAddress
    package var outcome: Outcome
    /// The service that was asked.
    package var source: String
    /// When it answered.
    package var time: Timestamp
    /// How often the address was asked for, by every run that used this cache.
    package var references: UInt64

    package init(
        address: IPAddress, outcome: Outcome, source: String, time: Timestamp,
        references: UInt64 = 1
    ) {
        self.address = address
        self.outcome = outcome
        self.source = source
        self.time = time
        self.references = references
    }

    package var location: Location? {
        if case .found(let location) = outcome { location } else { nil }
    }
}

/// Keeps what was learnt about addresses.
///
/// Every operation either happens whole or throws and leaves the cache as it was.
package protocol LocationCache: Sendable {
    /// The entries of those of the addresses that have one.
    func entries(for addresses: [IPAddress]) throws -> [IPAddress: CachedLocation]

    /// Puts entries in, in the place of older ones of the same addresses, whose references are added.
    func save(_ entries: [CachedLocation]) throws

    /// Counts one more reference to each of the addresses that has an entry, once for each time it is given.
    func countReferences(to addresses: [IPAddress]) throws

    /// How many addresses have an entry.
    func count() throws -> Int
}

/// A cache that ends with the program.
package final class InMemoryLocationCache: LocationCache {
    private let entries = Mutex<[IPAddress: CachedLocation]>([:])

    package init() {}

    package func entries(for addresses: [IPAddress]) -> [IPAddress: CachedLocation] {
        entries.withLock { entries in
            var found: [IPAddress: CachedLocation] = [:]
            for address in addresses { found[address] = entries[address] }
            return found
        }
    }

    package func save(_ new: [CachedLocation]) {
        entries.withLock { entries in
            for entry in new {
                let before = entries.updateValue(entry, forKey: entry.address)?.references ?? 0
                entries[entry.address]?.references += before
            }
        }
    }

    package func countReferences(to addresses: [IPAddress]) {
        entries.withLock { entries in
            for address in addresses { entries[address]?.references += 1 }
        }
    }

    package func count() -> Int {
        entries.withLock { $0.count }
    }
}

/// Cached entries as a source of locations.
package struct RememberedLocations: LocationProvider {
    package let name = "cache"
    package let edition: Timestamp?
    private let locations: [IPAddress: Location]

    /// The successes among the entries; the edition is the time of the oldest.
    package init(_ entries: [IPAddress: CachedLocation]) {
        locations = entries.compactMapValues(\.location)
        edition = entries.values.filter { $0.location != nil }.map(\.time).min()
    }

    package func location(of address: IPAddress) -> Location? { locations[address] }
}
