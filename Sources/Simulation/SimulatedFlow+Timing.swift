import Statistics

extension ValueMix {
    /// `count` gaps that add up to `total`: one long one, some short ones, the rest alike.
    static func bursts(
        _ count: Int64, total: Int64, _ generator: inout SeededGenerator
    ) -> ValueMix {
        guard count > 1 else { return ValueMix(total, count: count) }
        // The longest gap takes a fair part of a short flow; in a long one no gap is that long.
        let part = generator.uniform(in: 0.2...0.8) * min(1, (12 / Double(count)).squareRoot())
        var longest = Int64(Double(total) * part)
        let shortest = min(generator.integer(in: 1...400), (total - longest) / (count - 1))
        let shortCount = Int64(Double(count - 1) * generator.uniform(in: 0.3...0.8))
        let others = count - 1 - shortCount
        let rest = total - longest - shortest * shortCount
        var mix = ValueMix(shortest, count: shortCount)
        if others == 0 {
            longest += rest
        } else {
            mix.add(rest / others, count: others)
            longest += rest % others
        }
        mix.add(longest, count: 1)
        return mix
    }

    /// `count` gaps that add up to `total`, alike but for the last microseconds. One of them is at
    /// least `longest`.
    static func even(_ count: Int64, total: Int64, longest: Int64 = 0) -> ValueMix {
        guard count > 1 else { return ValueMix(total, count: count) }
        let long = max(min(longest, total), total / count)
        let rest = total - long
        var mix = ValueMix(rest / (count - 1), count: count - 1)
        mix.add(long + rest % (count - 1), count: 1)
        return mix
    }
}

extension SimulatedFlow {
    /// When the packets came, for a flow whose packets and duration are known.
    enum Rhythm {
        /// With pauses and bursts, as people and their programs send.
        case bursts
        /// At equal distances, as a machine sends.
        case even
    }

    /// Fills in the gaps and periods of activity.
    mutating func spread(_ rhythm: Rhythm, _ generator: inout SeededGenerator) {
        guard packets > 1 else { return }
        switch rhythm {
        case .bursts: gaps = .bursts(packets - 1, total: duration, &generator)
        case .even: gaps = .even(packets - 1, total: duration)
        }
        pauses = gaps.above(Self.activityTimeout)
        initiatorGaps = sideGaps(of: initiator, &generator)
        responderGaps = sideGaps(of: responder, &generator)
        activePeriods = recordedActivity(&generator)
    }

    /// The gaps of one side: its first and last packet lie somewhat inside the flow.
    private func sideGaps(
        of side: ValueMix, _ generator: inout SeededGenerator
    ) -> ValueMix {
        guard side.count > 1 else { return ValueMix() }
        if side.count == packets { return gaps }
        let slack = Double(duration - gaps.largest) * 0.1 * generator.uniform()
        return .even(side.count - 1, total: duration - Int64(slack), longest: gaps.largest)
    }

    /// The periods of activity that ended in a pause: as many as pauses at most, each with two packets
    /// or more, and all of them within what the pauses leave of the duration.
    private func recordedActivity(_ generator: inout SeededGenerator) -> ValueMix {
        guard pauses.count > 0 else { return ValueMix() }
        let recorded = min(pauses.count, (packets - 1 - pauses.count) / 2)
        let active = duration - pauses.total
        guard recorded > 0, active >= recorded else { return ValueMix() }
        // Half of the flows exchange a few packets at once and then wait.
        let part = generator.chance(0.5) ? 0.0001 : generator.uniform(in: 0.1...0.9)
        let total = max(recorded, Int64(Double(active) * part))
        return .even(recorded, total: total, longest: total / 2)
    }
}
