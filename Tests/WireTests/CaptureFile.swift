import Foundation
import NetworkTypes
import TestSupport
import Wire

/// Frames of a capture file in the classic format, enough for these tests.
struct CaptureFile {
    private(set) var frames: [Octets] = []
    private(set) var wireOctets: [UInt32] = []
    private(set) var linkType = LinkType(rawValue: 0)

    /// `nil` for files of other formats.
    init?(path: String) {
        guard let data = FileManager.default.contents(atPath: path), data.count >= 24 else {
            return nil
        }
        let octets = Octets(data)
        func word(_ offset: Int, _ isSwapped: Bool) -> Int {
            let bytes = octets[offset..<offset + 4]
            return (isSwapped ? bytes.reversed() : Array(bytes)).reduce(0) { $0 << 8 | Int($1) }
        }
        let isSwapped = octets[0] != 0xa1
        guard [0xa1b2_c3d4, 0xa1b2_3c4d].contains(word(0, isSwapped)) else { return nil }
        linkType = LinkType(rawValue: UInt16(truncatingIfNeeded: word(20, isSwapped)))
        var offset = 24
        while offset + 16 <= octets.count {
            let length = word(offset + 8, isSwapped)
            guard offset + 16 + length <= octets.count else { break }
            frames.append(Octets(octets[offset + 16..<offset + 16 + length]))
            wireOctets.append(UInt32(truncatingIfNeeded: word(offset + 12, isSwapped)))
            offset += 16 + length
        }
    }

    static let folder = Places.shared + "/pcap"

    /// All captures in the classic format, damaged ones as far as they go.
    static let all: [CaptureFile] = Places.files(in: folder).filter { $0.hasSuffix(".pcap") }
        .compactMap { CaptureFile(path: $0) }

    /// Calls with every frame, as a source would give it.
    func forEach(_ body: (CapturedFrame) -> Void) {
        for (octets, wireOctets) in zip(frames, wireOctets) {
            octets.withUnsafeBytes {
                body(
                    CapturedFrame(
                        octets: $0, timestamp: Timestamp(nanoseconds: 5), wireOctets: wireOctets,
                        linkType: linkType, interface: 0))
            }
        }
    }
}
