import Flows

/// Which columns a table of finished flows has, how they are called and how the texts in them are spelt.
package enum FlowColumnSet: String, Sendable, CaseIterable {
    /// All that is known of a flow: the columns of the data set, then the details that it lacks.
    case all
    /// The 87 columns of the data set, by the names that R made of them.
    case unicauca
    /// The 85 columns of CICFlowMeter in 2017.
    case cic2017 = "cic-2017"
    /// The 84 columns of CICFlowMeter in 2018.
    case cic2018 = "cic-2018"
    /// The 84 columns of CICFlowMeter 4.0.
    case cicHead = "cic-head"

    /// How the column Timestamp spells the start of a flow.
    enum TimeSpelling {
        /// `2015-03-31 11:32:22.123456`, UTC.
        case iso
        /// `31/03/2015 08:32:22` with hours from 1 to 12, with or without the blank, with or without AM and PM.
        case halfDay(blank: Bool, mark: Bool)
    }

    /// The registry's features that the table has, by their places.
    var features: [Int] {
        switch self {
        case .all, .unicauca: Array(0..<87)
        case .cic2017: Array(0..<85)
        case .cic2018, .cicHead: (0..<85).filter { $0 != Self.repeatedHeaderLength }
        }
    }

    /// The names of the columns.
    package var names: [String] {
        let known = features.map { place -> String in
            let feature = FlowFeature.all[place]
            return switch self {
            case .all, .unicauca: feature.name
            case .cic2017: feature.longName ?? feature.name
            case .cic2018: feature.abbreviatedName ?? feature.name
            case .cicHead: feature.headName ?? feature.name
            }
        }
        return self == .all ? known + FlowDetail.all.map(\.name) : known
    }

    /// The first line of a CSV file, as the tool of that year wrote it.
    var headerLine: String {
        guard self == .cic2017 else { return names.joined(separator: ",") }
        // That tool put a blank before most names: not before those that began a line of its source.
        return names.map { Self.lineStarts.contains($0) ? $0 : " " + $0 }.joined(separator: ",")
    }

    var timeSpelling: TimeSpelling {
        switch self {
        case .all: .iso
        case .unicauca: .halfDay(blank: false, mark: false)
        case .cic2017, .cic2018: .halfDay(blank: true, mark: false)
        case .cicHead: .halfDay(blank: true, mark: true)
        }
    }

    /// What the column Label says of every flow: these tools judge none.
    var label: String {
        switch self {
        case .unicauca, .cic2017: "BENIGN"
        case .all, .cic2018: "No Label"
        case .cicHead: "NeedManualLabel"
        }
    }

    /// Whether flow identifiers have the ends in the order of their octets, not in that of the first packet.
    func hasOrderedIdentifiers(in mode: MeterMode) -> Bool {
        switch self {
        case .unicauca, .cic2017, .cic2018: true
        case .cicHead: false
        case .all: mode == .unicauca || mode == .cic2018
        }
    }

    /// Whether the column of a feature holds whole numbers only, in flows of this mode.
    func isWhole(_ feature: Int, in mode: MeterMode) -> Bool {
        if self == .unicauca && mode.isLegacy && Self.wholeInDataSet.contains(feature) {
            return true
        }
        return Self.whole.contains(feature) && (mode.isLegacy || !(62..<72).contains(feature))
    }

    /// Whether a cell is written without a point if its number has no fraction.
    func dropsPoint(_ feature: Int) -> Bool {
        self == .unicauca && Self.wholeInDataSet.contains(feature)
    }

    /// Whether the numbers of a feature are counted, not computed: octets, packets and microseconds in all, or
    /// the most and the least of them. JSON has them as whole numbers.
    func isCounted(_ feature: Int) -> Bool {
        Self.counted.contains(feature) || dropsPoint(feature)
    }

    /// Those that the meters keep as reals.
    private static let counted: Set = [
        10, 11, 12, 13, 16, 17, 24, 25, 26, 29, 30, 31, 34, 35, 44, 45, 78, 79, 82, 83,
    ]

    private static let repeatedHeaderLength = 61

    /// Features that the meters keep as whole numbers: ports, counts and headers.
    private static let whole = Set(
        [2, 4, 5, 7, 8, 9, 85] + Array(36...41) + Array(49...56) + Array(61...75))

    /// Features that the meters keep as reals and the data set has as whole numbers.
    private static let wholeInDataSet: Set = [10, 12, 13, 16, 17, 25, 44, 45, 57]

    private static let lineStarts: Set = [
        "Flow ID", "Total Length of Fwd Packets", "Bwd Packet Length Max", "Flow Bytes/s",
        "Fwd IAT Total", "Bwd IAT Total", "Fwd PSH Flags", "Fwd Packets/s", "FIN Flag Count",
        "Fwd Avg Bytes/Bulk", "Bwd Avg Bulk Rate", "Subflow Fwd Packets", "Init_Win_bytes_forward",
        "Active Mean", "Idle Mean",
    ]
}
