private import CPcap
private import NetworkTypes
internal import Wire

/// One interface that is captured from: a handle of libpcap.
@safe final class LiveInterface {
    let name: String
    let linkType: LinkType
    /// What `poll` waits on.
    let descriptor: CInt
    private(set) var warnings: [String] = []
    private(set) var counts: LiveCapture.InterfaceCounts

    private let number: UInt16
    private var handle: OpaquePointer?
    private var isNanoseconds: Bool
    /// The batch that `deliver` fills, while it runs.
    private var target: UnsafeMutablePointer<FrameBatch>?
    /// A frame that came when the batch was full.
    private var stash = StashedFrame()
    private var deliveriesSinceRefresh = 0
    private var systemCounts = SystemCounts()

    private struct StashedFrame {
        var octets: [UInt8] = []
        var timestamp = Timestamp(nanoseconds: 0)
        var wireOctets: UInt32 = 0
        var isPresent = false
    }

    /// The counters of libpcap as they were last seen: 32 bits, which wrap.
    private struct SystemCounts {
        var received: UInt32 = 0
        var dropped: UInt32 = 0
        var interfaceDropped: UInt32 = 0
    }

    init(
        _ name: String, number: UInt16, _ configuration: LiveCapture.Configuration
    ) throws(CaptureError) {
        self.name = name
        self.number = number
        counts = LiveCapture.InterfaceCounts(name: name)
        let opened = try OpenedHandle(name, configuration)
        unsafe handle = opened.handle
        linkType = opened.linkType
        descriptor = opened.descriptor
        isNanoseconds = opened.isNanoseconds
        warnings = opened.warnings
    }

    deinit { close() }

    var isOpen: Bool { unsafe handle != nil }

    /// Adds to the batch what the ring buffer holds, as far as there is room.
    ///
    /// - Throws: if the interface has gone; it is closed then.
    func deliver(to batch: inout FrameBatch) throws(CaptureError) {
        guard let handle = unsafe handle else { return }
        guard deliverStash(to: &batch) else { return }
        let room = batch.capacity - batch.count
        guard room > 0 else { return }
        let status = unsafe withUnsafeMutablePointer(to: &batch) { batch in
            unsafe target = batch
            defer { unsafe target = nil }
            // SAFETY: `self` lives through the call, which alone runs the callback.
            let user = unsafe Unmanaged.passUnretained(self).toOpaque()
            return unsafe pcap_dispatch(
                handle, CInt(clamping: room), Self.takeFrame,
                user.assumingMemoryBound(to: UInt8.self))
        }
        deliveriesSinceRefresh += 1
        // Often enough that no 32-bit counter wraps twice unseen.
        if deliveriesSinceRefresh >= 1024 { refreshCounts() }
        guard status < 0, status != PCAP_ERROR_BREAK else { return }
        let reason = unsafe String(cString: pcap_geterr(handle))
        refreshCounts()
        close()
        throw .interfaceGone(interface: name, reason: reason)
    }

    /// Takes the numbers of the system into `counts`.
    func refreshCounts() {
        deliveriesSinceRefresh = 0
        guard let handle = unsafe handle else { return }
        var now = pcap_stat()
        guard unsafe pcap_stats(handle, &now) == 0 else { return }
        counts.receivedFrames &+= UInt64(now.ps_recv &- systemCounts.received)
        counts.droppedByKernel &+= UInt64(now.ps_drop &- systemCounts.dropped)
        counts.droppedByInterface &+= UInt64(now.ps_ifdrop &- systemCounts.interfaceDropped)
        systemCounts = SystemCounts(
            received: now.ps_recv, dropped: now.ps_drop, interfaceDropped: now.ps_ifdrop)
    }

    private func close() {
        if let open = unsafe handle { unsafe pcap_close(open) }
        unsafe handle = nil
    }

    private static let takeFrame: pcap_handler = { user, header, octets in
        guard let user = unsafe user, let header = unsafe header, let octets = unsafe octets else {
            return
        }
        // SAFETY: `deliver` passes `self`, and outlives the callback.
        let interface = unsafe Unmanaged<LiveInterface>.fromOpaque(user).takeUnretainedValue()
        unsafe interface.take(header.pointee, octets)
    }

    private func take(_ header: pcap_pkthdr, _ octets: UnsafePointer<UInt8>) {
        guard let handle = unsafe handle, let batch = unsafe target else { return }
        let fraction = Int64(header.ts.tv_usec) &* (isNanoseconds ? 1 : 1000)
        let frame = unsafe CapturedFrame(
            octets: UnsafeRawBufferPointer(start: octets, count: Int(header.caplen)),
            timestamp: Timestamp(
                nanoseconds: Int64(header.ts.tv_sec) &* 1_000_000_000 &+ fraction),
            wireOctets: header.len, linkType: linkType, interface: number)
        if unsafe batch.pointee.appendCopy(of: frame) {
            count(Int(header.caplen))
            return
        }
        // No octets left in the batch: this frame waits for the next one, and no more are asked for.
        unsafe stash.octets.append(contentsOf: frame.octets)
        unsafe stash.timestamp = frame.timestamp
        stash.wireOctets = header.len
        stash.isPresent = true
        unsafe pcap_breakloop(handle)
    }

    /// Hands on the frame kept from the last round; `false` if there is no room even now.
    private func deliverStash(to batch: inout FrameBatch) -> Bool {
        guard stash.isPresent else { return true }
        let isDelivered = unsafe stash.octets.withUnsafeBytes { octets in
            unsafe batch.appendCopy(
                of: CapturedFrame(
                    octets: octets, timestamp: stash.timestamp, wireOctets: stash.wireOctets,
                    linkType: linkType, interface: number))
        }
        guard isDelivered else { return false }
        count(stash.octets.count)
        stash.octets.removeAll(keepingCapacity: true)
        stash.isPresent = false
        return true
    }

    private func count(_ octets: Int) {
        counts.deliveredFrames &+= 1
        counts.deliveredOctets &+= UInt64(octets)
    }
}
