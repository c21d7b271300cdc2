import NetworkTypes
import Statistics

extension PacketAttackCampaign {
    /// Begins the next part.
    ///
    /// - Returns: nanoseconds until the part after it, `nil` after the last.
    mutating func advance(
        at time: Int64, campus: inout CaptureCampus, agenda: inout DialogueAgenda
    ) -> Int64? {
        switch kind {
        case .horizontalScan: probeAddress(at: time, &campus, &agenda)
        case .verticalScan: probePort(at: time, &campus, &agenda)
        case .arpScan: askAddress(at: time, campus, &agenda)
        case .sshBruteForce: guessPasswords(at: time, campus, &agenda)
        case .synFlood: openHalf(at: time, campus, &agenda)
        case .beacon: report(at: time, &campus, &agenda)
        case .exfiltration: upload(at: time, &campus, &agenda)
        case .dnsTunnel: askTunnel(at: time, &campus, &agenda)
        case .longConnection: stay(at: time, &campus, &agenda)
        case .lateralMovement: moveOn(at: time, &campus, &agenda)
        }
        part += 1
        guard part < partCount else { return nil }
        let jitter = kind == .beacon || kind == .lateralMovement ? 0.9...1.1 : 0.5...1.5
        return .seconds(kind.interval * generator.uniform(in: jitter))
    }

    // MARK: - Scans and floods

    private mutating func probeAddress(
        at time: Int64, _ campus: inout CaptureCampus, _ agenda: inout DialogueAgenda
    ) {
        guard let client = caller(&campus) else { return }
        let address = truth.targets[part]
        var server = outsideHost(address, port: 445, turnaround: .milliseconds(1.6))
        var opening = TCPDialogue.Opening.silent(attempts: 1)
        if let machine = campus.machine(at: address) {
            server = machine.host(port: 445, turnaround: .milliseconds(0.3))
            switch machine.kind {
            case .windows, .server: opening = .probed
            case .linux, .apple: opening = .refused
            case .phone, .printer: break
            }
        } else if generator.chance(0.08) {
            opening = generator.chance(0.3) ? .probed : .refused
        }
        begin(server, from: client, opening, DialogueScript(), at: time, &agenda)
    }

    /// As `nmap -sS` does it: one source port, a window of 1024 and no option but one.
    private mutating func probePort(
        at time: Int64, _ campus: inout CaptureCampus, _ agenda: inout DialogueAgenda
    ) {
        guard var client = caller(&campus), let target = targets.first else { return }
        client.end.port = UInt16(40_000 + number % 20_000)
        (client.firstWindow, client.windowScale, client.usesTimestamps) = (1024, nil, false)
        // 1201 is a prime number, and there are fewer parts: no port comes twice.
        let port = UInt16(1 + part * 387 % 1201)
        let server = campus.machines[target].host(port: port, turnaround: .milliseconds(0.25))
        let opening: TCPDialogue.Opening = [22, 80, 443].contains(port) ? .probed : .refused
        begin(server, from: client, opening, DialogueScript(), at: time, &agenda)
    }

    private mutating func askAddress(
        at time: Int64, _ campus: CaptureCampus, _ agenda: inout DialogueAgenda
    ) {
        guard let attacker else { return }
        let address = truth.targets[part]
        let nobody = FrameEnd(hardwareAddress: 0, address: address)
        let isRouter = address == campus.router.address
        let target = isRouter ? campus.router : campus.machine(at: address)?.end ?? nobody
        agenda.add(
            ARPDialogue(asker: campus.machines[attacker].end, target: target, attack: number),
            at: time)
    }

    private mutating func openHalf(
        at time: Int64, _ campus: CaptureCampus, _ agenda: inout DialogueAgenda
    ) {
        guard let target = targets.first else { return }
        // Every address counts its ports up in steps of a prime number, so that no flow comes twice.
        let bot = truth.attackers[part % truth.attackers.count]
        let port = UInt16(1024 + part / truth.attackers.count * 577 % 64_000)
        var client = outsideHost(bot, port: port, turnaround: .milliseconds(50))
        (client.firstWindow, client.windowScale, client.usesTimestamps) = (512, nil, false)
        let server = campus.machines[target].host(port: 443, turnaround: .milliseconds(0.2))
        // The queue of the server is soon full.
        let isAnswered = part < 256 || generator.chance(0.2)
        let opening: TCPDialogue.Opening =
            isAnswered ? .halfOpen(attempts: 2) : .silent(attempts: 1)
        begin(server, from: client, opening, DialogueScript(), at: time, &agenda)
    }

    // MARK: - Intrusion

    private mutating func guessPasswords(
        at time: Int64, _ campus: CaptureCampus, _ agenda: inout DialogueAgenda
    ) {
        guard let target = targets.first, let address = truth.attackers.first else { return }
        let port = UInt16(32_768 + (number * 977 + part * 3) % 28_000)
        let client = outsideHost(address, port: port, turnaround: .milliseconds(95))
        let server = campus.machines[target].host(port: 22, turnaround: .milliseconds(0.4))
        var script = DialogueScript()
        SSHDialogue(clientBanner: "SSH-2.0-libssh_0.9.6").addHandshake(to: &script, &generator)
        for _ in 0..<3 {
            SSHDialogue.addPassword(
                to: &script, isRight: false, after: .milliseconds(2), &generator)
        }
        script.ending = .closed(.server)
        begin(server, from: client, .accepted, script, at: time, &agenda)
    }

