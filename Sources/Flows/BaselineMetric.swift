/// One of the nine metrics of a baseline: a feature, or two together, chosen to tell flows apart.
package struct BaselineMetric: Sendable, Equatable {
    /// Name in tables: `flowrate`, `duration` ...
    package let name: String
    /// What an analyst calls it.
    package let phrase: String
    /// How its values are written for people.
    package let unit: Unit
    /// Whether it is one of the seven of the classic score.
    package let isScored: Bool

    /// How a number is written for people.
    package enum Unit: Sendable {
        case microseconds, octets, squareOctets, octetsPerSecond, plain
    }

    /// The nine, in the order of tables and figures.
    package static let all: [BaselineMetric] = [
        .init(name: "flowrate", phrase: "flow rate", unit: .octetsPerSecond, isScored: false),
        .init(name: "duration", phrase: "duration", unit: .microseconds, isScored: true),
        .init(name: "volume", phrase: "volume", unit: .octets, isScored: true),
        .init(name: "avpktsz", phrase: "average packet size", unit: .octets, isScored: true),
        .init(name: "dnuprat", phrase: "down/up ratio", unit: .plain, isScored: true),
        .init(
            name: "pktlenvar", phrase: "packet-length variance", unit: .squareOctets,
            isScored: true),
        .init(
            name: "fwdpktlen", phrase: "mean packet length of the initiator", unit: .octets,
            isScored: true),
        .init(
            name: "bwdpktlen", phrase: "mean packet length of the responder", unit: .octets,
            isScored: true),
        .init(name: "actmean", phrase: "mean active time", unit: .microseconds, isScored: false),
    ]

    /// The places of the seven scored metrics among the nine, in the order in which the classic score
    /// adds them.
    package static let scoredIndices = all.indices.filter { all[$0].isScored }
}
