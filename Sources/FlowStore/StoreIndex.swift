private import FlowFormats
private import Flows
import NetworkTypes

/// An hour of event time: hours since 1970, UTC.
struct StoreHour: Hashable, Comparable, Strideable {
    let number: Int64

    private static let nanoseconds: Int64 = 3_600_000_000_000

    init(number: Int64) { self.number = number }

    init(_ time: Timestamp) {
        let (quotient, remainder) =
            time.nanoseconds.quotientAndRemainder(dividingBy: Self.nanoseconds)
        number = remainder < 0 ? quotient - 1 : quotient
    }

    /// The hour of a folder `date=2026-11-23/hour=07`; `nil` for any other name.
    init?(date: String, hour: String) {
        guard date.hasPrefix("date="), hour.hasPrefix("hour="), hour.utf8.count == 7 else {
            return nil
        }
        let parts = date.dropFirst(5).split(separator: "-")
        guard parts.count == 3, let year = Int(parts[0]), let month = Int(parts[1]),
            let day = Int(parts[2]), let hourOfDay = Int(hour.dropFirst(5)),
            let time = Timestamp(year: year, month: month, day: day, hour: hourOfDay)
        else { return nil }
        self.init(time)
        guard self.date == date, self.hour == hour else { return nil }
    }

    /// The names of its folders.
    var date: String { "date=" + text.prefix(10) }
    var hour: String { "hour=" + text.dropFirst(11).prefix(2) }

    private var text: String {
        let (time, overflow) = number.multipliedReportingOverflow(by: Self.nanoseconds)
        return Timestamp(nanoseconds: overflow ? 0 : time).description
    }

    static func < (left: StoreHour, right: StoreHour) -> Bool { left.number < right.number }
    func distance(to other: StoreHour) -> Int { Int(other.number - number) }
    func advanced(by count: Int) -> StoreHour { StoreHour(number: number + Int64(count)) }
}

/// Which files a store has.
struct StoreIndex {
    struct Part {
        let number: Int
        let octets: Int
    }

    private let folder: String
    /// Files by their hour, each list by number.
    private var parts: [StoreHour: [Part]] = [:]
    /// Hours that have files, ascending.
    private(set) var hours: [StoreHour] = []
    private(set) var octets = 0
    private(set) var partCount = 0

    /// Looks through the folders; names that are not the store's are left alone.
    ///
    /// - Parameter removesLeftovers: Whether files without a final name, and empty folders, are removed.
    init(folder: String, removesLeftovers: Bool) throws(FlowStoreError) {
        self.folder = folder
        for date in try StoreFiles.names(in: folder) where date.hasPrefix("date=") {
            for name in try StoreFiles.names(in: "\(folder)/\(date)") {
                guard let hour = StoreHour(date: date, hour: name) else { continue }
                let path = self.path(of: hour)
                for file in try StoreFiles.names(in: path) {
                    if let number = Self.number(of: file) {
                        insert(
                            Part(number: number, octets: StoreFiles.octets("\(path)/\(file)")), hour
                        )
                    } else if removesLeftovers, file.hasPrefix(Self.leftover) {
                        try StoreFiles.remove("\(path)/\(file)")
                    }
                }
                if removesLeftovers { StoreFiles.removeEmpty(path) }
            }
            if removesLeftovers { StoreFiles.removeEmpty("\(folder)/\(date)") }
        }
        for hour in parts.keys { parts[hour]?.sort { $0.number < $1.number } }
        hours = parts.keys.sorted()
    }

    /// The files of an hour, in the order in which they were written.
    func paths(of hour: StoreHour) -> [String] {
        (parts[hour] ?? []).map { "\(path(of: hour))/\(Self.name($0.number))" }
    }

    /// Writes flows as the hour's next file: under a hidden name, to the disk, then under its own.
    mutating func add(_ flows: [StoredFlow], to hour: StoreHour) throws(FlowStoreError) {
        let number = (parts[hour]?.last?.number ?? -1) + 1
        let date = "\(folder)/\(hour.date)"
        let path = path(of: hour)
        try StoreFiles.makeFolder(date)
        try StoreFiles.makeFolder(path)
        let (hidden, final) = (
            "\(path)/\(Self.leftover)\(number).tmp", "\(path)/\(Self.name(number))"
        )
        do {
            var writer = try ParquetWriter(path: hidden, timeColumns: StoredFlow.timeColumns)
            try writer.write(StoredFlow.batch(of: flows))
            try writer.finish()
        } catch {
            throw .table(error)
        }
        try StoreFiles.publish(hidden, as: final, in: path)
        if parts[hour] == nil {
            let place = hours.firstIndex { $0 > hour } ?? hours.endIndex
            hours.insert(hour, at: place)
        }
        insert(Part(number: number, octets: StoreFiles.octets(final)), hour)
    }

    /// Removes the first file of an hour; false if it has none, and is forgotten.
    mutating func removeFirst(of hour: StoreHour) throws(FlowStoreError) -> Bool {
        guard let part = parts[hour]?.first else {
            parts[hour] = nil
            hours.removeAll { $0 == hour }
            return false
        }
        try StoreFiles.remove("\(path(of: hour))/\(Self.name(part.number))")
        parts[hour]?.removeFirst()
        octets -= part.octets
        partCount -= 1
        if parts[hour]?.isEmpty == true { forget(hour) }
        return true
    }

    /// The number of the last file of each hour.
    var lastParts: [Int64: Int] {
        Dictionary(
            uniqueKeysWithValues: parts.compactMap { hour, list in
                list.last.map { (hour.number, $0.number) }
            })
    }

    /// Removes files by their hour and number; says how many.
    mutating func removeParts(
        _ isUnwanted: (StoreHour, Int) -> Bool
    ) throws(FlowStoreError) -> Int {
        var removed = 0
        for hour in hours {
            let list = parts[hour] ?? []
            for part in list where isUnwanted(hour, part.number) {
                try StoreFiles.remove("\(path(of: hour))/\(Self.name(part.number))")
                parts[hour]?.removeAll { $0.number == part.number }
                octets -= part.octets
                partCount -= 1
                removed += 1
            }
            if parts[hour]?.isEmpty ?? true { forget(hour) }
        }
        return removed
    }

    /// Forgets an hour without files, and its folders.
    private mutating func forget(_ hour: StoreHour) {
        parts[hour] = nil
        hours.removeAll { $0 == hour }
        StoreFiles.removeEmpty(path(of: hour))
        StoreFiles.removeEmpty("\(folder)/\(hour.date)")
    }

    private mutating func insert(_ part: Part, _ hour: StoreHour) {
        parts[hour, default: []].append(part)
        octets += part.octets
        partCount += 1
    }

    private func path(of hour: StoreHour) -> String { "\(folder)/\(hour.date)/\(hour.hour)" }

    /// Files without a final name begin so: with a dot, which readers of data sets pass over.
    private static let leftover = ".part-"

    private static func name(_ number: Int) -> String { "part-\(number).parquet" }

    private static func number(of file: String) -> Int? {
        guard file.hasPrefix("part-"), file.hasSuffix(".parquet"),
            let number = Int(file.dropFirst(5).dropLast(8)), number >= 0, number < .max,
            name(number) == file
        else { return nil }
        return number
    }
}
