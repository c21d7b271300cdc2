import Foundation
import Geolocation
import LocationLookup
import NetworkTypes
import Synchronization
import Testing

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// The local stand-in for the service (Fixtures/ip_api_stand_in.py), one for all tests. It ends with the
/// test process, whose end closes its standard input.
enum StandIn {
    static let port: Int? = {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        let script = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "Fixtures/ip_api_stand_in.py")
        process.arguments = ["python3", script.path]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        guard (try? process.run()) != nil else { return nil }
        kept.withLock { $0.append(input) }
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        return Int(line.trimmingCharacters(in: .whitespacesAndNewlines))
    }()

    private static let kept = Mutex<[Pipe]>([])

    /// The address lists that this test has asked for.
    static func asked(_ test: String) async throws -> [[String]] {
        let port = try #require(port)
        let url = try #require(URL(string: "http://127.0.0.1:\(port)/log/\(test)"))
        let (data, _) = try await URLSession.shared.data(from: url)
        return try JSONDecoder().decode([[String]].self, from: data)
    }
}

/// A clock whose sleepers wake at once, at the time they wanted.
final class InstantClock: Clock {
    struct Instant: InstantProtocol {
        var time: Swift.Duration
        func advanced(by duration: Swift.Duration) -> Instant { Instant(time: time + duration) }
        func duration(to other: Instant) -> Swift.Duration { other.time - time }
        static func < (left: Instant, right: Instant) -> Bool { left.time < right.time }
    }

    private let time = Mutex(Swift.Duration.zero)
    let minimumResolution = Swift.Duration.nanoseconds(1)
    var now: Instant { Instant(time: time.withLock { $0 }) }

    func sleep(until deadline: Instant, tolerance: Swift.Duration?) async throws {
        try Task.checkCancellation()
        time.withLock { $0 = max($0, deadline.time) }
    }
}

/// A test's look-up: its own counter at the stand-in, its own cache and clock.
struct Bench {
    let test: String
    let cache = InMemoryLocationCache()
    let clock = InstantClock()
    var inside = InsideNetworks()
    var now = Timestamp(year: 2024, month: 1, day: 1)!

    init(_ test: String = UUID().uuidString) {
        self.test = test
    }

    func run(
        _ mode: String, _ texts: [String], batchSize: Int = 100, attempts: Int = 3,
        timeout: Duration = .seconds(20),
        maximumAge: Duration? = nil, refresh: Bool = false,
        progress: @escaping @Sendable (LookupReport) -> Void = { _ in }
    ) async throws -> LookupReport {
        let port = try #require(StandIn.port)
        let configuration = try LookupConfiguration(
            endpoint: "http://127.0.0.1:\(port)/\(mode)/\(test)/batch", batchSize: batchSize,
            attempts: attempts,
            timeout: timeout, maximumAge: maximumAge, refresh: refresh)
        let now = now
        return try await AddressLookup(
            configuration, cache: cache, inside: inside, clock: clock, now: { now }
        )
        .run(texts.map { IPAddress($0)! }, progress: progress)
    }

    func entry(_ text: String) -> CachedLocation? {
        cache.entries(for: [IPAddress(text)!]).values.first
    }

    func asked() async throws -> [[String]] { try await StandIn.asked(test) }
}

/// Distinct public addresses.
func addresses(_ count: Int) -> [String] { (0..<count).map { "1.2.\($0 / 256).\($0 % 256)" } }
