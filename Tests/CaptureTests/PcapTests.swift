import Capture
import NetworkTypes
import TestSupport
import Testing
import Wire

struct PcapTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test(arguments: [false, true], [0xa1b2_c3d4, 0xa1b2_3c4d] as [UInt32])
    func `both byte orders and both units of time are read`(isBigEndian: Bool, magic: UInt32) throws
    {
        var file = CaptureOctets(isBigEndian: isBigEndian)
        file.pcapHeader(magic: magic, link: 113)
        file.record(1_700_000_000, 123_456, data: [1, 2, 3], wire: 1500)
        file.record(1_700_000_001, 0, data: [])
        let unit: Int64 = magic == 0xa1b2_c3d4 ? 1000 : 1
        let read = ReadCapture(octets: file.octets)
        #expect(
            read.frames == [
                SeenFrame(
                    nanoseconds: 1_700_000_000_000_000_000 + 123_456 * unit, octets: [1, 2, 3],
                    wire: 1500, linkType: .linuxCooked, interface: 0),
                SeenFrame(
                    nanoseconds: 1_700_000_001_000_000_000, octets: [], wire: 0,
                    linkType: .linuxCooked, interface: 0),
            ])
        #expect(read.errors.isEmpty)
        #expect(read.counts.frames == 2 && read.counts.octets == 3)
        #expect(read.counts.truncatedFrames == 1 && read.counts.backwardFrames == 0)
    }

    @Test func `records of a patched libpcap have longer headers`() throws {
        let read = ReadCapture(octets: SampleCaptures.patched())
        #expect(read.frames.map(\.octets) == [[UInt8]](repeating: [1, 2, 3, 4], count: 4))
        #expect(read.errors.isEmpty)
    }

    @Test func `the upper bits of the link type are not part of it`() throws {
        var file = CaptureOctets()
        file.pcapHeader(link: 0x3000_0001)
        file.record()
        #expect(
            ReadCapture(octets: file.octets).frames.first?.linkType == .ethernet)
    }

    @Test(arguments: [(2, 60, 40), (3, 60, 40), (3, 40, 60)] as [(UInt16, UInt32, UInt32)])
    func `lengths of old versions stand the other way round`(
        minor: UInt16, first: UInt32, second: UInt32
    ) throws {
        var file = CaptureOctets()
        file.pcapHeader(minor: minor)
        file.record(data: [UInt8](repeating: 1, count: 40), captured: first, wire: second)
        let read = ReadCapture(octets: file.octets)
        #expect(read.frames.map(\.octets.count) == [40] && read.frames.map(\.wire) == [60])
    }

    @Test func `a file of version 1 is refused`() throws {
        var file = CaptureOctets()
        file.pcapHeader(major: 1)
        let read = ReadCapture(octets: file.octets)
        #expect(read.damage == .version(major: 1, minor: 4))
    }

    @Test func `times are unsigned seconds, and may run backwards`() throws {
        var file = CaptureOctets()
        file.pcapHeader()
        file.record(.max, .max)
        file.record(5)
        file.record(6)
        let read = ReadCapture(octets: file.octets)
        #expect(
            read.times == [
                4_294_967_295_000_000_000 + 4_294_967_295_000, 5_000_000_000, 6_000_000_000,
            ])
        #expect(read.counts.backwardFrames == 1)
    }

    @Test func `a wire length below what was captured is counted and raised`() throws {
        var file = CaptureOctets()
        file.pcapHeader()
        file.record(data: [1, 2, 3, 4], wire: 2)
        let read = ReadCapture(octets: file.octets)
        #expect(read.frames.map(\.wire) == [4] && read.counts.contradictoryFrames == 1)
    }

    @Test func `frames up to 256 KiB are read, longer ones are damage`() throws {
        var file = CaptureOctets()
        file.pcapHeader()
        file.record(data: [UInt8](repeating: 9, count: 262_144))
        file.record()
        file.record(data: [1], captured: 262_145)
        file.record()
        let read = ReadCapture(octets: file.octets)
        #expect(read.frames.map(\.octets.count) == [262_144, 4])
        #expect(read.damage == .frameTooLong(octets: 262_145, limit: 262_144))
        #expect(read.damageOffset == UInt64(24 + 16 + 262_144 + 20))
    }

    @Test func `every cut of a file gives the whole records before it, and says so`() throws {
        let octets = SampleCaptures.pcap(isBigEndian: false)
        let whole = ReadCapture(octets: octets).frames
        let ends = whole.reduce(into: [24]) { $0.append($0[$0.count - 1] + 16 + $1.octets.count) }
        for length in 0..<octets.count {
            let read = ReadCapture(octets: Array(octets.prefix(length)))
            let count = max(0, ends.prefix { $0 <= length }.count - 1)
            #expect(read.frames == Array(whole.prefix(count)), "cut at \(length)")
            #expect(read.errors.isEmpty == ends.contains(length), "cut at \(length)")
        }
    }

    @Test func `what cannot be opened is told with its reason`() throws {
        #expect(
            ReadCapture(folder.file("none")).errors.map(\.description)
                == ["\(folder.file("none")): cannot be opened: No such file or directory"])
        #expect(
            ReadCapture(folder.path).errors
                == [
                    .cannotOpen(
                        path: folder.path, reason: "it is a folder: name the captures in it")
                ])
    }

    @Test func `small batches and large ones give the same`() throws {
        let path = try folder.write(SampleCaptures.pcap(isBigEndian: true), to: "capture")
        let frames = ReadCapture(path, capacity: 1).frames
        #expect(frames.count == 8)
        for capacity in [2, 3, 8, 4096] {
            #expect(ReadCapture(path, capacity: capacity).frames == frames)
        }
    }

    @Test func `progress ends at the size of the file`() throws {
        let octets = SampleCaptures.pcap(isBigEndian: true)
        let file = try CaptureFile(path: try folder.write(octets, to: "capture"))
        var batch = FrameBatch()
        while try file.fill(&batch) {}
        #expect(file.progress.consumedOctets == UInt64(octets.count))
        #expect(file.progress.totalOctets == UInt64(octets.count))
    }
}
