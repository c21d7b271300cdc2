import Anomalies
import ArgumentParser
import Assembly
import Figures
import FlowFormats
import NetworkTypes
import Reports

/// `ntds analyze`.
struct Analyze: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Populations, scores, tiers, figures and an HTML report from flows or captures.",
        discussion: """
            Reads CSV (plain, gzip, zstd) and Parquet: the 87-column data set,
            CICFlowMeter's layouts, or any table with their columns. Captures (pcap,
            pcapng, plain or packed) are metered into one table, OUT/flows.parquet, which
            stays there. Everything is done offline.

            Examples:
              ntds analyze flows.csv.gz --out report
              ntds analyze capture.pcap --learn benign.pcapng.zst
              ntds analyze monday.parquet --learn benign.parquet --site 2.44,-76.61
              ntds analyze flows.csv --classic --figures none --json
              ntds analyze kdd.txt.gz --header names.csv --learn normal.txt \\
                  --score-features duration,service,src_bytes --keep class

            Exit status: 0 done, 1 failed, 2 usage, 3 done but some rows were
            rejected or a capture was damaged (all is counted).
            """)

    @Argument(help: "Flow tables and captures, or folders of them.", completion: .file())
    var flows: [String]

    @Option(help: "Folder for the report, the tables and the figures.")
    var out = "ntds-report"

    @OptionGroup(title: "Input") var input: InputOptions
    @OptionGroup(title: "Captures") var metering: MeteringOptions
    @OptionGroup(title: "Scores") var scoring: ScoringOptions
    @OptionGroup(title: "Places") var places: PlaceOptions
    @OptionGroup(title: "ip-api.com") var online: OnlineOptions
    @OptionGroup(title: "Figures") var figures: FigureOptions

    @Flag(help: "Print the summary as JSON.")
    var json = false
    @Flag(help: "No progress and no summary.")
    var quiet = false

    func run() throws {
        let settings = try settings()
        if !scoring.scoreFeatures.isEmpty { return try scoreTable(settings) }
        let record = try FlowAnalysis(
            settings: settings, metering: metering.metering, online: online.online
        ).perform(command: CommandLine.arguments.joined(separator: " "), isQuiet: quiet || json)
        if json {
            print(try record.json())
        } else if !quiet {
            print(AnalysisSummary(record, output: settings.output).text)
        }
        let damages = record.metered.flatMap(\.complaints)
        for damage in damages { Console.complain(damage) }
        if record.rows.rejected > 0 {
            Console.complain(
                "\(record.rows.rejected) of \(record.rows.read) rows were rejected: the report's data quality "
                    + "section says why")
        }
        if record.rows.rejected > 0 || !damages.isEmpty { throw ExitCode(3) }
    }

    private func scoreTable(_ settings: AnalysisSettings) throws {
        let summary = try TableScoring(
            settings: settings, features: scoring.scoreFeatures.commaSeparated,
            kept: scoring.keep.commaSeparated
        ).perform(isQuiet: quiet || json)
        if !quiet {
            print(
                "\(summary.rowCount) rows scored, calibrated on \(summary.calibrationCount): \(summary.path)"
            )
        }
        if summary.rejects.total > 0 {
            for entry in summary.rejects.entries {
                Console.complain(
                    "\(entry.count) rows rejected: \(entry.reason) (first in row \(entry.firstRow))"
                )
            }
            throw ExitCode(3)
        }
    }

    private func settings() throws -> AnalysisSettings {
        var settings = AnalysisSettings(inputs: flows, output: out)
        try input.apply(to: &settings)
        try scoring.apply(to: &settings)
        try places.apply(to: &settings)
        try figures.apply(to: &settings)
        return settings
    }
}

extension [String] {
    /// The parts of all texts, split at commas.
    var commaSeparated: [String] {
        flatMap { $0.split(separator: ",").map { part in String(part.drop { $0 == " " }) } }
    }
}
