package import Flows

/// How packets become flows. The old meters' modes have times of their own and look at none of these but
/// `mode` and `flowLimit`.
package struct MeterSettings: Sendable, Equatable {
    package var mode: MeterMode = .corrected
    /// Flows that may be open at once; beyond it the one whose time comes first is ended and marked.
    package var flowLimit = 1_000_000
    /// A TCP flow without a packet for longer than this has ended, in microseconds (RFC 5102).
    package var tcpIdleMicroseconds: Int64 = 120_000_000
    /// The same for all other protocols.
    package var otherIdleMicroseconds: Int64 = 60_000_000
    /// A flow that goes on for longer is written as a part and continued.
    package var activeMicroseconds: Int64 = 120_000_000
    /// How long late packets still belong to a TCP flow after its end.
    package var lingerMicroseconds: Int64 = 2_000_000
    /// Whether copies of a packet within five milliseconds are left out, not only counted.
    package var skipsDuplicates = false

    /// Longest time that a timeout may have.
    package static let longestTimeoutMicroseconds: Int64 = 3_600_000_000

    package init() {}
}

/// What a meter did, for the person who runs it; may be added up over meters.
package struct MeterCounts: Sendable, Equatable {
    package var packets: UInt64 = 0
    package var flows: UInt64 = 0
    /// Flows of one packet, which the old meters leave out.
    package var omittedFlows: UInt64 = 0
    package var evictedFlows: UInt64 = 0
    package var laterFragments: UInt64 = 0
    /// Later fragments whose first one was not seen.
    package var orphanFragments: UInt64 = 0
    package var evictedFragments: UInt64 = 0
    package var duplicates: UInt64 = 0
    package var skippedDuplicates: UInt64 = 0
    /// Packets that the rules of the mode leave out: after the end of their flow (`cic-head`), IPv6 and
    /// protocols that the old meters mistook.
    package var omittedPackets: UInt64 = 0
    package var backwardTimes: UInt64 = 0
    /// Flows that the labeller had no room for.
    package var unlabelledFlows: UInt64 = 0

    package init() {}

    package static func += (left: inout MeterCounts, right: MeterCounts) {
        left.packets += right.packets
        left.flows += right.flows
        left.omittedFlows += right.omittedFlows
        left.evictedFlows += right.evictedFlows
        left.laterFragments += right.laterFragments
        left.orphanFragments += right.orphanFragments
        left.evictedFragments += right.evictedFragments
        left.duplicates += right.duplicates
        left.skippedDuplicates += right.skippedDuplicates
        left.omittedPackets += right.omittedPackets
        left.backwardTimes += right.backwardTimes
        left.unlabelledFlows += right.unlabelledFlows
    }
}

extension MeterSettings {
    /// Octets of memory for an open flow, its place in the index and the rare details apart.
    package static var octetsPerFlow: Int { MemoryLayout<FlowState>.stride }
}
