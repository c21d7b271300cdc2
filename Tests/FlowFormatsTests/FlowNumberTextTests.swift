import FlowFormats
import Flows
import Foundation
import NetworkTypes
import Statistics
import TestSupport
import Testing

/// The texts of numbers in a table, as the mean length of packets: the writer's own buffer is not seen from here.
private func texts(_ numbers: [Double]) throws -> [String] {
    let folder = try TemporaryFolder()
    var writer = try FlowRecordWriter(
        .csv, columns: .cic2018, mode: .cic2018, clock: .utc, to: .file(folder.file("t.csv")))
    try writer.write(
        numbers.map { number in
            var record = sampleFlow(mode: .cic2018)
            record.lengths = RunningMoments(
                count: 2, mean: number, squares: 0, minimum: 0, maximum: 0)
            return record
        }, at: sampleStart)
    try writer.finish()
    return try folder.text("t.csv").split(separator: "\n").dropFirst().map {
        String($0.split(separator: ",", omittingEmptySubsequences: false)[46])
    }
}

struct FlowNumberTextTests {
    @Test func `whole numbers are written with all their digits and no more`() throws {
        var random = SeededGenerator(seed: 21)
        var numbers: [UInt64] = [0, UInt64(Int64.max)]
        for power in 0...18 {
            let unit = (0..<power).reduce(1 as UInt64) { unit, _ in unit * 10 }
            numbers += [unit - 1, unit, unit + 1, 3 * (unit / 2), unit | 1 << UInt64(power)]
            numbers += (0..<200).map { _ in random.next() % (unit * 9) }
        }
        let folder = try TemporaryFolder()
        var writer = try FlowRecordWriter(
            .csv, columns: .cic2018, mode: .cicHead, clock: .utc, to: .file(folder.file("t.csv")))
        try writer.write(
            numbers.map { number in
                var record = sampleFlow(mode: .cicHead)
                record.forward.packets = number
                record.forward.transportHeaderOctets = -Int64(number)
                return record
            }, at: sampleStart)
        try writer.finish()
        let rows = try folder.text("t.csv").split(separator: "\n").dropFirst().map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        #expect(rows.map { $0[8] } == numbers.map(\.description))
        #expect(rows.map { $0[40] } == numbers.map { (-Int64($0)).description })
    }

    @Test func `reals are written as Java writes them`() throws {
        let table: [(Double, String)] = [
            (0, "0.0"), (-0.0, "-0.0"), (1, "1.0"), (-1, "-1.0"), (100, "100.0"), (0.5, "0.5"),
            (1e-4, "1.0E-4"), (0.001, "0.001"), (0.0011, "0.0011"),
            (1e-3.nextDown, "9.999999999999998E-4"),
            (9_999_999, "9999999.0"), (1e7, "1.0E7"), (1e7.nextDown, "9999999.999999998"),
            (1.2345678e9, "1.2345678E9"), (123456.789, "123456.789"), (12_345_678, "1.2345678E7"),
            (-123.25, "-123.25"), (1.0 / 3, "0.3333333333333333"), (2.0 / 3, "0.6666666666666666"),
            (1e21, "1.0E21"), (1e22, "1.0E22"), (1e23, "1.0E23"), (2e-3, "0.002"),
            (.leastNonzeroMagnitude, "4.9E-324"), (.leastNonzeroMagnitude * 2, "9.9E-324"),
            (2.2250738585072014e-308, "2.2250738585072014E-308"),
            (1.7976931348623157e308, "1.7976931348623157E308"),
            (9.007199254740993e15, "9.007199254740992E15"),
            (2e16, "2.0E16"), (0.1 + 0.2, "0.30000000000000004"),
            (.leastNonzeroMagnitude * 3, "1.5E-323"),
            (.nan, "NaN"), (.infinity, "Infinity"), (-.infinity, "-Infinity"),
            (1284.551451187335, "1284.551451187335"), (3.7187499999999996, "3.7187499999999996"),
        ]
        #expect(try texts(table.map(\.0)) == table.map(\.1))
    }

    @Test func `reals have the digits of the shortest text that reads back the same`() throws {
        var random = SeededGenerator(seed: 20)
        var numbers: [Double] = []
        for exponent in -1073...1023 {
            numbers += [Double(sign: .plus, exponent: exponent, significand: 1)].flatMap {
                [$0, $0.nextUp, $0.nextDown]
            }
        }
        for exponent in -300...300 { numbers += [pow(10, Double(exponent))] }
        while numbers.count < 30_000 {
            numbers.append(Double(bitPattern: random.next()))
            numbers.append(random.normal() * 1e5)
            numbers.append(
                Double(random.index(below: 1_000_000)) / Double(1 + random.index(below: 999)))
        }
        // two digits count as many as one in Java, which matters down there only
        numbers = numbers.filter { $0.isFinite && $0.magnitude > 1e-300 }
        let written = try texts(numbers)
        let wrong = zip(numbers, written).filter { number, text in
            Double(text) != number || digits(text) != digits(number.description)
        }
        #expect(wrong.isEmpty, "\(wrong.prefix(5))")
    }

    /// The digits of a number's text without zeros at either end.
    private func digits(_ text: String) -> String {
        let mantissa = text.lowercased().prefix { $0 != "e" }.filter(\.isNumber)
        return mantissa.drop { $0 == "0" }.reversed().drop { $0 == "0" }.reversed().map(String.init)
            .joined()
    }

    @Test(.enabled(if: Places.hasShared))
    func `every real in the tables of the old meters is written as they wrote it`() throws {
        let path = Places.shared + "/flows/cicflowmeter/test.csv"
        var cells: [String] = []
        for line in try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
            .dropFirst()
        {
            let reals = line.split(separator: ",").filter { cell in
                cell.contains(".") && cell.allSatisfy { $0.isNumber || ".E-".contains($0) }
            }
            cells += reals.map(String.init).filter { Double($0) != nil }
        }
        #expect(cells.count > 1000)
        #expect(try texts(cells.map { Double($0) ?? .nan }) == cells)
    }
}
