package import Geolocation
package import NetworkTypes

/// Asks a service of ip-api.com's batch interface where addresses are, and keeps the answers in a cache.
///
/// It runs only when somebody asked for it: every look-up tells the service which addresses this network
/// talks to, unencrypted in the free edition. Only public addresses are sent. What the cache knows is not
/// asked again, failures are; each answer is saved before the next request, so that a run that ends early,
/// by error or cancellation, goes on where it stopped.
package struct AddressLookup<WaitingClock: Clock>: Sendable
where WaitingClock.Duration == Duration {
    private let configuration: LookupConfiguration
    private let cache: any LocationCache
    private let inside: InsideNetworks
    private let clock: WaitingClock
    private let now: @Sendable () -> Timestamp

    /// - Parameters:
    ///   - inside: what is never asked for, beside everything that is not global.
    ///   - clock: what is waited by.
    ///   - now: the time at which an answer came.
    package init(
        _ configuration: LookupConfiguration, cache: any LocationCache, inside: InsideNetworks,
        clock: WaitingClock, now: @escaping @Sendable () -> Timestamp
    ) {
        self.configuration = configuration
        self.cache = cache
        self.inside = inside
        self.clock = clock
        self.now = now
    }

    /// Asks for those of the addresses the cache does not know, and counts a reference for each time an
    /// address is given.
    ///
    /// - Returns: how it went; also when it ended before all was asked.
    /// - Throws: only what the cache throws.
    package func run(
        _ addresses: [IPAddress], progress: @Sendable (LookupReport) -> Void = { _ in }
    ) async throws -> LookupReport {
        var report = LookupReport()
        let pending = try plan(addresses, &report)
        let service = LookupService(configuration)
        var pace = LookupPace(interval: configuration.interval, attempts: configuration.attempts)
        let start = clock.now
        var next = 0
        while next < pending.count {
            let batch = Array(pending[next..<min(next + configuration.batchSize, pending.count)])
            do {
                try await clock.sleep(
                    for: max(.zero, pace.nextRequest - start.duration(to: clock.now)))
                pace.sent(at: start.duration(to: clock.now))
                report.requests += 1
                let answer = try await service.ask(batch.map(\.address))
                try save(answer.outcomes, for: batch, &report)
                next += batch.count
                pace.answered(answer.quota, at: start.duration(to: clock.now))
            } catch is CancellationError {
                (report.end, report.waiting) = (.cancelled, .zero)
                return report
            } catch let error as LookupError {
                let time = start.duration(to: clock.now)
                guard pace.failed(error, at: time) == .tryAgain else {
                    (report.end, report.waiting) = (.gaveUp(error), .zero)
                    return report
                }
                report.retries += 1
            }
            let isLast = next == pending.count
            report.waiting =
                isLast ? .zero : max(.zero, pace.nextRequest - start.duration(to: clock.now))
            progress(report)
        }
        return report
    }

    /// An address to ask for, and how often it was given.
    private struct Request {
        var address: IPAddress
        var references: UInt64
    }

    private func plan(_ addresses: [IPAddress], _ report: inout LookupReport) throws -> [Request] {
        var references: [IPAddress: UInt64] = [:]
        var order: [IPAddress] = []
        for address in addresses {
            if references[address, default: 0] == 0 { order.append(address) }
            references[address, default: 0] += 1
        }
        let publicAddresses = order.filter(inside.isPublic)
        report.distinct = order.count
        report.insideSkipped = order.count - publicAddresses.count
        let known = configuration.refresh ? [:] : try cache.entries(for: publicAddresses)
        let time = now()
        let fresh = Set(known.values.filter { isFresh($0, at: time) }.map(\.address))
        try cache.countReferences(to: addresses.filter(fresh.contains))
        report.fromCache = fresh.count
        return publicAddresses.filter { !fresh.contains($0) }
            .map { Request(address: $0, references: references[$0] ?? 1) }
    }

    /// Whether a cached answer spares the question: a success, and not too old.
    private func isFresh(_ entry: CachedLocation, at time: Timestamp) -> Bool {
        guard entry.location != nil else { return false }
        guard let limit = configuration.maximumAge else { return true }
        let (age, overflow) = time.nanoseconds.subtractingReportingOverflow(entry.time.nanoseconds)
        return !overflow && .nanoseconds(age) <= limit
    }

    private func save(
        _ outcomes: [CachedLocation.Outcome], for batch: [Request], _ report: inout LookupReport
    ) throws {
        let time = now()
        let entries = zip(batch, outcomes).map { request, outcome in
            CachedLocation(
                address: request.address, outcome: outcome, source: configuration.sourceName,
                time: time,
                references: request.references)
        }
        try cache.save(entries)
        let found = entries.count { $0.location != nil }
        report.found += found
        report.failed += entries.count - found
    }
}

/// How a run of look-ups goes, or went.
package struct LookupReport: Hashable, Sendable {
    /// The distinct addresses given.
    package var distinct = 0
    /// Those not public, which are never asked for.
    package var insideSkipped = 0
    /// Those the cache knew.
    package var fromCache = 0
    /// Those the service located.
    package var found = 0
    /// Those the service answered with a reason why not; the next run asks again.
    package var failed = 0
    /// Requests sent, and how many of them had to be repeated.
    package var requests = 0, retries = 0
    /// The time until the next request.
    package var waiting = Duration.zero
    package var end = End.complete

    package enum End: Hashable, Sendable {
        case complete
        case cancelled
        /// The service did not answer usefully as often as was allowed.
        case gaveUp(LookupError)
    }

    /// Those neither known nor answered yet.
    package var remaining: Int { distinct - insideSkipped - fromCache - found - failed }
}

/// Why a request to the service failed.
package struct LookupError: Error, Hashable, CustomStringConvertible {
    package enum Code: Hashable, Sendable {
        /// No connection, or it broke.
        case unreachable
        /// No answer within the time limit.
        case timedOut
        /// The service wants slower requests (HTTP 429), for this long if it says so.
        case tooManyRequests(wait: Duration?)
        /// Another HTTP status than 200.
        case status(Int)
        /// More octets than an answer may have.
        case answerTooLarge
        /// The answer is not what was asked for.
        case malformedAnswer
    }

    package let code: Code
    package let reason: String

    package init(code: Code, reason: String) {
        (self.code, self.reason) = (code, reason)
    }

    package static func == (left: LookupError, right: LookupError) -> Bool {
        left.code == right.code
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(code) }

    package var description: String { "the location service: \(reason)" }

    /// Whether the same request may fare better later.
    var isPassing: Bool {
        switch code {
        case .unreachable, .timedOut, .tooManyRequests, .answerTooLarge, .malformedAnswer: true
        case .status(let status): status >= 500 || status == 408
        }
    }
}
