package import NetworkTypes

/// A finished flow, or news of one that goes on, as detection sees it whatever it was gathered from.
///
/// Sources differ in what they know: packets tell everything, a log of connections has no variances. What a
/// source does not know is absent, never invented.
package struct ObservedFlow: Sendable, Hashable {
    /// What one end sent.
    package struct Transfer: Sendable, Hashable {
        package var packets: UInt64
        /// Octets of IP packets where the source counts them, else of payload.
        package var octets: UInt64

        package init(packets: UInt64 = 0, octets: UInt64 = 0) {
            (self.packets, self.octets) = (packets, octets)
        }
    }

    package var key: FlowKey
    package var start: Timestamp
    package var end: Timestamp
    /// When the connection began that this flow is a part of: `start`, or earlier where a meter writes long
    /// connections in parts.
    package var began: Timestamp
    /// The numbers are those until `end`, and the flow goes on.
    package var isOpen = false
    /// By the name of the data set (`GOOGLE`, `DNS`); `UNKNOWN` if nobody could tell.
    package var application: String
    package var outcome: FlowOutcome
    package var forward: Transfer
    package var backward: Transfer
    /// The nine metrics of a baseline in their order, `nil` where the source cannot tell them. Those that it
    /// never knows are 0 in all of its flows, and so make no flow strange.
    package var metrics: [9 of Double]?
    /// Server name of TLS or QUIC, host of HTTP.
    package var serverName: String?
    /// The VLAN that its frames bore, the outer one of two; 0 for none, or where the source does not tell it.
    package var vlan: UInt16 = 0
    package var direction: FlowDirection = .unknown
    /// The operator's name of the part of the network that the inside end belongs to; "" without one.
    package var scope: String = ""

    package init(
        key: FlowKey, start: Timestamp, end: Timestamp, application: String, outcome: FlowOutcome,
        forward: Transfer, backward: Transfer, metrics: [9 of Double]? = nil
    ) {
        self.key = key
        self.start = start
        self.end = end
        began = start
        self.application = application
        self.outcome = outcome
        self.forward = forward
        self.backward = backward
        self.metrics = metrics
    }

    package var durationSeconds: Double {
        end.seconds(since: start)
    }

    package static func == (left: ObservedFlow, right: ObservedFlow) -> Bool {
        left.key == right.key && left.start == right.start && left.end == right.end
            && left.began == right.began
            && left.isOpen == right.isOpen && left.application == right.application
            && left.outcome == right.outcome && left.forward == right.forward
            && left.backward == right.backward && left.serverName == right.serverName
            && left.direction == right.direction && left.scope == right.scope
            && left.metricValues == right.metricValues
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(key)
        hasher.combine(start)
    }

    /// The metrics as an array, empty if there are none.
    package var metricValues: [Double] {
        guard let metrics else { return [] }
        return metrics.indices.map { metrics[$0] }
    }
}

/// How a flow went, as far as its source can tell.
package enum FlowOutcome: UInt8, Sendable, CaseIterable {
    /// The responder answered: a handshake was completed, or both ends sent.
    case established
    /// Nothing came back.
    case unanswered
    /// A connection was asked for and refused with a reset.
    case rejected
    /// An ICMP message said that the responder cannot be reached.
    case unreachable
    /// The beginning was not seen, or the source does not say.
    case unknown

    /// Whether somebody asked for what is not there: what scans do and ordinary traffic seldom does.
    ///
    /// Datagrams without an answer are no failure: many are not meant to have one.
    package func isFailure(protocolNumber: UInt8) -> Bool {
        switch self {
        case .rejected, .unreachable: true
        case .unanswered: protocolNumber == 6
        case .established, .unknown: false
        }
    }

    package var name: String {
        switch self {
        case .established: "established"
        case .unanswered: "unanswered"
        case .rejected: "rejected"
        case .unreachable: "unreachable"
        case .unknown: "unknown"
        }
    }
}
