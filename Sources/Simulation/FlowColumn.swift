/// How one column of the 87 follows from a flow.
///
/// The definitions are those of the tool that wrote the data set, its faults included: the first packet
/// counted twice, flags of the first packet only and under each other's names, an integer ratio. The
/// names are the registry's, repeated here so that a definition stands beside the name it defines.
struct FlowColumn: Sendable {
    enum Definition: Sendable {
        /// Appends the values of some flows.
        case integer(@Sendable ([SimulatedFlow], inout [Int64]) -> Void)
        case real(@Sendable ([SimulatedFlow], inout [Double]) -> Void)
        case zero
        /// The same values as the column of this name, which stands further left.
        case copy(String)
        case text(Text)
    }

    enum Text: Sendable {
        case flowID, source, destination, timestamp, label, application
    }

    let name: String
    let definition: Definition

    static let names = all.map(\.name)

    /// The columns in file order.
    static let all: [FlowColumn] =
        key + lengths + rates + gaps + headers + wholeFlow + copies + activity + [
            FlowColumn(name: "Label", definition: .text(.label)),
            integer("L7Protocol") { ApplicationCatalogue.all[$0.application].number },
            FlowColumn(name: "ProtocolName", definition: .text(.application)),
        ]

    private static let key = [
        FlowColumn(name: "Flow.ID", definition: .text(.flowID)),
        FlowColumn(name: "Source.IP", definition: .text(.source)),
        integer("Source.Port") { Int64($0.ends.sourcePort) },
        FlowColumn(name: "Destination.IP", definition: .text(.destination)),
        integer("Destination.Port") { Int64($0.ends.destinationPort) },
        integer("Protocol") { $0.transport },
        FlowColumn(name: "Timestamp", definition: .text(.timestamp)),
        integer("Flow.Duration") { $0.duration },
    ]

    private static let lengths = [
        integer("Total.Fwd.Packets") { $0.initiator.count },
        integer("Total.Backward.Packets") { $0.responder.count },
        integer("Total.Length.of.Fwd.Packets") { $0.initiator.total },
        real("Total.Length.of.Bwd.Packets") { Double($0.responder.total) },
        integer("Fwd.Packet.Length.Max") { $0.initiator.largest },
        integer("Fwd.Packet.Length.Min") { $0.initiator.smallest },
        real("Fwd.Packet.Length.Mean") { $0.initiator.mean },
        real("Fwd.Packet.Length.Std") { $0.initiator.standardDeviation },
        integer("Bwd.Packet.Length.Max") { $0.responder.largest },
        integer("Bwd.Packet.Length.Min") { $0.responder.smallest },
        real("Bwd.Packet.Length.Mean") { $0.responder.mean },
        real("Bwd.Packet.Length.Std") { $0.responder.standardDeviation },
    ]

    private static let rates = [
        real("Flow.Bytes.s") { $0.perSecond($0.octets) },
        real("Flow.Packets.s") { $0.perSecond($0.packets) },
    ]

    private static let gaps = [
        real("Flow.IAT.Mean") { $0.gaps.mean },
        real("Flow.IAT.Std") { $0.gaps.standardDeviation },
        real("Flow.IAT.Max") { Double($0.gaps.largest) },
        integer("Flow.IAT.Min") { $0.gaps.smallest },
        real("Fwd.IAT.Total") { Double($0.initiatorGaps.total) },
        real("Fwd.IAT.Mean") { $0.initiatorGaps.mean },
        real("Fwd.IAT.Std") { $0.initiatorGaps.standardDeviation },
        real("Fwd.IAT.Max") { Double($0.initiatorGaps.largest) },
        real("Fwd.IAT.Min") { Double($0.initiatorGaps.smallest) },
        real("Bwd.IAT.Total") { Double($0.responderGaps.total) },
        real("Bwd.IAT.Mean") { $0.responderGaps.mean },
        real("Bwd.IAT.Std") { $0.responderGaps.standardDeviation },
        real("Bwd.IAT.Max") { Double($0.responderGaps.largest) },
        real("Bwd.IAT.Min") { Double($0.responderGaps.smallest) },
    ]

