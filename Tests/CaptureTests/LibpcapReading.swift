import CPcap

/// What libpcap reads of a file: an oracle that is not us.
struct LibpcapReading {
    struct Frame: Equatable {
        /// Seconds and nanoseconds as libpcap gave them.
        var seconds: Int
        var fraction: Int
        var captured: UInt32
        var wire: UInt32
        var hash: UInt64
    }

    var frames: [Frame] = []
    /// Why it ended early or did not begin.
    var error: String?
    var isOpened = false
    var snapOctets: Int32 = 0
    var linkType: Int32 = -1

    init(_ path: String) {
        var text = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
        guard
            let handle = pcap_open_offline_with_tstamp_precision(
                path, UInt32(PCAP_TSTAMP_PRECISION_NANO), &text)
        else {
            error = String(
                decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            return
        }
        defer { pcap_close(handle) }
        isOpened = true
        snapOctets = pcap_snapshot(handle)
        linkType = pcap_datalink(handle)
        var header: UnsafeMutablePointer<pcap_pkthdr>?
        var octets: UnsafePointer<UInt8>?
        while true {
            let status = pcap_next_ex(handle, &header, &octets)
            guard status == 1, let header, let octets else {
                if status != PCAP_ERROR_BREAK { error = String(cString: pcap_geterr(handle)) }
                return
            }
            frames.append(
                Frame(
                    seconds: header.pointee.ts.tv_sec, fraction: header.pointee.ts.tv_usec,
                    captured: header.pointee.caplen, wire: header.pointee.len,
                    hash: Self.hash(
                        UnsafeBufferPointer(start: octets, count: Int(header.pointee.caplen)))
                ))
        }
    }

    /// FNV-1a.
    static func hash(_ octets: some Sequence<UInt8>) -> UInt64 {
        octets.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
    }
}
