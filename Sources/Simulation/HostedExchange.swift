import Flows
import Statistics

/// What two ends sent each other in one flow, and in what time.
///
/// Counts, octets and metrics of the flow follow from the lengths of its packets, so they agree as those of the
/// corrected meter do: payload of the transport, sample variance, an active time that ends with the flow.
struct HostedExchange: Sendable {
    /// Payload lengths of the packets of each end; the initiator has at least one.
    var initiator = ValueMix()
    var responder = ValueMix()
    /// Microseconds from the first packet to the last; 0 for one packet only.
    var duration: Int64 = 0
    /// Pauses of more than five seconds, and their microseconds together.
    private(set) var pauseCount: Int64 = 0
    private(set) var pauseTotal: Int64 = 0
    /// Octets of the IP and transport headers of a packet.
    var header: Int64 = 40
    var outcome: FlowOutcome = .established

    var packets: Int64 { initiator.count + responder.count }
    var octets: Int64 { initiator.total + responder.total }

    /// Packets and octets of IP of one end.
    func transfer(_ side: ValueMix) -> ObservedFlow.Transfer {
        ObservedFlow.Transfer(
            packets: UInt64(side.count), octets: UInt64(side.total + side.count * header))
    }

    /// The nine in the order of `BaselineMetric.all`.
    var metrics: [9 of Double] {
        let count = Double(packets)
        let mean = Double(octets) / count
        var variance = 0.0
        if packets > 1 {
            let squares = initiator.squares(from: mean) + responder.squares(from: mean)
            // One value throughout has no spread; rounding of the mean must not invent one.
            let isConstant =
                max(initiator.largest, responder.largest)
                == (responder.count == 0
                    ? initiator.smallest : min(initiator.smallest, responder.smallest))
            variance = isConstant ? 0 : squares / (count - 1)
        }
        return [
            duration > 0 ? Double(octets) / (Double(duration) / 1e6) : 0,
            Double(duration), Double(octets), mean,
            Double(responder.count) / Double(initiator.count), variance, initiator.mean,
            responder.mean, Double(duration - pauseTotal) / Double(pauseCount + 1),
        ]
    }

    /// Spends a share of the duration in `count` pauses, as far as they have room.
    mutating func pause(_ count: Int64, share: Double) {
        let wanted = Int64(Double(duration) * share)
        pauseCount = min(count, packets - 1, wanted / Self.pauseMicroseconds)
        pauseTotal = pauseCount > 0 ? wanted : 0
    }

    /// A little more than what the meter takes for a pause.
    static let pauseMicroseconds: Int64 = 5_100_000
}

extension HostedExchange {
    /// A connection as the application's profile has it.
    ///
    /// - Parameter size: Factor on what is sent in either direction.
    static func connection(
        _ profile: ApplicationProfile, size: Double = 1, _ generator: inout SeededGenerator
    ) -> HostedExchange {
        let requests = min(
            Int64(generator.pareto(minimum: profile.exchanges, exponent: profile.exchangeExponent)),
            20_000)
        let varied = generator.chance(0.6) ? 1 : generator.logNormal(median: 1, spread: 0.3)
        let down = octets(profile.download * size, profile.downloadSpread, &generator)
        let up =
            generator.chance(profile.uploadChance)
            ? octets(profile.upload * size, profile.downloadSpread, &generator) : 0
        var exchange = HostedExchange()
        exchange.header = generator.chance(profile.timestampChance) ? 52 : 40
        let request = min(max(Int64(Double(profile.request) * varied), 12), 1400)
        exchange.fill(
            up: up, down: down, request: request, answer: profile.answer, requests: requests,
            segmentsPerAcknowledgement: generator.chance(0.5) ? 2 : generator.integer(in: 3...14))
        // More packets take more time, though not in proportion; some connections are kept open.
        let isKept = generator.chance(profile.keptOpenChance)
        let stretch =
            (isKept ? 25 : 1) * Double(exchange.packets).squareRoot().squareRoot() / 1.8
        let drawn = generator.logNormal(
            median: profile.duration * stretch, spread: profile.durationSpread)
        exchange.duration = max(Int64(min(drawn, 1.8e9)), exchange.packets * 8)
        if exchange.duration > 8_000_000 {
            exchange.pause(
                1 + Int64(generator.index(below: 5)), share: generator.uniform(in: 0.6...0.97))
        }
        return exchange
    }

