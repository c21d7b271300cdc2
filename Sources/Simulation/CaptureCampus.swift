import NetworkTypes
import Statistics

/// A machine of the campus.
struct CaptureMachine: Sendable {
    enum Kind: Sendable {
        case windows, apple, linux, phone, printer, server
    }

    let kind: Kind
    let name: String
    /// Its end of frames, without a port; IPv4.
    let end: FrameEnd
    /// Its IPv6 address, if it has one.
    let version6: IPAddress?
    /// The source port of its next connection.
    var nextPort: UInt16

    /// How it speaks TCP from this port.
    func host(port: UInt16, isVersion6: Bool = false, turnaround: Int64) -> TCPDialogueHost {
        var end = end
        end.port = port
        if isVersion6, let version6 { end.address = version6 }
        var host = TCPDialogueHost(end: end, turnaround: turnaround)
        switch kind {
        case .windows:
            (host.window, host.windowScale, host.usesTimestamps) = (1026, 8, false)
        case .apple, .phone:
            (host.firstWindow, host.window, host.windowScale) = (65_535, 2058, 6)
        case .printer:
            (host.firstWindow, host.window, host.windowScale) = (29_200, 3650, 4)
        case .linux, .server: break
        }
        return host
    }
}

/// The machines of the campus and the router, at whose port towards the campus the capture is made: one
/// network 10.20.0.0/16, the machines in its first addresses, and 2001:db8:14::/64.
struct CaptureCampus: Sendable {
    /// Servers first, then everybody's machines.
    private(set) var machines: [CaptureMachine]
    let router: FrameEnd

    /// Places of the servers in `machines`.
    static let resolver = 0
    static let files = 1
    static let mail = 2
    static let web = 3
    static let shell = 4
    static let serverCount = 5

    /// - Precondition: there is more than the servers.
    init(count: Int, seed: UInt64) {
        precondition(count > Self.serverCount, "a campus has clients")
        var generator = SeededGenerator(seed: seed, name: "machines")
        router = FrameEnd(
            hardwareAddress: Self.routerHardware, address: IPAddress(ipv4: Self.network | 1))
        machines = []
        let servers = ["ns", "files", "mail", "www", "login"]
        for number in 0..<count {
            let kind = number < servers.count ? .server : Self.kind(number)
            let name = number < servers.count ? servers[number] : "\(kind)-\(number)"
            // Servers from .2 on, clients from .20 on.
            let host = UInt32(number < servers.count ? number + 2 : number + 15)
            let card = UInt64(generator.index(below: 1 << 24))
            let hasVersion6 = number < servers.count || generator.chance(0.6)
            machines.append(
                CaptureMachine(
                    kind: kind, name: name,
                    end: FrameEnd(
                        hardwareAddress: Self.vendor(kind) << 24 | card,
                        address: IPAddress(ipv4: Self.network | host),
                        timeToLive: kind == .windows ? 128 : 64),
                    version6: hasVersion6 && kind != .printer
                        ? IPAddress(high: Self.network6, low: UInt64(host)) : nil,
                    nextPort: UInt16(generator.integer(in: 32_768...60_000))))
        }
    }

    static let domain = "campus.example"

    /// Everybody's machines.
    var clients: Range<Int> { Self.serverCount..<machines.count }

    /// A fresh source port of a machine.
    mutating func takePort(of machine: Int) -> UInt16 {
        let port = machines[machine].nextPort
        machines[machine].nextPort = port >= 60_998 ? 32_768 : port + 1
        return port
    }

    /// A machine's end of a datagram exchange.
    func end(of machine: Int, port: UInt16, isVersion6: Bool = false) -> FrameEnd {
        machines[machine].host(port: port, isVersion6: isVersion6, turnaround: 0).end
    }

    /// The end of somebody outside, behind the router and so many others.
    func outside(_ address: IPAddress, port: UInt16, hops: UInt8 = 11) -> FrameEnd {
        FrameEnd(
            hardwareAddress: router.hardwareAddress, address: address, port: port,
            timeToLive: 64 - hops)
    }

    /// The machine with an address, if there is one.
    func machine(at address: IPAddress) -> CaptureMachine? {
        machines.first { $0.end.address == address }
    }

    static let routerHardware: UInt64 = 0x0000_5e00_0114

    /// 10.20.0.0/16.
    static let network: UInt32 = 0x0a14_0000
    private static let network6: UInt64 = 0x2001_0db8_0014_0000

    private static func kind(_ number: Int) -> CaptureMachine.Kind {
        let kinds: [CaptureMachine.Kind] = [
            .windows, .windows, .phone, .linux, .windows, .apple, .phone, .windows, .linux, .apple,
        ]
        return number % 20 == 19 ? .printer : kinds[number % kinds.count]
    }

    /// The manufacturer's half of hardware addresses.
    private static func vendor(_ kind: CaptureMachine.Kind) -> UInt64 {
        switch kind {
        case .windows: 0x001b21
        case .apple: 0x3c22fb
        case .linux: 0xb8ca3a
        case .phone: 0xf0d7aa
        case .printer: 0x0017a4
        case .server: 0x005056
        }
    }
}
