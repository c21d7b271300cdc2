import Anomalies
import Baselines
import Figures
import FlowFormats
import Flows
import Geolocation
import NetworkTypes
import Statistics

/// The report of a run: one page that holds everything and opens offline, without script.
struct HTMLReport {
    let record: RunRecord
    let settings: AnalysisSettings
    let flows: LoadedFlows
    let analysis: PopulationAnalysis
    let shown: ShownScores
    let model: ScoreModel?
    let geography: TrafficGeography
    let findings: [Finding]
    let figures: FigureFolder.Page

    /// Writes the page, section by section.
    func write(to path: String) throws {
        var file = try AtomicFile(path: path)
        try file.write(head)
        for section in [summary, strangest, world, ranking, medians] { try file.write(section) }
        try file.write("<h2 id=\"applications\">Applications</h2>\n" + applicationsLead)
        for population in flows.table.populations.indices.prefix(FigureFolder.applicationLimit) {
            try file.write(application(population))
        }
        try file.write(quality)
        try file.write(reproduction)
        try file.write(
            "</main>\n<footer>\(HTMLText.escaped(record.version)). \(outlineCredit)</footer></body></html>\n"
        )
        try file.finish()
    }

    private var outlineCredit: String { "Country outlines: Natural Earth, public domain." }

    private var head: String {
        """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8">
        <meta name="viewport" content="width=device-width,initial-scale=1">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none';style-src 'unsafe-inline';img-src data:">
        <title>Flow anomalies: \(HTMLText.escaped(title))</title>
        <style>\(InlineSVG.styleSheet)\(ReportStyle.sheet)</style></head>
        <body>\(InlineSVG.symbol(WorldMap.outline))
        <header><h1>Flow anomalies</h1>
        <p class="quiet">\(HTMLText.escaped(title))</p>
        <nav aria-label="Sections"><a href="#strangest">What stands out</a><a href="#world">World map</a>
        <a href="#ranking">Ranking</a><a href="#medians">Medians</a><a href="#applications">Applications</a>
        <a href="#quality">Data quality</a><a href="#reproduce">Reproduce</a></nav></header>
        <main>

        """
    }

    private var title: String {
        let names = flows.quality.inputs.map { input in
            settings.metered.first { $0.path == input.path }?.captureNames
                ?? String(input.path.split(separator: "/").last ?? "")
        }
        return names.count <= 3
            ? names.joined(separator: ", ") : "\(names[0]) and \(names.count - 1) more"
    }

    private var summary: String {
        let counts = record.tiers
        let rare = counts[3...].reduce(0, +)
        func card(_ number: String, _ words: String) -> String {
            "<div class=\"card\"><b>\(HTMLText.escaped(number))</b><span>\(HTMLText.escaped(words))</span></div>"
        }
        return "<div class=\"cards\">"
            + card(
                NumberText.compact(record.rows.read),
                "rows read, \(NumberText.grouped(record.rows.rejected)) rejected")
            + card(NumberText.compact(record.rows.members), "flows in populations")
            + card(
                NumberText.grouped(record.applications),
                "applications, \(record.scored_applications) with classic tiers")
            + card(NumberText.grouped(rare), "flows rarer than 1 in 1,000")
            + card(NumberText.grouped(geography.counts.found), "public addresses located")
            + "</div>\n<p>\(HTMLText.escaped(method, limit: 600))</p>\n"
    }

    private var method: String {
        guard let model else {
            return
                "Scores and tiers follow the original's rules: the \(settings.strategy.rawValue) deviation over "
                + "seven metrics in pseudo-sigmas from the mode, tiers by rank inside each application."
        }
        let how =
            model.learningProtocol == .benign
            ? "what is normal was learnt from flows given as benign"
            : "what is normal was learnt from these flows themselves, which nobody vetted, in two passes"
        return "Each flow is compared with its application; \(how). Tiers are calibrated on "
            + "\(NumberText.grouped(model.calibration.count)) flows that nothing was learnt from, so that "
            + "“1 in 1,000” means it; a rarity is only stated with as many flows behind it."
    }

