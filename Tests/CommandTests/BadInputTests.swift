import Foundation
import Statistics
import TestSupport
import Testing

/// An input that is wrong in one way, and how the program must answer it.
struct BadInput: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let status: Int32
    /// Words that the message must have.
    let words: [String]
    let make: @Sendable (TemporaryFolder) throws -> [String]

    /// A file of these octets.
    init(
        _ name: String, _ status: Int32, _ words: String..., file: String = "flows.csv",
        octets: @escaping @Sendable () throws -> [UInt8]
    ) {
        testDescription = name
        self.status = status
        self.words = words
        make = { folder in [try folder.write(octets(), to: file)] }
    }

    init(
        _ name: String, _ status: Int32, _ words: String...,
        arguments: @escaping @Sendable (TemporaryFolder) throws -> [String]
    ) {
        testDescription = name
        self.status = status
        self.words = words
        make = arguments
    }

    /// A small whole table, changed.
    static func changed(_ change: (inout [String]) -> Void) -> [UInt8] {
        var lines = FlowTableText(varied: 300).lines
        change(&lines)
        return Array(lines.map { $0 + "\n" }.joined().utf8)
    }

    static func random(_ count: Int) -> [UInt8] {
        var generator = SeededGenerator(seed: 17)
        return (0..<count).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
    }

    /// Runs `sh` in the folder, for inputs that other tools make best.
    static func shell(_ script: String, in folder: TemporaryFolder) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", "cd '\(folder.path)' && \(script)"]
        try process.run()
        process.waitUntilExit()
    }

    static let refused: [BadInput] = [
        BadInput("a file that is not there", 1, "cannot be opened") { [$0.file("nothing.csv")] },
        BadInput("an empty file", 1, "the file is empty") { [] },
        BadInput("an empty file called Parquet", 1, "the file is empty", file: "flows.parquet") {
            []
        },
        BadInput("a folder without tables", 1, "no flow tables in this folder") { [$0.path] },
        BadInput("binary octets", 1, "not a flow table", "binary") { random(100_000) },
        BadInput("a picture renamed", 1, "not a flow table", file: "flows.csv") {
            [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 0x0D] + random(3000)
        },
        BadInput(
            "noise behind Parquet's first octets", 1, "not a flow table", file: "flows.parquet"
        ) {
            Array("PAR1".utf8) + random(5000) + Array("PAR1".utf8)
        },
        BadInput("noise behind gzip's first octets", 1, "flows.csv.gz", file: "flows.csv.gz") {
            [0x1F, 0x8B] + random(5000)
        },
        BadInput("noise behind zstd's first octets", 1, "flows.csv.zst", file: "flows.csv.zst") {
            [0x28, 0xB5, 0x2F, 0xFD] + random(5000)
        },
        BadInput("UTF-16", 1, "binary") { changed { _ in }.flatMap { [$0, 0] } },
        BadInput("a hundred thousand columns", 1, "100000 columns", "limit") {
            Array(((0..<100_000).map { "c\($0)" }.joined(separator: ",") + "\n1,2\n").utf8)
        },
        BadInput("a hundred thousand columns with long names", 1, "no line feed in the first") {
            Array(((0..<100_000).map { "column \($0)" }.joined(separator: ",") + "\n1,2\n").utf8)
        },
        BadInput("a header file of a hundred thousand names", 1, "columns", "limit") { folder in
            let names = (0..<20_000).map { "c\($0)" }.joined(separator: "\n")
            let row = Array(repeating: "1", count: 20_000).joined(separator: ",") + "\n"
            let table = try folder.write(row + row + row, to: "wide.csv")
            return [
                table, "--header", try folder.write(names, to: "names.txt"), "--score-features",
                "c1",
            ]
        },
        BadInput("only a header", 1, "no usable rows") { changed { $0 = [$0[0]] } },
        BadInput("a missing column", 1, "lacks Flow.Bytes.s") {
            Array(FlowTableText(.unicauca, without: ["Flow.Bytes.s"]).text.utf8)
        },
        BadInput("two missing columns, both named", 1, "lacks Average.Packet.Size, Active.Mean") {
            Array(
                FlowTableText(.unicauca, without: ["Active.Mean", "Average.Packet.Size"]).text.utf8)
        },
        BadInput("some other table", 1, "lacks", "--score-features") {
            Array("name,age\nAda,36\n".utf8)
        },
        BadInput("a semicolon in place of every second comma", 1, "lacks") {
            changed { lines in
                for index in lines.indices {
                    lines[index] = lines[index].split(
                        separator: ",", omittingEmptySubsequences: false
                    ).enumerated()
                        .reduce(into: "") { $0 += $1.element + ($1.offset % 2 == 0 ? ";" : ",") }
                }
            }
        },
        BadInput(
            "only words where numbers should be", 1, "no usable rows",
            "not a number in Flow.Duration"
        ) {
            var flows = FlowTableText()
            flows.add(50, ["Flow.Duration": "long"])
            return Array(flows.text.utf8)
        },
        BadInput(
            "every row shorter than the header", 1,
            "header names 87 columns but rows have 86 fields"
        ) {
            changed { lines in
                for index in lines.indices.dropFirst() {
                    if let comma = lines[index].lastIndex(of: ",") {
                        lines[index] = String(lines[index][..<comma])
                    }
                }
            }
        },
        BadInput("seventy thousand applications", 1, "distinct applications", "--group") {
            var flows = FlowTableText()
            for index in 0..<70_000 { flows.add(["ProtocolName": "A\(index)"]) }
            return Array(flows.text.utf8)
        },
        BadInput("a group column that is not there", 1, "lacks Service") { folder in
            [
                try folder.write(FlowTableText(varied: 10).text, to: "flows.csv"), "--group",
                "Service",
            ]
        },
        BadInput("sixty-four megabytes without a line feed", 1, "no line feed") { folder in
            try shell("head -c 67108864 /dev/zero | tr '\\0' a > long.csv", in: folder)
            return [folder.file("long.csv")]
        },
        BadInput("a gigabyte of one letter, packed", 1, "no line feed") { folder in
            try shell(
                "head -c 1073741824 /dev/zero | tr '\\0' a | gzip -1 > bomb.csv.gz", in: folder)
            return [folder.file("bomb.csv.gz")]
        },
        BadInput("a row of a hundred megabytes, packed", 1, "a line is longer") { folder in
            let head = FlowTableText(varied: 3).text
            _ = try folder.write(head, to: "head")
            try shell(
                "(cat head; head -c 104857600 /dev/zero | tr '\\0' a; echo) | gzip -1 > long.csv.gz",
                in: folder)
            return [folder.file("long.csv.gz")]
        },
        BadInput("an endless device", 1, "cannot be opened") { _ in ["/dev/zero"] },
        BadInput("a pipe", 1, "no regular file") { folder in
            mkfifo(folder.file("pipe.csv"), 0o600)
            return [folder.file("pipe.csv")]
        },
        BadInput("a location database that is none", 1, "flows.csv") { folder in
            let table = try folder.write(FlowTableText(varied: 10).text, to: "flows.csv")
            return [table, "--geo-db", table]
        },
        BadInput("a location database that is not there", 1, "none.mmdb") { folder in
            [
                try folder.write(FlowTableText(varied: 10).text, to: "flows.csv"), "--geo-db",
                folder.file("none.mmdb"),
            ]
        },
        BadInput("a baseline that is none", 1, "flows.csv") { folder in
            let table = try folder.write(FlowTableText(varied: 10).text, to: "flows.csv")
            return [table, "--baseline", table]
        },
        BadInput("a header file that is not there", 1, "names.txt") { folder in
            [
                try folder.write(FlowTableText(varied: 10).text, to: "flows.csv"), "--header",
                folder.file("names.txt"),
            ]
        },
        BadInput("an output folder that is a file", 1, "flows.csv") { folder in
            let table = try folder.write(FlowTableText(varied: 10).text, to: "flows.csv")
            return [table, "--out", table]
        },
    ]

    static let counted: [BadInput] = [
        BadInput("a table cut in the middle of a row", 3, "1 of 300 rows") {
            changed { $0[300] = String($0[300].prefix(200)) }
        },
        BadInput("ragged rows", 3, "3 of 300 rows") {
            changed { lines in
                lines[5] += ",1"
                lines[6] += ",,,"
                lines[7] = "1,2,3"
            }
        },
        BadInput("words among the numbers", 3, "2 of 302 rows") {
            var flows = FlowTableText(varied: 300)
            flows.add(["Flow.Duration": "n/a"])
            flows.add(["Active.Mean": "0x10"])
            return Array(flows.text.utf8)
        },
        BadInput("an open quotation mark", 3, "1 of 300 rows") { changed { $0[9] = "\"" + $0[9] } },
    ]

    static let fine: [BadInput] = [
        BadInput("Parquet's name on CSV", 0, file: "flows.parquet") { changed { _ in } },
        BadInput("mixed line ends", 0) {
            Array(
                FlowTableText(varied: 300).lines.enumerated().map {
                    $1 + ["\n", "\r\n", "\n\n", "\r\n\r\n"][$0 % 4]
                }.joined().utf8)
        },
        BadInput("a byte-order mark and no final line feed", 0) {
            [0xEF, 0xBB, 0xBF] + changed { _ in }.dropLast()
        },
        BadInput("Latin-1 in a name", 0) {
            changed { $0[4] = $0[4].replacing("BENIGN", with: "#") }.map {
                $0 == UInt8(ascii: "#") ? 0xE9 : $0
            }
        },
        BadInput("hostile application names", 0) {
            var flows = FlowTableText(varied: 200)
            for name in [
                "../../etc/passwd", "=1+1", "<script>alert(1)</script>", "\u{202E}gnp", "a\u{0}b",
                "\"\"\"\"", "%s%n",
                String(repeating: "x", count: 100_000), "CON", "<", "&amp;", "\u{1B}[31m", "🦠",
                "'; DROP TABLE flows",
            ] {
                flows.add(120, ["ProtocolName": name])
            }
            return Array(flows.text.utf8)
        },
        BadInput("numbers beyond all bounds", 0) {
            var flows = FlowTableText(varied: 200)
            for value in ["1e308", "-1e308", "1e400", "NaN", "-Infinity", "5e-324", "", "NA"] {
                for column in [
                    "Flow.Bytes.s", "Flow.Duration", "Packet.Length.Variance", "Source.Port",
                    "Protocol",
                ] {
                    flows.add(30, [column: value])
                }
            }
            return Array(flows.text.utf8)
        },
        BadInput("times that are none", 0) {
            var flows = FlowTableText(varied: 200)
            for time in [
                "", "tomorrow", "99/99/999999:99:99", "26/04/2017 11:11:17 PM",
                "2017-04-26 11:11:17.123456",
            ] {
                flows.add(["Timestamp": time])
            }
            return Array(flows.text.utf8)
        },
    ]
}

