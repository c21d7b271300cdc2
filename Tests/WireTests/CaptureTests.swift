import TestSupport
import Testing
import Wire

/// Real captures, where they are there: sums over a file against those of another decoder.
@Suite(.enabled(if: Places.hasShared))
struct CaptureTests {
    struct Sums: Equatable {
        var frames = 0
        var packets = 0
        var segments = 0
        var segmentPayload = 0
        var datagrams = 0
        var datagramPayload = 0
        var arp = 0
        var tagged = 0
    }

    /// Counted with tshark 4.0.17: `tcp.len`, `udp.length` less 8, of the innermost packet.
    static let expected: [(String, Sums)] = [
        ("ndpi/1kxun.pcap", sums(1723, 1723, 1381, 2_377_982, 342, 49_334, 0, 0)),
        ("ndpi/wechat.pcap", sums(1672, 1672, 1433, 537_610, 211, 23_190, 0, 0)),
        ("ndpi/synscan.pcap", sums(2011, 2011, 2011, 0, 0, 0, 0, 0)),
        ("ndpi/dns-tunnel-iodine.pcap", sums(438, 434, 0, 0, 434, 52_024, 4, 0)),
        ("ndpi/bot.pcap", sums(402, 402, 402, 407_096, 0, 0, 0, 402)),
        ("ndpi/ocs.pcap", sums(946, 946, 938, 12_054, 8, 307, 0, 0)),
        ("ndpi/quickplay.pcap", sums(155, 155, 155, 95_867, 0, 0, 0, 0)),
        ("arkime/modbus.pcap", sums(1237, 1237, 1237, 57_851, 0, 0, 0, 0)),
        ("arkime/gtp-iphone.pcap", sums(106, 106, 58, 11_906, 40, 4_479, 0, 0)),
        ("arkime/http2-nghttp2.pcap", sums(101, 101, 101, 64_897, 0, 0, 0, 0)),
        ("arkime/80211http.pcap", sums(26, 26, 26, 8_592, 0, 0, 0, 0)),
        ("tcpdump/linktypes/HDLC.pcap", sums(38, 10, 0, 0, 0, 0, 0, 0)),
        ("tcpdump/linktypes/quic_retry.pcap", sums(23, 23, 0, 0, 23, 8_079, 0, 0)),
    ]

    private static func sums(
        _ frames: Int, _ packets: Int, _ segments: Int, _ segmentPayload: Int, _ datagrams: Int,
        _ datagramPayload: Int, _ arp: Int, _ tagged: Int
    ) -> Sums {
        Sums(
            frames: frames, packets: packets, segments: segments, segmentPayload: segmentPayload,
            datagrams: datagrams, datagramPayload: datagramPayload, arp: arp, tagged: tagged)
    }

    @Test(arguments: expected.indices)
    func `sums over a capture are those of another decoder`(_ index: Int) throws {
        let (name, expected) = Self.expected[index]
        let file = try #require(CaptureFile(path: "\(CaptureFile.folder)/\(name)"))
        var decoder = PacketDecoder()
        var packet = Packet()
        var sums = Sums()
        file.forEach { frame in
            sums.frames += 1
            switch decoder.decode(frame, into: &packet) {
            case .arp: sums.arp += 1
            case .packet:
                sums.packets += 1
                sums.tagged += packet.vlan > 0 ? 1 : 0
                if packet.isTCP {
                    sums.segments += 1
                    sums.segmentPayload += Int(packet.payloadOctets)
                } else if packet.isUDP {
                    sums.datagrams += 1
                    sums.datagramPayload += Int(packet.payloadOctets)
                }
            default: break
            }
        }
        #expect(sums == expected)
        #expect(decoder.counts.isBalanced)
    }

    @Test(arguments: [true, false])
    func `the short way and the general way agree on every frame`(_ followsTunnels: Bool) {
        var configuration = PacketDecoder.Configuration()
        configuration.followsTunnels = followsTunnels
        var short = PacketDecoder(configuration: configuration)
        var general = PacketDecoder(configuration: configuration)
        var (one, other) = (Packet(), Packet())
        var (frames, disagreements) = (0, 0)
        for file in CaptureFile.all {
            file.forEach { frame in
                frames += 1
                let outcome = short.decode(frame, into: &one)
                if outcome != general.decodeGenerally(frame, into: &other) { disagreements += 1 }
                if outcome == .packet, one != other { disagreements += 1 }
            }
        }
        #expect(frames > 10_000)
        #expect(disagreements == 0)
        #expect(short.counts == general.counts)
        #expect(short.counts.isBalanced)
    }
}
