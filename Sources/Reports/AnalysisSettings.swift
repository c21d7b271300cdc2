package import Anomalies
package import Figures
package import NetworkTypes

/// What an analysis is asked to do; `run.json` keeps all of it.
package struct AnalysisSettings: Sendable {
    /// How far figures go.
    package enum FigureOutput: String, Sendable, CaseIterable { case none, png, svg, pdf }
    /// How the scores of all flows are written.
    package enum ScoreOutput: String, Sendable, CaseIterable { case parquet, csv, none }

    /// Files and folders of flow tables, in order.
    package var inputs: [String]
    /// Those of the tables (also of the benign ones) that were metered from captures for this run.
    package var metered: [MeteredTable] = []
    package var output: String
    /// Column names for text tables without a header line.
    package var header: [String]?
    /// The column that names the population; the data set's application column if `nil`.
    package var groupColumn: String?
    /// A table of flows known to be benign to learn from.
    package var learnInputs: [String] = []
    /// A saved baseline to score with.
    package var baselinePath: String?
    /// Where to save what was learnt.
    package var saveBaselinePath: String?
    /// The original's rules throughout.
    package var isClassic = false
    package var strategy = ClassicScore.Strategy.mean
    /// k of the classic score.
    package var pseudoSigmas = 5
    /// Populations with fewer members are not scored by the classic score and get no figures.
    package var minimumCount = 100
    package var insidePrefixes: [IPPrefix] = []
    package var site: Coordinate?
    /// MaxMind DB files; Debian's database if there are none.
    package var locationDatabases: [String] = []
    /// Whether to draw figures and write the page, or tables only.
    package var makesReport = true
    package var figures = FigureOutput.png
    package var theme = Theme.light
    /// Pixels of a PNG to one unit of a drawing.
    package var pixelsPerUnit = 1.25
    package var bins = 40
    package var alphaScaling = AlphaScaling.sqrt
    package var scores = ScoreOutput.parquet
    package var seed: UInt64 = 1
    package var threads = 2
    /// How many of the strangest flows the report tells about.
    package var topCount = 100

    package init(inputs: [String], output: String) {
        self.inputs = inputs
        self.output = output
    }
}
