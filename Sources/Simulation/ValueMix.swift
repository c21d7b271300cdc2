/// A few values and how often each occurs: the packet lengths of one direction of a flow, or the
/// gaps between its packets.
///
/// Sum, extremes and variance are those of real packets, never drawn apart from each other, so the
/// columns made from them agree. An empty mix gives 0 everywhere, as the tool writes it.
struct ValueMix: Sendable {
    private var values: [4 of Int64] = [0, 0, 0, 0]
    private var counts: [4 of Int64] = [0, 0, 0, 0]
    private var used = 0

    private(set) var count: Int64 = 0
    private(set) var total: Int64 = 0
    private(set) var smallest: Int64 = 0
    private(set) var largest: Int64 = 0

    init() {}

    init(_ value: Int64, count: Int64) { add(value, count: count) }

    /// Adds `count` occurrences of `value`; none if it is 0.
    ///
    /// - Precondition: at most four different values, none negative.
    mutating func add(_ value: Int64, count added: Int64) {
        precondition(value >= 0 && added >= 0, "a negative length, gap or count")
        guard added > 0 else { return }
        smallest = count == 0 ? value : min(smallest, value)
        largest = max(largest, value)
        count += added
        total += value * added
        for slot in 0..<used where values[slot] == value {
            counts[slot] += added
            return
        }
        precondition(used < 4, "a fifth value")
        values[used] = value
        counts[used] = added
        used += 1
    }

    var mean: Double { count == 0 ? 0 : Double(total) / Double(count) }

    /// The sum of the squared distances from `centre`.
    func squares(from centre: Double) -> Double {
        var sum = 0.0
        for slot in 0..<used {
            let distance = Double(values[slot]) - centre
            sum += Double(counts[slot]) * distance * distance
        }
        return sum
    }

    /// The standard deviation of a sample (divisor n − 1); 0 for fewer than two.
    var standardDeviation: Double {
        count < 2 || smallest == largest
            ? 0 : (squares(from: mean) / Double(count - 1)).squareRoot()
    }

    /// The part of the mix above `bound`.
    func above(_ bound: Int64) -> ValueMix {
        var part = ValueMix()
        for slot in 0..<used where values[slot] > bound {
            part.add(values[slot], count: counts[slot])
        }
        return part
    }

    /// How often the value occurs.
    func count(of value: Int64) -> Int64 {
        for slot in 0..<used where values[slot] == value { return counts[slot] }
        return 0
    }
}
