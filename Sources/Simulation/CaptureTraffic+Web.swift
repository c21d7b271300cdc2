import NetworkTypes
import Statistics

extension CaptureTraffic {
    /// Pages over TLS: some connections to one host.
    mutating func visitPages(at time: Int64, agenda: inout DialogueAgenda) {
        let machine = anyClient()
        guard let service = anyService(.page) else { return }
        let host = generator.choice(of: service.hosts)
        var begin = lookUp(host, of: service, by: machine, at: time, agenda: &agenda)
        let is6 = takesVersion6(machine, service)
        let address = service.address(of: host, isVersion6: is6)
        for _ in 0..<1 + generator.index(below: 3) {
            begin += .milliseconds(generator.uniform(in: 0.5...30))
            var script = DialogueScript()
            handshake(host, client: tlsClient(machine), to: &script)
            addPages(to: &script)
            let client = callingHost(machine, isVersion6: is6)
            let server = outsideHost(address, port: 443, roundTrip: service.roundTrip)
            call(server, from: client, script: script, at: begin, agenda: &agenda)
        }
    }

    /// Pages over QUIC.
    mutating func visitByQUIC(at time: Int64, agenda: inout DialogueAgenda) {
        let machine = anyClient()
        guard let service = anyService(.quic) else { return }
        let host = generator.choice(of: service.hosts)
        let begin = lookUp(host, of: service, by: machine, at: time, agenda: &agenda)
        let is6 = takesVersion6(machine, service)
        var own = SeededGenerator(seed: generator.next())
        let opening = QUICDialogue(host: host, &own)
        var script = DialogueScript()
        opening.addHandshake(to: &script, &own)
        let isVideo = service.uses.contains(.video)
        for round in 0..<1 + generator.index(below: isVideo ? 12 : 5) {
            let request = 60 + generator.index(below: 500)
            script.send(.client, bulk: request, after: round == 0 ? 1_000_000 : pause(1.5))
            let size = octets(isVideo ? 180_000 : 9000, spread: 1.2, atMost: 3e6)
            script.send(.server, bulk: size, after: pause(0.004))
        }
        let client = campus.end(of: machine, port: campus.takePort(of: machine), isVersion6: is6)
        exchange(
            script, client, campus.outside(service.address(of: host, isVersion6: is6), port: 443),
            stream: .init(identifierOfServer: opening.serverIdentifier),
            turnaround: .milliseconds(service.roundTrip), at: begin, agenda: &agenda)
    }

    /// Pages in the clear.
    mutating func visitPlainly(at time: Int64, agenda: inout DialogueAgenda) {
        let machine = anyClient()
        guard let service = anyService(.plain) else { return }
        let host = generator.choice(of: service.hosts)
        let begin = lookUp(host, of: service, by: machine, at: time, agenda: &agenda)
        let http = HTTPDialogue(
            host: host, agent: generator.choice(of: HTTPDialogue.browsers),
            serverName: "nginx/1.22.1")
        var script = DialogueScript()
        for round in 0..<1 + generator.index(below: 6) {
            let wait = round == 0 ? 500_000 : pause(0.4, spread: 1.5)
            if generator.chance(0.08) {
                http.addPost(
                    "/form", bodyOctets: octets(900, spread: 1, atMost: 1e5), answerOctets: 210,
                    to: &script, after: wait, &generator)
                continue
            }
            let (type, size) = generator.choice(of: Self.contents)
            http.addGet(
                "/\(type.prefix(4))/\(generator.index(below: 4000))", type: type,
                bodyOctets: octets(size, spread: 1.1, atMost: 5e6), to: &script, after: wait,
                &generator)
        }
        end(&script)
        let client = callingHost(machine)
        let server = outsideHost(
            service.address(of: host), port: 80, roundTrip: service.roundTrip)
        call(server, from: client, script: script, at: begin, agenda: &agenda)
    }

    /// A video in chunks, each a burst.
    mutating func watch(at time: Int64, agenda: inout DialogueAgenda) {
        let machine = anyClient()
        guard let service = anyService(.video) else { return }
        let host = service.hosts[0]
        let begin = lookUp(host, of: service, by: machine, at: time, agenda: &agenda)
        var script = DialogueScript()
        handshake(host, client: tlsClient(machine), to: &script)
        let chunk = generator.logNormal(median: 350_000, spread: 0.5)
        for round in 0..<4 + generator.index(below: 22) {
            let wait = round < 3 ? 2_000_000 : Int64.seconds(generator.uniform(in: 3...7))
            script.sendRecords(.client, octets: 600 + generator.index(below: 300), after: wait)
            let size = octets(chunk, spread: 0.2, atMost: 2e6)
            script.sendRecords(.server, octets: size, after: pause(0.006))
        }
        end(&script)
        let client = callingHost(machine)
        let server = outsideHost(
            service.address(of: host), port: 443, roundTrip: service.roundTrip)
        call(server, from: client, script: script, at: begin, agenda: &agenda)
    }

