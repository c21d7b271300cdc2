/// A hash table of at most `limit` entries, in which a new key takes the place of the one that was longest
/// not touched.
///
/// Every operation takes constant time, whoever chooses the keys: they are hashed with the secret of the
/// process (`Hasher`). Nothing that can be seen depends on the hashes; the order of iteration is that of the
/// last touches, so that the same input gives the same table and the same output.
package struct BoundedTable<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    package typealias Element = (key: Key, value: Value)

    package let limit: Int
    /// How many entries made room for others.
    package private(set) var evictions: UInt64 = 0
    private var keys: [Key] = []
    private var values: [Value] = []
    private var index = RecencyIndex()

    /// - Precondition: `limit` is in 1...2^30.
    package init(limit: Int) {
        precondition((1...1 << 30).contains(limit), "limit of a bounded table")
        self.limit = limit
    }

    package var count: Int { keys.count }
    package var isEmpty: Bool { keys.isEmpty }
    package var isFull: Bool { keys.count == limit }

    /// The value of a key, without touching it.
    package subscript(key: Key) -> Value? {
        guard let number = find(key, Self.hash(key)) else { return nil }
        return values[number]
    }

    /// Touches a key and changes its value in place. A key that was not there begins with `initial`, and
    /// the longest untouched makes room for it if the table is full.
    package mutating func update<Result, Failure: Error>(
        _ key: Key, default initial: @autoclosure () -> Value,
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let hash = Self.hash(key)
        if let number = find(key, hash) {
            index.touch(number)
            return try body(&values[number])
        }
        return try body(&values[insert(key, initial(), hash)])
    }

    /// Touches and changes the value of a key in place if it is there; `nil` if it is not.
    package mutating func updateIfPresent<Result, Failure: Error>(
        _ key: Key, _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        guard let number = find(key, Self.hash(key)) else { return nil }
        index.touch(number)
        return try body(&values[number])
    }

    /// Sets the value of a key and touches it.
    package mutating func set(_ key: Key, _ value: Value) {
        update(key, default: value) { $0 = value }
    }

    /// The entry that was longest not touched.
    package var leastRecent: Element? {
        isEmpty ? nil : (keys[Int(index.oldest)], values[Int(index.oldest)])
    }

    /// Takes out the entry that was longest not touched; not counted as an eviction.
    package mutating func removeLeastRecent() -> Element? {
        isEmpty ? nil : take(Int(index.oldest))
    }

    @discardableResult
    package mutating func remove(_ key: Key) -> Value? {
        find(key, Self.hash(key)).map { take($0).value }
    }

    package mutating func removeAll() {
        let evictions = evictions
        self = BoundedTable(limit: limit)
        self.evictions = evictions
    }

    /// The octets that the table takes when full, without what values hold elsewhere.
    package static func octets(limit: Int) -> Int {
        let entry =
            MemoryLayout<Key>.stride + MemoryLayout<Value>.stride + RecencyIndex.octetsPerEntry
        return limit * entry + RecencyIndex.placeOctets(count: limit)
    }

    package func checkInvariants() {
        index.checkInvariants()
        precondition(keys.count == values.count && keys.count == index.count && count <= limit)
        for (number, key) in keys.enumerated() {
            precondition(find(key, Self.hash(key)) == number)
        }
    }

    private static func hash(_ key: Key) -> UInt32 {
        let hash = UInt(bitPattern: key.hashValue)
        return UInt32(truncatingIfNeeded: hash ^ hash >> 32)
    }

    private func find(_ key: Key, _ hash: UInt32) -> Int? {
        var place = Int(hash)
        while let number = index.next(hash, from: &place) {
            if keys[number] == key { return number }
        }
        return nil
    }

    private mutating func insert(_ key: Key, _ value: Value, _ hash: UInt32) -> Int {
        if isFull {
            let number = Int(index.oldest)
            evictions += 1
            index.replace(number, by: hash)
            keys[number] = key
            values[number] = value
            return number
        }
        // Never more than the limit, which doubling would overshoot.
        let capacity = Swift.min(limit, Swift.max(8, 2 * count))
        if keys.capacity == count { keys.reserveCapacity(capacity) }
        if values.capacity == count { values.reserveCapacity(capacity) }
        keys.append(key)
        values.append(value)
        index.append(hash, capacity: capacity)
        return count - 1
    }

    /// Takes out an entry; the last one moves to its number.
    private mutating func take(_ number: Int) -> Element {
        index.remove(number)
        keys.swapAt(number, count - 1)
        values.swapAt(number, values.count - 1)
        return (keys.removeLast(), values.removeLast())
    }
}

// MARK: - In the order of the last touches

extension BoundedTable: Sequence {
    /// From the entry that was longest not touched to the one touched last.
    package struct Iterator: IteratorProtocol {
        fileprivate let table: BoundedTable
        fileprivate var number: UInt32

        package mutating func next() -> Element? {
            guard number != RecencyIndex.nowhere else { return nil }
            let place = Int(number)
            number = table.index.newer(than: number)
            return (table.keys[place], table.values[place])
        }
    }

    package func makeIterator() -> Iterator { Iterator(table: self, number: index.oldest) }

    package var underestimatedCount: Int { count }
}

// MARK: - Saving

extension BoundedTable {
    /// Writes how many entries made room, then each entry, the one that was longest not touched first.
    package func write(
        to writer: inout ByteWriter, _ entry: (Key, Value, inout ByteWriter) -> Void
    ) {
        writer.add(short: evictions)
        writer.add(count: count)
        for (key, value) in self { entry(key, value, &writer) }
    }

    /// Reads what ``write(to:_:)`` wrote: the same entries in the same order of touches, so that the same ones
    /// make room later.
    ///
    /// - Parameters:
    ///   - entryOctets: what an entry takes at least.
    ///   - entry: reads one.
    package init(
        from reader: inout ByteReader, limit: Int, entryOctets: Int,
        _ entry: (inout ByteReader) throws(ByteReader.Failure) -> Element
    ) throws(ByteReader.Failure) {
        self.init(limit: limit)
        evictions = try reader.counter()
        let count = try reader.count(size: entryOctets)
        guard count <= limit else { throw .damaged("a table that is too large") }
        for _ in 0..<count {
            let (key, value) = try entry(&reader)
            let hash = Self.hash(key)
            guard find(key, hash) == nil else { throw .damaged("an entry that comes twice") }
            _ = insert(key, value, hash)
        }
    }
}
