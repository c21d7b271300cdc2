import FlowFormats
import Flows
import Foundation
import Statistics
import TestSupport
import Testing

private let hostile = [
    "HTTP", "", "a,b", "say \"no\"", "two\nlines", "carriage\rreturn", "a\r\nb", "=1+1", "+1",
    "-cmd", "@SUM(A1)", "\tTab",
    "-12.5", "é", "日本", "x\u{0}y", ",\u{301}", "\"\u{301}", "=\u{200D}1", "line\u{2028}separator",
    "vertical\u{B}tab",
]

/// One batch with a column of every kind.
private func batch(rows: Int, seed: UInt64 = 1) -> FlowBatch {
    var random = SeededGenerator(seed: seed)
    let words = WordTable(hostile)
    let reals = (0..<rows).map { row -> Double in
        switch row % 6 {
        case 0: Double(bitPattern: random.next())
        case 1: Double(random.index(below: 1_000_000))
        case 2: random.uniform()
        case 3: [0, -0.0, .infinity, -.infinity, .nan, 1e300][random.index(below: 6)]
        default: random.normal() * 1e6
        }
    }
    return FlowBatch(
        names: ["integer", "real", "short", "word", "count", "maybe"],
        columns: [
            .integers(
                (0..<rows).map { $0 % 3 == 0 ? Int64(bitPattern: random.next()) : Int64($0) - 5 }),
            .reals(reals), .shortReals(reals.map { Float($0) }),
            .words((0..<rows).map { UInt32($0 % words.count) }, words),
            .optionalCounts((0..<rows).map { Int8($0 % 7) - 1 }),
            .optionalReals((0..<rows).map { $0 % 4 == 0 ? .nan : Double($0) / 3 }),
        ])
}

private func columns(_ path: String) throws -> ReadTable {
    try ReadTable(path, numbers: ["integer", "real", "short", "count", "maybe"], texts: ["word"])
}

/// The same `NaN` for all of them: a text does not keep their bits.
private func bits(_ values: [Double]) -> [UInt64] {
    values.map { $0.isNaN ? Double.nan.bitPattern : $0.bitPattern }
}

private func check(_ table: ReadTable, _ batch: FlowBatch, words: (String) -> String) {
    guard case .integers(let integers) = batch.columns[0],
        case .reals(let reals) = batch.columns[1],
        case .shortReals(let shorts) = batch.columns[2],
        case .words(let codes, let list) = batch.columns[3],
        case .optionalCounts(let counts) = batch.columns[4],
        case .optionalReals(let maybes) = batch.columns[5]
    else { return }
    #expect(table.rejects.total == 0)
    #expect(table.numbers[0] == integers.map(Double.init))
    #expect(bits(table.numbers[1]) == bits(reals))
    #expect(bits(table.numbers[2].map { Double(Float($0)) }) == bits(shorts.map(Double.init)))
    #expect(bits(table.numbers[3]) == bits(counts.map { $0 < 0 ? .nan : Double($0) }))
    #expect(bits(table.numbers[4]) == bits(maybes))
    #expect(table.texts[0] == codes.map { words(list[$0]) })
}

struct WriterTests {
    @Test func `what is written as CSV reads back, formulas disarmed, line breaks and zeros gone`()
        throws
    {
        let folder = try TemporaryFolder()
        let batch = batch(rows: 5000)
        var writer = try CSVWriter(path: folder.file("t.csv"))
        try writer.write(batch)
        try writer.write(batch)
        try writer.finish()
        #expect(try folder.names() == ["t.csv"])
        let text = try folder.text("t.csv")
        #expect(text.utf8.count { $0 == UInt8(ascii: "\n") } == 10_001)
        let twice = FlowBatch(
            names: batch.names,
            columns: batch.columns.map { column in
                switch column {
                case .integers(let values): .integers(values + values)
                case .reals(let values): .reals(values + values)
                case .shortReals(let values): .shortReals(values + values)
                case .words(let codes, let list): .words(codes + codes, list)
                case .optionalCounts(let values): .optionalCounts(values + values)
                case .optionalReals(let values): .optionalReals(values + values)
                }
            })
        check(try columns(folder.file("t.csv")), twice) { word in
            let spaced = word.replacing("\r\n", with: " ").unicodeScalars.map { scalar in
                "\n\r\u{B}\u{2028}\u{0}".unicodeScalars.contains(scalar) ? " " : Character(scalar)
            }
            let plain = String(String.UnicodeScalarView(spaced.flatMap(\.unicodeScalars)))
            let isFormula =
                plain.unicodeScalars.first.map { "=+-@\t".unicodeScalars.contains($0) } ?? false
            return isFormula && Double(plain) == nil ? "'" + plain : plain
        }
    }

    @Test func `what is written as Parquet reads back`() throws {
        let folder = try TemporaryFolder()
        let batch = batch(rows: 5000)
        var writer = try ParquetWriter(path: folder.file("t.parquet"))
        try writer.write(batch)
        try writer.finish()
        #expect(try folder.names() == ["t.parquet"])
        // a zero ends a text here
        check(try columns(folder.file("t.parquet")), batch) { word in
            String(word.unicodeScalars.prefix { $0 != "\u{0}" }.map(Character.init))
        }
    }

    @Test func `numbers are written in their shortest form that reads back`() throws {
        let folder = try TemporaryFolder()
        var writer = try CSVWriter(path: folder.file("t.csv"))
        try writer.write(
            FlowBatch(
                names: ["x", "n"],
                columns: [
                    .reals([0, -0.0, 1, 0.1, 1e21, .nan, .infinity, -.infinity, 1.0 / 3]),
                    .integers([0, -1, .max, .min, 1, 2, 3, 4, 5]),
                ]))
        try writer.finish()
        #expect(
            try folder.text("t.csv") == """
                x,n
                0.0,0
                -0.0,-1
                1.0,9223372036854775807
                0.1,-9223372036854775808
                1e+21,1
                NaN,2
                Infinity,3
                -Infinity,4
                0.3333333333333333,5

                """)
    }

    @Test(arguments: ["csv", "parquet"]) func `a writer that is dropped leaves nothing`(
        _ kind: String
    ) throws {
        let folder = try TemporaryFolder()
        func drop() throws {
            if kind == "csv" {
                var writer = try CSVWriter(path: folder.file("t.csv"))
                try writer.write(batch(rows: 10_000))
            } else {
                var writer = try ParquetWriter(path: folder.file("t.parquet"))
                try writer.write(batch(rows: 10_000))
            }
        }
        try drop()
        #expect(try folder.names().isEmpty)
    }

    @Test func `an older file keeps its content until the new one is whole`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("old", to: "t.txt")
        func drop() throws {
            var file = try AtomicFile(path: path)
            try file.write(String(repeating: "new", count: 200_000))
            #expect(try folder.text("t.txt") == "old")
        }
        try drop()
        #expect(try folder.text("t.txt") == "old")
        var file = try AtomicFile(path: path)
        try file.write("new")
        try file.finish()
        #expect(try folder.text("t.txt") == "new")
        #expect(try folder.names() == ["t.txt"])
    }

    @Test func `a folder that is not there cannot be written to`() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("no/such/t.csv")
        #expect(throws: TableError.self) { _ = try CSVWriter(path: path) }
        #expect(throws: TableError.self) { _ = try ParquetWriter(path: path) }
    }
}
