import Statistics

/// The value of a numeric feature, in the kind that its meter writes it.
package enum FlowCell: Hashable, Sendable {
    case integer(Int64)
    case real(Double)
    /// A group of statistics without values: 0.
    case absent

    package var number: Double {
        switch self {
        case .integer(let number): Double(number)
        case .real(let number): number
        case .absent: 0
        }
    }
}

extension FlowRecord {
    /// The registry's features from `Flow.Duration` to `Idle.Min`, which are the numbers of a flow.
    package static let numericFeatures = 7..<84

    /// Appends the flow's numeric features in the order of the registry, by the definitions of its mode
    /// (reference: CICFlowMeter's `BasicFlow.dumpFlowBasedFeatures`).
    package func appendCells(to cells: inout [FlowCell]) {
        cells.append(addingCapacity: Self.numericFeatures.count) { append(to: &$0) }
    }

    private func append(to cells: inout OutputSpan<FlowCell>) {
        let duration = durationMicroseconds
        cells.append(.integer(duration))
        cells.append(.integer(Int64(forward.packets)))
        cells.append(.integer(Int64(backward.packets)))
        cells.append(.real(Double(forward.payloadOctets)))
        cells.append(.real(Double(backward.payloadOctets)))
        appendLengths(forward, to: &cells)
        appendLengths(backward, to: &cells)
        cells.append(.real(rate(forward.payloadOctets + backward.payloadOctets)))
        cells.append(.real(rate(packets)))
        // A flow of one packet has no gaps; only the corrected mode writes such flows.
        append(gaps, orElse: gaps.count == 0, to: &cells)
        appendGaps(forward, to: &cells)
        appendGaps(backward, to: &cells)
        appendHeaders(to: &cells)
        appendAllLengths(to: &cells)
        appendFlagCounts(to: &cells)
        appendAverages(to: &cells)
        appendBulks(to: &cells)
        appendSubflows(to: &cells)
        cells.append(.integer(Int64(forward.initialWindow)))
        cells.append(.integer(Int64(backward.initialWindow)))
        cells.append(.integer(Int64(forward.dataPackets)))
        cells.append(.integer(Int64(forward.minimumHeaderOctets)))
        appendPeriods(active, to: &cells)
        appendPeriods(idle, to: &cells)
    }

    /// All of the numeric features.
    package var cells: [FlowCell] {
        var cells: [FlowCell] = []
        cells.reserveCapacity(Self.numericFeatures.count)
        appendCells(to: &cells)
        return cells
    }

    private var isLegacy: Bool { mode.isLegacy }

    /// Something over the duration in seconds. The old meters divide by nothing; the corrected one gives 0.
    private func rate(_ amount: UInt64) -> Double {
        if !isLegacy && durationMicroseconds <= 0 { return 0 }
        return Double(amount) / (Double(durationMicroseconds) / 1_000_000)
    }

    private func rateOrZero(_ amount: UInt64) -> Double {
        durationMicroseconds > 0 ? rate(amount) : 0
    }

    /// Maximum, minimum, mean and standard deviation of a direction's payloads.
    private func appendLengths(_ direction: Direction, to cells: inout OutputSpan<FlowCell>) {
        let moments = direction.payload
        guard moments.count > 0 else { return appendAbsent(4, to: &cells) }
        cells.append(.real(moments.maximum))
        cells.append(.real(moments.minimum))
        cells.append(.real(moments.mean))
        cells.append(.real(moments.standardDeviation))
    }

    /// Mean, standard deviation, maximum and minimum.
    private func append(
        _ moments: RunningMoments, orElse isAbsent: Bool, to cells: inout OutputSpan<FlowCell>
    ) {
        guard !isAbsent else { return appendAbsent(4, to: &cells) }
        cells.append(.real(moments.mean))
        cells.append(.real(moments.standardDeviation))
        cells.append(.real(moments.maximum))
        cells.append(.real(moments.minimum))
    }

    private func appendGaps(_ direction: Direction, to cells: inout OutputSpan<FlowCell>) {
        guard direction.packets > 1 else { return appendAbsent(5, to: &cells) }
        cells.append(.real(Double(direction.spanMicroseconds)))
        append(direction.gaps, orElse: false, to: &cells)
    }

    private func appendPeriods(_ moments: RunningMoments, to cells: inout OutputSpan<FlowCell>) {
        append(moments, orElse: moments.count == 0, to: &cells)
    }

    private func appendAbsent(_ count: Int, to cells: inout OutputSpan<FlowCell>) {
        for _ in 0..<count { cells.append(.absent) }
    }

    private func appendHeaders(to cells: inout OutputSpan<FlowCell>) {
        // The old meters look at the first packet alone, and never at the responder's.
        let first = { (flag: Int) in Int64(self.firstFlags >> UInt8(flag) & 1) }
        let (psh, urg) = (Flag.psh, Flag.urg)
        cells.append(.integer(isLegacy ? first(psh) : Int64(forward.flagCounts[psh])))
        cells.append(.integer(isLegacy ? 0 : Int64(backward.flagCounts[psh])))
        cells.append(.integer(isLegacy ? first(urg) : Int64(forward.flagCounts[urg])))
        cells.append(.integer(isLegacy ? 0 : Int64(backward.flagCounts[urg])))
        cells.append(.integer(forward.transportHeaderOctets))
        cells.append(.integer(backward.transportHeaderOctets))
        cells.append(.real(rateOrZero(forward.packets)))
        cells.append(.real(rateOrZero(backward.packets)))
    }

