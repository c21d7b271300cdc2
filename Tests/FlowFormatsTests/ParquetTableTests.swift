import FlowFormats
import Flows
import Foundation
import Statistics
import TestSupport
import Testing

/// The tables that pyarrow writes for these tests, made once.
private enum MadeTables {
    static let folder: Result<TemporaryFolder, any Error> = Result {
        let folder = try TemporaryFolder.lasting()
        _ = try Python.run(Places.fixture("make_tables.py", beside: #filePath), [folder.path])
        return folder
    }

    static func path(_ name: String) throws -> String { try folder.get().file(name) }
}

private let small = (0..<1000).map { Double($0 % 100) }
private func isMissing(_ row: Int) -> Bool { row % 10 == 3 }

struct ParquetTableTests {
    @Test(arguments: [
        "codec-none", "codec-snappy", "codec-gzip", "codec-brotli", "codec-zstd", "codec-lz4",
        "version1", "version2",
    ]) func `every codec and page version is read`(_ name: String) throws {
        let path = try MadeTables.path("\(name).parquet")
        let table = try ReadTable(path, numbers: ["number"], texts: ["word"])
        #expect(table.rows == (0..<1000).map { UInt32($0) })
        #expect(table.numbers == [(0..<1000).map { Double($0) / 8 }])
        #expect(table.texts == [(0..<1000).map { "word \($0 % 7)" }])
        #expect(try TableFile(path: path).format == "Parquet")
    }

    @Test(arguments: [
        "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float32",
        "float64", "decimal", "wide",
        "flag", "digits",
    ]) func `every type of number is read, missing values as NaN`(_ name: String) throws {
        let table = try ReadTable(MadeTables.path("types.parquet"), numbers: [name])
        let expected = name == "flag" ? small.map { $0.truncatingRemainder(dividingBy: 2) } : small
        for row in 0..<1000 {
            let value = table.numbers[0][row]
            #expect(isMissing(row) ? value.isNaN : value == expected[row], "row \(row)")
        }
        #expect(table.rejects.total == 0)
    }

    @Test(arguments: ["string", "large_string", "binary", "large_binary", "dictionary"])
    func `every type of text is read, missing values as nothing`(_ name: String) throws {
        let table = try ReadTable(MadeTables.path("types.parquet"), texts: [name])
        #expect(table.texts[0] == (0..<1000).map { isMissing($0) ? "" : "w\($0 % 100)" })
    }

    @Test func `columns behind nested ones are found, in any order`() throws {
        let table = try ReadTable(
            MadeTables.path("types.parquet"), numbers: ["last", "int8", "last"], texts: ["string"])
        #expect(table.numbers[0][5] == 5 && table.numbers[1][7] == 7)
        #expect(table.numbers[0].map(\.bitPattern) == table.numbers[2].map(\.bitPattern))
        #expect(table.texts[0][42] == "w42")
    }

    @Test(arguments: ["day", "list", "pair"])
    func `nested and temporal columns are refused by name`(_ name: String) throws {
        guard
            case .wrongType(_, let column, _) = refusal(
                try MadeTables.path("types.parquet"), numbers: [name])
        else {
            Issue.record("not refused")
            return
        }
        #expect(column == name)
    }

    @Test(arguments: ["int32", "uint8", "float64", "decimal"])
    func `numbers wanted as text are spelled as in CSV`(_ name: String) throws {
        let table = try ReadTable(MadeTables.path("types.parquet"), texts: [name])
        #expect(table.texts[0] == (0..<1000).map { isMissing($0) ? "" : "\($0 % 100)" })
    }

    @Test
    func `text that spells numbers is read, and rows where it spells none are rejected, as in CSV`()
        throws
    {
        let table = try ReadTable(
            MadeTables.path("texts.parquet"), numbers: ["number"], texts: ["number"])
        let expected: [Double] = [1.5, .infinity, -.infinity, .nan, .nan, .nan, 2, 3, 1e4]
        #expect(table.numbers[0].map(\.description) == expected.map(\.description))
        #expect(table.rows == [0, 1, 2, 3, 4, 5, 6, 7, 9] && table.texts[0][8] == "1e4")
        #expect(table.rejections == ["not a number in number: 1 from 8"])
    }

    @Test func `a table without rows has none`() throws {
        let table = try ReadTable(
            MadeTables.path("norows.parquet"), numbers: ["number"], texts: ["word"])
        #expect(table.rows.isEmpty && table.numbers == [[]] && table.texts == [[]])
    }

    @Test func `five thousand columns are too many`() throws {
        guard case .tooManyColumns(_, 5000, _) = refusal(try MadeTables.path("wide.parquet")) else {
            Issue.record("not refused")
            return
        }
    }

    @Test func `hostile words are words`() throws {
        let table = try ReadTable(MadeTables.path("hostile.parquet"), texts: ["word"])
        #expect(table.texts[0].prefix(5) == ["a\u{0}b", "", "é", "\n", "=1+1"])
        #expect(table.texts[0][5].utf8.count == 100_000)
    }
}

struct PackedTableTests {
    @Test(arguments: [
        "table.csv.gz", "members.csv.gz", "table.csv.zst", "frames.csv.zst", "table.parquet",
    ])
    func `a packed table reads like the plain one`(_ name: String) throws {
        let columns = (numbers: ["number", "row"], texts: ["word"])
        let plain = try ReadTable(
            MadeTables.path("table.csv"), numbers: columns.numbers, texts: columns.texts)
        #expect(plain.rows.count == 200_000)
        #expect(
            try ReadTable(MadeTables.path(name), numbers: columns.numbers, texts: columns.texts)
                == plain)
    }

    @Test(arguments: ["table.csv.gz", "table.csv.zst"])
    func `a truncated packed table is damaged, wherever it is cut`(_ name: String) throws {
        let octets = try [UInt8](Data(contentsOf: URL(filePath: MadeTables.path(name))))
        let folder = try TemporaryFolder()
        for share in [0.999_99, 0.9, 0.5, 0.1, 0.01] {
            let path = try folder.write(
                Array(octets[..<Int(Double(octets.count) * share)]), to: "cut")
            #expect(refusal(path, numbers: ["number"]) != nil, "cut at \(share)")
        }
        for count in 1...40 {
            _ = refusal(try folder.write(Array(octets[..<count]), to: "cut"), numbers: ["number"])
        }
    }

    @Test func `flipped bits in a packed table are damage or other rows, never a crash`() throws {
        let octets = try [UInt8](Data(contentsOf: URL(filePath: MadeTables.path("table.csv.zst"))))
            .prefix(300_000)
        let folder = try TemporaryFolder()
        var random = SeededGenerator(seed: 6)
        for _ in 0..<40 {
            var damaged = Array(octets)
            damaged[random.index(below: damaged.count)] ^= 1 << UInt8(random.index(below: 8))
            _ = refusal(try folder.write(damaged, to: "flip.zst"), numbers: ["number"])
        }
    }
}

struct DamagedParquetTests {
    private let names = ["types", "codec-none", "codec-snappy", "version2"]

