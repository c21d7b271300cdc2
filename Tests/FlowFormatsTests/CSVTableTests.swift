import FlowFormats
import Flows
import Foundation
import Statistics
import TestSupport
import Testing

/// Reads columns `a` (numbers) and `b` (texts) of a table of this text.
private func read(_ octets: [UInt8], threads: Int = 2) throws -> ReadTable {
    let folder = try TemporaryFolder()
    return try ReadTable(
        folder.write(octets, to: "table.csv"), numbers: ["a"], texts: ["b"], threads: threads)
}

private func read(_ text: String, threads: Int = 2) throws -> ReadTable {
    try read(Array(text.utf8), threads: threads)
}

private func refusal(
    _ octets: [UInt8], numbers: [String] = ["a"], texts: [String] = ["b"]
) throws -> TableError? {
    let folder = try TemporaryFolder()
    return refusal(try folder.write(octets, to: "table.csv"), numbers: numbers, texts: texts)
}

struct CSVRowTests {
    @Test(arguments: [
        "a,b,c\n1,x,0\n2,y,0\n", "a,b,c\n1,x,0\n2,y,0", "a,b,c\r\n1,x,0\r\n2,y,0\r\n",
        "a,b,c\n1,x,0\r\n2,y,0\n",
        "\u{FEFF}a,b,c\n1,x,0\n2,y,0\n", "\n\r\na,b,c\n\n1,x,0\n\r\n\n2,y,0\n\n",
        "a\tb\tc\n1\tx\t0\n2\ty\t0\n",
        "a;b;c\n1;x;0\n2;y;0\n", "\"a\",\"b\",\"c\"\n\"1\",\"x\",\"0\"\n\"2\",\"y\",\"0\"\n",
        " a , b ,c\n 1 , x ,0\n2,y ,0\n",
        "c,b,a\n0,x,1\n0,y,2\n", "a,b,c\n1,\"x\",0\n2,y,0\n",
    ]) func `line ends, delimiters, quotes and blanks do not change what is read`(
        _ text: String
    ) throws {
        let table = try read(text)
        #expect(table.rows == [0, 1] && table.numbers == [[1, 2]] && table.texts == [["x", "y"]])
        #expect(table.rejects.total == 0)
    }

    @Test func `quoted cells may hold delimiters and doubled quotation marks`() throws {
        let table = try read("a,b,c\n1,\"x, \"\"y\"\"\",0\n\"2\",\"\",0\n3, \"z\",0\n4,5\"6,0\n")
        #expect(table.texts == [["x, \"y\"", "", "z", "5\"6"]])
        #expect(table.numbers == [[1, 2, 3, 4]])
    }

    @Test func `every rejected row is counted by its reason`() throws {
        let table = try read(
            "a,b,c\n1,x,0\n1,x\n1,x,0,9\nbad,x,0\n,x,0\n1,\"open,0\n2,y,0\n-,x,0\n1\n")
        #expect(table.rows == [0, 4, 6])
        #expect(table.numbers[0].map(\.description) == ["1.0", "nan", "2.0"])
        #expect(
            table.rejections == [
                "fewer fields than the header: 2 from 1", "more fields than the header: 1 from 2",
                "not a number in a: 2 from 3",
                "a quotation mark that is not closed on its line: 1 from 5",
            ])
        #expect(table.rows.count + table.rejects.total == 9)
    }

    @Test func `cells outside the wanted columns may hold anything`() throws {
        let table = try read("a,b,c\n1,x,garbage\n2,y,\n")
        #expect(table.rejects.total == 0 && table.numbers == [[1, 2]])
    }

    @Test func `Latin-1 is repaired, not refused`() throws {
        let table = try read(Array("a,b,c\n1,caf".utf8) + [0xE9] + Array(",0\n2,y,0\n".utf8))
        #expect(table.texts == [["caf\u{FFFD}", "y"]])
    }

    @Test func `formulas and quotes in cells are only text`() throws {
        let table = try read("a,b,c\n1,=HYPERLINK(\"x\"),0\n2,@SUM(1),0\n3,-2+3,0\n")
        #expect(table.texts == [["=HYPERLINK(\"x\")", "@SUM(1)", "-2+3"]])
    }

    @Test func `a zero in the first lines is binary, in a later cell it is text`() throws {
        let ordinary = String(repeating: "1,word,0\n", count: 600)
        #expect(try read("a,b,c\n" + ordinary + "2,x\u{0}y,0\n").texts[0].last == "x\u{0}y")
        guard case .notATable = try refusal(Array("a,b,c\n2,x\u{0}y,0\n".utf8)) else {
            Issue.record("not refused")
            return
        }
    }

    @Test func `a column may be asked for twice, as number and as text`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("a,b\n1,x\n2,y\n", to: "t.csv")
        let table = try ReadTable(path, numbers: ["a", "a"], texts: ["a", "b"])
        #expect(table.numbers == [[1, 2], [1, 2]] && table.texts == [["1", "2"], ["x", "y"]])
    }

    @Test func `names can be given for a table without a header line`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("1,x,0\n2,y,0\n", to: "t.csv")
        let table = try ReadTable(path, numbers: ["a"], texts: ["b"], header: ["a", "b", "c"])
        #expect(table.rows == [0, 1] && table.numbers == [[1, 2]])
    }

    @Test func `the field that the header of October 2017 lacks is put back`() throws {
        var flows = FlowTableText(.iscx)
        flows.add(["Average.Packet.Size": "7", "Fwd.Avg.Bytes.Bulk": "8", "Label": "No Label"])
        flows.add(["Average.Packet.Size": "9"])
        var lines = flows.lines
        lines[0] = FlowTableText.header(.long).joined(separator: ",")
        let folder = try TemporaryFolder()
        let path = try folder.write(lines.joined(separator: "\n"), to: "2017.csv")
        let file = try TableFile(path: path)
        #expect(file.layout.dialect == .iscx && file.notes.count == 1)
        let table = try ReadTable(
            path, numbers: ["Average.Packet.Size", "Fwd.Avg.Bytes.Bulk"], texts: ["Label"])
        #expect(table.numbers == [[7, 9], [8, 0]] && table.texts == [["No Label", "BENIGN"]])
    }
}

