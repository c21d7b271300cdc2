import Capture
import TestSupport
import Testing
import Wire

struct FilterTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// An IPv4 UDP packet to a port.
    static func udp(to port: UInt16) -> [UInt8] {
        [0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]
            + [0x30, 0x39, UInt8(port >> 8), UInt8(port & 255), 0, 8, 0, 0]
    }

    static let ethernet: [UInt8] = [UInt8](repeating: 2, count: 12) + [8, 0]

    @Test func `a filter works on each link type of a file`() throws {
        var file = CaptureOctets()
        file.section()
        file.interface(link: 1)
        file.interface(link: 101)
        file.interface(link: 228)
        for port in [53, 443] as [UInt16] {
            file.enhanced(interface: 0, data: Self.ethernet + Self.udp(to: port))
            file.enhanced(interface: 1, data: Self.udp(to: port))
            file.enhanced(interface: 2, data: Self.udp(to: port))
        }
        let read = ReadCapture(octets: file.octets, filter: "udp port 53")
        #expect(read.frames.map(\.interface) == [0, 1, 2] && read.errors.isEmpty)
        #expect(read.frames.allSatisfy { $0.octets.suffix(6).first == 0 })
        #expect(read.counts.frames == 3 && read.counts.filteredFrames == 3)
        let none = ReadCapture(octets: file.octets, filter: "tcp")
        #expect(none.frames.isEmpty && none.counts.filteredFrames == 6 && none.errors.isEmpty)
    }

    @Test func `a filter that cannot be compiled is refused before reading`() throws {
        let path = try folder.write(SampleCaptures.pcap(isBigEndian: false), to: "capture")
        let error = #expect(throws: CaptureError.self) {
            try CaptureFile(path: path, filter: "port and and")
        }
        #expect("\(try #require(error))".contains("'port and and' cannot be used on EN10MB: "))
    }

    @Test func `a filter that does not fit a link type is refused there`() throws {
        var file = CaptureOctets()
        file.pcapHeader(link: 9999)
        file.record()
        let read = ReadCapture(octets: file.octets, filter: "tcp")
        guard case .badFilter(_, "9999", _) = read.errors.first else {
            Issue.record("\(read.errors)")
            return
        }
    }
}
