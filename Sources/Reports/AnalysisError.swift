package import Flows

/// Why an analysis cannot be done. The description says what, where and what to do.
package enum AnalysisError: Error, CustomStringConvertible {
    case missingColumns(path: String, names: [String], dialect: FlowTableDialect)
    case noUsableRows(reason: String)
    /// Every flow stays inside; the caller may take them as they are.
    case internalOnly(count: Int)
    case tooManyRows
    case tooManyApplications(limit: Int)
    case noInputs(path: String)
    /// Flows metered by different rules in one run.
    case mixedModes(path: String, mode: MeterMode, other: MeterMode)
    case unusableBaseline(path: String, reason: String)
    case cannotCreateFolder(path: String, reason: String)

    package var description: String {
        switch self {
        case .missingColumns(let path, let names, let dialect):
            "\(path): the table (\(dialect.rawValue)) lacks \(names.joined(separator: ", ")): "
                + "give a table with these columns, or name numeric columns with --score-features"
        case .noUsableRows(let reason):
            "no usable rows: \(reason)"
        case .internalOnly(let count):
            "no flow has exactly one public end (\(count) internal): check --inside"
        case .tooManyRows:
            "more than 4,294,967,295 rows: analyze the files in parts"
        case .tooManyApplications(let limit):
            "more than \(limit) distinct applications: is it the right column? choose one with --group"
        case .cannotCreateFolder(let path, let reason):
            "\(path): the folder cannot be made: \(reason): choose another with --out"
        case .unusableBaseline(let path, let reason):
            "\(path): no usable baseline: \(reason): learn it again with --learn and --save-baseline"
        case .mixedModes(let path, let mode, let other):
            "\(path): flows of meter mode \(mode.rawValue) beside flows of mode \(other.rawValue): "
                + "analyze them apart, or meter their packets again in one mode"
        case .noInputs(let path):
            "\(path): no flow tables in this folder, and no captures: expected .csv, .parquet, .pcap or "
                + ".pcapng, plain or packed"
        }
    }
}
