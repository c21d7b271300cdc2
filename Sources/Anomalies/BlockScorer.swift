internal import Baselines

/// Takes blocks of members through the parts and adds the parts up. Holds the memory for it.
struct BlockScorer {
    /// What stands in where the application has nothing of its own.
    let global: PopulationModel
    /// The model of the application whose members come next, if it has one.
    var own: PopulationModel?
    let parts: [ScorePart]
    /// The raw scores of the parts for the block scored last: higher is stranger.
    private(set) var rawScores: [[Lanes]]
    /// What each metric adds to them, not negative; column `j` at `j * ScoreBlock.vectors`.
    private var contributions: [[Lanes]]
    /// The whole score by row, once combined.
    private(set) var totals = [Double](repeating: 0, count: ScoreBlock.rows)
    /// Each metric's share by row, once combined; column `j` at `j * ScoreBlock.vectors`.
    private(set) var shares: [Lanes]

    private var block: ScoreBlock
    private var forestScratch = IsolationForest.Scratch()
    /// `-log10 p` of each part by row.
    private var surprises: [[Float]]

    init(model: PopulationModel, parts: [ScorePart], metricCount: Int) {
        global = model
        self.parts = parts
        block = ScoreBlock(metricCount: metricCount)
        shares = [Lanes](repeating: .zero, count: metricCount * ScoreBlock.vectors)
        let column = [Lanes](repeating: .zero, count: ScoreBlock.vectors)
        rawScores = parts.map { _ in column }
        contributions = [[Lanes]](repeating: shares, count: parts.count)
        surprises = parts.map { _ in [Float](repeating: 0, count: ScoreBlock.rows) }
    }

    /// Rows of the block scored last.
    var count: Int { block.count }

    /// The `-log10 p` of each part for one row of the block combined last.
    func surprises(of row: Int) -> [Float] { surprises.map { $0[row] } }

    /// Gives the members, at most 256 of the application, to the parts.
    mutating func score(_ table: PopulationTable, _ members: some Sequence<Int>) {
        block.load(table, members)
        // An application without a shape of its own is judged in the units of all flows.
        let hasShape = own?.scales != nil
        if let scales = own?.scales { scales.apply(to: block.logs, into: &block.ownUnits) }
        if !hasShape || parts.contains(.globalNeighbours) {
            global.scales?.apply(to: block.logs, into: &block.globalUnits)
        }
        for index in parts.indices {
            if parts[index] == .globalNeighbours, let twin = twin(hasShape: hasShape) {
                copy(part: twin, to: index)
                continue
            }
            Self.clear(&rawScores[index])
            Self.clear(&contributions[index])
            score(table, part: index, isOwn: hasShape && !parts[index].isGlobal)
        }
    }

    /// The part whose result is also that of the nearest neighbours among all flows: the application's
    /// nearest neighbours, where its memory is that of all flows.
    private func twin(hasShape: Bool) -> Int? {
        hasShape && own?.neighbours != nil ? nil : parts.firstIndex(of: .neighbours)
    }

    private mutating func copy(part source: Int, to target: Int) {
        Self.copy(rawScores[source], to: &rawScores[target])
        Self.copy(contributions[source], to: &contributions[target])
    }

    private static func copy(_ source: [Lanes], to target: inout [Lanes]) {
        let source = source.span
        var target = target.mutableSpan
        for index in target.indices { target[index] = source[index] }
    }

    private static func clear(_ lanes: inout [Lanes]) {
        var lanes = lanes.mutableSpan
        for index in lanes.indices { lanes[index] = .zero }
    }

    private mutating func score(_ table: PopulationTable, part index: Int, isOwn: Bool) {
        let model = isOwn ? own ?? global : global
        switch parts[index] {
        case .density:
            (own?.density ?? global.density)?.score(
                block.logs, scores: &rawScores[index], contributions: &contributions[index])
        case .covariance:
            model.covariance?.score(
                isOwn ? block.ownUnits : block.globalUnits,
                scores: &rawScores[index], contributions: &contributions[index])
        case .neighbours, .globalNeighbours:
            let memory = isOwn ? own?.neighbours : nil
            (memory ?? global.neighbours)?.score(
                memory != nil ? block.ownUnits : block.globalUnits, rows: block.count,
                scores: &rawScores[index], contributions: &contributions[index])
        case .sparseNeighbours:
            model.sparse?.score(
                isOwn ? block.ownUnits : block.globalUnits, rows: block.count,
                scores: &rawScores[index], contributions: &contributions[index])
        case .forest:
            model.forest?.score(
                isOwn ? block.ownUnits : block.globalUnits, rows: block.count,
                scratch: &forestScratch, scores: &rawScores[index],
                contributions: &contributions[index])
        case .globalTail:
            global.tail?.score(
                table, block.members,
                scores: &rawScores[index], contributions: &contributions[index])
        }
    }

    /// Adds up the parts: `S = mean of -log10 p + novelty + 0.001 mean ln(1 + raw)`. The last term keeps
    /// the order of flows that lie beyond all calibration flows.
    ///
    /// A metric's share is the mean of its shares in the parts, each part weighed by how strange it
    /// finds the flow.
    mutating func combine(_ calibrations: [PartCalibration], novelty: Double) {
        let metricCount = block.metricCount
        let vectors = (block.count + 7) / 8
        for row in 0..<block.count { totals[row] = novelty }
        for index in shares.indices { shares[index] = .zero }
        let weight = 1 / Double(max(1, parts.count))
        var sums = [Lanes](repeating: .zero, count: vectors)
        for part in parts.indices {
            calibrations[part].apply(to: rawScores[part], rows: block.count, into: &surprises[part])
            for vector in 0..<vectors {
                let raw = rawScores[part][vector]
                let tie = VectorMath.signedLog(raw)
                var strangeness = Lanes.zero
                for lane in 0..<min(8, block.count - vector * 8) {
                    let row = vector * 8 + lane
                    totals[row] +=
                        weight * (Double(surprises[part][row]) + 0.001 * Double(tie[lane]))
                    strangeness[lane] = surprises[part][row] + 0.01
                }
                add(part, strangeness, vector, metricCount, &sums)
            }
        }
        for vector in 0..<vectors {
            let factor = (1 / sums[vector]).replacing(with: 0, where: sums[vector] .<= 0)
            for metric in 0..<metricCount { shares[metric * ScoreBlock.vectors + vector] *= factor }
        }
    }

    /// Adds one part's shares of eight rows, weighed by `strangeness`. A missing value has no share.
    private mutating func add(
        _ part: Int, _ strangeness: Lanes, _ vector: Int, _ metricCount: Int, _ sums: inout [Lanes]
    ) {
        let source = contributions[part]
        let contributions = source.span
        let logs = block.logs
        var target = shares.mutableSpan
        var sum = Lanes.zero
        for metric in 0..<metricCount {
            let place = metric * ScoreBlock.vectors + vector
            sum += contributions[place].replacing(with: 0, where: logs[place] .!= logs[place])
        }
        let counts = sum .> 1e-12
        let factor = (strangeness / sum).replacing(with: 0, where: .!counts)
        for metric in 0..<metricCount {
            let place = metric * ScoreBlock.vectors + vector
            let share = factor * contributions[place]
            target[place] += share.replacing(with: 0, where: logs[place] .!= logs[place])
        }
        sums[vector] += strangeness.replacing(with: 0, where: .!counts)
    }
}
