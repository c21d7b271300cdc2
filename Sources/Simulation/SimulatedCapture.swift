package import NetworkTypes
import Statistics

/// What a port towards a small campus sees: Ethernet frames in the order of time, made up frame by frame,
/// with attacks among them that are known.
///
/// Dialogues are scripts that are played: names are looked up before the servers are called, connections
/// are opened, acknowledged, repaired and closed as TCP does it, and what begins an application is written
/// so that it can be recognised. The rest of what is said are octets without meaning. Memory follows the
/// dialogues under way.
///
/// The first frames belong to dialogues that begin with the capture, the last ones may be cut off by its
/// end.
package struct SimulatedCapture: Sendable {
    package let configuration: Configuration

    /// The ground truth so far: complete once all frames are made.
    package private(set) var attacks: [PacketAttack]

    private let end: Int64
    private let rhythm = CaptureRhythm()
    private let noise: PacketNoise
    private var frame = FrameBuffer()
    private var agenda = DialogueAgenda(capacity: Self.dialogueLimit)
    private var traffic: CaptureTraffic
    private var campaigns: [PacketAttackCampaign]
    private var generator: SeededGenerator

    /// Dialogues at a time; further ones are skipped and counted.
    private static let dialogueLimit = 200_000

    package init(_ configuration: Configuration) {
        self.configuration = configuration
        end = configuration.end
        noise = PacketNoise(seed: configuration.seed)
        generator = SeededGenerator(seed: configuration.seed, name: "arrivals")
        let campus = CaptureCampus(count: configuration.hosts, seed: configuration.seed)
        traffic = CaptureTraffic(campus: campus, configuration: configuration)
        campaigns = PacketAttackCampaign.plan(configuration, campus: campus)
        attacks = campaigns.map(\.truth)
        let start = configuration.start.nanoseconds
        agenda.add(.arrival, at: start)
        for (index, campaign) in campaigns.enumerated() {
            agenda.add(.attack(Int32(index)), at: campaign.start)
        }
        for machine in 0..<configuration.hosts {
            agenda.add(.chore(Int32(machine)), at: start + Int64(generator.uniform() * 6e10))
        }
    }

    /// Dialogues that are under way or about to begin.
    package var liveDialogueCount: Int { agenda.liveCount }

    /// Dialogues that were not begun because too many were under way.
    package var skippedDialogueCount: Int { agenda.skippedCount }

    /// Makes the next frame and hands it over; its octets live until `deliver` returns.
    ///
    /// - Returns: `false`, and nothing was handed over, if the capture has ended.
    package mutating func nextFrame(
        _ deliver: (Timestamp, RawSpan) throws -> Void
    ) rethrows -> Bool {
        while let entry = agenda.first, entry.time < end {
            guard perform(entry) else { continue }
            try frame.deliver { try deliver(Timestamp(nanoseconds: entry.time), $0) }
            return true
        }
        return false
    }

    /// Does what is due. Returns whether that made a frame.
    private mutating func perform(_ entry: DialogueAgenda.Entry) -> Bool {
        switch entry.subject {
        case .arrival:
            let count = traffic.begin(at: entry.time, agenda: &agenda)
            let next = rhythm.time(
                after: entry.time, count: count, perHour: Double(configuration.flowsPerHour),
                &generator)
            agenda.delayFirst(until: next)
            return false
        case .chore(let machine):
            let next = traffic.doChore(of: Int(machine), at: entry.time, agenda: &agenda)
            agenda.delayFirst(until: next)
            return false
        case .attack(let index):
            let delay = campaigns[Int(index)].advance(
                at: entry.time, campus: &traffic.campus, agenda: &agenda)
            if let delay {
                agenda.delayFirst(until: entry.time + delay)
            } else {
                agenda.removeFirst(endsDialogue: false)
            }
            return false
        case .tcp, .datagram, .arp:
            guard
                let turn = agenda.emit(entry.subject, at: entry.time, into: &frame, noise: noise)
            else { return false }
            if let delay = turn.delay {
                agenda.delayFirst(until: entry.time + delay)
            } else {
                agenda.removeFirst(endsDialogue: true)
            }
            if turn.attack >= 0 {
                attacks[turn.attack].note(octets: frame.count, at: entry.time, opened: turn.opened)
            }
            return true
        }
    }
}
