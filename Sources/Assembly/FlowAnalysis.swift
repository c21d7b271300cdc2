package import Reports

/// `ntds analyze`: wires databases, progress and interruption to a run.
package struct FlowAnalysis {
    private let settings: AnalysisSettings

    package init(settings: AnalysisSettings) { self.settings = settings }

    /// - Parameter command: The command line, for the report.
    package func perform(command: String, isQuiet: Bool) throws -> RunRecord {
        let interruption = Interruption()
        var bar = ProgressBar(isQuiet: isQuiet)
        defer { bar.clear() }
        let locating = try LocationDatabases.locating(settings.locationDatabases)
        let run = AnalysisRun(settings: settings, locating: locating, clock: SystemClock.seconds)
        return try run.perform(command: command, version: ProductVersion.text) { progress in
            try interruption.check()
            bar.show(progress)
        }
    }
}

/// `ntds analyze --score-features`: scores any table by named columns.
package struct TableScoring {
    private let scoring: FeatureScoring

    package init(settings: AnalysisSettings, features: [String], kept: [String]) {
        scoring = FeatureScoring(settings: settings, features: features, kept: kept)
    }

    package func perform(isQuiet: Bool) throws -> FeatureScoring.Summary {
        let interruption = Interruption()
        var bar = ProgressBar(isQuiet: isQuiet)
        defer { bar.clear() }
        return try scoring.perform { progress in
            try interruption.check()
            bar.show(progress)
        }
    }
}
