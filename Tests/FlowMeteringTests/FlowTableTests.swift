import FlowMetering
import Flows
import NetworkTypes
import Statistics
import Testing
import Wire

/// The table: bounds, order, and what does not change the flows.
struct FlowTableTests {
    /// Random packets of a few hundred flows over ten minutes.
    private func noise(seed: UInt64, count: Int) -> [Packet] {
        var generator = SeededGenerator(seed: seed)
        var script = PacketScript()
        var time: Int64 = 0
        for _ in 0..<count {
            time += Int64.random(in: 0..<60_000, using: &generator)
            let port = UInt16.random(in: 1000..<1200, using: &generator)
            let fromClient = Bool.random(using: &generator)
            if Bool.random(using: &generator) {
                let flags: [UInt8] = [2, 18, 16, 24, 17, 4]
                script.tcp(
                    flags.randomElement(using: &generator)!, fromClient: fromClient,
                    sequence: UInt32.random(in: 0..<5000, using: &generator),
                    acknowledgement: UInt32.random(in: 0..<5000, using: &generator),
                    payload: UInt32.random(in: 0..<1400, using: &generator), clientPort: port,
                    at: time)
            } else {
                script.udp(fromClient: fromClient, clientPort: port, at: time)
            }
        }
        return script.packets
    }

    private func describe(_ flows: [FlowRecord]) -> [String] {
        flows.map { "\($0.key) \($0.start) \($0.endReason) \($0.cells)" }
    }

    @Test func `an input cut in two gives the flows of the whole`() {
        let packets = noise(seed: 1, count: 20_000)
        var whole = FlowTable(settings: MeterSettings(), secret: (1, 2, 3))
        whole.add(packets)
        whole.finishAll(order: 20_000)
        var parts = FlowTable(settings: MeterSettings(), secret: (9, 8, 7))
        parts.add(packets.prefix(7777))
        var flows = parts.takeFinished().records
        parts.add(packets.dropFirst(7777), first: 7777)
        parts.finishAll(order: 20_000)
        flows += parts.takeFinished().records
        #expect(describe(whole.takeFinished().records) == describe(flows))
        #expect(flows.count > 1000)
    }

    @Test func `a full table ends its stalest flows, marks and counts them`() {
        var script = PacketScript()
        for port: UInt16 in 1...100 { script.udp(clientPort: port, at: Int64(port) * 1_000_000) }
        let flows = script.meter { $0.flowLimit = 16 }
        #expect(flows.count == 100)
        let evicted = flows.filter { $0.endReason == .evicted }
        #expect(evicted.allSatisfy { $0.observations.contains(.evicted) })
        // Sixty seconds of silence end some by themselves; all others but the last 16 had to go.
        #expect(evicted.count == 84)
        #expect(evicted.map(\.key.initiator.port) == Array(1...84))
    }

    @Test func `memory is bounded whatever comes`() {
        var settings = MeterSettings()
        settings.flowLimit = 4096
        var table = FlowTable(settings: settings, secret: (1, 2, 3))
        var generator = SeededGenerator(seed: 3)
        var script = PacketScript()
        for _ in 0..<50_000 {
            script.udp(clientPort: UInt16.random(in: 1...65_535, using: &generator))
        }
        table.add(script.packets)
        #expect(table.openFlows == 4096)
        #expect(table.octets < 4096 * 700 + 1 << 20)
        #expect(MeterSettings.octetsPerFlow <= 600)
    }

    @Test(arguments: [MeterMode.corrected, .cic2018, .cicHead])
    func `random packets give as many packets in flows as went in`(mode: MeterMode) {
        let packets = noise(seed: 5, count: 30_000)
        var settings = MeterSettings()
        settings.mode = mode
        var table = FlowTable(settings: settings, secret: (1, 2, 3))
        table.add(packets)
        table.finishAll(order: 30_000)
        let flows = table.takeFinished().records
        let metered = flows.reduce(0) { $0 + $1.packets }
        #expect(metered + table.counts.omittedFlows + table.counts.omittedPackets == 30_000)
    }

    @Test func `absurd times neither trap nor hang`() {
        var script = PacketScript()
        for time in [Int64.min, .max, 0, -1, 1_700_000_000_000_000_000, .min + 1, .max - 1] {
            for mode in 0..<3 {
                script.udp(clientPort: UInt16(mode))
                script.change { $0.timestamp = Timestamp(nanoseconds: time) }
                script.tcp(2, clientPort: UInt16(mode))
                script.change { $0.timestamp = Timestamp(nanoseconds: time) }
            }
        }
        for mode in MeterMode.allCases {
            let flows = script.meter(mode)
            #expect(flows.reduce(0) { $0 + $1.packets } <= 42)
            for flow in flows { _ = flow.cells }
        }
    }
}
