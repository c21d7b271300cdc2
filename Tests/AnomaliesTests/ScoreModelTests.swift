import Anomalies
import Baselines
import Statistics
import Testing

@Suite(.serialized)
struct ScoreModelTests {
    @Test(arguments: LearningProtocol.allCases)
    func `the same table and seed give the same bits, in one piece or many`(
        protocol: LearningProtocol
    ) {
        let table = FlowTables.ordinary(6_000, seed: 5)
        let model = ScoreModel.learn(from: table, protocol: `protocol`)
        let again = ScoreModel.learn(from: table, protocol: `protocol`)
        #expect(model.encoded() == again.encoded())
        let whole = model.score(table)
        #expect(again.score(table) == whole)
        var scores: [Double] = []
        var shares: [Float] = []
        for start in stride(from: 0, to: table.count, by: 777) {
            let part = model.score(table, members: start..<min(start + 777, table.count))
            scores += part.scores
            shares += part.contributions[1]
        }
        #expect(scores == whole.scores)
        #expect(shares == whole.contributions[1])
    }

    @Test(arguments: LearningProtocol.allCases)
    func `another seed gives another model of the same opinion`(protocol: LearningProtocol) {
        let table = FlowTables.ordinary(6_000, seed: 5)
        var other = ScoreConfiguration()
        other.seed = 99
        let one = ScoreModel.learn(from: table, protocol: `protocol`).score(table).scores
        let two = ScoreModel.learn(from: table, protocol: `protocol`, configuration: other)
            .score(table).scores
        #expect(one != two)
        #expect(correlation(one, two) > 0.85)
    }

    private func correlation(_ one: [Double], _ two: [Double]) -> Double {
        let count = Double(one.count)
        let (a, b) = (one.reduce(0, +) / count, two.reduce(0, +) / count)
        let ab = zip(one, two).reduce(0) { $0 + ($1.0 - a) * ($1.1 - b) }
        let aa = one.reduce(0) { $0 + ($1 - a) * ($1 - a) }
        let bb = two.reduce(0) { $0 + ($1 - b) * ($1 - b) }
        return ab / (aa * bb).squareRoot()
    }

    @Test(arguments: LearningProtocol.allCases)
    func `planted flows stand at the top`(protocol: LearningProtocol) {
        var google = FlowTables.flows(9_000, seed: 31)
        // Ten long, thin flows of tiny packets among nine thousand.
        for index in 0..<10 {
            google[0][index * 900] = 3e9 + Double(index) * 1e7
            google[1][index * 900] = 40
            google[2][index * 900] = 1
        }
        let table = FlowTables.table([("Google", google)])
        let scored = ScoreModel.learn(from: table, protocol: `protocol`).score(table)
        let top = scored.scores.indices.sorted { scored.scores[$0] > scored.scores[$1] }.prefix(12)
        #expect(top.count { $0 % 900 == 0 } >= 10)
    }

    @Test(arguments: LearningProtocol.allCases)
    func `the shares of a flow add up to 1 or are all 0`(protocol: LearningProtocol) {
        let table = FlowTables.ordinary(3_000, seed: 41)
        let scored = ScoreModel.learn(from: table, protocol: `protocol`).score(table)
        for member in 0..<table.count {
            let shares = scored.contributions.map { $0[member] }
            let sum = shares.reduce(0, +)
            #expect(abs(sum - 1) < 1e-4 || sum == 0)
            #expect(shares.allSatisfy { $0 >= 0 && $0 <= 1.0001 })
        }
    }

    @Test(arguments: LearningProtocol.allCases)
    func `the metric that was moved has the largest share`(protocol: LearningProtocol) {
        let learnt = FlowTables.table([("Google", FlowTables.flows(8_000, seed: 51))])
        let model = ScoreModel.learn(from: learnt, protocol: `protocol`)
        let middle = [1e5, 2_000, 66, 1.0]
        for metric in [0, 1, 2] {
            var flow = middle.map { [$0] }
            flow[metric][0] *= 1e5
            let scored = model.score(FlowTables.table([("Google", flow)]))
            let shares = scored.contributions.map { $0[0] }
            #expect(shares[metric] == shares.max(), "\(FlowTables.metrics[metric]): \(shares)")
        }
    }

    @Test(arguments: LearningProtocol.allCases)
    func `a table without rows gives a model that finds nothing strange`(protocol: LearningProtocol)
    {
        let empty = FlowTables.table([])
        let model = ScoreModel.learn(from: empty, protocol: `protocol`)
        #expect(model.score(empty).scores.isEmpty)
        let scored = model.score(FlowTables.ordinary(60, seed: 1))
        #expect(scored.tiers.allSatisfy { $0 == 0 })
        #expect(scored.pValues.allSatisfy { $0 == 1 })
        #expect(scored.scores.allSatisfy { $0.isFinite })
    }

