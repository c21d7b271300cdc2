import Flows
import NetworkTypes
import Statistics

/// The parts of attacks.
extension HostedCampaign {
    /// Makes the flows of the next part. Returns when the one after it is due; `Int64.max` after the last.
    mutating func perform(at time: Int64, _ traffic: inout HostedTraffic) -> Int64 {
        traffic.attack = Int32(number)
        defer { traffic.attack = -1 }
        switch kind {
        case .horizontalScan: probe(targets[part], port: 445, at: time, &traffic)
        case .slowScan:
            let port: UInt16 = generator.choice(of: [22, 445, 3389, 80])
            probe(generator.choice(of: targets), port: port, at: time, &traffic)
        case .verticalScan:
            probe(targets[0], port: UInt16(part + 1), at: time, &traffic)
        case .arpScan: if let attacker { traffic.resolve(targets[part], by: attacker, at: time) }
        case .sshBruteForce: guess(.ssh, port: 22, at: targets[0], at: time, &traffic)
        case .passwordSpray:
            guess(.smb, port: 445, at: targets[part % targets.count], at: time, &traffic)
        case .synFlood: flood(at: time, &traffic)
        case .distributedFlood: floodWithMany(at: time, &traffic)
        case .beacon, .shortBeacon: report(at: time, &traffic)
        case .exfiltration: upload(at: time, &traffic)
        case .dnsTunnel: askTunnel(at: time, &traffic)
        case .generatedNames: askGenerated(at: time, &traffic)
        case .longConnection: stay(at: time, &traffic)
        case .lateralMovement: logIn(to: targets[part], at: time, &traffic)
        }
        part += 1
        guard part < partCount else { return .max }
        let seconds = interval * (1 + jitter * generator.uniform(in: -0.5...0.5))
        return time + Int64(seconds * 1e9)
    }

    // MARK: - Scans

    /// A connection to a port that may be open, closed, or of nobody.
    private mutating func probe(
        _ target: IPAddress, port: UInt16, at time: Int64, _ traffic: inout HostedTraffic
    ) {
        guard let attacker else { return }
        let owner = traffic.network.place(of: target)
        var application = HostedApplication.unknown
        let exchange: HostedExchange
        if let owner, traffic.isOn(owner, at: time) {
            if Self.isOpen(port, on: traffic.network.machines[owner].role) {
                application = port == 445 ? .smb : port == 22 ? .ssh : .unknown
                exchange = .transfer(
                    up: 60, down: 180, seconds: generator.uniform(in: 0.01...0.09), &generator)
            } else {
                exchange = .refused(microseconds: generator.integer(in: 120...600))
            }
        } else {
            exchange = .unanswered(tries: 1)
        }
        traffic.add(
            exchange, application, from: traffic.network.takeEnd(of: attacker),
            to: FlowEnd(address: target, port: port), at: time)
    }

    private static func isOpen(_ port: UInt16, on role: HostedMachine.Role) -> Bool {
        switch role {
        case .workstation: port == 445 || port == 3389 || port == 135
        case .files, .backup: port == 445 || port == 22
        case .web: port == 80 || port == 443 || port == 22
        case .mail: port == 25 || port == 993 || port == 22
        case .resolver: port == 53 || port == 22
        case .monitor, .clock: port == 22
        case .printer: port == 631
        case .phone: false
        }
    }

    // MARK: - Passwords

    /// A log-in that fails; all take nearly the same octets.
    private mutating func guess(
        _ application: HostedApplication, port: UInt16, at target: IPAddress, at time: Int64,
        _ traffic: inout HostedTraffic
    ) {
        var exchange = HostedExchange()
        exchange.initiator = ValueMix(48, count: 6)
        exchange.initiator.add(1080, count: 1)
        exchange.initiator.add(0, count: 7 + Int64(generator.index(below: 2)))
        exchange.responder = ValueMix(52, count: 6)
        exchange.responder.add(1080, count: 1)
        exchange.responder.add(0, count: 5)
        let isSlow = application == .ssh
        exchange.duration =
            isSlow
            ? generator.integer(in: 1_700_000...2_500_000) : generator.integer(in: 30_000...90_000)
        traffic.add(
            exchange, application, from: initiator(&traffic),
            to: FlowEnd(address: target, port: port), at: time)
    }

    /// The attacker's end of a new flow.
    private mutating func initiator(_ traffic: inout HostedTraffic) -> FlowEnd {
        if let attacker { return traffic.network.takeEnd(of: attacker) }
        let outsider = outsiders.count == 1 ? outsiders[0] : generator.choice(of: outsiders)
        return FlowEnd(address: outsider, port: UInt16(generator.integer(in: 1025...65_000)))
    }

