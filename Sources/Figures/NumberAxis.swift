import Glibc

/// A range of numbers laid along a line, with ticks that people would choose.
struct NumberAxis {
    enum Scale: Sendable { case linear, logarithmic }

    struct Tick {
        var value: Double
        var label: String
    }

    let scale: Scale
    /// Below `upper`; above 0 on a logarithmic axis.
    let lower: Double
    let upper: Double

    /// Where a value lies between the ends, 0…1 inside them.
    func position(of value: Double) -> Double {
        switch scale {
        // Halves, so that the difference of two huge numbers stays finite.
        case .linear: (value / 2 - lower / 2) / (upper / 2 - lower / 2)
        case .logarithmic:
            (log10(value) - log10(lower)) / (log10(upper) - log10(lower))
        }
    }

    /// At most `count` ticks within the ends, and at least both ends where round numbers fail.
    func ticks(count: Int, unit: String) -> [Tick] {
        let values = scale == .linear ? linearValues(count) : logarithmicValues(count)
        let ticks = label(values, unit: unit)
        return ticks.count >= 2 ? ticks : label([lower, upper], unit: unit)
    }

    private func label(_ values: [Double], unit: String) -> [Tick] {
        // As many digits as tell neighbours apart.
        var digits = 3
        if scale == .linear, values.count > 1, let first = values.first, let last = values.last {
            let step = (last / 2 - first / 2) / Double(values.count - 1) * 2
            let ratio = max(abs(first), abs(last)) / step
            if ratio.isFinite && ratio > 1 { digits = min(max(3, Int(log10(ratio)) + 2), 15) }
        }
        return values.map {
            Tick(value: $0, label: NumberText.prefixed($0, unit: unit, digits: digits))
        }
    }

    /// Multiples of 1, 2 or 5 times a power of ten, as many as `count` allows.
    private func linearValues(_ count: Int) -> [Double] {
        let width = (upper / 2 - lower / 2) / Double(max(count, 2)) * 2
        guard width.isFinite, width > 0 else { return [] }
        let power = pow(10, log10(width).rounded(.down))
        for factor in [1.0, 2, 5, 10, 20, 50] {
            let step = factor * power
            let first = (lower / step).rounded(.up)
            let last = (upper / step).rounded(.down)
            // Beyond 2^53 steps from 0 neighbours are the same number.
            guard step.isNormal, abs(first) < 9e15, abs(last) < 9e15 else { return [] }
            guard last - first < Double(count) else { continue }
            return stride(from: first, through: last, by: 1).map { $0 * step }
        }
        return []
    }

    /// Powers of ten, evenly thinned out; with their doubles and fives where there are few.
    private func logarithmicValues(_ count: Int) -> [Double] {
        let first = Int((log10(lower) - 1e-9).rounded(.up))
        let last = Int((log10(upper) + 1e-9).rounded(.down))
        var values: [Double] = []
        if last - first >= 2 {
            let step = (last - first) / max(count, 2) + 1
            let start = first + (step - (first % step + step) % step) % step
            values = stride(from: start, through: last, by: step).map { pow(10, Double($0)) }
        } else {
            for power in (first - 1)...(last + 1) {
                values += [1, 2, 5].map { $0 * pow(10, Double(power)) }
            }
        }
        return values.filter { $0 >= lower * 0.999_999 && $0 <= upper * 1.000_001 && $0.isFinite }
    }
}
