import CLanes

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
        var scores = scores.mutableSpan
        var contributions = contributions.mutableSpan
        var query = [Lanes](repeating: .zero, count: metricCount)
        // The sum of the nearest flows, metric by metric, eight rows each.
        var middles = [Float](repeating: 0, count: 8 * metricCount)
        let share = 1 / Float(samples)
        for vector in 0..<((rows + 7) / 8) {
            for metric in 0..<metricCount {
                query[metric] = units[metric * ScoreBlock.vectors + vector]
            }
            scores[vector] = addNearest(to: query, into: &middles) * share
            for metric in 0..<metricCount {
                var middle = Lanes.zero
                for lane in 0..<8 { middle[lane] = middles[8 * metric + lane] }
                let difference = query[metric] - middle * share
                contributions[metric * ScoreBlock.vectors + vector] = difference * difference
            }
        }
    }

    /// The sum of `ln(1 + distance)` over the samples for eight rows; leaves the sum of their nearest flows in
    /// `middles`.
    private func addNearest(to query: [Lanes], into middles: inout [Float]) -> Lanes {
        var sum = Lanes.zero
        let stride = Self.sampleSize * metricCount
        // SAFETY: `points` holds whole samples of 32 flows with `metricCount` numbers each, `query` as many
        // vectors and `middles` eight times as many numbers; places are below 32.
        unsafe query.withUnsafeBufferPointer { query in
            unsafe points.withUnsafeBufferPointer { points in
                unsafe middles.withUnsafeMutableBufferPointer { middles in
                    guard let query = query.baseAddress, let points = points.baseAddress,
                        let middles = middles.baseAddress
                    else { return }
                    for index in 0..<(8 &* metricCount) { unsafe middles[index] = 0 }
                    for sample in 0..<samples {
                        let first = unsafe points + sample &* stride
                        let nearest = unsafe Self.nearest(query, first, metricCount)
                        sum += VectorMath.signedLog(nearest.squareDistance.squareRoot())
                        for lane in 0..<8 {
                            let point = unsafe first + Int(nearest.place[lane]) &* metricCount
                            for metric in 0..<metricCount {
                                unsafe middles[8 &* metric &+ lane] += point[metric]
                            }
                        }
                    }
                }
            }
        }
        return sum
    }

    /// The nearest flow of a sample that is no exact copy, for eight rows. The place rides in the lowest
    /// five bits of the squared distance, which is not missed: they are 4e-6 of it.
    @inline(__always)
    private static func nearest(
        _ query: UnsafePointer<Lanes>, _ points: UnsafePointer<Float>, _ metricCount: Int
    ) -> (squareDistance: Lanes, place: SIMD8<UInt32>) {
        var least = Lanes(repeating: 1e30)
        var next = least
        var point = unsafe points
        // Four flows side by side, so that no sum waits for another.
        for place in stride(from: 0 as UInt32, to: UInt32(sampleSize), by: 4) {
            var (one, two, three, four) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
            for metric in 0..<metricCount {
                let value = unsafe query[metric]
                let a = unsafe value - point[metric]
                let b = unsafe value - point[metric &+ metricCount]
                let c = unsafe value - point[metric &+ 2 &* metricCount]
                let d = unsafe value - point[metric &+ 3 &* metricCount]
                one += a * a
                two += b * b
                three += c * c
                four += d * d
            }
            unsafe point += 4 &* metricCount
            insert(one, place, &least, &next)
            insert(two, place &+ 1, &least, &next)
            insert(three, place &+ 2, &least, &next)
            insert(four, place &+ 3, &least, &next)
        }
        // A copy has no distance but its place.
        let nearest = least.replacing(with: next, where: least .< 1e-37)
        let bits = unsafe unsafeBitCast(nearest, to: SIMD8<UInt32>.self)
        return (unsafe unsafeBitCast(bits & ~31, to: Lanes.self), bits & 31)
    }

    @inline(__always)
    private static func insert(
        _ square: Lanes, _ place: UInt32, _ least: inout Lanes, _ next: inout Lanes
    ) {
        let bits = unsafe unsafeBitCast(square, to: SIMD8<UInt32>.self)
        let marked = (bits & ~31) | SIMD8(repeating: place)
        let key = unsafe unsafeBitCast(marked, to: Lanes.self)
        next = ntds_lesser(next, ntds_greater(least, key))
        least = ntds_lesser(least, key)
    }
}
