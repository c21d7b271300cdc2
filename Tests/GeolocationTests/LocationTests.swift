import Geolocation
import NetworkTypes
import Testing

struct LocationTests {
    @Test func `trust is a difference of two known names`() {
        var location = Location(source: "test")
        #expect(location.trust == nil && location.isEmpty)
        location.provider = "Google LLC"
        #expect(location.trust == nil)
        location.organisation = "Google LLC"
        #expect(location.trust == false)
        location.organisation = "Google Public DNS"
        #expect(location.trust == true)
    }

    @Test func `every country has a name and a centre`() throws {
        #expect(Country.all.count == 250)
        #expect(Country.all.allSatisfy { $0.code.utf8.count == 2 && !$0.name.isEmpty })
        let colombia = try #require(Country(code: "CO"))
        #expect(colombia.name == "Colombia")
        #expect(colombia.centre.kilometres(to: Coordinate("4,-73")!) < 100)
        // The mainland's centre, whatever lies overseas.
        #expect(
            try #require(Country(code: "FR")).centre.kilometres(to: Coordinate("46.6,2.3")!) < 100)
        #expect(
            try #require(Country(code: "US")).centre.kilometres(to: Coordinate("39.8,-98.6")!) < 200
        )
        #expect(
            Country(code: "co") == nil && Country(code: "ZZ") == nil && Country(code: "") == nil)
    }

    @Test(arguments: [
        ("", nil), ("  ", nil), ("\u{0}\u{1b}\u{7f}\u{85}", nil), ("a", "a"), (" a b ", "a b"),
        ("a\tb\n", "ab"),
        ("Popayán", "Popayán"), ("\u{202e}evil\u{2066}", "evil"), ("a\u{0}b", "ab"),
    ])
    func `texts lose what a terminal or a page would trip over`(text: String, clean: String?) {
        #expect(FieldText.clean(text) == clean)
    }

    @Test func `texts are cut at a whole character`() {
        for lead in 0..<4 {
            let text = String(repeating: "a", count: lead) + String(repeating: "🙂", count: 100)
            let clean = FieldText.clean(text)!
            #expect(clean.utf8.count <= 256 && clean.utf8.count > 252 && text.hasPrefix(clean))
        }
    }
}

/// A provider that answers from a table, and counts.
private struct Table: LocationProvider {
    var name: String
    var edition: Timestamp?
    var locations: [String: Location] = [:]
    var broken: Set<String> = []
    let asked = Counter()

    final class Counter: @unchecked Sendable { var addresses: [String] = [] }

    func location(of address: IPAddress) throws(LocationDatabaseError) -> Location? {
        asked.addresses.append(address.description)
        if broken.contains(address.description) { throw .damaged(file: name, reason: "on purpose") }
        return locations[address.description]
    }
}

private func location(_ source: String, _ change: (inout Location) -> Void) -> Location {
    var location = Location(source: source)
    change(&location)
    return location
}

struct CombinedProviderTests {
    @Test
    func
        `the place comes from the first that names a city, the network from the first that knows it`()
        throws
    {
        let country = location("A") {
            $0.countryCode = "US"; $0.asNumber = 1
        }
        let city = location("B") {
            $0.countryCode = "CO"
            $0.city = "Cali"
            $0.asNumber = 2
            $0.asOrganisation = "Two"
        }
        var combined = CombinedProvider([
            Table(
                name: "A", edition: Timestamp(nanoseconds: 2),
                locations: ["1.1.1.1": country, "2.2.2.2": country]),
            Table(name: "B", edition: Timestamp(nanoseconds: 1), locations: ["1.1.1.1": city]),
        ])
        let both = try #require(try combined.location(of: address("1.1.1.1")))
        #expect(both.countryCode == "CO" && both.city == "Cali" && both.asNumber == 2)
        #expect(try combined.location(of: address("2.2.2.2")) == country)
        #expect(try combined.location(of: address("3.3.3.3")) == nil)
        #expect(combined.name == "A + B" && combined.edition == Timestamp(nanoseconds: 1))
    }

    @Test func `a city and a network database are one source`() throws {
        let place = location("City") { $0.city = "Cali" }
        let network = location("ASN") {
            $0.asNumber = 7; $0.asOrganisation = "Seven"
        }
        for providers in [[network, place], [place, network]] {
            var combined = CombinedProvider(
                providers.map { Table(name: $0.source, locations: ["1.1.1.1": $0]) })
            let both = try #require(try combined.location(of: address("1.1.1.1")))
            #expect(both.city == "Cali" && both.asNumber == 7 && both.asOrganisation == "Seven")
            #expect(both.source == providers.map(\.source).joined(separator: " + "))
        }
    }
}

struct LocationResolverTests {
    @Test func `each public address is looked up once, no other ever`() throws {
        let place = location("T") { $0.countryCode = "CO" }
        let table = Table(
            name: "T", locations: ["1.1.1.1": place, "1.1.1.2": place, "10.0.0.1": place],
            broken: ["6.6.6.6"])
        var resolver = LocationResolver(
            provider: table, inside: InsideNetworks([try IPPrefix("200.1.0.0/16")]))
        let texts = [
            "1.1.1.1", "10.0.0.1", "1.1.1.2", "1.1.1.1", "200.1.2.3", "9.9.9.9", "6.6.6.6",
            "9.9.9.9", "::1",
        ]
        let resolved = resolver.resolve(texts.map(address))
        #expect(table.asked.addresses == ["1.1.1.1", "1.1.1.2", "9.9.9.9", "6.6.6.6"])
        #expect(
            (0..<resolved.count).map { resolved[$0] != nil } == [
                true, false, true, true, false, false, false, false, false,
            ])
        #expect(resolved.locations == [place])
        var counts = ResolvedLocations.Counts()
        counts.distinct = 7
        counts.insideSkipped = 3
        counts.found = 2
        counts.notFound = 1
        counts.failed = 1
        counts.firstFailure = .damaged(file: "T", reason: "on purpose")
        #expect(resolved.counts == counts)
        #expect(resolved.counts.publicAddresses == 4)
        #expect(resolver.resolve([]).count == 0)
    }

    @Test func `remembered locations answer for what was found`() {
        let place = location("service") { $0.city = "Cali" }
        let (found, failed) = (address("1.1.1.1"), address("2.2.2.2"))
        let remembered = RememberedLocations([
            found: CachedLocation(
                address: found, outcome: .found(place), source: "s", time: Timestamp(nanoseconds: 5)
            ),
            failed: CachedLocation(
                address: failed, outcome: .failed(reason: "no"), source: "s",
                time: Timestamp(nanoseconds: 1)),
        ])
        #expect(remembered.location(of: found) == place)
        #expect(remembered.location(of: failed) == nil)
        #expect(remembered.edition == Timestamp(nanoseconds: 5))
    }
}
