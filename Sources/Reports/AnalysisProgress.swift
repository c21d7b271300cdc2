/// How far a run has come; told often, cheap to ignore.
package struct AnalysisProgress: Sendable {
    /// What is under way, as a user would say it: `reading`, `scoring` …
    package let stage: String
    /// 0…1 of this stage.
    package let fraction: Double
    /// Rows, flows or figures done in this stage.
    package let count: Int
    package let unit: String

    package init(stage: String, fraction: Double, count: Int, unit: String) {
        self.stage = stage
        self.fraction = fraction
        self.count = count
        self.unit = unit
    }
}

/// Is told of progress; throws to stop the run.
package typealias ProgressReport = (AnalysisProgress) throws -> Void
