import Flows
import NetworkTypes
import Statistics

/// 31 March 2015, 11:32:22.123456 UTC: the first flow of the old meter's own example, in UTC-3.
let sampleStart = Timestamp(nanoseconds: 1_427_801_542_123_456_789)

func end(_ address: String, _ port: UInt16) -> FlowEnd {
    // 0.0.0.0 shows in a failing test
    FlowEnd(address: IPAddress(address) ?? IPAddress(ipv4: 0), port: port)
}

private func moments(_ numbers: [Double]) -> RunningMoments {
    numbers.reduce(into: RunningMoments()) { $0.add($1) }
}

/// Two packets there, one back, with everything filled that a record can have.
func sampleFlow(
    mode: MeterMode = .corrected, initiator: FlowEnd = end("10.200.2.252", 61559),
    responder: FlowEnd = end("188.120.225.17", 8080), protocolNumber: UInt8 = 6,
    start: Timestamp = sampleStart, microseconds: Int64 = 1_000_000
) -> FlowRecord {
    var flow = FlowRecord(
        mode: mode,
        key: FlowKey(initiator: initiator, responder: responder, protocolNumber: protocolNumber),
        start: start,
        end: Timestamp(nanoseconds: start.nanoseconds &+ microseconds &* 1000), endReason: .fin)
    flow.forward.packets = 2
    flow.forward.payloadOctets = 300
    flow.forward.ipOctets = 380
    flow.forward.frameOctets = 408
    flow.forward.payload = moments([100, 200])
    flow.forward.gaps = moments([400_000])
    flow.forward.spanMicroseconds = 400_000
    flow.forward.transportHeaderOctets = 40
    flow.forward.minimumHeaderOctets = 20
    flow.forward.initialWindow = 8192
    flow.forward.dataPackets = 2
    flow.forward.flagCounts[1] = 1
    flow.forward.flagCounts[4] = 2
    flow.forward.windowScale = 7
    flow.forward.roundTripMicroseconds = 1234
    flow.forward.minimumTimeToLive = 63
    flow.forward.maximumTimeToLive = 64
    flow.backward.packets = 1
    flow.backward.payloadOctets = 50
    flow.backward.payload = moments([50])
    flow.lengths = moments([100, 50, 200])
    flow.gaps = moments([400_000, 600_000])
    flow.firstPayload = 100
    flow.firstFlags = 0b10
    return flow
}

/// The same with details and a label.
func labelledFlow(mode: MeterMode = .corrected) -> FlowRecord {
    var flow = sampleFlow(mode: mode)
    flow.connection = 12_345_678_901_234_567_890
    flow.part = 3
    flow.observations = [.startNotSeen, .tunnelled]
    flow.vlan = 42
    flow.interface = 1
    flow.outerEnds = (end("192.0.2.1", 0).address, end("2001:db8::1", 0).address)
    flow.outerTunnel = "VXLAN"
    flow.appendFirstPayload(100, gapMicroseconds: 0)
    flow.appendFirstPayload(-50, gapMicroseconds: 1000)
    var label = ApplicationLabel()
    label.application = "GOOGLE"
    label.number = 126
    label.labellerName = "TLS.Google"
    label.masterProtocol = "TLS"
    label.category = "Web"
    label.confidence = .payload
    label.risks = ["Self-signed Certificate", "Weak TLS Cipher"]
    label.serverName = "www.example.org"
    label.ja4 = "t13d1516h2_8daaf6152771_b186095e22b6"
    flow.label = label
    return flow
}
