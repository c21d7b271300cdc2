import Behaviours
import NetworkTypes
import Statistics
import TestSupport
import Testing

/// How well both scores tell injected beacons from background pairs; the figures stand in the article on beacons.
@Suite(.enabled(if: Places.hasShared))
struct BeaconComparisonTests {
    /// The area under the ROC curve, average precision, and the share of beacons found at the score that one
    /// background pair in a hundred reaches.
    struct Figures: Equatable, CustomTestStringConvertible {
        var area, precision, recall: Double
        var testDescription: String { "AUROC \(area), AP \(precision), r@0.01 \(recall)" }
    }

    static let midnight: UInt32 = 1_700_006_400
    static let window = BeaconWindow(dayBefore: midnight + 86_400)
    static let seeds: [UInt64] = [11, 12, 13, 14]

    @Test(arguments: [24, 6, 2])
    func `the short life finds what RITA's score misses`(hours: Int) throws {
        let background = try Self.background()
        #expect(background.count >= 754)
        let beacons = Self.seeds.flatMap { seed in
            var generator = SeededGenerator(seed: seed)
            return (0..<40).map { _ in
                GeneratedPair.beacon(
                    periodSeconds: 30 * GeneratedPair.power(120, generator.uniform()),
                    jitter: generator.uniform() / 2, loss: generator.uniform() < 0.5 ? 0 : 0.2,
                    lifeHours: hours, day: Self.midnight, from: &generator)
            }
        }
        let rita = Self.figures(beacons, background) { BeaconScore.rita(of: $0, in: Self.window) }
        let short = Self.figures(beacons, background) {
            BeaconScore.shortLife(of: $0, in: Self.window)
        }
        let larger = Self.figures(beacons, background) {
            BeaconScore.larger(of: $0, in: Self.window)
        }
        #expect([rita, short, larger] == Self.documented[hours])
        if hours < 24 {
            #expect(short.area > rita.area && short.precision > rita.precision)
            #expect(larger.area > rita.area && larger.recall > rita.recall)
        }
    }

    /// RITA, short life, the larger: as in the article.
    static let documented: [Int: [Figures]] = [
        24: [
            Figures(area: 0.997, precision: 0.966, recall: 1.0),
            Figures(area: 0.991, precision: 0.979, recall: 0.956),
            Figures(area: 0.997, precision: 0.967, recall: 0.975),
        ],
        6: [
            Figures(area: 0.734, precision: 0.254, recall: 0.0),
            Figures(area: 0.865, precision: 0.812, recall: 0.669),
            Figures(area: 0.868, precision: 0.773, recall: 0.613),
        ],
        2: [
            Figures(area: 0.346, precision: 0.121, recall: 0.0),
            Figures(area: 0.703, precision: 0.671, recall: 0.531),
            Figures(area: 0.699, precision: 0.623, recall: 0.456),
        ],
    ]

    /// Pairs of a day made of real ones: sessions at chance times of a day, in which intervals and sizes are drawn
    /// from those of one pair of the logs.
    static func background() throws -> [PairSample] {
        var generator = SeededGenerator(seed: 10)
        let real = try ZeekConnection.files.flatMap { file in
            PairSample.pairs(of: try ZeekConnection.read(file)).map(GeneratedPair.inOrder)
                .filter { $0.times.count >= 3 }
        }
        return (0..<800).map { number in
            let pair = real[number % real.count]
            let intervals = zip(pair.times.dropFirst(), pair.times).map { $0 - $1 }
            var sample = PairSample(name: pair.name, times: [], octets: [])
            for _ in 0...generator.index(below: 12) {
                var second = UInt32(generator.index(below: 80_000))
                for _ in 0..<(3 + generator.index(below: 40)) where second < 86_400 {
                    sample.times.append(midnight + second)
                    sample.octets.append(pair.octets[generator.index(below: pair.octets.count)])
                    let interval = intervals[generator.index(below: intervals.count)]
                    second += interval + UInt32(generator.index(below: 3))
                }
            }
            return GeneratedPair.inOrder(sample)
        }
    }

    static func figures(
        _ beacons: [PairSample], _ background: [PairSample],
        score: (BeaconHistory) -> BeaconScore?
    ) -> Figures {
        func value(_ pair: PairSample) -> Double {
            var history = BeaconHistory(limit: 2_880)
            for (time, octets) in zip(pair.times, pair.octets) {
                history.add(UInt64(time) << 32 | UInt64(octets))
            }
            return score(history)?.value ?? 0
        }
        let positives = beacons.map(value).sorted(by: >)
        let negatives = background.map(value).sorted(by: >)
        var wins = 0.0
        for positive in positives {
            for negative in negatives {
                wins += positive > negative ? 1 : positive == negative ? 0.5 : 0
            }
        }
        var precision = 0.0
        for (place, positive) in positives.enumerated() {
            let above = negatives.count { $0 >= positive }
            precision += Double(place + 1) / Double(place + 1 + above)
        }
        let limit = negatives[negatives.count / 100]
        return Figures(
            area: rounded(wins / Double(positives.count * negatives.count)),
            precision: rounded(precision / Double(positives.count)),
            recall: rounded(Double(positives.count { $0 > limit }) / Double(positives.count)))
    }

    private static func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
}