    /// A connection that carries so many octets of payload in so many seconds.
    static func transfer(
        up: Int64, down: Int64, seconds: Double, _ generator: inout SeededGenerator
    ) -> HostedExchange {
        var exchange = HostedExchange()
        exchange.header = generator.chance(0.5) ? 52 : 40
        exchange.fill(
            up: up, down: down, request: 517, answer: 258,
            requests: 2 + Int64(generator.index(below: 3)), segmentsPerAcknowledgement: 2)
        exchange.duration = max(Int64(seconds * 1e6), exchange.packets)
        return exchange
    }

    /// A connection held open by a small exchange at regular times.
    static func heldOpen(
        seconds: Double, interval: Double, sent: Int64, answered: Int64
    ) -> HostedExchange {
        let rounds = max(1, Int64(seconds / interval))
        var exchange = HostedExchange()
        exchange.fill(
            up: 1900, down: 4200, request: sent, answer: answered, requests: rounds * 2,
            segmentsPerAcknowledgement: 2)
        exchange.duration = max(Int64(seconds * 1e6), exchange.packets * 10)
        if interval > 5.2 { exchange.pause(rounds, share: 0.98) }
        return exchange
    }

    /// A question and its answer, each one datagram; no answer if `answer` is `nil`.
    static func question(_ octets: Int64, answer: Int64?, microseconds: Int64) -> HostedExchange {
        var exchange = HostedExchange()
        exchange.header = 28
        exchange.initiator = ValueMix(octets, count: 1)
        if let answer {
            exchange.responder = ValueMix(answer, count: 1)
            exchange.duration = max(1, microseconds)
        } else {
            exchange.outcome = .unanswered
        }
        return exchange
    }

    /// Datagrams to and fro.
    static func datagrams(
        sent: Int64, answered: Int64, rounds: Int64, down: Int64, seconds: Double
    ) -> HostedExchange {
        var exchange = HostedExchange()
        exchange.header = 28
        exchange.initiator = ValueMix(sent, count: rounds)
        exchange.initiator.add(34, count: down / 1252 / 4)
        exchange.responder = ValueMix(answered, count: rounds)
        exchange.responder.add(1252, count: down / 1252)
        exchange.duration = max(Int64(seconds * 1e6), exchange.packets)
        return exchange
    }

    /// SYNs without an answer: the first, and what the system sends after it.
    static func unanswered(tries: Int64) -> HostedExchange {
        var exchange = HostedExchange()
        exchange.header = 60
        exchange.initiator = ValueMix(0, count: tries)
        exchange.duration = tries == 1 ? 0 : ((1 << (tries - 1)) - 1) * 1_010_000
        // The pauses of 8 seconds and more are pauses to the meter too.
        if tries > 3 { exchange.pause(tries - 3, share: tries == 4 ? 0.57 : 0.8) }
        exchange.outcome = .unanswered
        return exchange
    }

    /// A SYN and the reset that refuses it.
    static func refused(microseconds: Int64) -> HostedExchange {
        var exchange = HostedExchange()
        exchange.initiator = ValueMix(0, count: 1)
        exchange.responder = ValueMix(0, count: 1)
        exchange.duration = max(1, microseconds)
        exchange.outcome = .rejected
        return exchange
    }

    /// Fills in the segments of a connection.
    private mutating func fill(
        up: Int64, down: Int64, request: Int64, answer: Int64, requests: Int64,
        segmentsPerAcknowledgement: Int64
    ) {
        let segment = 1500 - header
        initiator = ValueMix(request, count: requests)
        initiator.add(segment, count: up / segment)
        initiator.add(up % segment, count: up % segment > 0 ? 1 : 0)
        initiator.add(0, count: 3 + down / segment / segmentsPerAcknowledgement)
        responder = ValueMix(segment, count: down / segment)
        responder.add(down % segment, count: down % segment > 0 ? 1 : 0)
        responder.add(answer, count: (requests + 1) / 2)
        responder.add(0, count: 2 + requests / 3 + up / segment / segmentsPerAcknowledgement)
    }

    /// Log-normal, one in a hundred with a heavy tail, bounded by what a host sends in minutes.
    private static func octets(
        _ median: Double, _ spread: Double, _ generator: inout SeededGenerator
    ) -> Int64 {
        var octets = generator.logNormal(median: median, spread: spread)
        if generator.chance(0.01) { octets *= generator.pareto(minimum: 1, exponent: 1.3) }
        return max(1, Int64(min(octets, 6e8)))
    }
}
