package import Flows
import NetworkTypes

/// Finished flows as columns: what Parquet files hold, and what an analysis reads without a file between.
package struct FlowRecordTable: Sendable {
    private let columns: FlowColumnSet
    private let mode: MeterMode
    private let clock: ClockOffset
    private let names: [String]

    /// - Parameter clock: For the layouts of the old meters, which write local time.
    package init(_ columns: FlowColumnSet, mode: MeterMode, clock: ClockOffset) {
        (self.columns, self.mode, self.clock) = (columns, mode, clock)
        var seen: Set<String> = []
        // a header may have a name twice, a table with types may not
        names = columns.names.map { seen.insert($0).inserted ? $0 : $0 + ".1" }
    }

    /// The flows in columns with the names of the layout; flows of another mode than the table's have their numbers
    /// cut to the kind of the column.
    package func batch(of flows: [FlowRecord]) -> FlowBatch {
        let width = FlowRecord.numericFeatures.count
        var cells: [FlowCell] = []
        cells.reserveCapacity(flows.count * width)
        var details = DetailColumns(columns == .all ? FlowDetail.all : [], rows: flows.count)
        // row by row, since a flow is large
        for index in flows.indices {
            flows[index].appendCells(to: &cells)
            details.append(flows[index])
        }
        let values = columns.features.map { feature -> ColumnValues in
            guard FlowRecord.numericFeatures.contains(feature) else {
                return column(feature, flows)
            }
            let place = feature - FlowRecord.numericFeatures.lowerBound
            let own = stride(from: place, to: cells.count, by: width)
            return columns.isWhole(feature, in: mode)
                ? .integers(own.map { cells[$0].whole }) : .reals(own.map { cells[$0].number })
        }
        return FlowBatch(names: names, columns: values + details.values)
    }

    /// A column of the registry that is no number of the meter.
    private func column(_ feature: Int, _ flows: [FlowRecord]) -> ColumnValues {
        let isOrdered = columns.hasOrderedIdentifiers(in: mode)
        let isResponder = feature == 3 || feature == 4
        switch feature {
        case 0: return words(flows) { $1.appendIdentifier($0, isOrdered: isOrdered) }
        case 1, 3:
            return words(flows) {
                $1.append(isResponder ? $0.key.responder.address : $0.key.initiator.address)
            }
        case 2, 4:
            return .integers(
                flows.indices.map { row in
                    let key = flows[row].key
                    let end = isResponder ? key.responder : key.initiator
                    return flows[row].hasPorts ? Int64(end.port) : 0
                })
        case 5: return .integers(flows.indices.map { Int64(flows[$0].writtenProtocol) })
        case 6: return words(flows) { $1.append($0.start, columns.timeSpelling, clock: clock) }
        case 84: return words(flows) { _, text in text.append(columns.label) }
        case 85: return .integers(flows.indices.map { Int64(flows[$0].label?.number ?? 0) })
        default:
            return words(flows) {
                $1.append($0.label?.application ?? ApplicationLabel().application)
            }
        }
    }

    /// A column of texts, each written by `write`.
    private func words(
        _ flows: [FlowRecord], _ write: (borrowing FlowRecord, inout TextBuffer) -> Void
    ) -> ColumnValues {
        var table = WordTable()
        var text = TextBuffer(capacity: 256)
        let codes = flows.indices.map { index in
            text.removeAll()
            write(flows[index], &text)
            return table.code(of: text.word)
        }
        return .words(codes, table)
    }
}

extension FlowCell {
    /// The number without its fraction, 0 if it is not finite or too large.
    fileprivate var whole: Int64 {
        switch self {
        case .integer(let number): number
        case .real(let number): Int64(exactly: number.rounded(.towardZero)) ?? 0
        case .absent: 0
        }
    }
}

/// The details of some flows as columns.
private struct DetailColumns {
    private var details: [(source: FlowDetail.Source, kind: FlowDetail.Kind, place: Int)] = []
    private var wholes: [[Int64]] = []
    private var reals: [[Double]] = []
    private var texts: [(codes: [UInt32], table: WordTable)] = []

    init(_ list: [FlowDetail], rows: Int) {
        for detail in list {
            switch detail.kind {
            case .whole:
                details.append((detail.source, detail.kind, wholes.count))
                wholes.append([])
                wholes[wholes.count - 1].reserveCapacity(rows)
            case .wholeOrMissing:
                details.append((detail.source, detail.kind, reals.count))
                reals.append([])
                reals[reals.count - 1].reserveCapacity(rows)
            case .text:
                details.append((detail.source, detail.kind, texts.count))
                texts.append(([], WordTable()))
                texts[texts.count - 1].codes.reserveCapacity(rows)
            }
        }
    }

    mutating func append(_ flow: borrowing FlowRecord) {
        if details.isEmpty { return }
        let label = flow.label
        var text = TextBuffer(capacity: 256)
        for detail in details {
            let value = flow.value(of: detail.source, label: label)
            switch detail.kind {
            case .whole: wholes[detail.place].append(value.whole ?? 0)
            case .wholeOrMissing:
                reals[detail.place].append(value.whole.map(Double.init) ?? .nan)
            case .text:
                text.removeAll()
                text.append(value)
                let code = texts[detail.place].table.code(of: text.word)
                texts[detail.place].codes.append(code)
            }
        }
    }

    var values: [ColumnValues] {
        details.map { detail in
            switch detail.kind {
            case .whole: .integers(wholes[detail.place])
            case .wholeOrMissing: .optionalReals(reals[detail.place])
            case .text: .words(texts[detail.place].codes, texts[detail.place].table)
            }
        }
    }
}

extension FlowDetail.Value {
    fileprivate var whole: Int64? {
        if case .whole(let number) = self { number } else { nil }
    }
}

extension TextBuffer {
    /// The text as a word of a column; zeros, at which Parquet's bridge would end it, are replaced.
    fileprivate var word: String {
        let word = unsafe withOctets { octets in unsafe String(decoding: octets, as: UTF8.self) }
        return word.utf8.contains(0) ? word.replacing("\0", with: "\u{FFFD}") : word
    }
}
