package import Flows

/// Numbers as people write them, to two or three digits.
package enum QuantityText {
    /// "12 s", "1.4 MB", "0.25".
    package static func value(_ value: Double, _ unit: BaselineMetric.Unit) -> String {
        let scale = scale(for: value, unit)
        return number(value / scale.factor) + scale.suffix
    }

    /// "0.8 to 12 s": both ends in the unit of the larger.
    static func range(_ low: Double, _ high: Double, _ unit: BaselineMetric.Unit) -> String {
        let scale = scale(for: abs(low) > abs(high) ? low : high, unit)
        return "\(number(low / scale.factor)) to \(number(high / scale.factor))\(scale.suffix)"
    }

    /// "41x", "1,200x".
    static func ratio(_ ratio: Double) -> String {
        if ratio >= 1e6 { return "over a million times" }
        return number(ratio) + "x"
    }

    /// "3", "12,345", "2 million", "2.8 million".
    static func count(_ count: Int) -> String {
        if count < 1_000_000 { return grouped(count) }
        let (factor, name) = count < 1_000_000_000 ? (1e6, "million") : (1e9, "billion")
        return "\(number(Double(count) / factor)) \(name)"
    }

    private struct Scale {
        var factor: Double
        var suffix: String
    }

    private static func scale(for value: Double, _ unit: BaselineMetric.Unit) -> Scale {
        switch unit {
        case .plain: largest(value, [(1, ""), (1e6, " million"), (1e9, " billion")])
        case .octets: decimal(value, "B")
        case .octetsPerSecond: decimal(value, "B/s")
        case .squareOctets: largest(value, [(1, " B²"), (1e6, " kB²"), (1e12, " MB²")])
        case .microseconds:
            largest(
                value,
                [
                    (1, " µs"), (1e3, " ms"), (1e6, " s"), (6e7, " min"), (3.6e9, " h"),
                    (8.64e10, " d"),
                ])
        }
    }

    private static func decimal(_ value: Double, _ unit: String) -> Scale {
        largest(
            value,
            [
                (1, " \(unit)"), (1e3, " k\(unit)"), (1e6, " M\(unit)"), (1e9, " G\(unit)"),
                (1e12, " T\(unit)"), (1e15, " P\(unit)"),
            ])
    }

    /// The largest scale that leaves at least 1.
    private static func largest(_ value: Double, _ scales: [(Double, String)]) -> Scale {
        let scale = scales.last { abs(value) >= $0.0 } ?? (scales.first ?? (1, ""))
        return Scale(factor: scale.0, suffix: scale.1)
    }

    /// Whole from 10 on, one decimal from 1 on, two digits below.
    private static func number(_ value: Double) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "\(value)" }
        let sign = value < 0 ? "-" : ""
        let magnitude = abs(value)
        if magnitude == 0 { return "0" }
        if magnitude < 1e-4 { return "\(sign)under 0.0001" }
        var decimals = 0
        var unit = 1.0
        while magnitude * unit < 9.95, decimals < (magnitude < 1 ? 6 : 1) {
            decimals += 1
            unit *= 10
        }
        let whole = Int((magnitude * unit).rounded())
        guard decimals > 0 else { return sign + grouped(whole) }
        var digits = String(whole % Int(unit))
        digits = String(repeating: "0", count: decimals - digits.count) + digits
        while digits.hasSuffix("0") { digits.removeLast() }
        let integer = grouped(whole / Int(unit))
        return sign + (digits.isEmpty ? integer : "\(integer).\(digits)")
    }

    private static func grouped(_ count: Int) -> String {
        var result = ""
        for (index, digit) in String(count).reversed().enumerated() {
            if index > 0, index % 3 == 0, digit != "-" { result.append(",") }
            result.append(digit)
        }
        return String(result.reversed())
    }
}
