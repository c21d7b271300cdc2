import Figures

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
            html += "<th scope=\"col\"\(column.isNumber ? " class=\"n\"" : "")>\(escaped(column.head))</th>"
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

    /// A tier as a coloured mark and words.
    static func tier(_ tier: Int) -> String {
        "<span class=\"tier t\(tier)\"><i></i>\(escaped(TierMark(tier: tier).words))</span>"
    }

    /// A number as a cell: four digits, an SI prefix and its unit.
    static func number(_ value: Double, unit: String = "") -> String {
        escaped(NumberText.prefixed(value, unit: unit, digits: 4))
    }
}
