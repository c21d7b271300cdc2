// ntds-bench radar FILE PNG            nine columns: seven deviations, tier, opacity
// ntds-bench classic|default|forest FILE REPEATS      nine columns of metrics
// ntds-bench flows FILE REPEATS        the same and the number of the application: the default score
// ntds-bench context|context-benign FILE REPEATS      flows in the order of their ends: the default score of
//                                      twenty metrics as a running service takes it; the columns are left as
//                                      FILE.columns
//
// Prints one line of JSON: rows, CPU seconds of each call, CPU seconds of fitting, and a figure that
// depends on every row, so that no work can be left out.
import Anomalies
import Baselines
import CMemory
import Figures
import Foundation
import Statistics

let arguments = CommandLine.arguments
guard arguments.count == 4 else {
    fatalError(
        "usage: ntds-bench radar FILE PNG | "
            + "classic|default|forest|flows|context|context-benign FILE REPEATS")
}
ntds_keep_freed_memory()  // as the product does
let widths = [
    "flows": 10, "context": ContextStream.columnCount, "context-benign": ContextStream.columnCount,
]
let numbers = try Numbers(file: arguments[2], columnCount: widths[arguments[1]] ?? 9)
let all = 0..<numbers.rowCount
let fitted = 0..<min(100_000, numbers.rowCount)
let repeats = Int(arguments[3]) ?? 1
var fitSeconds = 0.0
var check = 0.0
let seconds: [Double]

switch arguments[1] {
case "radar":
    let tiers = numbers.columns[7].map { UInt8($0) }
    let start = cpuSeconds()
    let deviations = Array(numbers.columns[..<7])
    let largest = deviations.lazy.compactMap { $0.max() }.max() ?? 1
    var radar = RadarDensity(
        axes: (0..<7).map { "metric \($0)" }, rim: RadarDensity.suitableRim(largest: largest))
    radar.add(deviations: deviations, tiers: tiers, opacities: numbers.columns[8])
    let drawing = radar.drawing(title: "Radar", subtitle: "\(numbers.rowCount) flows")
    var renderer = FigureRenderer(theme: .light)
    let scale = (2000 * 1600 / (drawing.width * drawing.height)).squareRoot()
    let png = try renderer.png(drawing, scale: scale)
    try Data(png).write(to: URL(filePath: arguments[3]))
    seconds = [cpuSeconds() - start]
    check = Double(png.count)
case "classic":
    let table = numbers.table(rows: all)
    var sorter = RadixSorter()
    let metrics = Array(0..<7)
    let scales = metrics.compactMap { metric in
        let column = table.columns[metric]
        return SampleSummary(column.span, sorter: &sorter)
            .map { ClassicScore.Scale($0, pseudoSigmas: 5) }
    }
    let score = ClassicScore(strategy: .mean, scales: scales)
    seconds = times(repeats) {
        check = score.scores(of: all, in: table, metrics: metrics).reduce(0, max)
    }
case "default", "flows":
    let table = numbers.table(rows: all)
    let learnt = arguments[1] == "flows" ? table : numbers.table(rows: fitted)
    let start = cpuSeconds()
    let model = ScoreModel.learn(from: learnt, protocol: .benign)
    fitSeconds = cpuSeconds() - start
    seconds = times(repeats) { check = model.score(table).scores.reduce(0, +) }
case "forest":
    let table = numbers.table(rows: all)
    let start = cpuSeconds()
    let forest = ForestScoring(fittedOn: numbers.table(rows: fitted), treeCount: 100)
    fitSeconds = cpuSeconds() - start
    seconds = times(repeats) { check = Double(forest.scores(of: table).reduce(0, +)) }
case "context", "context-benign":
    let stream = ContextStream(numbers)
    let start = cpuSeconds()
    let scorer = try stream.learn(arguments[1] == "context" ? .unvetted : .benign)
    fitSeconds = cpuSeconds() - start
    try stream.writeColumns(to: arguments[2] + ".columns")
    seconds = (0..<repeats).map { _ in
        let result = stream.score(by: scorer)
        check = result.check
        return result.seconds
    }
default:
    fatalError("no such work: \(arguments[1])")
}

let list = seconds.map { "\($0)" }.joined(separator: ", ")
print(
    #"{"rows": \#(numbers.rowCount), "cpu": [\#(list)], "#
        + #""fit": \#(fitSeconds), "check": \#(check)}"#)
