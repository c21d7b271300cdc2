import NetworkTypes
import Statistics

/// An exchange of UDP datagrams or ICMP messages that plays a script, one datagram at a time.
struct DatagramDialogue: FrameDialogue {
    /// How the made-up octets of a step are put in datagrams: those of a QUIC connection.
    struct Stream: Sendable {
        /// The connection identifiers in short headers, by receiver.
        var identifierOfServer: [UInt8] = []
        var identifierOfClient: [UInt8] = []
    }

    let attack: Int
    let client: FrameEnd
    let server: FrameEnd
    let protocolNumber: UInt8
    let script: DialogueScript
    let stream: Stream
    /// Nanoseconds from the passing of a frame to that of the answer, by who answers.
    let clientTurnaround: Int64
    let serverTurnaround: Int64
    private var stepIndex = 0
    private var offset = 0
    private var sinceAnswer = 0
    private var identification: UInt16
    private var generator: SeededGenerator

    init(
        client: FrameEnd, server: FrameEnd, protocolNumber: UInt8 = 17, script: DialogueScript,
        stream: Stream = Stream(), clientTurnaround: Int64 = .milliseconds(0.3),
        serverTurnaround: Int64, attack: Int = -1, generator: SeededGenerator
    ) {
        precondition(!script.steps.isEmpty, "a dialogue says something")
        (self.client, self.server, self.protocolNumber) = (client, server, protocolNumber)
        (self.script, self.stream, self.attack) = (script, stream, attack)
        (self.clientTurnaround, self.serverTurnaround) = (clientTurnaround, serverTurnaround)
        self.generator = generator
        identification = UInt16(truncatingIfNeeded: self.generator.next())
    }

    var key: CaptureFlowKey { CaptureFlowKey(client, server, protocolNumber: protocolNumber) }

    mutating func emit(at time: Int64, into frame: inout FrameBuffer, noise: PacketNoise) -> Int64?
    {
        let step = script.steps[stepIndex]
        if offset < step.head.count {
            emit(step.head, bulk: 0, from: step.sender, into: &frame, noise: noise)
            offset = step.head.count
        } else if sinceAnswer == Self.answerInterval {
            let size = Int(generator.integer(in: 22...30))
            emit(
                shortHeader(to: step.sender), bulk: size, from: step.sender.other, into: &frame,
                noise: noise)
            sinceAnswer = 0
            return .milliseconds(generator.uniform(in: 0.01...0.05))
        } else {
            let size = min(Self.datagramOctets, step.count - offset)
            let head = shortHeader(to: step.sender.other)
            // No protected packet is shorter than the sample its header is protected with.
            emit(head, bulk: max(size, 22), from: step.sender, into: &frame, noise: noise)
            offset += size
            sinceAnswer += 1
        }
        guard offset == step.count else {
            // Every second full window waits for its acknowledgement.
            let isWindow = sinceAnswer == Self.answerInterval && generator.chance(0.15)
            let wait = isWindow ? turnaround(step.sender) : 0
            return wait + .milliseconds(generator.uniform(in: 0.01...0.06))
        }
        stepIndex += 1
        (offset, sinceAnswer) = (0, 0)
        guard stepIndex < script.steps.count else { return nil }
        let next = script.steps[stepIndex]
        let way = next.sender == step.sender ? .milliseconds(0.02) : turnaround(next.sender)
        return way + next.pause
    }

    private func turnaround(_ side: DialogueSide) -> Int64 {
        side == .client ? clientTurnaround : serverTurnaround
    }

    /// The first octet of a protected QUIC packet with a short header, and the receiver's identifier
    /// (RFC 9000 section 17.3).
    private mutating func shortHeader(to receiver: DialogueSide) -> [UInt8] {
        let first = UInt8(0x40 | generator.index(below: 64))
        return [first]
            + (receiver == .client ? stream.identifierOfClient : stream.identifierOfServer)
    }

    private mutating func emit(
        _ head: [UInt8], bulk: Int, from side: DialogueSide, into frame: inout FrameBuffer,
        noise: PacketNoise
    ) {
        let (source, destination) = side == .client ? (client, server) : (server, client)
        identification &+= 1
        frame.begin(
            from: source, to: destination, protocolNumber: protocolNumber,
            transportHeader: protocolNumber == 17 ? 8 : 0, identification: identification)
        frame.append(head, from: 0, count: head.count)
        if bulk > 0 {
            let place = generator.index(below: PacketNoise.mask)
            frame.append(noise.octets, from: place, count: bulk)
        }
        if protocolNumber == 17 {
            frame.closeUDP(ports: (source.port, destination.port))
        } else {
            frame.closeICMP()
        }
    }

    private static let datagramOctets = 1230
    private static let answerInterval = 10
}

/// Asks who has an IPv4 address, and the answer if anybody has it.
struct ARPDialogue: FrameDialogue {
    let attack: Int
    let asker: FrameEnd
    /// Whom it asks for; hardware address 0 if nobody.
    let target: FrameEnd
    /// Whether it asks everybody, or only checks an address it knows.
    let isBroadcast: Bool
    private var isAnswer = false

    init(asker: FrameEnd, target: FrameEnd, isBroadcast: Bool = true, attack: Int = -1) {
        (self.asker, self.target) = (asker, target)
        (self.isBroadcast, self.attack) = (isBroadcast, attack)
    }

    var key: CaptureFlowKey { CaptureFlowKey(asker, target, protocolNumber: 0) }

    mutating func emit(at time: Int64, into frame: inout FrameBuffer, noise: PacketNoise) -> Int64?
    {
        guard isAnswer else {
            var unknown = target
            unknown.hardwareAddress = 0
            let receiver = isBroadcast ? FrameEnd.broadcast : target.hardwareAddress
            frame.makeARP(operation: 1, sender: asker, target: unknown, to: receiver)
            isAnswer = true
            return target.hardwareAddress == 0 ? nil : .milliseconds(0.25)
        }
        frame.makeARP(operation: 2, sender: target, target: asker, to: asker.hardwareAddress)
        return nil
    }
}

extension FrameEnd {
    static let broadcast: UInt64 = 0xffff_ffff_ffff
}
