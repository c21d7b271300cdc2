/// What a decoder has met. Plain numbers: they add up over decoders.
///
/// `frames` is the sum of packets, ARP messages, other protocols, malformed frames and frames of unknown
/// link types.
package struct DecodeCounts: Equatable, Sendable {
    package var frames: UInt64 = 0
    package var packets: UInt64 = 0
    package var arpMessages: UInt64 = 0
    package var unknownLinkTypes: UInt64 = 0
    package var notIP = ReasonCounts<OtherProtocol>()
    package var malformed = ReasonCounts<MalformedReason>()
    /// Of packets; one packet may count several times.
    package var oddities = ReasonCounts<Oddity>()

    package init() {}

    package static func += (left: inout DecodeCounts, right: DecodeCounts) {
        left.frames &+= right.frames
        left.packets &+= right.packets
        left.arpMessages &+= right.arpMessages
        left.unknownLinkTypes &+= right.unknownLinkTypes
        left.notIP += right.notIP
        left.malformed += right.malformed
        left.oddities += right.oddities
    }
}

/// One counter for each case of a small enumeration.
package struct ReasonCounts<Reason>: Equatable, Sendable
where Reason: RawRepresentable<Int> & CaseIterable & Sendable {
    /// Cases that an enumeration may have here.
    package static var capacity: Int { 32 }

    private var counts = [32 of UInt64](repeating: 0)

    package init() {}

    package subscript(reason: Reason) -> UInt64 {
        get { counts[reason.rawValue] }
        set { counts[reason.rawValue] = newValue }
    }

    package var total: UInt64 {
        var sum: UInt64 = 0
        for index in counts.indices { sum &+= counts[index] }
        return sum
    }

    /// The reasons that have occurred, in the order of their declaration.
    package var occurred: [Reason] { Reason.allCases.filter { self[$0] > 0 } }

    package static func += (left: inout Self, right: Self) {
        for index in left.counts.indices { left.counts[index] &+= right.counts[index] }
    }

    package static func == (left: Self, right: Self) -> Bool {
        for index in left.counts.indices where left.counts[index] != right.counts[index] {
            return false
        }
        return true
    }
}
