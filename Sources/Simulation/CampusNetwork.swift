import Flows
import Statistics

/// The addresses of the simulated campus and of its peers on the Internet.
///
/// An address is known by its code: its place in `words`, which all batches share. Inside hosts come
/// first, then the outside.
struct CampusNetwork: Sendable {
    /// The addresses by code, in host byte order.
    let addresses: [UInt32]
    /// Their dotted quads, by the same codes: as a list, and as the table that all batches share.
    let texts: [String]
    let words: WordTable
    /// How many of them are inside.
    let insideCount: Int
    /// The web proxy most inside traffic goes through.
    let proxy: UInt32 = 0

    var outsideCount: Int { addresses.count - insideCount }

    init(seed: UInt64) {
        var generator = SeededGenerator(seed: seed, name: "network")
        var addresses: [UInt32] = [0x0AC8_0707]
        var known = Set(addresses)
        func add(_ address: UInt32) {
            if known.insert(address).inserted { addresses.append(address) }
        }
        // 10.200/16, 172.19/16 and 192.168/16: the campus of the Unicauca table.
        for (network, hosts) in [(0x0AC8_0000, 1500), (0xAC13_0000, 1200), (0xC0A8_0000, 900)] {
            for _ in 0..<hosts {
                add(UInt32(network) | UInt32(generator.integer(in: 256...65_000)))
            }
        }
        insideCount = addresses.count

        let prefixes = PublicPrefixes.all
        let countries = CumulativeShares(prefixes.map(\.weight))
        for _ in 0..<24_000 {
            let (high, low) = generator.choice(
                of: prefixes[countries.index(at: generator.uniform())].networks)
            let subnet = UInt32(generator.index(below: 256))
            let host = UInt32(generator.integer(in: 1...254))
            add(UInt32(high) << 24 | UInt32(low) << 16 | subnet << 8 | host)
        }
        self.addresses = addresses
        texts = addresses.map(Self.dottedQuad)
        words = WordTable(texts)
    }

    /// An inside host: a few are much busier than the rest.
    func insideHost(_ generator: inout SeededGenerator) -> UInt32 {
        UInt32(generator.skewedIndex(below: insideCount))
    }

    /// An outside peer of an application whose most frequent one is `home`.
    func peer(home: Int, _ generator: inout SeededGenerator) -> UInt32 {
        let rank = generator.skewedIndex(below: outsideCount)
        return UInt32(insideCount + (home + rank) % outsideCount)
    }

    /// Any outside address, each as likely as the others.
    func anyOutside(_ generator: inout SeededGenerator) -> UInt32 {
        UInt32(insideCount + generator.index(below: outsideCount))
    }

    static func dottedQuad(_ address: UInt32) -> String {
        "\(address >> 24).\(address >> 16 & 255).\(address >> 8 & 255).\(address & 255)"
    }
}

/// Chooses among weighted things by one uniform number.
struct CumulativeShares: Sendable {
    private let bounds: [Double]

    /// - Precondition: there is a weight, and all are positive.
    init(_ weights: [Double]) {
        precondition(!weights.isEmpty && weights.allSatisfy { $0 > 0 }, "no weight to choose by")
        let total = weights.reduce(0, +)
        var sum = 0.0
        bounds = weights.map {
            sum += $0
            return sum / total
        }
    }

    /// The thing at `place` in 0..<1.
    ///
    /// - Complexity: O(log n).
    func index(at place: Double) -> Int {
        var (low, high) = (0, bounds.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if bounds[middle] <= place { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
