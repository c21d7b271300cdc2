import NetworkTypes
import Statistics

/// An attack under way: who, whom, when, and how far it has come.
///
/// An attack too long for the capture has fewer parts. It does not look up names beforehand.
struct PacketAttackCampaign: Sendable {
    /// What the ground truth knows before the first frame.
    let truth: PacketAttack
    /// When it begins, in nanoseconds since 1970.
    let start: Int64
    let partCount: Int
    /// When the capture ends.
    let captureEnd: Int64
    /// The attacker, or its malware, by its place among the machines; `nil` if it is outside.
    let attacker: Int?
    /// The machines inside that are attacked.
    let targets: [Int]
    var part = 0
    var generator: SeededGenerator

    var kind: PacketAttack.Kind { truth.kind }
    var number: Int { truth.number }

    /// The attacks of a capture, in the order of the configuration.
    static func plan(
        _ configuration: SimulatedCapture.Configuration, campus: CaptureCampus
    ) -> [PacketAttackCampaign] {
        configuration.attacks.enumerated().map { number, kind in
            PacketAttackCampaign(kind, number: number, configuration, campus: campus)
        }
    }

    private init(
        _ kind: PacketAttack.Kind, number: Int, _ configuration: SimulatedCapture.Configuration,
        campus: CaptureCampus
    ) {
        var generator = SeededGenerator(
            seed: configuration.seed &+ UInt64(number) &* 0xd134_2543_de82_ef95, name: "attack")
        let span = configuration.end - configuration.start.nanoseconds
        let room = Double(span) / 1e9 * 0.9
        let parts = Double(kind.typicalParts) * generator.uniform(in: 0.8...1.2)
        let fitting = (room - kind.partSeconds) / kind.interval
        var partCount = max(1, Int(min(parts, fitting)))

        let machines = Array(campus.clients)
        let windows = machines.filter { campus.machines[$0].kind == .windows }
        let attacker = generator.choice(of: windows.isEmpty ? machines : windows)
        var victims: [Int] = []
        switch kind {
        case .sshBruteForce: victims = [CaptureCampus.shell]
        case .verticalScan, .synFlood: victims = [CaptureCampus.web]
        case .lateralMovement:
            victims = (windows + [CaptureCampus.files]).filter { $0 != attacker }
            let chosen = generator.sample(partCount, below: victims.count)
            victims = chosen.map { victims[$0] }
            partCount = victims.count
        case .horizontalScan:
            victims = campus.machines.indices.filter { $0 != attacker }
        default: break
        }
        let isInside = kind != .sshBruteForce && kind != .synFlood
        self.attacker = isInside ? attacker : nil
        let seconds = Double(partCount) * kind.interval + kind.partSeconds
        let late = max(0, Double(span) / 1e9 - seconds)
        let place = kind == .longConnection ? 0.02 : generator.uniform()
        start = configuration.start.nanoseconds + Int64(place * late * 1e6) * 1000
        captureEnd = configuration.end
        self.partCount = partCount
        targets = victims
        let ends = Self.addresses(
            kind, parts: partCount, attacker: campus.machines[attacker].end.address,
            victims: victims.map { campus.machines[$0].end.address }, &generator)
        truth = PacketAttack(
            kind: kind, number: number, attackers: ends.attackers, targets: ends.targets)
        self.generator = generator
    }

    /// Everybody who takes part, in the order of appearance.
    private static func addresses(
        _ kind: PacketAttack.Kind, parts: Int, attacker: IPAddress, victims: [IPAddress],
        _ generator: inout SeededGenerator
    ) -> (attackers: [IPAddress], targets: [IPAddress]) {
        switch kind {
        case .horizontalScan:
            // Machines next door, then a network behind the router.
            let near = victims.prefix(parts)
            let network = 0x0a15_0000 | UInt32(generator.index(below: 256)) << 8
            let far = (0..<max(0, parts - near.count)).map {
                IPAddress(ipv4: network &+ UInt32($0 + 1))
            }
            return ([attacker], near + far)
        case .arpScan:
            let all = (1...UInt32(max(parts + 1, 2))).map {
                IPAddress(ipv4: CaptureCampus.network | $0)
            }
            return ([attacker], Array(all.filter { $0 != attacker }.prefix(parts)))
        case .synFlood:
            return ((0..<60).map { _ in anyOutsideAddress(&generator) }, victims)
        case .sshBruteForce:
            return ([anyOutsideAddress(&generator)], victims)
        case .verticalScan, .lateralMovement:
            return ([attacker], victims)
        case .beacon, .exfiltration, .dnsTunnel, .longConnection:
            return ([attacker], [anyOutsideAddress(&generator)])
        }
    }

    /// An address of some country.
    static func anyOutsideAddress(_ generator: inout SeededGenerator) -> IPAddress {
        let (high, low) = generator.choice(
            of: generator.choice(of: PublicPrefixes.all).networks)
        let rest = UInt32(generator.index(below: 256)) << 8 | UInt32(generator.integer(in: 1...254))
        return IPAddress(ipv4: UInt32(high) << 24 | UInt32(low) << 16 | rest)
    }
}

extension PacketAttack.Kind {
    /// How many parts a whole attack has.
    fileprivate var typicalParts: Int {
        switch self {
        case .horizontalScan: 280
        case .verticalScan: 1000
        case .arpScan: 254
        case .sshBruteForce: 60
        case .synFlood: 6000
        case .beacon: 60
        case .exfiltration: 2
        case .dnsTunnel: 400
        case .longConnection: 1
        case .lateralMovement: 6
        }
    }

    /// Seconds from one part to the next.
    var interval: Double {
        switch self {
        case .horizontalScan: 0.025
        case .verticalScan: 0.004
        case .arpScan: 0.008
        case .sshBruteForce: 3
        case .synFlood: 0.003
        case .beacon: 60
        case .exfiltration: 45
        case .dnsTunnel: 1.2
        case .longConnection: 1
        case .lateralMovement: 75
        }
    }

    /// Seconds that the last part takes.
    fileprivate var partSeconds: Double {
        switch self {
        case .horizontalScan, .verticalScan, .arpScan, .dnsTunnel, .beacon: 2
        case .synFlood: 4
        case .sshBruteForce: 12
        case .exfiltration, .lateralMovement: 30
        case .longConnection: 0
        }
    }
}
