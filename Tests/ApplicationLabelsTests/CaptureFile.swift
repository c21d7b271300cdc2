import Foundation

/// IP packets of a pcap or pcapng file, read whole; what cannot be read ends the file.
struct CaptureFile {
    struct Packet {
        var octets: ArraySlice<UInt8>
        var nanoseconds: Int64
    }

    private(set) var packets: [Packet] = []
    private let bytes: [UInt8]
    private var isLittle = true

    init(_ path: String) throws {
        bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
        guard bytes.count > 24 else { return }
        switch Array(bytes[0..<4]) {
        case [0xD4, 0xC3, 0xB2, 0xA1]: readClassic(ticks: 1_000_000)
        case [0x4D, 0x3C, 0xB2, 0xA1]: readClassic(ticks: 1_000_000_000)
        case [0xA1, 0xB2, 0xC3, 0xD4]:
            isLittle = false
            readClassic(ticks: 1_000_000)
        case [0xA1, 0xB2, 0x3C, 0x4D]:
            isLittle = false
            readClassic(ticks: 1_000_000_000)
        case [0x0A, 0x0D, 0x0D, 0x0A]: readBlocks()
        default: break
        }
    }

    private mutating func readClassic(ticks: Int64) {
        let link = u32(20) & 0xFFFF
        var at = 24
        while at + 16 <= bytes.count {
            let captured = u32(at + 8)
            guard captured <= 1 << 20, at + 16 + captured <= bytes.count else { return }
            let fraction = Int64(u32(at + 4)) &* (1_000_000_000 / ticks)
            let time = Int64(u32(at)) &* 1_000_000_000 &+ fraction
            add(bytes[(at + 16)..<(at + 16 + captured)], link, time)
            at += 16 + captured
        }
    }

    private mutating func readBlocks() {
        var at = 0
        var interfaces: [(link: Int, ticks: Double)] = []
        while at + 12 <= bytes.count {
            if bytes[at] == 0x0A, bytes[at + 3] == 0x0A {
                isLittle = bytes[at + 8] == 0x4D
                interfaces = []
            }
            let (kind, length) = (u32(at), u32(at + 4))
            guard length >= 12, length % 4 == 0, at + length <= bytes.count else { return }
            if kind == 1, length >= 20 {
                interfaces.append((u16(at + 8), ticksPerSecond(at + 16, at + length - 4)))
            } else if kind == 6, length >= 32 {
                let captured = u32(at + 20)
                let number = u32(at + 8)
                if number < interfaces.count, captured <= length - 32 {
                    let ticks = UInt64(u32(at + 12)) << 32 | UInt64(u32(at + 16))
                    let seconds = Double(ticks) / interfaces[number].ticks
                    let time = Int64(exactly: (seconds * 1e9).rounded()) ?? 0
                    add(bytes[(at + 28)..<(at + 28 + captured)], interfaces[number].link, time)
                }
            } else if kind == 3, length >= 16, let first = interfaces.first {
                add(bytes[(at + 12)..<(at + 12 + min(u32(at + 8), length - 16))], first.link, 0)
            }
            at += length
        }
    }

    private func ticksPerSecond(_ start: Int, _ end: Int) -> Double {
        var at = start
        while at + 4 <= end {
            let (code, length) = (u16(at), u16(at + 2))
            if code == 9, length == 1, at + 4 < end {
                let value = Int(bytes[at + 4])
                return value & 0x80 == 0 ? pow(10, Double(value)) : pow(2, Double(value & 0x7F))
            }
            at += 4 + (length + 3) & ~3
        }
        return 1e6
    }

    /// Keeps the IP packet of a frame: Ethernet with VLAN tags, PPPoE, Linux cooked, raw, loopback.
    private mutating func add(_ frame: ArraySlice<UInt8>, _ link: Int, _ time: Int64) {
        var rest = frame
        switch link {
        case 1:
            var kind = Self.big16(rest, 12)
            rest = rest.dropFirst(14)
            while kind == 0x8100 || kind == 0x88A8 {
                kind = Self.big16(rest, 2)
                rest = rest.dropFirst(4)
            }
            if kind == 0x8864 {
                kind = Self.big16(rest, 6) == 0x21 ? 0x800 : 0x86DD
                rest = rest.dropFirst(8)
            }
            guard kind == 0x800 || kind == 0x86DD else { return }
        case 113: rest = rest.dropFirst(16)
        case 276: rest = rest.dropFirst(20)
        case 0, 108: rest = rest.dropFirst(4)
        case 12, 14, 101, 228, 229: break
        default: return
        }
        guard let first = rest.first, first >> 4 == 4 || first >> 4 == 6 else { return }
        packets.append(Packet(octets: rest, nanoseconds: time))
    }

    private static func big16(_ octets: ArraySlice<UInt8>, _ offset: Int) -> Int {
        guard octets.count >= offset + 2 else { return 0 }
        let at = octets.startIndex + offset
        return Int(octets[at]) << 8 | Int(octets[at + 1])
    }

    private func u16(_ at: Int) -> Int {
        let (first, second) = (Int(bytes[at]), Int(bytes[at + 1]))
        return isLittle ? first | second << 8 : first << 8 | second
    }

    private func u32(_ at: Int) -> Int {
        isLittle ? u16(at) | u16(at + 2) << 16 : u16(at) << 16 | u16(at + 2)
    }
}
