import Glibc

/// Numbers as people read them.
package enum NumberText {
    /// 1234567 as "1,234,567".
    package static func grouped(_ number: Int) -> String {
        let digits = String(number.magnitude)
        var text = number < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0 && (digits.count - index) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return text
    }

    /// Whole up to 99,999, then "123 k".
    package static func compact(_ number: Int) -> String {
        number.magnitude < 100_000 ? grouped(number) : prefixed(Double(number))
    }

    /// A share of the whole: "12.3 %", "0.04 %", "< 0.01 %".
    package static func percent(_ share: Double) -> String {
        let percent = share * 100
        guard percent.isFinite else { return "–" }
        if percent > 0 && percent < 0.01 { return "< 0.01 %" }
        return plain(percent, digits: percent < 1 ? 2 : 1) + " %"
    }

    /// "1.2 M", "3 ms", "40", "1,200 s", "2e300": significant digits with an SI prefix, except for
    /// thousands of seconds and where the prefixes end.
    package static func prefixed(_ value: Double, unit: String = "", digits: Int = 3) -> String {
        guard value.isFinite else { return value.isNaN ? "–" : value < 0 ? "-∞" : "∞" }
        let gap = unit.isEmpty ? "" : " "
        guard value != 0 else { return "0" + gap + unit }
        let magnitude = abs(value)
        if unit == "s" && magnitude >= 1000 && magnitude < 1e7 {
            return grouped(Int(value.rounded())) + " s"
        }
        let limit = unit == "s" ? 1000 : 9.995e14
        // Only seconds are cut smaller; a thousandth of a byte is no unit.
        guard magnitude >= (unit == "s" ? 1e-12 : 1e-3), magnitude < limit else {
            return scientific(value, digits: digits) + gap + unit
        }
        // One step up where rounding would write "1000 k".
        var group = Int((log10(magnitude) / 3).rounded(.down))
        if unit != "s" { group = max(group, 0) }
        var scaled = value / pow(1000, Double(group))
        if abs(rounded(scaled, digits: digits)) >= 1000 && group < 4 {
            group += unit == "s" && group == 0 ? 0 : 1
            scaled = value / pow(1000, Double(group))
        }
        let prefix = ["p", "n", "µ", "m", "", "k", "M", "G", "T"][group + 4]
        let text = trimmed(rounded(scaled, digits: digits))
        return text + (prefix.isEmpty ? gap : " ") + prefix + unit
    }

    /// Fixed digits behind the point, without needless zeros.
    static func plain(_ value: Double, digits: Int) -> String {
        let scale = pow(10, Double(digits))
        return trimmed((value * scale).rounded() / scale)
    }

    private static func scientific(_ value: Double, digits: Int) -> String {
        var exponent = Int(log10(abs(value)).rounded(.down))
        // Two steps: ten to the power of -324 is 0.
        let half = exponent / 2
        var mantissa = value / pow(10, Double(half)) / pow(10, Double(exponent - half))
        mantissa = rounded(mantissa, digits: digits)
        if abs(mantissa) >= 10 {
            mantissa /= 10
            exponent += 1
        }
        return trimmed(mantissa) + "e\(exponent)"
    }

    private static func rounded(_ value: Double, digits: Int) -> Double {
        guard value != 0 else { return 0 }
        let whole = Int(log10(abs(value)).rounded(.down)) + 1
        let scale = pow(10, Double(max(digits - whole, 0)))
        return (value * scale).rounded() / scale
    }

    private static func trimmed(_ value: Double) -> String {
        let text = value.description
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}
