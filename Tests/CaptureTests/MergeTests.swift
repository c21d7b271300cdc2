import Capture
import Statistics
import TestSupport
import Testing
import Wire

struct MergeTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func write(
        _ name: String, times: [UInt32], mark: UInt8, tail: [UInt8] = []
    ) throws -> String {
        var file = CaptureOctets()
        file.pcapHeader()
        for time in times { file.record(time, data: [mark]) }
        return try folder.write(file.octets + tail, to: name)
    }

    @Test func `frames of several files come in the order of time, ties in that of the files`()
        throws
    {
        let paths = [
            try write("a", times: [1, 4, 4, 9], mark: 0), try write("b", times: [], mark: 1),
            try write("c", times: [2, 4, 8], mark: 2), try write("d", times: [0, 4], mark: 3),
        ]
        let read = try ReadCapture(merging: paths)
        #expect(read.times.map { $0 / 1_000_000_000 } == [0, 1, 2, 4, 4, 4, 4, 8, 9])
        #expect(read.frames.map { $0.octets[0] } == [3, 0, 2, 0, 0, 2, 3, 2, 0])
        #expect(read.counts.frames == 9)
    }

    @Test func `many random files merge like a stable sort`() throws {
        var random = SeededGenerator(seed: 5)
        var expected: [(UInt32, UInt8)] = []
        var paths: [String] = []
        for file in 0..<40 as Range<UInt8> {
            let times = (0..<random.index(below: 900)).map { _ in UInt32(random.index(below: 5000))
            }
            .sorted()
            expected += times.map { ($0, file) }
            paths.append(try write("\(file)", times: times, mark: file))
        }
        let order = expected.enumerated().sorted {
            ($0.element.0, $0.offset) < ($1.element.0, $1.offset)
        }
        let read = try ReadCapture(merging: paths, capacity: 300)
        #expect(read.times == order.map { Int64($0.element.0) * 1_000_000_000 })
        #expect(read.frames.map { $0.octets[0] } == order.map(\.element.1))
    }

    @Test func `a damaged file does not end the others`() throws {
        let paths = [
            try write("a", times: [1, 5], mark: 0, tail: [1, 2, 3]),
            try write("b", times: [2, 6, 7], mark: 1),
            try write("c", times: [3], mark: 2, tail: [9]),
        ]
        let read = try ReadCapture(merging: paths)
        #expect(read.frames.map { $0.octets[0] } == [0, 1, 2, 0, 1, 1])
        #expect(
            Set(read.errors.map(\.description)).map { $0.split(separator: ":")[0] }.sorted()
                == [paths[0], paths[2]].map { $0[...] })
    }

    @Test func `files of different formats and packing merge`() throws {
        let paths = [
            try folder.write(Packing.gzip.pack(SampleCaptures.pcap(isBigEndian: true)), to: "a"),
            try folder.write(Packing.lz4.pack(SampleCaptures.pcapng(isBigEndian: true)), to: "b"),
        ]
        let read = try ReadCapture(merging: paths)
        #expect(read.frames.count == 15 && read.errors.isEmpty)
        let merged = try MergedCaptures(paths: paths)
        #expect(merged.progress.totalOctets ?? 0 > 100)
    }

    @Test func `one file alone is read as it is`() throws {
        let path = try write("a", times: [3, 1, 2], mark: 0, tail: [1])
        let read = try ReadCapture(merging: [path])
        #expect(read.frames == ReadCapture(path).frames && read.errors.count == 1)
        #expect(read.counts.backwardFrames == 1)
    }

    @Test func `a missing file is refused at once`() throws {
        #expect(throws: CaptureError.self) { try ReadCapture(merging: [folder.file("none")]) }
    }
}
