/// Where the entries of a `BoundedTable` stand: by hash, and in the order of their last touches.
///
/// It knows numbers of entries and hashes only, no keys, so that it is compiled once for all tables.
struct RecencyIndex: Sendable {
    private struct Node: Sendable {
        var hash: UInt32
        /// Touched just before and just after this one; `nowhere` at the ends.
        var older, newer: UInt32
    }

    private var nodes: [Node] = []
    /// Numbers of entries at the place of their hash or behind it, `nowhere` where free; at most half full.
    private var places: [UInt32]
    private(set) var oldest = Self.nowhere
    private var newest = Self.nowhere

    static let nowhere = UInt32.max
    static let octetsPerEntry = MemoryLayout<Node>.stride

    init() { places = [UInt32](repeating: Self.nowhere, count: 8) }

    var count: Int { nodes.count }

    /// The octets of the places of so many entries.
    static func placeOctets(count: Int) -> Int {
        var places = 8
        while places < 2 * count { places *= 2 }
        return 4 * places
    }

    /// The next entry with this hash, from a place on; moves the place behind it.
    func next(_ hash: UInt32, from place: inout Int) -> Int? {
        let mask = places.count - 1
        while true {
            place &= mask
            let number = places[place]
            place += 1
            if number == Self.nowhere { return nil }
            if nodes[Int(number)].hash == hash { return Int(number) }
        }
    }

    func newer(than number: UInt32) -> UInt32 { nodes[Int(number)].newer }

    /// Adds an entry with the next number, touched last.
    mutating func append(_ hash: UInt32, capacity: Int) {
        if nodes.capacity == nodes.count { nodes.reserveCapacity(capacity) }
        nodes.append(Node(hash: hash, older: Self.nowhere, newer: Self.nowhere))
        if 2 * nodes.count > places.count {
            places = [UInt32](repeating: Self.nowhere, count: 2 * places.count)
            for number in nodes.indices { setPlace(of: number) }
        } else {
            setPlace(of: nodes.count - 1)
        }
        link(nodes.count - 1)
    }

    /// Gives the number of an entry to another one, touched last.
    mutating func replace(_ number: Int, by hash: UInt32) {
        unlink(number)
        clearPlace(of: number)
        nodes[number].hash = hash
        setPlace(of: number)
        link(number)
    }

    mutating func touch(_ number: Int) {
        if newest == UInt32(number) { return }
        unlink(number)
        link(number)
    }

    /// Takes out an entry; the last one gets its number.
    mutating func remove(_ number: Int) {
        unlink(number)
        clearPlace(of: number)
        let last = nodes.count - 1
        if number != last {
            places[place(of: last)] = UInt32(number)
            nodes[number] = nodes[last]
            let (older, newer) = (nodes[number].older, nodes[number].newer)
            join(older, UInt32(number))
            join(UInt32(number), newer)
        }
        nodes.removeLast()
    }

    func checkInvariants() {
        var (number, before, seen) = (oldest, Self.nowhere, 0)
        while number != Self.nowhere {
            precondition(nodes[Int(number)].older == before && places.contains(number))
            (before, number, seen) = (number, newer(than: number), seen + 1)
        }
        precondition(seen == nodes.count && before == newest)
        precondition(places.count { $0 != Self.nowhere } == seen && 2 * seen <= places.count)
    }

    // MARK: - Order

    /// Makes two entries neighbours; `nowhere` for an end.
    private mutating func join(_ older: UInt32, _ newer: UInt32) {
        if older == Self.nowhere { oldest = newer } else { nodes[Int(older)].newer = newer }
        if newer == Self.nowhere { newest = older } else { nodes[Int(newer)].older = older }
    }

    private mutating func link(_ number: Int) {
        let before = newest
        join(before, UInt32(number))
        join(UInt32(number), Self.nowhere)
    }

    private mutating func unlink(_ number: Int) { join(nodes[number].older, nodes[number].newer) }

    // MARK: - Places

    private func place(of number: Int) -> Int {
        let mask = places.count - 1
        var place = Int(nodes[number].hash) & mask
        while places[place] != UInt32(number) { place = (place + 1) & mask }
        return place
    }

    private mutating func setPlace(of number: Int) {
        let mask = places.count - 1
        var place = Int(nodes[number].hash) & mask
        while places[place] != Self.nowhere { place = (place + 1) & mask }
        places[place] = UInt32(number)
    }

    /// Frees the place of an entry and moves up those behind it that belong before.
    private mutating func clearPlace(of number: Int) {
        let mask = places.count - 1
        var free = place(of: number)
        var place = (free + 1) & mask
        while places[place] != Self.nowhere {
            let home = Int(nodes[Int(places[place])].hash) & mask
            if (place &- home) & mask >= (place &- free) & mask {
                places[free] = places[place]
                free = place
            }
            place = (place + 1) & mask
        }
        places[free] = Self.nowhere
    }
}
