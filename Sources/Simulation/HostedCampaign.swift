import NetworkTypes
import Statistics

/// An attack under way: who, whom, when, and how far it has come.
///
/// An attack too long for the time that is left has fewer parts.
struct HostedCampaign: Sendable {
    let kind: HostedAttack.Kind
    let number: Int
    /// The machine inside that attacks, or is owned; `nil` if the attackers are outside.
    let attacker: Int?
    /// Addresses outside that attack.
    let outsiders: [IPAddress]
    let targets: [IPAddress]
    let domain: String
    /// When it begins, in nanoseconds since 1970.
    let start: Int64
    let partCount: Int
    /// Seconds from one part to the next, and the share of it by which that varies.
    let interval: Double
    let jitter: Double
    /// Octets to upload in all, or seconds to hold a connection.
    let amount: Double
    var part = 0
    var generator: SeededGenerator

    /// The attacks in the order of the configuration.
    static func plan(
        _ configuration: HostedCampus.Configuration, _ network: HostedNetwork,
        _ world: HostedWorld, _ rhythm: HostedRhythm
    ) -> [HostedCampaign] {
        configuration.attacks.enumerated().map { number, kind in
            HostedCampaign(kind, number: number, configuration, network, world, rhythm)
        }
    }

    private init(
        _ kind: HostedAttack.Kind, number: Int, _ configuration: HostedCampus.Configuration,
        _ network: HostedNetwork, _ world: HostedWorld, _ rhythm: HostedRhythm
    ) {
        var generator = SeededGenerator(
            seed: configuration.seed &+ UInt64(number) &* 0xd134_2543_de82_ef95,
            name: "hosted attack")
        (self.kind, self.number) = (kind, number)
        domain = HostedWorld.freshName(&generator)
        let pace = Pace(kind, &generator)
        let begin = rhythm.start + Int64(configuration.learningDays) * HostedRhythm.day
        let room = Double(rhythm.end - begin) / 1e9 * 0.96
        interval = pace.interval
        jitter = pace.jitter
        let owned = network.ownedCandidates[number % network.ownedCandidates.count]
        let isInside =
            kind != .sshBruteForce && kind != .synFlood && kind != .distributedFlood
        attacker = isInside ? owned : nil
        let fitting = min(pace.parts, max(1, Int(room / interval)))
        targets = Self.targets(kind, attacker: owned, parts: fitting, network, world, &generator)
        outsiders =
            isInside
            ? []
            : (0..<(kind == .distributedFlood ? 1200 : 1)).map { _ in
                world.anyAddress(&generator)
            }
        let isByTarget = kind == .lateralMovement || kind == .arpScan || kind == .horizontalScan
        partCount = isByTarget ? targets.count : fitting
        let held = min(generator.uniform(in: 13...20) * 3600, room * 0.9)
        amount = kind == .longConnection ? held : generator.uniform(in: 6e8...2.5e9)
        let length =
            kind == .longConnection ? held : Double(partCount) * interval * (1 + jitter / 4)
        start = begin + Int64(generator.uniform() * max(0, room - length) * 1e9)
        self.generator = generator
    }

    /// What the ground truth knows before the first flow.
    func truth(_ network: HostedNetwork) -> HostedAttack {
        let usesNames = kind == .dnsTunnel || kind == .generatedNames
        let hasDomain =
            kind == .dnsTunnel || kind == .beacon || kind == .shortBeacon || kind == .exfiltration
        return HostedAttack(
            kind: kind, number: number,
            attackers: attacker.map { [network.machines[$0].address] } ?? outsiders,
            targets: targets,
            relays: usesNames || hasDomain
                ? [network.machines[HostedNetwork.resolver].address] : [],
            domain: hasDomain ? domain : nil)
    }

    private static func targets(
        _ kind: HostedAttack.Kind, attacker: Int, parts: Int, _ network: HostedNetwork,
        _ world: HostedWorld, _ generator: inout SeededGenerator
    ) -> [IPAddress] {
        let machines = network.machines
        func addresses(_ isWanted: (Int) -> Bool) -> [IPAddress] {
            machines.indices.filter { $0 != attacker && isWanted($0) }.map { machines[$0].address }
        }
        switch kind {
        case .sshBruteForce, .synFlood, .distributedFlood:
            return [machines[HostedNetwork.web].address]
        case .verticalScan:
            return [machines[generator.index(below: HostedNetwork.serverCount)].address]
        case .horizontalScan, .arpScan, .slowScan:
            // The servers' network first, then that of the others, as far as it goes.
            return (0..<UInt32(min(parts, 750))).map {
                IPAddress(ipv4: 0x0a1e_0000 | ($0 / 250) << 8 | ($0 % 250 + 1))
            }.filter { $0 != machines[attacker].address }
        case .passwordSpray:
            return addresses { machines[$0].role == .workstation || machines[$0].role == .files }
        case .lateralMovement:
            let others = addresses { machines[$0].role == .workstation && machines[$0].isAlwaysOn }
            return generator.sample(parts, below: others.count).map { others[$0] }
        case .beacon, .shortBeacon, .exfiltration, .longConnection:
            return [world.anyAddress(&generator)]
        case .dnsTunnel, .generatedNames: return []
        }
    }

    /// How many parts an attack has, and how far apart.
    private struct Pace {
        let parts: Int
        let interval: Double
        let jitter: Double

        init(_ kind: HostedAttack.Kind, _ generator: inout SeededGenerator) {
            func between(_ low: Double, _ high: Double) -> Double {
                low * naturalExponential(naturalLogarithm(high / low) * generator.uniform())
            }
            switch kind {
            case .horizontalScan:
                self.init(between(250, 700), every: between(0.02, 0.2), jitter: 0.3)
            case .verticalScan:
                self.init(between(600, 1500), every: between(0.005, 0.1), jitter: 0.3)
            case .slowScan: self.init(between(200, 400), every: between(130, 260), jitter: 0.4)
            case .arpScan: self.init(between(250, 700), every: between(0.005, 0.05), jitter: 0.2)
            case .sshBruteForce: self.init(between(500, 1500), every: between(1.2, 4), jitter: 0.4)
            case .passwordSpray: self.init(between(60, 120), every: between(8, 25), jitter: 0.5)
            case .synFlood:
                self.init(between(5000, 12_000), every: between(0.004, 0.015), jitter: 1)
            case .distributedFlood:
                self.init(between(12_000, 20_000), every: between(0.02, 0.04), jitter: 1)
            case .beacon:
                let interval = between(30, 900)
                self.init(86_400 / interval, every: interval, jitter: between(0.02, 0.5))
            case .shortBeacon:
                let interval = between(20, 150)
                self.init(7200 / interval, every: interval, jitter: between(0.02, 0.4))
            case .exfiltration: self.init(between(8, 30), every: between(300, 600), jitter: 0.4)
            case .dnsTunnel: self.init(between(3000, 7000), every: between(0.4, 1.5), jitter: 0.8)
            case .generatedNames: self.init(between(200, 600), every: between(2, 12), jitter: 0.8)
            case .longConnection: self.init(1, every: 1, jitter: 0)
            case .lateralMovement: self.init(between(6, 12), every: between(150, 500), jitter: 0.5)
            }
        }

        private init(_ parts: Double, every interval: Double, jitter: Double) {
            (self.parts, self.interval, self.jitter) = (Int(parts), interval, jitter)
        }
    }
}
