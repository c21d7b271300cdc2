import Behaviours
import NetworkTypes
import Statistics
import TestSupport
import Testing

struct BeaconScoreTests {
    static let midnight: UInt32 = 1_700_006_400

    @Test(.enabled(if: Places.hasShared))
    func `RITA's score of every pair of every real log equals the literal implementation`() throws {
        var judged = 0
        for file in ZeekConnection.files {
            let connections = try ZeekConnection.read(file)
            let times = connections.map { UInt32($0.time) }
            guard let latest = times.max(), let earliest = times.min() else { continue }
            let start = max(earliest, latest > 86_400 ? latest - 86_400 : 0)
            guard let window = BeaconWindow(start: Int64(start), end: Int64(latest)) else {
                continue
            }
            for pair in PairSample.pairs(of: connections.filter { UInt32($0.time) >= start }) {
                let literal = RITAReference.score(
                    times: pair.times, octets: pair.octets.map(Double.init),
                    datasetMin: Int64(start), datasetMax: Int64(latest))
                let ours = BeaconScore.rita(of: history(pair), in: window)
                #expect(ours.map(scores) == literal, "\(file): \(pair.name)")
                judged += literal == nil ? 0 : 1
            }
        }
        #expect(judged >= 20)
    }

    @Test func `RITA's score of 10,000 generated pairs equals the literal implementation`() throws {
        var generator = SeededGenerator(seed: 6)
        let window = BeaconWindow(dayBefore: Self.midnight + 86_400)
        var judged = 0
        for round in 0..<10_000 {
            let pair = GeneratedPair.any(
                round, lifeHours: [24, 6, 2][round % 3], day: Self.midnight, from: &generator)
            let literal = RITAReference.score(
                times: pair.times, octets: pair.octets.map(Double.init),
                datasetMin: window.start, datasetMax: window.end)
            let ours = BeaconScore.rita(of: history(pair), in: window)
            #expect(ours.map(scores) == literal, "pair \(round): \(pair.name)")
            judged += literal == nil ? 0 : 1
        }
        #expect(judged > 9_000)
    }

    @Test func `a busy pair is scored by its latest connections and all hours`()
        throws
    {
        var generator = SeededGenerator(seed: 7)
        let window = try #require(
            BeaconWindow(start: Int64(Self.midnight), end: Int64(Self.midnight) + 86_399))
        var largest = 0.0
        for _ in 0..<200 {
            let pair = GeneratedPair.beacon(
                periodSeconds: 30 + generator.uniform() * 30, jitter: generator.uniform() / 2,
                loss: 0.2, lifeHours: 24, day: Self.midnight, from: &generator)
            let literal = try #require(
                RITAReference.score(
                    times: pair.times, octets: pair.octets.map(Double.init),
                    datasetMin: window.start, datasetMax: window.end))
            let short = history(pair, limit: 512)
            #expect(short.connections.count <= 512)
            let ours = try #require(BeaconScore.rita(of: short, in: window))
            largest = max(largest, abs(ours.value - literal.score))
        }
        #expect(largest < 0.05)
    }

    @Test func `connections may come in any order`() {
        var generator = SeededGenerator(seed: 8)
        let pair = GeneratedPair.any(0, lifeHours: 6, day: Self.midnight, from: &generator)
        var shuffled = Array(zip(pair.times, pair.octets))
        shuffled.shuffle(using: &generator)
        let mixed = PairSample(
            name: "", times: shuffled.map(\.0), octets: shuffled.map(\.1))
        #expect(history(mixed).connections == history(pair).connections)
    }

    @Test func `a history keeps a day and its limit`() {
        var history = BeaconHistory(limit: 64)
        for second in stride(from: UInt32(0), to: 10 * 86_400, by: 60) {
            history.add(UInt64(second) << 32 | 1)
            #expect(history.connections.count <= 64)
        }
        #expect(history.hours == [UInt32](repeating: 60, count: 24))
        #expect(history.addedCount == 14_400)
        // A connection of long ago is counted and changes nothing else.
        let before = history
        history.add(UInt64(5) << 32 | 1)
        #expect(history.connections == before.connections && history.hours == before.hours)
        // After a silence of a month nothing of before is left.
        history.add(UInt64(40 * 86_400) << 32 | 1)
        #expect(history.connections(from: 39 * 86_400).count == 1)
        #expect(history.hours.reduce(0, +) == 1)
    }

    @Test func `too few connections have no score`() throws {
        let window = try #require(BeaconWindow(start: 0, end: 86_400))
        var history = BeaconHistory(limit: 64)
        for second in [10, 10, 10, 20, 20, 30] as [UInt64] { history.add(second << 32) }
        #expect(BeaconScore.larger(of: history, in: window) == nil)
        history.add(40 << 32)
        #expect(BeaconScore.rita(of: history, in: window) != nil)
        #expect(BeaconScore.shortLife(of: history, in: window) == nil)
        #expect(BeaconWindow(start: 5, end: 5) == nil)
    }

    @Test func `a clockwork of a day scores 1, one of two hours only by the short life`() throws {
        let window = BeaconWindow(dayBefore: Self.midnight + 86_400)
        var generator = SeededGenerator(seed: 9)
        let day = history(
            GeneratedPair.beacon(
                periodSeconds: 600, jitter: 0, loss: 0, lifeHours: 24, day: Self.midnight,
                from: &generator))
        #expect(try #require(BeaconScore.larger(of: day, in: window)).value >= 0.999)
        let short = history(
            GeneratedPair.beacon(
                periodSeconds: 60, jitter: 0, loss: 0, lifeHours: 2, day: Self.midnight,
                from: &generator))
        let score = try #require(BeaconScore.larger(of: short, in: window))
        #expect(score.variant == .shortLife && score.value > 0.95)
        #expect(try #require(BeaconScore.rita(of: short, in: window)).value < 0.6)
    }

    private func history(_ pair: PairSample, limit: Int = 4096) -> BeaconHistory {
        var history = BeaconHistory(limit: limit)
        for (time, octets) in zip(pair.times, pair.octets) {
            history.add(UInt64(time) << 32 | UInt64(octets))
        }
        return history
    }

    private func scores(_ score: BeaconScore) -> RITAReference.Scores {
        RITAReference.Scores(
            score: score.value, timestamps: score.timing, dataSizes: score.size,
            histogram: score.evenness, duration: score.extent)
    }
}
