import Baselines
import Figures
import Flows
package import Geolocation
package import NetworkTypes

/// What addresses are looked up in.
package struct LocationSource: Sendable {
    /// `nil` if there is no database; then nothing is known of any address.
    package let provider: (any LocationProvider)?
    /// Name and edition, or why there is none.
    package let name: String
    /// What went wrong on the way without stopping it.
    package let warning: String?

    package init(provider: (any LocationProvider)?, name: String, warning: String? = nil) {
        self.provider = provider
        self.name = name
        self.warning = warning
    }
}

/// Where the public ends of a run's flows stand, and the traffic maps made of them.
package struct TrafficGeography: Sendable {
    /// How the look-ups went.
    package let counts: ResolvedLocations.Counts
    /// The name and edition of the database, or why there is none.
    package let source: String
    /// Where the inner end of every line stands.
    package let site: Coordinate?
    /// What the report says about the site, if anything.
    package let siteNote: String?
    private let resolved: ResolvedLocations
    /// Place in `resolved` of each address code; -1 for addresses that were not asked for.
    private let order: [Int32]
    /// Place on the map of each location; -1 without coordinates.
    private let placeOfLocation: [Int32]
    private let places: [(coordinate: Coordinate, label: String)]

    /// Looks up each public address that is the end of a member, once.
    ///
    /// - Parameter locate: Gives the source for these addresses.
    init(
        _ flows: LoadedFlows, settings: AnalysisSettings,
        locate: ([IPAddress]) throws -> LocationSource
    ) rethrows {
        var order = [Int32](repeating: -1, count: flows.addresses.count)
        var addresses: [IPAddress] = []
        for code in flows.table.publicEnds where code != .max && order[Int(code)] < 0 {
            guard let address = flows.addresses.addresses[Int(code)] else { continue }
            order[Int(code)] = Int32(addresses.count)
            addresses.append(address)
        }
        self.order = order
        let inside = InsideNetworks(settings.insidePrefixes)
        let source = try locate(addresses)
        self.source = source.name
        var resolver = LocationResolver(
            provider: source.provider ?? RememberedLocations([:]), inside: inside)
        let resolved = resolver.resolve(addresses)
        self.resolved = resolved
        counts = resolved.counts
        var places: [(coordinate: Coordinate, label: String)] = []
        var known: [Coordinate: Int32] = [:]
        placeOfLocation = resolved.locations.map { location in
            guard let coordinate = location.coordinate else { return -1 }
            if let place = known[coordinate] { return place }
            known[coordinate] = Int32(places.count)
            places.append((coordinate, Self.label(location)))
            return Int32(places.count - 1)
        }
        self.places = places
        (site, siteNote) = Self.site(settings, source)
    }

    /// The operator's position; without one the centre of the country of the inside networks.
    private static func site(
        _ settings: AnalysisSettings, _ source: LocationSource
    ) -> (Coordinate?, String?) {
        if let site = settings.site { return (site, nil) }
        guard var provider = source.provider else { return (nil, nil) }
        for prefix in settings.insidePrefixes where prefix.first.isGlobal {
            // what a damaged database cannot tell, the next prefix may
            guard let location = try? provider.location(of: prefix.first),
                let centre = location.coordinate
            else { continue }
            let country = location.countryName ?? location.countryCode ?? "its country"
            return (
                centre,
                "no --site LAT,LON was given: lines start in the middle of \(country), where \(prefix) is"
            )
        }
        return (nil, "no --site LAT,LON was given: dots without lines")
    }

    /// Where the public end of a member stands; `nil` if it is not known.
    func location(of member: Int, in table: PopulationTable) -> Location? {
        let code = table.publicEnds[member]
        guard code != .max, order[Int(code)] >= 0 else { return nil }
        return resolved[Int(order[Int(code)])]
    }

    /// A map of the traffic of some members, by place and tier.
    ///
    /// - Parameters:
    ///   - direction: Only flows of this direction; `nil` for all.
    ///   - tiers: The tier of every member of the table.
    func map(
        title: String, of members: Range<Int>, direction: FlowDirection?, in table: PopulationTable,
        tiers: [UInt8]
    ) -> WorldMap {
        var totals = [Total](repeating: Total(), count: places.count * 6)
        let (rates, durations) = (table.columns[0], table.columns[1])
        var unplaced = 0
        var count = 0
        for member in members where direction == nil || table.directions[member] == direction {
            count += 1
            guard let place = place(of: table.publicEnds[member]) else {
                unplaced += 1
                continue
            }
            totals[place * 6 + Int(min(tiers[member], 5))].add(
                rate: rates[member], duration: durations[member])
        }
        var map = WorldMap(
            title: title, subtitle: "\(NumberText.grouped(count)) flows", places: [],
            site: site.flatMap { GeographicPoint(latitude: $0.latitude, longitude: $0.longitude) },
            width: .init(name: "mean duration", unit: "s"),
            intensity: .init(name: "mean flow rate", unit: "B/s"))
        for (place, entry) in places.enumerated() {
            let traffic = (0..<6).compactMap { tier in totals[place * 6 + tier].traffic(tier: tier)
            }
            guard !traffic.isEmpty,
                let position = GeographicPoint(
                    latitude: entry.coordinate.latitude, longitude: entry.coordinate.longitude)
            else { continue }
            map.places.append(.init(position: position, label: entry.label, traffic: traffic))
        }
        map.note = [
            unplaced > 0 ? "\(NumberText.grouped(unplaced)) flows have no known place" : nil,
            site == nil ? nil : siteNote,
        ]
        .compactMap { $0 }.joined(separator: "; ")
        return map
    }

    private func place(of code: UInt32) -> Int? {
        guard code != .max, order[Int(code)] >= 0,
            let location = resolved.index(at: Int(order[Int(code)]))
        else { return nil }
        let place = placeOfLocation[location]
        return place < 0 ? nil : Int(place)
    }

    private struct Total {
        var count = 0
        var rateSum = 0.0
        var rateCount = 0
        var durationSum = 0.0

        mutating func add(rate: Double, duration: Double) {
            count += 1
            if duration.isFinite { durationSum += duration }
            if rate.isFinite {
                rateSum += rate
                rateCount += 1
            }
        }

        func traffic(tier: Int) -> WorldMap.Traffic? {
            guard count > 0 else { return nil }
            return WorldMap.Traffic(
                tier: tier, count: count, width: durationSum / Double(count) / 1e6,
                intensity: rateCount > 0 ? rateSum / Double(rateCount) : nil)
        }
    }

    private static func label(_ location: Location) -> String {
        let country = location.countryName ?? location.countryCode ?? "?"
        return location.city.map { "\($0), \(country)" } ?? country
    }
}
