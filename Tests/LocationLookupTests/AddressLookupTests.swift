import Foundation
import Geolocation
import LocationLookup
import NetworkTypes
import Synchronization
import Testing

@Suite(.enabled(if: StandIn.port != nil, "python3 runs the stand-in service"))
struct AddressLookupTests {
    @Test func `a location is read from the answer and kept`() async throws {
        let bench = Bench()
        let report = try await bench.run("ok", ["190.90.1.1", "190.90.1.1"])
        var location = Location(source: "127.0.0.1")
        location.countryCode = "CO"
        location.countryName = "Colombia"
        location.region = "Cauca"
        location.city = "Popayán"
        location.coordinate = Coordinate("2.4419,-76.6063")
        location.asNumber = 27695
        location.asOrganisation = "EDATEL S.A. E.S.P"
        location.provider = "Edatel"
        location.organisation = "Universidad del Cauca"
        let expected = CachedLocation(
            address: IPAddress("190.90.1.1")!, outcome: .found(location), source: "127.0.0.1",
            time: bench.now,
            references: 2)
        #expect(bench.entry("190.90.1.1") == expected)
        #expect(location.trust == true)
        #expect(
            report.found == 1 && report.requests == 1 && report.end == .complete
                && report.remaining == 0)
    }

    @Test func `inside addresses are never asked for`() async throws {
        var bench = Bench()
        bench.inside = InsideNetworks([try IPPrefix("8.8.0.0/16")])
        let inside = [
            "10.0.0.1", "192.168.1.1", "100.64.0.1", "224.0.0.251", "::1", "fe80::1", "fc00::1",
            "8.8.8.8",
        ]
        let report = try await bench.run("ok", inside + ["1.1.1.1"])
        #expect(report.insideSkipped == 8 && report.found == 1 && report.remaining == 0)
        #expect(try await bench.asked() == [["1.1.1.1"]])
        let again = try await bench.run("ok", inside)
        #expect(again.requests == 0 && again.end == .complete)
        #expect(try await bench.run("ok", []).distinct == 0)
    }

    @Test func `what is known is not asked again, failures are`() async throws {
        var bench = Bench()
        let first = try await bench.run("ok", ["1.1.1.1", "9.9.9.9"])
        #expect(first.found == 1 && first.failed == 1)
        #expect(bench.entry("9.9.9.9")?.outcome == .failed(reason: "reserved range"))
        let second = try await bench.run("ok", ["1.1.1.1", "9.9.9.9", "1.1.1.2", "1.1.1.1"])
        #expect(second.fromCache == 1 && second.found == 1 && second.failed == 1)
        #expect(try await bench.asked().last == ["9.9.9.9", "1.1.1.2"])
        #expect(bench.entry("1.1.1.1")?.references == 3 && bench.entry("9.9.9.9")?.references == 2)

        // Age: 30 days later a limit of 31 days spares the question, one of 29 does not.
        bench.now = Timestamp(year: 2024, month: 1, day: 31)!
        let day = Duration.seconds(86_400)
        #expect(try await bench.run("ok", ["1.1.1.1"], maximumAge: day * 31).requests == 0)
        #expect(try await bench.run("ok", ["1.1.1.1"], maximumAge: day * 29).requests == 1)
        #expect(try await bench.run("ok", ["1.1.1.1"], maximumAge: day * 29).requests == 0)
        #expect(try await bench.run("ok", ["1.1.1.1"], refresh: true).requests == 1)
        #expect(bench.entry("1.1.1.1")?.references == 7)
    }

    @Test func `a hundred addresses a request, four seconds apart`() async throws {
        let bench = Bench()
        let seen = Mutex<[LookupReport]>([])
        let report = try await bench.run("ok", addresses(250)) { report in
            seen.withLock { $0.append(report) }
        }
        #expect(try await bench.asked().map(\.count) == [100, 100, 50])
        #expect(report.found == 250 && bench.cache.count() == 250)
        #expect(bench.clock.now.time == .seconds(8))
        #expect(seen.withLock { $0.map(\.remaining) } == [150, 50, 0])
        #expect(seen.withLock { $0.map(\.waiting) } == [.seconds(4), .seconds(4), .zero])
    }

    @Test func `the quota in the headers slows the pace`() async throws {
        let bench = Bench()
        let report = try await bench.run("limited", addresses(4), batchSize: 1)
        #expect(report.found == 4 && report.retries == 0)
        // 2 left for 40 s: wait 20; 1 left: 40; none left: 40.
        #expect(bench.clock.now.time == .seconds(100))
    }

    @Test func `a refusal is waited out for as long as the service asks`() async throws {
        let bench = Bench()
        let report = try await bench.run("refused_once", ["1.1.1.1"])
        #expect(report.found == 1 && report.retries == 1 && bench.clock.now.time == .seconds(17))
    }

    @Test func `refusals without a time are waited out for a minute, a bounded number of times`()
        async throws
    {
        let bench = Bench()
        let report = try await bench.run("refused", ["1.1.1.1"])
        #expect(report.end == .gaveUp(LookupError(code: .tooManyRequests(wait: nil), reason: "")))
        #expect(
            report.requests == 3 && report.remaining == 1 && bench.clock.now.time == .seconds(120))
    }

    @Test func `server errors are retried ever later`() async throws {
        let bench = Bench()
        let report = try await bench.run("failing_twice", ["1.1.1.1"])
        #expect(report.found == 1 && report.retries == 2)
        // The pace's four seconds cover the back-off of one and two.
        #expect(bench.clock.now.time == .seconds(8))
    }

    @Test(arguments: [("forbidden", 403), ("redirected", 302)])
    func `a status that will not change ends the run at once`(
        mode: String, status: Int
    )
        async throws
    {
        let bench = Bench()
        let report = try await bench.run(mode, ["1.1.1.1"])
        #expect(report.end == .gaveUp(LookupError(code: .status(status), reason: "")))
        #expect(report.requests == 1 && bench.cache.count() == 0)
    }

    @Test(arguments: ["garbage", "deep", "no_list", "short", "swapped", "unknown_status"])
    func `an answer that is not what was asked for is not kept`(mode: String) async throws {
        let bench = Bench()
        let report = try await bench.run(mode, ["1.1.1.1", "1.1.1.2"])
        #expect(report.end == .gaveUp(LookupError(code: .malformedAnswer, reason: "")))
        #expect(report.requests == 3 && report.remaining == 2 && bench.cache.count() == 0)
    }

    @Test func `fields out of their range are left out`() async throws {
        let bench = Bench()
        _ = try await bench.run("odd", ["1.1.1.1"])
        let location = try #require(bench.entry("1.1.1.1")?.location)
        #expect(location.coordinate == nil && location.city == nil && location.countryCode == nil)
        #expect(
            location.asNumber == nil && location.asOrganisation == nil
                && location.countryName == nil)
        #expect(location.region == "Cauca" && location.provider == "x[2J")
        #expect(location.organisation?.utf8.count == FieldText.limit)
    }

    @Test func `a connection that breaks is retried, then given up`() async throws {
        let bench = Bench()
        let report = try await bench.run("closing", ["1.1.1.1"])
        #expect(report.end == .gaveUp(LookupError(code: .unreachable, reason: "")))
        #expect(report.requests == 3)
    }

    @Test func `nobody listening is unreachable`() async throws {
        let configuration = try LookupConfiguration(
            endpoint: "http://127.0.0.1:1/batch", attempts: 2)
        let report = try await AddressLookup(
            configuration, cache: InMemoryLocationCache(), inside: InsideNetworks(),
            clock: InstantClock(),
            now: { Timestamp(nanoseconds: 0) }
        ).run([IPAddress("1.1.1.1")!])
        #expect(report.end == .gaveUp(LookupError(code: .unreachable, reason: "")))
    }

    @Test func `an endless answer is cut off`() async throws {
        let report = try await Bench().run("huge", ["1.1.1.1"], attempts: 1)
        #expect(report.end == .gaveUp(LookupError(code: .answerTooLarge, reason: "")))
    }

    @Test(arguments: ["no_answer", "dripping"])
    func `a slow answer is cut off`(mode: String) async throws {
        let report = try await Bench().run(
            mode, ["1.1.1.1"], attempts: 1, timeout: .milliseconds(300))
        #expect(report.end == .gaveUp(LookupError(code: .timedOut, reason: "")))
    }

    @Test func `a run that ended early goes on where it stopped`() async throws {
        let bench = Bench()
        let first = try await bench.run("failing_third", addresses(5), batchSize: 1)
        #expect(first.found == 2 && first.remaining == 3 && bench.cache.count() == 2)
        let second = try await bench.run("failing_third", addresses(5), batchSize: 2)
        #expect(second.fromCache == 2 && second.found == 3 && second.end == .complete)
        #expect(try await bench.asked().suffix(2) == [["1.2.0.2", "1.2.0.3"], ["1.2.0.4"]])
    }

    @Test func `cancellation keeps what was saved`() async throws {
        let bench = Bench()
        let report = try await Task {
            try await bench.run("ok", addresses(5), batchSize: 1) { report in
                if report.found == 2 { withUnsafeCurrentTask { $0?.cancel() } }
            }
        }.value
        #expect(report.end == .cancelled && report.found == 2 && bench.cache.count() == 2)
    }

    @Test func `cancellation interrupts a request`() async throws {
        let bench = Bench()
        let task = Task { try await bench.run("no_answer", ["1.1.1.1"]) }
        while try await bench.asked().isEmpty { await Task.yield() }
        task.cancel()
        #expect(try await task.value.end == .cancelled)
    }
}