struct CSVRefusalTests {
    @Test func `an empty file is named as empty`() throws {
        for text in ["", "\u{FEFF}", "\n\r\n\n"] {
            let folder = try TemporaryFolder()
            let path = try folder.write(text, to: "t.csv")
            #expect(
                refusal(path, numbers: ["a"]) == .empty(path: path), "\(text.utf8.count) octets")
        }
    }

    @Test func `a header alone is a table without rows`() throws {
        #expect(try read("a,b,c\n").rows.isEmpty)
        #expect(try read("a,b,c").rows.isEmpty)
    }

    @Test func `binary octets are no table`() throws {
        var random = SeededGenerator(seed: 4)
        let noise = (0..<5000).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        guard case .notATable = try refusal(noise) else { Issue.record("noise was read"); return }
        let wide = "a,b\n1,2\n".utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
        guard case .notATable = try refusal(wide) else { Issue.record("UTF-16 was read"); return }
    }

    @Test func `a hundred thousand columns are too many`() throws {
        let header = (0..<100_000).map { "c\($0)" }.joined(separator: ",")
        guard case .tooManyColumns(_, 100_000, _) = try refusal(Array((header + "\n1,2\n").utf8))
        else {
            Issue.record("not refused")
            return
        }
    }

    @Test func `a header with too many given names is refused like one in the file`() throws {
        let folder = try TemporaryFolder()
        let names = (0..<20_000).map { "c\($0)" }
        let row = names.map { _ in "1" }.joined(separator: ",") + "\n"
        let path = try folder.write(row + row + row, to: "wide.csv")
        #expect(throws: TableError.self) { try ReadTable(path, numbers: ["c0"], header: names) }
    }

    @Test func `rows of a hundred thousand fields are rejected under a header of three`() throws {
        let row = Array(repeating: "1", count: 100_000).joined(separator: ",")
        let table = try read("a,b,c\n1,x,0\n\(row)\n2,y,0\n")
        #expect(
            table.rows == [0, 2] && table.rejections == ["more fields than the header: 1 from 1"])
    }

    @Test func `a megabyte without a line feed is no table`() throws {
        guard case .notATable = try refusal(Array(repeating: 0x61, count: (1 << 20) + 1)) else {
            Issue.record("not refused")
            return
        }
    }

    @Test func `a line of a megabyte is a row like others`() throws {
        let long = String(repeating: "x", count: (1 << 20) - 20)
        let table = try read("a,b,c\n1,\(long),0\n2,y,0\n")
        #expect(table.texts[0][0].utf8.count == long.utf8.count && table.texts[0][1] == "y")
    }

    @Test func `a header that disagrees with every row is named`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("a,b\n1,2,3\n4,5,6\n", to: "t.csv")
        #expect(
            refusal(path, numbers: ["a"])
                == .headerMismatch(path: path, headerCount: 2, fieldCount: 3))
    }

    @Test func `the wrong delimiter leaves one column`() throws {
        let folder = try TemporaryFolder()
        let file = try TableFile(path: folder.write("a|b\n1|2\n", to: "t.csv"))
        #expect(file.layout.header == ["a|b"])
    }

    @Test func `what is not there, or not a file, cannot be opened`() throws {
        let folder = try TemporaryFolder()
        for path in [folder.file("nothing.csv"), folder.path] {
            guard case .cannotOpen(path, _) = refusal(path) else {
                Issue.record("\(path)"); continue
            }
        }
    }
}

