import Baselines
import Figures
import FlowFormats
import Flows
import Statistics

extension HTMLReport {
    /// One application: its place, its statistics, its figures.
    func application(_ population: Int) -> String {
        let rank = analysis.ranking[population]
        let counts = shown.counts(flows.table.populations[population].members)
        let rare = counts[3...].reduce(0, +)
        var html =
            "<details class=\"app\" id=\"app\(population)\"><summary><b>"
            + "\(HTMLText.escaped(rank.name, limit: 60))</b><span>\(NumberText.grouped(rank.count)) flow\(rank.count == 1 ? "" : "s"), "
            + "\(NumberText.percent(rank.share))</span><span>"
            + (rare > 0 ? "\(NumberText.grouped(rare)) rarer than 1 in 1,000" : "")
            + "</span></summary>\n"
        html += statistics(population)
        if population < figures.applications.count {
            let pieces = figures.applications[population].pieces
            for (name, svg) in pieces where name == "histograms" || name == "radar" {
                html += "<figure>\(svg)</figure>"
            }
            let maps = pieces.filter { $0.name != "histograms" && $0.name != "radar" }
            html +=
                "<div class=\"pair\">" + maps.map { "<figure>\($0.svg)</figure>" }.joined()
                + "</div>"
        }
        return html + "</details>\n"
    }

    private func statistics(_ population: Int) -> String {
        let rows = BaselineMetric.all.indices.compactMap { metric -> [String]? in
            guard let summary = analysis.summaries[population][metric] else { return nil }
            let values = [
                summary.mode, summary.median, summary.mean, summary.standardDeviation,
                summary.minimum,
                summary.q05, summary.q95, summary.maximum,
            ]
            return [
                "\(HTMLText.escaped(BaselineMetric.all[metric].phrase))",
                NumberText.grouped(summary.count),
            ]
                + values.map { HTMLText.quantity($0, BaselineMetric.all[metric].unit) }
        }
        return HTMLText.table(
            [
                .text("Metric"), .number("Count"), .number("Mode"), .number("Median"),
                .number("Mean"),
                .number("Std"), .number("Min"), .number("5 %"), .number("95 %"), .number("Max"),
            ], rows)
    }

    /// What became of every row.
    var quality: String {
        let quality = flows.quality
        var html = "<h2 id=\"quality\">Data quality</h2>\n"
        html += HTMLText.table(
            [.text("File"), .text("Format"), .text("Layout"), .number("Rows"), .text("Notes")],
            quality.inputs.map { input in
                [
                    "<code>\(HTMLText.escaped(input.path))</code>", HTMLText.escaped(input.format),
                    HTMLText.escaped(input.dialect.rawValue), NumberText.grouped(input.rowCount),
                    input.notes.map { HTMLText.escaped($0, limit: 300) }.joined(separator: "<br>"),
                ]
            })
        html += record.notes.map { "<p>Note: \(HTMLText.escaped($0, limit: 300)).</p>\n" }.joined()
        html += settings.metered.map(metered).joined()
        var rows = [
            ("joined a population, inbound", quality.inboundCount),
            ("joined a population, outbound", quality.outboundCount),
            ("joined a population, direction unknown", quality.unknownDirectionCount),
            (
                "joined a population, internal: no flow has exactly one public end",
                quality.internalMemberCount
            ),
            ("left out: both ends inside", quality.internalCount),
            ("left out: both ends public", quality.transitCount),
            ("left out: an address that is none", quality.invalidAddressCount),
            ("left out: a metric that is not finite", quality.nonFiniteRowCount),
        ].filter { $0.1 > 0 }.map { [HTMLText.escaped($0.0), NumberText.grouped($0.1)] }
        rows += quality.rejects.entries.map { entry in
            [
                HTMLText.escaped(
                    "rejected: \(entry.reason) (first in row \(entry.firstRow))", limit: 300),
                NumberText.grouped(entry.count),
            ]
        }
        html += HTMLText.table([.text("What became of the rows"), .number("Rows")], rows)
        let values = zip(BaselineMetric.all, quality.nonFiniteValues).filter { $0.1 > 0 }
        if !values.isEmpty {
            html += HTMLText.table(
                [
                    .text("Values left out because they are missing or not finite"),
                    .number("Values"),
                ],
                values.map { [HTMLText.escaped($0.0.phrase), NumberText.grouped($0.1)] })
        }
        return html
    }

    /// What the meter counted in the captures of a table.
    private func metered(_ table: MeteredTable) -> String {
        let counts = [
            MeteredTable.Count(what: "packets", count: table.packets),
            MeteredTable.Count(what: "flows", count: table.flows),
        ]
        let rows = (counts + table.counts).map {
            [HTMLText.escaped($0.what), MeteredTable.grouped($0.count)]
        }
        let damages = table.complaints.map { "<li>\(HTMLText.escaped($0, limit: 400))</li>" }
        return HTMLText.table(
            [.text("What the meter counted in \(table.captureNames)"), .number("Count")], rows,
            folding: 12)
            + (damages.isEmpty ? "" : "<ul>\(damages.joined())</ul>\n")
    }

    /// How to get the same result again.
    var reproduction: String {
        let settings = record.settings.sorted { $0.key < $1.key }.filter { !$0.value.isEmpty }
        return
            "<h2 id=\"reproduce\">Reproduce</h2>\n<p><code>\(HTMLText.escaped(record.command, limit: 4000))</code></p>"
            + HTMLText.table(
                [.text("Setting"), .text("Value")],
                settings.map {
                    [
                        HTMLText.escaped($0.key),
                        "<code>\(HTMLText.escaped($0.value, limit: 1000))</code>",
                    ]
                })
    }
}
