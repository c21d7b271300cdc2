import Anomalies
import Baselines
import Flows
import Testing

struct ExplanationTests {
    private static let model = ScoreModel.learn(
        from: FlowTables.ordinary(30_000, seed: 101), protocol: .benign)

    @Test func `the sentence names the metric, how far out it is, how rare and what is usual`() {
        let flow = FlowTables.table([("Google", [[4.8e8], [2_000], [66], [1]])])
        let explanation = Self.model.explain(flow, member: 0)
        let first = explanation.deviations.first
        #expect(first?.metric == MetricDescription(phrase: "duration", unit: .microseconds))
        #expect(explanation.comparesWithApplication)
        let sentence = explanation.sentence
        #expect(sentence.hasPrefix("duration 4,"), "\(sentence)")
        #expect(
            sentence.contains("x the usual for Google (8 min; rarer than 1 in 1"), "\(sentence)")
        #expect(sentence.contains("; usual "), "\(sentence)")
        #expect(!sentence.contains("application seen"))
    }

    @Test func `a rare application is named rare, one never seen too`() {
        let flows = FlowTables.flows(1, seed: 1)
        let rare = Self.model.explain(FlowTables.table([("BGP", flows)]), member: 0)
        #expect(rare.sentence.hasSuffix("application seen 20 times in 30,000 flows"))
        #expect(!rare.comparesWithApplication)
        let unknown = Self.model.explain(FlowTables.table([("Gopher", flows)]), member: 0)
        #expect(unknown.sentence.hasSuffix("application never seen in 30,000 flows"))
    }

    @Test func `nothing learnt, nothing said`() {
        let model = ScoreModel.learn(from: FlowTables.table([]), protocol: .unvetted)
        let explanation = model.explain(
            FlowTables.table([("Google", FlowTables.flows(1, seed: 1))]), member: 0)
        #expect(explanation.sentence == "no metric stands out")
    }

    @Test func `the phrases of unknown metrics are their names unless given`() {
        let table = FlowTables.table(
            [("Google", FlowTables.flows(2_000, seed: 5))], metrics: ["a", "b", "c", "d"])
        let model = ScoreModel.learn(from: table, protocol: .benign)
        let flow = FlowTables.table(
            [("Google", [[1e11], [2_000], [66], [1]])], metrics: ["a", "b", "c", "d"])
        #expect(model.explain(flow, member: 0).sentence.hasPrefix("a "))
        let given = ["life", "weight", "size", "ratio"].map {
            MetricDescription(phrase: $0, unit: .plain)
        }
        #expect(model.explain(flow, member: 0, descriptions: given).sentence.hasPrefix("life "))
    }
}
