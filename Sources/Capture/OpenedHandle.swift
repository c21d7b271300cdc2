private import CPcap
internal import Wire

/// A handle of libpcap that captures already, with what was found when it was opened.
@safe struct OpenedHandle {
    let handle: OpaquePointer
    let linkType: LinkType
    let descriptor: CInt
    let isNanoseconds: Bool
    let warnings: [String]

    /// Milliseconds after which the system hands over a block of the ring that is not full.
    private static let blockTimeout: CInt = 50

    init(_ name: String, _ configuration: LiveCapture.Configuration) throws(CaptureError) {
        var text = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
        guard let handle = unsafe pcap_create(name, &text) else {
            throw .cannotCapture(
                interface: name,
                reason: String(
                    decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
        }
        var isKept = false
        defer { if !isKept { unsafe pcap_close(handle) } }
        unsafe pcap_set_snaplen(handle, CInt(configuration.snapOctets))
        unsafe pcap_set_promisc(handle, configuration.isPromiscuous ? 1 : 0)
        unsafe pcap_set_timeout(handle, Self.blockTimeout)
        unsafe pcap_set_buffer_size(handle, CInt(configuration.bufferOctets))
        // Refused where the system has microseconds only. Immediate mode stays off: it would choose
        // TPACKET_V2, which drops under load what V3 keeps.
        unsafe pcap_set_tstamp_precision(handle, PCAP_TSTAMP_PRECISION_NANO)
        let isWarned = unsafe try Self.activate(handle, name)
        warnings = isWarned ? ["\(name): \(unsafe Self.message(of: handle))"] : []
        self.linkType = unsafe try Self.linkType(of: handle, name, configuration.linkTypes)
        if let filter = configuration.filter {
            unsafe try Self.install(filter, on: handle)
        }
        guard unsafe pcap_setnonblock(handle, 1, &text) == 0 else {
            throw .cannotCapture(interface: name, reason: unsafe Self.message(of: handle))
        }
        descriptor = unsafe pcap_get_selectable_fd(handle)
        guard descriptor >= 0 else {
            throw .cannotCapture(interface: name, reason: "the interface cannot be waited for")
        }
        isNanoseconds =
            unsafe pcap_get_tstamp_precision(handle) == PCAP_TSTAMP_PRECISION_NANO
        unsafe self.handle = unsafe handle
        isKept = true
    }

    /// Begins to capture; `true` if libpcap has something to remark.
    private static func activate(
        _ handle: OpaquePointer, _ name: String
    ) throws(CaptureError) -> Bool {
        let status = unsafe pcap_activate(handle)
        guard status < 0 else { return status > 0 }
        let detail = unsafe message(of: handle)
        let general = unsafe String(cString: pcap_statustostr(status))
        let reason = detail.isEmpty ? general : detail
        switch status {
        case PCAP_ERROR_NO_SUCH_DEVICE:
            throw .noSuchInterface(name: name, present: LiveCapture.interfaceNames())
        case PCAP_ERROR_PERM_DENIED, PCAP_ERROR_PROMISC_PERM_DENIED:
            throw .notPermitted(interface: name, reason: reason)
        case PCAP_ERROR_IFACE_NOT_UP:
            throw .cannotCapture(
                interface: name, reason: "it is down: ip link set \(name) up")
        default:
            throw .cannotCapture(interface: name, reason: reason)
        }
    }

    /// The interface's link type, or another that it offers, if it is one of those wanted.
    private static func linkType(
        of handle: OpaquePointer, _ name: String, _ wanted: [LinkType]
    ) throws(CaptureError) -> LinkType {
        let usual = DataLink(number: unsafe pcap_datalink(handle))
        if wanted.contains(usual.linkType) { return usual.linkType }
        var offered: UnsafeMutablePointer<CInt>?
        let count = unsafe pcap_list_datalinks(handle, &offered)
        defer { unsafe pcap_free_datalinks(offered) }
        for index in 0..<Int(max(0, count)) {
            guard let number = unsafe offered?[index] else { break }
            let other = DataLink(number: number).linkType
            if wanted.contains(other), unsafe pcap_set_datalink(handle, number) == 0 {
                return other
            }
        }
        throw .unsupportedLinkType(
            interface: name, found: usual.name, supported: wanted.map { DataLink($0).name })
    }

    private static func install(
        _ filter: String, on handle: OpaquePointer
    ) throws(CaptureError) {
        var program = unsafe bpf_program()
        let isCompiled =
            unsafe pcap_compile(handle, &program, filter, 1, PCAP_NETMASK_UNKNOWN) == 0
        defer { unsafe pcap_freecode(&program) }
        guard isCompiled, unsafe pcap_setfilter(handle, &program) == 0 else {
            throw .badFilter(
                filter: filter, linkType: DataLink(number: unsafe pcap_datalink(handle)).name,
                reason: unsafe message(of: handle))
        }
    }

    private static func message(of handle: OpaquePointer) -> String {
        unsafe String(cString: pcap_geterr(handle))
    }
}
