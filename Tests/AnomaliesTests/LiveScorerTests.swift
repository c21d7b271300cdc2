import Anomalies
import Baselines
import Flows
import NetworkTypes
import Statistics
import Testing

struct LiveTierTruthTests {
    private static let percent = 0.008...0.012
    private static let permille = 0.0005...0.0015

    @Test(arguments: LearningProtocol.allCases)
    func `tiers are true of fresh flows, and again after a drift without a refit`(
        protocol: LearningProtocol
    ) throws {
        var stream = LiveStream(seed: 21)
        var service = LiveService()
        service.take(120_000, of: &stream)
        #expect(service.pValues.isEmpty, "nothing is judged before there is a model")
        #expect(service.baselines.hasReady(at: stream.now))
        try service.fit(`protocol`, at: stream.now)
        service.take(200_000, of: &stream)
        let steady = service.takeRates()
        #expect(Self.percent.contains(steady.percent), "\(steady)")
        #expect(Self.permille.contains(steady.permille), "\(steady)")
        #expect(service.scorer.drift.flags.isEmpty)

        stream.growth = 3
        service.take(100_000, of: &stream)
        let drifting = service.takeRates()
        #expect(!service.scorer.drift.flags.isEmpty)
        service.take(100_000, of: &stream)
        _ = service.takeRates()
        service.take(200_000, of: &stream)
        let after = service.takeRates()
        #expect(Self.percent.contains(after.percent), "\(after), in between \(drifting)")
        #expect(Self.permille.contains(after.permille), "\(after), in between \(drifting)")
    }

    @Test func `a refit is calibrated the moment it is installed`() throws {
        var stream = LiveStream(seed: 5)
        var service = LiveService()
        service.take(120_000, of: &stream)
        try service.fit(.unvetted, at: stream.now)
        service.take(50_000, of: &stream)
        _ = service.takeRates()
        let before = service.scorer.calibration.count
        try service.fit(.benign, at: stream.now)
        #expect(service.scorer.calibration.count == before)
        #expect(service.scorer.previous?.learningProtocol == .unvetted)
        #expect(service.scorer.lastFit == stream.now)
        service.take(100_000, of: &stream)
        let rates = service.takeRates()
        #expect(Self.percent.contains(rates.percent), "\(rates)")
        #expect(Self.permille.contains(rates.permille), "\(rates)")
        service.scorer.revert()
        #expect(service.scorer.model?.learningProtocol == .unvetted)
        #expect(service.scorer.previous == nil)
    }

    @Test func `the model's own calibration is true of a stream of unequal populations`() throws {
        // 60, 30 and 10 % of the flows, while the memories hold as many of each.
        var stream = LiveStream(seed: 8)
        var service = LiveService()
        service.take(120_000, of: &stream)
        let model = ScoreModel.fit(on: service.baselines, protocol: .benign)
        #expect(model.memberCount == 120_000)
        #expect((70_000...74_000).contains(model.memberCount(of: "GOOGLE")))
        #expect((400...1000).contains(model.calibration.count))
        let scored = model.score(LiveBatch(stream.next(50_000)).table)
        let share = Double(scored.pValues.count { $0 <= 0.1 }) / 50_000
        #expect((0.07...0.13).contains(share), "\(share)")
    }
}

struct LiveScorerTests {
    private static func service(
        seed: UInt64 = 3, calibration: LiveCalibration? = nil
    ) throws -> (service: LiveService, stream: LiveStream) {
        var stream = LiveStream(seed: seed)
        stream.rate = 20_000
        var service = LiveService(calibration: calibration)
        service.take(30_000, of: &stream)
        try service.fit(.benign, at: stream.now)
        return (service, stream)
    }

    @Test func `scores stand in the order of the flows, however they are mixed and cut`() throws {
        var (service, stream) = try Self.service()
        var flows = stream.next(700)
        flows[13].metrics = nil
        let scores = try #require(service.scorer.score(LiveBatch(flows)))
        #expect(scores.pValues[13] == 1 && scores.tiers[13] == 0 && scores.scores[13] == 0)
        for place in [0, 12, 14, 300, 699] {
            let alone = try #require(service.scorer.score(LiveBatch([flows[place]])))
            #expect(alone.scores[0] == scores.scores[place])
            #expect(alone.pValues[0] == scores.pValues[place])
            #expect(alone.metrics(of: 0).map(\.share) == scores.metrics(of: place).map(\.share))
        }
        #expect(service.scorer.score(LiveBatch([]))?.scores.isEmpty == true)
        service.scorer = LiveScorer(featureMode: "corrected", metrics: service.scorer.metrics)
        #expect(service.scorer.score(LiveBatch(flows)) == nil)
    }

