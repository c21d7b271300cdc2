import Wire

/// Builds capture files octet by octet: a test says only what differs from an ordinary file.
struct CaptureOctets {
    var octets: [UInt8] = []
    let isBigEndian: Bool

    init(isBigEndian: Bool = false) { self.isBigEndian = isBigEndian }

    static func number<Number: FixedWidthInteger>(_ value: Number, isBigEndian: Bool) -> [UInt8] {
        withUnsafeBytes(of: isBigEndian ? value.bigEndian : value.littleEndian) { Array($0) }
    }

    mutating func put<Number: FixedWidthInteger>(_ value: Number) {
        octets += Self.number(value, isBigEndian: isBigEndian)
    }

    // MARK: classic pcap

    mutating func pcapHeader(
        magic: UInt32 = 0xa1b2_c3d4, major: UInt16 = 2, minor: UInt16 = 4, snap: UInt32 = 65535,
        link: UInt32 = 1
    ) {
        put(magic)
        put(major)
        put(minor)
        put(UInt64(0))
        put(snap)
        put(link)
    }

    mutating func record(
        _ seconds: UInt32 = 1, _ fraction: UInt32 = 0, data: [UInt8] = [1, 2, 3, 4],
        captured: UInt32? = nil, wire: UInt32? = nil, patched: Bool = false
    ) {
        put(seconds)
        put(fraction)
        put(captured ?? UInt32(data.count))
        put(wire ?? UInt32(data.count))
        if patched { put(UInt64(0)) }
        octets += data
    }

    // MARK: pcapng

    mutating func block(
        _ type: UInt32, _ body: [UInt8], length: UInt32? = nil, trailer: UInt32? = nil
    ) {
        let padded = body + [UInt8](repeating: 0, count: (4 - body.count % 4) % 4)
        put(type)
        put(length ?? UInt32(padded.count + 12))
        octets += padded
        put(trailer ?? length ?? UInt32(padded.count + 12))
    }

    private func body(_ build: (inout CaptureOctets) -> Void) -> [UInt8] {
        var inner = CaptureOctets(isBigEndian: isBigEndian)
        build(&inner)
        return inner.octets
    }

    mutating func section(major: UInt16 = 1, mark: UInt32 = 0x1a2b_3c4d, options: [UInt8] = []) {
        block(
            0x0a0d_0d0a,
            body {
                $0.put(mark)
                $0.put(major)
                $0.put(UInt16(0))
                $0.put(UInt64.max)
                $0.octets += options
            })
    }

    /// An option with its padding.
    func option(_ code: UInt16, _ value: [UInt8], count: UInt16? = nil) -> [UInt8] {
        body {
            $0.put(code)
            $0.put(count ?? UInt16(value.count))
            $0.octets += value + [UInt8](repeating: 0, count: (4 - value.count % 4) % 4)
        }
    }

    mutating func interface(link: UInt16 = 1, snap: UInt32 = 0, options: [UInt8] = []) {
        block(
            1,
            body {
                $0.put(link)
                $0.put(UInt16(0))
                $0.put(snap)
                $0.octets += options
            })
    }

    mutating func enhanced(
        _ ticks: UInt64 = 1_000_000, interface: UInt32 = 0, data: [UInt8] = [1, 2, 3, 4],
        captured: UInt32? = nil, wire: UInt32? = nil, options: [UInt8] = []
    ) {
        block(
            6,
            body {
                $0.put(interface)
                $0.put(UInt32(truncatingIfNeeded: ticks >> 32))
                $0.put(UInt32(truncatingIfNeeded: ticks))
                $0.put(captured ?? UInt32(data.count))
                $0.put(wire ?? UInt32(data.count))
                $0.octets += data + [UInt8](repeating: 0, count: (4 - data.count % 4) % 4) + options
            })
    }

    mutating func simple(data: [UInt8] = [1, 2, 3, 4], wire: UInt32? = nil) {
        block(
            3,
            body {
                $0.put(wire ?? UInt32(data.count))
                $0.octets += data
            })
    }

    mutating func oldPacket(
        _ ticks: UInt64 = 1_000_000, interface: UInt16 = 0, drops: UInt16 = 0,
        data: [UInt8] = [1, 2, 3, 4]
    ) {
        block(
            2,
            body {
                $0.put(interface)
                $0.put(drops)
                $0.put(UInt32(truncatingIfNeeded: ticks >> 32))
                $0.put(UInt32(truncatingIfNeeded: ticks))
                $0.put(UInt32(data.count))
                $0.put(UInt32(data.count))
                $0.octets += data
            })
    }

