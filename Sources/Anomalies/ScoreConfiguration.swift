/// What is known about the flows that a model learns from.
package enum LearningProtocol: UInt8, Sendable, CaseIterable {
    /// Somebody confirmed the period as benign. Parts: log-histogram density, Mahalanobis distance
    /// and nearest neighbours of the application, nearest neighbours among all flows.
    case benign
    /// Nobody looked at the flows, which may hold attacks. Parts that small shares of repeated attacks
    /// cannot teach: isolation forest and sparse neighbours of the application, tail surprise among
    /// all flows; learnt twice, the second time without the strangest flows of the first.
    case unvetted

    /// How much the novelty of the application weighs beside the mean of the parts.
    package var noveltyWeight: Double { self == .benign ? 0.25 : 0.5 }

    /// The parts of the score, in the order in which they are added.
    package var parts: [ScorePart] {
        switch self {
        case .benign: [.density, .covariance, .neighbours, .globalNeighbours]
        case .unvetted: [.forest, .sparseNeighbours, .globalTail]
        }
    }
}

/// One of the parts that the default score is the mean of.
package enum ScorePart: UInt8, Sendable, CaseIterable {
    case density, covariance, neighbours, globalNeighbours, forest, sparseNeighbours, globalTail

    /// The words of documents and reports.
    package var name: String {
        switch self {
        case .density: "log-histogram density"
        case .covariance: "Mahalanobis distance"
        case .neighbours: "nearest neighbours"
        case .globalNeighbours: "nearest neighbours among all flows"
        case .forest: "isolation forest"
        case .sparseNeighbours: "sparse neighbours"
        case .globalTail: "tail surprise among all flows"
        }
    }

    /// Whether the part compares with all flows rather than with those of the application.
    var isGlobal: Bool { self == .globalNeighbours || self == .globalTail }
}

/// The settings of the default score. The defaults are those of the measurements.
package struct ScoreConfiguration: Sendable, Equatable {
    /// Seed of everything that is drawn at random.
    package var seed: UInt64 = 1
    /// Fitted flows from which on an application has a density of its own.
    package var minimumForDensity = 100
    /// Fitted flows from which on an application has a covariance, memory and forest of its own.
    package var minimumForShape = 500
    /// Flows remembered for the nearest neighbours of an application.
    package var memorySize = 1024
    /// Flows remembered for the nearest neighbours among all flows.
    package var globalMemorySize = 2048
    /// Trees of an isolation forest, at most 1,000.
    package var treeCount = 100
    /// Flows of a population that density, covariance and forest are fitted on, evenly spaced if there
    /// are more. Histograms and the calibration of the whole score always take all of them.
    package var maximumFitted = 16_384
    /// Share of the fitted flows that the second pass of `.unvetted` leaves out.
    package var droppedShare = 0.03

    package init() {}

    /// The settings with every number forced into its range.
    var checked: ScoreConfiguration {
        var result = self
        result.minimumForDensity = max(1, minimumForDensity)
        result.minimumForShape = max(2, minimumForShape)
        result.memorySize = min(max(8, memorySize), 65_536)
        result.globalMemorySize = min(max(8, globalMemorySize), 65_536)
        result.treeCount = min(max(1, treeCount), 1000)
        result.maximumFitted = max(256, maximumFitted)
        result.droppedShare = droppedShare.isFinite ? min(max(0, droppedShare), 0.5) : 0
        return result
    }
}
