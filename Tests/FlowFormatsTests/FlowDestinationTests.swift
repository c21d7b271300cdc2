import FlowFormats
import Flows
import Foundation
import NetworkTypes
import TestSupport
import Testing

private func time(_ seconds: Int64) -> Timestamp {
    Timestamp(nanoseconds: sampleStart.nanoseconds + seconds * 1_000_000_000)
}

private func writer(
    _ destination: FlowDestination, _ format: FlowRecordWriter.Format = .csv
) throws -> FlowRecordWriter {
    try FlowRecordWriter(
        format, columns: .all, mode: .corrected, clock: .utc, to: destination)
}

private func rotation(seconds: Int? = nil, octets: Int? = nil) throws -> FileRotation {
    try #require(FileRotation(seconds: seconds, octets: octets))
}

struct FlowDestinationTests {
    @Test(arguments: FlowRecordWriter.Format.allCases)
    func `a file without flows has its columns alone`(_ format: FlowRecordWriter.Format) throws {
        let folder = try TemporaryFolder()
        try writer(.file(folder.file("t")), format).finish()
        #expect(try folder.names() == ["t"])
        if format == .jsonl {
            #expect(try folder.octets("t").isEmpty)
        } else {
            let table = try TableFile(path: folder.file("t"), header: nil)
            #expect(table.layout.header == FlowColumnSet.all.names)
        }
    }

    @Test(arguments: FlowRecordWriter.Format.allCases)
    func `a writer that is dropped leaves no file`(_ format: FlowRecordWriter.Format) throws {
        let folder = try TemporaryFolder()
        func drop() throws {
            var writer = try writer(.file(folder.file("t")), format)
            try writer.write(Array(repeating: labelledFlow(), count: 20_000), at: sampleStart)
        }
        try drop()
        #expect(try folder.names().isEmpty)
    }

    @Test(arguments: FlowRecordWriter.Format.allCases)
    func `files are rotated by the meter's clock at multiples of the time`(
        _ format: FlowRecordWriter.Format
    ) throws {
        let folder = try TemporaryFolder()
        var writer = try writer(
            .rotated(folder.file("flows.csv"), rotation(seconds: 60)), format)
        try writer.write([labelledFlow()], at: time(0))
        try writer.write([labelledFlow()], at: time(37))
        // Parquet makes the file with its first row group
        let partial = format == .parquet ? [] : ["flows-20150331T113200Z.csv.partial"]
        #expect(try folder.names() == partial)
        try writer.write([], at: time(38))
        #expect(try folder.names() == ["flows-20150331T113200Z.csv"])
        try writer.write([labelledFlow()], at: time(3600))
        // a little back belongs to the same file, far back does not
        try writer.write([labelledFlow()], at: time(3550))
        try writer.write([labelledFlow()], at: time(0))
        try writer.finish()
        #expect(
            try folder.names() == [
                "flows-20150331T113200Z-2.csv", "flows-20150331T113200Z.csv",
                "flows-20150331T123200Z.csv",
            ])
    }

    @Test func `a file takes no more flows once it is large enough`() throws {
        let folder = try TemporaryFolder()
        var all = try writer(.rotated(folder.file("flows.jsonl"), rotation(octets: 10_000)), .jsonl)
        for step in 0..<50 {
            try all.write([labelledFlow(), sampleFlow()], at: time(Int64(step)))
        }
        try all.finish()
        let sizes = try folder.names().map { try folder.octets($0).count }
        #expect(sizes.count > 10)
        #expect(sizes.dropLast().allSatisfy { (10_000..<14_000).contains($0) })
        let lines = try folder.names().flatMap { try folder.text($0).split(separator: "\n") }
        #expect(lines.count == 100)
    }

    @Test func `rotated Parquet files are whole too`() throws {
        let folder = try TemporaryFolder()
        var all = try writer(
            .rotated(folder.file("flows.parquet"), rotation(octets: 1)), .parquet)
        try all.write(Array(repeating: labelledFlow(), count: 40_000), at: time(0))
        try all.finish()
        let names = try folder.names()
        #expect(names.count == 3)
        let rows = try names.map {
            try ReadTable(folder.file($0), numbers: ["part"]).numbers[0].count
        }
        #expect(rows.reduce(0, +) == 40_000)
    }

    @Test func `nothing rotates by no time or no octets`() {
        #expect(FileRotation(seconds: nil, octets: nil) == nil)
        #expect(FileRotation(seconds: 0, octets: nil) == nil)
        #expect(FileRotation(seconds: 60, octets: -1) == nil)
    }

    @Test func `a stream gets each batch at once`() throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        var stream = try writer(.stream(descriptor: ends[1], name: "standard output"), .jsonl)
        try stream.write([sampleFlow()], at: sampleStart)
        var octets = [UInt8](repeating: 0, count: 1 << 16)
        let count = read(ends[0], &octets, octets.count)
        #expect(octets[..<max(0, count)].last == UInt8(ascii: "\n"))
        try stream.finish()
        close(ends[0])
        #expect(write(ends[1], "", 0) == 0, "the descriptor is its owner's")
        close(ends[1])
    }

    @Test func `a reader who goes away ends the output quietly`() throws {
        signal(SIGPIPE, SIG_IGN)
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        defer { close(ends[1]) }
        var stream = try writer(.stream(descriptor: ends[1], name: "standard output"))
        try stream.write([sampleFlow()], at: sampleStart)
        let wasClosed = stream.isClosed
        #expect(!wasClosed)
        close(ends[0])
        try stream.write([sampleFlow()], at: sampleStart)
        let isClosed = stream.isClosed
        #expect(isClosed)
        try stream.write([sampleFlow()], at: sampleStart)
        try stream.finish()
    }

    @Test func `a full disk is named`() throws {
        var full = try writer(.file("/dev/full"))
        let flows = Array(repeating: sampleFlow(), count: 100)
        let error = #expect(throws: TableError.self) { try full.write(flows, at: sampleStart) }
        #expect(
            error?.description
                == "/dev/full: cannot be written: No space left on device: free space or choose another folder"
        )
    }

    @Test func `places that take no table are refused at once`() throws {
        let folder = try TemporaryFolder()
        for place in [folder.path, folder.file("no/such/t.csv")] {
            #expect(throws: TableError.self) { _ = try writer(.file(place)) }
        }
        #expect(throws: TableError.self) {
            _ = try writer(.rotated(folder.file("no/t.csv"), rotation(seconds: 1)))
        }
        #expect(throws: TableError.self) { _ = try writer(.file("/dev/null"), .parquet) }
        #expect(throws: TableError.self) {
            _ = try writer(.stream(descriptor: 1, name: "standard output"), .parquet)
        }
    }

    @Test(arguments: [
        ("UTC", 0), ("utc", 0), ("Z", 0), ("UTC-3", -10_800), ("+02:00", 7200), ("-0330", -12_600),
        ("UTC+5:30", 19_800), ("GMT+14", 50_400), ("\u{2212}3", -10_800), ("+23:59", 86_340),
    ]) func `offsets are read`(_ text: String, _ seconds: Int) {
        #expect(ClockOffset(text)?.seconds(at: sampleStart) == seconds)
    }

    @Test(arguments: [
        "", "3", "+", "UTC3", "+24", "+1:2", "+12:60", "+12345", "Europe/Berlin", "+1:2:3", "+:30",
        "++3", "+٣",
    ]) func `other texts are no offsets`(_ text: String) {
        #expect(ClockOffset(text) == nil)
    }
}
