package import Statistics

extension ScoreModel {
    private static let magic: StaticString = "NTDSBASE"
    /// The version that is written and read.
    package static let version: UInt32 = 2
    /// Metrics of a model, at most.
    package static let maximumMetricCount = 256

    /// The model as bytes: magic, version, settings, metrics, calibration, models, checksum; all
    /// numbers little-endian. The same model gives the same bytes.
    package func encoded() -> [UInt8] {
        var writer = ByteWriter(magic: Self.magic, version: Self.version)
        writer.add(learningProtocol.rawValue)
        configuration.write(to: &writer)
        writer.add(featureMode)
        writer.add(count: metrics.count)
        for metric in metrics { writer.add(metric) }
        for part in partCalibrations {
            writer.add(UInt64(part.count))
            writer.add(part.knots)
            writer.add(part.surprises)
        }
        writer.add(calibration.scores)
        global.write(to: &writer)
        writer.add(count: populations.count)
        for (name, population) in populations.sorted(by: { $0.key < $1.key }) {
            writer.add(name)
            population.write(to: &writer)
        }
        return writer.sealed()
    }

    /// The model that was saved as `bytes`, which may be anything.
    package init(decoding bytes: [UInt8]) throws(ByteReader.Failure) {
        var reader = try ByteReader(snapshot: bytes, magic: Self.magic, version: Self.version)
        guard let learningProtocol = LearningProtocol(rawValue: try reader.integer(UInt8.self))
        else {
            throw .damaged("an unknown protocol")
        }
        let configuration = try ScoreConfiguration(from: &reader)
        let featureMode = try reader.text()
        let metricCount = try reader.count(size: 4)
        guard metricCount <= Self.maximumMetricCount else { throw .damaged("too many metrics") }
        var metrics: [String] = []
        for _ in 0..<metricCount { metrics.append(try reader.text()) }
        var parts: [PartCalibration] = []
        for _ in learningProtocol.parts { parts.append(try PartCalibration(from: &reader)) }
        let calibration = try ScoreCalibration(from: &reader)
        var budget = PopulationModel.Budget()
        let global = try PopulationModel(from: &reader, metricCount, isGlobal: true, &budget)
        var populations: [String: PopulationModel] = [:]
        for _ in 0..<(try reader.count(size: 4)) {
            let name = try reader.text()
            let population = try PopulationModel(
                from: &reader, metricCount, isGlobal: false, &budget)
            guard populations.updateValue(population, forKey: name) == nil else {
                throw .damaged("an application that comes twice")
            }
        }
        try reader.finish()
        self.init(
            learningProtocol: learningProtocol, configuration: configuration,
            featureMode: featureMode, metrics: metrics, calibration: calibration,
            partCalibrations: parts, global: global, populations: populations)
    }
}

extension ScoreConfiguration {
    fileprivate func write(to writer: inout ByteWriter) {
        writer.add(seed)
        for number in [
            minimumForDensity, minimumForShape, memorySize, globalMemorySize, treeCount,
            maximumFitted,
        ] { writer.add(UInt64(number)) }
        writer.add(droppedShare)
    }

    fileprivate init(from reader: inout ByteReader) throws(ByteReader.Failure) {
        seed = try reader.integer(UInt64.self)
        minimumForDensity = try Self.number(&reader)
        minimumForShape = try Self.number(&reader)
        memorySize = try Self.number(&reader)
        globalMemorySize = try Self.number(&reader)
        treeCount = try Self.number(&reader)
        maximumFitted = try Self.number(&reader)
        droppedShare = try reader.double()
        guard checked == self else { throw .damaged("settings out of range") }
    }

    private static func number(
        _ reader: inout ByteReader
    ) throws(ByteReader.Failure) -> Int {
        guard let number = Int(exactly: try reader.integer(UInt64.self)) else {
            throw .damaged("settings out of range")
        }
        return number
    }
}

extension PartCalibration {
    fileprivate init(from reader: inout ByteReader) throws(ByteReader.Failure) {
        let count = try reader.integer(UInt64.self)
        let knots = try reader.floats()
        let surprises = try reader.floats(count: knots.count)
        guard count < 1 << 48, knots.isEmpty == (count == 0),
            zip(knots, knots.dropFirst()).allSatisfy({ $0 < $1 })
        else { throw .damaged("a calibration out of order") }
        self.init(knots: knots, surprises: surprises, count: Int(count))
    }
}

extension ScoreCalibration {
    fileprivate init(from reader: inout ByteReader) throws(ByteReader.Failure) {
        let count = try reader.count(size: 8)
        var scores: [Double] = []
        scores.reserveCapacity(count)
        for _ in 0..<count {
            let score = try reader.double()
            guard abs(score) <= 1e12, score >= scores.last ?? 0 else {
                throw .damaged("a calibration out of order")
            }
            scores.append(score)
        }
        self.init(scores)
    }
}
