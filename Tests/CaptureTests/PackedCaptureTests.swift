import Capture
import Foundation
import Statistics
import TestSupport
import Testing
import Wire

struct PackedCaptureTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A file larger than any buffer on its way.
    static let large: [UInt8] = {
        var file = CaptureOctets()
        file.pcapHeader()
        var random = SeededGenerator(seed: 3)
        for number in 0..<4000 as Range<UInt32> {
            file.record(number, data: (0..<400).map { _ in UInt8(random.index(below: 30)) })
        }
        return file.octets
    }()

    @Test(arguments: Packing.allCases)
    func `a packed capture reads like the plain one`(packing: Packing) throws {
        for octets in SampleCaptures.all + [Self.large] {
            let plain = ReadCapture(octets: octets)
            let packed = ReadCapture(octets: packing.pack(octets))
            #expect(packed.frames == plain.frames && packed.counts == plain.counts)
            #expect(packed.errors.isEmpty)
        }
    }

    @Test(arguments: Packing.allCases)
    func `frames and members that follow each other are one capture`(packing: Packing) throws {
        let parts = stride(from: 0, to: Self.large.count, by: 500_000).map { start in
            packing.pack(Array(Self.large[start..<min(start + 500_000, Self.large.count)]))
        }
        let read = ReadCapture(octets: Array(parts.joined()))
        #expect(read.frames.count == 4000 && read.errors.isEmpty)
    }

    @Test func `zeros behind a gzip member are padding`() throws {
        let octets = Packing.gzip.pack(SampleCaptures.pcap(isBigEndian: false))
        let read = ReadCapture(octets: octets + [UInt8](repeating: 0, count: 700))
        #expect(read.frames.count == 8 && read.errors.isEmpty)
    }

    @Test(arguments: Packing.allCases)
    func `a packed capture that ends early gives its frames and says so`(packing: Packing) throws {
        let octets = packing.pack(Self.large)
        let read = ReadCapture(octets: Array(octets.dropLast(octets.count / 3)))
        #expect(read.frames.count > 1000 && read.frames.count < 4000)
        #expect(read.damage == .compression("they end early"))
    }

    @Test(arguments: Packing.allCases)
    func `packed octets that were changed are damage, not a crash`(packing: Packing) throws {
        var octets = packing.pack(Self.large)
        for index in octets.count / 2..<octets.count / 2 + 40 { octets[index] ^= 0x5a }
        let read = ReadCapture(octets: octets)
        // Only gzip always carries a checksum.
        #expect(read.errors.count == 1 || (packing != .gzip && read.frames.count == 4000))
    }

    @Test(arguments: Packing.allCases)
    func `packed garbage is no capture`(packing: Packing) throws {
        let read = ReadCapture(
            octets: packing.pack(Array("<!DOCTYPE html>".utf8)))
        guard case .notACapture = read.errors.first else {
            Issue.record("\(read.errors)")
            return
        }
    }

    @Test(arguments: [false, true])
    func `a pipe is read as it comes`(isPacked: Bool) throws {
        let path = folder.file("pipe")
        try #require(mkfifo(path, 0o600) == 0)
        let octets = isPacked ? Packing.zstd.pack(Self.large) : Self.large
        Thread.detachNewThread {
            let file = fopen(path, "w")
            for start in stride(from: 0, to: octets.count, by: 3001) {
                let part = Array(octets[start..<min(start + 3001, octets.count)])
                fwrite(part, 1, part.count, file)
                fflush(file)
            }
            fclose(file)
        }
        let read = ReadCapture(path, capacity: 1000)
        #expect(read.frames.count == 4000 && read.errors.isEmpty)
    }

    @Test func `standard input is read, and a quiet one does not block`() throws {
        var ends: [CInt] = [0, 0]
        try #require(pipe(&ends) == 0)
        let saved = dup(STDIN_FILENO)
        dup2(ends[0], STDIN_FILENO)
        defer {
            dup2(saved, STDIN_FILENO)
            for descriptor in ends + [saved] { close(descriptor) }
        }
        let octets = SampleCaptures.pcap(isBigEndian: false)
        let file = try CaptureFile(path: "-")
        #expect(file.path == "standard input" && file.progress.totalOctets == nil)
        var batch = FrameBatch()
        #expect(try file.fill(&batch) && batch.count == 0)
        #expect(write(ends[1], octets, 60) == 60)
        #expect(try file.fill(&batch) && batch.count == 1)
        #expect(write(ends[1], Array(octets[60...]), octets.count - 60) == octets.count - 60)
        #expect(try file.fill(&batch) && batch.count == 7)
        close(ends[1])
        ends[1] = dup(saved)
        #expect(try !file.fill(&batch))
    }
}
