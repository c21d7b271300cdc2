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
