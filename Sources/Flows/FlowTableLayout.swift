/// Which of the layouts in the field a table's header follows.
package enum FlowTableDialect: String, Sendable, CaseIterable {
    /// The 87 columns of the data set, names mangled by R.
    case unicauca = "87-column data set (R names)"
    /// The tool of 2017: 85 columns, one name twice.
    case iscx = "ISCX, 85 columns"
    /// The same names without the second `Fwd Header Length`.
    case long = "long names, 84 columns"
    /// The tool of 2018.
    case abbreviated = "abbreviated names, 84 columns"
    /// The tool's last version.
    case head = "last version, 84 columns"
    /// None of these; single columns may still be known.
    case unknown = "unknown layout"

    fileprivate func name(of feature: FlowFeature) -> String? {
        switch self {
        case .unicauca: feature.name
        case .iscx, .long: feature.longName
        case .abbreviated: feature.abbreviatedName
        case .head: feature.headName
        case .unknown: nil
        }
    }
}

/// Where the known features stand in a table, found by name.
///
/// Names are compared without blanks, punctuation and case, so that `Flow Bytes/s`, ` Flow Bytes/s`
/// and `Flow.Bytes.s` are one.
package struct FlowTableLayout: Sendable {
    package let dialect: FlowTableDialect
    /// The header as it stands in the file.
    package let header: [String]
    private let columns: [String: Int]

    package init(header: [String]) {
        self.header = header
        var plain: [String: Int] = [:]
        var repeated: [String: Int] = [:]
        for (column, name) in header.enumerated() {
            let key = Self.key(name)
            if plain[key] == nil {
                plain[key] = column
            } else if repeated[key] == nil {
                repeated[key] = column
            }
        }
        var columns: [String: Int] = [:]
        for feature in FlowFeature.all {
            let names = [
                feature.name, feature.longName, feature.abbreviatedName, feature.headName,
                feature.otherName,
            ]
            if feature.name == "Fwd.Header.Length.1" {
                columns[feature.name] = plain[Self.key(feature.name)] ?? repeated["fwdheaderlength"]
                continue
            }
            columns[feature.name] =
                names.lazy.compactMap { $0 }.compactMap { plain[Self.key($0)] }.first
        }
        self.columns = columns
        dialect = Self.dialect(of: header, repeats: columns["Fwd.Header.Length.1"] != nil)
    }

    /// The column of a feature, by its data-set name, or `nil` if the table lacks it.
    package func column(of featureName: String) -> Int? { columns[featureName] }

    /// The column with this name: a feature of the data set, or any name of the header.
    package func column(named name: String) -> Int? {
        if let exact = header.firstIndex(of: name) { return exact }
        let key = Self.key(name)
        return columns[name] ?? header.firstIndex { Self.key($0) == key }
    }

    /// The header of a table whose rows have one field more than it, as the tool of October 2017
    /// wrote them: the second `Fwd Header Length`, which only the header lacks, is put back.
    /// `nil` if this header is not of that kind.
    package var withRepeatedHeaderLength: [String]? {
        guard dialect == .long, let place = columns["Avg.Bwd.Segment.Size"] else { return nil }
        var repaired = header
        repaired.insert("Fwd Header Length", at: place + 1)
        return repaired
    }

    private static func dialect(of header: [String], repeats: Bool) -> FlowTableDialect {
        let names = Set(header.map(key))
        let exact = Set(header)
        func matches(_ dialect: FlowTableDialect) -> Int {
            FlowFeature.all.count { feature in
                dialect.name(of: feature).map { names.contains(key($0)) } ?? false
            }
        }
        let known: [FlowTableDialect] = [.long, .abbreviated, .head]
        guard let best = known.max(by: { matches($0) < matches($1) }), matches(best) >= 60 else {
            return .unknown
        }
        guard best == .long else { return best }
        if exact.contains("Flow.Bytes.s") { return .unicauca }
        return repeats ? .iscx : .long
    }

    private static func key(_ name: String) -> String {
        String(
            decoding: name.utf8.lazy.compactMap { octet -> UInt8? in
                switch octet {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"): octet | 0x20
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                    octet
                case 0x80...: octet
                default: nil
                }
            }, as: UTF8.self)
    }
}
