/// What happens when: the dialogues under way and what will start some.
///
/// Memory follows the dialogues that are under way or about to begin, not the frames they will have.
struct DialogueAgenda: Sendable {
    /// What is due.
    enum Subject: Sendable {
        case tcp(Int32), datagram(Int32), arp(Int32)
        /// The next dialogues of the campus, the next step of an attack, the next chore of a machine.
        case arrival, attack(Int32), chore(Int32)
    }

    struct Entry: Sendable {
        /// Nanoseconds since 1970, whole microseconds.
        var time: Int64
        /// Keeps the order of what is due at the same time.
        var serial: UInt64
        var subject: Subject
    }

    /// More dialogues at a time are not begun; they are counted instead.
    let capacity: Int
    private(set) var skippedCount = 0
    private(set) var liveCount = 0

    private var heap: [Entry] = []
    private var serial: UInt64 = 0
    private(set) var tcp = DialogueSlots<TCPDialogue>()
    private(set) var datagrams = DialogueSlots<DatagramDialogue>()
    private(set) var arps = DialogueSlots<ARPDialogue>()

    init(capacity: Int) { self.capacity = capacity }

    var first: Entry? { heap.first }

    mutating func add(_ dialogue: TCPDialogue, at time: Int64) {
        guard let slot = admit({ $0.tcp.add(dialogue) }) else { return }
        add(.tcp(slot), at: time)
    }

    mutating func add(_ dialogue: DatagramDialogue, at time: Int64) {
        guard let slot = admit({ $0.datagrams.add(dialogue) }) else { return }
        add(.datagram(slot), at: time)
    }

    mutating func add(_ dialogue: ARPDialogue, at time: Int64) {
        guard let slot = admit({ $0.arps.add(dialogue) }) else { return }
        add(.arp(slot), at: time)
    }

    private mutating func admit(_ add: (inout DialogueAgenda) -> Int32) -> Int32? {
        guard liveCount < capacity else {
            skippedCount += 1
            return nil
        }
        liveCount += 1
        return add(&self)
    }

    /// Writes the next frame of a dialogue.
    mutating func emit(
        _ subject: Subject, at time: Int64, into frame: inout FrameBuffer, noise: PacketNoise
    ) -> DialogueTurn? {
        switch subject {
        case .tcp(let slot): tcp.emit(slot, at: time, into: &frame, noise: noise)
        case .datagram(let slot): datagrams.emit(slot, at: time, into: &frame, noise: noise)
        case .arp(let slot): arps.emit(slot, at: time, into: &frame, noise: noise)
        default: nil
        }
    }

    // MARK: - The heap

    mutating func add(_ subject: Subject, at time: Int64) {
        serial += 1
        heap.append(Entry(time: Self.rounded(time), serial: serial, subject: subject))
        var index = heap.count - 1
        while index > 0, heap[index] < heap[(index - 1) / 2] {
            heap.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    /// Puts the first entry off until later.
    mutating func delayFirst(until time: Int64) {
        serial += 1
        heap[0].time = Self.rounded(time)
        heap[0].serial = serial
        sink()
    }

    /// Forgets the first entry.
    mutating func removeFirst(endsDialogue: Bool) {
        if endsDialogue { liveCount -= 1 }
        let last = heap.removeLast()
        guard !heap.isEmpty else { return }
        heap[0] = last
        sink()
    }

    private mutating func sink() {
        let entry = heap[0]
        var index = 0
        while true {
            var child = 2 * index + 1
            guard child < heap.count else { break }
            if child + 1 < heap.count, heap[child + 1] < heap[child] { child += 1 }
            guard heap[child] < entry else { break }
            heap[index] = heap[child]
            index = child
        }
        heap[index] = entry
    }

    /// Whole microseconds: what every capture format can say.
    private static func rounded(_ time: Int64) -> Int64 { (time + 999) / 1000 * 1000 }
}

extension DialogueAgenda.Entry: Comparable {
    static func < (left: Self, right: Self) -> Bool {
        left.time == right.time ? left.serial < right.serial : left.time < right.time
    }

    static func == (left: Self, right: Self) -> Bool { left.serial == right.serial }
}

/// What a dialogue did.
struct DialogueTurn {
    /// Nanoseconds until its next frame, `nil` if it is over.
    let delay: Int64?
    let attack: Int
    /// The flow that the frame is the first of.
    let opened: CaptureFlowKey?
}

/// Dialogues of one kind; places of those that are over are used again.
struct DialogueSlots<Dialogue: FrameDialogue>: Sendable {
    private var dialogues: [Dialogue] = []
    private var hasBegun: [Bool] = []
    private var free: [Int32] = []

    mutating func add(_ dialogue: Dialogue) -> Int32 {
        if let slot = free.popLast() {
            dialogues[Int(slot)] = dialogue
            hasBegun[Int(slot)] = false
            return slot
        }
        dialogues.append(dialogue)
        hasBegun.append(false)
        return Int32(dialogues.count - 1)
    }

    mutating func emit(
        _ slot: Int32, at time: Int64, into frame: inout FrameBuffer, noise: PacketNoise
    ) -> DialogueTurn {
        let index = Int(slot)
        let delay = dialogues[index].emit(at: time, into: &frame, noise: noise)
        if delay == nil { free.append(slot) }
        let attack = dialogues[index].attack
        let isFirst = attack >= 0 && !hasBegun[index]
        hasBegun[index] = true
        return DialogueTurn(
            delay: delay, attack: attack, opened: isFirst ? dialogues[index].key : nil)
    }
}
