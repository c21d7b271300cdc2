import CMaxMindDB
import Glibc
package import NetworkTypes

/// A database in MaxMind's DB format: City, Country, ASN, ISP, Enterprise, and others of the same field
/// names; the flat fields of IPinfo's files are understood as well.
///
/// A broken file gives an error, at opening or at the address that leads to the broken part.
package struct MaxMindDatabase: LocationProvider {
    /// The type the database states, such as `GeoLite2-City`.
    package let name: String
    package let edition: Timestamp?

    private let file: MaxMindFile
    private var built = Memo<UInt32, Location?>()

    package init(path: String) throws(LocationDatabaseError) {
        file = try MaxMindFile(path)
        name = file.databaseType
        edition = file.buildTime
    }

    package mutating func location(
        of address: IPAddress
    ) throws(LocationDatabaseError) -> Location? {
        guard var record = try file.record(of: address) else { return nil }
        if let known = built[record.offset] { return known }
        let location = try location(&record)
        built.remember(location, for: record.offset)
        return location
    }

    private func location(
        _ record: inout MaxMindFile.Record
    ) throws(LocationDatabaseError)
        -> Location?
    {
        var location = Location(source: name)
        location.countryCode =
            try record.text(.countryCode, .registeredCountryCode, .flatCountryCode, .flatCountry)
            .flatMap { FieldText.countryCode($0) }
        location.countryName =
            try record.text(.countryName, .registeredCountryName, .flatCountryName)
        location.region = try record.text(.region, .flatRegion)
        location.city = try record.text(.city, .flatCity)
        if let latitude = try record.number(.latitude, .flatLatitude),
            let longitude = try record.number(.longitude, .flatLongitude)
        {
            location.coordinate = Coordinate(latitude: latitude, longitude: longitude)
        }
        location.fillInCountry()
        location.asNumber = try record.asNumber()
        location.asOrganisation = try record.text(
            .asOrganisation, .traitsASOrganisation, .flatASName)
        location.provider = try record.text(.isp, .traitsISP)
        location.organisation = try record.text(.organisation, .traitsOrganisation)
        return location.isEmpty ? nil : location
    }
}

extension MaxMindFile.Record {
    /// The first of these fields that is a text with something in it.
    fileprivate mutating func text(
        _ fields: MaxMindField...
    ) throws(LocationDatabaseError)
        -> String?
    {
        for field in fields {
            if case .text(let text) = try value(field), let clean = FieldText.clean(text) {
                return clean
            }
        }
        return nil
    }

    /// The first of these fields that is a number, or a text that spells one.
    fileprivate mutating func number(
        _ fields: MaxMindField...
    ) throws(LocationDatabaseError)
        -> Double?
    {
        for field in fields {
            switch try value(field) {
            case .number(let number): return number
            case .text(let text): if let number = Double(text) { return number }
            case nil: continue
            }
        }
        return nil
    }

    fileprivate mutating func asNumber() throws(LocationDatabaseError) -> UInt32? {
        for field in [MaxMindField.asNumber, .traitsASNumber, .flatASNumber] {
            let number: UInt32? =
                switch try value(field) {
                case .number(let number): UInt32(exactly: number)
                case .text(let text): UInt32(text.hasPrefix("AS") ? text.dropFirst(2) : text[...])
                case nil: nil
                }
            if let number, number > 0 { return number }
        }
        return nil
    }
}
