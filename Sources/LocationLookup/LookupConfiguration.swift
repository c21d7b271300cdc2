import Foundation

/// How the location service is asked.
package struct LookupConfiguration: Hashable, Sendable {
    /// The free batch endpoint of ip-api.com: 15 requests a minute of 100 addresses each, plain HTTP, not for
    /// commercial use.
    package static let defaultEndpoint = "http://ip-api.com/batch"

    /// Why a configuration is refused.
    package enum ValueError: Error, Hashable, Sendable {
        /// The endpoint is no http or https URL with a host.
        case endpoint
        /// The value lies outside its range.
        case outOfRange(String)
    }

    /// The URL of the batch interface; the fields wanted are added to its query.
    package let endpoint: String

    /// At most this many requests a minute, 1…600; slower where the service's headers ask for it.
    package let requestsPerMinute: Int

    /// Addresses in a request, 1…100.
    package let batchSize: Int

    /// How often a request is tried before the run ends, 1…20.
    package let attempts: Int

    /// The longest time a request may take, 1 ms…10 min.
    package let timeout: Duration

    /// Cached answers older than this are asked again; `nil`: they do not age.
    package let maximumAge: Duration?

    /// Whether to ask for everything, whatever the cache knows.
    package let refresh: Bool

    package init(
        endpoint: String = Self.defaultEndpoint, requestsPerMinute: Int = 15, batchSize: Int = 100,
        attempts: Int = 5, timeout: Duration = .seconds(30), maximumAge: Duration? = nil,
        refresh: Bool = false
    ) throws(ValueError) {
        guard let url = URL(string: endpoint), let host = url.host(), !host.isEmpty,
            url.scheme == "http" || url.scheme == "https"
        else { throw .endpoint }
        guard (1...600).contains(requestsPerMinute) else { throw .outOfRange("requestsPerMinute") }
        guard (1...100).contains(batchSize) else { throw .outOfRange("batchSize") }
        guard (1...20).contains(attempts) else { throw .outOfRange("attempts") }
        guard (.milliseconds(1) ... .seconds(600)).contains(timeout) else {
            throw .outOfRange("timeout")
        }
        guard maximumAge ?? .zero >= .zero else { throw .outOfRange("maximumAge") }
        self.endpoint = endpoint
        self.requestsPerMinute = requestsPerMinute
        self.batchSize = batchSize
        self.attempts = attempts
        self.timeout = timeout
        self.maximumAge = maximumAge
        self.refresh = refresh
        sourceName = host
    }

    /// The host, as the source of what it answers.
    package let sourceName: String

    var interval: Duration { .seconds(60) / requestsPerMinute }
}
