import Flows
import NetworkTypes
import Statistics

/// Makes the flows of the hosted campus and keeps them until they end.
struct HostedTraffic: Sendable {
    var network: HostedNetwork
    var world: HostedWorld
    var generator: SeededGenerator
    var flights = HostedFlights()
    let rhythm: HostedRhythm
    /// How the flows of each application are, by its raw value.
    let profiles: [ApplicationProfile]
    private let names = HostedApplication.allCases.map(\.model.name)
    private let ports = HostedApplication.allCases.map(\.model.port)
    /// Flows begun by the present activity.
    var begunCount = 0
    /// The attack whose flows are made, and what is known of all of them.
    var attack: Int32 = -1
    var truths: [HostedAttack] = []

    init(_ configuration: HostedCampus.Configuration) {
        network = HostedNetwork(hosts: configuration.hosts, seed: configuration.seed)
        world = HostedWorld(seed: configuration.seed)
        generator = SeededGenerator(seed: configuration.seed, name: "hosted traffic")
        rhythm = HostedRhythm(
            start: configuration.start.nanoseconds, days: configuration.days,
            seed: configuration.seed)
        var draws = SeededGenerator(seed: configuration.seed, name: "hosted profiles")
        profiles = HostedApplication.allCases.map {
            ApplicationProfile($0.model, peers: 1, &draws)
        }
    }

    // MARK: - Flows

    /// Adds a flow.
    mutating func add(
        _ exchange: HostedExchange, _ application: HostedApplication, from initiator: FlowEnd,
        to responder: FlowEnd, protocolNumber: UInt8 = 6, at time: Int64, name: String? = nil
    ) {
        let start = time / 1000 * 1000
        var flow = ObservedFlow(
            key: FlowKey(
                initiator: initiator, responder: responder, protocolNumber: protocolNumber),
            start: Timestamp(nanoseconds: start),
            end: Timestamp(nanoseconds: start + exchange.duration * 1000),
            application: names[application.rawValue], outcome: exchange.outcome,
            forward: exchange.transfer(exchange.initiator),
            backward: exchange.transfer(exchange.responder), metrics: exchange.metrics)
        flow.serverName = name
        flow.direction = FlowDirection(
            initiatorIsPublic: !Self.isInside(initiator.address),
            responderIsPublic: !Self.isInside(responder.address))
        begunCount += 1
        if attack >= 0 { truths[Int(attack)].note(flow, octets: exchange.octets) }
        flights.add(.flow(flow), attack: attack)
    }

    /// Whether an address belongs to the campus, 10.0.0.0/8 and groups of receivers.
    private static func isInside(_ address: IPAddress) -> Bool {
        let octet = (address.low >> 24) & 0xff
        return octet == 10 || octet >= 224
    }

    /// How an application's flows are.
    func profile(_ application: HostedApplication) -> ApplicationProfile {
        profiles[application.rawValue]
    }

    /// A machine connects to a server of the campus.
    mutating func connect(
        _ machine: Int, toServer server: Int, _ application: HostedApplication, size: Double = 1,
        at time: Int64, name: String? = nil
    ) {
        let exchange = HostedExchange.connection(profile(application), size: size, &generator)
        add(
            exchange, application, from: network.takeEnd(of: machine),
            to: network.end(of: server, port: ports[application.rawValue]), at: time, name: name)
    }

    /// A machine connects to somebody outside, whose name it has.
    mutating func connect(
        _ machine: Int, to destination: HostedDestination, at time: Int64, size: Double = 1
    ) {
        let address = generator.choice(of: destination.addresses)
        let end = FlowEnd(address: address, port: destination.port)
        let profile = profile(destination.application)
        let isGoogle = destination.application == .google || destination.application == .youtube
        if isGoogle, generator.chance(0.4) {
            let down = min(generator.logNormal(median: profile.download, spread: 1.5) * size, 3e8)
            let seconds = min(generator.logNormal(median: 4, spread: 1.3), 240)
            let exchange = HostedExchange.datagrams(
                sent: 340 + generator.integer(in: 0...60), answered: 210,
                rounds: 3 + generator.integer(in: 0...9), down: Int64(down), seconds: seconds)
            add(
                exchange, destination.application, from: network.takeEnd(of: machine), to: end,
                protocolNumber: 17, at: time, name: destination.name)
            return
        }
        // Even well kept services fail at times.
        let luck = generator.uniform()
        let exchange: HostedExchange =
            if luck < 0.002 {
                .unanswered(tries: 3)
            } else if luck < 0.003 {
                .refused(microseconds: 30_000)
            } else { .connection(profile, size: size, &generator) }
        add(
            exchange, destination.application, from: network.takeEnd(of: machine), to: end,
            at: time, name: exchange.outcome == .established ? destination.name : nil)
    }