/// The memory within which every bad input must be answered.
private let memoryLimit = 700 << 20

struct BadInputTests {
    private func run(_ input: BadInput) throws -> Program.Outcome {
        let folder = try TemporaryFolder()
        let arguments = try input.make(folder)
        let out = arguments.contains("--out") ? [] : ["--out", folder.file("out")]
        let outcome = try Program.run(["analyze"] + arguments + out)
        #expect(
            outcome.isOrderly, "ended by signal \(outcome.signal): \(outcome.error.suffix(500))")
        #expect(outcome.status == input.status, "\(outcome.error)")
        #expect(outcome.peakOctets < memoryLimit, "\(outcome.peakOctets >> 20) MiB")
        for word in input.words { #expect(outcome.error.contains(word)) }
        #expect(try !folder.names().contains { $0.hasSuffix(".partial") })
        return outcome
    }

    @Test(arguments: BadInput.refused) func `what cannot be read is refused with the reason`(
        _ input: BadInput
    ) throws {
        let outcome = try run(input)
        #expect(
            outcome.error.hasPrefix("ntds: ") && outcome.error.split(separator: "\n").count == 1,
            "\(outcome.error)")
        #expect(outcome.error.utf8.count < 2000)
        #expect(outcome.output.isEmpty)
    }

    @Test(arguments: BadInput.counted)
    func `rows that cannot be read are counted, the rest is analysed`(_ input: BadInput) throws {
        let outcome = try run(input)
        #expect(outcome.error.hasPrefix("ntds: "))
        #expect(outcome.output.contains("report.html"))
    }

    @Test(arguments: BadInput.fine) func `what only looks bad is analysed`(_ input: BadInput) throws
    {
        let outcome = try run(input)
        #expect(outcome.error.isEmpty, "\(outcome.error)")
    }
}

