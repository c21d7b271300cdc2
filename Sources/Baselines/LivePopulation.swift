package import NetworkTypes
package import Statistics

/// What is kept of one population: counts, rhythm, moments, histograms and a memory of some of its flows.
///
/// It is bounded and mergeable: counts, rhythm, histograms and memory come out equal to the bit whatever
/// the order of flows and merges, moments but for rounding. Values are taken in single precision, so that
/// the memory tells all there is to know as long as it holds every flow; histograms of their own begin
/// with the first flow that does not fit.
package struct LivePopulation: Sendable, Equatable {
    /// Flows learnt.
    package private(set) var count: UInt64 = 0
    /// When the first and the last of them ended, by event time; `nil` while there are none.
    package private(set) var times: ClosedRange<Timestamp>?
    /// Flows by the hour of the week in which they ended, UTC, from Monday 0:00.
    package private(set) var hours = [UInt32](repeating: 0, count: Self.hoursOfWeek)
    /// The finite values, metric by metric.
    package private(set) var moments: [RunningMoments]
    package private(set) var memory: FlowMemory
    /// One a metric once the memory has not room for all flows, none before.
    private var counted: [LogLinearHistogram] = []
    /// Counters of all histograms together.
    private var counterCount = 0

    package static let hoursOfWeek = 168

    package init(metricCount: Int, rule: FlowMemory.Rule) {
        moments = Array(repeating: RunningMoments(), count: metricCount)
        memory = FlowMemory(rule: rule, metricCount: metricCount)
    }

    package var metricCount: Int { moments.count }

    /// Octets of memory in use, a little more than less.
    package var octets: Int {
        // Arrays that grow have up to twice the room they need.
        512 + Self.hoursOfWeek * 4 + metricCount * 64 + memory.octets + counterCount * 16
    }

    /// Learns one flow.
    ///
    /// - Parameter values: one a metric; those that are not finite are missing.
    package mutating func learn(
        _ values: [Float], end: Timestamp, priority: Int64, holdout: UInt8
    ) {
        if counted.isEmpty, count == memory.rule.capacity {
            counted = countMemory()
            counterCount = counted.reduce(0) { $0 + $1.counts.count }
        }
        count += 1
        extend(to: end...end)
        let hour = Self.hourOfWeek(end)
        if hours[hour] < .max { hours[hour] += 1 }
        add(values.span)
        memory.add(priority: priority, time: end, label: UInt32(holdout), values: values)
    }

    private mutating func add(_ values: Span<Float>) {
        var moments = moments.mutableSpan
        for metric in values.indices where values[metric].isFinite {
            moments[metric].add(Double(values[metric]))
        }
        guard !counted.isEmpty else { return }
        var added = 0
        var histograms = counted.mutableSpan
        for metric in values.indices {
            let before = histograms[metric].counts.count
            histograms[metric].add(Double(values[metric]))
            added += histograms[metric].counts.count - before
        }
        counterCount += added
    }

    /// Adds what was learnt elsewhere of the same population.
    ///
    /// - Precondition: both have the same metrics and memories of one rule.
    package mutating func merge(_ other: LivePopulation) {
        guard let otherTimes = other.times else { return }
        if count + other.count > UInt64(memory.rule.capacity) {
            let mine = counted.isEmpty ? countMemory() : counted
            let theirs = other.counted.isEmpty ? other.countMemory() : other.counted
            counted = mine
            for metric in counted.indices { counted[metric].merge(theirs[metric]) }
            counterCount = counted.reduce(0) { $0 + $1.counts.count }
        }
        count += other.count
        extend(to: otherTimes)
        for hour in hours.indices {
            let (sum, overflow) = hours[hour].addingReportingOverflow(other.hours[hour])
            hours[hour] = overflow ? .max : sum
        }
        for metric in moments.indices { moments[metric].merge(other.moments[metric]) }
        memory.merge(other.memory)
    }

    /// All values of a metric.
    package func histogram(_ metric: Int) -> LogLinearHistogram {
        guard counted.isEmpty else { return counted[metric] }
        var histogram = LogLinearHistogram()
        for place in 0..<memory.count { histogram.add(Double(memory.value(metric, at: place))) }
        return histogram
    }

    /// What value is typical for a metric, `nil` without finite values.
    ///
    /// The most frequent value if there is one (``frequentValues(_:limit:)``), which is exact while all flows are
    /// remembered. Else the middle of the densest bucket of the histogram.
    package func typicalValue(_ metric: Int) -> TypicalValue? {
        guard moments[metric].count > 0 else { return nil }
        if let frequent = frequentValues(metric, limit: 1).first {
            return TypicalValue(value: frequent.value, kind: .mostFrequentValue)
        }
        let histogram = histogram(metric)
        let densest = histogram.counts.indices.max {
            histogram.counts[$0] < histogram.counts[$1]
        }
        return TypicalValue(
            value: LogLinearHistogram.value(of: histogram.firstBucket + (densest ?? 0)),
            kind: .densestBucket)
    }

    /// The hour of the week of an instant, UTC: 0 is Monday 0:00 to 1:00.
    package static func hourOfWeek(_ time: Timestamp) -> Int {
        let (quotient, remainder) = time.nanoseconds.quotientAndRemainder(
            dividingBy: 3_600_000_000_000)
        // 1970 began on a Thursday.
        let hour = (Int(quotient) - (remainder < 0 ? 1 : 0) + 72) % hoursOfWeek
        return hour < 0 ? hour + hoursOfWeek : hour
    }

    private mutating func extend(to added: ClosedRange<Timestamp>) {
        guard let times else { return self.times = added }
        if !times.contains(added.lowerBound) || !times.contains(added.upperBound) {
            self.times =
                min(times.lowerBound, added.lowerBound)...max(times.upperBound, added.upperBound)
        }
    }

    /// The histograms of the remembered flows, which must be all flows.
    private func countMemory() -> [LogLinearHistogram] {
        var histograms = [LogLinearHistogram](repeating: LogLinearHistogram(), count: metricCount)
        for place in 0..<memory.count {
            for metric in 0..<metricCount {
                histograms[metric].add(Double(memory.value(metric, at: place)))
            }
        }
        return histograms
    }
}

