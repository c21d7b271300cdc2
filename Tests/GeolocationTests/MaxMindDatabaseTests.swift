import Foundation
import Geolocation
import NetworkTypes
import Testing

private typealias Value = MaxMindFileWriter.Value

private func names(_ name: String) -> Value {
    .map([("names", .map([("de", .text("nein")), ("en", .text(name))]))])
}

struct MaxMindDatabaseTests {
    private func city() throws -> MaxMindFileWriter {
        var writer = MaxMindFileWriter()
        try writer.add(
            "190.90.0.0/16",
            .map([
                ("city", names("Popayán")),
                (
                    "country",
                    .map([("iso_code", .text("CO")), ("names", .map([("en", .text("Colombia"))]))])
                ),
                (
                    "location",
                    .map([("latitude", .double(2.4419)), ("longitude", .double(-76.6063))])
                ),
                ("subdivisions", .array([names("Cauca"), names("other")])),
                (
                    "traits",
                    .map([
                        ("autonomous_system_number", .uint32(27695)),
                        ("autonomous_system_organization", .text("EDATEL")),
                        ("isp", .text("Edatel S.A.")),
                        ("organization", .text("Universidad del Cauca")),
                    ])
                ),
            ]))
        try writer.add("2800::/16", .map([("country", .map([("iso_code", .text("CO"))]))]))
        return writer
    }

    private func database(_ writer: MaxMindFileWriter) throws -> MaxMindDatabase {
        let temporary = try TemporaryFile(writer.bytes)
        return try withExtendedLifetime(temporary) { try MaxMindDatabase(path: temporary.path) }
    }

    @Test func `a city database gives all there is`() throws {
        var database = try database(city())
        #expect(database.name == "Test-City")
        #expect(database.edition?.description == "2020-09-13T12:26:40Z")
        var expected = Location(source: "Test-City")
        expected.countryCode = "CO"
        expected.countryName = "Colombia"
        expected.region = "Cauca"
        expected.city = "Popayán"
        expected.coordinate = Coordinate(latitude: 2.4419, longitude: -76.6063)
        expected.asNumber = 27695
        expected.asOrganisation = "EDATEL"
        expected.provider = "Edatel S.A."
        expected.organisation = "Universidad del Cauca"
        #expect(try database.location(of: address("190.90.1.2")) == expected)
        #expect(expected.precision == .city && expected.trust == true)
        #expect(try database.location(of: address("190.91.1.2")) == nil)
    }

    @Test func `a country without position gets its centre`() throws {
        var database = try database(city())
        let location = try #require(try database.location(of: address("2800::1")))
        #expect(location.countryName == "Colombia" && location.precision == .country)
        #expect(location.coordinate == Country(code: "CO")?.centre)
    }

    @Test func `flat fields are understood`() throws {
        var writer = MaxMindFileWriter()
        try writer.add(
            "1.0.0.0/8",
            .map([
                ("asn", .text("AS13335")), ("as_name", .text("Cloudflare, Inc.")),
                ("city", .text("Brisbane")),
                ("country_code", .text("AU")), ("country", .text("Australia")),
                ("lat", .text("-27.47")),
                ("lng", .text("153.03")),
            ]))
        var database = try database(writer)
        let location = try #require(try database.location(of: address("1.1.1.1")))
        #expect(location.asNumber == 13335 && location.asOrganisation == "Cloudflare, Inc.")
        #expect(location.countryCode == "AU" && location.city == "Brisbane")
        #expect(location.coordinate == Coordinate("-27.47,153.03"))
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity, 90.5, 1e300])
    func `positions outside the globe are left out`(latitude: Double) throws {
        var writer = MaxMindFileWriter()
        try writer.add(
            "1.0.0.0/8",
            .map([
                ("autonomous_system_number", .double(latitude)), ("city", names("Nowhere")),
                ("location", .map([("latitude", .double(latitude)), ("longitude", .double(1))])),
            ]))
        var database = try database(writer)
        let location = try #require(try database.location(of: address("1.1.1.1")))
        #expect(location.coordinate == nil && location.asNumber == nil)
    }

    @Test func `texts are bounded and cleaned, wrong types are left out`() throws {
        var writer = MaxMindFileWriter()
        try writer.add(
            "1.0.0.0/8",
            .map([
                ("city", names("\u{7}bell\r\n")), ("country", .map([("iso_code", .text("co"))])),
                ("isp", .text(String(repeating: "ñ", count: 5000))), ("organization", .array([])),
                ("location", .text("here")),
            ]))
        var database = try database(writer)
        let location = try #require(try database.location(of: address("1.1.1.1")))
        #expect(location.city == "bell" && location.countryCode == nil)
        #expect(location.provider == String(repeating: "ñ", count: 128))
        #expect(location.organisation == nil && location.coordinate == nil)
    }

    @Test func `every truncation and random damage give answers or errors`() throws {
        let whole = try city().bytes
        let file = try TemporaryFile()
        func ask(_ bytes: [UInt8]) throws {
            try file.write(bytes)
            guard var database = try? MaxMindDatabase(path: file.path) else { return }
            for text in ["190.90.1.2", "2800::1", "1.1.1.1", "ffff::"] {
                _ = try? database.location(of: address(text))
            }
        }
        for count in stride(from: 0, to: whole.count, by: 3) { try ask(Array(whole.prefix(count))) }
        var random = StableHash()
        for round in 0..<600 {
            var bytes = whole
            for _ in 0..<(1 + round % 8) {
                random.combine(UInt64(round))
                bytes[Int(random.value >> 32) % whole.count] = UInt8(
                    truncatingIfNeeded: random.value)
            }
            try ask(bytes)
        }
    }

    @Test func `what is no database is refused with its kind of reason`() throws {
        let text = try TemporaryFile(Array("not a database at all".utf8))
        do {
            _ = try MaxMindDatabase(path: text.path)
            Issue.record("opened a text")
        } catch {
            guard case .foreign = error else {
                Issue.record("\(error)")
                return
            }
        }
        #expect(
            throws: LocationDatabaseError.unreadable(
                file: "/dev/zero", reason: "not a regular file")
        ) {
            try MaxMindDatabase(path: "/dev/zero")
        }
        let missing = text.path + ".gone"
        #expect(
            throws: LocationDatabaseError.unreadable(
                file: missing, reason: "No such file or directory")
        ) {
            try MaxMindDatabase(path: missing)
        }
        let empty = try TemporaryFile()
        #expect(throws: LocationDatabaseError.self) { try MaxMindDatabase(path: empty.path) }
    }
}

