import Flows
import NetworkTypes

/// A labeller behind a reference.
///
/// A table that were generic over its labeller would be compiled without knowing it, for the labeller is of another
/// module: every access to the table would ask for its layout at run time.
class LabellerReference {
    func open() -> Int32? { nil }

    func inspect(
        _ slot: Int32, ipPacket: borrowing RawSpan, at timestamp: Timestamp, isFromInitiator: Bool
    ) -> Bool { false }

    func close(_ slot: Int32) -> ApplicationLabel { ApplicationLabel() }
}

/// The place of a labeller of a type that only its owner knows.
final class LabellerPlace<Labeller: ApplicationLabeller & ~Copyable>: LabellerReference {
    // SAFETY: used by the owner of the table alone, one call at a time: no call of a labeller leads back here.
    @exclusivity(unchecked) private var labeller: Labeller

    init(_ labeller: consuming Labeller) { unsafe self.labeller = labeller }

    override func open() -> Int32? { unsafe labeller.open() }

    override func inspect(
        _ slot: Int32, ipPacket: borrowing RawSpan, at timestamp: Timestamp, isFromInitiator: Bool
    ) -> Bool {
        unsafe labeller.inspect(
            slot, ipPacket: ipPacket, at: timestamp, isFromInitiator: isFromInitiator)
    }

    override func close(_ slot: Int32) -> ApplicationLabel { unsafe labeller.close(slot) }
}
