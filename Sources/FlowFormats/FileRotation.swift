import NetworkTypes

/// When a file of flows gives way to the next: after some time, some octets, or whichever is first.
package struct FileRotation: Sendable, Equatable {
    /// Files begin at multiples of this many seconds since 1970.
    package let seconds: Int?
    /// A file takes no more flows once it has this many.
    package let octets: Int?

    /// `nil` if neither is given, or one of them is not positive, or more than a year.
    package init?(seconds: Int?, octets: Int?) {
        guard seconds != nil || octets != nil, (1...31_622_400).contains(seconds ?? 1),
            (octets ?? 1) > 0
        else { return nil }
        (self.seconds, self.octets) = (seconds, octets)
    }
}

/// The names of rotated files: `flows.csv` becomes `flows-20260426T111100Z.csv`.
struct RotatedNames {
    let rotation: FileRotation
    private let stem, suffix: String
    /// Which multiple of the rotation's seconds the file under way belongs to.
    private var interval: Int64?

    init(path: String, rotation: FileRotation) {
        self.rotation = rotation
        let name = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
        // a dot at the start hides a file and begins no suffix
        let dot = path[name...].dropFirst().lastIndex(of: ".") ?? path.endIndex
        (stem, suffix) = (String(path[..<dot]), String(path[dot...]))
    }

    /// Whether the file under way ends at this time.
    ///
    /// A clock that goes back a little does not end it, one that comes back from a leap does.
    func isOver(at time: Timestamp) -> Bool {
        guard let interval, let now = intervalNumber(time) else { return false }
        return now != interval && now != interval - 1
    }

    /// The name of the next file, which no file has yet.
    mutating func next(at time: Timestamp) -> String {
        interval = intervalNumber(time)
        var start = time
        if let interval, let seconds = rotation.seconds {
            let (product, overflow) = (interval * Int64(seconds))
                .multipliedReportingOverflow(by: 1_000_000_000)
            if !overflow { start = Timestamp(nanoseconds: product) }
        }
        let wall = WallTime(start, clock: .utc)
        var text = TextBuffer(capacity: 64)
        text.append("-")
        text.append(UInt64(wall.year), digits: 4)
        text.append(UInt64(wall.month), digits: 2)
        text.append(UInt64(wall.day), digits: 2)
        text.append("T")
        text.append(UInt64(wall.hour), digits: 2)
        text.append(UInt64(wall.minute), digits: 2)
        text.append(UInt64(wall.second), digits: 2)
        text.append("Z")
        let stamped = stem + String(decoding: text.contents, as: UTF8.self)
        var name = stamped + suffix
        var number = 1
        while WritePlace.exists(name) {
            number += 1
            name = "\(stamped)-\(number)\(suffix)"
        }
        return name
    }

    private func intervalNumber(_ time: Timestamp) -> Int64? {
        rotation.seconds.map { seconds in
            let length = Int64(seconds) * 1_000_000_000
            let (quotient, remainder) = time.nanoseconds.quotientAndRemainder(dividingBy: length)
            return remainder < 0 ? quotient - 1 : quotient
        }
    }
}