struct DamagedDatabaseTests {
    private static let damaged =
        Places.files(in: Places.shared + "/geoip/maxmind-bad").filter { $0.hasSuffix(".mmdb") }
        + Places.files(in: Places.shared + "/geoip/maxmind-test").filter { $0.hasSuffix(".mmdb") }

    @Test(.enabled(if: Places.hasShared), arguments: damaged)
    func `a damaged location database is refused or gives no places, never a crash`(
        _ path: String
    ) throws {
        let folder = try TemporaryFolder()
        let table = try folder.write(FlowTableText(varied: 500).text, to: "flows.csv")
        let outcome = try Program.analyze([table], into: folder.file("out"), "--geo-db", path)
        #expect(
            outcome.status == 0 || outcome.status == 1,
            "signal \(outcome.signal): \(outcome.error.suffix(500))")
        #expect(outcome.status == 0 || outcome.error.hasPrefix("ntds: "))
        #expect(outcome.peakOctets < memoryLimit, "\(outcome.peakOctets >> 20) MiB")
        let asked = try Program.run(
            "geo", "8.8.8.8", "1.1.1.1", "2001:4860::1", "81.2.69.160", "--geo-db", path)
        #expect(asked.status == 0 || asked.status == 1, "signal \(asked.signal)")
    }
}

