import NetworkTypes
import Statistics

extension CaptureTraffic {
    // MARK: - Mail

    mutating func fetchMail(isSecure: Bool, at time: Int64, agenda: inout DialogueAgenda) {
        let client = callingHost(anyClient())
        let server = calledHost(CaptureCampus.mail, port: isSecure ? 993 : 143)
        let name = "mail.\(CaptureCampus.domain)"
        guard isSecure else {
            let script = MailDialogue.reading(server: name, &generator)
            call(server, from: client, script: script, at: time, agenda: &agenda)
            return
        }
        var script = DialogueScript()
        handshake(name, client: .library, protocols: [], to: &script)
        script.sendRecords(.server, octets: 130, after: 800_000)
        for _ in 0..<3 + generator.index(below: 6) {
            script.sendRecords(.client, octets: 60, after: pause(0.002))
            script.sendRecords(
                .server, octets: octets(300, spread: 2, atMost: 1e6), after: pause(0.003))
        }
        // Some stay and wait for news.
        if generator.chance(0.4) {
            for _ in 0..<1 + generator.index(below: 6) {
                script.sendRecords(
                    .server, octets: 80, after: .seconds(generator.uniform(in: 60...290)))
                script.sendRecords(.client, octets: 60, after: pause(0.005))
            }
        }
        call(server, from: client, script: script, at: time, agenda: &agenda)
    }

    mutating func submitMail(at time: Int64, agenda: inout DialogueAgenda) {
        let client = callingHost(anyClient())
        let script = MailDialogue.submission(
            server: "mail.\(CaptureCampus.domain)",
            octets: octets(12_000, spread: 1.5, atMost: 2e7),
            &generator)
        call(
            calledHost(CaptureCampus.mail, port: 587), from: client, script: script, at: time,
            agenda: &agenda)
    }

    /// Mail between the campus and other domains.
    mutating func deliverMail(isIncoming: Bool, at time: Int64, agenda: inout DialogueAgenda) {
        guard let service = anyService(.mail) else { return }
        let domain = generator.choice(of: service.hosts)
        let own = CaptureCampus.domain
        let script = MailDialogue.delivery(
            from: isIncoming ? domain : own, to: isIncoming ? own : domain,
            octets: octets(9000, spread: 1.2, atMost: 3e5), &generator)
        let address = service.address(of: "mail.\(domain)")
        if isIncoming {
            let port = UInt16(generator.integer(in: 32_768...60_999))
            let client = outsideHost(address, port: port, roundTrip: service.roundTrip)
            let server = calledHost(CaptureCampus.mail, port: 25)
            call(server, from: client, script: script, at: time, agenda: &agenda)
            return
        }
        let begin = lookUp(
            "mail.\(domain)", of: service, by: CaptureCampus.mail, at: time, agenda: &agenda)
        let client = callingHost(CaptureCampus.mail)
        let server = outsideHost(address, port: 25, roundTrip: service.roundTrip)
        call(server, from: client, script: script, at: begin, agenda: &agenda)
    }

    // MARK: - Names

    /// A name looked up and not used.
    mutating func lookUpOnly(at time: Int64, agenda: inout DialogueAgenda) {
        let machine = anyClient()
        guard let service = anyService(generator.chance(0.5) ? .page : .plain) else { return }
        let host = generator.choice(of: service.hosts)
        let question = DNSDialogue.Question(
            name: host, kind: .a, identifier: generator.index(below: 65_536))
        let answer = DNSDialogue.Answer.address(service.address(of: host))
        _ = ask([(question, [answer])], by: machine, at: time, agenda: &agenda)
    }

    /// A name that does not exist, or an address without a name.
    mutating func lookUpInVain(at time: Int64, agenda: inout DialogueAgenda) {
        let isReverse = generator.chance(0.3)
        let number = generator.index(below: 250)
        let names = [
            "wpad.\(CaptureCampus.domain)", "isatap.\(CaptureCampus.domain)", "ww.gogle.example",
        ]
        let question = DNSDialogue.Question(
            name: isReverse ? "\(number).0.20.10.in-addr.arpa" : generator.choice(of: names),
            kind: isReverse ? .ptr : .a, identifier: generator.index(below: 65_536))
        _ = ask([(question, [])], exists: false, by: anyClient(), at: time, agenda: &agenda)
    }

    /// An answer too long for a datagram: asked again over TCP (RFC 7766).
    mutating func lookUpAtLength(at time: Int64, agenda: inout DialogueAgenda) {
        let machine = anyClient()
        let question = DNSDialogue.Question(
            name: "_spf.partner.example", kind: .txt, identifier: generator.index(below: 65_536))
        var short = DialogueScript()
        short.say(.client, DNSDialogue.query(question))
        short.say(.server, DNSDialogue.answer(question, [], isTruncated: true))
        let resolver = campus.end(of: CaptureCampus.resolver, port: 53)
        exchange(
            short, campus.end(of: machine, port: campus.takePort(of: machine)), resolver,
            turnaround: .milliseconds(0.4), at: time, agenda: &agenda)
        let text = Array(String(repeating: "v=spf1 ip4:192.0.2.0/24 -all ", count: 9).utf8)
        let answers = (0..<7).map { _ in DNSDialogue.Answer.text(text) }
        var long = DialogueScript()
        long.say(
            .client,
            DialogueMessage { $0.addCounted(2) { $0.add(DNSDialogue.query(question)) } }.octets)
        long.say(
            .server,
            DialogueMessage { $0.addCounted(2) { $0.add(DNSDialogue.answer(question, answers)) } }
                .octets, after: .milliseconds(3))
        let client = callingHost(machine)
        call(
            calledHost(CaptureCampus.resolver, port: 53), from: client, script: long,
            at: time + .milliseconds(2), agenda: &agenda)
    }

