import Flows
import NetworkTypes
import Statistics

extension HostPair {
    init(_ key: FlowKey) {
        self.init(source: key.initiator.address, destination: key.responder.address)
    }

    /// The same on every machine.
    var stableHash: UInt64 {
        var hash = StableHash()
        hash.combine(source.high)
        hash.combine(source.low)
        hash.combine(destination.high)
        hash.combine(destination.low)
        return hash.value
    }
}

extension Timestamp {
    /// Whole minutes since 1970, rounded down.
    var minute: Int64 {
        let (minutes, rest) = nanoseconds.quotientAndRemainder(dividingBy: 60_000_000_000)
        return rest < 0 ? minutes - 1 : minutes
    }
}

extension HostPair {
    func write(to writer: inout ByteWriter) {
        writer.add(source)
        writer.add(destination)
    }

    /// Reads what ``write(to:)`` wrote.
    init(from reader: inout ByteReader) throws(ByteReader.Failure) {
        self.init(source: try reader.address(), destination: try reader.address())
    }

    /// What one takes in a snapshot at least.
    static let leastOctets = 10
}

extension ByteReader {
    /// The number of a minute, an hour or a day: nanoseconds reach 292 years on both sides of 1970.
    mutating func calendarNumber(perDay: Int64) throws(Failure) -> Int64 {
        let number = try int64()
        guard (-110_000...110_000).contains(number / perDay) else {
            throw .damaged("a time out of range")
        }
        return number
    }
}
