import ApplicationLabels
import Foundation
import TestSupport
import Testing

/// nDPI is C and reads what strangers wrote. It must survive, and stay within its bounds.
@Suite(.serialized) struct HostileInputTests {
    @Test func `two hundred thousand mutated packets pass`() throws {
        var random = SeededBits(state: 0x5EED)
        var bases = SamplePackets.each
        if Places.hasShared {
            for path in Places.files(in: Places.shared + "/pcap/ndpi") where path.contains(".pcap")
            {
                guard !path.contains("/expected/") else { continue }
                bases += try CaptureFile(path).packets.prefix(40).map { Array($0.octets) }
            }
        }
        let labeller = try LabellerSubject()
        var slot = labeller.open()!
        var flowPackets = 0
        for round in 0..<200_000 {
            var packet = bases[Int(random.next() % UInt64(bases.count))]
            mutate(&packet, &random)
            let wantsMore = labeller.show(
                packet, slot, nanoseconds: Int64(bitPattern: random.next()),
                isFromInitiator: random.next() & 1 == 0)
            flowPackets += 1
            // Short flows of packets that do not belong together, and some long ones.
            guard !wantsMore || flowPackets > (round % 16 == 0 ? 30 : 3) else { continue }
            let label = labeller.close(slot)
            #expect((label.serverName?.unicodeScalars.count ?? 0) <= 8 * 255)
            slot = labeller.open()!
            flowPackets = 0
        }
        _ = labeller.close(slot)
        #expect(labeller.watchedFlows == 0 && labeller.openSlots == 0)
        #expect(labeller.counters.inspectedPackets > 80_000)
    }

    @Test func `every prefix of a packet passes`() throws {
        let labeller = try LabellerSubject()
        for packet in SamplePackets.each {
            for count in 0...packet.count {
                let slot = labeller.open()!
                _ = labeller.show(packet.prefix(count), slot, nanoseconds: .min)
                _ = labeller.close(slot)
            }
        }
        #expect(labeller.watchedFlows == 0)
    }

    @Test func `memory does not grow over a million flows`() throws {
        let labeller = try LabellerSubject()
        var sizes: [Int] = []
        for round in 0..<1_000_000 {
            let slot = labeller.open()!
            let packet = SamplePackets.each[round % SamplePackets.each.count]
            _ = labeller.show(packet, slot, nanoseconds: Int64(round) * 1000)
            _ = labeller.close(slot)
            if round % 100_000 == 99_999 { sizes.append(residentOctets()) }
        }
        // Tests beside this one take and give back memory too, but not all the time: sixteen octets a flow would.
        let growth = zip(sizes.dropFirst(), sizes).map { $0 - $1 }.sorted()
        #expect(growth[growth.count / 2] < 1 << 20)
        #expect(labeller.memoryOctets < 4 << 20)
    }

    @Test func `what nDPI keeps of unfinished handshakes is bounded`() throws {
        var settings = NDPILabeller.Configuration()
        settings.heapLimitOctets = 2 << 20
        let labeller = try LabellerSubject(settings)
        // A TLS record that promises 16 KB and never ends: nDPI collects it.
        let hello = SamplePackets.clientHello("www.example.com")
        let record: [UInt8] = [0x16, 3, 1, 0x3F, 0xFF, 1, 0, 0x3F, 0xF0] + hello.dropFirst(9)
        let part = record + Array(repeating: 0, count: 1400 - record.count)
        for flow in 0..<5000 {
            guard let slot = labeller.open() else { break }
            let packet = SamplePackets.ipv4(6, SamplePackets.tcp(1024 + flow, 443, part))
            _ = labeller.show(packet, slot)
        }
        #expect(labeller.openSlots == 5000)
        #expect(labeller.counters.hurriedFlows > 0)
        #expect(labeller.memoryOctets < 16 << 20)
    }

    @Test(.enabled(if: Places.hasShared)) func `every capture passes, the broken ones too`() throws
    {
        let labeller = try LabellerSubject()
        var flows = 0
        let kinds = ["pcap", "pcapng", "cap", "trace"]
        for path in Places.files(in: Places.shared + "/pcap")
        where kinds.contains((path as NSString).pathExtension) {
            let capture = try CaptureFile(path)
            flows += LabelledFlows(capture, labeller).labels.count
        }
        #expect(flows > 8000 && labeller.watchedFlows == 0 && labeller.openSlots == 0)
    }

    /// A few octets changed, copied, cut off or put in; headers less often than payload.
    private func mutate(_ packet: inout [UInt8], _ random: inout SeededBits) {
        guard packet.count > 44 else { return }
        let start = random.next() % 8 == 0 ? 0 : 28
        for _ in 0..<(1 + random.next() % 6) {
            let at = start + Int(random.next() % UInt64(packet.count - start))
            switch random.next() % 6 {
            case 0: packet[at] = UInt8(truncatingIfNeeded: random.next())
            case 1: packet[at] ^= 1 << UInt8(random.next() % 8)
            case 2: packet[at] = [0, 0xFF, 0x7F, 0x80][Int(random.next() % 4)]
            case 3: packet.insert(contentsOf: packet[at...].prefix(Int(random.next() % 20)), at: at)
            case 4 where packet.count > 80: packet.removeSubrange(at..<min(at + 4, packet.count))
            case 5 where random.next() % 4 == 0 && at > 40: packet.removeSubrange(at...)
            default: break
            }
            guard packet.count > 44 else { return }
        }
    }

    private func residentOctets() -> Int {
        let pages = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?
            .split(separator: " ").dropFirst().first.flatMap { Int($0) }
        return (pages ?? 0) * 4096
    }
}

/// SplitMix64: the same numbers from the same seed.
struct SeededBits {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = state
        bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
        return bits ^ bits >> 31
    }
}
