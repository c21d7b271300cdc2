import Capture
import Foundation
import NetworkTypes
import TestSupport
import Testing
import Wire

/// Real captures, and broken ones, against libpcap.
struct SharedCaptureTests {
    static let folder = Places.shared + "/pcap"
    static let captures = Places.files(in: folder).filter { path in
        ["pcap", "pcapng", "cap"].contains(URL(filePath: path).pathExtension)
            && !path.contains("broken-files")
    }

    /// Frames before the damage in each broken file, and the damage.
    static let broken: [(name: String, frames: Int, error: String?)] = [
        ("bad_magic.pcap", 0, "not a capture: it begins with de ad be ef"),
        ("caplen_4GiB.pcap", 5, "octet 932: a frame of 4294967295 octets, the limit is 262144"),
        ("caplen_zero.pcap", 134, nil),
        ("cut_in_packet_data.pcap", 10, "octet 1782: the file ends inside a record: 358 octets"),
        ("cut_in_packet_header.pcap", 10, "octet 1782: the file ends inside a record: 16 octets"),
        ("empty.pcap", 0, "not a capture: it is empty"),
        ("header_cut_23.pcap", 0, "octet 0: the file ends inside a record: 24 octets expected, 23"),
        ("header_only.pcap", 0, nil),
        ("html_instead_of_pcap.pcap", 0, "not a capture: it begins with 3c 21 44 4f"),
        ("only_magic.pcap", 0, "octet 0: the file ends inside a record: 24 octets expected, 4"),
        ("pcapng_block_len_zero.pcapng", 0, "octet 0: a block of 0 octets"),
        ("pcapng_cut.pcapng", 10, "octet 1904: the file ends inside a record: 108 octets"),
        ("time_backwards.pcap", 60, nil),
    ]

    @Test(.enabled(if: Places.hasShared), arguments: broken.indices)
    func `each broken file gives its good part and its damage`(index: Int) {
        let (name, frames, error) = Self.broken[index]
        let path = Self.folder + "/broken-files/" + name
        let (read, theirs) = (ReadCapture(path), LibpcapReading(path))
        #expect(read.frames.count == frames, "\(name) \(read.errors)")
        #expect(read.errors.isEmpty == (error == nil))
        if let error { #expect("\(read.errors)".contains(error)) }
        if theirs.isOpened { #expect(theirs.frames.count == frames) }
        #expect(Self.differences(read, theirs).isEmpty)
        #expect((read.counts.backwardFrames > 0) == (name == "time_backwards.pcap"))
    }

    @Test(.enabled(if: Places.hasShared))
    func `every capture gives the frames that libpcap reads`() {
        #expect(Self.captures.count == 1166)
        for path in Self.captures {
            let (ours, theirs) = (ReadCapture(path, capacity: 1000), LibpcapReading(path))
            let name = path.dropFirst(Self.folder.count + 1)
            for difference in Self.differences(ours, theirs) {
                Issue.record("\(name): \(difference)")
            }
            if theirs.isOpened { #expect(ours.frames.count == theirs.frames.count, "\(name)") }
        }
    }

    /// What contradicts: libpcap may stop earlier, but what it reads must be alike.
    static func differences(_ ours: ReadCapture, _ theirs: LibpcapReading) -> [String] {
        var found: [String] = []
        if ours.frames.count < theirs.frames.count {
            found.append(
                "\(ours.frames.count) frames, libpcap \(theirs.frames.count): \(ours.errors)")
        }
        if theirs.isOpened, theirs.error == nil, !ours.errors.isEmpty {
            found.append("\(ours.errors), libpcap none")
        }
        for (index, (own, other)) in zip(ours.frames, theirs.frames).enumerated() {
            let captured = min(own.octets.count, Int(theirs.snapOctets))
            // libpcap takes both numbers of a classic record as signed, which they are not.
            let seconds = other.seconds < 0 ? other.seconds + 1 << 32 : other.seconds
            let fractions = [0, 1 << 32, 1000 << 32].map { other.fraction + $0 }
            if captured != Int(other.captured)
                || own.wire != max(other.wire, UInt32(own.octets.count))
            {
                found.append("frame \(index): \(own.octets.count) of \(own.wire), libpcap \(other)")
            } else if !fractions.contains(Int(own.nanoseconds) &- seconds &* 1_000_000_000),
                own.nanoseconds.magnitude < 9_223_372_035_000_000_000
            {
                found.append("frame \(index): time \(own.nanoseconds), libpcap \(other)")
            } else if LibpcapReading.hash(own.octets.prefix(captured)) != other.hash {
                found.append("frame \(index): octets differ")
            }
            if found.count > 2 { break }
        }
        return found
    }
}
