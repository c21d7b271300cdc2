import FlowFormats
import Foundation
import Statistics
import Testing

private func parse(_ text: String) -> NumberParser.Cell {
    Array(text.utf8).withUnsafeBytes { NumberParser.parse($0) }
}

private func number(_ text: String) -> Double? {
    guard case .number(let value) = parse(text) else { return nil }
    return value
}

/// A way to spell numbers at random.
private struct Spelling: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let write: @Sendable (inout SeededGenerator) -> String

    static func digits(_ count: Int, _ random: inout SeededGenerator) -> String {
        String((0..<count).map { _ in Character(String(random.index(below: 10))) })
    }

    static let all: [Spelling] = [
        Spelling(testDescription: "digits with a point anywhere") { random in
            let text = digits(1 + random.index(below: 19), &random)
            let place = text.index(text.startIndex, offsetBy: random.index(below: text.count + 1))
            return (random.index(below: 3) == 0 ? "-" : "") + text[..<place] + "." + text[place...]
        },
        Spelling(testDescription: "17 to 19 digits, most behind the point") { random in
            let whole = digits(1 + random.index(below: 2), &random)
            return whole + "." + digits(17 + random.index(below: 3) - whole.count, &random)
        },
        Spelling(testDescription: "whole numbers of up to 25 digits") {
            digits(1 + $0.index(below: 25), &$0)
        },
        Spelling(testDescription: "shortest spelling of random bits") { random in
            let value = Double(bitPattern: random.next())
            return value.isFinite ? value.description : "1"
        },
        Spelling(testDescription: "with exponents as Java and R write them") { random in
            let sign = ["", "+", "-"][random.index(below: 3)]
            let mark = ["E", "e", "E+", "E-", "e-"][random.index(below: 5)]
            return sign + digits(1, &random) + "." + digits(1 + random.index(below: 17), &random)
                + mark
                + digits(1 + random.index(below: 3), &random)
        },
        Spelling(testDescription: "half way between two doubles, and next to it") { random in
            // an odd multiple of half a unit in the last place, written in full
            let mantissa = (1 << 52 | random.next() >> 12) << 1 | 1
            let shift = 1 + random.index(below: 10)
            let (whole, rest) = (mantissa >> UInt64(shift), mantissa & (1 << UInt64(shift) - 1))
            var fraction = String(rest * UInt64(pow(5.0, Double(shift))))
            fraction = String(repeating: "0", count: shift - fraction.count) + fraction
            return "\(whole).\(fraction)" + ["", "0", "1", "0000001"][random.index(below: 4)]
        },
        Spelling(testDescription: "rates: octets over microseconds") { random in
            (Double(random.index(below: 1_000_000)) * 1e6
                / Double(1 + random.index(below: 120_000_000))).description
        },
    ]
}

struct NumberParserTests {
    @Test(arguments: Spelling.all)
    private func `numbers are read as the C library reads them, bit for bit`(_ spelling: Spelling) {
        let seed: UInt64 = 20_26
        var random = SeededGenerator(seed: seed)
        var wrong: [String] = []
        for _ in 0..<40_000 {
            let text = spelling.write(&random)
            let reference = strtod(text, nil)
            if number(text)?.bitPattern != reference.bitPattern { wrong.append(text) }
        }
        #expect(wrong.isEmpty, "seed \(seed): \(wrong.count) of 40000, \(wrong.prefix(5))")
    }

    @Test(arguments: [
        "0", "-0", "0.0", "-0.0", "1.", ".5", "-.5", "00012", "9007199254740993",
        "9007199254740992.5",
        "18446744073709551615", "9999999999999999999", "0.0000000000000000001", "1e308", "1e309",
        "-1e309", "5e-324",
        "2e-324", "2.2250738585072011e-308", "4.4501477170144023e-308", "1.7976931348623158e308",
        "1E5", "1e+5", "+7",
        "3.3333333333333335", "12000000.0", "1.0E7", "2.428355e+06",
    ]) func `corner cases agree with the C library`(_ text: String) {
        #expect(number(text)?.bitPattern == strtod(text, nil).bitPattern)
    }

    @Test func `Java's, R's and C's words for what is not finite are numbers`() {
        for text in ["Infinity", "+Infinity", "inf", "INF", "Inf"] {
            #expect(number(text) == .infinity)
        }
        for text in ["-Infinity", "-inf", "-Inf"] { #expect(number(text) == -.infinity) }
        for text in ["NaN", "nan", "NAN", "-nan", "-NaN"] { #expect(number(text)?.isNaN == true) }
    }

    @Test(arguments: ["", " ", "   ", "\t", "\r", "NA", " NA ", "na"])
    func `an empty cell is missing`(_ text: String) { #expect(parse(text) == .missing) }

    @Test(arguments: [
        "abc", "-", "+", ".", "-.", "e5", "1e", "1e+", "1.2.3", "--1", "+-1", "1-", "0x10", "0x1p3",
        "nan(12)", "infinit", "1 2",
        "1,5", "１", "1\u{0}", "\u{0}", "1_000", "1'000", "é", "=1+1", "1f", "1d", "N/A", "null",
        "None", "--", "12345678901234567890x",
        String(repeating: "9", count: 401),
    ]) func `anything else is no number`(_ text: String) { #expect(parse(text) == .notANumber) }

    @Test func `blanks around a number do not matter`() {
        for text in [" 1.5", "1.5 ", "\t1.5", "  1.5\r", " -2e3 "] {
            #expect(number(text) == strtod(text, nil))
        }
    }

    @Test func `four hundred digits are a number`() {
        let text = String(repeating: "7", count: 200) + "." + String(repeating: "3", count: 199)
        #expect(number(text) == strtod(text, nil))
    }
}
