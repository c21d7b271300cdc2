import FlowMetering
import Flows
import NetworkTypes
import Testing
import Wire

/// The rules of the corrected mode (RFC 5103, RFC 793, flow features section 6).
struct CorrectedFlowTests {
    @Test func `a connection with both FINs is one flow that ended by FIN`() throws {
        var script = PacketScript()
        script.connection()
        let flows = script.meter()
        #expect(flows.count == 1)
        let flow = try #require(flows.first)
        #expect(flow.endReason == .fin)
        #expect(flow.key.initiator.address == PacketScript.client)
        #expect(flow.forward.packets == 5 && flow.backward.packets == 3)
        #expect(flow.forward.payloadOctets == 200 && flow.backward.payloadOctets == 1000)
        #expect(flow.durationMicroseconds == 7000)
        #expect(flow.forward.flagCounts[1] == 1 && flow.backward.flagCounts[1] == 1)
        #expect(flow.forward.flagCounts[0] == 1 && flow.backward.flagCounts[0] == 1)
        #expect(flow.observations == [])
        #expect(flow.firstPayloads.map(\.octets) == [200, -1000])
        #expect(flow.forward.initialWindow == 1000)
        #expect(flow.forward.roundTripMicroseconds == 1000)
        #expect(flow.backward.roundTripMicroseconds == 500)
    }

    @Test func `late packets belong to the ended flow for two seconds and then to a new one`() {
        var script = PacketScript()
        script.connection()
        script.tcp(16, sequence: 302, acknowledgement: 1502, at: 1_900_000)
        #expect(script.meter().map(\.packets) == [9])
        script.tcp(16, sequence: 302, acknowledgement: 1502, at: 4_000_000)
        #expect(script.meter().map(\.packets) == [9, 1])
    }

    @Test func `a SYN with another number after the end begins a new flow at once`() {
        var script = PacketScript()
        script.connection()
        script.tcp(2, sequence: 9000, at: 8000)
        let flows = script.meter()
        #expect(flows.map(\.packets) == [8, 1])
        #expect(flows.map(\.endReason) == [.fin, .endOfInput])
    }

    @Test func `a SYN that is sent again belongs to its flow`() {
        var script = PacketScript()
        script.tcp(2, sequence: 100)
        script.tcp(2, sequence: 100, at: 1_000_000)
        script.tcp(2, sequence: 100, at: 3_000_000)
        let flows = script.meter()
        #expect(flows.map(\.packets) == [3])
        #expect(flows.first?.forward.retransmissions == 2)
    }

    @Test func `a reset ends a flow`() {
        var script = PacketScript()
        script.tcp(2, sequence: 100)
        script.tcp(20, fromClient: false, acknowledgement: 101, at: 100)
        #expect(script.meter().map(\.endReason) == [.reset])
        script.tcp(2, sequence: 700, at: 5_000_000)
        #expect(script.meter().map(\.endReason) == [.reset, .endOfInput])
    }

    @Test func `an answer to a SYN that was not seen turns the flow round`() {
        var script = PacketScript()
        script.tcp(18, fromClient: false, sequence: 500, acknowledgement: 101)
        script.tcp(16, sequence: 101, acknowledgement: 501, at: 100)
        let flow = script.meter()[0]
        #expect(flow.key.initiator.address == PacketScript.client)
        #expect(flow.observations == [.startNotSeen, .turnedRound])
        #expect(flow.forward.packets == 1 && flow.backward.packets == 1)
        #expect(flow.forward.spanMicroseconds == 0 && flow.backward.spanMicroseconds == 0)
    }

    @Test func `silence beyond the idle timeout ends a flow, by the time of the packets`() {
        var script = PacketScript()
        script.udp()
        script.udp(at: 60_000_000)
        #expect(script.meter().map(\.packets) == [2])
        script.udp(at: 120_000_001)
        let flows = script.meter()
        #expect(flows.map(\.packets) == [2, 1])
        #expect(flows.map(\.endReason) == [.idle, .endOfInput])
    }

    @Test func `a silent flow ends although only others go on`() {
        var script = PacketScript()
        script.udp()
        for second in 1...70 { script.udp(clientPort: 6000, at: Int64(second) * 1_000_000) }
        let flows = script.meter()
        #expect(flows.map(\.endReason) == [.idle, .endOfInput])
        #expect(flows[0].packets == 1)
    }

    @Test func `a long flow is written in parts of one connection`() {
        var script = PacketScript()
        for second in 0...300 {
            script.udp(fromClient: second % 2 == 0, at: Int64(second) * 1_000_000)
        }
        let flows = script.meter()
        #expect(flows.map(\.packets) == [121, 121, 59])
        #expect(flows.map(\.endReason) == [.active, .active, .endOfInput])
        #expect(flows.map(\.part) == [0, 1, 2])
        #expect(Set(flows.map(\.connection)).count == 1)
        #expect(flows.allSatisfy { $0.key.initiator.address == PacketScript.client })
    }

