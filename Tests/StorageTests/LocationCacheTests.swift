import Foundation
import Geolocation
import NetworkTypes
import Storage
import Testing

/// A folder that is removed with the value.
private final class TemporaryFolder {
    let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    var file: String { path + "/ntds.sqlite" }

    init() throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

private func address(_ text: String) -> IPAddress { IPAddress(text)! }

private func found(
    _ text: String, city: String, references: UInt64 = 1, time: Int64 = 0
)
    -> CachedLocation
{
    var location = Location(source: "service")
    location.countryCode = "CO"
    location.countryName = "Colombia"
    location.region = "Cauca"
    location.city = city
    location.coordinate = Coordinate(latitude: 2.4419, longitude: -76.6063)
    location.asNumber = 4_200_000_000
    location.asOrganisation = "O'Brien; DROP TABLE location"
    location.provider = "Edatel"
    location.organisation = "Universidad del Cauca"
    return CachedLocation(
        address: address(text), outcome: .found(location), source: "service",
        time: Timestamp(nanoseconds: time), references: references)
}

private func failed(_ text: String, _ reason: String, references: UInt64 = 1) -> CachedLocation {
    CachedLocation(
        address: address(text), outcome: .failed(reason: reason), source: "service",
        time: Timestamp(nanoseconds: -5), references: references)
}

/// What every `LocationCache` does.
private func checkConformance(_ cache: some LocationCache) throws {
    let all = ["190.90.1.1", "2800::1", "8.8.8.8"].map(address)
    #expect(try cache.entries(for: all).isEmpty && cache.count() == 0)
    try cache.save([])

    let one = found("190.90.1.1", city: "Popayán", references: 3, time: 17)
    let two = failed("2800::1", "invalid query")
    try cache.save([one, two])
    #expect(try cache.entries(for: all + all) == [one.address: one, two.address: two])
    #expect(try cache.entries(for: []).isEmpty)
    #expect(try cache.count() == 2)

    // A later answer takes the place of an older one; its references are added.
    try cache.save([
        found("2800::1", city: "Cali", references: 4), failed("190.90.1.1", "quota", references: 2),
    ])
    var expected = found("2800::1", city: "Cali")
    expected.references = 5
    #expect(try cache.entries(for: all)[two.address] == expected)
    #expect(
        try cache.entries(for: all)[one.address] == failed("190.90.1.1", "quota", references: 5))

    // References to what is not known are not counted.
    try cache.countReferences(to: [two.address, address("8.8.8.8"), two.address])
    #expect(try cache.entries(for: all)[two.address]?.references == 7)
    #expect(try cache.count() == 2)

    // What is empty comes back empty, not missing; and mapped addresses are IPv4's.
    let bare = CachedLocation(
        address: address("::ffff:8.8.8.8"), outcome: .found(Location(source: "")), source: "",
        time: Timestamp(nanoseconds: .max))
    try cache.save([bare])
    #expect(try cache.entries(for: [address("8.8.8.8")]) == [address("8.8.8.8"): bare])
}

struct LocationCacheTests {
    @Test func `the cache in memory is a location cache`() throws {
        try checkConformance(InMemoryLocationCache())
    }

    @Test func `the cache in a file is a location cache`() throws {
        let folder = try TemporaryFolder()
        try checkConformance(SQLiteLocationCache(StateDatabase(path: folder.file)))
    }

    @Test func `what was saved is there when the file is opened again`() throws {
        let folder = try TemporaryFolder()
        let entry = found("190.90.1.1", city: "Popayán")
        try SQLiteLocationCache(StateDatabase(path: folder.file)).save([entry])
        let again = try SQLiteLocationCache(StateDatabase(path: folder.file))
        #expect(try again.entries(for: [entry.address]) == [entry.address: entry])
    }

