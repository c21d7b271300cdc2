package import NetworkTypes
import Statistics

/// When one host connected to another in the last day, and how much it sent each time.
///
/// Connections are kept to the second, as RITA keeps them, in the order of their time however they arrive.
/// The latest `limit` are kept one by one, 8 octets each; of a busier pair the number in each of the last 24 hours
/// is kept as well, so that the shape of the day is known of all connections and only their intervals and
/// sizes of the latest.
///
/// Invariants: `connections` is ascending and has at most `limit` elements; `hours` is empty, or has 24
/// counters of which the last is that of the hour `lastHour`.
package struct BeaconHistory: Sendable, Equatable {
    /// Each connection: the second since 1970 in the upper half, the octets sent in the lower.
    private(set) package var connections: [UInt64] = []
    /// How many connections are kept one by one.
    package let limit: Int
    /// How many connections were ever added.
    private(set) package var addedCount: UInt64 = 0
    /// How many connections each of 24 hours had, once there were more than `limit` of them.
    private(set) package var hours: [UInt32] = []
    /// The hour since 1970 of the last counter.
    private(set) package var lastHour: UInt32 = 0

    /// Connections there is room for: it doubles, and so depends on nothing but the connections.
    private var room = 0

    /// How far back a history reaches.
    package static let spanSeconds: UInt32 = 86_400

    /// - Precondition: `limit` is at least 8.
    package init(limit: Int) {
        precondition(limit >= 8, "a history of fewer than 8 connections tells nothing")
        self.limit = limit
    }

    /// The octets that a history takes beside the structure itself.
    package var octetsInMemory: Int {
        (room == 0 ? 0 : 32) + room * 8 + (hours.isEmpty ? 0 : 32) + hours.count * 4
    }

    /// One connection as it is kept: time in whole seconds from 1970 to 2106, at most 4 GiB - 1.
    package static func packed(_ time: Timestamp, octets: UInt64) -> UInt64 {
        UInt64(UInt32(clamping: time.nanoseconds / 1_000_000_000)) << 32
            | UInt64(UInt32(clamping: octets))
    }

    package static func second(of connection: UInt64) -> UInt32 { UInt32(connection >> 32) }
    package static func octets(of connection: UInt64) -> UInt32 {
        UInt32(truncatingIfNeeded: connection)
    }

    /// Adds a connection made by `packed`; one older than a day before the latest is only counted.
    ///
    /// - Complexity: O(1) for connections in order, else O(`limit`).
    package mutating func add(_ connection: UInt64) {
        addedCount += 1
        let second = Self.second(of: connection)
        let latest = max(second, lastSecond)
        let start = latest > Self.spanSeconds ? latest - Self.spanSeconds : 0
        guard second >= start else { return }
        if !hours.isEmpty { countHour(of: second) }
        if connections.count >= limit || isMostlyBefore(start) { dropOld(before: start) }
        if let last = connections.last, connection < last {
            // A full list has room for this connection only if it is not the oldest.
            guard connections.count < limit || connection > connections[0] else { return }
            makeRoom()
            connections.insert(connection, at: place(of: connection))
        } else {
            makeRoom()
            connections.append(connection)
        }
        if connections.count > limit { connections.removeFirst(connections.count - limit) }
    }

    /// The latest second in the history, 0 without connections.
    package var lastSecond: UInt32 { connections.last.map(Self.second(of:)) ?? 0 }

    /// The connections from `start` on, in the order of time.
    package func connections(from start: UInt32) -> ArraySlice<UInt64> {
        connections[place(of: UInt64(start) << 32)...]
    }

    /// The first place whose connection is not before `connection`.
    private func place(of connection: UInt64) -> Int {
        var (low, high) = (0, connections.count)
        while low < high {
            let middle = (low + high) / 2
            if connections[middle] < connection { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func isMostlyBefore(_ start: UInt32) -> Bool {
        let middle = connections.count / 2
        return middle >= 8 && Self.second(of: connections[middle]) < start
    }

    private mutating func makeRoom() {
        guard connections.count == room else { return }
        room = max(4, min(2 * room, limit + 1))
        connections.reserveCapacity(room)
    }

    /// Forgets what is older than a day; if all is younger and the list full, begins to count by hours and
    /// forgets the oldest sixteenth, so that a busy pair moves its list seldom.
    private mutating func dropOld(before start: UInt32) {
        let expired = place(of: UInt64(start) << 32)
        guard expired == 0, connections.count >= limit else {
            connections.removeFirst(expired)
            return
        }
        if hours.isEmpty {
            hours = [UInt32](repeating: 0, count: 24)
            lastHour = lastSecond / 3600
            for connection in connections { countHour(of: Self.second(of: connection)) }
        }
        connections.removeFirst(max(1, limit / 16))
    }

    private mutating func countHour(of second: UInt32) {
        let hour = second / 3600
        if hour > lastHour {
            let moved = Int(min(hour - lastHour, 24))
            hours.removeFirst(moved)
            hours.append(contentsOf: repeatElement(0, count: moved))
            lastHour = hour
        }
        let back = lastHour - hour
        if back < 24 { hours[23 - Int(back)] += 1 }
    }
}

// MARK: - Saving

extension BeaconHistory {
    func write(to writer: inout ByteWriter) {
        writer.add(short: addedCount)
        writer.add(short: UInt64(room))
        writer.add(count: connections.count)
        for connection in connections { writer.add(connection) }
        writer.add(lastHour)
        writer.add(!hours.isEmpty)
        for hour in hours { writer.add(short: UInt64(hour)) }
    }

    /// Reads what ``write(to:)`` wrote, of the same limit.
    init(from reader: inout ByteReader, limit: Int) throws(ByteReader.Failure) {
        self.init(limit: limit)
        addedCount = try reader.counter()
        room = Int(try reader.smallCounter())
        let count = try reader.count(size: 8)
        guard count <= limit, (count...(limit + 1)).contains(room) else {
            throw .damaged("a history that is too long")
        }
        connections.reserveCapacity(count)
        for _ in 0..<count {
            let connection = try reader.uint64()
            if let last = connections.last, connection < last {
                throw .damaged("a history out of order")
            }
            connections.append(connection)
        }
        lastHour = try reader.uint32()
        guard try reader.flag() else { return }
        for _ in 0..<24 { hours.append(try reader.smallCounter()) }
    }
}
