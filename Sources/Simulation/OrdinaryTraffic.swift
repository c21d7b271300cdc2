import Statistics

/// Draws the flows of a quiet day.
struct OrdinaryTraffic: Sendable {
    let network: CampusNetwork
    /// The applications in use, the first of the catalogue.
    let profiles: [ApplicationProfile]
    private let shares: CumulativeShares
    private let zeroDurationShare: Double

    init(network: CampusNetwork, configuration: SimulatedCampus.Configuration) {
        self.network = network
        zeroDurationShare = configuration.zeroDurationShare
        shares = CumulativeShares(
            ApplicationCatalogue.shares(count: configuration.applicationCount))
        var generator = SeededGenerator(seed: configuration.seed, name: "profiles")
        profiles = ApplicationCatalogue.all.prefix(configuration.applicationCount).map {
            ApplicationProfile($0, peers: network.outsideCount, &generator)
        }
    }

    /// One flow, without its start.
    func flow(_ generator: inout SeededGenerator) -> SimulatedFlow {
        var flow = SimulatedFlow()
        flow.application = shares.index(at: generator.uniform())
        let application = ApplicationCatalogue.all[flow.application]
        let profile = profiles[flow.application]
        flow.transport = application.transport
        let clientStarts = place(&flow, application, home: profile.home, &generator)

        let isDegenerate = generator.chance(zeroDurationShare)
        switch application.transport {
        case 6:
            flow.header = generator.chance(profile.timestampChance) ? 32 : 20
            if isDegenerate || generator.chance(profile.remnantChance) {
                remnant(&flow, &generator)
            } else if generator.chance(profile.onewayChance) {
                unanswered(&flow, profile, &generator)
            } else {
                exchange(&flow, profile, clientStarts: clientStarts, &generator)
            }
            setWindows(&flow, &generator)
        case 17:
            flow.header = -1
            datagrams(&flow, profile, &generator)
        default:
            flow.header = 0
            headersOnly(&flow, profile, &generator)
        }
        if isDegenerate { flow.duration = 0 }
        flow.spread(.bursts, &generator)
        return flow
    }

    /// Chooses the ends. Returns whether the client sent the first packet; where a meter cuts a
    /// connection, the server may.
    private func place(
        _ flow: inout SimulatedFlow, _ application: SimulatedApplication, home: Int,
        _ generator: inout SeededGenerator
    ) -> Bool {
        let way = generator.uniform()
        let isInside = way >= 0.78 && way < 0.99
        let client = way < 0.99 ? network.insideHost(&generator) : network.anyOutside(&generator)
        var server = network.peer(home: home, &generator)
        if isInside {
            server = generator.chance(0.8) ? network.proxy : network.insideHost(&generator)
        }
        let hasPorts = application.transport != 0
        let moved = application.port == 443 && generator.chance(0.05)
        let port = moved ? UInt16(generator.integer(in: 1024...65_535)) : application.port
        flow.ends = FlowEnds(
            source: client, destination: server,
            sourcePort: hasPorts ? UInt16(generator.integer(in: 32_768...60_999)) : 0,
            destinationPort: port)
        let clientStarts = way < 0.48 || isInside
        if !clientStarts { flow.ends = flow.ends.reversed }
        return clientStarts
    }

    /// What is left of a connection after its first FIN: a few empty packets, at once or a round trip
    /// apart.
    private func remnant(_ flow: inout SimulatedFlow, _ generator: inout SeededGenerator) {
        flow.initiator = ValueMix(flow.padding, count: generator.integer(in: 1...3))
        let answers = generator.integer(in: flow.initiator.count == 1 ? 1...2 : 0...2)
        flow.responder = ValueMix(flow.padding, count: answers)
        flow.firstPayload = flow.padding
        flow.firstFlags = generator.chance(0.7) ? [.fin, .ack] : [.ack]
        flow.duration =
            generator.chance(0.35)
            ? generator.integer(in: 1...3)
            : duration(median: 60_000, spread: 1.8, packets: flow.packets, &generator)
    }

    /// Packets nobody answered in this flow: retries, keep-alives, the end of an upload.
    private func unanswered(
        _ flow: inout SimulatedFlow, _ profile: ApplicationProfile,
        _ generator: inout SeededGenerator
    ) {
        let count = min(Int64(generator.pareto(minimum: 2, exponent: 1.6)), 400)
        let hasData = generator.chance(0.4)
        flow.initiator = ValueMix(flow.padding, count: hasData ? count / 2 : count)
        flow.initiator.add(profile.request, count: hasData ? count - count / 2 : 0)
        start(&flow, data: hasData ? profile.request : nil, &generator)
        flow.duration = duration(
            median: profile.duration, spread: profile.durationSpread, packets: count, &generator)
    }

