import CFuzzer
import NetworkTypes
import Wire

// Input: an octet that chooses the link type, one with switches, two that say how much longer the frame was
// on the wire, then the frame. What the short and the general way give must be alike and in bounds.

let linkTypes: [LinkType] = [
    .ethernet, .linuxCooked, .linuxCooked2, .raw, .radiotap, .ieee80211, .null, .loop, .ppp,
    .pppHDLC, .ciscoHDLC, .ipv4, .ipv6,
]

@MainActor func decode(_ input: UnsafeRawBufferPointer) {
    guard input.count >= 4 else { return }
    let octets = UnsafeRawBufferPointer(rebasing: input[4...])
    let longer = UInt32(input[2]) << 8 | UInt32(input[3])
    let frame = CapturedFrame(
        octets: octets, timestamp: Timestamp(nanoseconds: 0),
        wireOctets: UInt32(octets.count) + longer,
        linkType: linkTypes[Int(input[0]) % linkTypes.count], interface: 0)
    var configuration = PacketDecoder.Configuration()
    configuration.followsTunnels = input[1] & 1 == 0
    configuration.verifiesChecksums = input[1] & 2 == 0
    var short = PacketDecoder(configuration: configuration)
    var general = PacketDecoder(configuration: configuration)
    var (packet, other) = (Packet(), Packet())
    let outcome = short.decode(frame, into: &packet)
    precondition(outcome == general.decodeGenerally(frame, into: &other))
    precondition(short.counts == general.counts)
    guard outcome == .packet else { return }
    precondition(packet == other)
    precondition(Int(packet.payloadOffset) + Int(packet.capturedPayloadOctets) <= octets.count)
    precondition(Int(packet.payloadOffset) + Int(packet.untrimmedPayloadOctets) <= octets.count)
    precondition(packet.capturedPayloadOctets <= packet.payloadOctets)
    precondition(packet.payloadOctets <= packet.ipOctets && packet.ipOctets <= packet.frameOctets)
    if DNSMessage.isExpected(in: packet) {
        _ = try? DNSMessage(datagram: frame.payload(of: packet).bytes)
    }
}

var (count, arguments) = (CommandLine.argc, CommandLine.unsafeArgv)
_ = LLVMFuzzerRunDriver(&count, &arguments) { data, size in
    MainActor.assumeIsolated { decode(UnsafeRawBufferPointer(start: data, count: size)) }
    return 0
}
