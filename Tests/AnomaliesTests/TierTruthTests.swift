import Anomalies
import Baselines
import Statistics
import Testing

struct TierTruthTests {
    /// Share of fresh ordinary flows whose p-value is at most `level`.
    private func observed(_ pValues: [Double], _ level: Double) -> Double {
        Double(pValues.count { $0 <= level }) / Double(pValues.count)
    }

    @Test(arguments: LearningProtocol.allCases)
    func `of fresh ordinary flows as many are called rare as it says`(protocol: LearningProtocol) {
        let learnt = FlowTables.ordinary(300_000, seed: 11)
        let fresh = FlowTables.ordinary(150_000, seed: 911)
        let model = ScoreModel.learn(from: learnt, protocol: `protocol`)
        #expect(model.calibration.count > 25_000)
        let scored = model.score(fresh)
        #expect((0.09...0.11).contains(observed(scored.pValues, 0.1)))
        #expect((0.008...0.012).contains(observed(scored.pValues, 0.01)))
        #expect((0.0005...0.0015).contains(observed(scored.pValues, 0.001)))
        #expect(scored.tiers.count { $0 >= 2 } == scored.pValues.count { $0 <= 0.01 })
        #expect(scored.tiers.max().map { $0 <= 4 } == true, "no tier without its calibration flows")
    }

    @Test func `a tier is given only with as many calibration flows as it speaks of`() {
        let learnt = FlowTables.ordinary(3_000, seed: 21)
        let model = ScoreModel.learn(from: learnt, protocol: .benign)
        #expect(model.calibration.highestTier == 2)
        let strange = FlowTables.table([("Google", [[1e12], [1e15], [1e6], [1e5]])])
        let scored = model.score(strange)
        #expect(scored.tiers == [2])
        #expect(scored.pValues == [1 / Double(model.calibration.count + 1)])
    }

    @Test func `the p-value of a calibration flow is its rank among them`() {
        let table = FlowTables.ordinary(9_000, seed: 31)
        let model = ScoreModel.learn(from: table, protocol: .benign)
        let scored = model.score(table)
        let calibrating = (0..<table.count).filter { table.holdouts[$0] == 1 }
        #expect(model.calibration.count == calibrating.count)
        for member in calibrating {
            let score = scored.scores[member]
            let atOrAbove = calibrating.count { scored.scores[$0] >= score }
            #expect(
                scored.pValues[member] == Double(atOrAbove + 1) / Double(calibrating.count + 1))
        }
        #expect(model.calibration.pValue(-1) == 1)
        #expect(model.calibration.pValue(1e9) == 1 / Double(calibrating.count + 1))
    }
}
