import NetworkTypes
import Statistics

/// Begins the ordinary dialogues of the campus.
struct CaptureTraffic: Sendable {
    /// What somebody or something does.
    enum Activity: CaseIterable, Sendable {
        case page, quicPage, plainPage, video, windowsUpdate, debianUpdate
        case fetchMail, fetchMailSecurely, submitMail, receiveMail, sendMail
        case lookUp, failedLookUp, longLookUp, shell, files, echo, visitor, unanswered, refused

        /// How often, relative to the others.
        fileprivate var weight: Double {
            switch self {
            case .page: 26
            case .quicPage: 9
            case .plainPage: 7
            case .video: 2
            case .windowsUpdate, .debianUpdate: 1.2
            case .fetchMail: 3
            case .fetchMailSecurely: 3
            case .submitMail, .receiveMail, .sendMail: 1
            case .lookUp: 9
            case .failedLookUp: 4
            case .longLookUp: 0.5
            case .shell: 1.5
            case .files: 4
            case .echo: 2
            case .visitor: 4
            case .unanswered: 2
            case .refused: 1
            }
        }
    }

    var campus: CaptureCampus
    var generator: SeededGenerator
    /// Dialogues begun by the present activity.
    var begunCount = 0
    private let shares = CumulativeShares(Activity.allCases.map(\.weight))
    private let services: [CaptureService.Use: [CaptureService]]
    /// Whom the resolver asks.
    let forwarder: FrameEnd
    /// When certificates are valid.
    let validYears: ClosedRange<Int>

    init(campus: CaptureCampus, configuration: SimulatedCapture.Configuration) {
        self.campus = campus
        generator = SeededGenerator(seed: configuration.seed, name: "traffic")
        services = CaptureService.Use.allCases.reduce(into: [:]) {
            $0[$1] = CaptureService.all(for: $1)
        }
        forwarder = campus.outside(IPAddress(ipv4: 0x915b_0c35), port: 53)
        let year = Int(configuration.start.description.prefix(4)) ?? 2024
        validYears = year...year + 1
    }

    /// Begins one activity. Returns how many dialogues it has.
    mutating func begin(at time: Int64, agenda: inout DialogueAgenda) -> Int {
        begunCount = 0
        switch Activity.allCases[shares.index(at: generator.uniform())] {
        case .page: visitPages(at: time, agenda: &agenda)
        case .quicPage: visitByQUIC(at: time, agenda: &agenda)
        case .plainPage: visitPlainly(at: time, agenda: &agenda)
        case .video: watch(at: time, agenda: &agenda)
        case .windowsUpdate: update(.windowsUpdate, at: time, agenda: &agenda)
        case .debianUpdate: update(.debianUpdate, at: time, agenda: &agenda)
        case .fetchMail: fetchMail(isSecure: false, at: time, agenda: &agenda)
        case .fetchMailSecurely: fetchMail(isSecure: true, at: time, agenda: &agenda)
        case .submitMail: submitMail(at: time, agenda: &agenda)
        case .receiveMail: deliverMail(isIncoming: true, at: time, agenda: &agenda)
        case .sendMail: deliverMail(isIncoming: false, at: time, agenda: &agenda)
        case .lookUp: lookUpOnly(at: time, agenda: &agenda)
        case .failedLookUp: lookUpInVain(at: time, agenda: &agenda)
        case .longLookUp: lookUpAtLength(at: time, agenda: &agenda)
        case .shell: useShell(at: time, agenda: &agenda)
        case .files: useFiles(at: time, agenda: &agenda)
        case .echo: echo(at: time, agenda: &agenda)
        case .visitor: receiveVisitor(at: time, agenda: &agenda)
        case .unanswered: callNobody(at: time, agenda: &agenda)
        case .refused: callInVain(at: time, agenda: &agenda)
        }
        return max(begunCount, 1)
    }

    // MARK: - What activities are made of

    /// Somebody's machine: some are used much more than others.
    mutating func anyClient() -> Int {
        let clients = campus.clients
        let isBusy = generator.chance(0.5)
        return clients.lowerBound
            + (isBusy
                ? generator.skewedIndex(below: clients.count)
                : generator.index(below: clients.count))
    }

    /// Somebody's machine of this kind; any if there is none.
    mutating func anyClient(of kind: CaptureMachine.Kind) -> Int {
        let first = anyClient()
        let clients = campus.clients
        for step in 0..<clients.count {
            let place = clients.lowerBound + (first - clients.lowerBound + step) % clients.count
            if campus.machines[place].kind == kind { return place }
        }
        return first
    }

    mutating func anyService(_ use: CaptureService.Use) -> CaptureService? {
        guard let all = services[use], !all.isEmpty else { return nil }
        return all[generator.skewedIndex(below: all.count)]
    }

    /// A server outside.
    mutating func outsideHost(
        _ address: IPAddress, port: UInt16, roundTrip: Double
    )
        -> TCPDialogueHost
    {
        let jitter = generator.logNormal(median: 1, spread: 0.15)
        var host = TCPDialogueHost(
            end: campus.outside(address, port: port, hops: UInt8(generator.integer(in: 7...16))),
            turnaround: .milliseconds(max(roundTrip * jitter, 1)), isNear: false)
        host.windowScale = generator.chance(0.7) ? 7 : 9
        host.firstWindow = generator.choice(of: [64_240, 65_535, 28_960])
        host.usesTimestamps = generator.chance(0.7)
        return host
    }

