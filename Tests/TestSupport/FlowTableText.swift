package import Flows
private import Statistics

/// A small flow table as text: a test says only what differs from an ordinary flow.
package struct FlowTableText {
    /// The layout of the header and rows.
    package var dialect: FlowTableDialect
    /// Data-set names of columns that are left out.
    package var without: Set<String>
    private var rows: [[String: String]] = []

    package init(_ dialect: FlowTableDialect = .unicauca, without: Set<String> = []) {
        self.dialect = dialect
        self.without = without
    }

    /// A table of `count` varied flows of a few applications, alike for one seed.
    package init(
        varied count: Int, seed: UInt64 = 1, applications: [String] = ["HTTP", "DNS", "SSH"]
    ) {
        self.init()
        var random = SeededGenerator(seed: seed)
        for index in 0..<count {
            let isInbound = random.index(below: 2) == 0
            let inside = "10.0.\(random.index(below: 4)).\(random.index(below: 250))"
            let outside = "8.8.\(random.index(below: 8)).\(random.index(below: 250))"
            let (sent, received) = (40 + random.index(below: 5000), random.index(below: 90_000))
            let duration = 1 + random.index(below: 20_000_000)
            add([
                "ProtocolName": applications[index % applications.count],
                "Source.IP": isInbound ? outside : inside,
                "Destination.IP": isInbound ? inside : outside,
                "Source.Port": "\(1024 + random.index(below: 60_000))",
                "Flow.Duration": "\(duration)",
                "Total.Length.of.Fwd.Packets": "\(sent)",
                "Total.Length.of.Bwd.Packets": "\(received)",
                "Flow.Bytes.s": "\(Double(sent + received) * 1e6 / Double(duration))",
                "Average.Packet.Size": "\(Double(random.index(below: 14_000)) / 10)",
                "Down.Up.Ratio": "\(random.index(below: 3))",
                "Packet.Length.Variance": "\(Double(random.index(below: 900_000)) / 7)",
                "Fwd.Packet.Length.Mean": "\(Double(random.index(below: 14_000)) / 9)",
                "Bwd.Packet.Length.Mean": "\(Double(random.index(below: 14_000)) / 11)",
                "Active.Mean":
                    "\(random.index(below: 4) == 0 ? random.index(below: 5_000_000) : 0)",
            ])
        }
    }

    /// Adds an ordinary outbound flow, save for `cells`, by data-set names.
    package mutating func add(_ cells: [String: String] = [:]) { rows.append(cells) }

    /// Adds `count` flows with the same cells.
    package mutating func add(_ count: Int, _ cells: [String: String]) {
        for _ in 0..<count { add(cells) }
    }

    /// The lines, the header first.
    package var lines: [String] {
        let features = Self.features(dialect).filter { !without.contains($0.feature.name) }
        let header = features.map(\.name).joined(separator: ",")
        return [header]
            + rows.map { row in
                features.map {
                    Self.cell(row[$0.feature.name] ?? Self.ordinary[$0.feature.name] ?? "0")
                }
                .joined(separator: ",")
            }
    }

    /// The table with a line feed behind each line.
    package var text: String { lines.map { $0 + "\n" }.joined() }

    /// The header of a dialect as its tool writes it.
    package static func header(_ dialect: FlowTableDialect) -> [String] {
        features(dialect).map(\.name)
    }

    private static func cell(_ text: String) -> String {
        let mustBeQuoted = text.utf8.contains {
            $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\"")
        }
        guard mustBeQuoted else { return text }
        let octets = text.utf8.flatMap { $0 == UInt8(ascii: "\"") ? [$0, $0] : [$0] }
        return "\"" + String(decoding: octets, as: UTF8.self) + "\""
    }

    private static func features(
        _ dialect: FlowTableDialect
    ) -> [(feature: FlowFeature, name: String)] {
        FlowFeature.all.compactMap { feature in
            let name =
                switch dialect {
                case .unicauca, .unknown: feature.name
                case .iscx: feature.longName
                case .long: feature.name == "Fwd.Header.Length.1" ? nil : feature.longName
                case .abbreviated: feature.abbreviatedName
                case .head: feature.headName
                }
            return name.map { (feature, $0) }
        }
    }

    private static let ordinary = [
        "Flow.ID": "10.0.0.1-8.8.8.8-40000-80-6", "Source.IP": "10.0.0.1", "Source.Port": "40000",
        "Destination.IP": "8.8.8.8", "Destination.Port": "80", "Protocol": "6",
        "Timestamp": "26/04/201711:11:17", "Flow.Duration": "2000000", "Flow.Bytes.s": "600",
        "Total.Length.of.Fwd.Packets": "500", "Total.Length.of.Bwd.Packets": "700",
        "Average.Packet.Size": "120", "Down.Up.Ratio": "1", "Packet.Length.Variance": "40",
        "Fwd.Packet.Length.Mean": "100", "Bwd.Packet.Length.Mean": "140", "Active.Mean": "0",
        "Label": "BENIGN", "L7Protocol": "7", "ProtocolName": "HTTP",
    ]
}
