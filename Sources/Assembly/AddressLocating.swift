private import Foundation
private import Geolocation
private import LocationLookup
package import NetworkTypes
package import Reports
private import Storage
private import Synchronization

/// Where answers about addresses come from: local databases and, only if asked for, ip-api.com.
package struct AddressLocating: Sendable {
    /// The look-ups over the network.
    package struct Online: Sendable {
        /// The cache file; it is made if it is not there.
        package var cachePath: String
        package var endpoint: String
        package var requestsPerMinute: Int
        /// Ask again for what the cache knows.
        package var refresh: Bool
        /// Cached answers older than this are asked again; `nil`: they do not age.
        package var maximumAgeDays: Int?

        package static let defaultEndpoint = LookupConfiguration.defaultEndpoint

        package init(
            cachePath: String, endpoint: String = Self.defaultEndpoint, requestsPerMinute: Int = 15,
            refresh: Bool = false, maximumAgeDays: Int? = nil
        ) {
            self.cachePath = cachePath
            self.endpoint = endpoint
            self.requestsPerMinute = requestsPerMinute
            self.refresh = refresh
            self.maximumAgeDays = maximumAgeDays
        }
    }

    private let databases: [String]
    private let online: Online?
    private let inside: InsideNetworks

    /// - Parameter databases: MaxMind DB files; Debian's database if there are none.
    package init(databases: [String], online: Online?, inside: InsideNetworks) {
        self.databases = databases
        self.online = online
        self.inside = inside
    }

    /// The source for a run; the addresses are looked up over the network now, if that was asked for.
    ///
    /// - Throws: For a database that was named and cannot be used, a cache that cannot be used, and
    ///   whatever `progress` throws.
    package func locate(_ addresses: [IPAddress], progress: ProgressReport) throws -> LocationSource
    {
        let local = try localSource()
        guard let online else { return local }
        let cache = SQLiteLocationCache(try StateDatabase(path: online.cachePath))
        let report = try ask(online, cache, addresses, progress)
        let entries = RememberedLocations(try cache.entries(for: addresses.filter(inside.isPublic)))
        let providers = [entries] + (local.provider.map { [$0] } ?? []) as [any LocationProvider]
        let counts = "\(report.fromCache) cached, \(report.found) found, \(report.failed) failed"
        let source = "ip-api.com (\(counts)) + \(local.name)"
        var warning: String?
        if case .gaveUp(let error) = report.end {
            warning =
                "ip-api.com: \(report.remaining) addresses left when it gave up (\(error)): "
                + "run again to go on"
        }
        return LocationSource(
            provider: CombinedProvider(providers),
            name: [source, warning].compactMap { $0 }.joined(separator: "; "),
            warning: warning)
    }

    private func localSource() throws -> LocationSource {
        guard databases.isEmpty else {
            let provider = CombinedProvider(try databases.map { try MaxMindDatabase(path: $0) })
            return LocationSource(provider: provider, name: Self.description(provider))
        }
        do throws(LocationDatabaseError) {
            let provider = try LocDatabase()
            return LocationSource(provider: provider, name: Self.description(provider))
        } catch {
            return LocationSource(
                provider: nil,
                name:
                    "no location database (install libloc-database, or name a MaxMind DB file with --geo-db)"
            )
        }
    }

    private static func description(_ provider: any LocationProvider) -> String {
        provider.name + (provider.edition.map { ", \($0.description.prefix(10))" } ?? "")
    }

    /// Waits for the look-ups, tells of progress, and cancels them if `progress` throws.
    private func ask(
        _ online: Online, _ cache: SQLiteLocationCache, _ addresses: [IPAddress],
        _ progress: ProgressReport
    ) throws -> LookupReport {
        let configuration = try LookupConfiguration(
            endpoint: online.endpoint, requestsPerMinute: online.requestsPerMinute,
            maximumAge: online.maximumAgeDays.map { .seconds(86_400 * $0) }, refresh: online.refresh
        )
        let lookup = AddressLookup(
            configuration, cache: cache, inside: inside, clock: ContinuousClock(),
            now: { Timestamp(seconds: Date().timeIntervalSince1970) ?? Timestamp(nanoseconds: 0) })
        let run = LookupRun()
        let task = Task {
            do {
                run.finish(.success(try await lookup.run(addresses) { run.note($0) }))
            } catch {
                run.finish(.failure(error))
            }
        }
        return try run.wait(progress) { task.cancel() }
    }
}

/// Look-ups under way: the task tells, the thread that waits asks.
private final class LookupRun: Sendable {
    private let latest = Mutex<LookupReport?>(nil)
    private let outcome = Mutex<Result<LookupReport, any Error>?>(nil)
    private let isDone = DispatchSemaphore(value: 0)

    func note(_ report: LookupReport) { latest.withLock { $0 = report } }

    func finish(_ result: Result<LookupReport, any Error>) {
        outcome.withLock { $0 = result }
        isDone.signal()
    }

    /// Waits for the end; if `progress` throws, `cancel` is called and what was saved stays saved.
    func wait(_ progress: ProgressReport, cancel: () -> Void) throws -> LookupReport {
        while isDone.wait(timeout: .now() + .milliseconds(100)) == .timedOut {
            let report = latest.withLock { $0 }
            let done = report.map { $0.distinct - $0.remaining } ?? 0
            do {
                try progress(
                    AnalysisProgress(
                        stage: "asking",
                        fraction: Double(done) / Double(max(report?.distinct ?? 0, 1)), count: done,
                        unit: "addresses"))
            } catch {
                cancel()
                isDone.wait()
                throw error
            }
        }
        guard let outcome = outcome.withLock({ $0 }) else { throw CancellationError() }
        return try outcome.get()
    }
}