    @Test func `no tier without its calibration flows`() throws {
        var (service, stream) = try Self.service()
        stream.oddShare = 1
        let scores = try #require(service.scorer.score(LiveBatch(stream.next(100))))
        #expect((1000..<10_000).contains(scores.calibrationCount))
        #expect(scores.tiers.allSatisfy { $0 == 3 })
        #expect(
            scores.pValues.allSatisfy { $0 >= 1 / Double(scores.calibrationCount + 1) })
    }

    @Test func `what belongs to alerts changes neither baselines nor calibration`() throws {
        var (service, stream) = try Self.service()
        let before = (service.scorer.encoded(), service.baselines.flowCounts)
        stream.oddShare = 1
        service.take(stream.next(5000), isSuspect: Array(repeating: true, count: 5000))
        #expect(service.scorer.encoded() == before.0)
        #expect(service.baselines.flowCounts == before.1)
        #expect(service.baselines.counts.suspect == 5000)
        #expect(service.scorer.drift.flags.isEmpty)
    }

    @Test func `drift is flagged, names the metric, and refits nothing`() throws {
        var (service, stream) = try Self.service()
        service.take(30_000, of: &stream)
        #expect(service.scorer.drift.flags.isEmpty)
        let lastFit = service.scorer.lastFit
        stream.growth = 4
        service.take(20_000, of: &stream)
        let flags = service.scorer.drift.flags
        let moved = flags.compactMap { flag in
            if case .metric(let name, let index) = flag.kind, index > 0.2 { name } else { nil }
        }
        #expect(Set(moved).isSuperset(of: ["volume", "fwdpktlen"]))
        #expect(!moved.contains("duration") && !moved.contains("dnuprat"))
        #expect(Set(flags.map(\.population)).isSubset(of: ["GOOGLE", "DNS", "SSH"]))
        #expect(flags.contains { $0.sentence.contains("volume of GOOGLE moved") })
        #expect(
            flags.contains { flag in
                if case .score(let before, let after) = flag.kind { after > before } else { false }
            })
        #expect(service.scorer.lastFit == lastFit)
        try service.fit(.benign, at: stream.now)
        #expect(service.scorer.drift.flags.isEmpty)
    }

    @Test func `the calibration follows the window and never falls short`() throws {
        let calibration = LiveCalibration(metricCount: 9, windowSeconds: 6 * 3600)
        var (service, stream) = try Self.service(calibration: calibration)
        // A day of 2,000 held-out flows has 500 in six hours: the youngest thousand stay.
        #expect((1000...1100).contains(service.scorer.calibration.count))
        stream.rate = 200_000
        service.take(100_000, of: &stream)
        #expect((4500...5700).contains(service.scorer.calibration.count))
    }

    @Test func `made-up names and a wrong clock do not fill the calibration`() throws {
        let calibration = LiveCalibration(metricCount: 9, capacity: 1000)
        var stream = LiveStream(seed: 12)
        var scorer = LiveScorer(
            featureMode: "corrected", metrics: BaselineMetric.all.map(\.name),
            calibration: calibration)
        for round in 0..<8 {
            var flows = stream.next(5000)
            for place in flows.indices { flows[place].application = "made up \(round) \(place)" }
            flows[0].end = Timestamp(nanoseconds: .max)
            scorer.absorb(flows, LiveBatch(flows), nil)
        }
        #expect(scorer.calibration.count == 1000)
        #expect(scorer.encoded().count < 200_000)
        let (service, _) = try Self.service()
        let model = try #require(service.scorer.model)
        try scorer.install(model, at: stream.now)
        let scores = try #require(scorer.score(LiveBatch(stream.next(100))))
        #expect(scores.calibrationCount == 1000)
    }

    @Test func `a flow of a stream is explained`() throws {
        var (service, stream) = try Self.service()
        stream.oddShare = 1
        let batch = LiveBatch(stream.next(5))
        let explanation = try #require(service.scorer.explain(batch, flow: 2))
        #expect(explanation.totalCount == 30_000)
        #expect(explanation.sentence.contains("duration"))
        #expect(service.scorer.explain(batch, flow: 7) == nil)
    }

    @Test func `a model of other features is refused`() throws {
        let (service, _) = try Self.service()
        let model = try #require(service.scorer.model)
        var other = LiveScorer(featureMode: "unicauca", metrics: service.scorer.metrics)
        #expect(throws: ScoreModelMismatch.featureMode(learnt: "corrected", given: "unicauca")) {
            try other.install(model, at: LiveStream(seed: 1).now)
        }
        var another = LiveScorer(featureMode: "corrected", metrics: ["x"])
        #expect(throws: ScoreModelMismatch.self) {
            try another.install(model, at: LiveStream(seed: 1).now)
        }
    }

    @Test func `a saved scorer goes on as if nothing had happened`() throws {
        var (service, stream) = try Self.service()
        service.take(3000, of: &stream)
        let bytes = service.scorer.encoded()
        var read = try LiveScorer(decoding: bytes)
        #expect(read.encoded() == bytes)
        #expect(read.lastFit == service.scorer.lastFit)
        for _ in 0..<5 {
            let flows = stream.next(2000)
            let batch = LiveBatch(flows)
            let scores = service.scorer.score(batch)
            #expect(read.score(batch) == scores)
            service.scorer.absorb(flows, batch, scores)
            read.absorb(flows, batch, scores)
        }
        #expect(read.encoded() == service.scorer.encoded())
    }

    @Test func `cut or damaged bytes are refused`() throws {
        let (service, _) = try Self.service()
        let bytes = service.scorer.encoded()
        var generator = SeededGenerator(seed: 6)
        for count in (0..<60).map({ $0 * bytes.count / 60 }) {
            #expect(throws: ByteReader.Failure.self) {
                try LiveScorer(decoding: Array(bytes[..<count]))
            }
        }
        for _ in 0..<60 {
            var flipped = bytes
            // The last part is the calibration; the models have tests of their own.
            let place = bytes.count - 9 - generator.index(below: 100_000)
            flipped[place] ^= 1 << UInt8(generator.index(below: 8))
            #expect(throws: ByteReader.Failure.self) { try LiveScorer(decoding: flipped) }
            let sum = ByteReader.checksum(flipped[..<(flipped.count - 8)])
            for index in 0..<8 {
                flipped[flipped.count - 8 + index] = UInt8(
                    truncatingIfNeeded: sum >> UInt64(8 * index))
            }
            guard var read = try? LiveScorer(decoding: flipped) else { continue }
            var stream = LiveStream(seed: 1)
            let flows = stream.next(50)
            let batch = LiveBatch(flows)
            let scores = read.score(batch)
            #expect(scores?.pValues.allSatisfy { (0...1).contains($0) } == true)
            read.absorb(flows, batch, scores)
        }
    }
}
