import NetworkTypes
import Statistics

extension TCPDialogue {
    mutating func emit(at time: Int64, into frame: inout FrameBuffer, noise: PacketNoise) -> Int64?
    {
        switch action {
        case .open, .refuse, .accept, .establish:
            return emitHandshake(at: time, into: &frame)
        case .send:
            return emitData(at: time, into: &frame, noise: noise)
        case .acknowledge(let side):
            let open = unacknowledged(side.other)
            let whole = loss == nil && open <= 2 * segmentOctets || loss?.isRepaired == true
            if whole {
                self[side].acknowledged = self[side.other].next
            } else {
                self[side].acknowledged &+= UInt32(2 * segmentOctets)
            }
            if loss?.isRepaired == true { loss = nil }
            emitEmpty(.ack, from: side, at: time, into: &frame)
            return plan(after: time)
        case .duplicate, .repeatLost:
            return emitRepair(at: time, into: &frame, noise: noise)
        case .keepAlive:
            emitEmpty(.ack, from: .client, at: time, into: &frame, back: 1)
            return wait(.keepAliveAnswer, self[.server].host.turnaround)
        case .keepAliveAnswer:
            emitEmpty(.ack, from: .server, at: time, into: &frame)
            return plan(after: time)
        case .finish, .confirmFinish, .reset:
            return emitEnding(at: time, into: &frame)
        }
    }

    private mutating func emitHandshake(at time: Int64, into frame: inout FrameBuffer) -> Int64? {
        switch action {
        case .open:
            emitEmpty(.syn, from: .client, at: time, into: &frame, back: 1)
            attempts += 1
            let turnaround = self[.server].host.turnaround
            switch opening {
            case .silent(let limit):
                return attempts < limit ? .seconds(Double(1 << (attempts - 1))) : nil
            case .refused: return wait(.refuse, turnaround)
            default: break
            }
            attempts = 0
            return wait(.accept, turnaround)
        case .refuse:
            self[.server].acknowledged = self[.client].next
            emitEmpty([.rst, .ack], from: .server, at: time, into: &frame)
            return nil
        case .accept:
            self[.server].acknowledged = self[.client].next
            emitEmpty([.syn, .ack], from: .server, at: time, into: &frame, back: 1)
            attempts += 1
            switch opening {
            case .halfOpen(let limit):
                return attempts < limit ? .seconds(Double(1 << (attempts - 1))) : nil
            case .probed: return wait(.reset(.client), self[.client].host.turnaround)
            default: return wait(.establish, self[.client].host.turnaround)
            }
        default:
            self[.client].acknowledged = self[.server].next
            emitEmpty(.ack, from: .client, at: time, into: &frame)
            lastSender = .client
            beginStep(after: time)
            return plan(after: time)
        }
    }

    /// The next segment of the current step.
    private mutating func emitData(
        at time: Int64, into frame: inout FrameBuffer, noise: PacketNoise
    ) -> Int64? {
        let step = script.steps[stepIndex]
        if loss == nil { self[step.sender].acknowledged = self[step.sender.other].next }
        isDraining = false
        lastSender = step.sender
        if loss != nil {
            emitPart(of: step, at: time, into: &frame, noise: noise)
            loss?.expectsDuplicate = true
        } else {
            if step.count > 3 * segmentOctets, generator.chance(lossShare) {
                let part = offset..<min(offset + segmentOctets, step.count)
                let sequence = self[step.sender].next
                loss = Loss(sender: step.sender, step: stepIndex, part: part, sequence: sequence)
                // Lost on the way to the capture: what is seen is the segment after it.
                let isUnseen = !self[step.sender].host.isNear && generator.chance(0.5)
                if isUnseen, part.upperBound < step.count {
                    self[step.sender].next &+= UInt32(part.count)
                    offset = part.upperBound
                    loss?.expectsDuplicate = true
                }
            }
            emitPart(of: step, at: time, into: &frame, noise: noise)
        }
        if offset == step.count {
            stepIndex += 1
            offset = 0
            beginStep(after: time)
        }
        return plan(after: time)
    }

    private mutating func emitRepair(
        at time: Int64, into frame: inout FrameBuffer, noise: PacketNoise
    ) -> Int64? {
        guard let lost = loss else { return nil }
        let receiver = lost.sender.other
        if case .duplicate = action {
            self[receiver].acknowledged = lost.sequence
            let block = (
                start: lost.sequence &+ UInt32(lost.part.count), end: self[lost.sender].next
            )
            emitEmpty(.ack, from: receiver, at: time, into: &frame, selective: block)
            loss?.duplicates += 1
            loss?.expectsDuplicate = false
        } else {
            emitPart(
                lost.part, of: lost.step, sequence: lost.sequence, at: time, into: &frame,
                noise: noise)
            loss?.isRepaired = true
            congestion = max(congestion / 2, 4)
            burst = 0
        }
        return plan(after: time)
    }

