private import NetworkTypes
package import Reports

/// `ntds analyze`: wires databases, progress and interruption to a run.
package struct FlowAnalysis {
    private let settings: AnalysisSettings
    private let online: AddressLocating.Online?

    /// - Parameter online: How to ask ip-api.com; `nil` to stay offline.
    package init(settings: AnalysisSettings, online: AddressLocating.Online? = nil) {
        self.settings = settings
        self.online = online
    }

    /// - Parameter command: The command line, for the report.
    package func perform(command: String, isQuiet: Bool) throws -> RunRecord {
        let interruption = Interruption()
        var bar = ProgressBar(isQuiet: isQuiet)
        defer { bar.clear() }
        let locating = AddressLocating(
            databases: settings.locationDatabases, online: online,
            inside: InsideNetworks(settings.insidePrefixes))
        // a database that cannot be used is told of before the tables are read
        _ = try AddressLocating(
            databases: settings.locationDatabases, online: nil, inside: InsideNetworks()
        )
        .locate([]) { _ in }
        let run = AnalysisRun(
            settings: settings, locating: { try locating.locate($0, progress: $1) },
            clock: SystemClock.seconds)
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
