import Figures
import Flows

/// Text made safe for a page: names come from whoever sends the traffic.
package enum HTMLText {
    /// Cleaned of control characters, cut at 200 characters, and escaped.
    package static func escaped(_ text: String, limit: Int = 200) -> String {
        var result = ""
        // scalars, not characters: a combining mark must not hide a quotation mark
        for scalar in CleanText.clean(text, limit: limit).unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// One column of a table: its head, and whether it holds numbers.
    struct Column {
        let head: String
        let isNumber: Bool

        static func text(_ head: String) -> Column { Column(head: head, isNumber: false) }
        static func number(_ head: String) -> Column { Column(head: head, isNumber: true) }
    }

    /// A table; cells are already HTML.
    static func table(_ columns: [Column], _ rows: [[String]], caption: String? = nil) -> String {
        var html = "<div class=\"scroll\"><table>"
        if let caption { html += "<caption>\(escaped(caption))</caption>" }
        html += "<thead><tr>"
        for column in columns {
            html +=
                "<th scope=\"col\"\(column.isNumber ? " class=\"n\"" : "")>\(escaped(column.head))</th>"
        }
        html += "</tr></thead><tbody>"
        for row in rows {
            html += "<tr>"
            for (column, cell) in zip(columns, row) {
                html += column.isNumber ? "<td class=\"n\">\(cell)</td>" : "<td>\(cell)</td>"
            }
            html += "</tr>\n"
        }
        return html + "</tbody></table></div>"
    }

    /// A table of which only the first rows are open, and the others a click away.
    static func table(_ columns: [Column], _ rows: [[String]], folding first: Int) -> String {
        guard rows.count > first + 3 else { return table(columns, rows) }
        return table(columns, Array(rows.prefix(first)))
            + "<details><summary>\(rows.count - first) more</summary>"
            + table(columns, Array(rows.dropFirst(first))) + "</details>\n"
    }

    /// A tier as a coloured mark and words.
    static func tier(_ tier: Int) -> String {
        "<span class=\"tier t\(tier)\"><i></i>\(escaped(TierMark(tier: tier).words))</span>"
    }

    /// A value of a metric as a cell: four digits, an SI prefix and its unit.
    static func quantity(_ value: Double, _ unit: BaselineMetric.Unit) -> String {
        let axis = unit.axis
        guard unit == .squareOctets else {
            return escaped(NumberText.prefixed(value * axis.factor, unit: axis.unit, digits: 4))
        }
        // the prefix is squared with the unit: 1 kB² is 1,000,000 B²
        let (scale, name) = value >= 1e12 ? (1e12, "MB²") : value >= 1e6 ? (1e6, "kB²") : (1, "B²")
        let text =
            scale == 1 && value >= 1000
            ? NumberText.grouped(Int(value.rounded()))
            : NumberText.prefixed(value / scale, digits: 4)
        return escaped("\(text) \(name)")
    }
}
