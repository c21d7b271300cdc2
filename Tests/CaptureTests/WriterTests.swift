import Capture
import Foundation
import NetworkTypes
import TestSupport
import Testing
import Wire

struct WriterTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private let wired = CaptureInterface(name: "eth0", linkType: .ethernet)
    private let tunnel = CaptureInterface(name: "tun0", linkType: .raw)

    /// Copies a capture through the writer, and counts what was written.
    @discardableResult
    private func copy(
        _ source: String, to name: String, interfaces: [CaptureInterface],
        rotation: CaptureWriter.Rotation = .never, counts: [LiveCapture.InterfaceCounts] = []
    ) throws -> [String] {
        let writer = try CaptureWriter(
            path: folder.file(name), interfaces: interfaces, rotation: rotation)
        let file = try CaptureFile(path: source)
        var batch = FrameBatch()
        while try file.fill(&batch) { try writer.write(batch) }
        try writer.finish(counts)
        #expect(writer.writtenFrames == file.counts.frames && writer.unwrittenFrames == 0)
        return writer.files
    }

    private func sample(seconds: [UInt32], octets: Int = 60) throws -> String {
        var file = CaptureOctets()
        file.pcapHeader(magic: 0xa1b2_3c4d)
        for (index, second) in seconds.enumerated() {
            file.record(
                second, UInt32(index),
                data: [UInt8](repeating: UInt8(index & 255), count: octets + index % 4),
                wire: 1514)
        }
        return try folder.write(file.octets, to: "sample")
    }

    @Test(arguments: ["copy.pcap", "copy.pcapng", "copy"])
    func `what was recorded is read back alike, by us and by libpcap`(name: String) throws {
        let source = try sample(seconds: [1, 5, 5, 1_700_000_000, .max])
        #expect(try copy(source, to: name, interfaces: [wired]) == [folder.file(name)])
        let (before, after) = (ReadCapture(source), ReadCapture(folder.file(name)))
        #expect(after.frames == before.frames && after.errors.isEmpty)
        let theirs = LibpcapReading(folder.file(name))
        #expect(theirs.error == nil && theirs.frames.count == 5)
        #expect(SharedCaptureTests.differences(after, theirs).isEmpty)
        #expect(try folder.names() == [name, "sample"])
        let isClassic = try folder.octets(name).prefix(4) == [0x4d, 0x3c, 0xb2, 0xa1]
        #expect(isClassic == (name == "copy.pcap"))
    }

    @Test func `several interfaces and link types need pcapng, whatever the name`() throws {
        let source = try folder.write(SampleCaptures.pcapng(isBigEndian: true), to: "source")
        try copy(source, to: "copy.pcap", interfaces: [wired, wired, tunnel])
        let (before, after) = (ReadCapture(source), ReadCapture(folder.file("copy.pcap")))
        #expect(after.errors.isEmpty && after.times == before.times)
        #expect(after.frames.map(\.octets) == before.frames.map(\.octets))
        #expect(after.frames.map(\.linkType) == before.frames.map(\.linkType))
        // The last section's interface 0 was of another link type: it became one of its own.
        #expect(after.frames.map(\.interface) == [0, 1, 0, 1, 0, 1, 3])
    }

    @Test func `a recording without frames is a whole file`() throws {
        for name in ["none.pcap", "none.pcapng"] {
            try CaptureWriter(path: folder.file(name), interfaces: [wired]).finish()
            #expect(ReadCapture(folder.file(name)).errors.isEmpty)
            #expect(LibpcapReading(folder.file(name)).isOpened)
        }
    }

    @Test func `drops are told in the file`() throws {
        var counts = LiveCapture.InterfaceCounts(name: "eth0")
        counts.droppedByKernel = 4
        counts.droppedByInterface = 3
        try copy(try sample(seconds: [1]), to: "copy.pcapng", interfaces: [wired], counts: [counts])
        #expect(ReadCapture(folder.file("copy.pcapng")).counts.droppedFrames == 7)
    }

    @Test func `a file is begun when the last would grow too large`() throws {
        let source = try sample(seconds: [UInt32](repeating: 7, count: 400), octets: 1000)
        let files = try copy(source, to: "r.pcap", interfaces: [wired], rotation: .octets(100_000))
        #expect(files.count == 5)
        #expect(files.first == folder.file("r-00001-19700101T000007Z.pcap"))
        let sizes = try files.map {
            try folder.octets(String($0.split(separator: "/").last!)).count
        }
        #expect(sizes.allSatisfy { $0 <= 100_000 })
        #expect(files.flatMap { ReadCapture($0).frames } == ReadCapture(source).frames)
    }

    @Test func `a file is begun when its time is over`() throws {
        let source = try sample(seconds: [0, 1, 59, 60, 61, 119, 200, 500, 501])
        let files = try copy(source, to: "r.pcapng", interfaces: [wired], rotation: .seconds(60))
        #expect(files.map { ReadCapture($0).frames.count } == [3, 3, 1, 2])
        #expect(files.last == folder.file("r-00004-19700101T000820Z.pcapng"))
    }

    @Test func `a recording that is given up leaves nothing`() throws {
        do {
            let writer = try CaptureWriter(path: folder.file("x.pcap"), interfaces: [wired])
            _ = writer
            #expect(try folder.names() == ["x.pcap.partial"])
        }
        #expect(try folder.names() == [])
    }

    @Test func `a folder that is not there is refused at once`() {
        #expect(throws: CaptureError.self) {
            try CaptureWriter(path: folder.file("no/x.pcap"), interfaces: [wired])
        }
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
    func `a full disk stops the recording once and frames are only counted then`() throws {
        try FileManager.default.createSymbolicLink(
            atPath: folder.file("x.pcap.partial"), withDestinationPath: "/dev/full")
        let writer = try CaptureWriter(path: folder.file("x.pcap"), interfaces: [wired])
        let file = try CaptureFile(
            path: try sample(seconds: [UInt32](repeating: 1, count: 3000), octets: 1000))
        var batch = FrameBatch(capacity: 500)
        var errors: [CaptureError] = []
        while try file.fill(&batch) {
            do throws(CaptureError) {
                try writer.write(batch)
            } catch {
                errors.append(error)
            }
        }
        try writer.finish()
        #expect(errors.count == 1)
        #expect("\(errors)".contains("No space left on device"))
        #expect(writer.writtenFrames == 0 && writer.files.isEmpty)
        #expect(writer.unwrittenFrames > 1000)
        #expect(!folder.has("x.pcap"))
    }

    @Test func `settings out of range are refused`() {
        for rotation in [.octets(1000), .seconds(0)] as [CaptureWriter.Rotation] {
            #expect(throws: CaptureError.self) {
                try CaptureWriter(path: folder.file("x"), interfaces: [], rotation: rotation)
            }
        }
    }
}
