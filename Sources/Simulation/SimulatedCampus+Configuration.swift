package import NetworkTypes

extension SimulatedCampus {
    /// What is simulated. The same configuration gives the same table to the bit.
    package struct Configuration: Sendable, Equatable {
        package let rows: Int
        package let seed: UInt64
        /// The part of the rows that are attacks, 0…0.1.
        package let attackShare: Double
        /// The part of the rows whose duration is 0 and whose rates are infinite or no numbers.
        package let zeroDurationShare: Double
        /// How many applications share the flows, the most frequent of the catalogue.
        package let applicationCount: Int
        /// The instant before the first row, on the wall clock of the campus.
        package let start: Timestamp
        /// The time the rows are spread over.
        package let days: Int

        /// - Parameters:
        ///   - rows: 1…1,000,000,000.
        ///   - attackShare: 0…0.1; at most a million flows.
        ///   - zeroDurationShare: 0…1.
        ///   - applicationCount: 1…80.
        ///   - start: a year of 1970…2200.
        ///   - days: 1…366.
        package init(
            rows: Int, seed: UInt64 = 1, attackShare: Double = 0.0005,
            zeroDurationShare: Double = 0.0005,
            applicationCount: Int = Configuration.applicationLimit,
            start: Timestamp = Configuration.defaultStart, days: Int = 14
        ) throws(InvalidSetting) {
            try InvalidSetting.check("rows", rows, 1...1_000_000_000)
            try InvalidSetting.check("attackShare", attackShare, 0...0.1)
            try InvalidSetting.check("zeroDurationShare", zeroDurationShare, 0...1)
            try InvalidSetting.check(
                "applicationCount", applicationCount, 1...Self.applicationLimit)
            try InvalidSetting.check("start", start, Self.epoch...Self.latestStart)
            try InvalidSetting.check("days", days, 1...366)
            self.rows = rows
            self.seed = seed
            self.attackShare = attackShare
            self.zeroDurationShare = zeroDurationShare
            self.applicationCount = applicationCount
            self.start = start
            self.days = days
            try InvalidSetting.check("attacks (rows × attackShare)", attackCount, 0...1_000_000)
        }

        /// How many rows are attacks.
        package var attackCount: Int { Int((Double(rows) * attackShare).rounded()) }

        /// The number of applications in the catalogue.
        package static let applicationLimit = ApplicationCatalogue.all.count

        /// Wednesday, 26 April 2017, 00:00: the first day of the data set that is imitated.
        package static let defaultStart = Timestamp(nanoseconds: 1_493_164_800_000_000_000)

        private static let epoch = Timestamp(nanoseconds: 0)
        private static let latestStart = Timestamp(nanoseconds: 7_258_118_400_000_000_000)
    }

    /// A setting outside its range.
    package struct InvalidSetting: Error, Equatable, CustomStringConvertible {
        package let name: String
        package let value: String
        package let accepted: String

        package var description: String { "\(name) is \(value); accepted: \(accepted)" }

        static func check<Value: Comparable & Sendable>(
            _ name: String, _ value: Value, _ range: ClosedRange<Value>
        ) throws(InvalidSetting) {
            guard range.contains(value) else {
                throw InvalidSetting(
                    name: name, value: "\(value)",
                    accepted: "\(range.lowerBound) to \(range.upperBound)")
            }
        }
    }
}
