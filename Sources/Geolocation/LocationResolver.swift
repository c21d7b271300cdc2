package import NetworkTypes

/// Finds the locations of many addresses, with one look-up for each distinct public one.
package struct LocationResolver: Sendable {
    private var provider: any LocationProvider
    private let inside: InsideNetworks

    /// - Parameter inside: what is never looked up, beside everything that is not global.
    package init(provider: any LocationProvider, inside: InsideNetworks) {
        self.provider = provider
        self.inside = inside
    }

    /// - Complexity: one hash table look-up an address, one look-up in the database a distinct public address.
    package mutating func resolve(_ addresses: [IPAddress]) -> ResolvedLocations {
        var resolved = ResolvedLocations()
        resolved.indices.reserveCapacity(addresses.count)
        var indexOfLocation: [Location: Int32] = [:]
        var indexOfAddress: [IPAddress: Int32] = [:]
        for address in addresses {
            if let index = indexOfAddress[address] {
                resolved.indices.append(index)
                continue
            }
            var index = ResolvedLocations.none
            if let location = lookUp(address, &resolved.counts) {
                index = indexOfLocation[location] ?? Int32(resolved.locations.count)
                if index == resolved.locations.count {
                    resolved.locations.append(location)
                    indexOfLocation[location] = index
                }
            }
            indexOfAddress[address] = index
            resolved.indices.append(index)
        }
        resolved.counts.distinct = indexOfAddress.count
        return resolved
    }

    private mutating func lookUp(
        _ address: IPAddress, _ counts: inout ResolvedLocations.Counts
    ) -> Location? {
        guard inside.isPublic(address) else {
            counts.insideSkipped += 1
            return nil
        }
        do {
            let location = try provider.location(of: address)
            if location == nil { counts.notFound += 1 } else { counts.found += 1 }
            return location
        } catch {
            counts.failed += 1
            counts.firstFailure = counts.firstFailure ?? error
            return nil
        }
    }
}

/// The locations of a list of addresses, in its order, each distinct location held once.
package struct ResolvedLocations: Sendable {
    /// How the distinct addresses fared; the last four add up to `distinct`.
    package struct Counts: Hashable, Sendable {
        package var distinct = 0
        /// Inside addresses, which were not looked up.
        package var insideSkipped = 0
        package var found = 0
        package var notFound = 0
        /// Look-ups at which the database proved broken.
        package var failed = 0
        package var firstFailure: LocationDatabaseError?

        package init() {}

        /// The distinct public addresses.
        package var publicAddresses: Int { distinct - insideSkipped }
    }

    package fileprivate(set) var counts = Counts()

    /// The distinct locations, in the order in which they were found.
    package fileprivate(set) var locations: [Location] = []

    /// For each address the index in `locations`, or `none`.
    fileprivate var indices: [Int32] = []
    fileprivate static let none: Int32 = -1

    /// How many addresses were given.
    package var count: Int { indices.count }

    /// The location of the address at this place of the list; `nil` if it was skipped or is not known.
    package subscript(place: Int) -> Location? {
        index(at: place).map { locations[$0] }
    }

    /// The index in `locations` of the address at this place of the list.
    package func index(at place: Int) -> Int? {
        indices[place] == Self.none ? nil : Int(indices[place])
    }
}
