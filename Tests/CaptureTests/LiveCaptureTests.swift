import Capture
import Foundation
import NetworkTypes
import TestSupport
import Testing
import Wire

/// Whether this process may capture on the loopback interface.
private let mayCapture: Bool = {
    guard let configuration = try? LiveCapture.Configuration(interfaces: ["lo"]) else {
        return false
    }
    do {
        _ = try LiveCapture(configuration)
        return true
    } catch {
        return false
    }
}()

/// Sends datagrams to a port of this machine.
private struct Sender: ~Copyable {
    private let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)

    deinit { close(descriptor) }

    func send(_ payload: [UInt8], to port: UInt16) {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                _ = sendto(
                    descriptor, payload, payload.count, 0, address,
                    socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}

/// A tunnel of this machine, up as long as the value lives: frames written to it are received.
private struct TunnelDevice: ~Copyable {
    static let isThere = geteuid() == 0 && access("/dev/net/tun", R_OK | W_OK) == 0

    private struct NotMade: Error {}

    private let descriptor: CInt

    init(name: String) throws {
        descriptor = open("/dev/net/tun", O_RDWR | O_CLOEXEC)
        // struct ifreq: 16 octets of name, then the flags. IFF_TUN and IFF_NO_PI, TUNSETIFF.
        var request = Array(name.utf8) + [UInt8](repeating: 0, count: 40 - name.utf8.count)
        request[16...17] = [0x01, 0x10]
        guard ioctl(descriptor, 0x4004_54ca, &request) == 0 else { throw NotMade() }
        // IFF_UP and IFF_RUNNING, SIOCSIFFLAGS.
        request[16...17] = [0x41, 0x00]
        let any = socket(AF_INET, CInt(SOCK_DGRAM.rawValue), 0)
        defer { close(any) }
        guard ioctl(any, 0x8914, &request) == 0 else { throw NotMade() }
    }

    deinit { close(descriptor) }

    func write(_ packet: [UInt8]) { _ = Foundation.write(descriptor, packet, packet.count) }
}

@Suite(.serialized)
struct LiveCaptureTests {
    /// Reads until so many frames came or nothing for a while.
    private func collect(
        _ capture: inout LiveCapture, atLeast count: Int, capacity: Int = 4096
    ) throws -> [SeenFrame] {
        var batch = FrameBatch(capacity: capacity, memoryOctets: 1 << 19)
        var frames: [SeenFrame] = []
        var quiet = 0
        while frames.count < count, quiet < 30 {
            guard try capture.fill(&batch) else { break }
            quiet = batch.count == 0 ? quiet + 1 : 0
            for index in 0..<batch.count {
                let frame = batch.frames[index]
                frames.append(
                    SeenFrame(
                        nanoseconds: frame.timestamp.nanoseconds, octets: Array(frame.octets),
                        wire: frame.wireOctets, linkType: frame.linkType, interface: frame.interface
                    ))
            }
        }
        return frames
    }

    @Test(.enabled(if: mayCapture, "capturing on lo is permitted"))
    func `datagrams on loopback are seen through the filter, with their times`() throws {
        var capture = try LiveCapture(
            LiveCapture.Configuration(interfaces: ["lo"], filter: "udp dst port 47123"))
        let before = Date().timeIntervalSince1970
        let sender = Sender()
        for number in 0..<300 {
            sender.send([UInt8](repeating: UInt8(number & 255), count: 20 + number), to: 47123)
            sender.send([9, 9], to: 47124)
        }
        let frames = try collect(&capture, atLeast: 300)
        #expect(frames.count == 300)
        #expect(frames.map { Int($0.wire) } == (0..<300).map { 14 + 28 + 20 + $0 })
        #expect(frames.allSatisfy { $0.linkType == .ethernet && $0.octets.count == Int($0.wire) })
        #expect(
            frames.allSatisfy { abs(Double($0.nanoseconds) / 1e9 - before) < 60 }
                && frames.map(\.nanoseconds) == frames.map(\.nanoseconds).sorted())
        let counts = try #require(capture.counts().first)
        #expect(counts.deliveredFrames == 300 && counts.receivedFrames >= 300)
        #expect(counts.droppedByKernel == 0)
        #expect(capture.interfaces == [CaptureInterface(name: "lo", linkType: .ethernet)])
    }

    @Test(.enabled(if: mayCapture, "capturing on lo is permitted"))
    func `small batches lose nothing, and frames are cut at the snap length`() throws {
        var capture = try LiveCapture(
            LiveCapture.Configuration(
                interfaces: ["lo"], filter: "udp dst port 47125", snapOctets: 80))
        let sender = Sender()
        for number in 0..<200 {
            sender.send([UInt8](repeating: UInt8(number), count: 500), to: 47125)
        }
        let frames = try collect(&capture, atLeast: 200, capacity: 3)
        #expect(frames.map { $0.octets[60] } == (0..<200).map { UInt8($0) })
        #expect(frames.allSatisfy { $0.octets.count == 80 && $0.wire == 542 })
    }

    @Test(.enabled(if: mayCapture, "capturing on lo is permitted"))
    func `a batch without room for the octets keeps the frame for the next`() throws {
        var capture = try LiveCapture(
            LiveCapture.Configuration(interfaces: ["lo"], filter: "udp dst port 47126"))
        let sender = Sender()
        for number in 0..<50 {
            sender.send([UInt8](repeating: UInt8(number), count: 30_000), to: 47126)
        }
        let frames = try collect(&capture, atLeast: 50)
        #expect(frames.map { $0.octets[60] } == (0..<50).map { UInt8($0) })
    }

    @Test(.enabled(if: mayCapture, "capturing on lo is permitted"))
    func `frames of two interfaces come in the order of time`() throws {
        var capture = try LiveCapture(
            LiveCapture.Configuration(interfaces: ["lo", "any"], filter: "udp dst port 47127"))
        let sender = Sender()
        for number in 0..<100 { sender.send([UInt8(number)], to: 47127) }
        let frames = try collect(&capture, atLeast: 300)
        #expect(Set(frames.map(\.interface)) == [0, 1])
        #expect(frames.filter { $0.interface == 0 }.count == 100)
        #expect(Set(frames.map(\.linkType)) == [.ethernet, .linuxCooked])
        #expect(capture.interfaces.map(\.name) == ["lo", "any"])
    }

    @Test(.enabled(if: mayCapture, "capturing on lo is permitted"))
    func `a quiet interface returns within its patience, with nothing`() throws {
        var capture = try LiveCapture(
            LiveCapture.Configuration(interfaces: ["lo"], filter: "udp dst port 47128"))
        var batch = FrameBatch()
        let start = ContinuousClock.now
        let isLive = try capture.fill(&batch)
        #expect(isLive && batch.count == 0 && ContinuousClock.now - start < .seconds(2))
    }

    @Test(.enabled(if: mayCapture, "capturing on lo is permitted"))
    func `what is recorded live equals what was seen`() throws {
        let folder = try TemporaryFolder()
        var capture = try LiveCapture(
            LiveCapture.Configuration(interfaces: ["lo"], filter: "udp dst port 47129"))
        let writer = try CaptureWriter(
            path: folder.file("live.pcapng"), interfaces: capture.interfaces)
        let sender = Sender()
        for number in 0..<100 { sender.send([UInt8(number)], to: 47129) }
        var batch = FrameBatch()
        while writer.writtenFrames < 100, try capture.fill(&batch) { try writer.write(batch) }
        try writer.finish(capture.counts())
        let read = ReadCapture(folder.file("live.pcapng"))
        #expect(read.frames.count == 100 && read.errors.isEmpty)
        #expect(LibpcapReading(folder.file("live.pcapng")).frames.count == 100)
    }

    @Test(.enabled(if: mayCapture, "capturing on lo is permitted"))
    func `a missing interface is refused with those that there are`() throws {
        let configuration = try LiveCapture.Configuration(interfaces: ["nosuch0"])
        do throws(CaptureError) {
            _ = try LiveCapture(configuration)
            Issue.record("opened")
        } catch {
            guard case .noSuchInterface("nosuch0", let present) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(present.contains("lo"))
        }
    }

    @Test(.enabled(if: mayCapture, "capturing on lo is permitted"))
    func `a filter that cannot be compiled is refused in the words of libpcap`() throws {
        let configuration = try LiveCapture.Configuration(interfaces: ["lo"], filter: "port port")
        do throws(CaptureError) {
            _ = try LiveCapture(configuration)
            Issue.record("opened")
        } catch {
            #expect("\(error)".contains("filter 'port port' cannot be used on EN10MB: "))
        }
    }

    @Test(.enabled(if: mayCapture, "capturing on lo is permitted"))
    func `a link type that nobody decodes is refused with those that are`() throws {
        let configuration = try LiveCapture.Configuration(
            interfaces: ["lo"], linkTypes: [.radiotap, .raw])
        do throws(CaptureError) {
            _ = try LiveCapture(configuration)
            Issue.record("opened")
        } catch {
            #expect(
                error
                    == .unsupportedLinkType(
                        interface: "lo", found: "EN10MB", supported: ["IEEE802_11_RADIO", "RAW"]))
        }
    }

    @Test(.enabled(if: mayCapture && TunnelDevice.isThere, "a tunnel device may be made"))
    func `an interface that goes away is told, and the others are read on`() throws {
        var device: TunnelDevice? = try TunnelDevice(name: "ntdstest0")
        var capture = try LiveCapture(
            LiveCapture.Configuration(
                interfaces: ["ntdstest0", "lo"], filter: "udp dst port 47130"))
        #expect(capture.interfaces.map(\.linkType) == [.raw, .ethernet])
        device?.write(FilterTests.udp(to: 47130))
        let first = try collect(&capture, atLeast: 1)
        #expect(first.map(\.octets) == [FilterTests.udp(to: 47130)])
        device = nil
        var errors: [CaptureError] = []
        for _ in 0..<50 where errors.isEmpty {
            do throws(CaptureError) {
                var batch = FrameBatch()
                _ = try capture.fill(&batch)
            } catch {
                errors.append(error)
            }
        }
        guard case .interfaceGone("ntdstest0", _) = errors.first else {
            Issue.record("\(errors)")
            return
        }
        Sender().send([1], to: 47130)
        #expect(try collect(&capture, atLeast: 1).map(\.interface) == [1])
    }

    @Test func `settings out of range are refused`() {
        #expect(throws: CaptureError.self) { try LiveCapture.Configuration(interfaces: []) }
        #expect(throws: CaptureError.self) {
            try LiveCapture.Configuration(interfaces: ["a", "a"])
        }
        #expect(throws: CaptureError.self) {
            try LiveCapture.Configuration(interfaces: ["a"], snapOctets: 0)
        }
        #expect(throws: CaptureError.self) {
            try LiveCapture.Configuration(interfaces: ["a"], bufferOctets: 1 << 40)
        }
    }

    @Test func `nobody becomes a user that is not there, or root`() {
        #expect(
            throws: CaptureError.cannotDropPrivileges(user: "root", reason: "that user is root")
        ) {
            try dropPrivileges(to: "root")
        }
        #expect(throws: CaptureError.self) { try dropPrivileges(to: "no-such-user-here") }
    }

    @Test(.enabled(if: geteuid() == 0, "the tests run as root"))
    func `root becomes another user for good`() async {
        await #expect(processExitsWith: .success) {
            try dropPrivileges(to: "nobody")
            precondition(getuid() != 0 && setuid(0) != 0 && open("/etc/shadow", O_RDONLY) < 0)
            try dropPrivileges(to: "nobody")
            do {
                try dropPrivileges(to: "daemon")
                exit(1)
            } catch {}
        }
    }
}
