import Foundation
import Wire

// Writes the seeds of the fuzz programs, one file each, from the frames that the tests build.

let linkTypes: [LinkType] = [
    .ethernet, .linuxCooked, .linuxCooked2, .raw, .radiotap, .ieee80211, .null, .loop, .ppp,
    .pppHDLC, .ciscoHDLC, .ipv4, .ipv6,
]

func write(_ octets: Octets, _ kind: String, _ name: String) throws {
    let folder = URL(filePath: CommandLine.arguments[1]).appending(path: kind)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let plain = name.lowercased().split { !$0.isLetter && !$0.isNumber }.joined(separator: "-")
    try Data(octets).write(to: folder.appending(path: plain))
}

guard CommandLine.arguments.count == 2 else {
    print("write-corpus FOLDER")
    exit(2)
}
for encapsulation in Encapsulation.all {
    guard let selector = linkTypes.firstIndex(of: encapsulation.linkType) else { continue }
    try write([UInt8(selector), 0, 0, 0] + encapsulation.octets, "frames", encapsulation.name)
}
for tunnel in TunnelCase.all {
    try write([0, 0, 0, 0] + ethernet(ipv4(tunnel.outer)), "frames", "tunnel \(tunnel.name)")
}
let extensions: [(Int, Octets)] = [
    (0, [0] + .filler(6)), (43, [1] + .filler(14)), (44, [0, 0, 1, 0, 0, 0, 1]),
]
try write(
    [0, 0, 0, 0] + ethernet(ipv6(udp(.filler(20)), extensions: extensions)), "frames", "extensions")
try write(
    [0, 0, 0, 0] + ethernet(ipv4(tcp(flags: 2, options: [2, 4, 5, 0xb4, 1, 3, 3, 7]))), "frames",
    "options")
try write([0, 0, 0, 0] + ethernet(ipv4(udp(to: 53, DNS.answer))), "frames", "dns")
try write([0, 0, 0, 0] + ethernet(arp(), type: 0x0806), "frames", "arp")
try write(DNS.answer, "dns", "answer")
try write(.word16(DNS.answer.count) + DNS.answer, "dns", "segment")
try write(DNS.header(flags: 0x0100) + DNS.question(DNS.name("example", "org")), "dns", "query")
try write(arp(), "arp", "request")
try write(arp(operation: 2), "arp", "reply")

// The first octet says how many frames or observations are asked for at a time, and whether a capture is
// merged with itself.
for (name, capture) in SampleCaptures.named {
    try write([0xc2] + capture, "captures", name)
    for packing in Packing.allCases {
        try write([5] + packing.pack(capture), "captures", "\(name) \(packing)")
    }
}
let twoMembers = Packing.gzip.pack(SampleCaptures.patched())
try write([0] + twoMembers + [0, 0] + twoMembers, "captures", "two gzip members")
let zeekNames = zeekLog(
    "dns", "ts id.orig_h id.resp_h query qtype rcode",
    ["1.5 10.0.0.1 10.0.0.2 WWW.Example.COM. 28 3", "2 10.0.0.1 fe80::2 a\\x00b 16 -"])
let zeekJSON = """
    {"_path":"conn","ts":1.5,"id.orig_h":"10.0.0.1","id.orig_p":5,"id.resp_h":"10.0.0.2","id.resp_p":53,\
    "proto":"udp","service":"dns","duration":0.5,"orig_pkts":1,"orig_ip_bytes":60,"resp_pkts":1,\
    "resp_ip_bytes":80,"conn_state":"SF"}
    """
let flowTable = """
    Source.IP,Source.Port,Destination.IP,Destination.Port,Protocol,Timestamp,Flow.Duration,\
    Total.Fwd.Packets,Total.Backward.Packets,Total.Length.of.Fwd.Packets,Total.Length.of.Bwd.Packets,ProtocolName
    10.0.0.1,5000,192.0.2.7,53,17,26/04/201711:11:17,1000,1,1,60,80,DNS

    """
let zeekConnections = zeekLog("conn", zeekFields, zeekRows)
let events = eveLines.joined(separator: "\n")
let argus = ([argusHeader] + argusRows).joined(separator: "\r\n")
let logs: [(name: String, text: String)] = [
    ("zeek connections", zeekConnections), ("zeek names", zeekNames), ("zeek json", zeekJSON),
    ("suricata", events), ("argus", argus), ("flow table", flowTable),
]
for (name, text) in logs {
    let octets = Array(text.utf8)
    try write([3] + octets, "logs", name)
    try write([3] + Packing.zstd.pack(octets), "logs", name + " zstd")
}