    private mutating func moveOn(
        at time: Int64, _ campus: inout CaptureCampus, _ agenda: inout DialogueAgenda
    ) {
        guard let client = caller(&campus) else { return }
        let machine = campus.machines[targets[part]]
        let server = machine.host(port: 445, turnaround: .milliseconds(0.4))
        var script = DialogueScript()
        var files = SMBDialogue(server: machine.name, share: "ADMIN$")
        files.addLogin(to: &script, &generator)
        // The tool is copied, then told what to do.
        for _ in 0..<3 + generator.index(below: 4) {
            files.addEncrypted(.client, octets: 120_000, to: &script, after: 2_000_000, &generator)
            files.addEncrypted(.server, octets: 84, to: &script, after: 600_000, &generator)
        }
        for _ in 0..<6 {
            let pause = Int64.seconds(generator.uniform(in: 0.5...4))
            files.addEncrypted(.client, octets: 190, to: &script, after: pause, &generator)
            files.addEncrypted(.server, octets: 260, to: &script, after: 2_000_000, &generator)
        }
        begin(server, from: client, .accepted, script, at: time, &agenda)
    }

    // MARK: - Control and theft

    private mutating func report(
        at time: Int64, _ campus: inout CaptureCampus, _ agenda: inout DialogueAgenda
    ) {
        var script = handshake(host: "cdn-sync.example")
        script.sendRecords(.client, octets: 190 + generator.index(below: 24), after: 500_000)
        script.sendRecords(.server, octets: 96 + generator.index(below: 12), after: 9_000_000)
        script.endPause = .milliseconds(20)
        callOutside(port: 443, script, at: time, &campus, &agenda)
    }

    private mutating func upload(
        at time: Int64, _ campus: inout CaptureCampus, _ agenda: inout DialogueAgenda
    ) {
        var script = handshake(host: "files.storage-eu.example")
        for _ in 0..<12 + generator.index(below: 8) {
            script.sendRecords(.client, octets: 1 << 20, after: .milliseconds(3))
            script.sendRecords(.server, octets: 120, after: .milliseconds(12))
        }
        callOutside(port: 443, script, at: time, &campus, &agenda)
    }

    private mutating func askTunnel(
        at time: Int64, _ campus: inout CaptureCampus, _ agenda: inout DialogueAgenda
    ) {
        guard let attacker, let server = truth.targets.first else { return }
        let letters = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)
        let labels = (0..<3).map { _ in
            String(decoding: (0..<56).map { _ in generator.choice(of: letters) }, as: UTF8.self)
        }
        let question = DNSDialogue.Question(
            name: labels.joined(separator: ".") + ".t.update-check.example", kind: .txt,
            identifier: generator.index(below: 65_536))
        let size = Int(generator.integer(in: 90...220))
        let text = (0..<size).map { _ in generator.choice(of: letters) }
        var script = DialogueScript()
        script.say(.client, DNSDialogue.query(question))
        script.say(.server, DNSDialogue.answer(question, [.text(text)], timeToLive: 0))
        let port = campus.takePort(of: attacker)
        agenda.add(
            DatagramDialogue(
                client: campus.end(of: attacker, port: port),
                server: campus.outside(server, port: 53), script: script,
                serverTurnaround: .milliseconds(62), attack: number,
                generator: SeededGenerator(seed: generator.next())), at: time)
    }

    /// A few octets each minute, or more rarely in a long capture, until shortly before its end.
    private mutating func stay(
        at time: Int64, _ campus: inout CaptureCampus, _ agenda: inout DialogueAgenda
    ) {
        var script = handshake(host: nil)
        let span = Double(captureEnd - time) / 1e9 * 0.95
        let interval = max(span / 2000, min(60, span / 4))
        for _ in 0..<max(1, Int(span / interval)) {
            let pause = Int64.seconds(interval * generator.uniform(in: 0.8...1.15))
            script.sendRecords(.client, octets: 70 + generator.index(below: 90), after: pause)
            script.sendRecords(.server, octets: 50 + generator.index(below: 60), after: 3_000_000)
        }
        script.ending = .abandoned
        callOutside(port: 8443, script, at: time, &campus, &agenda)
    }

    // MARK: - Parts of parts

    private mutating func handshake(host: String?) -> DialogueScript {
        var script = DialogueScript()
        TLSDialogue(client: .library, host: host, protocols: [], isVersion13: true)
            .addHandshake(to: &script, &generator)
        return script
    }

    private mutating func caller(_ campus: inout CaptureCampus) -> TCPDialogueHost? {
        guard let attacker else { return nil }
        let port = campus.takePort(of: attacker)
        return campus.machines[attacker].host(port: port, turnaround: .milliseconds(0.4))
    }

    private func outsideHost(
        _ address: IPAddress, port: UInt16, turnaround: Int64
    ) -> TCPDialogueHost {
        var end = FrameEnd(hardwareAddress: CaptureCampus.routerHardware, address: address)
        (end.port, end.timeToLive) = (port, 52)
        return TCPDialogueHost(end: end, turnaround: turnaround, isNear: false)
    }

    private mutating func callOutside(
        port: UInt16, _ script: DialogueScript, at time: Int64, _ campus: inout CaptureCampus,
        _ agenda: inout DialogueAgenda
    ) {
        guard let client = caller(&campus), let address = truth.targets.first else { return }
        let server = outsideHost(address, port: port, turnaround: .milliseconds(71))
        begin(server, from: client, .accepted, script, at: time, &agenda)
    }

    private mutating func begin(
        _ server: TCPDialogueHost, from client: TCPDialogueHost, _ opening: TCPDialogue.Opening,
        _ script: DialogueScript, at time: Int64, _ agenda: inout DialogueAgenda
    ) {
        agenda.add(
            TCPDialogue(
                client: client, server: server, opening: opening, script: script, attack: number,
                generator: SeededGenerator(seed: generator.next())), at: time)
    }
}
