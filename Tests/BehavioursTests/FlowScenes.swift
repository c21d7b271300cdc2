import Behaviours
import Flows
import NetworkTypes

/// Small builders of what a network shows.
enum Scene {
    static let start = Timestamp(nanoseconds: 1_700_006_400 * 1_000_000_000)

    static func at(_ seconds: Double) -> Timestamp {
        Timestamp(nanoseconds: start.nanoseconds + Int64(seconds * 1e9))
    }

    static func inside(_ number: Int) -> IPAddress {
        IPAddress(ipv4: 0x0a00_0000 + UInt32(number))
    }

    static func outside(_ number: Int) -> IPAddress {
        IPAddress(ipv4: 0x5db8_0000 + UInt32(number))
    }

    /// A flow that began `seconds` after the scene did.
    static func flow(
        _ source: IPAddress, _ destination: IPAddress, at seconds: Double, lasting: Double = 1,
        out: UInt64 = 1_000, back: UInt64 = 2_000, port: UInt16 = 443, sourcePort: UInt16 = 40_000,
        application: String = "TLS", outcome: FlowOutcome = .established, isOpen: Bool = false,
        protocolNumber: UInt8 = 6, packets: UInt64 = 10
    ) -> ObservedFlow {
        var flow = ObservedFlow(
            key: FlowKey(
                initiator: FlowEnd(address: source, port: sourcePort),
                responder: FlowEnd(address: destination, port: port),
                protocolNumber: protocolNumber),
            start: at(seconds), end: at(seconds + lasting), application: application,
            outcome: outcome, forward: .init(packets: packets, octets: out),
            backward: .init(packets: packets, octets: back))
        flow.isOpen = isOpen
        flow.direction = FlowDirection(
            initiatorIsPublic: source.isGlobal, responderIsPublic: destination.isGlobal)
        return flow
    }

    static func lookup(
        _ client: IPAddress, _ name: String, at seconds: Double, type: UInt16 = 1,
        code: UInt8? = 0, octets: UInt32 = 60
    ) -> NameLookup {
        NameLookup(
            timestamp: at(seconds), client: client, server: inside(53), name: name, queryType: type,
            responseCode: code, queryOctets: octets, answerOctets: octets)
    }

    /// Letters and digits of a number, as generated names have them.
    static func word(_ number: UInt64, length: Int) -> String {
        let letters = Array("abcdefghijklmnopqrstuvwxyz234567")
        var state = number &* 0x9e37_79b9_7f4a_7c15 | 1
        return String(
            (0..<length).map { _ in
                state = (state ^ state >> 27) &* 0x94d0_49bb_1331_11eb
                return letters[Int(state >> 59)]
            })
    }
}
