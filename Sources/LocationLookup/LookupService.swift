import Foundation
import Geolocation
import NetworkTypes

/// One request to the batch interface and its answer.
struct LookupService: Sendable {
    /// A full batch of the fields we ask for takes about 35 kB.
    private static let largestAnswer = 1 << 20

    private static let fields =
        "status,message,country,countryCode,regionName,city,lat,lon,isp,org,as,query"

    private let url: URL
    private let timeout: Duration
    private let source: String

    init(_ configuration: LookupConfiguration) {
        // The configuration has checked that the endpoint is a URL.
        let base = URL(string: configuration.endpoint) ?? URL(filePath: "/")
        url = base.appending(queryItems: [URLQueryItem(name: "fields", value: Self.fields)])
        timeout = configuration.timeout
        source = configuration.sourceName
    }

    struct Answer {
        /// In the order of the addresses.
        var outcomes: [CachedLocation.Outcome]
        var quota: LookupPace.Quota?
    }

    /// - Throws: `LookupError`, or `CancellationError` when the task is cancelled.
    func ask(_ addresses: [IPAddress]) async throws -> Answer {
        let body = try JSONEncoder().encode(addresses.map(\.description))
        let response = try await BoundedRequest.post(
            body, to: url, within: timeout, atMost: Self.largestAnswer)
        let quota = LookupPace.Quota(
            requestsLeft: response.headers["x-rl"], renewedInSeconds: response.headers["x-ttl"])
        switch response.status {
        case 200: break
        case 429:
            throw LookupError(
                code: .tooManyRequests(wait: quota?.renewedIn),
                reason: "too many requests (HTTP 429)")
        default:
            throw LookupError(
                code: .status(response.status), reason: "HTTP status \(response.status)")
        }
        return Answer(outcomes: try outcomes(response.body, addresses), quota: quota)
    }

    private func outcomes(_ body: Data, _ addresses: [IPAddress]) throws -> [CachedLocation.Outcome]
    {
        guard let items = try? JSONDecoder().decode([Item].self, from: body) else {
            throw LookupError(code: .malformedAnswer, reason: "the answer is no list of locations")
        }
        guard items.count == addresses.count else {
            throw LookupError(
                code: .malformedAnswer,
                reason: "\(items.count) locations for \(addresses.count) addresses")
        }
        return try zip(items, addresses).map { item, address in
            guard item.query.flatMap({ IPAddress($0) }) == address,
                let outcome = item.outcome(source: source)
            else {
                throw LookupError(
                    code: .malformedAnswer,
                    reason: "a location is not that of the address asked for")
            }
            return outcome
        }
    }
}

/// One element of an answer. A field of an unexpected type counts as missing.
private struct Item: Decodable {
    let query, status, message: String?
    let country, countryCode, region, city, provider, organisation, system: String?
    let latitude, longitude: Double?

    private enum Key: String, CodingKey {
        case query, status, message, country, countryCode, regionName, city, lat, lon, isp, org
        case system = "as"
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Key.self)
        func text(_ key: Key) -> String? {
            (try? values.decode(String.self, forKey: key)).flatMap { FieldText.clean($0) }
        }
        query = text(.query)
        status = text(.status)
        message = text(.message)
        country = text(.country)
        countryCode = text(.countryCode).flatMap { FieldText.countryCode($0) }
        region = text(.regionName)
        city = text(.city)
        provider = text(.isp)
        organisation = text(.org)
        system = text(.system)
        latitude = try? values.decode(Double.self, forKey: .lat)
        longitude = try? values.decode(Double.self, forKey: .lon)
    }

    /// `nil` if the element says neither success nor failure.
    func outcome(source: String) -> CachedLocation.Outcome? {
        switch status {
        case "success":
            let location = location(source: source)
            return location.isEmpty ? .failed(reason: "nothing known") : .found(location)
        case "fail": return .failed(reason: message ?? "no reason given")
        default: return nil
        }
    }

    private func location(source: String) -> Location {
        var location = Location(source: source)
        location.countryCode = countryCode
        location.countryName = country
        location.region = region
        location.city = city
        if let latitude, let longitude {
            location.coordinate = Coordinate(latitude: latitude, longitude: longitude)
        }
        location.fillInCountry()
        location.provider = provider
        location.organisation = organisation
        // "AS15169 Google LLC"
        if let system, system.hasPrefix("AS") {
            let words = system.dropFirst(2).split(separator: " ", maxSplits: 1)
            if let number = words.first.flatMap({ UInt32($0) }), number > 0 {
                location.asNumber = number
                location.asOrganisation = words.count == 2 ? FieldText.clean(words[1]) : nil
            }
        }
        return location
    }
}
