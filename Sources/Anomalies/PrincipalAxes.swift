/// The directions in which points vary most, strongest first: a rotation, so distances stay what they
/// are, but the first few coordinates already tell most of them.
struct PrincipalAxes {
    let metricCount: Int
    /// The directions, one after the other, each of unit length.
    let axes: [Float]

    /// - Precondition: as many directions as metrics.
    init(metricCount: Int, axes: [Float]) {
        precondition(axes.count == metricCount * metricCount, "directions that are no rotation")
        self.metricCount = metricCount
        self.axes = axes
    }

    /// - Parameter points: coordinates, one point after the other.
    init(of points: [Float], metricCount: Int) {
        self.metricCount = metricCount
        let covariance = Self.covariance(points, metricCount)
        axes = Self.eigenvectors(covariance, metricCount).map(Float.init)
    }

    /// The coordinates of eight points at once, from `stride` apart in `source` to the same in `target`.
    @inline(__always)
    func rotate(
        _ source: Span<Lanes>, at first: Int, stride: Int, into target: inout MutableSpan<Lanes>
    ) {
        let axes = axes.span
        for axis in 0..<metricCount {
            var sum = Lanes.zero
            for metric in 0..<metricCount {
                sum += source[first + metric * stride] * axes[axis * metricCount + metric]
            }
            target[first + axis * stride] = sum
        }
    }

    private static func covariance(_ points: [Float], _ size: Int) -> [Double] {
        let count = max(1, points.count / max(1, size))
        var means = [Double](repeating: 0, count: size)
        for index in points.indices { means[index % size] += Double(points[index]) }
        for metric in 0..<size { means[metric] /= Double(count) }
        var result = [Double](repeating: 0, count: size * size)
        for start in stride(from: 0, to: points.count, by: max(1, size)) {
            for row in 0..<size {
                let offset = Double(points[start + row]) - means[row]
                for column in 0...row {
                    let other = Double(points[start + column]) - means[column]
                    result[row * size + column] += offset * other
                }
            }
        }
        for row in 0..<size {
            for column in 0..<row { result[column * size + row] = result[row * size + column] }
        }
        return result
    }

    /// The eigenvectors of a symmetric matrix, one after the other, largest eigenvalue first, by Jacobi's
    /// rotations.
    static func eigenvectors(_ symmetric: [Double], _ size: Int) -> [Double] {
        var matrix = symmetric
        // Rows are the vectors.
        var vectors = [Double](repeating: 0, count: size * size)
        for index in 0..<size { vectors[index * size + index] = 1 }
        let scale = (0..<size).reduce(0.0) { $0 + matrix[$1 * size + $1] }
        for _ in 0..<12 {
            var largest = 0.0
            for row in 0..<size {
                for column in 0..<row {
                    let entry = matrix[row * size + column]
                    largest = max(largest, abs(entry))
                    if abs(entry) > 1e-12 * scale {
                        turn(&matrix, &vectors, size, row, column, entry)
                    }
                }
            }
            if largest <= 1e-9 * scale { break }
        }
        let order = (0..<size).sorted {
            let (first, second) = (matrix[$0 * size + $0], matrix[$1 * size + $1])
            return first == second ? $0 < $1 : first > second
        }
        return order.flatMap { vectors[($0 * size)..<(($0 + 1) * size)] }
    }

    /// Turns rows and columns `p` and `q` so that their common entry vanishes.
    private static func turn(
        _ matrix: inout [Double], _ vectors: inout [Double], _ size: Int, _ p: Int, _ q: Int,
        _ entry: Double
    ) {
        let theta = (matrix[q * size + q] - matrix[p * size + p]) / (2 * entry)
        let root = (theta * theta + 1).squareRoot()
        let tangent = theta >= 0 ? 1 / (theta + root) : 1 / (theta - root)
        let cosine = 1 / (tangent * tangent + 1).squareRoot()
        let sine = tangent * cosine
        for index in 0..<size {
            let (first, second) = (matrix[index * size + p], matrix[index * size + q])
            matrix[index * size + p] = cosine * first - sine * second
            matrix[index * size + q] = sine * first + cosine * second
        }
        for index in 0..<size {
            let (first, second) = (matrix[p * size + index], matrix[q * size + index])
            matrix[p * size + index] = cosine * first - sine * second
            matrix[q * size + index] = sine * first + cosine * second
            let (one, other) = (vectors[p * size + index], vectors[q * size + index])
            vectors[p * size + index] = cosine * one - sine * other
            vectors[q * size + index] = sine * one + cosine * other
        }
    }
}