struct DamagedParquetTests {
    /// A small Parquet table of our own writing.
    private func table(_ folder: TemporaryFolder) throws -> [UInt8] {
        let path = folder.file("whole.parquet")
        #expect(
            try Program.run("simulate", "flows", "--rows", "2000", "--out", path, "--quiet").status
                == 0)
        return try folder.octets("whole.parquet")
    }

    @Test func `a truncated Parquet file is refused wherever it is cut`() throws {
        let folder = try TemporaryFolder()
        let octets = try table(folder)
        for part in 1...12 {
            let path = try folder.write(
                Array(octets[..<(octets.count * part / 13)]), to: "cut.parquet")
            let outcome = try Program.analyze([path], into: folder.file("out"))
            #expect(
                outcome.status == 1 && outcome.error.hasPrefix("ntds: \(path): "),
                "\(outcome.error)")
        }
    }

    @Test func `flipped bits end with a reason or a report`() throws {
        let folder = try TemporaryFolder()
        let octets = try table(folder)
        for seed in 0..<24 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            var damaged = octets
            let start = seed % 2 == 0 ? 4 : octets.count - octets.count / 10
            for _ in 0..<8 {
                damaged[start + random.index(below: octets.count - start)] ^=
                    1 << UInt8(random.index(below: 8))
            }
            let outcome = try Program.analyze(
                [folder.write(damaged, to: "flip.parquet")], into: folder.file("out"))
            #expect(outcome.isOrderly, "seed \(seed): signal \(outcome.signal)")
            #expect(
                outcome.peakOctets < memoryLimit, "seed \(seed): \(outcome.peakOctets >> 20) MiB")
        }
    }
}
