import Flows
import NetworkTypes

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
