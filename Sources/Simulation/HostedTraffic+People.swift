import Flows
import NetworkTypes
import Statistics

/// What people do at their machines, and what comes from outside.
extension HostedTraffic {
    /// What somebody does.
    private enum Activity: CaseIterable, Sendable {
        case page, search, social, video, office, mail, submit, files, intranet, sync, message
        case music, printing, typingError, download, oldServer, peers, game

        /// How often at a workstation and at a phone, relative to the others.
        fileprivate var weights: (workstation: Double, phone: Double) {
            switch self {
            case .page: (30, 18)
            case .search: (16, 10)
            case .social: (5, 24)
            case .video: (3, 6)
            case .office: (10, 1)
            case .mail: (8, 4)
            case .submit: (2, 0.5)
            case .files: (9, 0.01)
            case .intranet: (7, 1)
            case .sync: (5, 1)
            case .message: (4, 14)
            case .music: (2, 4)
            case .printing: (0.8, 0.01)
            case .typingError: (1.3, 0.6)
            case .download: (0.5, 0.1)
            case .oldServer: (0.25, 0.001)
            case .peers, .game: (0.001, 0.001)
            }
        }
    }

    private static let workstationShares = CumulativeShares(
        Activity.allCases.map(\.weights.workstation))
    private static let phoneShares = CumulativeShares(Activity.allCases.map(\.weights.phone))

    /// Somebody does something. Returns how many flows it has.
    mutating func act(_ person: Int, at time: Int64) -> Int {
        begunCount = 0
        let place = generator.uniform()
        let isPhone = network.machines[person].role == .phone
        let shares = isPhone ? Self.phoneShares : Self.workstationShares
        var activity = Activity.allCases[shares.index(at: place)]
        if person == HostedNetwork.player, generator.chance(0.15) {
            activity = generator.chance(0.5) ? .peers : .game
        }
        switch activity {
        case .page: visit(person, at: time)
        case .search: use(world.service(.search, &generator), by: person, at: time)
        case .social: browseSocially(person, at: time)
        case .video: watch(person, at: time)
        case .office: use(world.service(.office, &generator), by: person, at: time)
        case .mail: fetchMail(person, at: time)
        case .submit: submitMail(person, at: time)
        case .files: useFiles(person, at: time)
        case .intranet: visitIntranet(person, at: time)
        case .sync: use(world.service(.synchronisation, &generator), by: person, at: time)
        case .message: message(person, at: time)
        case .music: use(world.service(.music, &generator), by: person, at: time)
        case .printing: printPages(person, at: time)
        case .typingError: mistype(person, at: time)
        case .download: download(person, at: time)
        case .oldServer: askOldServer(person, at: time)
        case .peers: shareFiles(person, at: time)
        case .game: play(person, at: time)
        }
        return max(begunCount, 1)
    }

    /// Somebody outside reads the pages of the campus, or mail comes in. Returns how many flows it has.
    mutating func receive(at time: Int64) -> Int {
        begunCount = 0
        let visitor = world.anyAddress(&generator)
        if generator.chance(0.2) {
            receiveMail(from: visitor, at: time)
            return max(begunCount, 1)
        }
        let connections = 1 + generator.skewedIndex(below: 7)
        let isPlain = generator.chance(0.15)
        var start = time
        for _ in 0..<connections {
            let application: HostedApplication = isPlain ? .http : .ssl
            let exchange = HostedExchange.connection(profile(application), &generator)
            let port = UInt16(generator.integer(in: 1025...65_000))
            add(
                exchange, application, from: FlowEnd(address: visitor, port: port),
                to: network.end(of: HostedNetwork.web, port: isPlain ? 80 : 443), at: start,
                name: "www.campus.example")
            start += generator.integer(in: 5_000_000...400_000_000)
        }
        return begunCount
    }

    // MARK: - The web

