package import NetworkTypes

/// What tells one flow from another: both ends and the protocol, in the direction of the initiator.
///
/// ICMP flows have the message's identifier as the initiator's port and `type * 256 + code` of the request as the
/// responder's, as NetFlow has it.
package struct FlowKey: Hashable, Sendable {
    package var initiator: FlowEnd
    package var responder: FlowEnd
    package var protocolNumber: UInt8

    package init(initiator: FlowEnd, responder: FlowEnd, protocolNumber: UInt8) {
        self.initiator = initiator
        self.responder = responder
        self.protocolNumber = protocolNumber
    }

    /// The hash by which calibration sets are chosen, alike for both directions.
    package var stableHash: UInt64 {
        StableHash.flowKey(initiator, responder, protocolNumber: protocolNumber)
    }
}
