import NetworkTypes
import Statistics

extension CaptureTraffic {
    /// What a machine does of itself now and then. Returns when it does so again.
    mutating func doChore(of machine: Int, at time: Int64, agenda: inout DialogueAgenda) -> Int64 {
        let own = campus.machines[machine]
        agenda.add(
            ARPDialogue(asker: own.end, target: campus.router, isBroadcast: generator.chance(0.3)),
            at: time)
        if generator.chance(0.25) {
            let other = campus.machines[generator.index(below: campus.machines.count)].end
            if other.address != own.end.address {
                agenda.add(ARPDialogue(asker: own.end, target: other), at: time + 3_000_000)
            }
        }
        if own.version6 != nil, generator.chance(0.25) {
            askNeighbour(machine, at: time + 5_000_000, agenda: &agenda)
        }
        if own.kind != .phone, generator.chance(0.15) {
            askTime(machine, at: time + 20_000_000, agenda: &agenda)
        }
        if machine >= CaptureCampus.serverCount, generator.chance(0.03) {
            lease(machine, at: time + 50_000_000, agenda: &agenda)
        }
        if own.kind == .apple || own.kind == .phone || own.kind == .printer, generator.chance(0.2) {
            announce(own, at: time + 80_000_000, agenda: &agenda)
        }
        return time + .seconds(generator.uniform(in: 45...260))
    }

    /// Is the resolver's IPv6 address still there (RFC 4861, probe of reachability)?
    private mutating func askNeighbour(
        _ machine: Int, at time: Int64, agenda: inout DialogueAgenda
    ) {
        guard machine != CaptureCampus.resolver else { return }
        var client = campus.end(of: machine, port: 0, isVersion6: true)
        var server = campus.end(of: CaptureCampus.resolver, port: 0, isVersion6: true)
        (client.timeToLive, server.timeToLive) = (255, 255)
        var script = DialogueScript()
        script.say(.client, ServiceDatagram.neighbour(server, sender: client, isAnswer: false))
        script.say(.server, ServiceDatagram.neighbour(server, sender: server, isAnswer: true))
        exchange(
            script, client, server, protocolNumber: 58, turnaround: 200_000, at: time,
            agenda: &agenda)
    }

    private mutating func askTime(_ machine: Int, at time: Int64, agenda: inout DialogueAgenda) {
        guard let service = anyService(.time) else { return }
        let host = generator.choice(of: service.hosts)
        let way = Int64.milliseconds(service.roundTrip)
        var script = DialogueScript()
        script.say(.client, ServiceDatagram.time(at: time, answering: nil))
        script.say(.server, ServiceDatagram.time(at: time + way / 2, answering: time))
        exchange(
            script, campus.end(of: machine, port: campus.takePort(of: machine)),
            campus.outside(service.address(of: host), port: 123), turnaround: way, at: time,
            agenda: &agenda)
    }

    /// A lease prolonged with the router, or a new one asked of everybody.
    private mutating func lease(_ machine: Int, at time: Int64, agenda: inout DialogueAgenda) {
        let own = campus.end(of: machine, port: 68)
        var router = campus.router
        router.port = 67
        let resolver = campus.machines[CaptureCampus.resolver].end.address
        let transaction = Int(generator.next() >> 32)
        let isRenewal = generator.chance(0.8)
        func message(_ kind: ServiceDatagram.Lease) -> [UInt8] {
            ServiceDatagram.lease(
                kind, machine: own, router: router, resolver: resolver,
                name: campus.machines[machine].name, transaction: transaction,
                isRenewal: isRenewal)
        }
        if isRenewal {
            var script = DialogueScript()
            script.say(.client, message(.request))
            script.say(.server, message(.acknowledgement))
            exchange(script, own, router, turnaround: 900_000, at: time, agenda: &agenda)
            return
        }
        let nobody = FrameEnd(
            hardwareAddress: own.hardwareAddress, address: IPAddress(ipv4: 0), port: 68)
        let everybody = FrameEnd(
            hardwareAddress: FrameEnd.broadcast, address: IPAddress(ipv4: 0xffff_ffff), port: 67)
        let kinds: [ServiceDatagram.Lease] = [.discover, .offer, .request, .acknowledgement]
        for (index, kind) in kinds.enumerated() {
            var script = DialogueScript()
            script.say(.client, message(kind))
            let (from, to) = kind.isAnswer ? (router, own) : (nobody, everybody)
            exchange(
                script, from, to, turnaround: 0, at: time + Int64(index) * 1_100_000,
                agenda: &agenda)
        }
    }

    /// Who prints here? Or: I do.
    private mutating func announce(
        _ machine: CaptureMachine, at time: Int64, agenda: inout DialogueAgenda
    ) {
        var sender = machine.end
        (sender.port, sender.timeToLive) = (5353, 255)
        let group = FrameEnd(
            hardwareAddress: 0x0100_5e00_00fb, address: IPAddress(ipv4: 0xe000_00fb), port: 5353)
        var script = DialogueScript()
        script.say(
            .client,
            DNSDialogue.multicast(
                asking: "_ipp._tcp.local", answer: machine.kind == .printer ? machine.name : nil))
        exchange(script, sender, group, turnaround: 0, at: time, agenda: &agenda)
    }
}
