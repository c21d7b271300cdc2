import Glibc

/// A place on the earth in degrees, north and east positive.
package struct GeographicPoint: Hashable, Sendable {
    package let latitude: Double
    package let longitude: Double

    /// nil where the numbers are no place: latitude -90…90, longitude -180…180.
    package init?(latitude: Double, longitude: Double) {
        guard abs(latitude) <= 90, abs(longitude) <= 180 else { return nil }
        self.latitude = latitude
        self.longitude = longitude
    }

    init(tenthsLatitude: Int, tenthsLongitude: Int) {
        latitude = Double(tenthsLatitude) / 10
        longitude = Double(tenthsLongitude) / 10
    }
}

/// The Equal Earth projection (Šavrič, Patterson, Jenny 2018): areas keep their proportion.
///
/// Laid into a frame that shows latitudes from 60 degrees south to 85 north.
struct WorldProjection {
    static let southernEdge = -60.0
    static let northernEdge = 85.0
    /// Height of the frame for a width of 1.
    static let aspect = (height(northernEdge) - height(southernEdge)) / (2 * halfWidth(0))

    let frame: Rectangle

    init(left: Double, top: Double, width: Double) {
        frame = Rectangle(x: left, y: top, width: width, height: width * Self.aspect)
    }

    func point(_ place: GeographicPoint) -> Point {
        point(latitude: place.latitude, longitude: place.longitude)
    }

    func point(latitude: Double, longitude: Double) -> Point {
        let scale = frame.width / (2 * Self.halfWidth(0))
        let x = Self.halfWidth(latitude) * longitude / 180
        return Point(
            frame.x + frame.width / 2 + x * scale,
            frame.y + (Self.height(Self.northernEdge) - Self.height(latitude)) * scale)
    }

    func shows(latitude: Double) -> Bool {
        latitude >= Self.southernEdge && latitude <= Self.northernEdge
    }

    /// The outline of what is shown.
    var edge: [Point] {
        let latitudes = stride(from: Self.southernEdge, through: Self.northernEdge, by: 5)
        return latitudes.map { point(latitude: $0, longitude: 180) }
            + latitudes.reversed().map { point(latitude: $0, longitude: -180) }
    }

    /// The lines of latitude and longitude every 30 degrees.
    var graticule: Path {
        var path = Path()
        for longitude in stride(from: -150.0, through: 150, by: 30) {
            let latitudes = stride(from: Self.southernEdge, through: Self.northernEdge, by: 5)
            path.addLines(
                latitudes.map { point(latitude: $0, longitude: longitude) }, closed: false)
        }
        for latitude in stride(from: -30.0, through: 60, by: 30) {
            path.addLine(
                from: point(latitude: latitude, longitude: -180),
                to: point(latitude: latitude, longitude: 180))
        }
        return path
    }

    /// The shortest way between two places, in pieces where it leaves the map at a side or an end.
    func arc(from start: GeographicPoint, to end: GeographicPoint) -> [[Point]] {
        let first = UnitVector(start)
        let last = UnitVector(end)
        let angle = acos(min(max(first.dot(last), -1), 1))
        // Opposite places have no shortest way, equal ones none to draw.
        guard angle > 1e-6, angle < .pi - 1e-6 else { return [] }
        let steps = min(max(Int(angle * 180 / .pi / 4), 2), 45)
        var pieces: [[Point]] = [[]]
        var previous: (latitude: Double, longitude: Double)?
        for step in 0...steps {
            let place = first.place(
                towards: last, angle: angle, share: Double(step) / Double(steps))
            if let before = previous, abs(place.longitude - before.longitude) > 180 {
                let side = before.longitude < 0 ? -180.0 : 180
                let beyond = place.longitude + 2 * side
                let share = (side - before.longitude) / (beyond - before.longitude)
                let latitude = before.latitude + share * (place.latitude - before.latitude)
                if shows(latitude: latitude) {
                    pieces[pieces.count - 1].append(point(latitude: latitude, longitude: side))
                    pieces.append([point(latitude: latitude, longitude: -side)])
                }
            }
            if shows(latitude: place.latitude) {
                pieces[pieces.count - 1].append(
                    point(latitude: place.latitude, longitude: place.longitude))
            } else if !pieces[pieces.count - 1].isEmpty {
                pieces.append([])
            }
            previous = place
        }
        return pieces.filter { $0.count > 1 }
    }

    private static func halfWidth(_ latitude: Double) -> Double {
        let angle = parameter(latitude)
        let square = angle * angle
        let sixth = square * square * square
        let slope =
            9 * a4 * sixth * square + 7 * a3 * sixth + 3 * a2 * square + a1
        return 2 * 3.0.squareRoot() * .pi * cos(angle) / (3 * slope)
    }

    private static func height(_ latitude: Double) -> Double {
        let angle = parameter(latitude)
        let square = angle * angle
        let sixth = square * square * square
        return angle * (a1 + a2 * square + sixth * (a3 + a4 * square))
    }

    private static func parameter(_ latitude: Double) -> Double {
        asin(3.0.squareRoot() / 2 * sin(latitude * .pi / 180))
    }

    private static let a1 = 1.340264
    private static let a2 = -0.081106
    private static let a3 = 0.000893
    private static let a4 = 0.003796
}

/// A direction from the centre of the earth.
private struct UnitVector {
    let x: Double
    let y: Double
    let z: Double

    init(_ place: GeographicPoint) {
        let latitude = place.latitude * .pi / 180
        let longitude = place.longitude * .pi / 180
        x = cos(latitude) * cos(longitude)
        y = cos(latitude) * sin(longitude)
        z = sin(latitude)
    }

    func dot(_ other: UnitVector) -> Double {
        x * other.x + y * other.y + z * other.z
    }

    /// The place at a share of the way to another direction, `angle` radians off.
    func place(
        towards other: UnitVector, angle: Double, share: Double
    ) -> (latitude: Double, longitude: Double) {
        let near = sin((1 - share) * angle) / sin(angle)
        let far = sin(share * angle) / sin(angle)
        let (x, y, z) = (
            near * x + far * other.x, near * y + far * other.y, near * z + far * other.z
        )
        return (atan2(z, (x * x + y * y).squareRoot()) * 180 / .pi, atan2(y, x) * 180 / .pi)
    }
}

extension WorldOutline {
    /// The rings of all countries, read from the code that Tools/world-outline/reduce.py states.
    static func rings() -> [[GeographicPoint]] {
        var rings: [[GeographicPoint]] = []
        var ring: [GeographicPoint] = []
        var position = [0, 0]
        var axis = 0
        var value = 0
        var shift = 0
        for character in code.utf8 where character >= UInt8(ascii: "!") {
            if character == UInt8(ascii: "!") {
                rings.append(ring)
                ring = []
                continue
            }
            let digit = Int(character) - 63
            value |= (digit & 31) << shift
            shift += 5
            guard digit < 32 else { continue }
            position[axis] += value & 1 == 0 ? value >> 1 : -(value >> 1) - 1
            (value, shift) = (0, 0)
            if axis == 1 {
                ring.append(
                    GeographicPoint(tenthsLatitude: position[1], tenthsLongitude: position[0]))
            }
            axis = 1 - axis
        }
        return rings
    }
}
