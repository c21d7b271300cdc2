private import NetworkTypes
package import Reports

/// `ntds analyze`: wires the meter, databases, progress and interruption to a run.
package struct FlowAnalysis {
    private let settings: AnalysisSettings
    private let metering: CaptureMetering
    private let online: AddressLocating.Online?

    /// - Parameters:
    ///   - metering: how flows are made of the captures among the inputs.
    ///   - online: How to ask ip-api.com; `nil` to stay offline.
    package init(
        settings: AnalysisSettings, metering: CaptureMetering = CaptureMetering(),
        online: AddressLocating.Online? = nil
    ) {
        self.settings = settings
        self.metering = metering
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
        return try Folder.with(settings.output) {
            let run = AnalysisRun(
                settings: try tablesOnly(isQuiet: isQuiet),
                locating: { try locating.locate($0, progress: $1) }, clock: SystemClock.seconds)
            return try run.perform(command: command, version: ProductVersion.text) { progress in
                try interruption.check()
                bar.show(progress)
            }
        }
    }

    /// The settings with tables of the output in place of captures.
    private func tablesOnly(isQuiet: Bool) throws -> AnalysisSettings {
        var settings = settings
        var metered = MeteredInputs(metering, threads: settings.threads, isQuiet: isQuiet)
        settings.inputs = try metered.tables(
            of: settings.inputs, madeAt: "\(settings.output)/flows.parquet")
        settings.learnInputs = try metered.tables(
            of: settings.learnInputs, madeAt: "\(settings.output)/benign-flows.parquet")
        settings.metered = metered.metered
        return settings
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
