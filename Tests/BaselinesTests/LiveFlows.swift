import Flows
import NetworkTypes
import Statistics

/// Builds observed flows in the shape of real ones.
enum LiveFlows {
    static let monday = Timestamp(nanoseconds: 1_700_438_400_000_000_000)

    /// One flow of an application, `seconds` after a Monday at 0:00 UTC.
    static func flow(
        _ application: String, at seconds: Double = 0, source: UInt32 = 1, peer: UInt32 = 1,
        port: UInt16 = 443, outcome: FlowOutcome = .established, scope: String = "",
        metrics: [Double] = [1, 2, 3, 4, 5, 6, 7, 8, 9]
    ) -> ObservedFlow {
        let end = Timestamp(nanoseconds: monday.nanoseconds + Int64(seconds * 1e9))
        var flow = ObservedFlow(
            key: FlowKey(
                initiator: FlowEnd(address: IPAddress(ipv4: 0x0a00_0000 + source), port: 40_000),
                responder: FlowEnd(address: IPAddress(ipv4: 0x5000_0000 + peer), port: port),
                protocolNumber: 6),
            start: Timestamp(nanoseconds: end.nanoseconds - 500_000_000), end: end,
            application: application, outcome: outcome, forward: .init(packets: 3, octets: 300),
            backward: .init(packets: 2, octets: 900))
        flow.scope = scope
        var values = [9 of Double](repeating: 0)
        for metric in 0..<9 { values[metric] = metrics[metric] }
        flow.metrics = values
        return flow
    }

    /// `count` flows of three applications, one each `interval` seconds, of ordinary shapes.
    static func ordinary(
        _ count: Int, seed: UInt64, interval: Double = 1, from start: Double = 0, scale: Double = 1
    ) -> [ObservedFlow] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { number in
            let kind = generator.index(below: 10)
            let application = kind < 6 ? "GOOGLE" : kind < 9 ? "DNS" : "SSH"
            let size = exponential2(2 * generator.normal()) * (kind < 6 ? 40 : 1)
            let time = exponential2(generator.normal())
            let metrics = [
                1e3 * size / time, 1e6 * time, 2e3 * size * scale, 66 + 400 * size / (1 + size),
                Double(generator.index(below: 4)), 1e4 * size, 200 * size, 300 * time, 1e3 * time,
            ].map { $0.rounded() }
            return flow(
                application, at: start + Double(number) * interval,
                source: UInt32(generator.index(below: 50)),
                peer: UInt32(generator.index(below: 1 << 20)), metrics: metrics)
        }
    }
}