    /// Looks a service up and uses it; returns when the connection began.
    @discardableResult
    mutating func use(
        _ destination: HostedDestination, by machine: Int, at time: Int64, size: Double = 1,
        knownChance: Double = 0.45
    ) -> Int64 {
        var time = time
        if !generator.chance(knownChance) { time = lookUp(destination.name, by: machine, at: time) }
        connect(machine, to: destination, at: time, size: size)
        return time
    }

    // MARK: - Names

    /// What is asked and how it ends.
    struct Question: Sendable {
        var type: UInt16 = 1
        var responseCode: UInt8 = 0
        /// Octets of the answer beyond the question.
        var answerOctets: Int64 = 32
        /// Whether the resolver asks others.
        var isForwarded = false
    }

    /// A machine asks for the addresses of a name; returns when it has them.
    mutating func lookUp(_ name: String, by machine: Int, at time: Int64) -> Int64 {
        var question = Question()
        question.isForwarded = generator.chance(0.3)
        question.answerOctets = 16 * generator.integer(in: 1...6)
        let answered = ask(name, question, by: machine, at: time)
        guard generator.chance(0.35) else { return answered }
        question.type = 28
        question.isForwarded = false
        return max(answered, ask(name, question, by: machine, at: time + 40_000))
    }

    /// A machine asks the resolver; returns when it has the answer.
    @discardableResult
    mutating func ask(
        _ name: String, _ question: Question, by machine: Int, at time: Int64
    ) -> Int64 {
        let octets = Int64(12 + name.utf8.count + 2 + 4 + 11)
        let answer = octets + (question.responseCode == 0 ? question.answerOctets : 75)
        var microseconds = 180 + generator.integer(in: 0...300)
        if question.isForwarded {
            let upstream = Int64(min(generator.logNormal(median: 14_000, spread: 0.7), 900_000))
            let exchange = HostedExchange.question(octets, answer: answer, microseconds: upstream)
            add(
                exchange, question, name, by: HostedNetwork.resolver,
                to: FlowEnd(
                    address: world.service(.resolver, of: machine).addresses[0], port: 53),
                at: time + 90_000)
            microseconds += upstream + 90
        }
        let exchange = HostedExchange.question(octets, answer: answer, microseconds: microseconds)
        if machine != HostedNetwork.resolver {
            add(
                exchange, question, name, by: machine,
                to: network.end(of: HostedNetwork.resolver, port: 53), at: time)
        }
        return time + microseconds * 1000 + 60_000
    }

    /// Adds the flow of a question, and the lookup at its end.
    private mutating func add(
        _ exchange: HostedExchange, _ question: Question, _ name: String, by machine: Int,
        to server: FlowEnd, at time: Int64
    ) {
        let client = network.takeEnd(of: machine)
        add(
            exchange, .dns, from: client, to: server, protocolNumber: 17, at: time, name: name)
        flights.add(
            .lookup(
                NameLookup(
                    timestamp: Timestamp(
                        nanoseconds: time / 1000 * 1000 + exchange.duration * 1000),
                    client: client.address, server: server.address, name: name,
                    queryType: question.type, responseCode: question.responseCode,
                    queryOctets: UInt32(exchange.initiator.total),
                    answerOctets: UInt32(exchange.responder.total))), attack: attack)
    }

    // MARK: - Address resolution

    /// A machine asks who has an address of the campus, and whoever has it answers.
    mutating func resolve(_ target: IPAddress, by machine: Int, at time: Int64) {
        let asker = network.machines[machine]
        let time = time / 1000 * 1000
        flights.add(
            .addressQuery(
                AddressQuery(
                    timestamp: Timestamp(nanoseconds: time), senderMAC: asker.hardwareAddress,
                    sender: asker.address, target: target, isRequest: true)), attack: attack)
        if attack >= 0 { truths[Int(attack)].noteQuery(at: Timestamp(nanoseconds: time)) }
        let owner = network.place(of: target)
        guard owner != nil || target == HostedNetwork.router else { return }
        let hardware = owner.map { network.machines[$0].hardwareAddress } ?? 0x0000_5e00_011e
        flights.add(
            .addressQuery(
                AddressQuery(
                    timestamp: Timestamp(nanoseconds: time + 300_000), senderMAC: hardware,
                    sender: target, target: asker.address, isRequest: false)), attack: attack)
    }

    /// Whether a machine runs.
    func isOn(_ machine: Int, at time: Int64) -> Bool {
        let host = network.machines[machine]
        return host.isAlwaysOn || rhythm.isPresent(machine, style: host.style, at: time)
    }
}
