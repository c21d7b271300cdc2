import Statistics

/// The ends of a dialogue: who began it, and its peer.
enum DialogueSide: Int, Sendable {
    case client, server

    var other: DialogueSide { self == .client ? .server : .client }
}

/// One message: written octets, then made-up ones.
struct DialogueStep: Sendable {
    /// What the made-up octets look like.
    enum Framing: Sendable {
        case plain
        /// TLS records of application data, each as long as can be.
        case records
    }

    var sender: DialogueSide
    /// Nanoseconds that the sender takes before it speaks, besides the way of the frames.
    var pause: Int64
    var head: [UInt8]
    var bulk = 0
    var framing = Framing.plain

    var count: Int { head.count + bulk }

    /// Octets of a full record: its header, 16 KiB of text, and the tag of the cipher.
    static let recordOctets = 5 + 16_384 + 17

    /// Adds a part of the message to the frame.
    ///
    /// - Parameter salt: where the made-up octets of the message begin in the noise.
    func append(_ part: Range<Int>, to frame: inout FrameBuffer, noise: PacketNoise, salt: Int) {
        let headEnd = min(part.upperBound, head.count)
        if part.lowerBound < headEnd {
            frame.append(head, from: part.lowerBound, count: headEnd - part.lowerBound)
        }
        let bulkStart = max(part.lowerBound, head.count)
        guard bulkStart < part.upperBound else { return }
        let size = part.upperBound - bulkStart
        frame.append(noise.octets, from: (salt &+ bulkStart) & PacketNoise.mask, count: size)
        guard framing == .records else { return }
        let offset = bulkStart - head.count
        var record = offset / Self.recordOctets * Self.recordOctets
        while record < offset + size {
            let length = min(Self.recordOctets, bulk - record) - 5
            for place in max(0, offset - record)..<max(5, offset - record)
            where record + place < offset + size {
                let header = (0x17_0303 << 16 | length) >> (8 * (4 - place)) & 255
                frame.replace(back: offset + size - record - place, with: UInt8(header))
            }
            record += Self.recordOctets
        }
    }
}

/// What both sides say, in order, and how they part.
struct DialogueScript: Sendable {
    enum Ending: Sendable {
        /// Closed in order, by this side first.
        case closed(DialogueSide)
        case reset(DialogueSide)
        /// Nothing more is seen.
        case abandoned
    }

    private(set) var steps: [DialogueStep] = []
    var ending = Ending.closed(.client)
    /// Nanoseconds from the last message to the end.
    var endPause: Int64 = 0

    mutating func say(_ sender: DialogueSide, _ octets: [UInt8], after pause: Int64 = 0) {
        steps.append(DialogueStep(sender: sender, pause: pause, head: octets))
    }

    /// A line of a text protocol.
    mutating func say(_ sender: DialogueSide, _ line: String, after pause: Int64 = 0) {
        say(sender, Array("\(line)\r\n".utf8), after: pause)
    }

    /// Octets without a meaning behind those of `head`.
    mutating func send(
        _ sender: DialogueSide, head: [UInt8] = [], bulk: Int, after pause: Int64 = 0
    ) {
        steps.append(DialogueStep(sender: sender, pause: pause, head: head, bulk: bulk))
    }

    /// TLS application data, of so many octets with the headers of the records.
    mutating func sendRecords(
        _ sender: DialogueSide, head: [UInt8] = [], octets: Int, after pause: Int64 = 0
    ) {
        // No record is shorter than its header and tag.
        let rest = octets % DialogueStep.recordOctets
        let bulk = rest > 0 && rest < 40 ? octets + 40 - rest : max(octets, 40)
        steps.append(
            DialogueStep(sender: sender, pause: pause, head: head, bulk: bulk, framing: .records))
    }
}

/// Octets drawn once, for contents nobody reads: texts, pictures, ciphertext.
struct PacketNoise: Sendable {
    /// 64 KiB, and their beginning once more behind them.
    let octets: [UInt8]
    static let mask = 0xffff

    init(seed: UInt64) {
        var generator = SeededGenerator(seed: seed, name: "noise")
        var octets: [UInt8] = []
        octets.reserveCapacity(Self.mask + 1 + 2048)
        for _ in 0...Self.mask / 8 {
            let word = generator.next()
            for shift in stride(from: 0, to: 64, by: 8) {
                octets.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
            }
        }
        self.octets = octets + octets.prefix(2048)
    }
}

extension Int64 {
    /// Nanoseconds of so many milliseconds.
    static func milliseconds(_ count: Double) -> Int64 { Int64(count * 1e6) }

    /// Nanoseconds of so many seconds.
    static func seconds(_ count: Double) -> Int64 { Int64(count * 1e9) }
}