    private static let headers = [
        integer("Fwd.PSH.Flags") { $0.flag(.psh) },
        zero("Bwd.PSH.Flags"),
        integer("Fwd.URG.Flags") { $0.flag(.urg) },
        zero("Bwd.URG.Flags"),
        integer("Fwd.Header.Length") { $0.initiator.count * $0.header },
        integer("Bwd.Header.Length") { $0.responder.count * $0.header },
        real("Fwd.Packets.s") { $0.sidePerSecond($0.initiator.count) },
        real("Bwd.Packets.s") { $0.sidePerSecond($0.responder.count) },
    ]

    private static let wholeFlow = [
        integer("Min.Packet.Length") { $0.smallestPayload },
        integer("Max.Packet.Length") { max($0.initiator.largest, $0.responder.largest) },
        real("Packet.Length.Mean") { $0.meanPayload },
        real("Packet.Length.Std") { $0.payloadVariance.squareRoot() },
        real("Packet.Length.Variance") { $0.payloadVariance },
        // The flags of the first packet, in the order the tool wrote them under these names.
        integer("FIN.Flag.Count") { $0.flag(.rst) },
        integer("SYN.Flag.Count") { $0.flag(.psh) },
        zero("RST.Flag.Count"),
        integer("PSH.Flag.Count") { $0.flag(.syn) },
        integer("ACK.Flag.Count") { $0.flag(.ack) },
        integer("URG.Flag.Count") { $0.flag(.fin) },
        integer("CWE.Flag.Count") { $0.flag(.urg) },
        zero("ECE.Flag.Count"),
        integer("Down.Up.Ratio") { $0.responder.count / $0.initiator.count },
        real("Average.Packet.Size") { Double($0.octets + $0.firstPayload) / Double($0.packets) },
    ]

    private static let copies = [
        copy("Avg.Fwd.Segment.Size", of: "Fwd.Packet.Length.Mean"),
        copy("Avg.Bwd.Segment.Size", of: "Bwd.Packet.Length.Mean"),
        copy("Fwd.Header.Length.1", of: "Fwd.Header.Length"),
        zero("Fwd.Avg.Bytes.Bulk"), zero("Fwd.Avg.Packets.Bulk"), zero("Fwd.Avg.Bulk.Rate"),
        zero("Bwd.Avg.Bytes.Bulk"), zero("Bwd.Avg.Packets.Bulk"), zero("Bwd.Avg.Bulk.Rate"),
        copy("Subflow.Fwd.Packets", of: "Total.Fwd.Packets"),
        copy("Subflow.Fwd.Bytes", of: "Total.Length.of.Fwd.Packets"),
        copy("Subflow.Bwd.Packets", of: "Total.Backward.Packets"),
        integer("Subflow.Bwd.Bytes") { $0.responder.total },
    ]

    private static let activity = [
        integer("Init_Win_bytes_forward") { $0.initiatorWindow },
        integer("Init_Win_bytes_backward") { $0.responderWindow },
        integer("act_data_pkt_fwd") { $0.laterDataPackets },
        integer("min_seg_size_forward") { $0.header },
        real("Active.Mean") { $0.activePeriods.mean },
        real("Active.Std") { $0.activePeriods.standardDeviation },
        real("Active.Max") { Double($0.activePeriods.largest) },
        real("Active.Min") { Double($0.activePeriods.smallest) },
        real("Idle.Mean") { $0.pauses.mean },
        real("Idle.Std") { $0.pauses.standardDeviation },
        real("Idle.Max") { Double($0.pauses.largest) },
        real("Idle.Min") { Double($0.pauses.smallest) },
    ]
}

// MARK: - Short spellings

extension FlowColumn {
    // Inlined, so that each column becomes a loop of its own over the flows in place: a closure called
    // for every value would copy the whole flow to it.

    @inline(__always)
    private static func integer(
        _ name: String, _ value: @escaping @Sendable (borrowing SimulatedFlow) -> Int64
    ) -> FlowColumn {
        FlowColumn(
            name: name,
            definition: .integer { flows, values in
                for index in flows.indices { values.append(value(flows[index])) }
            })
    }

    @inline(__always)
    private static func real(
        _ name: String, _ value: @escaping @Sendable (borrowing SimulatedFlow) -> Double
    ) -> FlowColumn {
        FlowColumn(
            name: name,
            definition: .real { flows, values in
                for index in flows.indices { values.append(value(flows[index])) }
            })
    }

    private static func zero(_ name: String) -> FlowColumn {
        FlowColumn(name: name, definition: .zero)
    }

    private static func copy(_ name: String, of original: String) -> FlowColumn {
        FlowColumn(name: name, definition: .copy(original))
    }
}
