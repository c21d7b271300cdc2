package import NetworkTypes

/// What is known of the place and the network of an address. Everything but the source may be missing.
package struct Location: Hashable, Sendable {
    /// ISO 3166-1 alpha-2, or `XK`.
    package var countryCode: String?
    package var countryName: String?
    /// The first subdivision: state, province, department.
    package var region: String?
    package var city: String?

    /// The position of the city, or the centre of the country: `precision` says which.
    package var coordinate: Coordinate?

    /// The number of the autonomous system that announces the address.
    package var asNumber: UInt32?
    /// Who runs that autonomous system.
    package var asOrganisation: String?

    /// The company that sells the access.
    package var provider: String?
    /// Who uses the address, by the source's words.
    package var organisation: String?

    /// The database or service that answered; several are joined by " + ".
    package var source: String

    package init(source: String) {
        self.source = source
    }

    /// How finely a location is known.
    package enum Precision: String, Hashable, Sendable {
        case city, country
    }

    /// City if a city is named, else country; `nil` if not even that is known.
    package var precision: Precision? {
        if city != nil { return .city }
        return countryCode != nil || coordinate != nil ? .country : nil
    }

    /// The original's *trust*: the organisation that uses the address is not the provider that sells it, so
    /// that somebody answers for it. `nil` if one of them is unknown. It is shown for comparison with the
    /// original's results; nothing is decided by it.
    package var trust: Bool? {
        guard let organisation, let provider else { return nil }
        return organisation != provider
    }

    /// Whether there is anything to tell.
    package var isEmpty: Bool {
        precision == nil && asNumber == nil && asOrganisation == nil && provider == nil
            && organisation == nil
    }

    /// Completes a country code by the country's name, and, where no position is known, its centre.
    package mutating func fillInCountry() {
        guard let country = countryCode.flatMap(Country.init(code:)) else { return }
        countryName = countryName ?? country.name
        coordinate = coordinate ?? country.centre
    }
}

/// A country or territory with a code of its own.
package struct Country: Hashable, Sendable {
    package let code, name: String
    /// The centroid of its mainland, or its capital where it is small.
    package let centre: Coordinate

    /// `nil` if the code is none of ISO 3166-1's (nor `XK`).
    package init?(code: String) {
        guard let country = Self.byCode[code] else { return nil }
        self = country
    }

    /// All of them, by code.
    package static let all = byCode.values.sorted { $0.code < $1.code }

    private static let byCode: [String: Country] = {
        var countries: [String: Country] = [:]
        for line in countryTable.split(separator: "\n") {
            let parts = line.split(separator: "\t").map(String.init)
            guard parts.count == 4, let centre = Coordinate("\(parts[1]),\(parts[2])") else {
                continue
            }
            countries[parts[0]] = Country(code: parts[0], name: parts[3], centre: centre)
        }
        return countries
    }()

    private init(code: String, name: String, centre: Coordinate) {
        (self.code, self.name, self.centre) = (code, name, centre)
    }
}
