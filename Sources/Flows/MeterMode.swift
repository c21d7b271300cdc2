/// By which rules packets became flows. A run has one mode; a baseline refuses flows of another.
package enum MeterMode: String, Sendable, CaseIterable {
    /// Right by RFC 5103 and RFC 793: both FINs and their acknowledgements, every packet's flags, the last
    /// active period, idle timeouts.
    case corrected
    /// CICFlowMeter of 2017, as the 87-column data set has it: Ethernet padding counted as payload, headers of
    /// other protocols than TCP of -1 octet.
    case unicauca
    /// CICFlowMeter of February 2018: the same rules with right lengths.
    case cic2018 = "cic-2018"
    /// CICFlowMeter 4.0 of 2021 and later.
    case cicHead = "cic-head"

    /// Whether the mode repeats the faults of an old meter.
    package var isLegacy: Bool { self != .corrected }
}

/// Why a flow record was written.
package enum FlowEndReason: UInt8, Sendable, CaseIterable {
    // The numbers are those of IPFIX element 136; the last two are told apart within "lack of resources"
    // and "forced end".
    case idle = 1
    case active = 2
    case fin = 3
    case endOfInput = 4
    case evicted = 5
    case reset = 6

    package var name: String {
        switch self {
        case .idle: "idle"
        case .active: "active"
        case .fin: "fin"
        case .endOfInput: "end of input"
        case .evicted: "evicted"
        case .reset: "rst"
        }
    }

    /// The value of `flowEndReason` in IPFIX (element 136): a reset is an end of flow detected.
    package var informationElementValue: UInt8 { self == .reset ? 3 : rawValue }
}
