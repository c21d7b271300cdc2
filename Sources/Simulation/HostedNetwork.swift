import NetworkTypes
import Statistics

/// A machine of the hosted campus: what it is, and when it runs.
struct HostedMachine: Sendable {
    enum Role: Sendable, CaseIterable {
        case resolver, web, mail, files, backup, monitor, clock, printer
        case workstation, phone
    }

    let role: Role
    let address: IPAddress
    let hardwareAddress: UInt64
    /// Runs by day and night; else only while its owner is there.
    let isAlwaysOn: Bool
    let style: HostedRhythm.Style
    /// How much its owner does, relative to the others.
    let activity: Double
    /// Seconds between two looks at the clock.
    let clockInterval: Double
    /// The source port of its next connection.
    var nextPort: UInt16

    var isServer: Bool { role != .workstation && role != .phone && role != .printer }
    /// Whether somebody sits at it.
    var isPersonal: Bool { role == .workstation || role == .phone }
}

/// The machines of the hosted campus: the servers in 10.30.0.0/24, all others from 10.30.1.0 on.
struct HostedNetwork: Sendable {
    private(set) var machines: [HostedMachine]
    /// Workstations that run by night too, in a random order: hosts for malware.
    let ownedCandidates: [Int]

    static let router = IPAddress(ipv4: 0x0a1e_0001)
    /// Where a server stood that some still ask for.
    static let removedServer = IPAddress(ipv4: 0x0a1e_0063)
    static let domain = "campus.example"
    /// Who is what, by place in `machines`.
    static let (resolver, web, mail, files) = (0, 1, 2, 3)
    static let (backup, monitor, clock, printer) = (4, 5, 6, 7)
    static let serverCount = 8
    /// The administrator's workstation, and that of a friend of games and file sharing.
    static let (administrator, player) = (8, 9)

    init(hosts: Int, seed: UInt64) {
        var generator = SeededGenerator(seed: seed, name: "hosted machines")
        let machines = (0..<hosts).map { Self.machine($0, &generator) }
        var candidates = machines.indices.filter {
            machines[$0].role == .workstation && machines[$0].isAlwaysOn
                && $0 != Self.administrator
        }
        for place in candidates.indices.reversed() {
            candidates.swapAt(place, generator.index(below: place + 1))
        }
        self.machines = machines
        ownedCandidates = candidates
    }

    private static func machine(
        _ number: Int, _ generator: inout SeededGenerator
    ) -> HostedMachine {
        let role: HostedMachine.Role =
            if number < serverCount {
                HostedMachine.Role.allCases[number]
            } else if number % 25 == 24 {
                .printer
            } else if number > player && number % 10 >= 7 {
                .phone
            } else { .workstation }
        let isClient = role == .workstation || role == .phone
        let address =
            number < serverCount
            ? 0x0a1e_0002 + UInt32(number)
            : 0x0a1e_0100 + UInt32((number - serverCount) / 250 * 256)
                + UInt32((number - serverCount) % 250 + 2)
        // Two of three workstations are never switched off.
        let stays = number % 3 != 0 || number == player
        return HostedMachine(
            role: role, address: IPAddress(ipv4: address),
            hardwareAddress: 0x0250_5600_0000 | UInt64(generator.index(below: 1 << 24)),
            isAlwaysOn: !isClient || (role == .workstation && stays),
            style: role == .phone || number == player ? .home : .office,
            activity: (role == .phone ? 0.45 : 1)
                * generator.logNormal(median: 1, spread: 0.45),
            clockInterval: Double(64 << generator.index(below: 5)),
            nextPort: UInt16(generator.integer(in: 32_768...60_000)))
    }

    /// A fresh source port of a machine, at its end of a flow.
    mutating func takeEnd(of machine: Int) -> FlowEnd {
        let port = machines[machine].nextPort
        machines[machine].nextPort = port >= 60_998 ? 32_768 : port + 1
        return FlowEnd(address: machines[machine].address, port: port)
    }

    func end(of machine: Int, port: UInt16) -> FlowEnd {
        FlowEnd(address: machines[machine].address, port: port)
    }

    /// The machines of a kind.
    func places(_ isWanted: (HostedMachine) -> Bool) -> [Int] {
        machines.indices.filter { isWanted(machines[$0]) }
    }

    /// The machine with an address, if there is one.
    func place(of address: IPAddress) -> Int? {
        machines.firstIndex { $0.address == address }
    }
}
