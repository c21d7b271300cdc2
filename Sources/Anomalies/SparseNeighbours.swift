/// How far a flow lies from the nearest of 32 flows drawn at random, five times over.
///
/// So small a sample seldom holds a flow of a rare kind, and almost never two: repeated attacks cannot
/// vouch for each other as they do in a large memory (Sugiyama and Borgwardt, "Rapid distance-based
/// outlier detection via sampling", 2013). The score is the mean of `ln(1 + distance)` over the
/// samples; where a sample holds an exact copy of the flow the second nearest counts, for the copy may
/// be the flow itself.
struct SparseNeighbours {
    static let sampleSize = 32
    static let sampleCount = 5

    let metricCount: Int
    /// The drawn flows in robust log units, one after the other, in samples of 32.
    let points: [Float]

    /// - Precondition: whole samples, unless there are no metrics.
    init(metricCount: Int, points: [Float]) {
        self.metricCount = metricCount
        self.points = points
    }

    private var samples: Int {
        metricCount == 0 ? 0 : points.count / (metricCount * Self.sampleSize)
    }

    func score(
        _ units: [Lanes], rows: Int, scores: inout [Lanes], contributions: inout [Lanes]
    ) {
        guard samples > 0 else { return }
        let units = units.span
        let points = points.span
        var scores = scores.mutableSpan
        var contributions = contributions.mutableSpan
        var query = [Lanes](repeating: .zero, count: metricCount)
        var middles = query
        let share = 1 / Float(samples)
        for vector in 0..<((rows + 7) / 8) {
            for metric in 0..<metricCount {
                query[metric] = units[metric * ScoreBlock.vectors + vector]
                middles[metric] = .zero
            }
            var sum = Lanes.zero
            for sample in 0..<samples {
                let start = sample * Self.sampleSize * metricCount
                let nearest = Self.nearest(query.span, points, at: start)
                sum += VectorMath.signedLog(nearest.squareDistance.squareRoot())
                var middle = middles.mutableSpan
                for lane in 0..<8 {
                    let point = start + Int(nearest.place[lane]) * metricCount
                    for metric in 0..<metricCount { middle[metric][lane] += points[point + metric] }
                }
            }
            scores[vector] = sum * share
            for metric in 0..<metricCount {
                let difference = query[metric] - middles[metric] * share
                contributions[metric * ScoreBlock.vectors + vector] = difference * difference
            }
        }
    }

    /// The nearest flow of a sample that is no exact copy, for eight rows. The place rides in the lowest
    /// five bits of the squared distance, which is not missed: they are 4e-6 of it.
    @inline(__always)
    private static func nearest(
        _ query: Span<Lanes>, _ points: Span<Float>, at start: Int
    ) -> (squareDistance: Lanes, place: SIMD8<UInt32>) {
        var least = Lanes(repeating: 1e30)
        var next = least
        var point = start
        for place in 0..<UInt32(sampleSize) {
            var square = Lanes.zero
            for metric in query.indices {
                let difference = query[metric] - points[point + metric]
                square += difference * difference
            }
            point += query.count
            let bits = unsafe unsafeBitCast(square, to: SIMD8<UInt32>.self)
            let marked = (bits & ~31) | SIMD8(repeating: place)
            let key = unsafe unsafeBitCast(marked, to: Lanes.self)
            let farther = least.replacing(with: key, where: least .< key)
            next = next.replacing(with: farther, where: farther .< next)
            least = least.replacing(with: key, where: key .< least)
        }
        // A copy has no distance but its place.
        let nearest = least.replacing(with: next, where: least .< 1e-37)
        let bits = unsafe unsafeBitCast(nearest, to: SIMD8<UInt32>.self)
        return (unsafe unsafeBitCast(bits & ~31, to: Lanes.self), bits & 31)
    }
}