    private func appendAllLengths(to cells: inout OutputSpan<FlowCell>) {
        cells.append(.real(lengths.minimum))
        cells.append(.real(lengths.maximum))
        cells.append(.real(lengths.mean))
        cells.append(.real(lengths.standardDeviation))
        cells.append(.real(lengths.variance))
    }

    /// Bits of the TCP flags.
    private enum Flag {
        static let (fin, syn, rst, psh, ack, urg, ece, cwr) = (0, 1, 2, 3, 4, 5, 6, 7)
    }

    private func appendFlagCounts(to cells: inout OutputSpan<FlowCell>) {
        switch mode {
        case .unicauca, .cic2018:
            // The flags of the first packet, in the order in which Java 7 and later walk a hash map of them.
            let order: [8 of Int] = [
                Flag.rst, Flag.psh, Flag.ece, Flag.syn, Flag.ack, Flag.fin, Flag.urg, Flag.cwr,
            ]
            for place in order.indices {
                cells.append(.integer(Int64(firstFlags >> UInt8(order[place]) & 1)))
            }
        case .cicHead, .corrected:
            let order: [8 of Int] = [
                Flag.fin, Flag.syn, Flag.rst, Flag.psh, Flag.ack, Flag.urg, Flag.cwr, Flag.ece,
            ]
            for place in order.indices {
                let flag = order[place]
                let count =
                    UInt64(forward.flagCounts[flag]) + UInt64(backward.flagCounts[flag])
                cells.append(.integer(Int64(count)))
            }
        }
    }

    private func appendAverages(to cells: inout OutputSpan<FlowCell>) {
        let octets = forward.payloadOctets + backward.payloadOctets
        let (forwardPackets, backwardPackets) = (forward.packets, backward.packets)
        let ratio =
            forwardPackets == 0
            ? 0
            : isLegacy
                ? Double(backwardPackets / forwardPackets)
                : Double(backwardPackets) / Double(forwardPackets)
        cells.append(.real(ratio))
        let counted = octets + (isLegacy ? UInt64(firstPayload) : 0)
        cells.append(.real(packets == 0 ? 0 : Double(counted) / Double(packets)))
        cells.append(.real(forward.meanPayload))
        cells.append(.real(backward.meanPayload))
        cells.append(.integer(forward.transportHeaderOctets))
    }

    private func appendBulks(to cells: inout OutputSpan<FlowCell>) {
        appendBulks(forward, to: &cells)
        appendBulks(backward, to: &cells)
    }

    /// Octets a bulk, packets a bulk, octets a second.
    private func appendBulks(_ direction: Direction, to cells: inout OutputSpan<FlowCell>) {
        let seconds = Double(direction.bulkMicroseconds) / 1_000_000
        let (bulks, octets) = (Double(direction.bulks), Double(direction.bulkOctets))
        append(bulks: direction.bulks, octets / bulks, to: &cells)
        append(bulks: direction.bulks, Double(direction.bulkPackets) / bulks, to: &cells)
        // Less than nothing where an old meter's packets ran backwards.
        append(bulks: direction.bulks, seconds != 0 ? octets / seconds : 0, to: &cells)
    }

    private func append(bulks: UInt32, _ average: Double, to cells: inout OutputSpan<FlowCell>) {
        if isLegacy {
            cells.append(.integer(bulks == 0 ? 0 : Int64(average)))
        } else {
            cells.append(.real(bulks == 0 ? 0 : average))
        }
    }

    private func appendSubflows(to cells: inout OutputSpan<FlowCell>) {
        // Subflows by mode: one (none within the first second of 1970, for a parenthesis stands wrong), the
        // number of gaps (0 gaps give zeros), or gaps and one.
        let begin = Double(start.microseconds)
        let count: UInt64 =
            switch mode {
            case .unicauca, .cic2018: begin - begin / 1_000_000 > 1 ? 1 : 0
            case .cicHead: UInt64(longGaps)
            case .corrected: UInt64(longGaps) + 1
            }
        append(forward.packets, by: count, to: &cells)
        append(forward.payloadOctets, by: count, to: &cells)
        append(backward.packets, by: count, to: &cells)
        append(backward.payloadOctets, by: count, to: &cells)
    }

    private func append(_ amount: UInt64, by subflows: UInt64, to cells: inout OutputSpan<FlowCell>)
    {
        if isLegacy {
            cells.append(.integer(subflows == 0 ? 0 : Int64(amount / subflows)))
        } else {
            cells.append(.real(Double(amount) / Double(subflows)))
        }
    }
}

extension FlowRecord.Direction {
    fileprivate var meanPayload: Double {
        packets == 0 ? 0 : Double(payloadOctets) / Double(packets)
    }
}
