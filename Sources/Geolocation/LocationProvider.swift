package import NetworkTypes

/// Something on this machine that knows where addresses are.
///
/// It is asked for public addresses only: what a database says of `10.0.0.1` means nothing.
package protocol LocationProvider: Sendable {
    /// How to call the source in a report, such as `GeoLite2-City`.
    var name: String { get }

    /// When the database was made, if it says so.
    var edition: Timestamp? { get }

    /// The location of a public address; `nil` if the source does not know it. It may keep what it has read,
    /// within a bound, to answer faster.
    mutating func location(of address: IPAddress) throws(LocationDatabaseError) -> Location?
}

/// Why a database file cannot be used.
package enum LocationDatabaseError: Error, Hashable, Sendable {
    /// The file cannot be opened or read; `reason` is the system's.
    case unreadable(file: String, reason: String)
    /// The file is no database of this kind.
    case foreign(file: String, expected: String)
    /// The file contradicts itself.
    case damaged(file: String, reason: String)
}

extension LocationDatabaseError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unreadable(let file, let reason): "\(file): cannot be read: \(reason)"
        case .foreign(let file, let expected): "\(file): is no \(expected)"
        case .damaged(let file, let reason): "\(file): damaged database: \(reason)"
        }
    }
}

/// Several sources as one, in order of preference.
///
/// The place is taken whole from the first source that names a city, else from the first that knows the
/// country; autonomous system, provider and organisation each from the first that knows them.
package struct CombinedProvider: LocationProvider {
    private var providers: [any LocationProvider]

    package init(_ providers: [any LocationProvider]) {
        self.providers = providers
    }

    package var name: String { providers.map(\.name).joined(separator: " + ") }

    /// The oldest of theirs.
    package var edition: Timestamp? { providers.compactMap(\.edition).min() }

    package mutating func location(
        of address: IPAddress
    ) throws(LocationDatabaseError) -> Location? {
        var answers: [Location] = []
        for index in providers.indices {
            if let answer = try providers[index].location(of: address) { answers.append(answer) }
        }
        return Self.union(answers)
    }

    private static func union(_ answers: [Location]) -> Location? {
        guard answers.count > 1, let first = answers.first else { return answers.first }
        var used: Set<String> = []
        var result = Location(source: "")
        if let place = answers.first(where: { $0.precision == .city })
            ?? answers.first(where: { $0.precision == .country })
        {
            result = place
            used.insert(place.source)
        } else {
            result = first
        }
        func fill<Value>(_ field: WritableKeyPath<Location, Value?>) {
            if result[keyPath: field] != nil { return }
            guard let answer = answers.first(where: { $0[keyPath: field] != nil }) else { return }
            result[keyPath: field] = answer[keyPath: field]
            used.insert(answer.source)
        }
        fill(\.asNumber)
        fill(\.asOrganisation)
        fill(\.provider)
        fill(\.organisation)
        result.source = answers.map(\.source).filter(used.contains).joined(separator: " + ")
        return result
    }
}

/// A small memory of built values, emptied when it is full.
struct Memo<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private var values: [Key: Value] = [:]
    private let limit = 1 << 16

    subscript(key: Key) -> Value? { values[key] }

    mutating func remember(_ value: Value, for key: Key) {
        if values.count >= limit { values.removeAll(keepingCapacity: true) }
        values[key] = value
    }
}
