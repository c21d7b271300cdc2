import Foundation
import GRDB
package import Geolocation
package import NetworkTypes

/// The location cache in a file.
package struct SQLiteLocationCache: LocationCache {
    private let database: StateDatabase

    package init(_ database: StateDatabase) {
        self.database = database
    }

    package func entries(for addresses: [IPAddress]) throws -> [IPAddress: CachedLocation] {
        try perform {
            try database.queue.read { database in
                let statement = try database.cachedStatement(
                    sql:
                        "SELECT \(Self.columns.joined(separator: ", ")) FROM location WHERE address = ?"
                )
                var found: [IPAddress: CachedLocation] = [:]
                for address in addresses where found[address] == nil {
                    guard let row = try Row.fetchOne(statement, arguments: [Self.key(address)])
                    else {
                        continue
                    }
                    found[address] = Self.entry(row, of: address)
                }
                return found
            }
        }
    }

    package func save(_ entries: [CachedLocation]) throws {
        try perform {
            try database.queue.write { database in
                let statement = try database.cachedStatement(sql: Self.upsert)
                for entry in entries { try statement.execute(arguments: Self.arguments(entry)) }
            }
        }
    }

    package func countReferences(to addresses: [IPAddress]) throws {
        try perform {
            try database.queue.write { database in
                let statement = try database.cachedStatement(
                    sql:
                        "UPDATE location SET reference_count = reference_count + 1 WHERE address = ?"
                )
                for address in addresses { try statement.execute(arguments: [Self.key(address)]) }
            }
        }
    }

    package func count() throws -> Int {
        try perform {
            try database.queue.read {
                try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM location") ?? 0
            }
        }
    }

    private func perform<Result>(_ work: () throws -> Result) throws -> Result {
        try StorageError.wrap(database.queue.path, work)
    }
}

// MARK: - The table

extension SQLiteLocationCache {
    /// The first schema. Times are nanoseconds since 1970, addresses 16 octets in network order. `reason` is
    /// null for what was found.
    static let schema = """
        CREATE TABLE location (
            address BLOB NOT NULL PRIMARY KEY CHECK (length(address) = 16),
            reason TEXT,
            asked TEXT NOT NULL,
            time INTEGER NOT NULL,
            reference_count INTEGER NOT NULL,
            source TEXT,
            country_code TEXT,
            country_name TEXT,
            region TEXT,
            city TEXT,
            latitude REAL,
            longitude REAL,
            as_number INTEGER,
            as_organisation TEXT,
            provider TEXT,
            organisation TEXT
        ) STRICT, WITHOUT ROWID
        """

    /// In the order of `arguments` and `entry`.
    private static let columns = [
        "address", "reason", "asked", "time", "reference_count", "source", "country_code",
        "country_name",
        "region", "city", "latitude", "longitude", "as_number", "as_organisation", "provider",
        "organisation",
    ]

    private static let upsert: String = {
        let updates = columns.dropFirst().map { column in
            column == "reference_count"
                ? "reference_count = reference_count + excluded.reference_count"
                : "\(column) = excluded.\(column)"
        }
        return """
            INSERT INTO location (\(columns.joined(separator: ", ")))
            VALUES (\(columns.map { _ in "?" }.joined(separator: ", ")))
            ON CONFLICT (address) DO UPDATE SET \(updates.joined(separator: ", "))
            """
    }()

    private static func arguments(_ entry: CachedLocation) -> StatementArguments {
        var reason: String?
        if case .failed(let words) = entry.outcome { reason = words }
        let location = entry.location
        return [
            key(entry.address), reason, entry.source, entry.time.nanoseconds,
            Int64(clamping: entry.references), location?.source, location?.countryCode,
            location?.countryName, location?.region, location?.city, location?.coordinate?.latitude,
            location?.coordinate?.longitude, location?.asNumber,
            location?.asOrganisation, location?.provider, location?.organisation,
        ]
    }

    private static func entry(_ row: Row, of address: IPAddress) -> CachedLocation {
        var location = Location(source: row[5] ?? "")
        location.countryCode = row[6]
        location.countryName = row[7]
        location.region = row[8]
        location.city = row[9]
        if let latitude: Double = row[10], let longitude: Double = row[11] {
            location.coordinate = Coordinate(latitude: latitude, longitude: longitude)
        }
        let number: Int64? = row[12]
        location.asNumber = number.flatMap(UInt32.init(exactly:))
        location.asOrganisation = row[13]
        location.provider = row[14]
        location.organisation = row[15]
        let reason: String? = row[1]
        let references: Int64 = row[4]
        return CachedLocation(
            address: address, outcome: reason.map { .failed(reason: $0) } ?? .found(location),
            source: row[2], time: Timestamp(nanoseconds: row[3]),
            references: UInt64(clamping: references))
    }

    /// The 16 octets of an address in network order.
    private static func key(_ address: IPAddress) -> Data {
        var key = Data(capacity: 16)
        for word in [address.high, address.low] {
            for shift in stride(from: 56, through: 0, by: -8) {
                key.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
            }
        }
        return key
    }
}