    /// A machine of the campus that calls.
    mutating func callingHost(_ machine: Int, isVersion6: Bool = false) -> TCPDialogueHost {
        let port = campus.takePort(of: machine)
        return campus.machines[machine].host(
            port: port, isVersion6: isVersion6,
            turnaround: .milliseconds(generator.logNormal(median: 0.35, spread: 0.4)))
    }

    /// A machine of the campus that is called.
    mutating func calledHost(_ machine: Int, port: UInt16) -> TCPDialogueHost {
        campus.machines[machine].host(
            port: port, turnaround: .milliseconds(generator.logNormal(median: 0.3, spread: 0.3)))
    }

    mutating func call(
        _ server: TCPDialogueHost, from client: TCPDialogueHost,
        opening: TCPDialogue.Opening = .accepted, script: DialogueScript, at time: Int64,
        agenda: inout DialogueAgenda
    ) {
        begunCount += 1
        agenda.add(
            TCPDialogue(
                client: client, server: server, opening: opening, script: script,
                generator: SeededGenerator(seed: generator.next())), at: time)
    }

    /// Looks up a service's host, its IPv6 address too if the machine has one. Returns when the address is
    /// known.
    mutating func lookUp(
        _ host: String, of service: CaptureService, by machine: Int, at time: Int64,
        agenda: inout DialogueAgenda
    ) -> Int64 {
        // Names looked up a short while ago are remembered.
        if generator.chance(0.35) { return time }
        var questions: [(DNSDialogue.Question, [DNSDialogue.Answer])] = []
        let identifier = generator.index(below: 65_536)
        let addresses = (0..<1 + service.networks.count).map {
            DNSDialogue.Answer.address(service.address(of: host, number: $0))
        }
        questions.append((.init(name: host, kind: .a, identifier: identifier), addresses))
        if campus.machines[machine].version6 != nil {
            let other = generator.index(below: 65_536)
            let has6 = service.version6 != 0
            questions.append(
                (
                    .init(name: host, kind: .aaaa, identifier: other),
                    has6 ? [.address(service.address(of: host, isVersion6: true))] : []
                ))
        }
        return ask(questions, by: machine, at: time, agenda: &agenda)
    }

    /// Asks the resolver, which asks the forwarder if it does not remember. Returns when the answers are
    /// there.
    mutating func ask(
        _ questions: [(question: DNSDialogue.Question, answers: [DNSDialogue.Answer])],
        exists: Bool = true, by machine: Int, at time: Int64, agenda: inout DialogueAgenda
    ) -> Int64 {
        let isRemembered = generator.chance(0.6)
        let outside = Int64.milliseconds(generator.logNormal(median: 14, spread: 0.3))
        let own = Int64.milliseconds(generator.logNormal(median: 0.4, spread: 0.4))
        var script = DialogueScript()
        for (index, entry) in questions.enumerated() {
            script.say(.client, DNSDialogue.query(entry.question), after: index > 0 ? 20_000 : 0)
        }
        for (index, entry) in questions.enumerated() {
            let answer = DNSDialogue.answer(entry.question, entry.answers, exists: exists)
            let wait = isRemembered ? 0 : outside + 200_000
            script.say(.server, answer, after: index > 0 ? 60_000 : wait)
        }
        let client = campus.end(of: machine, port: campus.takePort(of: machine))
        let resolver = campus.end(of: CaptureCampus.resolver, port: 53)
        exchange(script, client, resolver, turnaround: own, at: time, agenda: &agenda)
        guard !isRemembered else { return time + own + .milliseconds(0.5) }
        for entry in questions {
            var forwarded = DialogueScript()
            var question = entry.question
            question.identifier = generator.index(below: 65_536)
            forwarded.say(.client, DNSDialogue.query(question))
            forwarded.say(.server, DNSDialogue.answer(question, entry.answers, exists: exists))
            let port = campus.takePort(of: CaptureCampus.resolver)
            exchange(
                forwarded, campus.end(of: CaptureCampus.resolver, port: port), forwarder,
                turnaround: outside, at: time + own / 2, agenda: &agenda)
        }
        return time + own + outside + .milliseconds(1)
    }

    /// Begins an exchange of datagrams.
    mutating func exchange(
        _ script: DialogueScript, _ client: FrameEnd, _ server: FrameEnd,
        protocolNumber: UInt8 = 17,
        stream: DatagramDialogue.Stream = .init(), turnaround: Int64, at time: Int64,
        agenda: inout DialogueAgenda
    ) {
        begunCount += 1
        agenda.add(
            DatagramDialogue(
                client: client, server: server, protocolNumber: protocolNumber, script: script,
                stream: stream, serverTurnaround: turnaround,
                generator: SeededGenerator(seed: generator.next())), at: time)
    }

    /// A random pause of about so many seconds.
    mutating func pause(_ median: Double, spread: Double = 1) -> Int64 {
        .seconds(min(generator.logNormal(median: median, spread: spread), 3600))
    }

    /// A size with a heavy tail, bounded.
    mutating func octets(_ median: Double, spread: Double, atMost limit: Double) -> Int {
        Int(min(generator.logNormal(median: median, spread: spread), limit))
    }
}
