import Anomalies
import ArgumentParser
import Assembly
import Figures
import Flows
import NetworkTypes
import Reports

extension ClassicScore.Strategy: ExpressibleByArgument {}
extension AlphaScaling: ExpressibleByArgument {}
extension Theme: ExpressibleByArgument {}
extension AnalysisSettings.FigureOutput: ExpressibleByArgument {}
extension AnalysisSettings.ScoreOutput: ExpressibleByArgument {}

struct InputOptions: ParsableArguments {
    @Option(
        help:
            "The column that names the population (default: the application column, if there is one)."
    )
    var group: String?
    @Option(
        help: "File with the column names of tables that have no header line.", completion: .file())
    var header: String?
    @Option(
        help:
            "Number of threads; the result does not depend on it (default: processors, at most 8).")
    var threads: Int?

    func apply(to settings: inout AnalysisSettings) throws {
        settings.groupColumn = group
        settings.header = try header.map(HeaderFile.names)
        settings.threads = threads.map { min(max($0, 1), 64) } ?? HeaderFile.processorCount
    }
}

struct MeteringOptions: ParsableArguments {
    @Option(
        help:
            "Rules by which flows are made of packets: corrected, unicauca, cic-2018, cic-head. Tables have theirs."
    )
    var mode = MeterMode.corrected
    @Option(help: "Names of their applications: ndpi or none.")
    var labels = LabelSource.ndpi

    var metering: CaptureMetering { CaptureMetering(mode: mode, hasLabels: labels == .ndpi) }
}

struct ScoringOptions: ParsableArguments {
    @Flag(
        help:
            "The original's rules throughout: text test for public addresses, volume = rate x microseconds."
    )
    var classic = false
    @Option(help: "How the classic score joins its seven deviations: mean or max.")
    var strategy = ClassicScore.Strategy.mean
    @Option(help: "Pseudo-sigmas that the range of a metric is cut into (k of the classic score).")
    var pseudoSigmas = 5
    @Option(
        help:
            "Fewest flows of an application for classic tiers and figures (default 100; 1000 with --classic)."
    )
    var minCount: Int?
    @Option(
        help: "A table of flows known to be benign to learn from; may be given several times.",
        completion: .file())
    var learn: [String] = []
    @Option(help: "Score with this saved baseline.", completion: .file())
    var baseline: String?
    @Option(help: "Save what was learnt to this file.", completion: .file())
    var saveBaseline: String?
    @Option(help: "Where the scores of all flows go: parquet, csv or none.")
    var scores = AnalysisSettings.ScoreOutput.parquet
    @Option(help: "Score any table by these columns, comma-separated; writes scores.csv only.")
    var scoreFeatures: [String] = []
    @Option(help: "Columns to copy beside the scores of --score-features.")
    var keep: [String] = []
    @Option(help: "Seed of everything drawn at random.")
    var seed: UInt64 = 1
    @Option(help: "How many of the strangest flows the report explains.")
    var top = 100

    func validate() throws {
        guard pseudoSigmas >= 1, pseudoSigmas <= 1000 else {
            throw ValidationError("--pseudo-sigmas takes 1 to 1000")
        }
        guard minCount.map({ $0 >= 1 }) ?? true else {
            throw ValidationError("--min-count takes at least 1")
        }
        guard scoreFeatures.isEmpty || !scoreFeatures.commaSeparated.isEmpty else {
            throw ValidationError("--score-features names no column")
        }
        guard (0...10_000).contains(top) else { throw ValidationError("--top takes 0 to 10000") }
        try checkTogether()
    }

    /// What no combination of options may ask for.
    private func checkTogether() throws {
        guard baseline == nil || learn.isEmpty else {
            throw ValidationError(
                "--baseline and --learn exclude each other: a saved baseline has learnt already")
        }
        guard !classic || (baseline == nil && learn.isEmpty && saveBaseline == nil) else {
            throw ValidationError(
                "--classic learns nothing: leave out --learn, --baseline and --save-baseline")
        }
        guard
            scoreFeatures.isEmpty
                || (learn.count <= 1 && baseline == nil && saveBaseline == nil && !classic)
        else {
            throw ValidationError(
                "--score-features takes at most one --learn, and no baseline or --classic")
        }
    }

