import Anomalies
import Baselines
import Statistics
import Testing

struct BaselineBytesTests {
    /// Small on purpose, so that every prefix can be tried.
    private static func small(_ learningProtocol: LearningProtocol) -> ScoreModel {
        var configuration = ScoreConfiguration()
        configuration.minimumForDensity = 20
        configuration.minimumForShape = 50
        configuration.memorySize = 16
        configuration.globalMemorySize = 16
        configuration.treeCount = 2
        return ScoreModel.learn(
            from: few(120, seed: 7), protocol: learningProtocol, configuration: configuration,
            featureMode: "unicauca")
    }

    /// Flows of two metrics only.
    private static func few(_ count: Int, seed: UInt64) -> PopulationTable {
        let columns = FlowTables.flows(count, seed: seed)
        return FlowTables.table(
            [("Google", [columns[2], columns[3]])], metrics: ["avpktsz", "dnuprat"], seed: seed)
    }

    @Test(arguments: LearningProtocol.allCases)
    func `a saved model judges as the one that was saved`(protocol: LearningProtocol) throws {
        let table = FlowTables.ordinary(3_000, seed: 2)
        let model = ScoreModel.learn(from: table, protocol: `protocol`, featureMode: "unicauca")
        let bytes = model.encoded()
        let read = try ScoreModel(decoding: bytes)
        #expect(read.encoded() == bytes)
        #expect(read.score(table) == model.score(table))
        #expect(read.featureMode == "unicauca")
        #expect(read.metrics == FlowTables.metrics)
        #expect(read.applications == ["BGP", "DNS", "Google"])
        #expect(read.memberCount(of: "DNS") == model.memberCount(of: "DNS"))
        #expect(read.explain(table, member: 17) == model.explain(table, member: 17))
    }

    @Test func `where one application is all there is, one memory is learnt and saved`() throws {
        func model(_ memorySize: Int, _ table: PopulationTable) -> ScoreModel {
            var configuration = ScoreConfiguration()
            configuration.memorySize = memorySize
            return ScoreModel.learn(from: table, protocol: .benign, configuration: configuration)
        }
        let one = FlowTables.table([("Google", FlowTables.flows(3_000, seed: 2))])
        let two = FlowTables.ordinary(3_000, seed: 2)
        #expect(model(16, one).encoded().count == model(512, one).encoded().count)
        #expect(model(16, one).score(one) == model(512, one).score(one))
        #expect(model(16, two).encoded().count < model(512, two).encoded().count)
        let saved = model(16, one)
        #expect(try ScoreModel(decoding: saved.encoded()).score(two) == saved.score(two))
    }

    @Test(arguments: LearningProtocol.allCases)
    func `every prefix of a model is refused`(protocol: LearningProtocol) {
        let bytes = Self.small(`protocol`).encoded()
        for count in bytes.indices {
            #expect(throws: ByteReader.Failure.self) {
                try ScoreModel(decoding: Array(bytes[..<count]))
            }
        }
    }

    @Test(arguments: LearningProtocol.allCases)
    func `flipped bits are refused, and trap nothing even where the checksum is made to fit`(
        protocol: LearningProtocol
    ) {
        let bytes = Self.small(`protocol`).encoded()
        let table = Self.few(30, seed: 3)
        var generator = SeededGenerator(seed: 77)
        for _ in 0..<1_000 {
            var flipped = bytes
            let bit = generator.index(below: (bytes.count - 8) * 8)
            flipped[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: ByteReader.Failure.self) { try ScoreModel(decoding: flipped) }
            let sum = ByteReader.checksum(flipped[..<(flipped.count - 8)])
            for index in 0..<8 {
                flipped[flipped.count - 8 + index] = UInt8(
                    truncatingIfNeeded: sum >> UInt64(8 * index))
            }
            // What can be read must be able to judge.
            guard let model = try? ScoreModel(decoding: flipped), model.metrics == table.metrics
            else {
                continue
            }
            #expect(model.score(table).pValues.allSatisfy { $0 >= 0 && $0 <= 1 })
            _ = model.explain(table, member: 0).sentence
        }
    }

    @Test func `what is wrong is named`() {
        var bytes = Self.small(.benign).encoded()
        #expect(throws: ByteReader.Failure.truncated(needed: 1, available: 0)) {
            try ScoreModel(decoding: [])
        }
        #expect(throws: ByteReader.Failure.damaged("it does not start like one")) {
            try ScoreModel(decoding: Array("a picture, perhaps".utf8))
        }
        bytes[8] = 200
        #expect(throws: ByteReader.Failure.wrongVersion(found: 200, supported: ScoreModel.version))
        {
            try ScoreModel(decoding: bytes)
        }
    }
}
