/// Where the flows of a table stand: a hash table of slots by the hash of their ends, with linear probing.
///
/// An entry keeps 32 bits of the hash, from which its place follows, so that growing needs no keys. The hash is
/// keyed with a secret: nobody outside can choose flows that collide.
struct FlowIndex: ~Copyable {
    /// Hash in the upper half, slot + 1 in the lower; 0 is free.
    private var entries: [UInt64]
    private var mask: Int
    private(set) var count = 0

    init() {
        entries = Array(repeating: 0, count: 1024)
        mask = 1023
    }

    /// Octets of memory.
    var octets: Int { entries.count * 8 }

    /// The slot of the entry with this hash that `matches`, or `nil`.
    @inline(__always)
    func slot(of hash: UInt32, where matches: (Int) -> Bool) -> Int? {
        var place = Int(truncatingIfNeeded: hash) & mask
        while true {
            let entry = entries[place]
            if entry == 0 { return nil }
            if UInt32(truncatingIfNeeded: entry >> 32) == hash {
                let slot = Int(UInt32(truncatingIfNeeded: entry)) - 1
                if matches(slot) { return slot }
            }
            place = (place + 1) & mask
        }
    }

    /// The slot that very likely belongs to the hash, to have its memory fetched early.
    @inline(__always)
    func likelySlot(of hash: UInt32) -> Int? {
        let entry = entries[Int(truncatingIfNeeded: hash) & mask]
        return entry == 0 ? nil : Int(UInt32(truncatingIfNeeded: entry)) - 1
    }

    mutating func insert(_ hash: UInt32, slot: Int) {
        if count * 5 > entries.count * 3 { grow() }
        place(UInt64(hash) << 32 | UInt64(slot + 1))
        count += 1
    }

    /// - Precondition: the entry is there.
    mutating func remove(_ hash: UInt32, slot: Int) {
        let wanted = UInt64(hash) << 32 | UInt64(slot + 1)
        var hole = Int(truncatingIfNeeded: hash) & mask
        while entries[hole] != wanted {
            precondition(entries[hole] != 0, "flow is not in the index")
            hole = (hole + 1) & mask
        }
        count -= 1
        // Moves back what follows, so that no search ends early at the hole.
        var next = (hole + 1) & mask
        while entries[next] != 0 {
            let home = Int(truncatingIfNeeded: entries[next] >> 32) & mask
            if (next &- home) & mask >= (next &- hole) & mask {
                entries[hole] = entries[next]
                hole = next
            }
            next = (next + 1) & mask
        }
        entries[hole] = 0
    }

    private mutating func place(_ entry: UInt64) {
        var place = Int(truncatingIfNeeded: entry >> 32) & mask
        while entries[place] != 0 { place = (place + 1) & mask }
        entries[place] = entry
    }

    private mutating func grow() {
        let old = entries
        entries = Array(repeating: 0, count: old.count * 2)
        mask = entries.count - 1
        for entry in old where entry != 0 { place(entry) }
    }
}
