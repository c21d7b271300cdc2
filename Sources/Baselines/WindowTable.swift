internal import Statistics

/// Counts of events by key over the last seconds and minutes, for a fixed number of keys.
///
/// Each entry has the same rings of buckets; a ring of `n` buckets of `w` seconds tells the events of the
/// last `(n - 1) w` to `n w` seconds. An entry stands in one of eight places by the hash of its key; a new
/// key takes the place of the one longest not seen among them. Time is that of the events: one that is
/// older than the latest counts where it belongs, or begins the ring anew if it lies further back than the
/// ring reaches, so that no wrong clock stops the windows for good.
struct WindowTable: Sendable, Equatable {
    /// One window.
    struct Ring: Sendable, Equatable {
        let buckets: Int
        let bucketSeconds: UInt32
        /// Where the ring stands in an entry: its sum, its latest bucket, its buckets.
        fileprivate let offset: Int
    }

    let rings: [Ring]
    /// Words of an entry: its mark, its rings.
    private let width: Int
    private let setCount: Int
    /// Entries there is room for. Memory for them is taken when the first comes.
    let capacity: Int
    /// Entries that made room for others.
    private(set) var evictions: UInt64 = 0
    /// The hashes of the keys, 0 where a place is free.
    private var tags: [UInt64]
    /// When each entry was last seen, counted in look-ups: seconds would not tell a busy key from the
    /// thousands that somebody makes up within one.
    private var seen: [UInt32]
    private var lookups: UInt32 = 0
    private var words: [UInt32]
    /// The second that it is, and for each ring the number of its bucket and its place in the ring.
    private var second: UInt32 = 0
    private var indices: [UInt32]
    private var places: [Int]

    private static let ways = 8

    /// - Parameter entries: rounded up to eight times a power of two.
    init(entries: Int, rings: [(buckets: Int, bucketSeconds: UInt32)]) {
        var offset = 1
        self.rings = rings.map { ring in
            defer { offset += 2 + ring.buckets }
            return Ring(
                buckets: ring.buckets, bucketSeconds: ring.bucketSeconds, offset: offset)
        }
        width = offset
        var sets = 1
        while sets * Self.ways < entries { sets *= 2 }
        setCount = sets
        capacity = sets * Self.ways
        (tags, seen, words) = ([], [], [])
        indices = Array(repeating: 0, count: rings.count)
        places = Array(repeating: 0, count: rings.count)
    }

    /// Octets of memory once there is an entry.
    var octets: Int { capacity * (12 + 4 * width) }

    private mutating func makeRoom() {
        guard tags.isEmpty else { return }
        tags = Array(repeating: 0, count: capacity)
        seen = Array(repeating: 0, count: capacity)
        words = Array(repeating: 0, count: capacity * width)
    }

    /// Sets the second of all that follows.
    mutating func turn(to second: UInt32) {
        guard second != self.second else { return }
        self.second = second
        for ring in rings.indices {
            indices[ring] = second / rings[ring].bucketSeconds
            places[ring] = Int(indices[ring] % UInt32(rings[ring].buckets))
        }
    }

    /// The entry of a key, which is made if it is not there.
    mutating func entry(_ key: UInt64) -> Int {
        makeRoom()
        let tag = max(key, 1)
        let first = Int(truncatingIfNeeded: key & UInt64(setCount - 1)) * Self.ways
        lookups &+= 1
        for place in first..<(first + Self.ways) where tags[place] == tag {
            seen[place] = lookups
            return place
        }
        var oldest = first
        for place in first..<(first + Self.ways) {
            if tags[place] == 0 {
                oldest = place
                break
            }
            if lookups &- seen[place] > lookups &- seen[oldest] { oldest = place }
        }
        if tags[oldest] != 0 {
            evictions += 1
            for word in (oldest * width)..<((oldest + 1) * width) { words[word] = 0 }
        }
        tags[oldest] = tag
        seen[oldest] = lookups
        return oldest
    }

    /// A number that the owner keeps with an entry, at first 0.
    subscript(mark entry: Int) -> UInt32 {
        get { words[entry * width] }
        set { words[entry * width] = newValue }
    }

    /// Counts an event, and gives the events of the window.
    mutating func add(_ ring: Int, of entry: Int) -> UInt32 {
        let start = advance(ring, of: entry)
        words[start + 2 + places[ring]] &+= 1
        words[start] &+= 1
        return words[start]
    }

