import ApplicationLabels
import Flows
import NetworkTypes

/// A labeller that expectations can look at: they copy what they are given, and a labeller cannot be copied.
final class LabellerSubject {
    private var labeller: NDPILabeller

    init(_ settings: NDPILabeller.Configuration = .init(), tables: NDPITables? = nil) throws {
        labeller = try NDPILabeller(settings, tables: tables)
    }

    var counters: NDPILabeller.Counters { labeller.counters }
    var openSlots: Int { labeller.openSlots }
    var watchedFlows: Int { labeller.watchedFlows }
    var memoryOctets: Int { labeller.memoryOctets }
    var applicationNames: [String] { labeller.applicationNames }

    func open() -> Int32? { labeller.open() }

    func close(_ slot: Int32) -> ApplicationLabel { labeller.close(slot) }

    /// Whether the labeller wants the next packet.
    func show(
        _ packet: some Collection<UInt8>, _ slot: Int32,
        nanoseconds: Int64 = 1_700_000_000_000_000_000, isFromInitiator: Bool = true
    ) -> Bool {
        let octets = Array(packet)
        return labeller.inspect(
            slot, ipPacket: octets.span.bytes, at: Timestamp(nanoseconds: nanoseconds),
            isFromInitiator: isFromInitiator)
    }

    /// The label of a flow of these packets.
    func label(_ packets: [[UInt8]]) -> ApplicationLabel {
        guard let slot = open() else { return ApplicationLabel() }
        for packet in packets { _ = show(packet, slot) }
        return close(slot)
    }
}
