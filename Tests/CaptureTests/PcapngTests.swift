import Capture
import NetworkTypes
import Testing
import Wire

struct PcapngTests {
    private func capture(
        isBigEndian: Bool = false, _ build: (inout CaptureOctets) -> Void
    ) -> ReadCapture {
        var file = CaptureOctets(isBigEndian: isBigEndian)
        build(&file)
        return ReadCapture(octets: file.octets)
    }

    @Test(arguments: [false, true])
    func `sections, interfaces and all kinds of packet blocks are read`(isBigEndian: Bool) throws {
        let read = ReadCapture(
            octets: SampleCaptures.pcapng(isBigEndian: isBigEndian))
        #expect(read.errors.isEmpty)
        #expect(read.frames.map(\.octets.count) == [1, 6, 11, 16, 4, 4, 4])
        #expect(read.frames.map(\.interface) == [0, 1, 0, 1, 0, 1, 0])
        #expect(read.frames.map(\.linkType) == [LinkType](repeating: .ethernet, count: 6) + [.raw])
        let hour: Int64 = 3_600_000_000_000
        #expect(
            read.times == [
                0, (1 << 30) * 1000 + hour, 2 << 30, (3 << 30) * 1000 + hour,
                (3 << 30) * 1000 + hour, 1_000_000_000 + hour, 5000,
            ])
        #expect(read.counts.skippedBlocks == 1 && read.counts.droppedFrames == 5)
        #expect(read.counts.backwardFrames == 3)
    }

    @Test(
        arguments: [
            (6, 1_500_000, 1_500_000_000), (3, 1500, 1_500_000_000), (9, 15, 15),
            (0, 7, 7_000_000_000),
            (12, 1999, 1), (19, 10_000_000_000_000_000_000, 1_000_000_000),
            (0x80, 3, 3_000_000_000), (0x81, 3, 1_500_000_000), (0x94, 1 << 20, 1_000_000_000),
            (0xbf, 1 << 62, 500_000_000), (0x9e, 1, 0),
        ] as [(UInt8, UInt64, Int64)])
    func `clocks tick in powers of ten and of two`(
        resolution: UInt8, ticks: UInt64, nanoseconds: Int64
    ) throws {
        let read = capture {
            $0.section()
            $0.interface(options: $0.option(9, [resolution]))
            $0.enhanced(ticks)
        }
        #expect(read.times == [nanoseconds] && read.errors.isEmpty)
    }

    @Test(arguments: [20, 0xc0, 0xff] as [UInt8])
    func `a clock finer than can be counted is refused`(resolution: UInt8) throws {
        let read = capture {
            $0.section()
            $0.interface(options: $0.option(9, [resolution]))
        }
        #expect(read.damage == .timeResolution(resolution))
    }

    @Test(
        arguments: [
            (.max, 0, 9_223_372_035), (.max, .max, 9_223_372_035), (0, .min, -9_223_372_035),
            (5, -10, -5), (.max, .min, 9_223_372_035),
        ] as [(UInt64, Int64, Int64)])
    func `times beyond what can be told become the nearest end`(
        ticks: UInt64, offset: Int64, seconds: Int64
    ) throws {
        let read = capture {
            $0.section()
            $0.interface(
                options: $0.option(9, [0]) + $0.option(14, $0.long(UInt64(bitPattern: offset))))
            $0.enhanced(ticks)
        }
        #expect(read.times == [seconds * 1_000_000_000])
    }

    @Test func `a simple packet is cut at the interface's snap length`() throws {
        let read = capture {
            $0.section()
            $0.interface(snap: 4)
            $0.simple(data: [1, 2, 3, 4], wire: 100)
        }
        #expect(read.frames.map(\.octets) == [[1, 2, 3, 4]] && read.frames.map(\.wire) == [100])
        #expect(read.counts.truncatedFrames == 1)
    }

    @Test func `sections of both byte orders follow each other`() throws {
        let octets =
            SampleCaptures.pcapng(isBigEndian: true) + SampleCaptures.pcapng(isBigEndian: false)
        let read = ReadCapture(octets: octets)
        #expect(read.frames.count == 14 && read.errors.isEmpty)
        #expect(Array(read.frames[..<7]) == Array(read.frames[7...]))
    }

    @Test func `drops told by statistics are cumulative, those of old blocks are not`() throws {
        let read = capture {
            $0.section()
            $0.interface()
            $0.statistics(options: $0.option(5, $0.long(10)))
            $0.statistics(options: $0.option(5, $0.long(12)))
            $0.oldPacket(drops: 3)
            $0.oldPacket(drops: .max)
            $0.statistics(interface: 9, options: $0.option(5, $0.long(10)))
            $0.statistics(options: $0.option(5, $0.long(20), count: 60))
        }
        #expect(read.counts.droppedFrames == 15 && read.counts.skippedBlocks == 1)
        #expect(read.errors.isEmpty)
    }

    @Test func `large unknown blocks are skipped`() throws {
        let read = capture {
            $0.section()
            $0.interface()
            $0.block(0x8000_0001, [UInt8](repeating: 1, count: 3 << 20))
            $0.enhanced()
        }
        #expect(read.frames.count == 1 && read.counts.skippedBlocks == 1 && read.errors.isEmpty)
    }

    @Test func `every cut of a file gives the whole blocks before it`() throws {
        let octets = SampleCaptures.pcapng(isBigEndian: false)
        let whole = ReadCapture(octets: octets).frames
        var last = 0
        for length in 0..<octets.count {
            let read = ReadCapture(octets: Array(octets.prefix(length)))
            #expect(read.frames == Array(whole.prefix(read.frames.count)), "cut at \(length)")
            #expect(read.frames.count >= last)
            last = read.frames.count
        }
        #expect(last == 6)
    }

    typealias Case = (CaptureDamage, @Sendable (inout CaptureOctets) -> Void)

    static let damages: [Case] = [
        (.blockLength(0), { $0.block(6, [], length: 0) }),
        (.blockLength(8), { $0.block(9, [], length: 8) }),
        (.blockLength(13), { $0.block(9, [1], length: 13) }),
        (.blockLength(0xffff_fffc), { $0.block(9, [], length: 0xffff_fffc) }),
        (.blockLength(12), { $0.block(6, []) }),
        (.blockLength(16), { $0.block(6, [0, 0, 0, 0]) }),
        (.blockLength(12), { $0.block(3, []) }),
        (.blockLength(12), { $0.block(2, []) }),
        (.blockLength(16), { $0.block(1, [0, 0, 0, 0]) }),
        (.blockTrailer(header: 16, trailer: 20), { $0.block(9, [1, 2, 3, 4], trailer: 20) }),
        (.unknownInterface(number: 2, described: 1), { $0.enhanced(interface: 2) }),
        (.unknownInterface(number: .max, described: 1), { $0.enhanced(interface: .max) }),
        (.frameOverrunsBlock(octets: 5, block: 36), { $0.enhanced(captured: 5) }),
        (.frameTooLong(octets: .max, limit: 262_144), { $0.enhanced(captured: .max) }),
        (.frameOverrunsBlock(octets: 60, block: 20), { $0.simple(wire: 60) }),
        (.option(code: 2, octets: 100), { $0.interface(options: $0.option(2, [1], count: 100)) }),
        (.option(code: 9, octets: 2), { $0.interface(options: $0.option(9, [1, 2])) }),
        (.option(code: 14, octets: 4), { $0.interface(options: $0.option(14, [1, 2, 3, 4])) }),
        (.byteOrderMark(0x1234_5678), { $0.section(mark: 0x1234_5678) }),
        (.version(major: 2, minor: 0), { $0.section(major: 2) }),
        (.cut(needed: 12, available: 5), { $0.octets += [6, 0, 0, 0, 9] }),
        (.cut(needed: 4096, available: 12), { $0.block(9, [], length: 4096) }),
    ]

    @Test(arguments: damages.indices)
    func `damage is named with its place, behind all frames before it`(index: Int) throws {
        var file = CaptureOctets()
        file.section()
        file.interface()
        file.enhanced()
        let offset = UInt64(file.octets.count)
        let (damage, build) = Self.damages[index]
        build(&file)
        if case .cut = damage {} else { file.enhanced() }
        let read = ReadCapture(octets: file.octets)
        #expect(read.damage == damage)
        #expect(read.damageOffset == offset)
        #expect(read.frames.count == 1)
        #expect("\(read.errors)".contains("octet \(offset)"))
    }
}
