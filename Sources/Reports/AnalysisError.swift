package import Flows

/// Why an analysis cannot be done. The description says what, where and what to do.
package enum AnalysisError: Error, CustomStringConvertible {
    case missingColumns(path: String, names: [String], dialect: FlowTableDialect)
    case noUsableRows(reason: String)
    case tooManyRows
    case tooManyApplications(count: Int, limit: Int)
    case noInputs(path: String)

    package var description: String {
        switch self {
        case .missingColumns(let path, let names, let dialect):
            "\(path): the table (\(dialect.rawValue)) lacks \(names.joined(separator: ", ")): "
                + "give a table with these columns, or name numeric columns with --score-features"
        case .noUsableRows(let reason):
            "no usable rows: \(reason)"
        case .tooManyRows:
            "more than 4,294,967,295 rows: analyze the files in parts"
        case .tooManyApplications(let count, let limit):
            "\(count) distinct applications, the limit is \(limit): is it the right column? choose one with --group"
        case .noInputs(let path):
            "\(path): no flow tables in this folder: expected .csv, .csv.gz, .csv.zst or .parquet"
        }
    }
}