struct LookupConfigurationTests {
    @Test(arguments: [
        "", "ip-api.com/batch", "ftp://ip-api.com/batch", "http:///batch", "http://",
        "file:///etc/passwd",
    ])
    func `an endpoint is an http URL with a host`(endpoint: String) {
        #expect(throws: LookupConfiguration.ValueError.endpoint) {
            try LookupConfiguration(endpoint: endpoint)
        }
    }

    @Test func `values outside their ranges are refused`() throws {
        typealias ValueError = LookupConfiguration.ValueError
        #expect(throws: ValueError.outOfRange("requestsPerMinute")) {
            try LookupConfiguration(requestsPerMinute: 0)
        }
        #expect(throws: ValueError.outOfRange("batchSize")) {
            try LookupConfiguration(batchSize: 101)
        }
        #expect(throws: ValueError.outOfRange("attempts")) { try LookupConfiguration(attempts: 0) }
        #expect(throws: ValueError.outOfRange("timeout")) {
            try LookupConfiguration(timeout: .zero)
        }
        #expect(throws: ValueError.outOfRange("maximumAge")) {
            try LookupConfiguration(maximumAge: .seconds(-1))
        }
        let configuration = try LookupConfiguration()
        #expect(
            configuration.endpoint == "http://ip-api.com/batch"
                && configuration.sourceName == "ip-api.com")
    }
}
