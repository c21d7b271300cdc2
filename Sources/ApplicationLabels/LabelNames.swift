internal import CNDPIShim

/// The words of the installed nDPI by its numbers, read once.
struct LabelNames {
    /// nDPI's own names by number.
    let applications: [String]
    private let dataSetNames: [String]
    private let categories: [String]
    private let risks: [String]

    init(_ detector: OpaquePointer) {
        // SAFETY: the detector lives while this runs; nDPI's names are texts that end and outlive it.
        let count = unsafe ntds_dpi_application_count(detector)
        applications = (0..<count).map {
            unsafe String(cString: ntds_dpi_application_name(detector, $0))
        }
        dataSetNames = applications.map(DataSetName.of)
        categories = (0..<Self.categoryCount).map {
            unsafe String(cString: ntds_dpi_category_name(detector, $0))
        }
        risks = (0..<ntds_dpi_risk_count()).map {
            unsafe String(cString: ntds_dpi_risk_name($0))
        }
    }

    /// nDPI numbers its categories to 106, with gaps that it names as well.
    private static let categoryCount: UInt16 = 128

    func application(_ number: UInt16) -> String {
        Int(number) < applications.count ? applications[Int(number)] : "Unknown"
    }

    func dataSetName(_ number: UInt16) -> String {
        Int(number) < dataSetNames.count ? dataSetNames[Int(number)] : "UNKNOWN"
    }

    func category(_ number: UInt16) -> String {
        Int(number) < categories.count ? categories[Int(number)] : "Unspecified"
    }

    /// Names of the bits that are set, by rising number.
    func risks(_ bits: UInt64) -> [String] {
        risks.indices.filter { bits >> UInt64($0) & 1 != 0 }.map { risks[$0] }
    }
}
