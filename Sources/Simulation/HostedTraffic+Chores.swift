import Flows
import NetworkTypes
import Statistics

/// What machines do by themselves: much of it by the clock, as malware does.
extension HostedTraffic {
    /// When a routine is due first.
    mutating func firstTime(of routine: HostedRoutine) -> Int64 {
        let start = rhythm.start
        switch routine.kind {
        case .backup:
            return start + Self.seconds(3600 * 1.5 + Double(routine.host) * 61)
        case .upload: return start + Self.seconds(3600 * 4)
        case .serverUpdate:
            return start + Self.seconds(3600 * 6.4 + generator.uniform(in: 0...1500))
        case .browserStart, .shell:
            return start + Self.seconds(3600 * generator.uniform(in: 8...9.5))
        default: return start + Self.seconds(interval(of: routine) * generator.uniform())
        }
    }

    /// Does what is due. Returns when it is due again.
    mutating func perform(_ routine: HostedRoutine, at time: Int64) -> Int64 {
        let host = routine.host
        let next = time + Self.seconds(interval(of: routine))
        guard isOn(host, at: time) else { return next }
        switch routine.kind {
        case .person, .visitors: break
        case .clock: setClock(host, at: time)
        case .update: checkUpdates(host, at: time)
        case .antivirus: call(.antivirus, by: host, at: time, sizeChance: 0.15)
        case .reputation: askReputation(host, at: time)
        case .telemetry: use(world.service(.telemetry, of: 0), by: host, at: time)
        case .browserStart: startBrowser(host, at: time)
        case .keepInStep: keepInStep(host, at: time)
        case .push: call(.push, by: host, at: time, sizeChance: 0)
        case .neighbours: resolveNeighbours(host, at: time)
        case .chat: return holdChat(host, at: time)
        case .mailbox: return holdMailbox(host, at: time)
        case .polls: poll(host, at: time)
        case .checks: check(host, at: time)
        case .backup: backUp(host, at: time)
        case .upload: upload(at: time)
        case .serverUpdate: use(world.service(.linuxUpdate, of: 0), by: host, at: time, size: 20)
        case .shell: openShells(host, at: time)
        }
        return next
    }

    /// Seconds to the next time, with the jitter that timers have.
    private mutating func interval(of routine: HostedRoutine) -> Double {
        let jitter = generator.uniform(in: -1...1)
        switch routine.kind {
        case .person, .visitors: return 0
        case .clock: return network.machines[routine.host].clockInterval + jitter
        case .update: return 3600 + 180 * jitter
        case .antivirus: return 3600 + 30 * jitter
        case .reputation: return generator.pareto(minimum: 800, exponent: 1.6)
        case .telemetry: return 900 + 45 * jitter
        case .keepInStep: return 120 + 2 * jitter
        case .push: return 540 + 200 * jitter
        case .neighbours: return 700 + 300 * jitter
        case .chat, .mailbox: return 400 + 300 * jitter
        case .polls: return 300 + 0.05 * jitter
        case .checks: return 60 + 0.02 * jitter
        case .browserStart, .shell: return 86_400 + 1200 * jitter
        case .backup, .upload, .serverUpdate: return 86_400
        }
    }

    private static func seconds(_ number: Double) -> Int64 { Int64(number * 1e9) }

    // MARK: - Outside

    private mutating func setClock(_ host: Int, at time: Int64) {
        let own = network.end(of: HostedNetwork.clock, port: 123)
        let isServer = host == HostedNetwork.clock
        let pool = world.service(.clock, of: generator.index(below: 4)).addresses[0]
        let outside = FlowEnd(address: pool, port: 123)
        let microseconds = isServer ? generator.integer(in: 9_000...40_000) : 300
        let exchange = HostedExchange.question(48, answer: 48, microseconds: microseconds)
        add(
            exchange, .ntp, from: network.takeEnd(of: host), to: isServer ? outside : own,
            protocolNumber: 17, at: time)
    }

    private mutating func checkUpdates(_ host: Int, at time: Int64) {
        let isLarge = generator.chance(0.02)
        use(
            world.service(host % 6 == 0 ? .linuxUpdate : .windowsUpdate, of: 0), by: host, at: time,
            size: isLarge ? 200 : 0.1, knownChance: 0.2)
    }

