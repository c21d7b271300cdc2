import Flows
import Wire

/// Labels in numbered places.
struct LabelPool {
    private var labels: [ApplicationLabel] = []
    private var free: [Int32] = []

    mutating func add(_ label: ApplicationLabel) -> Int32 {
        if let place = free.popLast() {
            labels[Int(place)] = label
            return place
        }
        labels.append(label)
        return Int32(truncatingIfNeeded: labels.count - 1)
    }

    subscript(place: Int32) -> ApplicationLabel { labels[Int(place)] }

    mutating func remove(_ place: Int32) {
        labels[Int(place)] = ApplicationLabel()
        free.append(place)
    }
}

extension FlowTable {
    /// Asks for room at the labeller.
    mutating func openLabel(_ flow: inout FlowState, _ packet: Packet) {
        guard labeller != nil else { return }
        if let slot = labeller?.open() {
            flow.labelSlot = slot
            flow.marks.insert(.wantsLabel)
        } else {
            flow.observations.insert(.notLabelled)
            counts.unlabelledFlows += 1
        }
    }

    /// Shows the labeller a packet; keeps its judgement when it has seen enough.
    mutating func label(
        _ flow: inout FlowState, _ packet: Packet, _ frame: CapturedFrame,
        isForward: Bool
    ) {
        let octets = unsafe frame.octets
        let start = min(Int(packet.ipOffset), octets.count)
        let end = min(start + Int(packet.ipOctets), octets.count)
        let slot = flow.labelSlot
        guard !packet.isLaterFragment, end > start else { return }
        let wantsMore = unsafe labeller?.inspect(
            slot, ipPacket: UnsafeRawBufferPointer(rebasing: octets[start..<end]).bytes,
            at: packet.timestamp, isFromInitiator: isForward)
        if wantsMore != true { settleLabel(&flow) }
    }

    /// Has the labeller judge, whose slot becomes free.
    private mutating func settleLabel(_ flow: inout FlowState) {
        flow.marks.remove(.wantsLabel)
        guard let label = labeller?.close(flow.labelSlot) else { return }
        flow.labelSlot = labels.add(label)
    }

    /// The flow's label for a record; a flow that goes on keeps it, or goes on being looked at.
    mutating func takeLabel(_ flow: inout FlowState, isLast: Bool) -> ApplicationLabel? {
        guard labeller != nil, flow.labelSlot >= 0 else { return nil }
        if flow.marks.contains(.wantsLabel) {
            guard isLast else { return ApplicationLabel() }
            settleLabel(&flow)
        }
        let label = labels[flow.labelSlot]
        if isLast {
            labels.remove(flow.labelSlot)
            flow.labelSlot = -2
        }
        return label
    }
}