    // MARK: - Floods

    private mutating func flood(at time: Int64, _ traffic: inout HostedTraffic) {
        traffic.add(
            .unanswered(tries: generator.chance(0.9) ? 1 : 2), .unknown, from: initiator(&traffic),
            to: FlowEnd(address: targets[0], port: 80), at: time)
    }

    private mutating func floodWithMany(at time: Int64, _ traffic: inout HostedTraffic) {
        guard generator.chance(0.45) else { return flood(at: time, &traffic) }
        let exchange = HostedExchange.transfer(
            up: 310, down: 900, seconds: generator.uniform(in: 0.1...2), &generator)
        traffic.add(
            exchange, .http, from: initiator(&traffic),
            to: FlowEnd(address: targets[0], port: 80), at: time, name: "www.campus.example")
    }

    // MARK: - Command and control

    private mutating func report(at time: Int64, _ traffic: inout HostedTraffic) {
        guard let attacker else { return }
        var begin = time
        if part % 12 == 0 {
            begin = traffic.ask(
                "api." + domain, HostedTraffic.Question(isForwarded: part == 0), by: attacker,
                at: time)
        }
        let isOrder = generator.chance(0.02)
        let exchange = HostedExchange.transfer(
            up: 180 + generator.integer(in: 0...24),
            down: isOrder ? generator.integer(in: 2_000...90_000) : 120,
            seconds: generator.uniform(in: 0.2...0.4), &generator)
        traffic.add(
            exchange, .ssl, from: initiator(&traffic), to: FlowEnd(address: targets[0], port: 443),
            at: begin, name: "api." + domain)
    }

    private mutating func stay(at time: Int64, _ traffic: inout HostedTraffic) {
        let exchange = HostedExchange.heldOpen(
            seconds: amount, interval: generator.uniform(in: 30...90), sent: 92, answered: 108)
        traffic.add(
            exchange, .ssl, from: initiator(&traffic),
            to: FlowEnd(address: targets[0], port: 8443), at: time)
    }

    private mutating func upload(at time: Int64, _ traffic: inout HostedTraffic) {
        guard let attacker else { return }
        var begin = time
        if part == 0 {
            begin = traffic.ask(
                "files." + domain, HostedTraffic.Question(isForwarded: true), by: attacker, at: time
            )
        }
        let octets = amount / Double(partCount)
        let exchange = HostedExchange.transfer(
            up: Int64(octets), down: 9000, seconds: octets / generator.uniform(in: 4e5...4e6),
            &generator)
        traffic.add(
            exchange, .ssl, from: initiator(&traffic), to: FlowEnd(address: targets[0], port: 443),
            at: begin, name: "files." + domain)
    }

    // MARK: - Names

    private mutating func askTunnel(at time: Int64, _ traffic: inout HostedTraffic) {
        guard let attacker else { return }
        let labels = (0..<3).map { _ in letters(52, of: Self.base32) }.joined(separator: ".")
        traffic.ask(
            labels + ".t." + domain,
            HostedTraffic.Question(
                type: 16, answerOctets: generator.integer(in: 90...240), isForwarded: true),
            by: attacker, at: time)
    }

    private mutating func askGenerated(at time: Int64, _ traffic: inout HostedTraffic) {
        guard let attacker else { return }
        let name = letters(10 + generator.index(below: 9), of: Self.alphabet) + ".example"
        let exists = part == partCount - 1
        traffic.ask(
            name, HostedTraffic.Question(responseCode: exists ? 0 : 3, isForwarded: true),
            by: attacker, at: time)
    }

    private mutating func letters(_ count: Int, of choices: [UInt8]) -> String {
        String(decoding: (0..<count).map { _ in generator.choice(of: choices) }, as: UTF8.self)
    }

    private static let alphabet = Array("abcdefghijklmnopqrstuvwxyz".utf8)
    private static let base32 = alphabet + Array("234567".utf8)

    // MARK: - From machine to machine

    private mutating func logIn(
        to target: IPAddress, at time: Int64, _ traffic: inout HostedTraffic
    ) {
        let tool = HostedExchange.transfer(
            up: generator.integer(in: 200_000...4_000_000), down: 30_000,
            seconds: generator.uniform(in: 1...12), &generator)
        traffic.add(
            tool, .smb, from: initiator(&traffic), to: FlowEnd(address: target, port: 445), at: time
        )
        guard generator.chance(0.6) else { return }
        let session = HostedExchange.heldOpen(
            seconds: generator.uniform(in: 60...900), interval: 2, sent: 80, answered: 700)
        traffic.add(
            session, .rdp, from: initiator(&traffic), to: FlowEnd(address: target, port: 3389),
            at: time + 20_000_000_000)
    }
}
