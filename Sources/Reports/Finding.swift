import Baselines
package import Flows
package import Geolocation
package import NetworkTypes

/// One strange flow, with what an analyst needs to judge it.
package struct Finding: Sendable {
    /// Index of the flow in the population table.
    package let member: Int
    /// Row in its input file, from 0, and the file's number.
    package let row: Int
    package let input: Int
    package let application: String
    package let direction: FlowDirection
    /// The public end and where it stands, as far as known.
    package let remote: IPAddress?
    package let location: Location?
    package let score: Double
    package let tier: Int
    /// How rare, in words: `1 in 10,000`.
    package let rarity: String
    /// Why it is strange.
    package let sentence: String
}

/// The members with the highest scores.
package enum StrangestMembers {
    /// At most `count` members, highest tier first, then highest score, then lowest index.
    ///
    /// - Complexity: O(n log count).
    package static func select(_ count: Int, scores: [Double], tiers: [UInt8]) -> [Int] {
        func isStranger(_ first: Int, _ second: Int) -> Bool {
            if tiers[first] != tiers[second] { return tiers[first] > tiers[second] }
            return scores[first] != scores[second] ? scores[first] > scores[second] : first < second
        }
        var best: [Int] = []
        guard count > 0 else { return [] }
        for member in scores.indices where scores[member].isFinite {
            if best.count == count, !isStranger(member, best[count - 1]) { continue }
            var low = 0
            var high = best.count
            while low < high {
                let middle = (low + high) / 2
                if isStranger(member, best[middle]) { high = middle } else { low = middle + 1 }
            }
            best.insert(member, at: low)
            if best.count > count { best.removeLast() }
        }
        return best
    }
}
