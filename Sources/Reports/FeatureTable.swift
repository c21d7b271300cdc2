import Baselines
import FlowFormats
import Flows
private import Glibc
import NetworkTypes

/// Any table of numbers and words, as populations of numbers: for judging scores on labelled tables.
///
/// A text column becomes −log10 of how frequent its word is in the table that was learnt from.
struct FeatureTable {
    /// The columns of a table that are wanted, by name.
    struct Choice {
        let features: [String]
        let group: String?
        let kept: [String]
    }

    /// Which features are text, and how frequent each word is; learnt once, used for other tables.
    struct Encoding {
        let isText: [Bool]
        fileprivate(set) var frequencies: [[String: Int]]
        fileprivate(set) var rowCount = 0

        /// −log10 of the word's share, with half a count for words never seen.
        fileprivate func rarity(of word: String, feature: Int) -> Double {
            let count = Double(frequencies[feature][word] ?? 0)
            return -log10((count + 0.5) / (Double(rowCount) + 1))
        }
    }

    let table: PopulationTable
    /// The kept columns, one text a row in input order; rows that were rejected are not among them.
    let kept: [(codes: [UInt32], words: WordTable)]
    /// The input row of each kept text.
    let rows: [UInt32]
    let encoding: Encoding
    let rejects: RejectCounts

    /// - Parameter encoding: That of the table which was learnt from; `nil` if it is this one.
    init(
        path: String, choice: Choice, encoding: Encoding?, settings: AnalysisSettings,
        progress: ProgressReport
    ) throws {
        let file = try TableFile(path: path, header: settings.header)
        let columns = try Self.columns(of: choice.features, in: file)
        let groups = try Self.columns(of: choice.group.map { [$0] } ?? [], in: file)
        let keptColumns = try Self.columns(of: choice.kept, in: file)
        let isText = try encoding?.isText ?? Self.textColumns(columns, of: file)
        let numeric = columns.indices.filter { !isText[$0] }
        let textual = columns.indices.filter { isText[$0] }
        let textColumns = textual.map { columns[$0] } + groups + keptColumns
        let request = TableRequest(
            numbers: numeric.map { columns[$0] },
            texts: textColumns.enumerated().map { .init(column: $1, wordList: $0) })
        var lists = textColumns.map { _ in OctetInterner() }
        var rows: [UInt32] = []
        var numbers = numeric.map { _ in [Double]() }
        var codes = textColumns.map { _ in [UInt32]() }
        rejects = try file.read(request, wordLists: &lists, threads: settings.threads) {
            batch, _, position in
            rows += batch.rows
            for index in numbers.indices { numbers[index] += batch.numbers[index] }
            for index in codes.indices { codes[index] += batch.codes[index] }
            try progress(
                .init(
                    stage: "reading", fraction: position.fraction, count: position.rows,
                    unit: "rows"))
        }
        guard !rows.isEmpty else {
            let reason = rejects.entries.first.map {
                "every row was rejected, the first for \($0.reason)"
            }
            throw AnalysisError.noUsableRows(reason: reason ?? "the table holds no rows")
        }
        let encoding = encoding ?? Self.learn(isText, textual, codes, lists, rowCount: rows.count)
        var members = PopulationBuilder.Members(metricCount: columns.count)
        for (place, feature) in numeric.enumerated() { members.columns[feature] = numbers[place] }
        for (place, feature) in textual.enumerated() {
            let rarities = (0..<lists[place].count).map {
                encoding.rarity(of: lists[place].word($0), feature: feature)
            }
            members.columns[feature] = codes[place].map { rarities[Int($0)] }
        }
        let groupPlace = groups.isEmpty ? nil : textual.count
        members.populations = groupPlace.map { codes[$0] } ?? Array(repeating: 0, count: rows.count)
        members.rows = Array(0..<UInt32(rows.count))
        members.directions = Array(repeating: .unknown, count: rows.count)
        members.publicEnds = Array(repeating: .max, count: rows.count)
        members.holdouts = rows.map { row in
            var hash = StableHash()
            hash.combine(UInt64(row))
            return UInt8(hash.value % 10)
        }
        var builder = PopulationBuilder(metrics: choice.features)
        builder.append(members)
        let names = groupPlace.map { place in (0..<lists[place].count).map { lists[place].word($0) }
        }
        table = builder.finish(names: names ?? [FlowLoader.everything])
        kept = keptColumns.indices.map { index in
            let place = textual.count + groups.count + index
            let words = (0..<lists[place].count).map { lists[place].word($0) }
            var table = WordTable()
            let translation = words.map { table.code(of: $0) }
            return (codes[place].map { translation[Int($0)] }, table)
        }
        self.rows = rows
        self.encoding = encoding
    }

    private static func columns(of names: [String], in file: TableFile) throws -> [Int] {
        let places = names.map { file.layout.column(named: $0) }
        let missing = zip(names, places).filter { $0.1 == nil }.map(\.0)
        guard missing.isEmpty else {
            throw AnalysisError.missingColumns(
                path: file.path, names: missing, dialect: file.layout.dialect)
        }
        return places.compactMap { $0 }
    }

    private struct Enough: Error {}

    /// A column is text if one of the table's first cells is neither a number nor missing.
    private static func textColumns(_ columns: [Int], of file: TableFile) throws -> [Bool] {
        if let known = file.isText(columns.first ?? 0).map({ _ in
            columns.map { file.isText($0) == true }
        }) {
            return known
        }
        let request = TableRequest(
            numbers: [], texts: columns.enumerated().map { .init(column: $1, wordList: $0) })
        var lists = columns.map { _ in OctetInterner() }
        do {
            _ = try file.read(request, wordLists: &lists, threads: 1) { _, _, _ in throw Enough() }
        } catch is Enough {}
        return lists.map { list in
            (0..<list.count).contains { code in
                unsafe list.withOctets(of: code) { unsafe NumberParser.parse($0) == .notANumber }
            }
        }
    }

    private static func learn(
        _ isText: [Bool], _ textual: [Int], _ codes: [[UInt32]], _ lists: [OctetInterner],
        rowCount: Int
    ) -> Encoding {
        var encoding = Encoding(
            isText: isText, frequencies: isText.map { _ in [:] }, rowCount: rowCount)
        for (place, feature) in textual.enumerated() {
            var counts = [Int](repeating: 0, count: lists[place].count)
            for code in codes[place] { counts[Int(code)] += 1 }
            for (code, count) in counts.enumerated() {
                encoding.frequencies[feature][lists[place].word(code), default: 0] += count
            }
        }
        return encoding
    }
}