    func apply(to settings: inout AnalysisSettings) throws {
        settings.isClassic = classic
        settings.strategy = strategy
        settings.pseudoSigmas = pseudoSigmas
        settings.minimumCount = minCount ?? (classic ? 1000 : 100)
        settings.learnInputs = learn
        settings.baselinePath = baseline
        settings.saveBaselinePath = saveBaseline
        settings.scores = scores
        settings.seed = seed
        settings.topCount = top
    }
}

struct PlaceOptions: ParsableArguments {
    @Option(
        help: "A network that counts as inside, e.g. 200.21.0.0/16; may be given several times.")
    var inside: [String] = []
    @Option(
        help: "Where the watched network stands: LAT,LON; the inner end of every line on a map.")
    var site: String?
    @Option(
        help: "A MaxMind DB file (City, Country, ASN); may be given several times.",
        completion: .file())
    var geoDb: [String] = []

    func apply(to settings: inout AnalysisSettings) throws {
        settings.insidePrefixes = try inside.map { text in
            do { return try IPPrefix(text) } catch {
                throw ValidationError(
                    "--inside \(text): not a network: give an address and a length, as in 10.0.0.0/8"
                )
            }
        }
        if let site {
            guard let coordinate = Coordinate(site) else {
                throw ValidationError("--site \(site): not LAT,LON in degrees, as in 2.44,-76.61")
            }
            settings.site = coordinate
        }
        settings.locationDatabases = geoDb
    }
}

struct OnlineOptions: ParsableArguments {
    @Flag(
        help:
            "Ask ip-api.com for public addresses: this tells it, unencrypted, whom this network talks to."
    )
    var ipApi = false
    @Option(help: "Cache of its answers.", completion: .file())
    var locationCache = "ntds-data/ntds.sqlite"
    @Option(help: "Batch endpoint to ask instead.")
    var ipApiUrl = AddressLocating.Online.defaultEndpoint
    @Option(help: "Requests a minute at most; fewer if its headers say so.")
    var ipApiPace = 15
    @Flag(help: "Ask again for what the cache knows.")
    var refresh = false
    @Option(help: "Ask again for cached answers older than this many days.")
    var maxAgeDays: Int?

    func validate() throws {
        guard (1...600).contains(ipApiPace) else {
            throw ValidationError("--ip-api-pace takes 1 to 600")
        }
        guard maxAgeDays.map({ (0...36_500).contains($0) }) ?? true else {
            throw ValidationError("--max-age-days takes 0 to 36500")
        }
    }

    /// How to ask; `nil` if that was not asked for.
    var online: AddressLocating.Online? {
        guard ipApi else { return nil }
        return .init(
            cachePath: locationCache, endpoint: ipApiUrl, requestsPerMinute: ipApiPace,
            refresh: refresh,
            maximumAgeDays: maxAgeDays)
    }
}

struct FigureOptions: ParsableArguments {
    @Flag(inversion: .prefixedNo, help: "Draw figures and write the page; without, tables only.")
    var report = true
    @Option(
        help: "Files in figures/: none, png, svg or pdf. The report has its figures in any case.")
    var figures = AnalysisSettings.FigureOutput.png
    @Option(help: "Colours of the files: light or dark. The report follows the reader's.")
    var theme = Theme.light
    @Option(help: "Bars of a histogram.")
    var bins = 40
    @Option(help: "How opacity grows with the score: sqrt, linear or square.")
    var alphaScaling = AlphaScaling.sqrt

    func validate() throws {
        guard (1...1000).contains(bins) else { throw ValidationError("--bins takes 1 to 1000") }
    }

    func apply(to settings: inout AnalysisSettings) throws {
        settings.makesReport = report
        settings.figures = figures
        settings.theme = theme
        settings.bins = bins
        settings.alphaScaling = alphaScaling
    }
}