    // MARK: - Work

    /// A shell on the campus's own or another computer: keys pressed, or a copy.
    mutating func useShell(at time: Int64, agenda: inout DialogueAgenda) {
        let client = callingHost(anyClient())
        let isOwn = generator.chance(0.6)
        let server =
            isOwn
            ? calledHost(CaptureCampus.shell, port: 22)
            : outsideHost(anyOutsideAddress(), port: 22, roundTrip: 60)
        var script = DialogueScript()
        SSHDialogue().addHandshake(to: &script, &generator)
        SSHDialogue.addPassword(to: &script, isRight: true, after: pause(2), &generator)
        script.send(.client, bulk: 112, after: .milliseconds(2))
        script.send(.server, bulk: 500 + generator.index(below: 600), after: .milliseconds(20))
        if generator.chance(0.3) {
            let side: DialogueSide = generator.chance(0.5) ? .client : .server
            script.send(side, bulk: octets(400_000, spread: 1.5, atMost: 2e7), after: pause(0.1))
        } else {
            for _ in 0..<20 + generator.index(below: 150) {
                script.send(.client, bulk: 36, after: pause(0.25, spread: 1.1))
                let isLine = generator.chance(0.1)
                script.send(
                    .server, bulk: isLine ? octets(700, spread: 1.2, atMost: 3e4) : 36,
                    after: .milliseconds(0.4))
            }
        }
        call(server, from: client, script: script, at: time, agenda: &agenda)
    }

    /// Files of the campus's file server.
    mutating func useFiles(at time: Int64, agenda: inout DialogueAgenda) {
        let client = callingHost(anyClient(of: .windows))
        let server = calledHost(CaptureCampus.files, port: 445)
        var script = DialogueScript()
        var files = SMBDialogue(server: "files", share: "home")
        files.addLogin(to: &script, &generator)
        for _ in 0..<2 + generator.index(below: 10) {
            let isWriting = generator.chance(0.2)
            let size = octets(16_000, spread: 1.6, atMost: 1e6)
            let wait = pause(0.2, spread: 2)
            files.addEncrypted(
                .client, octets: isWriting ? size : 120, to: &script, after: wait, &generator)
            files.addEncrypted(
                .server, octets: isWriting ? 84 : size, to: &script, after: 700_000, &generator)
        }
        script.endPause = pause(12)
        call(server, from: client, script: script, at: time, agenda: &agenda)
    }

    /// Is it still there? Four times.
    mutating func echo(at time: Int64, agenda: inout DialogueAgenda) {
        let machine = anyClient()
        let isOutside = generator.chance(0.5)
        let is6 = !isOutside && campus.machines[machine].version6 != nil && generator.chance(0.5)
        let client = campus.end(of: machine, port: 0, isVersion6: is6)
        let server =
            isOutside
            ? campus.outside(anyOutsideAddress(), port: 0)
            : campus.end(of: CaptureCampus.resolver, port: 0, isVersion6: is6)
        let identifier = generator.index(below: 65_536)
        let isAnswered = generator.chance(0.85)
        var script = DialogueScript()
        for sequence in 1...4 {
            for isReply in isAnswered ? [false, true] : [false] {
                script.say(
                    isReply ? .server : .client,
                    ServiceDatagram.echo(
                        identifier: identifier, sequence: sequence, isReply: isReply,
                        isVersion6: is6),
                    after: isReply || sequence == 1 ? 0 : .seconds(1))
            }
        }
        exchange(
            script, client, server, protocolNumber: is6 ? 58 : 1,
            turnaround: .milliseconds(isOutside ? 40 : 0.3), at: time, agenda: &agenda)
    }

    // MARK: - Failures

    /// A connection that is never answered.
    mutating func callNobody(at time: Int64, agenda: inout DialogueAgenda) {
        let client = callingHost(anyClient())
        let port = generator.choice(of: [443, 8080, 8443, 5222] as [UInt16])
        let server = outsideHost(anyOutsideAddress(), port: port, roundTrip: 80)
        let attempts = Int(generator.integer(in: 3...6))
        call(
            server, from: client, opening: .silent(attempts: attempts), script: DialogueScript(),
            at: time, agenda: &agenda)
    }

    /// A connection that is refused.
    mutating func callInVain(at time: Int64, agenda: inout DialogueAgenda) {
        let client = callingHost(anyClient())
        let server =
            generator.chance(0.5)
            ? calledHost(CaptureCampus.web, port: 8080)
            : outsideHost(anyOutsideAddress(), port: 5228, roundTrip: 60)
        call(
            server, from: client, opening: .refused, script: DialogueScript(), at: time,
            agenda: &agenda)
    }
}
