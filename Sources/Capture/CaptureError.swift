private import Glibc

/// Why a capture was refused or ended. The description says what, where and what to do.
package enum CaptureError: Error, Equatable, CustomStringConvertible {
    case cannotOpen(path: String, reason: String)
    case cannotRead(path: String, offset: UInt64, reason: String)
    case notACapture(path: String, found: String)
    /// All frames before the damage were delivered. `offset` counts the octets of the capture before
    /// compression, and points at the header, record or block that cannot be read.
    case damaged(path: String, offset: UInt64, damage: CaptureDamage)
    case badFilter(filter: String, linkType: String, reason: String)
    case badSetting(String)
    case noSuchInterface(name: String, present: [String])
    case notPermitted(interface: String, reason: String)
    case cannotCapture(interface: String, reason: String)
    case unsupportedLinkType(interface: String, found: String, supported: [String])
    case undecodedFrames(source: String, count: UInt64, linkTypes: [String], supported: [String])
    case interfaceGone(interface: String, reason: String)
    case cannotWrite(path: String, kept: String?, reason: String)
    case cannotDropPrivileges(user: String, reason: String)

    package var description: String {
        switch self {
        case .cannotOpen(let path, let reason):
            "\(path): cannot be opened: \(reason)"
        case .cannotRead(let path, let offset, let reason):
            "\(path): reading stopped at octet \(offset): \(reason): get a whole copy of the file"
        case .notACapture(let path, let found):
            "\(path): not a capture: \(found): expected pcap or pcapng, plain or packed with gzip, "
                + "zstd or lz4"
        case .damaged(let path, let offset, let damage):
            "\(path): damaged at octet \(offset): \(damage): what came before was used; get a whole "
                + "copy of the file for the rest"
        case .badFilter(let filter, let linkType, let reason):
            "filter '\(filter)' cannot be used on \(linkType): \(reason): see pcap-filter(7)"
        case .badSetting(let text):
            text
        case .noSuchInterface(let name, let present):
            "\(name): no such interface: present are \(present.joined(separator: ", "))"
        case .notPermitted(let interface, let reason):
            "\(interface): not permitted to capture: \(reason): run as root (sudo), or give the program "
                + "CAP_NET_RAW and CAP_NET_ADMIN (setcap cap_net_raw,cap_net_admin=eip PROGRAM)"
        case .cannotCapture(let interface, let reason):
            "\(interface): cannot capture: \(reason)"
        case .unsupportedLinkType(let interface, let found, let supported):
            "\(interface): frames of link type \(found) cannot be decoded: choose an interface with one "
                + "of \(supported.joined(separator: ", "))"
        case .undecodedFrames(let source, let count, let linkTypes, let supported):
            "\(source): \(count) \(count == 1 ? "frame" : "frames") of link type "
                + "\(linkTypes.joined(separator: ", ")) left out: what can be decoded is "
                + supported.joined(separator: ", ")
        case .interfaceGone(let interface, let reason):
            "\(interface): capture ended: \(reason): bring the interface back and start again"
        case .cannotWrite(let path, let kept, let reason):
            "\(path): recording stopped: \(reason): free space or choose another folder"
                + (kept.map { "; what was written stays in \($0)" } ?? "")
        case .cannotDropPrivileges(let user, let reason):
            "cannot become user \(user): \(reason): stop, or start as that user with CAP_NET_RAW"
        }
    }
}

/// What contradicts the format of a capture file.
package enum CaptureDamage: Error, Equatable, CustomStringConvertible {
    /// The file ends inside a header, record or block.
    case cut(needed: Int, available: Int)
    case frameTooLong(octets: UInt32, limit: UInt32)
    case blockLength(UInt32)
    case blockTrailer(header: UInt32, trailer: UInt32)
    /// A frame that is longer than the block that should hold it.
    case frameOverrunsBlock(octets: UInt32, block: UInt32)
    case unknownInterface(number: UInt32, described: Int)
    case tooManyInterfaces(limit: Int)
    case option(code: UInt16, octets: Int)
    case timeResolution(UInt8)
    case byteOrderMark(UInt32)
    case version(major: UInt16, minor: UInt16)
    case compression(String)

    package var description: String {
        switch self {
        case .cut(let needed, let available):
            "the file ends inside a record: \(needed) octets expected, \(available) there"
        case .frameTooLong(let octets, let limit):
            "a frame of \(octets) octets, the limit is \(limit)"
        case .blockLength(let length):
            "a block of \(length) octets: expected a multiple of 4 from 12 to "
                + "\(CaptureLimits.blockOctets)"
        case .blockTrailer(let header, let trailer):
            "a block that begins with length \(header) and ends with length \(trailer)"
        case .frameOverrunsBlock(let octets, let block):
            "a frame of \(octets) octets in a block of \(block)"
        case .unknownInterface(let number, let described):
            "a frame of interface \(number), but \(described) were described"
        case .tooManyInterfaces(let limit):
            "more than \(limit) interfaces in a section"
        case .option(let code, let octets):
            "option \(code) of \(octets) octets does not fit"
        case .timeResolution(let value):
            "time resolution \(value) is finer than can be counted"
        case .byteOrderMark(let mark):
            "byte order mark 0x\(String(mark, radix: 16)) of a section"
        case .version(let major, let minor):
            "version \(major).\(minor) of the format is not known"
        case .compression(let reason):
            "the compressed data: \(reason)"
        }
    }
}

/// Bounds on what a capture may make us hold.
package enum CaptureLimits {
    /// The longest frame, the same as that of libpcap.
    package static let frameOctets: UInt32 = 262_144
    /// The longest block of a pcapng file.
    package static let blockOctets = 16 << 20
    /// Interfaces in a section of a pcapng file.
    package static let interfaces = 65_536
}

/// The system's words for its last error.
func lastSystemError() -> String { systemError(errno) }

func systemError(_ number: CInt) -> String {
    var text = [CChar](repeating: 0, count: 128)
    guard unsafe strerror_r(number, &text, text.count) == 0 else { return "error \(number)" }
    return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}
