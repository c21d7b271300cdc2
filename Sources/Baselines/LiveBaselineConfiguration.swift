package import NetworkTypes

/// How live baselines are kept, and when they are believed.
package struct LiveBaselineConfiguration: Sendable, Equatable {
    /// Which flows a population remembers: by default 4,096, of which one of two weeks ago counts half of
    /// one of today.
    package var memory = FlowMemory.Rule(capacity: 4096, halfLifeSeconds: 14 * 86_400)
    /// Octets that all populations may take together.
    package var budgetOctets = 128 << 20
    /// Flows from which on a population is ready, at least 1.
    package var minimumFlows: UInt64 = 500
    /// Event time from its first flow to its last from which on a population is ready.
    package var learningSeconds: Double = 86_400
    /// Event time without a flow after which a population is stale.
    package var staleSeconds: Double = 7 * 86_400
    /// Members of the table that a model is fitted on, at most.
    package var maximumTableRows = 262_144

    package init() {}
}

/// How far a population is.
package enum PopulationState: UInt8, Sendable, CaseIterable {
    /// Too few flows, or over too short a time: nothing may be concluded from it alone.
    case learning
    case ready
    /// Ready once, but not seen for long.
    case stale

    package var name: String { String(describing: self) }
}

/// Which population a flow belongs to.
package struct PopulationKey: Hashable, Comparable, Sendable {
    /// The operator's name of the part of the network, "" without one.
    package let scope: String
    package let application: String

    package init(scope: String, application: String) {
        (self.scope, self.application) = (scope, application)
    }

    /// Its name in tables, models and sentences: `DNS`, or `DNS @ branch` in a scope.
    ///
    /// No two populations share a name as long as no scope is called `… @ …`: an application that is gets
    /// the separator of an empty scope.
    package var name: String {
        scope.isEmpty && !application.utf8.contains(UInt8(ascii: "@"))
            ? application : "\(application) @ \(scope)"
    }

    /// Octets of the longest name that is learnt: whatever comes from a label is cut off long before.
    package static let longestName = 255

    package static func < (left: PopulationKey, right: PopulationKey) -> Bool {
        left.scope == right.scope
            ? left.application < right.application : left.scope < right.scope
    }
}

/// When the models are fitted anew, by event time: once the first population is ready, then once a day.
package struct RefitSchedule: Sendable, Equatable {
    /// Time from one fit to the next, at least a minute.
    package var intervalSeconds: Double
    /// How long after midnight UTC (or after whole intervals since 1970) the fit is.
    package var offsetSeconds: Double

    /// By default each day at 3:00 UTC.
    package init(intervalSeconds: Double = 86_400, offsetSeconds: Double = 3 * 3600) {
        self.intervalSeconds = intervalSeconds >= 60 ? min(intervalSeconds, 1e9) : 60
        self.offsetSeconds = offsetSeconds.isFinite ? offsetSeconds : 0
    }

    /// Whether a fit is due.
    ///
    /// - Parameters:
    ///   - now: the time of the latest flow.
    ///   - last: the event time of the last fit, `nil` before the first.
    ///   - isReady: whether a population is ready.
    package func isDue(at now: Timestamp, last: Timestamp?, isReady: Bool) -> Bool {
        guard let last else { return isReady }
        return interval(of: now) > interval(of: last)
    }

    private func interval(of time: Timestamp) -> Double {
        ((Double(time.nanoseconds) / 1e9 - offsetSeconds) / intervalSeconds).rounded(.down)
    }
}
