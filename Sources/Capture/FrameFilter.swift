private import CPcap
import Wire

/// A filter expression of libpcap, compiled for each link type that comes by.
@safe final class FrameFilter {
    private let text: String
    private var programs: [bpf_program] = unsafe []
    private var linkTypes: [LinkType] = []

    init(_ text: String) { self.text = text }

    deinit {
        for index in unsafe programs.indices { unsafe pcap_freecode(&programs[index]) }
    }

    /// Refuses an expression that fits no link type, before anything is read.
    static func check(_ text: String) throws(CaptureError) {
        let filter = FrameFilter(text)
        let others: [LinkType] = [.raw, .linuxCooked, .radiotap]
        do throws(CaptureError) {
            _ = try filter.program(for: .ethernet)
        } catch {
            for linkType in others where (try? filter.program(for: linkType)) != nil { return }
            throw error
        }
    }

    /// The number of the program for a link type, compiled at the first call.
    func program(for linkType: LinkType) throws(CaptureError) -> Int {
        if let index = linkTypes.firstIndex(of: linkType) { return index }
        let dataLink = DataLink(linkType)
        let snapOctets = CInt(CaptureLimits.frameOctets)
        guard let handle = unsafe pcap_open_dead(dataLink.number, snapOctets) else {
            throw .badFilter(filter: text, linkType: dataLink.name, reason: "no memory")
        }
        defer { unsafe pcap_close(handle) }
        var program = unsafe bpf_program()
        guard unsafe pcap_compile(handle, &program, text, 1, PCAP_NETMASK_UNKNOWN) == 0 else {
            throw unsafe .badFilter(
                filter: text, linkType: dataLink.name, reason: String(cString: pcap_geterr(handle)))
        }
        unsafe programs.append(program)
        linkTypes.append(linkType)
        return linkTypes.count - 1
    }

    @inline(__always) func accepts(_ frame: CapturedFrame, program: Int) -> Bool {
        var header = pcap_pkthdr()
        unsafe header.caplen = UInt32(truncatingIfNeeded: frame.octets.count)
        unsafe header.len = frame.wireOctets
        // SAFETY: the program only loads octets below `caplen`; libpcap checks every load.
        return unsafe pcap_offline_filter(
            &programs[program], &header,
            frame.octets.assumingMemoryBound(to: UInt8.self).baseAddress) != 0
    }
}

extension LinkType {
    /// The name that libpcap has for it, with its number.
    package var title: String {
        let name = DataLink(self).name
        return name == "\(rawValue)" ? name : "\(name) (\(rawValue))"
    }
}

/// A link type as this machine's libpcap numbers it: files and interfaces differ in a few.
struct DataLink {
    let number: CInt

    init(number: CInt) { self.number = number }

    init(_ linkType: LinkType) {
        number = Self.differing.first { $0.linkType == linkType }?.number ?? CInt(linkType.rawValue)
    }

    /// The number for files.
    var linkType: LinkType {
        Self.differing.first { $0.number == number }?.linkType
            ?? LinkType(rawValue: UInt16(truncatingIfNeeded: number))
    }

    /// The name that libpcap has for it, else its number.
    var name: String {
        guard let name = unsafe pcap_datalink_val_to_name(number) else { return "\(number)" }
        return unsafe String(cString: name)
    }

    private static let differing: [(number: CInt, linkType: LinkType)] = [
        (DLT_ATM_RFC1483, LinkType(rawValue: 100)), (DLT_RAW, .raw),
        (DLT_SLIP_BSDOS, LinkType(rawValue: 102)), (DLT_PPP_BSDOS, LinkType(rawValue: 103)),
        (DLT_ATM_CLIP, LinkType(rawValue: 106)),
    ]
}
