import Behaviours
import Geolocation
import NetworkTypes
import Statistics

/// Countries and networks of public addresses, as the database on this machine has them; a few thousand
/// answers are remembered.
struct PlaceBook {
    private var database: LocDatabase?
    private var answers = BoundedTable<IPAddress, PeerPlace?>(limit: 16_384)

    init() { database = try? LocDatabase() }

    mutating func place(of address: IPAddress) -> PeerPlace? {
        if let answer = answers[address] { return answer }
        // A damaged entry is an unknown place.
        let location = try? database?.location(of: address)
        let place = location.map {
            PeerPlace(country: $0.countryCode, autonomousSystem: $0.asNumber)
        }
        answers.set(address, place)
        return place
    }
}