    private mutating func call(
        _ use: HostedWorld.Use, by host: Int, at time: Int64, sizeChance: Double
    ) {
        self.use(
            world.service(use, of: host), by: host, at: time,
            size: generator.chance(sizeChance) ? 60 : 0.3)
    }

    /// Virus scanners ask by DNS what is known of a file: long names of no meaning.
    private mutating func askReputation(_ host: Int, at time: Int64) {
        let label = String(generator.next(), radix: 32) + String(generator.next(), radix: 32)
        ask(
            label + ".avqs.guardian.example",
            Question(type: 16, answerOctets: 40, isForwarded: true), by: host, at: time)
    }

    /// Browsers find out at their start whether the resolver lies: three names that cannot be.
    private mutating func startBrowser(_ host: Int, at time: Int64) {
        for place in 0..<3 {
            let label = (0..<7 + generator.index(below: 9)).map { _ in
                UInt8(ascii: "a") + UInt8(generator.index(below: 26))
            }
            ask(
                String(decoding: label, as: UTF8.self) + ".campus.example",
                Question(responseCode: 3), by: host, at: time + Int64(place) * 3_000_000)
        }
    }

    /// A folder kept in step asks what is new every two minutes.
    private mutating func keepInStep(_ host: Int, at time: Int64) {
        let service = world.service(.synchronisation, of: host / 3)
        let exchange = HostedExchange.heldOpen(
            seconds: generator.uniform(in: 58...60), interval: 55, sent: 410, answered: 190)
        add(
            exchange, service.application, from: network.takeEnd(of: host),
            to: FlowEnd(address: service.addresses[host % service.addresses.count], port: 443),
            at: time, name: service.name)
    }

    /// A connection for messages stays open for hours; the next follows soon.
    private mutating func holdChat(_ host: Int, at time: Int64) -> Int64 {
        let isPhone = network.machines[host].role == .phone
        let service = world.service(isPhone ? .push : .chat, of: host)
        let seconds = min(generator.logNormal(median: 2.5 * 3600, spread: 0.7), 8 * 3600)
        return hold(service, by: host, seconds: seconds, interval: isPhone ? 240 : 45, at: time)
    }

    /// A mail program waits for news; servers end that after half an hour.
    private mutating func holdMailbox(_ host: Int, at time: Int64) -> Int64 {
        let seconds = generator.uniform(in: 1730...1745)
        if host % 4 == 0 {
            return hold(
                world.service(.mail, of: 0), by: host, seconds: seconds, interval: 300, at: time)
        }
        let exchange = HostedExchange.heldOpen(
            seconds: seconds, interval: 300, sent: 96, answered: 120)
        add(
            exchange, .imaps, from: network.takeEnd(of: host),
            to: network.end(of: HostedNetwork.mail, port: 993), at: time,
            name: "mail.campus.example")
        return time + Self.seconds(seconds + 1 + generator.uniform())
    }

    private mutating func hold(
        _ service: HostedDestination, by host: Int, seconds: Double, interval: Double,
        at time: Int64
    ) -> Int64 {
        let begin = lookUp(service.name, by: host, at: time)
        let exchange = HostedExchange.heldOpen(
            seconds: seconds, interval: interval, sent: 60 + generator.integer(in: 0...60),
            answered: 50 + generator.integer(in: 0...90))
        add(
            exchange, service.application, from: network.takeEnd(of: host),
            to: FlowEnd(address: generator.choice(of: service.addresses), port: service.port),
            at: begin, name: service.name)
        return begin + Self.seconds(seconds + generator.uniform(in: 1...90))
    }

    // MARK: - Inside

    private mutating func resolveNeighbours(_ host: Int, at time: Int64) {
        resolve(HostedNetwork.router, by: host, at: time)
        guard generator.chance(0.5) else { return }
        let other = generator.index(below: HostedNetwork.serverCount)
        if other != host {
            resolve(network.machines[other].address, by: host, at: time + 40_000_000)
        }
    }