    @Test(arguments: LearningProtocol.allCases, [1, 2, 3, 9, 40])
    func `tiny tables are learnt and scored`(protocol: LearningProtocol, count: Int) {
        let table = FlowTables.table([("Google", FlowTables.flows(count, seed: 3))])
        let scored = ScoreModel.learn(from: table, protocol: `protocol`).score(table)
        #expect(scored.scores.count == count)
        #expect(scored.scores.allSatisfy { $0.isFinite })
    }

    @Test(arguments: LearningProtocol.allCases)
    func `missing values add nothing and poison nothing`(protocol: LearningProtocol) {
        var columns = FlowTables.flows(4_000, seed: 61)
        for index in stride(from: 0, to: 4_000, by: 7) { columns[0][index] = .nan }
        for index in stride(from: 0, to: 4_000, by: 11) { columns[1][index] = .infinity }
        columns[3] = columns[3].map { _ in -.infinity }
        let table = FlowTables.table([("Google", columns)])
        let scored = ScoreModel.learn(from: table, protocol: `protocol`).score(table)
        #expect(scored.scores.allSatisfy { $0.isFinite })
        for member in 0..<table.count {
            #expect(scored.contributions[3][member] == 0)
            if columns[0][member].isNaN { #expect(scored.contributions[0][member] == 0) }
        }
    }

    @Test func `a metric that was constant is surprised by another value`() {
        var columns = FlowTables.flows(4_000, seed: 71)
        columns[3] = columns[3].map { _ in 0 }
        let model = ScoreModel.learn(
            from: FlowTables.table([("Google", columns)]), protocol: .benign)
        let flows = FlowTables.table([
            ("Google", [[1e5, 1e5], [2_000, 2_000], [66, 66], [0, 5]])
        ])
        let scored = model.score(flows)
        #expect(scored.scores[1] > scored.scores[0] + 0.5)
        #expect(scored.contributions[3][0] < 0.01)
        #expect(scored.contributions[3][1] > 0.5)
    }

    @Test func `an application never seen is judged by all flows and its novelty`() {
        let model = ScoreModel.learn(from: FlowTables.ordinary(6_000, seed: 81), protocol: .benign)
        let flow = FlowTables.flows(1, seed: 9)
        let known = model.score(FlowTables.table([("Google", flow)]))
        let unknown = model.score(FlowTables.table([("Gopher", flow)]))
        #expect(unknown.scores[0] > known.scores[0])
        #expect(model.novelty(of: "Gopher") > model.novelty(of: "BGP"))
        #expect(model.novelty(of: "BGP") > model.novelty(of: "Google"))
        #expect(model.memberCount(of: "Gopher") == 0)
        #expect(model.memberCount(of: "BGP") == 20)
    }

    @Test func `flows beyond all calibration flows keep their order`() {
        let model = ScoreModel.learn(
            from: FlowTables.table([("Google", FlowTables.flows(5_000, seed: 91))]),
            protocol: .benign)
        let scores = model.score(
            FlowTables.table([
                ("Google", [[1e9, 1e10, 1e11], [1e8, 1e9, 1e10], [9e3, 1e4, 1e5], [9, 20, 50]])
            ])
        ).scores
        #expect(scores[0] <= scores[1])
        #expect(scores[1] <= scores[2])
    }

    @Test func `flows of another mode or other metrics are refused with both named`() {
        let model = ScoreModel.learn(
            from: FlowTables.ordinary(600, seed: 1), protocol: .benign, featureMode: "unicauca")
        #expect(throws: ScoreModelMismatch.featureMode(learnt: "unicauca", given: "corrected")) {
            try model.check(metrics: FlowTables.metrics, featureMode: "corrected")
        }
        #expect(throws: ScoreModelMismatch.metrics(learnt: FlowTables.metrics, given: ["duration"]))
        {
            try model.check(metrics: ["duration"], featureMode: "unicauca")
        }
    }

    @Test func `flows that do not say their mode are let pass, and pass on a model that does not`()
        throws
    {
        let flows = FlowTables.ordinary(600, seed: 1)
        for (learnt, given) in [("unicauca", "unknown"), ("unknown", "corrected")] {
            let model = ScoreModel.learn(from: flows, protocol: .benign, featureMode: learnt)
            try model.check(metrics: FlowTables.metrics, featureMode: given)
        }
    }
}
