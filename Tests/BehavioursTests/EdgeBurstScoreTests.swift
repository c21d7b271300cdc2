import Behaviours
import Foundation
import Statistics
import Testing

struct EdgeBurstScoreTests {
    /// The definition, with a counter for each key instead of sketches.
    private struct SlowLayer {
        var present: [UInt64: Double] = [:]
        var total: [UInt64: Double] = [:]
        var chi2: [UInt64: Double] = [:]

        mutating func add(_ key: UInt64, _ t: Double) -> Double {
            present[key, default: 0] += 1
            let (a, s) = (present[key]!, total[key, default: 0])
            let score = a * t > a + s ? (a + s - a * t) * (a + s - a * t) / ((a + s) * (t - 1)) : 0
            chi2[key] = score
            return score
        }

        mutating func end(_ t: Double) {
            for key in present.keys {
                let isFiltered = chi2[key]! >= 1000
                total[key, default: 0] +=
                    isFiltered ? total[key, default: 0] / (t - 1) : present[key]!
                present[key]! *= 0.5
            }
        }
    }

    @Test(arguments: [1, 2, 3])
    func `MIDAS-F equals a slow exact version`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var fast = EdgeBurstScore(seed: seed)
        var (edges, sources, destinations) = (SlowLayer(), SlowLayer(), SlowLayer())
        var highest = 0.0
        for tick in 1...300 {
            let isAttack = tick % 70 > 60
            for _ in 0..<(isAttack ? 3000 : 60) {
                let source = UInt64(1 + generator.index(below: isAttack ? 2 : 8))
                let destination = UInt64(100 + generator.index(below: isAttack ? 1 : 4))
                let edge = source << 32 | destination
                let score = fast.add(edge: edge, source: source, destination: destination)
                let t = Double(tick)
                let slow = [
                    edges.add(edge, t), sources.add(source, t), destinations.add(destination, t),
                ].map { log(1 + $0) }
                #expect(abs(score.edge - slow[0]) <= 1e-12 * max(1, slow[0]))
                #expect(abs(score.source - slow[1]) <= 1e-12 * max(1, slow[1]))
                #expect(abs(score.destination - slow[2]) <= 1e-12 * max(1, slow[2]))
                highest = max(highest, score.largest)
            }
            edges.end(Double(tick))
            sources.end(Double(tick))
            destinations.end(Double(tick))
            fast.advance()
        }
        #expect(highest > 8 && fast.tick == 301)
    }

    @Test func `an attack does not teach, a quiet time is a bounded amount of work`() {
        var score = EdgeBurstScore()
        func burst(_ count: Int) -> EdgeBurstScore.Score {
            (0..<count).map { _ in score.add(edge: 1, source: 2, destination: 3) }.last!
        }
        for _ in 0..<50 {
            _ = burst(10)
            score.advance()
        }
        let usual = burst(10).usual
        let first = burst(2000)
        score.advance()
        let second = burst(2000)
        #expect(first.edge > 9 && second.edge >= first.edge - 0.1)
        #expect(abs(second.usual - usual) < 0.05 * usual)
        score.advance(by: .max)
        #expect(score.tick == 52 + EdgeBurstScore.longestGap)
        score.advance(by: -5)
        #expect(score.tick == 52 + EdgeBurstScore.longestGap)
    }
}
