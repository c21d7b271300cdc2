import Foundation
import Geolocation
import NetworkTypes
import Testing

struct LocDatabaseTests {
    private func sample() throws -> LocFile {
        var file = LocFile()
        file.name("GOOGLE", of: 15169)
        file.name("TELMEX COLOMBIA S.A.", of: 14080)
        try file.add("8.8.0.0/16", country: "US", asNumber: 15169)
        try file.add("8.8.4.0/24", country: "CO", asNumber: 14080)
        try file.add("8.9.0.0/16", country: "A1", asNumber: 0)
        try file.add("9.0.0.0/8", country: "\0\0", asNumber: 4_200_000_000)
        try file.add("2800:10::/32", country: "CO", asNumber: 14080)
        return file
    }

    private func database(_ file: LocFile) throws -> LocDatabase {
        let temporary = try TemporaryFile(file.bytes)
        return try withExtendedLifetime(temporary) { try LocDatabase(path: temporary.path) }
    }

    @Test func `the longest prefix gives country, centre and autonomous system`() throws {
        var database = try database(sample())
        let google = try #require(try database.location(of: address("8.8.8.8")))
        #expect(google.countryCode == "US" && google.countryName == "United States")
        #expect(google.asNumber == 15169 && google.asOrganisation == "GOOGLE")
        #expect(google.precision == .country && google.city == nil && google.trust == nil)
        #expect(google.coordinate == Country(code: "US")?.centre)
        #expect(google.source == "libloc")
        let inner = try #require(try database.location(of: address("8.8.4.4")))
        #expect(inner.countryCode == "CO" && inner.asOrganisation == "TELMEX COLOMBIA S.A.")
        #expect(try database.location(of: address("2800:10::1")) == inner)
        #expect(database.edition?.description == "2017-07-14T02:40:00Z")
    }

    @Test func `what the database does not know is nil`() throws {
        var database = try database(sample())
        #expect(try database.location(of: address("1.1.1.1")) == nil)
        #expect(try database.location(of: address("2800:11::1")) == nil)
        // A code that is no country, and no autonomous system: nothing to tell.
        #expect(try database.location(of: address("8.9.0.1")) == nil)
        // An autonomous system without country and name is something.
        let nameless = try #require(try database.location(of: address("9.1.1.1")))
        #expect(nameless.asNumber == 4_200_000_000 && nameless.asOrganisation == nil)
        #expect(nameless.precision == nil)
    }

    @Test func `a tree with a cycle ends after 128 steps`() throws {
        var file = try sample()
        for node in file.nodes.indices { file.nodes[node] = [1, 1, .max] }
        var database = try database(file)
        #expect(try database.location(of: address("8.8.8.8")) == nil)
        #expect(try database.location(of: address("2800::")) == nil)
    }

    @Test func `nodes and networks that do not exist are damage`() throws {
        var file = try sample()
        let last = file.nodes.count - 1
        file.nodes[last][0] = 0x7fff_ffff
        var database = try database(file)
        #expect(throws: LocationDatabaseError.self) {
            try database.location(of: address("2800:10::1"))
        }
        #expect(try database.location(of: address("8.8.8.8"))?.asNumber == 15169)

        file = try sample()
        file.nodes[last][2] = 99
        var other = try self.database(file)
        #expect(throws: LocationDatabaseError.self) {
            try other.location(of: address("2800:10::1"))
        }
    }

    @Test func `a name without end is cut, one with control characters is cleaned`() throws {
        var file = try sample()
        file.pool += [UInt8](repeating: 65, count: 5000)
        file.systems[0].name = UInt32(file.pool.count - 5000)
        var database = try database(file)
        #expect(try database.location(of: address("8.8.8.8"))?.asOrganisation?.utf8.count == 256)

        file = try sample()
        file.systems[0].name = 0xffff_ffff
        var nameless = try self.database(file)
        #expect(try nameless.location(of: address("8.8.8.8"))?.asOrganisation == nil)

        file = LocFile()
        file.name("\u{1b}[31mRed\u{202e}\n", of: 1)
        try file.add("1.0.0.0/8", country: "AU", asNumber: 1)
        var escaped = try self.database(file)
        #expect(try escaped.location(of: address("1.1.1.1"))?.asOrganisation == "[31mRed")
    }

    @Test func `every truncation is refused`() throws {
        let whole = try sample().bytes
        let file = try TemporaryFile()
        for count in stride(from: 0, to: whole.count, by: 7) {
            try file.write(Array(whole.prefix(count)))
            #expect(throws: LocationDatabaseError.self, "\(count) octets") {
                try LocDatabase(path: file.path)
            }
        }
    }

    @Test func `random damage gives answers or errors`() throws {
        let sample = try sample()
        let whole = sample.bytes
        let file = try TemporaryFile()
        var random = StableHash()
        for round in 0..<400 {
            var bytes = whole
            for _ in 0..<20 {
                random.combine(UInt64(round))
                let header = random.value & 1 == 0
                let place =
                    header
                    ? Int(random.value >> 32 % 60) + 8
                    : 4200 + Int(random.value >> 32) % (whole.count - 4200)
                bytes[place] = UInt8(truncatingIfNeeded: random.value >> 8)
            }
            try file.write(bytes)
            guard var database = try? LocDatabase(path: file.path) else { continue }
            for text in ["8.8.8.8", "8.8.4.4", "2800:10::1", "1.1.1.1", "::", "ffff::"] {
                _ = try? database.location(of: address(text))
            }
        }
    }

    @Test func `what is no database is refused with its kind of reason`() throws {
        let text = try TemporaryFile(Array("LOCDBXX\u{2} but a later version".utf8))
        #expect(
            throws: LocationDatabaseError.foreign(
                file: text.path, expected: "libloc database of version 1")
        ) {
            try LocDatabase(path: text.path)
        }
        let empty = try TemporaryFile()
        #expect(
            throws: LocationDatabaseError.unreadable(file: empty.path, reason: "the file is empty")
        ) {
            try LocDatabase(path: empty.path)
        }
        #expect(throws: LocationDatabaseError.unreadable(file: "/", reason: "not a regular file")) {
            try LocDatabase(path: "/")
        }
        #expect(
            throws: LocationDatabaseError.unreadable(
                file: "/dev/zero", reason: "not a regular file")
        ) {
            try LocDatabase(path: "/dev/zero")
        }
        let missing = empty.path + ".gone"
        #expect(
            throws: LocationDatabaseError.unreadable(
                file: missing, reason: "No such file or directory")
        ) {
            try LocDatabase(path: missing)
        }
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: LocDatabase.defaultPath)))
    func `Debian's database answers well-known addresses`() throws {
        var database = try LocDatabase()
        let google = try #require(try database.location(of: address("8.8.8.8")))
        #expect(google.countryCode == "US" && google.asNumber == 15169)
        #expect(google.asOrganisation == "GOOGLE")
        #expect(try database.location(of: address("186.155.34.1"))?.countryCode == "CO")
        #expect(try database.location(of: address("2001:4860:4860::8888"))?.asNumber == 15169)
        #expect(try #require(database.edition) > Timestamp(year: 2020, month: 1, day: 1)!)
    }
}