    /// The monitor asks whether a machine is there; of printers and servers also how they are.
    private mutating func poll(_ host: Int, at time: Int64) {
        let monitor = HostedNetwork.monitor
        let echo = network.takeEnd(of: monitor)
        add(
            .question(56, answer: 56, microseconds: generator.integer(in: 150...900)), .icmp,
            from: echo, to: network.end(of: host, port: 8 << 8), protocolNumber: 1, at: time)
        let rounds = 4 + generator.integer(in: 0...1)
        let exchange = HostedExchange.datagrams(
            sent: 46, answered: 60 + Int64(host), rounds: rounds, down: 0, seconds: 0.02)
        add(
            exchange, .snmp, from: network.takeEnd(of: monitor),
            to: network.end(of: host, port: 161), protocolNumber: 17, at: time + 2_000_000)
    }

    /// The monitor tries a service each minute; also one that is long gone.
    private mutating func check(_ host: Int, at time: Int64) {
        let monitor = HostedNetwork.monitor
        if host == monitor {
            add(
                .unanswered(tries: 2), .unknown, from: network.takeEnd(of: monitor),
                to: FlowEnd(address: HostedNetwork.removedServer, port: 443), at: time)
            return
        }
        let service: (application: HostedApplication, port: UInt16) =
            switch host {
            case HostedNetwork.web: (.http, 80)
            case HostedNetwork.mail: (.imaps, 993)
            case HostedNetwork.files, HostedNetwork.backup: (.smb, 445)
            default: (.ssh, 22)
            }
        let exchange = HostedExchange.transfer(
            up: 140, down: 420 + Int64(host), seconds: generator.uniform(in: 0.004...0.02),
            &generator)
        add(
            exchange, service.application, from: network.takeEnd(of: monitor),
            to: network.end(of: host, port: service.port), at: time)
    }

    /// A night's backup of one machine, larger on Sundays.
    private mutating func backUp(_ host: Int, at time: Int64) {
        guard host != HostedNetwork.backup else { return }
        let day = (time - rhythm.start) / HostedRhythm.day
        let isSunday = rhythm.weekday(day) == 6
        let typical = network.machines[host].isServer ? 1.2e9 : 1.5e8
        let octets = min(
            generator.logNormal(median: typical * (isSunday ? 6 : 1), spread: 0.5), 3e10)
        let exchange = HostedExchange.transfer(
            up: Int64(octets), down: 40_000,
            seconds: octets / generator.uniform(in: 2e7...6e7) + 5, &generator)
        add(
            exchange, .smb, from: network.takeEnd(of: host),
            to: network.end(of: HostedNetwork.backup, port: 445), at: time)
    }

    /// The backup server brings what is new to a storage outside.
    private mutating func upload(at time: Int64) {
        let storage = world.service(.storage, of: 0)
        var now = lookUp(storage.name, by: HostedNetwork.backup, at: time)
        for _ in 0..<4 {
            let octets = min(generator.logNormal(median: 1.5e9, spread: 0.4), 2e10)
            let seconds = octets / generator.uniform(in: 8e6...1.2e7)
            let exchange = HostedExchange.transfer(
                up: Int64(octets), down: 60_000, seconds: seconds, &generator)
            add(
                exchange, storage.application, from: network.takeEnd(of: HostedNetwork.backup),
                to: FlowEnd(address: generator.choice(of: storage.addresses), port: 443), at: now,
                name: storage.name)
            now += Self.seconds(seconds * 0.6 + 5)
        }
    }

    /// The administrator works on some servers for hours.
    private mutating func openShells(_ host: Int, at time: Int64) {
        for _ in 0..<1 + generator.index(below: 3) {
            let begin = time + Self.seconds(generator.uniform(in: 0...14_000))
            let seconds = min(generator.logNormal(median: 4000, spread: 0.9), 16_000)
            let exchange = HostedExchange.heldOpen(
                seconds: seconds, interval: generator.uniform(in: 1.5...9), sent: 60,
                answered: 180)
            let server = generator.index(below: HostedNetwork.serverCount - 1)
            add(
                exchange, .ssh, from: network.takeEnd(of: host),
                to: network.end(of: server, port: 22), at: begin)
        }
    }
}
