extension TCPDialogue {
    mutating func wait(_ next: Action, _ delay: Int64) -> Int64 {
        action = next
        return delay
    }

    /// Fixes when the current step, or the end behind the last one, is due.
    mutating func beginStep(after time: Int64) {
        guard stepIndex < script.steps.count else {
            due = time + script.endPause
            return
        }
        let step = script.steps[stepIndex]
        let way = step.sender == lastSender ? gap : self[step.sender].host.turnaround
        due = time + way + step.pause
        if step.sender != lastSender { burst = 0 }
    }

    /// Chooses the next segment.
    mutating func plan(after time: Int64) -> Int64? {
        if let loss { return planRepair(loss, after: time) }
        guard stepIndex < script.steps.count else { return planEnd(after: time) }
        if offset == 0 { return planStart(after: time) }
        let sender = script.steps[stepIndex].sender
        let receiver = self[sender.other].host
        let open = unacknowledged(sender)
        let limit = receiver.isNear ? 2 : congestion
        if open > 0, isDraining || open >= limit * segmentOctets {
            let delay = isDraining ? gap : receiver.isNear ? gap * 2 : receiver.turnaround
            // A near receiver acknowledges in the middle of the burst, a far one all of it at its end.
            isDraining = !receiver.isNear
            return wait(.acknowledge(sender.other), delay)
        }
        guard burst >= congestion else { return wait(.send, gap) }
        burst = 0
        congestion = min(congestion * 2, 40)
        return wait(.send, isDraining ? gap : self[sender].host.turnaround)
    }

    /// Before the first segment of a message: what was said last is acknowledged if the pause is long, and
    /// a very long pause is bridged by keep-alive probes.
    private mutating func planStart(after time: Int64) -> Int64 {
        let pause = due - time
        if unacknowledged(lastSender) > 0, pause > .milliseconds(40) {
            return planAcknowledgement(within: pause)
        }
        if pause > keepAliveInterval { return wait(.keepAlive, keepAliveInterval) }
        isDraining = false
        return wait(.send, max(pause, gap))
    }

    private mutating func planAcknowledgement(within pause: Int64) -> Int64 {
        let receiver = self[lastSender.other].host
        let isWhole = unacknowledged(lastSender) > segmentOctets
        let delay = isDraining ? gap : receiver.turnaround + (isWhole ? 0 : .milliseconds(25))
        isDraining = true
        return wait(.acknowledge(lastSender.other), min(delay, pause))
    }

    private mutating func planEnd(after time: Int64) -> Int64? {
        let pause = due - time
        let open = unacknowledged(lastSender) > 0
        switch script.ending {
        case .closed(let side):
            if open, side == lastSender || pause > .milliseconds(40) {
                return planAcknowledgement(within: max(pause, .seconds(1)))
            }
            if pause > keepAliveInterval { return wait(.keepAlive, keepAliveInterval) }
            return wait(.finish(side, isFirst: true), max(pause, gap))
        case .reset(let side):
            if open, side == lastSender {
                return planAcknowledgement(within: max(pause, .seconds(1)))
            }
            return wait(.reset(side), max(pause, gap))
        case .abandoned:
            return open ? planAcknowledgement(within: .seconds(1)) : nil
        }
    }

    /// Three duplicate acknowledgements bring the lost segment back, or a time-out where too little
    /// follows it (RFC 5681, RFC 6298).
    private mutating func planRepair(_ lost: Loss, after time: Int64) -> Int64 {
        let receiver = self[lost.sender.other].host
        let sender = self[lost.sender].host
        if lost.isRepaired {
            return wait(
                .acknowledge(lost.sender.other), receiver.isNear ? gap : receiver.turnaround)
        }
        if lost.expectsDuplicate {
            return wait(
                .duplicate, lost.duplicates > 0 || receiver.isNear ? gap : receiver.turnaround)
        }
        if lost.duplicates < 3, stepIndex == lost.step { return wait(.send, gap) }
        let isTimeout = lost.duplicates < 3
        return wait(.repeatLost, sender.turnaround + (isTimeout ? .milliseconds(220) : 0))
    }
}
