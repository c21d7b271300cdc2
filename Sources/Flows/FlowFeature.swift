/// One column of the flow data set: the single place where its names, unit and meaning stand.
///
/// Formats, baselines and documents are derived from this registry. The meanings are those of the tool
/// that wrote the data set, with its known faults named.
package struct FlowFeature: Sendable {
    /// What a value counts.
    package enum Unit: Sendable {
        case text, address, none, microseconds, octets, squareOctets, packets
        case octetsPerSecond, packetsPerSecond
    }

    /// Name in the 87-column data set, where R replaced blanks and slashes by dots.
    package let name: String
    package let unit: Unit
    package let meaning: String
    /// Name in the 85-column layout of 2017 ("ISCX").
    package let longName: String?
    /// Name in the 84-column layout of 2018 with abbreviated words.
    package let abbreviatedName: String?
    /// Name in the 84-column layout of the tool's last version.
    package let headName: String?
    /// A further name seen in the field.
    package let otherName: String?
    /// Name of the IPFIX information element of the same content.
    package let informationElement: String?

    private init(
        _ name: String, _ unit: Unit, _ meaning: String, long: String? = nil,
        abbreviated: String? = nil, head: String? = nil, other: String? = nil, ipfix: String? = nil
    ) {
        self.name = name
        self.unit = unit
        self.meaning = meaning
        longName = long
        abbreviatedName = abbreviated
        headName = head
        otherName = other
        informationElement = ipfix
    }

    /// The 87 columns in file order.
    package static let all: [FlowFeature] = [
        .init(
            "Flow.ID", .text, "addresses, ports and protocol of the flow in canonical order",
            long: "Flow ID", abbreviated: "Flow ID", head: "Flow ID"),
        .init(
            "Source.IP", .address, "address of the initiator",
            long: "Source IP", abbreviated: "Src IP", head: "Src IP", ipfix: "sourceIPAddress"),
        .init(
            "Source.Port", .none, "port of the initiator",
            long: "Source Port", abbreviated: "Src Port", head: "Src Port",
            ipfix: "sourceTransportPort"),
        .init(
            "Destination.IP", .address, "address of the responder",
            long: "Destination IP", abbreviated: "Dst IP", head: "Dst IP",
            ipfix: "destinationIPAddress"),
        .init(
            "Destination.Port", .none, "port of the responder",
            long: "Destination Port", abbreviated: "Dst Port", head: "Dst Port",
            ipfix: "destinationTransportPort"),
        .init(
            "Protocol", .none, "IP protocol number",
            long: "Protocol", abbreviated: "Protocol", head: "Protocol", ipfix: "protocolIdentifier"
        ),
        .init(
            "Timestamp", .text,
            "start of the flow, local time of the meter, 12-hour clock without AM or PM",
            long: "Timestamp", abbreviated: "Timestamp", head: "Timestamp",
            ipfix: "flowStartMicroseconds"),
        .init(
            "Flow.Duration", .microseconds, "from the first packet to the last",
            long: "Flow Duration", abbreviated: "Flow Duration", head: "Flow Duration",
            ipfix: "flowDurationMicroseconds"),
        .init(
            "Total.Fwd.Packets", .packets, "packets of the initiator",
            long: "Total Fwd Packets", abbreviated: "Tot Fwd Pkts", head: "Total Fwd Packet",
            ipfix: "initiatorPackets"),
        .init(
            "Total.Backward.Packets", .packets, "packets of the responder",
            long: "Total Backward Packets", abbreviated: "Tot Bwd Pkts", head: "Total Bwd packets",
            ipfix: "responderPackets"),
        .init(
            "Total.Length.of.Fwd.Packets", .octets, "transport payload of the initiator",
            long: "Total Length of Fwd Packets", abbreviated: "TotLen Fwd Pkts",
            head: "Total Length of Fwd Packet", ipfix: "initiatorOctets"),
        .init(
            "Total.Length.of.Bwd.Packets", .octets, "transport payload of the responder",
            long: "Total Length of Bwd Packets", abbreviated: "TotLen Bwd Pkts",
            head: "Total Length of Bwd Packet", ipfix: "responderOctets"),
        .init(
            "Fwd.Packet.Length.Max", .octets, "largest payload of an initiator packet",
            long: "Fwd Packet Length Max", abbreviated: "Fwd Pkt Len Max",
            head: "Fwd Packet Length Max"),
        .init(
            "Fwd.Packet.Length.Min", .octets, "smallest payload of an initiator packet",
            long: "Fwd Packet Length Min", abbreviated: "Fwd Pkt Len Min",
            head: "Fwd Packet Length Min"),
        .init(
            "Fwd.Packet.Length.Mean", .octets, "mean payload of the initiator packets",
            long: "Fwd Packet Length Mean", abbreviated: "Fwd Pkt Len Mean",
            head: "Fwd Packet Length Mean"),
        .init(
            "Fwd.Packet.Length.Std", .octets, "sample standard deviation of the initiator payloads",
            long: "Fwd Packet Length Std", abbreviated: "Fwd Pkt Len Std",
            head: "Fwd Packet Length Std"),
        .init(
            "Bwd.Packet.Length.Max", .octets, "largest payload of a responder packet",
            long: "Bwd Packet Length Max", abbreviated: "Bwd Pkt Len Max",
            head: "Bwd Packet Length Max"),
        .init(
            "Bwd.Packet.Length.Min", .octets, "smallest payload of a responder packet",
            long: "Bwd Packet Length Min", abbreviated: "Bwd Pkt Len Min",
            head: "Bwd Packet Length Min"),
        .init(
            "Bwd.Packet.Length.Mean", .octets, "mean payload of the responder packets",
            long: "Bwd Packet Length Mean", abbreviated: "Bwd Pkt Len Mean",
            head: "Bwd Packet Length Mean"),
        .init(
            "Bwd.Packet.Length.Std", .octets, "sample standard deviation of the responder payloads",
            long: "Bwd Packet Length Std", abbreviated: "Bwd Pkt Len Std",
            head: "Bwd Packet Length Std"),
        .init(
            "Flow.Bytes.s", .octetsPerSecond, "payload of both directions over the duration",
            long: "Flow Bytes/s", abbreviated: "Flow Byts/s", head: "Flow Bytes/s"),
        .init(
            "Flow.Packets.s", .packetsPerSecond, "packets of both directions over the duration",
            long: "Flow Packets/s", abbreviated: "Flow Pkts/s", head: "Flow Packets/s"),
        .init(
            "Flow.IAT.Mean", .microseconds, "mean gap between packets of either direction",
            long: "Flow IAT Mean", abbreviated: "Flow IAT Mean", head: "Flow IAT Mean"),
        .init(
            "Flow.IAT.Std", .microseconds, "standard deviation of these gaps",
            long: "Flow IAT Std", abbreviated: "Flow IAT Std", head: "Flow IAT Std"),
        .init(
            "Flow.IAT.Max", .microseconds, "largest of these gaps",
            long: "Flow IAT Max", abbreviated: "Flow IAT Max", head: "Flow IAT Max"),
        .init(
            "Flow.IAT.Min", .microseconds, "smallest of these gaps",
            long: "Flow IAT Min", abbreviated: "Flow IAT Min", head: "Flow IAT Min"),
        .init(
            "Fwd.IAT.Total", .microseconds, "sum of the gaps between initiator packets",
            long: "Fwd IAT Total", abbreviated: "Fwd IAT Tot", head: "Fwd IAT Total"),
        .init(
            "Fwd.IAT.Mean", .microseconds, "mean gap between initiator packets",
            long: "Fwd IAT Mean", abbreviated: "Fwd IAT Mean", head: "Fwd IAT Mean"),
        .init(
            "Fwd.IAT.Std", .microseconds, "standard deviation of these gaps",
            long: "Fwd IAT Std", abbreviated: "Fwd IAT Std", head: "Fwd IAT Std"),
        .init(
            "Fwd.IAT.Max", .microseconds, "largest of these gaps",
            long: "Fwd IAT Max", abbreviated: "Fwd IAT Max", head: "Fwd IAT Max"),
        .init(
            "Fwd.IAT.Min", .microseconds, "smallest of these gaps",
            long: "Fwd IAT Min", abbreviated: "Fwd IAT Min", head: "Fwd IAT Min"),
        .init(
            "Bwd.IAT.Total", .microseconds, "sum of the gaps between responder packets",
            long: "Bwd IAT Total", abbreviated: "Bwd IAT Tot", head: "Bwd IAT Total"),
        .init(
            "Bwd.IAT.Mean", .microseconds, "mean gap between responder packets",
            long: "Bwd IAT Mean", abbreviated: "Bwd IAT Mean", head: "Bwd IAT Mean"),
        .init(
            "Bwd.IAT.Std", .microseconds, "standard deviation of these gaps",
            long: "Bwd IAT Std", abbreviated: "Bwd IAT Std", head: "Bwd IAT Std"),
        .init(
            "Bwd.IAT.Max", .microseconds, "largest of these gaps",
            long: "Bwd IAT Max", abbreviated: "Bwd IAT Max", head: "Bwd IAT Max"),
        .init(
            "Bwd.IAT.Min", .microseconds, "smallest of these gaps",
            long: "Bwd IAT Min", abbreviated: "Bwd IAT Min", head: "Bwd IAT Min"),
        .init(
            "Fwd.PSH.Flags", .none, "1 if the first packet had PSH",
            long: "Fwd PSH Flags", abbreviated: "Fwd PSH Flags", head: "Fwd PSH Flags"),
        .init(
            "Bwd.PSH.Flags", .none, "always 0 in the data set",
            long: "Bwd PSH Flags", abbreviated: "Bwd PSH Flags", head: "Bwd PSH Flags"),
        .init(
            "Fwd.URG.Flags", .none, "1 if the first packet had URG",
            long: "Fwd URG Flags", abbreviated: "Fwd URG Flags", head: "Fwd URG Flags"),
        .init(
            "Bwd.URG.Flags", .none, "always 0 in the data set",
            long: "Bwd URG Flags", abbreviated: "Bwd URG Flags", head: "Bwd URG Flags"),
        .init(
            "Fwd.Header.Length", .octets, "transport headers of the initiator",
            long: "Fwd Header Length", abbreviated: "Fwd Header Len", head: "Fwd Header Length"),
        .init(
            "Bwd.Header.Length", .octets, "transport headers of the responder",
            long: "Bwd Header Length", abbreviated: "Bwd Header Len", head: "Bwd Header Length"),
        .init(
            "Fwd.Packets.s", .packetsPerSecond, "packets of the initiator over the duration",
            long: "Fwd Packets/s", abbreviated: "Fwd Pkts/s", head: "Fwd Packets/s"),
        .init(
            "Bwd.Packets.s", .packetsPerSecond, "packets of the responder over the duration",
            long: "Bwd Packets/s", abbreviated: "Bwd Pkts/s", head: "Bwd Packets/s"),
        .init(
            "Min.Packet.Length", .octets, "smallest payload, first packet counted twice",
            long: "Min Packet Length", abbreviated: "Pkt Len Min", head: "Packet Length Min"),
        .init(
            "Max.Packet.Length", .octets, "largest payload",
            long: "Max Packet Length", abbreviated: "Pkt Len Max", head: "Packet Length Max"),
        .init(
            "Packet.Length.Mean", .octets, "mean payload, first packet counted twice",
            long: "Packet Length Mean", abbreviated: "Pkt Len Mean", head: "Packet Length Mean"),
        .init(
            "Packet.Length.Std", .octets,
            "standard deviation of the payloads, first packet counted twice",
            long: "Packet Length Std", abbreviated: "Pkt Len Std", head: "Packet Length Std"),
        .init(
            "Packet.Length.Variance", .squareOctets,
            "variance of the payloads, first packet counted twice",
            long: "Packet Length Variance", abbreviated: "Pkt Len Var",
            head: "Packet Length Variance"),
        .init(
            "FIN.Flag.Count", .none, "in the data set: RST of the first packet",
            long: "FIN Flag Count", abbreviated: "FIN Flag Cnt", head: "FIN Flag Count"),
        .init(
            "SYN.Flag.Count", .none, "in the data set: PSH of the first packet",
            long: "SYN Flag Count", abbreviated: "SYN Flag Cnt", head: "SYN Flag Count"),
        .init(
            "RST.Flag.Count", .none, "in the data set: ECE of the first packet",
            long: "RST Flag Count", abbreviated: "RST Flag Cnt", head: "RST Flag Count"),
        .init(
            "PSH.Flag.Count", .none, "in the data set: SYN of the first packet",
            long: "PSH Flag Count", abbreviated: "PSH Flag Cnt", head: "PSH Flag Count"),
        .init(
            "ACK.Flag.Count", .none, "ACK of the first packet",
            long: "ACK Flag Count", abbreviated: "ACK Flag Cnt", head: "ACK Flag Count"),
        .init(
            "URG.Flag.Count", .none, "in the data set: FIN of the first packet",
            long: "URG Flag Count", abbreviated: "URG Flag Cnt", head: "URG Flag Count"),
        .init(
            "CWE.Flag.Count", .none, "in the data set: URG of the first packet",
            long: "CWE Flag Count", abbreviated: "CWE Flag Count", head: "CWR Flag Count"),
        .init(
            "ECE.Flag.Count", .none, "in the data set: CWR of the first packet",
            long: "ECE Flag Count", abbreviated: "ECE Flag Cnt", head: "ECE Flag Count"),
        .init(
            "Down.Up.Ratio", .none, "responder packets over initiator packets, whole number",
            long: "Down/Up Ratio", abbreviated: "Down/Up Ratio", head: "Down/Up Ratio"),
        .init(
            "Average.Packet.Size", .octets, "payload over packets, first packet counted twice",
            long: "Average Packet Size", abbreviated: "Pkt Size Avg", head: "Average Packet Size"),
        .init(
            "Avg.Fwd.Segment.Size", .octets, "payload over packets of the initiator",
            long: "Avg Fwd Segment Size", abbreviated: "Fwd Seg Size Avg",
            head: "Fwd Segment Size Avg"),
        .init(
            "Avg.Bwd.Segment.Size", .octets, "payload over packets of the responder",
            long: "Avg Bwd Segment Size", abbreviated: "Bwd Seg Size Avg",
            head: "Bwd Segment Size Avg"),
        .init(
            "Fwd.Header.Length.1", .octets, "copy of Fwd.Header.Length",
            long: "Fwd Header Length"),
        .init(
            "Fwd.Avg.Bytes.Bulk", .octets, "always 0 in the data set",
            long: "Fwd Avg Bytes/Bulk", abbreviated: "Fwd Byts/b Avg", head: "Fwd Bytes/Bulk Avg"),
        .init(
            "Fwd.Avg.Packets.Bulk", .packets, "always 0 in the data set",
            long: "Fwd Avg Packets/Bulk", abbreviated: "Fwd Pkts/b Avg", head: "Fwd Packet/Bulk Avg"
        ),
        .init(
            "Fwd.Avg.Bulk.Rate", .octetsPerSecond, "always 0 in the data set",
            long: "Fwd Avg Bulk Rate", abbreviated: "Fwd Blk Rate Avg", head: "Fwd Bulk Rate Avg"),
        .init(
            "Bwd.Avg.Bytes.Bulk", .octets, "always 0 in the data set",
            long: "Bwd Avg Bytes/Bulk", abbreviated: "Bwd Byts/b Avg", head: "Bwd Bytes/Bulk Avg"),
        .init(
            "Bwd.Avg.Packets.Bulk", .packets, "always 0 in the data set",
            long: "Bwd Avg Packets/Bulk", abbreviated: "Bwd Pkts/b Avg", head: "Bwd Packet/Bulk Avg"
        ),
        .init(
            "Bwd.Avg.Bulk.Rate", .octetsPerSecond, "always 0 in the data set",
            long: "Bwd Avg Bulk Rate", abbreviated: "Bwd Blk Rate Avg", head: "Bwd Bulk Rate Avg"),
        .init(
            "Subflow.Fwd.Packets", .packets, "copy of Total.Fwd.Packets",
            long: "Subflow Fwd Packets", abbreviated: "Subflow Fwd Pkts",
            head: "Subflow Fwd Packets"),
        .init(
            "Subflow.Fwd.Bytes", .octets, "copy of Total.Length.of.Fwd.Packets",
            long: "Subflow Fwd Bytes", abbreviated: "Subflow Fwd Byts", head: "Subflow Fwd Bytes"),
        .init(
            "Subflow.Bwd.Packets", .packets, "copy of Total.Backward.Packets",
            long: "Subflow Bwd Packets", abbreviated: "Subflow Bwd Pkts",
            head: "Subflow Bwd Packets"),
        .init(
            "Subflow.Bwd.Bytes", .octets, "copy of Total.Length.of.Bwd.Packets",
            long: "Subflow Bwd Bytes", abbreviated: "Subflow Bwd Byts", head: "Subflow Bwd Bytes"),
        .init(
            "Init_Win_bytes_forward", .octets, "TCP window of the first packet, -1 if none",
            long: "Init_Win_bytes_forward", abbreviated: "Init Fwd Win Byts",
            head: "FWD Init Win Bytes", other: "Init Win Bytes Fwd"),
        .init(
            "Init_Win_bytes_backward", .octets,
            "TCP window of the last responder packet, -1 if none",
            long: "Init_Win_bytes_backward", abbreviated: "Init Bwd Win Byts",
            head: "Bwd Init Win Bytes", other: "Init Win Bytes Bwd"),
        .init(
            "act_data_pkt_fwd", .packets, "initiator packets with payload, the first not counted",
            long: "act_data_pkt_fwd", abbreviated: "Fwd Act Data Pkts", head: "Fwd Act Data Pkts",
            other: "Act Data Pkt Fwd"),
        .init(
            "min_seg_size_forward", .octets, "smallest transport header of the initiator",
            long: "min_seg_size_forward", abbreviated: "Fwd Seg Size Min", head: "Fwd Seg Size Min",
            other: "Min Seg Size Fwd"),
        .init(
            "Active.Mean", .microseconds,
            "mean time between pauses of more than 5 s, 0 without a pause",
            long: "Active Mean", abbreviated: "Active Mean", head: "Active Mean"),
        .init(
            "Active.Std", .microseconds, "standard deviation of these times",
            long: "Active Std", abbreviated: "Active Std", head: "Active Std"),
        .init(
            "Active.Max", .microseconds, "largest of these times",
            long: "Active Max", abbreviated: "Active Max", head: "Active Max"),
        .init(
            "Active.Min", .microseconds, "smallest of these times",
            long: "Active Min", abbreviated: "Active Min", head: "Active Min"),
        .init(
            "Idle.Mean", .microseconds, "mean pause of more than 5 s",
            long: "Idle Mean", abbreviated: "Idle Mean", head: "Idle Mean"),
        .init(
            "Idle.Std", .microseconds, "standard deviation of these pauses",
            long: "Idle Std", abbreviated: "Idle Std", head: "Idle Std"),
        .init(
            "Idle.Max", .microseconds, "longest pause",
            long: "Idle Max", abbreviated: "Idle Max", head: "Idle Max"),
        .init(
            "Idle.Min", .microseconds, "shortest pause",
            long: "Idle Min", abbreviated: "Idle Min", head: "Idle Min"),
        .init(
            "Label", .text, "class of the flow, if someone labelled it",
            long: "Label", abbreviated: "Label", head: "Label"),
        .init("L7Protocol", .none, "nDPI protocol number", ipfix: "applicationId"),
        .init("ProtocolName", .text, "nDPI application name", ipfix: "applicationName"),
    ]
}
