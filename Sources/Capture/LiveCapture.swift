private import CPcap
private import Glibc
private import NetworkTypes
package import Wire

/// Frames of one or more network interfaces, through the ring buffer of the system (libpcap, TPACKET_V3).
///
/// The frames of several interfaces are put in the order of time in each round of polling, not across rounds.
/// An interface that goes away makes `fill` throw once; the others can be read on.
package struct LiveCapture: ~Copyable, PacketSource {
    /// What to capture, and how.
    package struct Configuration: Sendable {
        /// Names as the system has them; `any` stands for all together.
        package let interfaces: [String]
        /// An expression as in pcap-filter(7); `nil` lets all frames pass.
        package let filter: String?
        /// Octets kept of a frame, from 64 to 262,144.
        package let snapOctets: Int
        /// Whether to see frames of others that come by.
        package let isPromiscuous: Bool
        /// Octets of the ring buffer of each interface, from 1 MiB to 2 GiB less 1.
        package let bufferOctets: Int
        /// Frames of other link types are of no use to the caller.
        package let linkTypes: [LinkType]

        package init(
            interfaces: [String], filter: String? = nil, snapOctets: Int = 262_144,
            isPromiscuous: Bool = true, bufferOctets: Int = 64 << 20,
            linkTypes: [LinkType] = LiveCapture.usualLinkTypes
        ) throws(CaptureError) {
            guard (1...64).contains(interfaces.count), Set(interfaces).count == interfaces.count
            else { throw .badSetting("name from 1 to 64 different interfaces") }
            guard (64...262_144).contains(snapOctets) else {
                throw .badSetting("snap length \(snapOctets): from 64 to 262144 octets")
            }
            guard (1 << 20...Int(Int32.max)).contains(bufferOctets) else {
                throw .badSetting("capture buffer of \(bufferOctets) octets: from 1 MiB to 2 GiB")
            }
            self.interfaces = interfaces
            self.filter = filter
            self.snapOctets = snapOctets
            self.isPromiscuous = isPromiscuous
            self.bufferOctets = bufferOctets
            self.linkTypes = linkTypes
        }
    }

    /// What one interface has given. The numbers of the system are its own: on a loopback interface each
    /// frame is received twice and delivered once, and a filter does not lessen what is received everywhere.
    package struct InterfaceCounts: Equatable, Sendable {
        package let name: String
        /// Frames handed on, with their captured octets.
        package var deliveredFrames: UInt64 = 0
        package var deliveredOctets: UInt64 = 0
        /// Frames that passed the filter, with those dropped for want of room.
        package var receivedFrames: UInt64 = 0
        /// Frames dropped because the ring buffer was full.
        package var droppedByKernel: UInt64 = 0
        /// Frames dropped by the interface or its driver.
        package var droppedByInterface: UInt64 = 0

        package init(name: String) { self.name = name }
    }

    /// Link types that interfaces have and packets can be found in.
    package static let usualLinkTypes: [LinkType] = [
        .ethernet, .linuxCooked, .linuxCooked2, .raw, .null, .loop, .ieee80211, .radiotap, .ppp,
        .pppHDLC, .ciscoHDLC, .ipv4, .ipv6,
    ]

    /// Milliseconds that `fill` waits for the first frame.
    private static let patience: CInt = 100

    private let lanes: [LiveLane]
    private var queue = MergeQueue()
    /// Of interfaces that have gone, to be thrown when their frames are delivered.
    private var errors: [CaptureError] = []

    /// Opens all interfaces and begins to capture.
    package init(_ configuration: Configuration) throws(CaptureError) {
        var lanes: [LiveLane] = []
        for (number, name) in configuration.interfaces.enumerated() {
            let interface = try LiveInterface(
                name, number: UInt16(truncatingIfNeeded: number), configuration)
            lanes.append(LiveLane(interface, isAlone: configuration.interfaces.count == 1))
        }
        self.lanes = lanes
    }

    /// The interfaces in the order of their numbers in frames.
    package var interfaces: [CaptureInterface] {
        lanes.map { CaptureInterface(name: $0.interface.name, linkType: $0.interface.linkType) }
    }

    /// Circumstances that do not hinder the capture, for the operator.
    package var warnings: [String] { lanes.flatMap(\.interface.warnings) }

    /// Asks the system for its numbers and gives them together with ours, an entry for each interface.
    package func counts() -> [InterfaceCounts] {
        for lane in lanes { lane.interface.refreshCounts() }
        return lanes.map(\.interface.counts)
    }

    /// The names of the network interfaces that there are; libpcap also lists buses and logs.
    package static func interfaceNames() -> [String] {
        var first: UnsafeMutablePointer<pcap_if_t>?
        var text = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
        guard unsafe pcap_findalldevs(&first, &text) == 0 else { return [] }
        defer { unsafe pcap_freealldevs(first) }
        var names: [String] = []
        var next = unsafe first
        while let device = unsafe next {
            let name = unsafe String(cString: device.pointee.name)
            if unsafe name == "any" || if_nametoindex(name) != 0 { names.append(name) }
            unsafe next = device.pointee.next
        }
        return names
    }

    package mutating func fill(_ batch: inout FrameBatch) throws(CaptureError) -> Bool {
        batch.removeAll()
        if queue.first == nil, errors.isEmpty {
            guard waitForFrames() else { return false }
            collect(&batch)
        }
        while let index = queue.first, lanes[index].moveFrame(to: &batch) {
            if let next = lanes[index].nextTime {
                queue.replaceFirst(time: next)
            } else {
                queue.removeFirst()
            }
        }
        if batch.count > 0 || errors.isEmpty { return true }
        throw errors.removeFirst()
    }

    /// Waits until an interface has frames, or for `patience`; `false` if no interface is left.
    private func waitForFrames() -> Bool {
        var requests: [pollfd] = []
        for lane in lanes where lane.interface.isOpen {
            requests.append(
                pollfd(fd: lane.interface.descriptor, events: Int16(POLLIN), revents: 0))
        }
        guard !requests.isEmpty else { return false }
        // An interrupted call looks at the interfaces early; one that has gone tells it when read.
        _ = unsafe poll(&requests, nfds_t(requests.count), Self.patience)
        return true
    }

    /// Takes what each interface has into its lane, or into the batch if there is only one.
    private mutating func collect(_ batch: inout FrameBatch) {
        for (index, lane) in lanes.enumerated() where lane.interface.isOpen {
            do throws(CaptureError) {
                if lanes.count == 1 {
                    try lane.interface.deliver(to: &batch)
                } else {
                    try lane.collect()
                }
            } catch {
                errors.append(error)
            }
            if let time = lane.nextTime { queue.insert(time: time, lane: index) }
        }
    }
}

/// An interface, with its frames of this round if others are read beside it.
private final class LiveLane {
    let interface: LiveInterface
    private var batch: FrameBatch
    private var position = 0

    init(_ interface: LiveInterface, isAlone: Bool) {
        self.interface = interface
        batch = isAlone ? FrameBatch(capacity: 0, memoryOctets: 64) : FrameBatch()
    }

    var nextTime: Int64? {
        position < batch.count ? unsafe batch.frames[position].timestamp.nanoseconds : nil
    }

    func collect() throws(CaptureError) {
        position = 0
        batch.removeAll()
        try interface.deliver(to: &batch)
    }

    /// Copies the next frame into the batch; `false`, and nothing done, if it has no room.
    func moveFrame(to target: inout FrameBatch) -> Bool {
        guard unsafe target.appendCopy(of: batch.frames[position]) else { return false }
        position += 1
        return true
    }
}
