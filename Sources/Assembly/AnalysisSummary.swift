private import Figures
private import Flows
package import Reports

/// What a run says at its end.
package struct AnalysisSummary {
    private let record: RunRecord
    private let output: String
    private static let shownApplications = 25

    package init(_ record: RunRecord, output: String) {
        self.record = record
        self.output = output
    }

    /// The medians of the applications, then the counts, then where the report is.
    package var text: String {
        var lines = ["Medians", medianTable, ""]
        let rows = record.rows
        lines.append(
            "\(NumberText.grouped(rows.read)) rows, \(NumberText.grouped(rows.members)) in \(record.applications) "
                + "\(record.applications == 1 ? "population" : "applications"), \(NumberText.grouped(rows.rejected)) rejected"
        )
        let tiers = record.tiers.enumerated().dropFirst().reversed().filter { $0.element > 0 }.map {
            "\(NumberText.grouped($0.element)) \(TierMark(tier: $0.offset).words)"
        }
        lines.append("Tiers: " + (tiers.isEmpty ? "none" : tiers.joined(separator: ", ")))
        var told: Set<String> = []
        for note in record.notes + record.inputs.flatMap(\.notes) where told.insert(note).inserted {
            lines.append("Note: \(note)")
        }
        lines.append(record.hasReport ? "Report: \(output)/report.html" : "Tables: \(output)")
        return lines.joined(separator: "\n")
    }

    private var medianTable: String {
        let head = ["application", "flows"] + BaselineMetric.all.map(\.name)
        let rows = record.medians.prefix(Self.shownApplications).map { entry in
            [CleanText.clean(entry.application, limit: 24), NumberText.grouped(entry.count)]
                + zip(BaselineMetric.all, entry.medians).map { metric, median in
                    guard let median else { return "–" }
                    switch metric.unit {
                    case .microseconds: return NumberText.prefixed(median * 1e-6, unit: "s")
                    case .octets: return NumberText.prefixed(median, unit: "B")
                    case .octetsPerSecond: return NumberText.prefixed(median, unit: "B/s")
                    case .squareOctets, .plain: return NumberText.prefixed(median)
                    }
                }
        }
        let widths = head.indices.map { column in
            ([head] + rows).map { $0[column].count }.max() ?? 0
        }
        let lines = ([head] + rows).map { row in
            row.enumerated().map { column, cell in
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                return column == 0 ? cell + padding : padding + cell
            }.joined(separator: "  ")
        }
        let rest = record.medians.count - rows.count
        return (lines + (rest > 0 ? ["… and \(rest) more in \(output)/statistics.csv"] : []))
            .joined(separator: "\n")
    }
}
