import Foundation

/// RITA 5's beacon score as its source describes it, step by step on whole lists: slow, and written apart from the
/// product's own so that the two can disagree.
///
/// Facts from activecm/rita (commit 0b6db7a), `analysis/beacons.go` and its queries, and the median, quartiles and
/// deviation of the statistics package that it uses.
enum RITAReference {
    struct Scores: Equatable, CustomStringConvertible {
        var score, timestamps, dataSizes, histogram, duration: Double
        var description: String {
            "\(score) (ts \(timestamps), ds \(dataSizes), hist \(histogram), dur \(duration))"
        }
    }

    /// The score of connections of one pair, given by their seconds and octets sent, in a data set that reaches
    /// from `datasetMin` to `datasetMax`; `nil` where RITA does not judge.
    static func score(
        times: [UInt32], octets: [Double], datasetMin: Int64, datasetMax: Int64
    ) -> Scores? {
        guard Set(times).count >= 4, times.count < 86_400, datasetMax > datasetMin else {
            return nil
        }
        let times = times.sorted()
        let timestamps = timestampScore(times)
        let sizes = statisticalScore(octets.sorted(), defaultScore: 0)
        let histogram = connectionHistogram(times, from: datasetMin, to: datasetMax)
        let totalBars = histogram.filter { $0 > 0 }.count
        let flat = variationScore(histogram)
        let modal = bimodalFitScore(frequencies(histogram), totalBars: totalBars)
        let shape = max(flat, modal)
        let duration = durationScore(
            first: Int64(times.first!), last: Int64(times.last!), from: datasetMin, to: datasetMax,
            totalBars: totalBars, longestRun: longestRun(histogram))
        let total = timestamps * 0.25 + sizes * 0.25 + duration * 0.25 + shape * 0.25
        return Scores(
            score: (total * 1000).rounded() / 1000, timestamps: timestamps, dataSizes: sizes,
            histogram: shape, duration: duration)
    }

    static func timestampScore(_ times: [UInt32]) -> Double {
        var deltas: [Double] = []
        for index in 0..<(times.count - 1) {
            let delta = Double(times[index + 1] - times[index])
            if delta > 0 { deltas.append(delta) }
        }
        return statisticalScore(deltas.sorted(), defaultScore: 1)
    }

    static func statisticalScore(_ values: [Double], defaultScore: Double) -> Double {
        let skew = 1.0 - abs(bowleySkewness(values))
        let spread = deviationScore(values, defaultScore: defaultScore)
        return ((skew + spread) / 2.0 * 1000).rounded() / 1000
    }

    static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        let count = sorted.count
        if count % 2 == 0 { return (sorted[count / 2 - 1] + sorted[count / 2]) / 2 }
        return sorted[count / 2]
    }

    static func bowleySkewness(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        let count = sorted.count
        let firstEnd = count % 2 == 0 ? count / 2 : (count - 1) / 2
        let secondStart = count % 2 == 0 ? count / 2 : firstEnd + 1
        let q1 = median(Array(sorted[..<firstEnd]))
        let q2 = median(sorted)
        let q3 = median(Array(sorted[secondStart...]))
        let numerator = q1 + q3 - 2 * q2
        let denominator = q3 - q1
        if denominator >= 10 && q2 != q1 && q2 != q3 { return numerator / denominator }
        return 0
    }

    static func deviationScore(_ values: [Double], defaultScore: Double) -> Double {
        let middle = median(values)
        let deviation = median(values.map { abs($0 - middle) })
        var score = defaultScore
        if middle >= 1 { score = (middle - deviation) / middle }
        if score < 0 || score.isNaN { score = 0 }
        return score
    }

    static func connectionHistogram(_ times: [UInt32], from start: Int64, to end: Int64) -> [Int] {
        let step = Double(end - start) / 24
        var edges = (0...24).map { Double(start) + Double($0) * step }
        edges[24] = Double(end)
        var histogram = [Int](repeating: 0, count: 24)
        for time in times {
            var bin = 0
            while bin < 23 && !(Double(time) < edges[bin + 1]) { bin += 1 }
            histogram[bin] += 1
        }
        return histogram
    }

    static func frequencies(_ histogram: [Int]) -> [Int: Int] {
        let binSize = (Double(histogram.max()!) * 0.05).rounded(.up)
        var frequencies: [Int: Int] = [:]
        for bar in histogram where bar > 0 {
            frequencies[Int((Double(bar) / binSize).rounded(.down) * binSize), default: 0] += 1
        }
        return frequencies
    }

    static func longestRun(_ histogram: [Int]) -> Int {
        var longest = 0
        var current = 0
        for index in 0..<(histogram.count * 2) {
            if histogram[index % histogram.count] > 0 {
                current += 1
            } else {
                if current > longest { longest = current }
                current = 0
            }
        }
        if current > longest { longest = current }
        return min(longest, histogram.count)
    }

    static func variationScore(_ histogram: [Int]) -> Double {
        let mean = Double(histogram.reduce(0, +)) / Double(histogram.count)
        var sum = 0.0
        for bar in histogram { sum += pow(Double(bar) - mean, 2) }
        let variation = sqrt(sum / Double(histogram.count)) / abs(mean)
        if variation > 1 { return 0 }
        return min(1, ((1.0 - variation) * 1000).rounded() / 1000)
    }

    static func bimodalFitScore(_ frequencies: [Int: Int], totalBars: Int) -> Double {
        var fit = 0.0
        if totalBars >= 11 {
            let topTwo = frequencies.values.sorted(by: >).prefix(2).reduce(0, +)
            fit = Double(topTwo) / max(Double(totalBars - 1), 1)
        }
        return min(1, (fit * 1000).rounded() / 1000)
    }

    static func durationScore(
        first: Int64, last: Int64, from start: Int64, to end: Int64, totalBars: Int, longestRun: Int
    ) -> Double {
        guard totalBars >= 6 else { return 0 }
        let coverage = (Double(last - first) / Double(end - start) * 1000).rounded(.up) / 1000
        let consistency = (Double(longestRun) / 12 * 1000).rounded(.up) / 1000
        return max(min(coverage, 1), min(consistency, 1))
    }
}
