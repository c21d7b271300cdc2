/// How many different keys were seen, to a few per cent in a few hundred octets.
///
/// `2^precision` registers of five bits, standard error `1.04 / 2^(precision / 2)` (Flajolet, Fusy, Gandouet
/// and Meunier, "HyperLogLog", 2007), read with Ertl's improved estimator, which needs no correction for few
/// or many keys ("New cardinality estimation algorithms for HyperLogLog sketches", 2017, algorithm 6). Up to
/// `exactLimit` keys it holds hashes of 26 bits instead and counts exactly, save for a collision in
/// 500,000 sketches, and takes about 100 octets at most.
///
/// The state is a function of the set of keys: order, repetition and merging in any order change no bit.
/// Somebody who knows the seed can choose keys that count as few or as many.
package struct HyperLogLog: Sendable, Hashable {
    /// Binary logarithm of the number of registers, 4...14.
    package var precision: Int { Int(storedPrecision) }
    private let storedPrecision: UInt8
    /// Made of the seed; sketches can be merged if they have the same.
    private let salt: UInt64
    /// Sparse: ascending words of a 26-bit place and a 6-bit rank. Dense: six registers a word.
    private var words: [UInt32] = []
    private var isDense = false

    /// The number of keys that are counted exactly.
    package static let exactLimit = 16
    private static let sparsePlaceBits = 26
    private static let largestRank = 31

    /// - Precondition: `precision` is in 4...14.
    package init(precision: Int, seed: UInt64 = 0) {
        precondition((4...14).contains(precision), "precision of a HyperLogLog")
        storedPrecision = UInt8(precision)
        salt = Self.salt(seed)
    }

    private static func salt(_ seed: UInt64) -> UInt64 {
        var spread = SplitMix64(seed: seed)
        return spread.next()
    }

    /// Counts a key; says whether that changed the sketch, as a key seen before never does.
    @discardableResult
    package mutating func add(_ key: UInt64) -> Bool {
        var spread = SplitMix64(seed: key ^ salt)
        let hash = spread.next()
        let placeBits = isDense ? precision : Self.sparsePlaceBits
        let place = Int(hash >> UInt64(64 - placeBits))
        let rank = min((hash << UInt64(placeBits)).leadingZeroBitCount, 64 - placeBits) + 1
        return isDense ? raise(place, to: rank) : addSparse(place, rank)
    }

    /// The number of different keys: exact while few, an estimate then.
    ///
    /// - Complexity: The number of registers.
    package var count: Double {
        isDense ? Self.estimate(ranks: registerCounts, precision: precision) : Double(words.count)
    }

    /// What it would be if all keys of `other` had been added, too.
    ///
    /// - Precondition: Both have the same precision and seed.
    package mutating func merge(_ other: HyperLogLog) {
        precondition(
            precision == other.precision && salt == other.salt, "different kinds of HyperLogLog")
        if !other.isDense {
            for word in other.words {
                let (place, rank) = Self.sparse(word)
                if isDense { raiseSparse(place, rank) } else { addSparse(place, rank) }
            }
            return
        }
        if !isDense { makeDense() }
        for place in 0..<(1 << precision) { raise(place, to: other.rank(place)) }
    }

    /// Forgets all keys.
    package mutating func removeAll() { (words, isDense) = ([], false) }

    /// Whether no key was added.
    package var isEmpty: Bool { words.isEmpty }

    /// The octets that it takes beside its own struct.
    package var heapOctets: Int { words.capacity == 0 ? 0 : 32 + 4 * words.capacity }

    /// The most octets that any sketch of this precision takes beside its struct.
    ///
    /// The rounding of allocators is included.
    package static func largestHeapOctets(precision: Int) -> Int {
        64 + 4 * max(exactLimit, wordCount(precision))
    }

    // MARK: - Few keys

    private static func sparse(_ word: UInt32) -> (place: Int, rank: Int) {
        (Int(word >> 6), Int(word & 63))
    }

    @discardableResult
    private mutating func addSparse(_ place: Int, _ rank: Int) -> Bool {
        let word = UInt32(place) << 6 | UInt32(rank)
        let index = words.firstIndex { $0 >> 6 >= word >> 6 } ?? words.count
        if index < words.count, words[index] >> 6 == word >> 6 {
            guard words[index] < word else { return false }
            words[index] = word
            return true
        }
        if words.count == Self.exactLimit {
            makeDense()
            return raiseSparse(place, rank)
        }
        if words.count == words.capacity {
            words.reserveCapacity(min(max(4, 2 * words.count), Self.exactLimit))
        }
        words.insert(word, at: index)
        return true
    }

    private mutating func makeDense() {
        let sparse = words
        words = [UInt32](repeating: 0, count: Self.wordCount(precision))
        isDense = true
        for word in sparse {
            let (place, rank) = Self.sparse(word)
            raiseSparse(place, rank)
        }
    }

    /// Enters what stands for a hash of which 26 bits and the rank of the others are known.
    @discardableResult
    private mutating func raiseSparse(_ place: Int, _ rank: Int) -> Bool {
        let restBits = Self.sparsePlaceBits - precision
        let rest = place & ((1 << restBits) - 1)
        let found =
            rest == 0 ? restBits + rank : restBits - (Int.bitWidth - rest.leadingZeroBitCount) + 1
        return raise(place >> restBits, to: found)
    }

    // MARK: - Registers

    private static func wordCount(_ precision: Int) -> Int { ((1 << precision) + 5) / 6 }

    private func rank(_ place: Int) -> Int {
        Int(words[place / 6] >> UInt32(5 * (place % 6)) & 31)
    }

    @discardableResult
    private mutating func raise(_ place: Int, to rank: Int) -> Bool {
        let rank = min(rank, Self.largestRank)
        guard rank > self.rank(place) else { return false }
        let shift = UInt32(5 * (place % 6))
        words[place / 6] = words[place / 6] & ~(31 << shift) | UInt32(rank) << shift
        return true
    }

    /// How many registers hold each rank.
    private var registerCounts: [Int] {
        var counts = [Int](repeating: 0, count: Self.largestRank + 1)
        for place in 0..<(1 << precision) { counts[rank(place)] += 1 }
        return counts
    }

    /// Ertl's algorithm 6 for ranks 0...q+1 with q = 30.
    private static func estimate(ranks counts: [Int], precision: Int) -> Double {
        let registers = Double(1 << precision)
        var sum = registers * tau(1 - Double(counts[largestRank]) / registers)
        for rank in stride(from: largestRank - 1, through: 1, by: -1) {
            sum = 0.5 * (sum + Double(counts[rank]))
        }
        sum += registers * sigma(Double(counts[0]) / registers)
        let twiceLogarithmOf2 = 1.386_294_361_119_890_6
        return registers * registers / (twiceLogarithmOf2 * sum)
    }

    private static func sigma(_ share: Double) -> Double {
        if share == 1 { return .infinity }
        var (power, weight, sum) = (share, 1.0, share)
        while true {
            power *= power
            let next = sum + power * weight
            if next == sum { return sum }
            (sum, weight) = (next, weight + weight)
        }
    }

    private static func tau(_ share: Double) -> Double {
        if share == 0 || share == 1 { return 0 }
        var (root, weight, sum) = (share, 1.0, 1 - share)
        while true {
            root = root.squareRoot()
            weight *= 0.5
            let next = sum - (1 - root) * (1 - root) * weight
            if next == sum { return sum / 3 }
            sum = next
        }
    }
}

// MARK: - Saving

extension HyperLogLog {
    /// Writes everything but precision and seed, which its owner knows.
    package func encode(into writer: inout ByteWriter) {
        writer.add(UInt8(isDense ? 1 : 0))
        writer.add(count: words.count)
        for word in words { writer.add(word) }
    }

    package init(
        decoding reader: inout ByteReader, precision: Int, seed: UInt64 = 0
    ) throws(ByteReader.Failure) {
        self.init(precision: precision, seed: seed)
        let kind = try reader.integer(UInt8.self)
        let count = try reader.count(size: 4)
        guard kind <= 1, kind == 1 ? count == Self.wordCount(precision) : count <= Self.exactLimit
        else { throw .damaged("a HyperLogLog of the wrong size") }
        isDense = kind == 1
        for _ in 0..<count {
            let word = try reader.integer(UInt32.self)
            let isOrdered = words.last.map { $0 >> 6 < word >> 6 } ?? true
            guard isDense ? word >> 30 == 0 : isOrdered && (1...39).contains(word & 63) else {
                throw .damaged("a HyperLogLog that cannot be")
            }
            words.append(word)
        }
    }
}