    /// A page: its site over some connections, and what it takes from others.
    private mutating func visit(_ person: Int, at time: Int64) {
        let site = world.site(of: person, &generator)
        var now = use(site, by: person, at: time)
        // Browsers connect more than once, at times in vain.
        for _ in 0..<generator.skewedIndex(below: 6) {
            now += generator.integer(in: 300_000...90_000_000)
            if generator.chance(0.15) {
                preconnect(person, to: site, at: now)
            } else {
                connect(person, to: site, at: now)
            }
        }
        let others = generator.index(below: 12)
        for _ in 0..<others {
            now += generator.integer(in: 2_000_000...250_000_000)
            let use: HostedWorld.Use = generator.chance(0.6) ? .content : .advertising
            self.use(world.service(use, &generator), by: person, at: now, knownChance: 0.6)
        }
    }

    /// A connection that a browser opens and does not use.
    private mutating func preconnect(
        _ person: Int, to site: HostedDestination, at time: Int64
    ) {
        let address = generator.choice(of: site.addresses)
        var exchange = HostedExchange.transfer(
            up: 1, down: 4000, seconds: generator.uniform(in: 10...65), &generator)
        exchange.pause(1, share: 0.97)
        add(
            exchange, site.application, from: network.takeEnd(of: person),
            to: FlowEnd(address: address, port: site.port), at: time, name: site.name)
    }

    private mutating func browseSocially(_ person: Int, at time: Int64) {
        var now = use(world.service(.social, &generator), by: person, at: time)
        for _ in 0..<generator.index(below: 5) {
            now += generator.integer(in: 10_000_000...900_000_000)
            use(
                world.service(.social, &generator), by: person, at: now, size: 3, knownChance: 0.7)
        }
    }

    private mutating func watch(_ person: Int, at time: Int64) {
        let film = world.service(.video, &generator)
        var now = time
        for _ in 0..<3 + generator.index(below: 8) {
            now = use(film, by: person, at: now, size: 2, knownChance: 0.8)
            now += generator.integer(in: 1_000_000_000...25_000_000_000)
        }
    }

    private mutating func visitIntranet(_ person: Int, at time: Int64) {
        var now = time
        if generator.chance(0.3) { now = lookUp("intranet.campus.example", by: person, at: now) }
        for _ in 0..<1 + generator.index(below: 4) {
            connect(
                person, toServer: HostedNetwork.web, .ssl, at: now, name: "intranet.campus.example")
            now += generator.integer(in: 1_000_000...300_000_000)
        }
    }

    private mutating func download(_ person: Int, at time: Int64) {
        var site = world.site(of: person, &generator)
        site = HostedDestination(
            name: site.name, application: .download, port: 80, addresses: site.addresses)
        use(site, by: person, at: time, size: 80)
    }

    // MARK: - Mail, files, messages

    private mutating func fetchMail(_ person: Int, at time: Int64) {
        if person % 4 == 0 {
            use(world.service(.mail, &generator), by: person, at: time)
        } else {
            connect(
                person, toServer: HostedNetwork.mail, .imaps, at: time, name: "mail.campus.example")
        }
    }

    private mutating func submitMail(_ person: Int, at time: Int64) {
        connect(person, toServer: HostedNetwork.mail, .smtp, size: 4, at: time)
        // The server delivers most of it outside.
        guard generator.chance(0.7) else { return }
        let domain = "mx." + world.site(of: person, &generator).name.dropFirst(4)
        let later = ask(
            String(domain), Question(type: 15, isForwarded: true), by: HostedNetwork.mail,
            at: time + generator.integer(in: 1_000_000_000...9_000_000_000))
        let exchange = HostedExchange.transfer(
            up: Int64(min(generator.logNormal(median: 15_000, spread: 1.7), 2e7)), down: 900,
            seconds: generator.uniform(in: 0.5...6), &generator)
        add(
            exchange, .smtp, from: network.takeEnd(of: HostedNetwork.mail),
            to: FlowEnd(address: world.anyAddress(&generator), port: 25), at: later)
    }