/// A value that stands for a metric of a population, and what it is.
package struct TypicalValue: Sendable, Equatable {
    package enum Kind: Sendable {
        case mostFrequentValue, densestBucket
    }

    package let value: Double
    package let kind: Kind

    package init(value: Double, kind: Kind) { (self.value, self.kind) = (value, kind) }
}

extension LivePopulation {
    package func write(to writer: inout ByteWriter) {
        writer.add(short: count)
        writer.add(times?.lowerBound.nanoseconds ?? 0)
        writer.add(times?.upperBound.nanoseconds ?? 0)
        for hour in hours { writer.add(short: UInt64(hour)) }
        for moment in moments { moment.write(to: &writer) }
        memory.write(to: &writer)
        writer.add(UInt8(counted.isEmpty ? 0 : 1))
        for histogram in counted { histogram.write(to: &writer) }
    }

    /// Reads what ``write(to:)`` wrote.
    package init(
        from reader: inout ByteReader, metricCount: Int, rule: FlowMemory.Rule
    ) throws(ByteReader.Failure) {
        self.init(metricCount: metricCount, rule: rule)
        count = try reader.counter()
        let first = Timestamp(nanoseconds: try reader.integer(Int64.self))
        let last = Timestamp(nanoseconds: try reader.integer(Int64.self))
        guard first <= last, count > 0 else { throw .damaged("a population without flows") }
        times = first...last
        for hour in hours.indices {
            guard let number = UInt32(exactly: try reader.counter()) else {
                throw .damaged("a rhythm out of range")
            }
            hours[hour] = number
        }
        for metric in moments.indices {
            moments[metric] = try RunningMoments(from: &reader)
            guard moments[metric].count <= count else { throw .damaged("moments out of range") }
        }
        memory = try FlowMemory(from: &reader, rule: rule, metricCount: metricCount)
        let isCounted = try reader.integer(UInt8.self) == 1
        guard memory.count == min(count, UInt64(rule.capacity)),
            isCounted == (count > UInt64(rule.capacity))
        else { throw .damaged("a population that remembers too little") }
        guard isCounted else { return }
        for _ in 0..<metricCount {
            let histogram = try LogLinearHistogram(from: &reader)
            guard histogram.count + histogram.excludedCount == count else {
                throw .damaged("a histogram of other flows")
            }
            counted.append(histogram)
        }
        counterCount = counted.reduce(0) { $0 + $1.counts.count }
    }
}
