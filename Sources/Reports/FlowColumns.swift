import FlowFormats
import Flows

/// Where the columns that an analysis needs stand in one table.
struct FlowColumns {
    /// Sources of the nine metrics and of the flow key, as places in `request.numbers`.
    enum Volume { case octets(initiator: Int, responder: Int), rateTimesDuration }

    let request: TableRequest
    /// Places of flow rate, duration, average size, ratio, variance, both means and active mean.
    let metricPlaces: [Int]
    let volume: Volume
    /// Places of the ports and the protocol; `nil` if the table lacks one.
    let keyPlaces: [Int]?
    /// Places among the texts.
    let initiatorPlace: Int?
    let responderPlace: Int?
    let applicationPlace: Int?
    /// Present in tables that say by which rules their flows were metered.
    let modePlace: Int?

    static let addressList = 0
    static let applicationList = 1
    static let modeList = 2
    static let listCount = 3

    private static let metricSources = [
        "Flow.Bytes.s", "Flow.Duration", "Average.Packet.Size", "Down.Up.Ratio",
        "Packet.Length.Variance", "Fwd.Packet.Length.Mean", "Bwd.Packet.Length.Mean", "Active.Mean",
    ]

    /// - Throws: `AnalysisError.missingColumns` with the names of what the table lacks.
    init(_ file: TableFile, settings: AnalysisSettings) throws {
        let layout = file.layout
        var numbers: [Int] = []
        func place(_ name: String) -> Int? {
            guard let column = layout.column(of: name) else { return nil }
            numbers.append(column)
            return numbers.count - 1
        }
        let places = Self.metricSources.map { place($0) }
        let missing = zip(Self.metricSources, places).filter { $0.1 == nil }.map(\.0)
        guard missing.isEmpty else {
            throw AnalysisError.missingColumns(
                path: file.path, names: missing, dialect: layout.dialect)
        }
        metricPlaces = places.compactMap { $0 }
        if !settings.isClassic, let initiator = place("Total.Length.of.Fwd.Packets"),
            let responder = place("Total.Length.of.Bwd.Packets")
        {
            volume = .octets(initiator: initiator, responder: responder)
        } else {
            volume = .rateTimesDuration
        }
        let keyNames = ["Source.Port", "Destination.Port", "Protocol"]
        let hasKey = !settings.isClassic && keyNames.allSatisfy { layout.column(of: $0) != nil }
        keyPlaces = hasKey ? keyNames.compactMap { place($0) } : nil

        var texts: [TableRequest.Text] = []
        func text(_ column: Int?, list: Int, allowsNumbers: Bool = false) -> Int? {
            guard let column, allowsNumbers || file.isText(column) != false else { return nil }
            texts.append(.init(column: column, wordList: list))
            return texts.count - 1
        }
        let ends = (layout.column(of: "Source.IP"), layout.column(of: "Destination.IP"))
        if ends.0 != nil, ends.1 != nil {
            initiatorPlace = text(ends.0, list: Self.addressList)
            responderPlace = text(ends.1, list: Self.addressList)
        } else {
            (initiatorPlace, responderPlace) = (nil, nil)
        }
        if let group = settings.groupColumn {
            guard let column = layout.column(named: group) else {
                throw AnalysisError.missingColumns(
                    path: file.path, names: [group], dialect: layout.dialect)
            }
            applicationPlace = text(column, list: Self.applicationList, allowsNumbers: true)
        } else {
            applicationPlace = text(layout.column(of: "ProtocolName"), list: Self.applicationList)
        }
        modePlace = text(layout.header.firstIndex(of: "meterMode"), list: Self.modeList)
        request = TableRequest(numbers: numbers, texts: texts)
    }
}
