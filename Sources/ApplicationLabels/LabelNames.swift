internal import CNDPIShim
internal import Flows

/// The words of the installed nDPI by its numbers, read once, and the labels made of them.
struct LabelNames {
    /// nDPI's own names by number.
    let applications: [String]
    private let dataSetNames: [String]
    private let categories: [String]
    private let risks: [String]
    /// Labels of verdicts without texts, which recur; a stranger's traffic has no more than `keptLimit` of them kept.
    private var kept: [Verdict.Numbers: ApplicationLabel] = [:]
    private static let keptLimit = 4096

    init(_ tables: OpaquePointer) {
        // SAFETY: the tables live while this runs; nDPI's names are texts that end and outlive it.
        let count = unsafe ntds_dpi_application_count(tables)
        applications = (0..<count).map {
            unsafe String(cString: ntds_dpi_application_name(tables, $0))
        }
        dataSetNames = applications.map(DataSetName.of)
        categories = (0..<Self.categoryCount).map {
            unsafe String(cString: ntds_dpi_category_name(tables, $0))
        }
        risks = (0..<ntds_dpi_risk_count()).map {
            unsafe String(cString: ntds_dpi_risk_name($0))
        }
    }

    /// nDPI numbers its categories to 106, with gaps that it names as well.
    private static let categoryCount: UInt16 = 128

    /// A verdict in words.
    mutating func label(_ verdict: Verdict) -> ApplicationLabel {
        var label: ApplicationLabel
        if let known = kept[verdict.numbers] {
            label = known
        } else {
            label = words(for: verdict.numbers)
            if kept.count < Self.keptLimit { kept[verdict.numbers] = label }
        }
        if let texts = verdict.texts {
            label.serverName = texts.serverName
            label.ja3 = texts.ja3
            label.ja3Server = texts.ja3Server
        }
        return label
    }

    private func words(for numbers: Verdict.Numbers) -> ApplicationLabel {
        var label = ApplicationLabel()
        let number = numbers.application != 0 ? numbers.application : numbers.carrier
        label.number = number
        label.application = Self.word(number, dataSetNames, orElse: "UNKNOWN")
        let name = Self.word(number, applications, orElse: "Unknown")
        let hasCarrier = numbers.carrier != 0 && numbers.carrier != number
        label.masterProtocol =
            hasCarrier ? Self.word(numbers.carrier, applications, orElse: "Unknown") : name
        label.labellerName = hasCarrier ? label.masterProtocol + "." + name : name
        label.category = Self.word(numbers.category, categories, orElse: "Unspecified")
        label.confidence = numbers.confidence
        label.risks = risks.indices.filter { numbers.risks >> UInt64($0) & 1 != 0 }
            .map { risks[$0] }
        return label
    }

    private static func word(_ number: UInt16, _ words: [String], orElse other: String) -> String {
        Int(number) < words.count ? words[Int(number)] : other
    }
}
