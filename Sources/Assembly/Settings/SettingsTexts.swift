/// Lengths of time as people write them: `90s`, `15m`, `24h`, `30d`, `2w`.
package enum TimeText {
    private static let units: [(name: String, seconds: Double)] = [
        ("w", 604_800), ("d", 86_400), ("h", 3600), ("m", 60), ("s", 1),
    ]

    /// The seconds, or `nil` if the text is no length of time. Parts may follow each other: `1h30m`.
    package static func seconds(_ text: String) -> Double? {
        var rest = Substring(text)
        var sum = 0.0
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            guard let number = Double(digits), number >= 0 else { return nil }
            rest = rest.dropFirst(digits.count)
            if rest.hasPrefix("ms") {
                sum += number / 1000
                rest = rest.dropFirst(2)
                continue
            }
            guard let unit = units.first(where: { rest.hasPrefix($0.name) }) else { return nil }
            sum += number * unit.seconds
            rest = rest.dropFirst()
        }
        return sum
    }

    /// The shortest text of whole units.
    package static func text(_ seconds: Double) -> String {
        for unit in units
        where seconds >= unit.seconds && seconds.remainder(dividingBy: unit.seconds) == 0 {
            return "\(Int(seconds / unit.seconds))\(unit.name)"
        }
        return seconds == seconds.rounded() ? "\(Int(seconds))s" : "\(seconds)s"
    }
}

/// Amounts of octets as people write them: `500MB`, `64MiB`, `1024`.
package enum SizeText {
    private static let units: [(name: String, octets: Double)] = [
        ("kib", 1024), ("mib", 1_048_576), ("gib", 1_073_741_824), ("tib", 1_099_511_627_776),
        ("kb", 1e3), ("mb", 1e6), ("gb", 1e9), ("tb", 1e12), ("b", 1), ("", 1),
    ]

    package static func octets(_ text: String) -> Int? {
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == "." || $0 == "_") }
        guard let number = Double(digits.replacing("_", with: "")) else { return nil }
        let name = text.dropFirst(digits.count).drop { $0 == " " }.lowercased()
        guard let unit = units.first(where: { $0.name == name }) else { return nil }
        return Int(exactly: (number * unit.octets).rounded())
    }

    /// In the unit that gives the shortest number, binary units first.
    package static func text(_ octets: Int) -> String {
        let names = ["TiB", "GiB", "MiB", "KiB", "TB", "GB", "MB", "kB"]
        let amounts = names.compactMap { name in
            self.octets("1" + name).flatMap { unit in
                octets >= unit && octets % unit == 0 ? (octets / unit, name) : nil
            }
        }
        return amounts.min { $0.0 < $1.0 }.map { "\($0.0)\($0.1)" } ?? "\(octets)"
    }
}