    @Test func `two processes may use one file`() throws {
        let folder = try TemporaryFolder()
        let (one, two) = try (
            SQLiteLocationCache(StateDatabase(path: folder.file)),
            SQLiteLocationCache(StateDatabase(path: folder.file))
        )
        for number in 0..<50 {
            try one.save([found("1.1.1.\(number)", city: "a")])
            try two.save([found("1.1.1.\(number)", city: "b")])
        }
        #expect(try one.entries(for: [address("1.1.1.7")]).values.first?.references == 2)
        #expect(try two.count() == 50)
    }

    @Test func `ten thousand entries are saved and read at once`() throws {
        let folder = try TemporaryFolder()
        let cache = try SQLiteLocationCache(StateDatabase(path: folder.file))
        let entries = (0..<10_000).map { found("1.1.\($0 / 256).\($0 % 256)", city: "Cali") }
        try cache.save(entries)
        #expect(try cache.entries(for: entries.map(\.address)).count == 10_000)
    }
}

struct StateDatabaseTests {
    private func code(_ path: String) -> StorageError.Code? {
        do {
            let cache = try SQLiteLocationCache(StateDatabase(path: path))
            _ = try cache.entries(for: [address("1.1.1.1")])
            _ = try cache.count()
            return nil
        } catch let error as StorageError {
            return error.code
        } catch {
            Issue.record("\(error)")
            return nil
        }
    }

    /// Changes octets of a closed database file.
    private func edit(_ file: String, _ change: (inout Data) -> Void) throws {
        var data = try Data(contentsOf: URL(filePath: file))
        change(&data)
        try data.write(to: URL(filePath: file))
    }

    @Test func `another program's database is refused and kept`() throws {
        let folder = try TemporaryFolder()
        #expect(code(folder.file) == nil)
        // The application id stands at octet 68 of the header.
        try edit(folder.file) { $0.replaceSubrange(68..<72, with: [0, 0, 0, 1]) }
        let before = try Data(contentsOf: URL(filePath: folder.file))
        #expect(code(folder.file) == .foreignFile)
        #expect(try Data(contentsOf: URL(filePath: folder.file)) == before)
    }

    @Test func `a later version's database is refused`() throws {
        let folder = try TemporaryFolder()
        #expect(code(folder.file) == nil)
        try edit(folder.file) { data in
            while let name = data.range(of: Data("1 location".utf8)) {
                data.replaceSubrange(name, with: Data("9 location".utf8))
            }
        }
        #expect(code(folder.file) == .laterVersion)
    }

    @Test func `a file that is no database is refused and kept`() throws {
        let folder = try TemporaryFolder()
        let text = Data("these are somebody's notes\n".utf8) + Data(count: 10_000)
        try text.write(to: URL(filePath: folder.file))
        #expect(code(folder.file) == .foreignFile)
        #expect(try Data(contentsOf: URL(filePath: folder.file)) == text)
    }

    @Test func `places that cannot be are unavailable`() throws {
        let folder = try TemporaryFolder()
        #expect(code(folder.path) == .unavailable)
        #expect(code(folder.path + "/missing/ntds.sqlite") == .unavailable)
    }

    @Test func `a damaged file gives an error, never wrong answers or a trap`() throws {
        let folder = try TemporaryFolder()
        do {
            let cache = try SQLiteLocationCache(StateDatabase(path: folder.file))
            try cache.save((0..<2000).map { found("1.1.\($0 / 256).\($0 % 256)", city: "Cali") })
        }
        let whole = try Data(contentsOf: URL(filePath: folder.file))
        #expect(whole.count > 100_000)
        for count in [50, 100, 4096, 8192, whole.count / 2] {
            try whole.prefix(count).write(to: URL(filePath: folder.file))
            #expect(code(folder.file) != nil, "\(count) octets")
        }
        var damaged = whole
        damaged.replaceSubrange(
            4096..<whole.count, with: Data(repeating: 0xa5, count: whole.count - 4096))
        try damaged.write(to: URL(filePath: folder.file))
        #expect(code(folder.file) == .damaged)
    }
}
