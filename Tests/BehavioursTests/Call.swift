import Behaviours
import Flows
import NetworkTypes

/// A flow of a test: says only what differs from one that got through.
enum Call {
    static let origin = Timestamp(year: 2026, month: 3, day: 2)!

    static func at(_ seconds: Double) -> Timestamp {
        Timestamp(nanoseconds: origin.nanoseconds + Int64((seconds * 1e9).rounded()))
    }

    static func host(_ number: Int) -> IPAddress { IPAddress(ipv4: 0x0a00_0000 + UInt32(number)) }

    static func flow(
        _ source: Int, _ destination: Int, port: UInt16 = 443, at seconds: Double,
        lasting duration: Double = 0, _ outcome: FlowOutcome = .established,
        protocolNumber: UInt8 = 6, application: String = "UNKNOWN", packets: UInt64 = 6,
        octets: (UInt64, UInt64) = (600, 1200)
    ) -> ObservedFlow {
        let isAnswered = outcome == .established
        return ObservedFlow(
            key: FlowKey(
                initiator: FlowEnd(address: host(source), port: 50_000),
                responder: FlowEnd(address: host(destination), port: port),
                protocolNumber: protocolNumber),
            start: at(seconds - duration), end: at(seconds), application: application,
            outcome: outcome, forward: .init(packets: packets, octets: octets.0),
            backward: isAnswered ? .init(packets: 5, octets: octets.1) : .init())
    }

    static func question(
        _ sender: Int, _ target: Int, at seconds: Double, isRequest: Bool = true
    ) -> AddressQuery {
        AddressQuery(
            timestamp: at(seconds), senderMAC: UInt64(sender),
            sender: sender == 0 ? IPAddress(ipv4: 0) : host(sender), target: host(target),
            isRequest: isRequest)
    }
}