    /// Mail from outside; the server asks for the sender's name and whether it is on a list of bad ones.
    private mutating func receiveMail(from sender: IPAddress, at time: Int64) {
        let exchange = HostedExchange.transfer(
            up: Int64(min(generator.logNormal(median: 20_000, spread: 1.8), 3e7)), down: 700,
            seconds: generator.uniform(in: 0.8...12), &generator)
        let port = UInt16(generator.integer(in: 1025...65_000))
        add(
            exchange, .smtp, from: FlowEnd(address: sender, port: port),
            to: network.end(of: HostedNetwork.mail, port: 25), at: time)
        let bits = UInt32(truncatingIfNeeded: sender.low)
        let reversed = (0..<4).map { "\(bits >> UInt32($0 * 8) & 255)" }.joined(separator: ".")
        ask(
            reversed + ".in-addr.arpa", Question(type: 12, isForwarded: true),
            by: HostedNetwork.mail, at: time + 50_000_000)
        ask(
            reversed + ".zen.blocklist.example",
            Question(responseCode: generator.chance(0.8) ? 3 : 0, isForwarded: true),
            by: HostedNetwork.mail, at: time + 90_000_000)
    }

    private mutating func useFiles(_ person: Int, at time: Int64) {
        let size = generator.chance(0.1) ? generator.pareto(minimum: 20, exponent: 0.9) : 4
        connect(
            person, toServer: HostedNetwork.files, .smb, size: min(size, 20_000), at: time,
            name: nil)
    }

    private mutating func printPages(_ person: Int, at time: Int64) {
        let exchange = HostedExchange.transfer(
            up: Int64(min(generator.logNormal(median: 400_000, spread: 1.4), 2e8)), down: 2500,
            seconds: generator.uniform(in: 3...40), &generator)
        add(
            exchange, .printing, from: network.takeEnd(of: person),
            to: network.end(of: HostedNetwork.printer, port: 631), at: time)
    }

    private mutating func message(_ person: Int, at time: Int64) {
        let use: HostedWorld.Use = generator.chance(0.5) ? .chat : .push
        self.use(world.service(use, &generator), by: person, at: time, knownChance: 0.7)
    }

    // MARK: - What goes wrong

    /// A name with a slip: asked as it is and with the domain of the campus.
    private mutating func mistype(_ person: Int, at time: Int64) {
        var letters = Array(world.site(of: person, &generator).name.utf8)
        let place = 4 + generator.index(below: max(1, letters.count - 14))
        letters.swapAt(place, place + 1)
        let name = String(decoding: letters, as: UTF8.self)
        let wrong = Question(responseCode: 3, isForwarded: true)
        let next = ask(name, wrong, by: person, at: time)
        if generator.chance(0.6) {
            ask(name + ".campus.example", Question(responseCode: 3), by: person, at: next)
        }
    }

    /// Somebody's bookmark of a server that is gone.
    private mutating func askOldServer(_ person: Int, at time: Int64) {
        for attempt in 0..<2 {
            add(
                .unanswered(tries: 3), .unknown, from: network.takeEnd(of: person),
                to: FlowEnd(address: HostedNetwork.removedServer, port: 443),
                at: time + Int64(attempt) * 250_000_000)
        }
    }

    /// Datagrams to peers of which many are gone.
    private mutating func shareFiles(_ person: Int, at time: Int64) {
        var now = time
        for _ in 0..<6 + generator.index(below: 20) {
            let peer = FlowEnd(
                address: world.anyAddress(&generator),
                port: UInt16(generator.integer(in: 6881...51_000)))
            let isGone = generator.chance(0.35)
            let exchange: HostedExchange =
                isGone
                ? .question(104, answer: nil, microseconds: 0)
                : .datagrams(
                    sent: 104, answered: 300, rounds: 2 + generator.integer(in: 0...12),
                    down: Int64(min(generator.logNormal(median: 30_000, spread: 2.2), 5e8)),
                    seconds: generator.uniform(in: 0.3...90))
            add(
                exchange, .bitTorrent, from: network.takeEnd(of: person), to: peer,
                protocolNumber: 17, at: now)
            now += generator.integer(in: 5_000_000...800_000_000)
        }
    }

    private mutating func play(_ person: Int, at time: Int64) {
        let server = world.service(.game, &generator)
        let seconds = generator.uniform(in: 300...2400)
        let exchange = HostedExchange.datagrams(
            sent: 62, answered: 180, rounds: Int64(seconds * 30), down: 20_000, seconds: seconds)
        add(
            exchange, .steam, from: network.takeEnd(of: person),
            to: FlowEnd(address: generator.choice(of: server.addresses), port: 27_015),
            protocolNumber: 17, at: time, name: nil)
    }
}
