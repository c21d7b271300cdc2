private import Glibc

/// Gives each distinct octet string a code, in order of first appearance, without making a `String`.
///
/// Open addressing over one arena. The hash is mixed with a secret of this process, because peers
/// choose the words.
/// - Complexity: O(length) a word, amortised.
package struct OctetInterner: Sendable {
    private var arena: [UInt8] = []
    private var ends: [Int] = [0]
    private var hashes: [UInt64] = []
    private var slots: [UInt32]
    private let secret: UInt64

    /// The number of distinct words.
    package var count: Int { ends.count - 1 }

    package init() { self.init(secret: UInt64.random(in: .min ... .max)) }

    private init(secret: UInt64) {
        slots = [UInt32](repeating: .max, count: 1024)
        self.secret = secret
    }

    /// An empty interner with the same secret: its words are taken over without hashing them again.
    func companion() -> OctetInterner { OctetInterner(secret: secret) }

    /// The codes here of all words of a companion, in its order.
    mutating func takeOver(_ companion: OctetInterner) -> [UInt32] {
        precondition(companion.secret == secret, "hashes of another secret")
        return (0..<companion.count).map { code in
            unsafe companion.withOctets(of: code) { word in
                unsafe self.code(of: word, hash: companion.hashes[code])
            }
        }
    }

    /// Forgets all words but keeps the memory.
    package mutating func removeAll() {
        arena.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        ends.append(0)
        hashes.removeAll(keepingCapacity: true)
        for index in slots.indices { slots[index] = .max }
    }

    /// The code of `word`.
    @inline(__always)
    package mutating func code(of word: UnsafeRawBufferPointer) -> UInt32 {
        unsafe code(of: word, hash: Self.hash(word, secret))
    }

    @inline(__always)
    private mutating func code(of word: UnsafeRawBufferPointer, hash: UInt64) -> UInt32 {
        let mask = UInt64(slots.count - 1)
        var slot = Int(hash & mask)
        while true {
            let code = slots[slot]
            if code == .max { break }
            if hashes[Int(code)] == hash, unsafe equals(Int(code), word) { return code }
            slot = (slot + 1) & Int(mask)
        }
        return unsafe insert(word, hash: hash, slot: slot)
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

    private mutating func insert(_ word: UnsafeRawBufferPointer, hash: UInt64, slot: Int) -> UInt32
    {
        let code = UInt32(count)
        unsafe arena.append(contentsOf: word)
        ends.append(arena.count)
        hashes.append(hash)
        slots[slot] = code
        if count * 2 > slots.count { grow() }
        return code
    }

    private mutating func grow() {
        slots = [UInt32](repeating: .max, count: slots.count * 4)
        let mask = slots.count - 1
        for (code, hash) in hashes.enumerated() {
            var slot = Int(hash & UInt64(mask))
            while slots[slot] != .max { slot = (slot + 1) & mask }
            slots[slot] = UInt32(code)
        }
    }

    @inline(__always)
    private func equals(_ code: Int, _ word: UnsafeRawBufferPointer) -> Bool {
        let start = ends[code]
        guard ends[code + 1] - start == word.count else { return false }
        guard let octets = word.baseAddress else { return true }
        // SAFETY: the code's octets, `word.count` of them, stand in the arena from `start` on.
        return unsafe arena.withUnsafeBytes { arena in
            guard let first = arena.baseAddress else { return true }
            return unsafe memcmp(first + start, octets, word.count) == 0
        }
    }

    /// A multiply-and-fold hash over eight octets at a time.
    @inline(__always)
    private static func hash(_ word: UnsafeRawBufferPointer, _ secret: UInt64) -> UInt64 {
        var state = secret ^ UInt64(truncatingIfNeeded: word.count)
        var offset = 0
        func fold(_ octets: UInt64) {
            let product = (state ^ octets).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
            state = product.high ^ product.low
        }
        // SAFETY: each load ends at or before `word.count`.
        while offset + 8 <= word.count {
            fold(unsafe word.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            offset += 8
        }
        if word.count >= 8 {
            // the last eight, some of them for the second time
            if offset < word.count {
                fold(unsafe word.loadUnaligned(fromByteOffset: word.count - 8, as: UInt64.self))
            }
            return state
        }
        var rest: UInt64 = 0
        while offset < word.count {
            rest = rest << 8 | UInt64(unsafe word[offset])
            offset += 1
        }
        fold(rest)
        return state
    }
}