    mutating func statistics(interface: UInt32 = 0, options: [UInt8]) {
        block(
            5,
            body {
                $0.put(interface)
                $0.put(UInt64(0))
                $0.octets += options
            })
    }

    func long(_ value: UInt64) -> [UInt8] { Self.number(value, isBigEndian: isBigEndian) }
}

/// A small file of each kind: what mutations start from.
enum SampleCaptures {
    static let all: [[UInt8]] = [
        pcap(isBigEndian: false, magic: 0xa1b2_c3d4), pcap(isBigEndian: true, magic: 0xa1b2_3c4d),
        patched(), pcapng(isBigEndian: false), pcapng(isBigEndian: true),
    ]

    /// A file of every kind there is, for fuzzing.
    static let named: [(name: String, octets: [UInt8])] = [
        ("pcap microseconds", pcap(isBigEndian: false)),
        ("pcap microseconds big endian", pcap(isBigEndian: true)),
        ("pcap nanoseconds", pcap(isBigEndian: false, magic: 0xa1b2_3c4d)),
        ("pcap nanoseconds big endian", pcap(isBigEndian: true, magic: 0xa1b2_3c4d)),
        ("pcap patched", patched()), ("pcap of old versions", old(minor: 2) + old(minor: 3)),
        ("pcapng", pcapng(isBigEndian: false)), ("pcapng big endian", pcapng(isBigEndian: true)),
        ("pcapng both", pcapng(isBigEndian: false) + pcapng(isBigEndian: true)),
        ("pcapng every block", everyBlock()),
    ]

    static func pcap(isBigEndian: Bool, magic: UInt32 = 0xa1b2_c3d4) -> [UInt8] {
        var file = CaptureOctets(isBigEndian: isBigEndian)
        file.pcapHeader(magic: magic)
        for number in 0..<8 as Range<UInt32> {
            file.record(
                1000 + number, number * 7,
                data: [UInt8](repeating: UInt8(number), count: 10 + 9 * Int(number)))
        }
        return file.octets
    }

    static func patched() -> [UInt8] {
        var file = CaptureOctets()
        file.pcapHeader(magic: 0xa1b2_cd34)
        for number in 0..<4 as Range<UInt32> { file.record(number, patched: true) }
        return file.octets
    }

    /// Versions that had the lengths of a frame the other way round, or either.
    static func old(minor: UInt16) -> [UInt8] {
        var file = CaptureOctets(isBigEndian: true)
        file.pcapHeader(minor: minor)
        file.record(captured: 9, wire: 4)
        return file.octets
    }

    /// Blocks that hold no frames, among them names, secrets, a journal's entry and custom blocks.
    static func everyBlock() -> [UInt8] {
        var file = CaptureOctets()
        file.section()
        for (link, resolution) in [(1, 6), (113, 0x8a), (101, 0), (276, 3)] as [(UInt16, UInt8)] {
            file.interface(link: link, snap: 64, options: file.option(9, [resolution]))
        }
        for type in [4, 7, 8, 9, 10, 11, 0xbad, 0x4000_0bad, 0x8000_0001] as [UInt32] {
            file.block(type, [1, 0, 4, 0, 1, 2, 3, 4, 0, 0, 0, 0])
        }
        for interface in 0..<4 as Range<UInt32> {
            file.enhanced(UInt64(interface) << 33, interface: interface, wire: 90)
        }
        file.statistics(interface: 3, options: file.option(5, file.long(9)))
        return file.octets
    }

    static func pcapng(isBigEndian: Bool) -> [UInt8] {
        var file = CaptureOctets(isBigEndian: isBigEndian)
        file.section(options: file.option(4, Array("sample".utf8)))
        file.interface(options: file.option(9, [9]) + file.option(2, Array("eth0".utf8)))
        file.interface(snap: 96, options: file.option(14, file.long(3600)))
        for number in 0..<4 as Range<UInt32> {
            file.enhanced(
                UInt64(number) << 30, interface: number % 2,
                data: [UInt8](repeating: 7, count: Int(number) * 5 + 1),
                options: file.option(1, [65]))
        }
        file.simple()
        file.oldPacket(interface: 1)
        file.block(4, [1, 0, 4, 0, 1, 2, 3, 4, 0, 0, 0, 0])
        file.statistics(options: file.option(5, file.long(2)) + file.option(7, file.long(3)))
        file.section()
        file.interface(link: 101)
        file.enhanced(5)
        return file.octets
    }
}
