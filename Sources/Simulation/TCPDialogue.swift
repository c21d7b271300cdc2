import NetworkTypes
import Statistics

/// How a host speaks TCP: what its operating system sends by default.
struct TCPDialogueHost: Sendable {
    var end: FrameEnd
    /// The window of the SYN, unscaled, and of later segments, scaled down.
    var firstWindow: UInt16 = 64_240
    var window: UInt16 = 502
    var windowScale: UInt8? = 7
    var usesTimestamps = true
    /// Nanoseconds from the passing of a frame to that of the host's answer.
    var turnaround: Int64
    /// Whether the host stands near the capturing interface: it then acknowledges every second segment
    /// at once, where a far one answers whole windows.
    var isNear = true
}

/// A TCP connection that plays a script, one segment at a time.
///
/// Invariants: no acknowledgement exceeds what the peer has sent, no more than 40 segments are
/// unacknowledged, and octets sent again are those sent first.
struct TCPDialogue: FrameDialogue {
    /// What becomes of the first SYN.
    enum Opening: Sendable {
        case accepted
        /// Answered with RST.
        case refused
        /// Never answered; sent so many times.
        case silent(attempts: Int)
        /// Accepted, but the client never comes back; the server tries so many times.
        case halfOpen(attempts: Int)
        /// Accepted, and reset by the client at once.
        case probed
    }

    /// The segment to send next.
    enum Action: Sendable {
        case open, refuse, accept, establish
        case send, acknowledge(DialogueSide), duplicate, repeatLost
        case keepAlive, keepAliveAnswer
        case finish(DialogueSide, isFirst: Bool), confirmFinish(DialogueSide, isLast: Bool)
        case reset(DialogueSide)
    }

    /// One side as the connection goes on.
    struct Side: Sendable {
        var host: TCPDialogueHost
        /// The next octet to send, and what of the peer's octets is acknowledged.
        var next: UInt32
        var acknowledged: UInt32 = 0
        var identification: UInt16
        /// The clock of the timestamp option: its start, and what was sent last.
        var clockStart: UInt32
        var clock: UInt32 = 0
    }

    /// A segment that did not arrive.
    struct Loss: Sendable {
        let sender: DialogueSide
        let step: Int
        let part: Range<Int>
        let sequence: UInt32
        var duplicates = 0
        var expectsDuplicate = false
        var isRepaired = false
    }

    let attack: Int
    var sides: [2 of Side]
    let opening: Opening
    let script: DialogueScript
    let segmentOctets: Int
    /// The part of the data segments that are lost.
    let lossShare: Double
    /// Nanoseconds from one segment of a burst to the next.
    let gap: Int64
    /// Idle time after which the client asks whether the server still lives.
    let keepAliveInterval: Int64
    let usesTimestamps: Bool

    var action = Action.open
    var attempts = 0
    var stepIndex = 0
    var offset = 0
    var lastSender = DialogueSide.server
    /// When the current step, or the end, is due.
    var due: Int64 = 0
    var isDraining = false
    /// Segments of the present burst and of the longest allowed one.
    var burst = 0
    var congestion = 10
    var loss: Loss?
    var generator: SeededGenerator

    init(
        client: TCPDialogueHost, server: TCPDialogueHost, opening: Opening = .accepted,
        script: DialogueScript, attack: Int = -1, lossShare: Double = 0.002,
        keepAliveInterval: Int64 = .seconds(45), generator: SeededGenerator
    ) {
        var generator = generator
        self.attack = attack
        self.opening = opening
        self.script = script
        self.lossShare = lossShare
        self.keepAliveInterval = keepAliveInterval
        let headers = (client.end.address.isIPv4 ? 40 : 60)
        usesTimestamps = client.usesTimestamps && server.usesTimestamps
        segmentOctets = 1500 - headers - (usesTimestamps ? 12 : 0)
        gap = Int64.milliseconds(generator.choice(of: [0.012, 0.02, 0.06, 0.12]))
        sides = [
            Side(client, &generator), Side(server, &generator),
        ]
        self.generator = generator
    }

    subscript(side: DialogueSide) -> Side {
        get { sides[side.rawValue] }
        set { sides[side.rawValue] = newValue }
    }

    var key: CaptureFlowKey {
        CaptureFlowKey(self[.client].host.end, self[.server].host.end, protocolNumber: 6)
    }

    /// What of a side's octets the peer has not acknowledged.
    func unacknowledged(_ side: DialogueSide) -> Int {
        Int(sides[side.rawValue].next &- sides[side.other.rawValue].acknowledged)
    }
}

extension TCPDialogue.Side {
    fileprivate init(_ host: TCPDialogueHost, _ generator: inout SeededGenerator) {
        self.host = host
        // The SYN has the number before `next`.
        next = UInt32(truncatingIfNeeded: generator.next())
        identification = UInt16(truncatingIfNeeded: generator.next())
        clockStart = UInt32(truncatingIfNeeded: generator.next())
    }
}