    private var strangest: String {
        let rows = findings.map { finding -> [String] in
            let country = finding.location.flatMap { $0.countryName ?? $0.countryCode } ?? ""
            let network = finding.location?.asOrganisation ?? ""
            let remote = finding.remote.map { HTMLText.escaped($0.description) } ?? "–"
            let place = [country, network].filter { !$0.isEmpty }.joined(separator: ", ")
            let file = flows.quality.inputs.count > 1 ? " of file \(finding.input + 1)" : ""
            return [
                HTMLText.tier(finding.tier)
                    + "<br><span class=\"quiet\">\(HTMLText.escaped(finding.rarity))</span>",
                HTMLText.escaped(finding.application, limit: 60),
                "\(HTMLText.escaped(finding.direction.name))<br>\(remote)"
                    + (place.isEmpty
                        ? "" : "<br><span class=\"quiet\">\(HTMLText.escaped(place))</span>"),
                HTMLText.escaped(finding.sentence, limit: 600),
                HTMLText.escaped(NumberText.prefixed(finding.score, digits: 4)),
                NumberText.grouped(finding.row) + file,
            ]
        }
        guard !rows.isEmpty else {
            return
                "<h2 id=\"strangest\">What stands out</h2><p>No flow could be scored: every application has fewer "
                + "than \(settings.minimumCount) flows.</p>\n"
        }
        let columns: [HTMLText.Column] = [
            .text("Rarity"), .text("Application"), .text("Public end"), .text("Why"),
            .number("Score"),
            .number("Row"),
        ]
        let scores =
            settings.scores == .none
            ? "" : "all flows are in <code>scores.\(settings.scores.rawValue)</code>. "
        return
            "<h2 id=\"strangest\">What stands out</h2>\n<p>The \(rows.count) flows with the highest tier and score; "
            + scores + rowsLead + "</p>" + HTMLText.table(columns, rows, folding: 20)
    }

    /// Where the rows that are told can be looked up.
    private var rowsLead: String {
        let tables = flows.quality.inputs.map(\.path).filter { path in
            settings.metered.contains { $0.path == path }
        }
        let place = tables.map {
            ", those of captures in <code>\(HTMLText.escaped($0))</code>"
        }
        return "Rows count from 0\(place.joined())."
    }

    private var world: String {
        var notes = "Addresses: \(geography.source)."
        if let note = geography.siteNote { notes += " Note: \(note)." }
        return "<h2 id=\"world\">World map</h2>\n<figure>\(figures.world)</figure>"
            + "<p class=\"quiet\">\(HTMLText.escaped(notes, limit: 400))</p>\n"
    }

    private var ranking: String {
        let bars = analysis.ranking.map { rank in
            BarChart.Bar(
                label: rank.name, value: rank.share,
                note: "\(NumberText.percent(rank.share)), \(NumberText.compact(rank.count))")
        }
        let chart = BarChart(
            title: "Applications by share of flows",
            subtitle: "\(NumberText.grouped(flows.table.count)) flows", bars: bars)
        let rows = analysis.ranking.enumerated().map { index, rank -> [String] in
            let counts = shown.counts(flows.table.populations[index].members)
            return [
                "\(rank.rank)",
                "<a href=\"#app\(index)\">\(HTMLText.escaped(rank.name, limit: 60))</a>",
                NumberText.grouped(rank.count), NumberText.percent(rank.share),
                NumberText.percent(rank.cumulativeShare),
                "1 in \(NumberText.grouped(rank.inverseLikelihood))",
            ]
                + (2...5).map {
                    counts[$0] > 0
                        ? NumberText.grouped(counts[$0]) : "<span class=\"quiet\">0</span>"
                }
        }
        return
            "<h2 id=\"ranking\">Ranking</h2>\n<figure>\(InlineSVG.figure(chart.drawing()))</figure>"
            + "<details><summary>All \(rows.count) applications as a table</summary>"
            + HTMLText.table(
                [
                    .number("Rank"), .text("Application"), .number("Flows"), .number("Share"),
                    .number("Cumulative"),
                    .number("Likelihood"), .number("1 in 100"), .number("1 in 1,000"),
                    .number("1 in 10,000"),
                    .number("1 in 100,000"),
                ], rows) + "</details>\n"
    }

    private var medians: String {
        let rows = flows.table.populations.indices.prefix(FigureFolder.applicationLimit).map {
            population -> [String] in
            [HTMLText.escaped(flows.table.populations[population].name, limit: 60)]
                + BaselineMetric.all.indices.map { metric in
                    guard let summary = analysis.summaries[population][metric] else { return "–" }
                    return HTMLText.quantity(summary.median, BaselineMetric.all[metric].unit)
                }
        }
        let columns: [HTMLText.Column] =
            [.text("Application")] + BaselineMetric.all.map { .number($0.name) }
        return "<h2 id=\"medians\">Medians</h2>\n" + HTMLText.table(columns, rows, folding: 20)
    }

    private var applicationsLead: String {
        "<p>Statistics of every application; figures of those with at least "
            + "\(NumberText.grouped(settings.minimumCount)) flows. Click a name to open it.</p>\n"
    }
}
