private import Glibc

/// Gives each distinct octet string a code, in order of first appearance, without making a `String`.
///
/// Open addressing over one arena. Words of up to 16 octets, as addresses are, stand in the slots
/// themselves, so that most look-ups touch one place in memory. The hash is mixed with a secret of this
/// process, because peers choose the words.
/// - Complexity: O(length) a word, amortised.
package struct OctetInterner: Sendable {
    private var arena: [UInt8] = []
    private var ends: [Int] = [0]
    private var hashes: [UInt64] = []
    private var slots: [Slot]
    private let secret: UInt64

    /// A word's slot. A short word is its ends and its length; of a long one the ends are its hash.
    private struct Slot {
        var ends = SIMD2<UInt64>()
        var length: UInt32 = 0
        var code: UInt32 = .max
    }

    private static let shortLength = 16

    /// The number of distinct words.
    package var count: Int { ends.count - 1 }

    /// Octets that the words take, roughly.
    var memory: Int { arena.count + count * 64 }

    package init() { self.init(secret: UInt64.random(in: .min ... .max)) }

    private init(secret: UInt64) {
        slots = [Slot](repeating: Slot(), count: 1024)
        self.secret = secret
    }

    /// An empty interner with the same secret: its words are taken over without hashing them again.
    func companion() -> OctetInterner { OctetInterner(secret: secret) }

    /// The codes here of the words that a companion has learnt since it had `known`, in its order.
    mutating func takeOver(_ companion: OctetInterner, beyond known: Int) -> [UInt32] {
        precondition(companion.secret == secret, "hashes of another secret")
        return (known..<companion.count).map { code in
            unsafe companion.withOctets(of: code) { word in
                unsafe self.code(
                    of: word, Self.ends(of: word, secret), hash: companion.hashes[code])
            }
        }
    }

    /// Forgets all words but keeps the memory.
    package mutating func removeAll() {
        arena.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        ends.append(0)
        hashes.removeAll(keepingCapacity: true)
        for index in slots.indices { slots[index] = Slot() }
    }

    /// The code of `word`.
    @inline(__always)
    package mutating func code(of word: UnsafeRawBufferPointer) -> UInt32 {
        let ends = unsafe Self.ends(of: word, secret)
        return unsafe code(of: word, ends, hash: Self.hash(ends, word.count, secret))
    }

    @inline(__always)
    private mutating func code(
        of word: UnsafeRawBufferPointer, _ ends: SIMD2<UInt64>, hash: UInt64
    ) -> UInt32 {
        let mask = slots.count - 1
        var place = Int(truncatingIfNeeded: hash) & mask
        while true {
            let slot = slots[place]
            if slot.code == .max { break }
            if slot.ends == ends, Int(slot.length) == word.count,
                unsafe word.count <= Self.shortLength || equals(Int(slot.code), word)
            {
                return slot.code
            }
            place = (place + 1) & mask
        }
        return unsafe insert(word, ends, hash: hash, place)
    }

    /// The code of `word`.
    package mutating func code(of word: String) -> UInt32 {
        let octets = Array(word.utf8)
        return unsafe octets.withUnsafeBytes { unsafe code(of: $0) }
    }

    /// The word of a code, as UTF-8; octets that are none are replaced.
    package func word(_ code: Int) -> String {
        String(decoding: arena[ends[code]..<ends[code + 1]], as: UTF8.self)
    }

    /// Whether a word is UTF-8; one that is not is repaired by `word`.
    package func isUTF8(_ code: Int) -> Bool {
        String(validating: arena[ends[code]..<ends[code + 1]], as: UTF8.self) != nil
    }

    /// Hands the octets of a word to `body`.
    package func withOctets<Result>(
        of code: Int, _ body: (UnsafeRawBufferPointer) -> Result
    ) -> Result {
        unsafe arena.withUnsafeBytes { octets in
            unsafe body(UnsafeRawBufferPointer(rebasing: octets[ends[code]..<ends[code + 1]]))
        }
    }

    @inline(never)
    private mutating func insert(
        _ word: UnsafeRawBufferPointer, _ wordEnds: SIMD2<UInt64>, hash: UInt64, _ place: Int
    ) -> UInt32 {
        precondition(word.count <= UInt32.max, "a word too long")
        let code = UInt32(count)
        unsafe arena.append(contentsOf: word)
        ends.append(arena.count)
        hashes.append(hash)
        slots[place] = Slot(ends: wordEnds, length: UInt32(word.count), code: code)
        if count * 2 > slots.count { grow() }
        return code
    }

    private mutating func grow() {
        let old = slots
        slots = [Slot](repeating: Slot(), count: old.count * 2)
        let mask = slots.count - 1
        for slot in old where slot.code != .max {
            var place = Int(truncatingIfNeeded: hashes[Int(slot.code)]) & mask
            while slots[place].code != .max { place = (place + 1) & mask }
            slots[place] = slot
        }
    }

    private func equals(_ code: Int, _ word: UnsafeRawBufferPointer) -> Bool {
        guard let octets = word.baseAddress else { return true }
        // SAFETY: the code's octets, `word.count` of them, stand in the arena from `ends[code]` on.
        return unsafe arena.withUnsafeBytes { arena in
            guard let first = arena.baseAddress else { return true }
            return unsafe memcmp(first + ends[code], octets, word.count) == 0
        }
    }

    /// Up to 16 octets as two numbers, which overlap where there are fewer and tell words of the same
    /// length apart; of a longer word a hash.
    @inline(__always)
    private static func ends(of word: UnsafeRawBufferPointer, _ secret: UInt64) -> SIMD2<UInt64> {
        let count = word.count
        // SAFETY: each load ends at or before `count`.
        if count > shortLength {
            return SIMD2(unsafe longHash(word, secret), 0)
        } else if count >= 8 {
            return SIMD2(
                unsafe word.loadUnaligned(as: UInt64.self),
                unsafe word.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self))
        } else if count >= 4 {
            return SIMD2(
                UInt64(unsafe word.loadUnaligned(as: UInt32.self)),
                UInt64(unsafe word.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self)))
        }
        var octets: UInt64 = 0
        for index in 0..<count { octets = octets << 8 | UInt64(unsafe word[index]) }
        return SIMD2(octets, 0)
    }

    @inline(never)
    private static func longHash(_ word: UnsafeRawBufferPointer, _ secret: UInt64) -> UInt64 {
        var state = secret
        // SAFETY: each load ends at or before `word.count`; the last may overlap the one before.
        for offset in stride(from: 0, to: word.count - 8, by: 8) {
            let octets = unsafe word.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            state = folded(state ^ octets)
        }
        let last = unsafe word.loadUnaligned(fromByteOffset: word.count - 8, as: UInt64.self)
        return folded(state ^ last)
    }

    @inline(__always)
    private static func hash(_ ends: SIMD2<UInt64>, _ count: Int, _ secret: UInt64) -> UInt64 {
        folded(folded(secret ^ ends[0]) ^ ends[1] ^ UInt64(truncatingIfNeeded: count))
    }

    /// Multiplies and folds the product.
    @inline(__always)
    private static func folded(_ value: UInt64) -> UInt64 {
        let product = value.multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        return product.high ^ product.low
    }
}