/// MaxMind's published test databases and the broken ones of its libraries, where they lie beside the checkout.
struct PublishedMaxMindDatabaseTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../shared/data/geoip").standardized
    static let isPresent = FileManager.default.fileExists(atPath: folder.path)
    static let databases = ["maxmind-bad", "maxmind-test"].flatMap { name in
        let folder = folder.appending(path: name)
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return files.filter { $0.hasSuffix(".mmdb") }.sorted().map {
            folder.appending(path: $0).path
        }
    }

    @Test(.enabled(if: isPresent), arguments: databases)
    func `no published database, however broken, does harm`(path: String) throws {
        guard var database = try? MaxMindDatabase(path: path) else { return }
        var random = StableHash()
        var addresses = (0..<256).map { IPAddress(ipv4: UInt32($0) << 24 | 0x010101) }
        for _ in 0..<5000 {
            random.combine(1)
            let high = random.value
            random.combine(2)
            addresses.append(IPAddress(ipv4: UInt32(truncatingIfNeeded: high)))
            addresses.append(IPAddress(high: high, low: random.value))
            addresses.append(IPAddress(high: 0x2001_0200_0000_0000 | high >> 40, low: random.value))
        }
        for address in addresses { _ = try? database.location(of: address) }
    }

    @Test(
        .enabled(if: isPresent),
        arguments: [
            "GeoIP2-City-Test", "GeoLite2-City-Test", "GeoLite2-Country-Test", "GeoLite2-ASN-Test",
        ])
    func `every network of the test databases has the location of their source`(name: String) throws
    {
        let test = Self.folder.appending(path: "maxmind-test")
        var database = try MaxMindDatabase(path: test.appending(path: name + ".mmdb").path)
        let source = try Data(contentsOf: test.appending(path: "source-data/\(name).json"))
        let networks = try #require(
            try JSONSerialization.jsonObject(with: source) as? [[String: [String: Any]]])
        let prefixes = networks.flatMap(\.keys)
            .compactMap { try? IPPrefix($0.replacing("::ffff:", with: "")) }
        var compared = 0
        for (network, record) in networks.flatMap({ $0 }) {
            // Wider networks are cut by narrower ones: ask only where the first address is the network's own.
            let prefix = try IPPrefix(network.replacing("::ffff:", with: ""))
            let isCut = prefixes.contains {
                $0.length > prefix.length && $0.contains(prefix.first)
            }
            if isCut { continue }
            let location = try database.location(of: prefix.first)
            let country = (record["country"] ?? record["registered_country"]) as? [String: Any]
            #expect(location?.countryCode == country?["iso_code"] as? String, "\(network)")
            #expect(
                location?.asNumber
                    == (record["autonomous_system_number"] as Any? as? NSNumber)?.uint32Value)
            let place = record["location"] as? [String: Any]
            if let latitude = place?["latitude"] as? Double,
                let longitude = place?["longitude"] as? Double
            {
                #expect(
                    location?.coordinate == Coordinate(latitude: latitude, longitude: longitude),
                    "\(network)")
            }
            let city = ((record["city"] as? [String: Any])?["names"] as? [String: String])?["en"]
            #expect(location?.city == city, "\(network)")
            compared += 1
        }
        #expect(compared > 100)
    }
}
