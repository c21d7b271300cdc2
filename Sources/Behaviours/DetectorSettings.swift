/// A setting of a detector that is outside of its range.
package struct DetectorSettingError: Error, Hashable, CustomStringConvertible {
    package let setting: String
    package let range: String

    package init(_ setting: String, range: String) {
        (self.setting, self.range) = (setting, range)
    }

    package var description: String { "\(setting): must be \(range)" }

    /// Throws unless the value is within.
    static func check<Value: Comparable>(
        _ setting: String, _ value: Value, in range: ClosedRange<Value>
    ) throws(DetectorSettingError) {
        guard range.contains(value) else {
            throw DetectorSettingError(
                setting, range: "\(range.lowerBound) to \(range.upperBound)")
        }
    }
}

/// What a detector holds.
package struct DetectorCounts: Sendable, Hashable {
    /// Hosts, pairs, names or flows of which something is remembered.
    package var held: Int
    /// How many of them made room for others since the start.
    package var evictions: UInt64

    package init(held: Int = 0, evictions: UInt64 = 0) {
        (self.held, self.evictions) = (held, evictions)
    }
}
