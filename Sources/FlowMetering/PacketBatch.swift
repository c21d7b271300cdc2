import NetworkTypes
package import Wire

/// Frames of a source and the packets in them, decoded and sorted by shard.
///
/// Flows are steered by both addresses and the protocol, not by ports, so that the fragments of a datagram
/// stay with its flow.
package struct PacketBatch: ~Copyable {
    package var frames: FrameBatch
    /// Number of the batch's first frame in the input.
    package private(set) var firstOrder: UInt64 = 0
    package private(set) var packets: [Packet] = []
    /// ARP messages of the batch.
    package private(set) var arpMessages: [ARPMessage] = []
    /// For each packet the number of its frame in the batch.
    package private(set) var frameIndices: [Int32] = []
    /// For each shard the numbers of its packets.
    private(set) var members: [[Int32]]
    /// Packets at which the input's time comes to another second; all shards are told.
    private(set) var ticks: [Int32] = []
    private var second = Int64.min

    package init(capacity: Int, shardCount: Int) {
        frames = FrameBatch(capacity: capacity)
        members = Array(repeating: [], count: shardCount)
        packets.reserveCapacity(capacity)
        frameIndices.reserveCapacity(capacity)
    }

    /// Decodes the frames that the batch was filled with, or the first of them.
    package mutating func decode(
        with decoder: inout PacketDecoder, firstOrder: UInt64, limit: Int = .max
    ) {
        self.firstOrder = firstOrder
        packets.removeAll(keepingCapacity: true)
        frameIndices.removeAll(keepingCapacity: true)
        arpMessages.removeAll(keepingCapacity: true)
        ticks.removeAll(keepingCapacity: true)
        for shard in members.indices { members[shard].removeAll(keepingCapacity: true) }
        var packet = Packet()
        for index in 0..<min(limit, frames.count) {
            switch unsafe decoder.decode(frames.frames[index], into: &packet) {
            case .packet:
                let place = Int32(truncatingIfNeeded: packets.count)
                let second = packet.timestamp.nanoseconds / 1_000_000_000
                if second != self.second {
                    self.second = second
                    ticks.append(place)
                }
                members[shard(of: packet)].append(place)
                packets.append(packet)
                frameIndices.append(Int32(truncatingIfNeeded: index))
            case .arp(let message): arpMessages.append(message)
            case .notIP, .malformed, .unknownLinkType: break
            }
        }
    }

    private func shard(of packet: Packet) -> Int {
        if members.count == 1 { return 0 }
        // The same for both directions, and of no use to whoever would fill one shard only: that shard
        // evicts its own flows.
        let addresses =
            (packet.source.low &+ packet.destination.low)
            ^ (packet.source.high &+ packet.destination.high)
        let mixed = (addresses ^ UInt64(packet.protocolNumber)) &* 0x9e37_79b9_7f4a_7c15
        return Int(truncatingIfNeeded: mixed >> 40) % members.count
    }

    /// Number of a packet in the input.
    func order(of packet: Int32) -> UInt64 {
        firstOrder + UInt64(frameIndices[Int(packet)])
    }

    /// The frame of a packet.
    package func frame(of packet: Int) -> CapturedFrame {
        unsafe frames.frames[Int(frameIndices[packet])]
    }
}