    /// An operating system fetches its updates in the clear.
    mutating func update(
        _ use: CaptureService.Use, at time: Int64, agenda: inout DialogueAgenda
    ) {
        let isWindows = use == .windowsUpdate
        let machine = anyClient(of: isWindows ? .windows : .linux)
        guard let service = anyService(use) else { return }
        let host = generator.choice(of: service.hosts)
        let begin = lookUp(host, of: service, by: machine, at: time, agenda: &agenda)
        let http = HTTPDialogue(
            host: host,
            agent: isWindows
                ? "Microsoft-Delivery-Optimization/10.1" : "Debian APT-HTTP/1.3 (2.6.1)",
            serverName: isWindows ? "ECAcc" : "Apache")
        var script = DialogueScript()
        let name = String(generator.next(), radix: 16)
        for round in 0..<2 + generator.index(below: 6) {
            http.addGet(
                isWindows
                    ? "/c/msdownload/update/software/secu/2024/01/\(name)_\(round).cab"
                    : "/debian/pool/main/a/\(name)_\(round)_amd64.deb",
                type: isWindows
                    ? "application/vnd.ms-cab-compressed" : "application/vnd.debian.binary-package",
                bodyOctets: octets(160_000, spread: 1.4, atMost: 2e7), to: &script,
                after: round == 0 ? 400_000 : pause(0.01), &generator)
        }
        let client = callingHost(machine)
        let server = outsideHost(
            service.address(of: host), port: 80, roundTrip: service.roundTrip)
        call(server, from: client, script: script, at: begin, agenda: &agenda)
    }

    /// Somebody outside looks at the campus's own pages.
    mutating func receiveVisitor(at time: Int64, agenda: inout DialogueAgenda) {
        var client = outsideHost(
            anyOutsideAddress(), port: UInt16(generator.integer(in: 1024...65_000)),
            roundTrip: generator.logNormal(median: 45, spread: 0.6))
        client.windowScale = 8
        let isPlain = generator.chance(0.3)
        let server = calledHost(CaptureCampus.web, port: isPlain ? 80 : 443)
        let host = "www.\(CaptureCampus.domain)"
        var script = DialogueScript()
        if isPlain {
            let http = HTTPDialogue(
                host: host, agent: generator.choice(of: HTTPDialogue.browsers),
                serverName: "Apache/2.4.57 (Debian)")
            http.addGet(
                "/", type: "text/html", bodyOctets: octets(9000, spread: 1, atMost: 1e6),
                to: &script, &generator)
        } else {
            handshake(host, client: .browser, to: &script)
            addPages(to: &script)
        }
        call(server, from: client, script: script, at: time, agenda: &agenda)
    }

    // MARK: - Parts

    mutating func handshake(
        _ host: String?, client: TLSDialogue.Client, protocols: [String] = ["h2", "http/1.1"],
        to script: inout DialogueScript
    ) {
        TLSDialogue(
            client: client, host: host, protocols: protocols,
            isVersion13: client != .windows && generator.chance(0.8), validYears: validYears
        ).addHandshake(to: &script, &generator)
    }

    /// Requests and answers as a browser makes them, and the end of the connection.
    private mutating func addPages(to script: inout DialogueScript) {
        for round in 0..<1 + Int(min(generator.pareto(minimum: 1, exponent: 1.3), 30)) {
            let isThinking = generator.chance(0.2)
            let wait = round == 0 ? 600_000 : isThinking ? pause(4) : pause(0.03)
            script.sendRecords(.client, octets: octets(420, spread: 0.5, atMost: 8000), after: wait)
            script.sendRecords(
                .server, octets: octets(9000, spread: 1.4, atMost: 4e6), after: pause(0.012))
        }
        end(&script)
    }

    /// How browsers and servers part: after some idle time.
    private mutating func end(_ script: inout DialogueScript) {
        let way = generator.uniform()
        script.endPause = way < 0.4 ? pause(0.05) : pause(25)
        script.ending =
            way < 0.5
            ? .closed(.client)
            : way < 0.8 ? .closed(.server) : way < 0.95 ? .reset(.client) : .abandoned
    }

    private mutating func tlsClient(_ machine: Int) -> TLSDialogue.Client {
        switch campus.machines[machine].kind {
        case .windows: generator.chance(0.7) ? .browser : .windows
        case .apple, .phone: .browser
        default: generator.chance(0.5) ? .browser : .library
        }
    }

    private mutating func takesVersion6(_ machine: Int, _ service: CaptureService) -> Bool {
        campus.machines[machine].version6 != nil && service.version6 != 0 && generator.chance(0.7)
    }

    /// An address of some country.
    mutating func anyOutsideAddress() -> IPAddress {
        PacketAttackCampaign.anyOutsideAddress(&generator)
    }

    private static let contents: [(String, Double)] = [
        ("text/html", 14_000), ("image/jpeg", 45_000), ("text/css", 6000),
        ("application/javascript", 22_000), ("image/png", 9000),
    ]
}
