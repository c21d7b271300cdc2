private import NetworkTypes
internal import Wire

/// Writes classic pcap files with nanoseconds, in the byte order of this machine.
enum PcapWriter {
    static func appendHeader(_ linkType: LinkType, to octets: inout [UInt8]) {
        octets.append(number: 0xa1b2_3c4d as UInt32)
        octets.append(number: 2 as UInt16)
        octets.append(number: 4 as UInt16)
        octets.append(number: 0 as UInt64)
        octets.append(number: CaptureLimits.frameOctets)
        octets.append(number: UInt32(linkType.rawValue))
    }

    /// Times outside 1970 to 2106 become the nearest end.
    static func append(_ frame: CapturedFrame, to octets: inout [UInt8]) {
        let time = unsafe max(0, frame.timestamp.nanoseconds)
        octets.append(number: UInt32(clamping: time / 1_000_000_000))
        octets.append(number: UInt32(truncatingIfNeeded: time % 1_000_000_000))
        octets.append(number: unsafe UInt32(truncatingIfNeeded: frame.octets.count))
        octets.append(number: unsafe frame.wireOctets)
        unsafe octets.append(contentsOf: frame.octets)
    }
}

/// Writes pcapng files with nanoseconds, in the byte order of this machine.
///
/// Interfaces are described as they are named in the beginning, and others when their first frame comes.
struct PcapngWriter {
    /// Octets of a frame's block beside the frame, padding at its most.
    static let frameOverhead: UInt64 = 35

    /// What frames of a section are told apart by.
    private struct Source: Equatable {
        let interface: UInt16
        let linkType: LinkType
    }

    private let interfaces: [CaptureInterface]
    private var described: [Source] = []

    init(interfaces: [CaptureInterface]) { self.interfaces = interfaces }

    mutating func beginSection(_ octets: inout [UInt8]) {
        described.removeAll(keepingCapacity: true)
        octets.appendBlock(PcapngBlocks.sectionHeader) { octets in
            octets.append(number: 0x1a2b_3c4d as UInt32)
            octets.append(number: 1 as UInt16)
            octets.append(number: 0 as UInt16)
            octets.append(number: UInt64.max)
        }
        for (number, interface) in interfaces.enumerated() {
            let source = Source(
                interface: UInt16(truncatingIfNeeded: number), linkType: interface.linkType)
            describe(source, name: interface.name, to: &octets)
        }
    }

    /// Times before 1970 become 1970.
    mutating func append(_ frame: CapturedFrame, to octets: inout [UInt8]) {
        let source = unsafe Source(interface: frame.interface, linkType: frame.linkType)
        var number = Int(source.interface)
        if number >= described.count || described[number] != source {
            number =
                described.firstIndex(of: source) ?? describe(source, name: "", to: &octets)
        }
        let time = unsafe UInt64(max(0, frame.timestamp.nanoseconds))
        octets.appendBlock(6) { octets in
            octets.append(number: UInt32(truncatingIfNeeded: number))
            octets.append(time: time)
            octets.append(number: unsafe UInt32(truncatingIfNeeded: frame.octets.count))
            octets.append(number: unsafe frame.wireOctets)
            unsafe octets.append(contentsOf: frame.octets)
        }
    }

    /// Adds the statistics of an interface.
    func append(
        _ counts: LiveCapture.InterfaceCounts, interface: Int, time: Int64,
        to octets: inout [UInt8]
    ) {
        guard interface < described.count else { return }
        octets.appendBlock(5) { octets in
            octets.append(number: UInt32(truncatingIfNeeded: interface))
            octets.append(time: UInt64(max(0, time)))
            // isb_ifrecv, isb_ifdrop, isb_osdrop.
            let options: [(UInt16, UInt64)] = [
                (4, counts.receivedFrames), (5, counts.droppedByInterface),
                (7, counts.droppedByKernel),
            ]
            for (code, value) in options {
                octets.append(number: code)
                octets.append(number: 8 as UInt16)
                octets.append(number: value)
            }
            octets.append(number: 0 as UInt32)
        }
    }

    @discardableResult
    private mutating func describe(
        _ source: Source, name: String, to octets: inout [UInt8]
    ) -> Int {
        described.append(source)
        octets.appendBlock(1) { octets in
            octets.append(number: source.linkType.rawValue)
            octets.append(number: 0 as UInt16)
            octets.append(number: CaptureLimits.frameOctets)
            let name = Array(name.utf8.prefix(256))
            if !name.isEmpty {
                octets.append(number: 2 as UInt16)
                octets.append(number: UInt16(name.count))
                octets += name
                octets.pad()
            }
            // if_tsresol: nanoseconds.
            octets.append(number: 9 as UInt16)
            octets.append(number: 1 as UInt16)
            octets += [9, 0, 0, 0]
            octets.append(number: 0 as UInt32)
        }
        return described.count - 1
    }
}

extension [UInt8] {
    fileprivate mutating func append<Number: FixedWidthInteger>(number: Number) {
        unsafe Swift.withUnsafeBytes(of: number) { unsafe append(contentsOf: $0) }
    }

    /// A time as pcapng has it: the upper half first.
    fileprivate mutating func append(time: UInt64) {
        append(number: UInt32(truncatingIfNeeded: time >> 32))
        append(number: UInt32(truncatingIfNeeded: time))
    }

    /// Zeros up to a multiple of four; blocks begin at one.
    fileprivate mutating func pad() {
        while count % 4 != 0 { append(0) }
    }

    /// A block of pcapng: type, length, what `build` appends, length.
    fileprivate mutating func appendBlock(_ type: UInt32, _ build: (inout [UInt8]) -> Void) {
        let start = count
        append(number: type)
        append(number: 0 as UInt32)
        build(&self)
        pad()
        let length = UInt32(count - start + 4)
        unsafe Swift.withUnsafeBytes(of: length) { octets in
            unsafe replaceSubrange(start + 4..<start + 8, with: octets)
        }
        append(number: length)
    }
}
