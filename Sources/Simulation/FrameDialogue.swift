import NetworkTypes

/// A conversation that gives its frames one after the other.
protocol FrameDialogue: Sendable {
    /// The attack it belongs to by its place in the plan, -1 for none.
    var attack: Int { get }
    /// The flow that a meter sees.
    var key: CaptureFlowKey { get }

    /// Writes the next frame.
    ///
    /// - Returns: nanoseconds until the frame after it, `nil` if this was the last.
    mutating func emit(at time: Int64, into frame: inout FrameBuffer, noise: PacketNoise) -> Int64?
}

/// The 5-tuple of a flow, its initiator first.
struct CaptureFlowKey: Hashable, Sendable {
    let source, destination: FlowEnd
    /// 0 for ARP, which has no IP packet.
    let protocolNumber: UInt8

    init(_ source: FrameEnd, _ destination: FrameEnd, protocolNumber: UInt8) {
        self.source = FlowEnd(address: source.address, port: source.port)
        self.destination = FlowEnd(address: destination.address, port: destination.port)
        self.protocolNumber = protocolNumber
    }
}
