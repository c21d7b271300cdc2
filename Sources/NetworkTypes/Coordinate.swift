#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A point on the Earth's surface, in degrees: latitude north, longitude east.
package struct Coordinate: Hashable, Sendable {
    package let latitude, longitude: Double

    /// `nil` unless the latitude lies in -90…90 and the longitude in -180…180 (so neither is NaN).
    package init?(latitude: Double, longitude: Double) {
        guard abs(latitude) <= 90, abs(longitude) <= 180 else { return nil }
        // Adding zero turns -0 into 0: equal points are one point, and print alike.
        (self.latitude, self.longitude) = (latitude + 0, longitude + 0)
    }

    /// Reads `LAT,LON` in decimal degrees, such as `2.4419,-76.6063`; blanks around the numbers are allowed.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count == 2, let latitude = Self.degrees(parts[0]),
            let longitude = Self.degrees(parts[1])
        else { return nil }
        self.init(latitude: latitude, longitude: longitude)
    }

    /// The great-circle distance on a sphere of the Earth's mean radius, 6371.0088 km (IUGG), by the
    /// haversine form; within 0.6 % of the distance on the ellipsoid.
    package func kilometres(to other: Coordinate) -> Double {
        let radians = Double.pi / 180
        let (latitudeA, latitudeB) = (latitude * radians, other.latitude * radians)
        let sineLatitude = sin((latitudeB - latitudeA) / 2)
        let sineLongitude = sin((other.longitude - longitude) * radians / 2)
        let haversine =
            sineLatitude * sineLatitude
            + cos(latitudeA) * cos(latitudeB) * sineLongitude * sineLongitude
        return 2 * 6371.0088 * asin(min(1, haversine.squareRoot()))
    }

    private static func degrees(_ text: some StringProtocol) -> Double? {
        var text = Substring(text)
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        // Double's own reading also takes "nan", "inf" and hexadecimal; none is how people write degrees.
        guard text.utf8.count <= 32,
            text.utf8.allSatisfy({ $0 &- 48 < 10 || $0 == 43 || $0 == 45 || $0 == 46 })
        else { return nil }
        return Double(text)
    }
}

extension Coordinate: CustomStringConvertible {
    package var description: String { "\(latitude),\(longitude)" }
}
