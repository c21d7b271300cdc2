import NetworkTypes
import Statistics
import TestSupport
import Testing
import Wire

/// Damages octets in the ways that find mistakes in decoders of lengths and offsets.
struct Mutator {
    private var generator: SeededGenerator
    private let seeds: [Octets]

    init(seeds: [Octets], name: String) {
        self.seeds = seeds
        generator = SeededGenerator(seed: 2017, name: name)
    }

    /// Numbers that lengths, types and offsets turn at.
    private let edges: [UInt8] = [
        0, 1, 2, 4, 5, 6, 8, 0x0f, 0x11, 0x29, 0x2f, 0x3b, 0x3c, 0x3f, 0x40, 0x45, 0x4f, 0x60, 0x7f,
        0x80, 0x81, 0xbf, 0xc0, 0xf0, 0xfe, 0xff,
    ]

    /// Writes a mutant over what the buffer holds and draws what the frame claims to have been.
    mutating func next(into octets: inout Octets) -> UInt32 {
        let draw = generator.next()
        let seed = seeds[Int(draw & 0xffff) % seeds.count]
        octets.removeAll(keepingCapacity: true)
        octets.append(contentsOf: seed)
        for _ in 0...(draw >> 16 & 3) where !octets.isEmpty { mutate(&octets) }
        switch draw >> 20 & 7 {
        case 0: return UInt32(truncatingIfNeeded: draw >> 32)
        case 1: return 0
        case 2: return UInt32(octets.count) + UInt32(draw >> 32 & 0x7ff)
        default: return UInt32(octets.count)
        }
    }

    /// One mutation of octets that are some; one draw gives its kind, its place and its value.
    private mutating func mutate(_ octets: inout Octets) {
        let draw = generator.next()
        // Headers lie at the beginning.
        let reach = draw & 0x300 == 0 ? octets.count : min(octets.count, 80)
        let place = Int(draw >> 16 & 0xffff) % reach
        let value = UInt8(truncatingIfNeeded: draw >> 32)
        switch draw & 7 {
        case 0, 1: octets[place] ^= 1 << (value & 7)
        case 2, 3: octets[place] = edges[Int(value) % edges.count]
        case 4: octets[place] = value
        case 5: octets.removeLast(octets.count - place)
        case 6: octets.insert(value, at: place)
        default:
            let from = Int(draw >> 40 & 0xffff) % octets.count
            let count = min(Int(value & 31), octets.count - max(from, place))
            for index in 0..<count { octets[place + index] = octets[from + index] }
        }
    }
}

struct MutationTests {
    static let count = 1_000_000

    /// Frames of a link type: built ones, and captured ones where there are captures.
    private static func seeds(_ linkType: LinkType) -> [Octets] {
        var seeds = Encapsulation.all.filter { $0.linkType == linkType }.map(\.octets)
        if linkType == .ethernet {
            seeds += TunnelCase.all.map { ethernet(ipv4($0.outer)) }
            seeds.append(ethernet(ipv6(tcp(), extensions: [(0, [0] + .filler(6))])))
            seeds.append(ethernet(arp(), type: 0x0806))
        }
        var captured: [Octets] = []
        if Places.hasShared {
            for file in CaptureFile.all where file.linkType == linkType {
                captured += file.frames.filter { $0.count < 400 }.prefix(10)
            }
        }
        // Many captured frames are of one kind: half of all seeds are built ones.
        let copies = max(1, captured.count / seeds.count)
        return captured + Array(repeating: seeds, count: copies).joined()
    }

    @Test(arguments: [
        LinkType.ethernet, .linuxCooked, .linuxCooked2, .raw, .radiotap, .ieee80211, .null, .ppp,
        .ciscoHDLC,
    ])
    func `mutated frames are decoded in bounds, alike in both ways`(_ linkType: LinkType) {
        var mutator = Mutator(seeds: Self.seeds(linkType), name: "\(linkType.rawValue)")
        var (short, general) = (PacketDecoder(), PacketDecoder())
        var (packet, other) = (Packet(), Packet())
        var octets: Octets = []
        var (failures, packets) = (0, 0)
        for _ in 0..<Self.count {
            let wireOctets = mutator.next(into: &octets)
            let isRight = octets.withUnsafeBytes { memory in
                let frame = CapturedFrame(
                    octets: memory, timestamp: Timestamp(nanoseconds: .min),
                    wireOctets: wireOctets, linkType: linkType, interface: 0)
                let outcome = short.decode(frame, into: &packet)
                guard outcome == general.decodeGenerally(frame, into: &other) else { return false }
                guard outcome == .packet else { return true }
                packets += 1
                return packet == other && packet.isInBounds(of: frame)
            }
            if !isRight { failures += 1 }
        }
        #expect(failures == 0)
        #expect(packets > Self.count / 10)
        #expect(short.counts == general.counts)
        #expect(short.counts.isBalanced)
    }

    @Test func `mutated DNS messages are decoded in bounds`() {
        var seeds = [
            DNS.answer, DNS.header(questions: 3) + DNS.question([0xc0, 0]),
            DNS.header(answers: 1) + DNS.question(DNS.name("a", "b"))
                + DNS.record([0xc0, 12], type: 1, .filler(4)),
        ]
        if Places.hasShared { seeds += Self.capturedDNS() }
        var mutator = Mutator(seeds: seeds, name: "DNS")
        var octets: Octets = []
        var (messages, failures) = (0, 0)
        for _ in 0..<Self.count {
            _ = mutator.next(into: &octets)
            octets.withUnsafeBytes { memory in
                if let message = try? DNSMessage(datagram: memory.bytes) {
                    messages += 1
                    if message.queryName.octetCount > 255 || message.addressCount > 4
                        || message.answerOctets > memory.count
                    {
                        failures += 1
                    }
                }
                _ = try? DNSMessage(segment: memory.bytes)
            }
        }
        #expect(failures == 0)
        #expect(messages > Self.count / 10)
    }

    private static func capturedDNS() -> [Octets] {
        var found: [Octets] = []
        var decoder = PacketDecoder()
        var packet = Packet()
        for file in CaptureFile.all {
            file.forEach { frame in
                guard found.count < 1000, decoder.decode(frame, into: &packet) == .packet,
                    packet.isUDP, DNSMessage.isExpected(in: packet)
                else { return }
                found.append(Octets(frame.payload(of: packet)))
            }
        }
        return found
    }

    @Test func `mutated ARP messages are decoded in bounds`() {
        var mutator = Mutator(seeds: [arp(), arp(operation: 2)], name: "ARP")
        var octets: Octets = []
        var messages = 0
        for _ in 0..<Self.count {
            _ = mutator.next(into: &octets)
            octets.withUnsafeBytes { memory in
                let message = try? ARPMessage(
                    memory.bytes, timestamp: Timestamp(nanoseconds: 0))
                if message != nil { messages += 1 }
            }
        }
        #expect(messages > Self.count / 10)
    }
}

extension Packet {
    /// What a packet says never reaches beyond its frame.
    func isInBounds(of frame: CapturedFrame) -> Bool {
        let count = frame.octets.count
        let wire = max(Int(frame.wireOctets), count)
        return Int(payloadOffset) + Int(capturedPayloadOctets) <= count
            && Int(payloadOffset) + Int(untrimmedPayloadOctets) <= count
            && capturedPayloadOctets <= payloadOctets
            && Int(ipOctets) <= wire && payloadOctets <= ipOctets
            && Int(ipOffset) < count && Int(frameOctets) == wire
            && frame.payload(of: self).count == Int(capturedPayloadOctets)
            && (tunnel != .none) == marks.contains(.tunnelled)
    }
}