    /// Counts an event in the first three windows, and gives their events.
    ///
    /// As if by three calls of ``add(_:of:)``, but what an entry has in memory is looked at together.
    mutating func addToThree(_ entry: Int) -> SIMD4<UInt32> {
        let first = entry * width
        let (a, b, c) = (
            first + rings[0].offset, first + rings[1].offset, first + rings[2].offset
        )
        let old = SIMD4(words[a + 1], words[b + 1], words[c + 1], 0)
        let now = SIMD4(indices[0], indices[1], indices[2], 0)
        if old != now {
            for ring in 0..<3 { _ = advance(ring, of: entry) }
        }
        words[a + 2 + places[0]] &+= 1
        words[b + 2 + places[1]] &+= 1
        words[c + 2 + places[2]] &+= 1
        let sums = SIMD4(words[a] &+ 1, words[b] &+ 1, words[c] &+ 1, 0)
        (words[a], words[b], words[c]) = (sums[0], sums[1], sums[2])
        return sums
    }

    /// The events of the window.
    mutating func count(_ ring: Int, of entry: Int) -> UInt32 { words[advance(ring, of: entry)] }

    /// Takes an event of an earlier second back, if the window reaches so far.
    mutating func takeBack(_ ring: Int, of entry: Int, second old: UInt32) {
        let start = advance(ring, of: entry)
        let (shape, last) = (rings[ring], words[start + 1])
        let index = old / shape.bucketSeconds
        guard index <= last, last - index < UInt32(shape.buckets) else { return }
        let place = start + 2 + Int(index % UInt32(shape.buckets))
        guard words[place] > 0 else { return }
        words[place] &-= 1
        words[start] &-= 1
    }

    /// Empties the buckets that the second leaves behind.
    ///
    /// - Returns: Where the ring begins: with its sum, then the number of its latest bucket.
    @inline(__always)
    private mutating func advance(_ ring: Int, of entry: Int) -> Int {
        let start = entry * width + rings[ring].offset
        let (index, last) = (indices[ring], words[start + 1])
        if index != last { turn(ring, at: start, from: last, to: index) }
        return start
    }

    private mutating func turn(_ ring: Int, at start: Int, from last: UInt32, to index: UInt32) {
        let buckets = rings[ring].buckets
        if index > last, index - last < UInt32(buckets) {
            var place = places[ring]
            for _ in 0..<(index - last) {
                words[start] &-= words[start + 2 + place]
                words[start + 2 + place] = 0
                place = place == 0 ? buckets - 1 : place - 1
            }
            words[start + 1] = index
        } else if index > last || last - index >= UInt32(buckets) {
            for word in start..<(start + 2 + buckets) { words[word] = 0 }
            words[start + 1] = index
        }
    }

    static func == (left: WindowTable, right: WindowTable) -> Bool {
        left.rings == right.rings && left.evictions == right.evictions
            && left.lookups == right.lookups && left.tags == right.tags
            && left.seen == right.seen && left.words == right.words
    }
}

extension WindowTable {
    func write(to writer: inout ByteWriter) {
        writer.add(short: evictions)
        writer.add(lookups)
        writer.add(count: capacity)
        writer.add(count: tags.count { $0 != 0 })
        for place in tags.indices where tags[place] != 0 {
            writer.add(count: place)
            writer.add(tags[place])
            writer.add(seen[place])
            for word in words[(place * width)..<((place + 1) * width)] {
                writer.add(short: UInt64(word))
            }
        }
    }

    /// Fills a new table with what ``write(to:)`` wrote.
    mutating func read(from reader: inout ByteReader) throws(ByteReader.Failure) {
        evictions = try reader.counter()
        lookups = try reader.integer(UInt32.self)
        guard Int(try reader.integer(UInt32.self)) == capacity else {
            throw .damaged("a table of another size")
        }
        let count = try reader.count(size: 16 + width)
        if count > 0 { makeRoom() }
        for _ in 0..<count {
            let place = Int(try reader.integer(UInt32.self))
            guard tags.indices.contains(place), tags[place] == 0 else {
                throw .damaged("an entry at no place")
            }
            tags[place] = try reader.integer(UInt64.self)
            seen[place] = try reader.integer(UInt32.self)
            for word in (place * width)..<((place + 1) * width) {
                guard let number = UInt32(exactly: try reader.counter()) else {
                    throw .damaged("a count out of range")
                }
                words[word] = number
            }
            for ring in rings {
                let start = place * width + ring.offset
                let sum = words[(start + 2)..<(start + 2 + ring.buckets)].reduce(0, &+)
                guard sum == words[start] else { throw .damaged("a window that does not add up") }
            }
            guard tags[place] != 0 else { throw .damaged("an entry without a key") }
        }
    }
}