struct CSVBlockTests {
    /// Rows of very different lengths, some quoted, some rejected, over several blocks of any size up to 16 MiB.
    private func longTable(seed: UInt64) -> (text: String, kept: Int) {
        var random = SeededGenerator(seed: seed)
        var text = "a,b,c\n"
        var (row, kept) = (0, 0)
        while text.utf8.count < 36 << 20 {
            let filler = String(
                repeating: "f",
                count: random.index(below: random.index(below: 60) == 0 ? 900_000 : 90))
            let kind = random.index(below: 50)
            switch kind {
            case 0: text += "\(row),w\(row % 91),\(filler),\n"
            case 1: text += "\(row),\"w\(row % 91)\",\"\(filler),\"\n"
            case 2: text += "x,w,\(filler)\n"
            case 3: text += "\n\(row),w\(row % 91),\(filler)\r\n"
            default: text += "\(row),w\(row % 91),\(filler)\n"
            }
            if kind != 0, kind != 2 { kept += 1 }
            row += 1
        }
        return (text, kept)
    }

    @Test func `rows that straddle blocks are read once, with any number of threads`() throws {
        let (text, kept) = longTable(seed: 8)
        let folder = try TemporaryFolder()
        let path = try folder.write(text, to: "long.csv")
        let one = try ReadTable(path, numbers: ["a"], texts: ["b"], threads: 1)
        #expect(one.rows.count == kept)
        // the number of a row is its place, its word the place modulo 91
        #expect(one.numbers[0] == one.rows.map(Double.init))
        #expect(one.texts[0] == one.rows.map { "w\($0 % 91)" })
        for threads in [2, 3, 8] {
            #expect(try ReadTable(path, numbers: ["a"], texts: ["b"], threads: threads) == one)
        }
    }

    @Test(arguments: -3...3) func `a file that ends about a block's border loses nothing`(
        _ offset: Int
    ) throws {
        let size = (16 << 20) + offset
        let row = Array("7,\(String(repeating: "w", count: 60)),1\n".utf8)
        var octets = Array("a,b,c\n".utf8)
        var rows = 0
        while octets.count + row.count + 6 < size {
            octets += row
            rows += 1
        }
        octets +=
            Array("7,".utf8) + Array(repeating: 0x77, count: size - octets.count - 5)
            + Array(",1\n".utf8)
        #expect(octets.count == size)
        let table = try read(octets)
        #expect(table.rows.count == rows + 1 && table.rejects.total == 0)
        #expect(try read(Array(octets.dropLast())) == table, "without the final line feed")
    }

    @Test func `every way to cut a small table leaves rows, rejects or a reason`() throws {
        let text = Array("a,b,c\n1,\"x, y\",0\r\n\n2,\"z\"\"\",0\n".utf8)
        for count in 0...text.count {
            do {
                let table = try read(Array(text[..<count]))
                #expect(table.rows.count + table.rejects.total <= 3)
            } catch is TableError {
            } catch is ReadTable.NoColumn {}
        }
    }

    @Test func `random octets never crash the reader`() throws {
        var random = SeededGenerator(seed: 99)
        let folder = try TemporaryFolder()
        let alphabet = Array("a,b\"\n\r 1.\t;-e\u{0}".utf8) + [0xFF]
        for round in 0..<1500 {
            let body = (0..<random.index(below: 300)).map { _ in
                alphabet[random.index(below: alphabet.count)]
            }
            let path = try folder.write(Array("a,b\n".utf8) + body, to: "noise.csv")
            let one = try? ReadTable(path, numbers: ["a"], texts: ["b"], threads: 1)
            let two = try? ReadTable(path, numbers: ["a"], texts: ["b"], threads: 2)
            #expect(
                one?.bits == two?.bits && one?.texts == two?.texts && one?.rejects == two?.rejects,
                "round \(round)")
        }
    }
}

struct OctetInternerTests {
    @Test func `words are told apart at every length and octet`() {
        var interner = OctetInterner()
        var words: [[UInt8]] = []
        for length in 0...40 {
            words.append([UInt8](repeating: 0, count: length))
            for place in 0..<length {
                var word = words[words.count - 1 - place]
                word[place] = 1
                words.append(word)
            }
        }
        for _ in 0..<2 {
            for (code, word) in words.enumerated() {
                #expect(word.withUnsafeBytes { interner.code(of: $0) } == UInt32(code))
            }
        }
    }

    @Test func `codes are given in order of first appearance, through every growth`() {
        var interner = OctetInterner()
        var random = SeededGenerator(seed: 2)
        var known: [String: UInt32] = [:]
        for _ in 0..<50_000 {
            let word =
                String(random.index(below: 9000), radix: 36)
                + String(repeating: "-", count: random.index(below: 3))
            let code = interner.code(of: word)
            #expect(code == known[word, default: UInt32(known.count)])
            known[word] = code
        }
        #expect(interner.count == known.count)
        #expect(known.allSatisfy { interner.word(Int($0.value)) == $0.key })
        interner.removeAll()
        #expect(
            interner.count == 0 && interner.code(of: "") == 0 && interner.code(of: "\u{0}") == 1)
    }
}
