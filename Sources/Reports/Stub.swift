import Anomalies
import Baselines
extension ScoreModel {
    struct Ex { let sentence: String }
    func explain(_ table: PopulationTable, member: Int) -> Ex { Ex(sentence: "-") }
    func encoded() -> [UInt8] { [] }
    init(decoding: [UInt8]) throws { throw AnalysisError.tooManyRows }
}
