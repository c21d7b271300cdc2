import Behaviours
import Geolocation
import NetworkTypes
import Statistics

/// Countries and networks of public addresses, as the database on this machine has them; a few thousand
/// answers are remembered.
struct PlaceBook {
    private var provider: (any LocationProvider)?
    private var answers = BoundedTable<IPAddress, PeerPlace?>(limit: 16_384)

    /// - Parameter databases: MaxMind DB files; Debian's database if there are none, if that is installed.
    init(databases: [String] = []) throws {
        provider =
            databases.isEmpty
            ? try? LocDatabase()
            : CombinedProvider(try databases.map { try MaxMindDatabase(path: $0) })
    }

    mutating func place(of address: IPAddress) -> PeerPlace? {
        if let answer = answers[address] { return answer }
        // A damaged entry is an unknown place.
        let location = try? provider?.location(of: address)
        let place = location.map {
            PeerPlace(country: $0.countryCode, autonomousSystem: $0.asNumber)
        }
        answers.set(address, place)
        return place
    }
}
