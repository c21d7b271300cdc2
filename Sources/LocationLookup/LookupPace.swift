/// When the next request may be sent. It reads no clock: times are durations since the start of the run.
///
/// The configured interval is the fastest; the service's quota slows it so that what is left lasts until
/// the quota is renewed. Failures in a row wait 1, 2, 4 … 60 seconds, or what the service asks for.
struct LookupPace {
    /// What the service says about the requests it still allows (headers `X-Rl` and `X-Ttl`).
    struct Quota: Equatable {
        var requestsLeft: Int
        var renewedIn: Duration

        /// `nil` unless both are small whole numbers.
        init?(requestsLeft: String?, renewedInSeconds: String?) {
            guard let left = requestsLeft.flatMap({ Int($0) }), left >= 0,
                let seconds = renewedInSeconds.flatMap({ Int($0) }), seconds >= 0
            else { return nil }
            self.requestsLeft = left
            renewedIn = .seconds(min(seconds, LookupPace.longestWaitSeconds))
        }
    }

    enum Decision: Equatable {
        case tryAgain, giveUp
    }

    /// No answer makes us wait longer than this: five minutes.
    static let longestWaitSeconds = 300

    private let interval: Duration
    private let attempts: Int
    private var failures = 0

    /// The earliest time of the next request.
    private(set) var nextRequest = Duration.zero

    init(interval: Duration, attempts: Int) {
        self.interval = interval
        self.attempts = attempts
    }

    mutating func sent(at time: Duration) {
        nextRequest = time + interval
    }

    mutating func answered(_ quota: Quota?, at time: Duration) {
        failures = 0
        guard let quota else { return }
        let share = quota.requestsLeft == 0 ? quota.renewedIn : quota.renewedIn / quota.requestsLeft
        nextRequest = max(nextRequest, time + share)
    }

    mutating func failed(_ error: LookupError, at time: Duration) -> Decision {
        failures += 1
        guard error.isPassing, failures < attempts else { return .giveUp }
        var wait = Duration.seconds(min(60, 1 << min(failures - 1, 6)))
        if case .tooManyRequests(let asked) = error.code {
            wait = min(max(wait, asked ?? .seconds(60)), .seconds(Self.longestWaitSeconds))
        }
        nextRequest = max(nextRequest, time + wait)
        return .tryAgain
    }
}