    @Test
    func `pauses of more than five seconds part active from idle times`() {
        var script = PacketScript()
        for offset: Int64 in [0, 1, 2, 12, 13, 30] { script.udp(at: offset * 1_000_000) }
        let flow = script.meter()[0]
        #expect(flow.active.count == 3)
        #expect(flow.active.maximum == 2_000_000 && flow.active.minimum == 0)
        #expect(flow.idle.count == 2)
        #expect(flow.idle.maximum == 17_000_000)
        // Gaps of a second are none of more than a second.
        #expect(flow.longGaps == 2)
    }

    @Test func `an echo and its reply are one flow, another identifier is another`() {
        var script = PacketScript()
        script.icmp(8, identifier: 7)
        script.icmp(0, identifier: 7, fromClient: false, at: 100)
        script.icmp(8, identifier: 8, at: 200)
        let flows = script.meter()
        #expect(flows.map(\.packets) == [2, 1])
        #expect(flows[0].key.initiator.port == 7 && flows[0].key.responder.port == 8 << 8)
        #expect(flows[0].backward.packets == 1)
    }

    @Test func `later fragments join the flow of their first one`() {
        var script = PacketScript()
        script.udp(payload: 1400)
        script.change {
            $0.marks.insert(.firstFragment)
            $0.fragmentIdentification = 77
        }
        script.udp(payload: 600, at: 10)
        script.change {
            $0.marks.insert(.laterFragment)
            $0.fragmentIdentification = 77
            ($0.sourcePort, $0.destinationPort) = (0, 0)
        }
        let flows = script.meter()
        #expect(flows.map(\.packets) == [2])
        #expect(flows[0].observations.contains(.fragments))
        #expect(flows[0].forward.payloadOctets == 2000)
    }

    @Test func `time that runs backwards counts as standing still, and is marked`() {
        var script = PacketScript()
        script.udp(at: 1000)
        script.udp(at: 500)
        script.udp(at: 2000)
        let flow = script.meter()[0]
        #expect(flow.gaps.minimum == 0 && flow.gaps.maximum == 1000)
        #expect(flow.durationMicroseconds == 1000)
        #expect(flow.observations == .timeRanBackwards)
    }

    @Test func `segments sent again and segments out of order are told apart`() {
        var script = PacketScript()
        script.tcp(24, sequence: 1000, payload: 100)
        // A hole of one segment, filled half a millisecond later.
        script.tcp(24, sequence: 1200, payload: 100, at: 1000)
        script.tcp(24, sequence: 1100, payload: 100, at: 1500)
        // The last one once more after a while.
        script.tcp(24, sequence: 1200, payload: 100, at: 300_000)
        let forward = script.meter()[0].forward
        #expect(forward.outOfOrder == 1)
        #expect(forward.retransmissions == 1)
    }

    @Test func `copies of a packet are counted once each, and left out if asked for`() {
        var script = PacketScript()
        for offset: Int64 in [0, 3000, 20_000] {
            script.udp(payload: 50, at: offset)
            script.change { $0.fragmentIdentification = 4711 }
        }
        // Without octets there is no checksum, and nothing is a copy.
        #expect(script.meter()[0].forward.duplicates == 0)
        #expect(script.meter(octets: 64)[0].forward.duplicates == 1)
        let flow = script.meter(octets: 64) { $0.skipsDuplicates = true }[0]
        #expect(flow.forward.packets == 2 && flow.forward.duplicates == 1)
    }

    @Test func `four packets with payload close together are a bulk, real averages`() {
        var script = PacketScript()
        for step: Int64 in 0..<6 { script.udp(payload: 100, at: step * 100_000) }
        let flow = script.meter()[0]
        #expect(flow.forward.bulks == 1 && flow.forward.bulkPackets == 6)
        #expect(flow.forward.bulkOctets == 600 && flow.forward.bulkMicroseconds == 500_000)
    }

    @Test func `gaps add up to the duration and directions to the whole`() {
        var script = PacketScript()
        script.connection()
        script.connection(at: 20_000_000, clientPort: 41_000)
        for flow in script.meter() {
            #expect(
                (flow.gaps.mean * Double(flow.gaps.count)).rounded()
                    == Double(flow.durationMicroseconds))
            #expect(flow.lengths.count == flow.packets)
            #expect(
                flow.lengths.minimum <= flow.lengths.mean
                    && flow.lengths.mean <= flow.lengths.maximum)
        }
    }
}
