import NetworkTypes

extension ObservedFlow {
    /// A flow of our own meter.
    ///
    /// Its metrics are those that an analysis of the meter's table has, to the bit; its octets are those of IP
    /// packets. A part of a long connection is a flow of its own, as it is in that table.
    package init(_ record: borrowing FlowRecord) {
        let cells = record.cells
        self.init(
            key: record.key, start: record.start, end: record.end,
            application: record.label?.application ?? ApplicationLabel().application,
            outcome: FlowOutcome(Self.evidence(record)),
            forward: Transfer(
                packets: record.forward.packets, octets: record.forward.ipOctets),
            backward: Transfer(
                packets: record.backward.packets, octets: record.backward.ipOctets),
            metrics: Self.metrics(cells))
        serverName = record.label?.serverName
        vlan = record.vlan
    }

    /// The nine metrics from the numeric features of a flow.
    private static func metrics(_ cells: [FlowCell]) -> [9 of Double] {
        var metrics = [9 of Double](repeating: 0)
        for (metric, place) in metricPlaces.enumerated() { metrics[metric] = cells[place].number }
        metrics[2] = cells[sentPlace].number + cells[receivedPlace].number
        return metrics
    }

    /// The features that the metrics are, in their order; none stands for volume, which is the sum of two.
    package static let metricFeatures: [String?] = [
        "Flow.Bytes.s", "Flow.Duration", nil, "Average.Packet.Size", "Down.Up.Ratio",
        "Packet.Length.Variance", "Fwd.Packet.Length.Mean", "Bwd.Packet.Length.Mean", "Active.Mean",
    ]

    /// The features whose sum is the volume.
    package static let volumeFeatures = (
        sent: "Total.Length.of.Fwd.Packets", received: "Total.Length.of.Bwd.Packets"
    )

    private static let metricPlaces = metricFeatures.map { place($0 ?? volumeFeatures.sent) }
    private static let sentPlace = place(volumeFeatures.sent)
    private static let receivedPlace = place(volumeFeatures.received)

    /// Where a feature stands among the numeric ones.
    private static func place(_ name: String) -> Int {
        guard let place = FlowFeature.all.firstIndex(where: { $0.name == name }) else {
            preconditionFailure("no feature \(name)")
        }
        return place - FlowRecord.numericFeatures.lowerBound
    }

    private static func evidence(_ record: borrowing FlowRecord) -> FlowOutcome.Evidence {
        let (syn, rst) = (1, 2)
        return FlowOutcome.Evidence(
            protocolNumber: record.key.protocolNumber,
            startNotSeen: record.observations.contains(.startNotSeen), part: record.part,
            forwardPackets: record.forward.packets, backwardPackets: record.backward.packets,
            backwardDataPackets: UInt64(record.backward.dataPackets),
            forwardSYN: UInt64(record.forward.flagCounts[syn]),
            backwardSYN: UInt64(record.backward.flagCounts[syn]),
            backwardRST: UInt64(record.backward.flagCounts[rst]))
    }
}

extension FlowOutcome {
    /// What the packets of a metered flow tell of its outcome.
    package struct Evidence: Sendable {
        package var protocolNumber: UInt8
        package var startNotSeen: Bool
        /// Which part of a connection the flow is, from 0.
        package var part: UInt32
        package var forwardPackets, backwardPackets: UInt64
        package var backwardDataPackets: UInt64
        /// Packets with these flags.
        package var forwardSYN, backwardSYN, backwardRST: UInt64

        package init(
            protocolNumber: UInt8, startNotSeen: Bool, part: UInt32, forwardPackets: UInt64,
            backwardPackets: UInt64, backwardDataPackets: UInt64, forwardSYN: UInt64,
            backwardSYN: UInt64, backwardRST: UInt64
        ) {
            self.protocolNumber = protocolNumber
            self.startNotSeen = startNotSeen
            self.part = part
            self.forwardPackets = forwardPackets
            self.backwardPackets = backwardPackets
            self.backwardDataPackets = backwardDataPackets
            self.forwardSYN = forwardSYN
            self.backwardSYN = backwardSYN
            self.backwardRST = backwardRST
        }
    }

    /// A request for a TCP connection without any reply is unanswered, one whose only reply is a reset was
    /// rejected. Other protocols: what came back, or did not.
    package init(_ evidence: Evidence) {
        let isAnswered = evidence.backwardPackets > 0
        guard !evidence.startNotSeen, evidence.forwardPackets > 0 else {
            self = .unknown
            return
        }
        guard evidence.protocolNumber == 6 else {
            self = isAnswered ? .established : .unanswered
            return
        }
        if evidence.part > 0 || evidence.forwardSYN == 0 {
            self = isAnswered ? .established : .unknown
        } else if !isAnswered {
            self = .unanswered
        } else {
            let isRefused =
                evidence.backwardSYN == 0 && evidence.backwardRST > 0
                && evidence.backwardDataPackets == 0
            self = isRefused ? .rejected : .established
        }
    }
}