    @Test func `a truncated file is refused wherever it is cut`() throws {
        let folder = try TemporaryFolder()
        for name in names {
            let octets = try [UInt8](
                Data(contentsOf: URL(filePath: MadeTables.path("\(name).parquet"))))
            let step = max(1, octets.count / 60)
            for count in Array(stride(from: 4, to: octets.count, by: step))
                + (octets.count - 12..<octets.count)
            {
                let path = try folder.write(Array(octets[..<count]), to: "cut.parquet")
                #expect(refusal(path) != nil, "\(name) cut at \(count)")
            }
        }
    }

    @Test func `flipped bits are refused or read, never a crash`() throws {
        let folder = try TemporaryFolder()
        for name in names {
            let octets = try [UInt8](
                Data(contentsOf: URL(filePath: MadeTables.path("\(name).parquet"))))
            let isTyped = name == "types"
            for seed in 0..<250 as Range<UInt64> {
                var random = SeededGenerator(seed: seed)
                var damaged = octets
                // every other time in the last part, where the footer stands
                let start = seed % 2 == 0 ? 4 : damaged.count * 3 / 4
                for _ in 0...random.index(below: 3) {
                    damaged[start + random.index(below: damaged.count - start)] ^=
                        1 << UInt8(random.index(below: 8))
                }
                let path = try folder.write(damaged, to: "flip.parquet")
                _ = try? ReadTable(
                    path,
                    numbers: isTyped
                        ? ["int8", "uint64", "decimal", "flag", "digits"] : ["number"],
                    texts: isTyped ? ["string", "large_binary", "dictionary"] : ["word"])
            }
        }
    }
}