    /// Requests and their answers, in segments.
    private func exchange(
        _ flow: inout SimulatedFlow, _ profile: ApplicationProfile, clientStarts: Bool,
        _ generator: inout SeededGenerator
    ) {
        let requests = min(
            Int64(generator.pareto(minimum: profile.exchanges, exponent: profile.exchangeExponent)),
            20_000)
        let exact = generator.chance(0.6)
        let varied = exact ? 1 : generator.logNormal(median: 1, spread: 0.3)
        // Network cards join segments, which a meter on the host then sees as one.
        let joined = generator.chance(0.03) ? generator.integer(in: 2...6) : 1
        let segment = (flow.header == 32 ? 1448 : 1460) * joined
        let request = min(max(Int64(Double(profile.request) * varied), 12), segment)
        let down = Self.octets(
            median: profile.download, spread: profile.downloadSpread, &generator)
        let up =
            generator.chance(profile.uploadChance)
            ? Self.octets(median: profile.upload, spread: profile.downloadSpread, &generator) : 0

        var client = ValueMix(request, count: requests)
        client.add(segment, count: up / segment)
        client.add(up % segment, count: up % segment > 0 ? 1 : 0)
        // One acknowledgement for two segments, or for more where they come in trains.
        let acknowledged = generator.chance(0.5) ? 2 : generator.integer(in: 3...14)
        client.add(flow.padding, count: 3 + down / segment / acknowledged)
        var server = ValueMix(segment, count: down / segment)
        server.add(down % segment, count: down % segment > 0 ? 1 : 0)
        server.add(profile.answer, count: requests / 2)
        server.add(flow.padding, count: 2 + requests / 3 + up / segment / acknowledged)

        flow.initiator = clientStarts ? client : server
        flow.responder = clientStarts ? server : client
        let data = clientStarts ? request : server.largest
        start(&flow, data: generator.chance(0.3) ? data : nil, &generator)
        // More packets take more time, though not in proportion; some connections are kept open.
        let kept = generator.chance(profile.keptOpenChance) ? 25.0 : 1
        let stretch = kept * Double(flow.packets).squareRoot().squareRoot() / 1.8
        flow.duration = duration(
            median: profile.duration * stretch, spread: profile.durationSpread,
            packets: flow.packets, &generator)
    }

    /// Questions and answers without a connection.
    private func datagrams(
        _ flow: inout SimulatedFlow, _ profile: ApplicationProfile,
        _ generator: inout SeededGenerator
    ) {
        let requests = min(
            Int64(generator.pareto(minimum: profile.exchanges, exponent: profile.exchangeExponent)),
            20_000)
        let request = profile.request + generator.integer(in: 0...14)
        flow.initiator = ValueMix(request, count: requests)
        // The meter writes no flow of one packet: an unanswered question is asked again.
        if generator.chance(profile.onewayChance) {
            flow.initiator.add(request, count: 1)
        } else {
            let answer = generator.logNormal(
                median: profile.download / 2, spread: profile.downloadSpread)
            flow.responder = ValueMix(min(max(Int64(answer), 18), 1_232), count: requests)
        }
        flow.firstPayload = request
        flow.duration = duration(
            median: profile.duration, spread: profile.durationSpread, packets: flow.packets,
            &generator)
    }

    /// Neither TCP nor UDP: the meter sees packets without payload.
    private func headersOnly(
        _ flow: inout SimulatedFlow, _ profile: ApplicationProfile,
        _ generator: inout SeededGenerator
    ) {
        let count = 1 + min(Int64(generator.pareto(minimum: profile.exchanges, exponent: 1.5)), 300)
        flow.initiator = ValueMix(0, count: count)
        flow.responder = ValueMix(0, count: generator.chance(profile.onewayChance) ? 0 : count)
        flow.duration = duration(
            median: profile.duration, spread: profile.durationSpread, packets: flow.packets,
            &generator)
    }

    /// The first packet: data in the middle of a connection, or the handshake that opens it.
    private func start(
        _ flow: inout SimulatedFlow, data: Int64?, _ generator: inout SeededGenerator
    ) {
        flow.firstPayload = data ?? flow.padding
        flow.firstFlags = data != nil ? [.psh, .ack] : generator.chance(0.8) ? [.syn] : [.ack]
    }

    private func setWindows(_ flow: inout SimulatedFlow, _ generator: inout SeededGenerator) {
        flow.initiatorWindow = generator.choice(of: Self.initiatorWindows)
        guard flow.responder.count > 0 else { return }
        flow.responderWindow = generator.choice(of: Self.responderWindows)
    }

    private static let initiatorWindows: [Int64] = [229, 254, 1024, 8192, 14_600, 29_200, 65_535]
    private static let responderWindows: [Int64] = [62, 235, 490, 4380, 28_960, 65_535]

    /// Octets sent in one flow: log-normal, one in a hundred with a heavy tail, bounded by what a fast
    /// host sends within the active time-out.
    private static func octets(
        median: Double, spread: Double, _ generator: inout SeededGenerator
    ) -> Int64 {
        var octets = generator.logNormal(median: median, spread: spread)
        if generator.chance(0.01) { octets *= generator.pareto(minimum: 1, exponent: 1.1) }
        return max(1, Int64(min(octets, 6e8)))
    }
}

extension OrdinaryTraffic {
    /// Log-normal time as the meter would end it: no shorter than the packets take, no longer than the
    /// active time-out, which gathers what would last longer just below it.
    private func duration(
        median: Double, spread: Double, packets: Int64, _ generator: inout SeededGenerator
    ) -> Int64 {
        let drawn = min(
            generator.logNormal(median: median, spread: spread),
            Double(SimulatedFlow.activeTimeout - generator.integer(in: 0...900_000)))
        return max(Int64(drawn), packets * 8)
    }
}

extension SimulatedFlow {
    /// Payload of an empty segment as metered: short frames are padded to 60 octets, and with a header
    /// of 20 octets the meter counts six of these.
    var padding: Int64 { header == 20 ? 6 : 0 }
}