    private mutating func emitEnding(at time: Int64, into frame: inout FrameBuffer) -> Int64? {
        switch action {
        case .finish(let side, let isFirst):
            self[side].acknowledged = self[side.other].next
            emitEmpty([.fin, .ack], from: side, at: time, into: &frame)
            self[side].next &+= 1
            let answer = self[side.other].host.turnaround
            guard isFirst else { return wait(.confirmFinish(side.other, isLast: true), answer) }
            if generator.chance(0.4) {
                return wait(.confirmFinish(side.other, isLast: false), answer)
            }
            return wait(.finish(side.other, isFirst: false), answer)
        case .confirmFinish(let side, let isLast):
            self[side].acknowledged = self[side.other].next
            emitEmpty(.ack, from: side, at: time, into: &frame)
            return isLast ? nil : wait(.finish(side, isFirst: false), .milliseconds(0.3))
        case .reset(let side):
            self[side].acknowledged = self[side.other].next
            // A half-open scan resets without acknowledging (nmap -sS).
            if case .probed = opening {
                emitEmpty(.rst, from: side, at: time, into: &frame)
            } else {
                emitEmpty([.rst, .ack], from: side, at: time, into: &frame)
            }
            return nil
        default: return nil
        }
    }

    // MARK: - Frames

    /// The next segment of the current step, whatever becomes of it.
    private mutating func emitPart(
        of step: DialogueStep, at time: Int64, into frame: inout FrameBuffer, noise: PacketNoise
    ) {
        let part = offset..<min(offset + segmentOctets, step.count)
        let sequence = self[step.sender].next
        emitPart(part, of: stepIndex, sequence: sequence, at: time, into: &frame, noise: noise)
        self[step.sender].next &+= UInt32(part.count)
        offset = part.upperBound
        burst += 1
    }

    private mutating func emitPart(
        _ part: Range<Int>, of index: Int, sequence: UInt32, at time: Int64,
        into frame: inout FrameBuffer, noise: PacketNoise
    ) {
        let step = script.steps[index]
        let isLast = part.upperBound == step.count
        var segment = header(isLast ? [.psh, .ack] : .ack, from: step.sender, at: time)
        segment.sequence = sequence
        begin(segment, from: step.sender, into: &frame)
        // The salt depends on the octet's place in the stream alone: sent again, it is the same.
        let salt = Int(sequence &- UInt32(truncatingIfNeeded: part.lowerBound))
        step.append(part, to: &frame, noise: noise, salt: salt)
        close(segment, from: step.sender, into: &frame)
    }

    /// A segment without data; `back` is how far its number lies before the next octet.
    private mutating func emitEmpty(
        _ flags: FrameSegment.Flags, from side: DialogueSide, at time: Int64,
        into frame: inout FrameBuffer, back: UInt32 = 0,
        selective: (start: UInt32, end: UInt32)? = nil
    ) {
        var segment = header(flags, from: side, at: time)
        segment.sequence &-= back
        segment.selective = selective
        begin(segment, from: side, into: &frame)
        close(segment, from: side, into: &frame)
    }

    private mutating func header(
        _ flags: FrameSegment.Flags, from side: DialogueSide, at time: Int64
    ) -> FrameSegment {
        let host = self[side].host
        var segment = FrameSegment(flags: flags, sequence: self[side].next, window: host.window)
        if flags.contains(.ack) { segment.acknowledgement = self[side].acknowledged }
        let asks = flags.contains(.syn) && side == .client
        if flags.contains(.syn) {
            segment.window = host.firstWindow
            segment.maximumSegment = host.end.address.isIPv4 ? 1460 : 1440
            segment.windowScale = self[.client].host.windowScale == nil ? nil : host.windowScale
        } else if flags.contains(.rst) {
            segment.window = 0
        }
        if usesTimestamps || asks && host.usesTimestamps, !flags.contains(.rst) {
            let milliseconds = UInt32(truncatingIfNeeded: time / 1_000_000)
            self[side].clock = self[side].clockStart &+ milliseconds
            segment.clock = (self[side].clock, asks ? 0 : self[side.other].clock)
        }
        return segment
    }

    private mutating func begin(
        _ segment: FrameSegment, from side: DialogueSide, into frame: inout FrameBuffer
    ) {
        self[side].identification &+= 1
        frame.begin(
            from: self[side].host.end, to: self[side.other].host.end, protocolNumber: 6,
            transportHeader: 20 + segment.optionOctets,
            identification: self[side].identification)
    }

    private func close(
        _ segment: FrameSegment, from side: DialogueSide, into frame: inout FrameBuffer
    ) {
        frame.closeTCP(
            segment,
            ports: (
                sides[side.rawValue].host.end.port, sides[side.other.rawValue].host.end.port
            ))
    }
}
