import Flows
import NetworkTypes
import Statistics

extension FloodDetector {
    /// When a flood is told, and how much is remembered.
    package struct Configuration: Sendable, Hashable {
        /// Flows in a minute from one host to another, or to one destination from several.
        package var flows: UInt64 = 1000
        /// Packets in a minute of TCP flows without an answer from one host to another.
        package var lostPackets: UInt64 = 10_000
        /// ``EdgeBurstScore`` of a pair from which on its flows are a flood even if they are answered. At
        /// 1,000 flows a minute, 10 means 20 times as many as ever.
        package var burstScore = 10.0
        /// Minutes before which a burst means nothing.
        package var warmUpMinutes: Int64 = 60
        /// Different sources of a destination in a minute, and how many times its usual number.
        package var sources = 100
        package var usualFold = 10.0
        /// Fewer sources are a flood only by their flows.
        package var fewSources = 10
        package var growth = 10.0
        package var repeatSeconds = 600.0
        /// How late a flow may be and still count.
        package var lateMinutes: Int64 = 10
        /// Pairs of hosts: about 130 octets each.
        package var rememberedPairs = 32_768
        /// Destinations: about 350 octets each, 1,100 with many sources.
        package var rememberedTargets = 8192
        /// Of the sketches; attackers should not know it.
        package var seed: UInt64 = 0

        package init() {}

        func check() throws(DetectorSettingError) {
            typealias Rule = DetectorSettingError
            try Rule.check("flows", flows, in: 10...1_000_000_000)
            try Rule.check("lostPackets", lostPackets, in: 100...1_000_000_000_000)
            try Rule.check("burstScore", burstScore, in: 0...100)
            try Rule.check("warmUpMinutes", warmUpMinutes, in: 2...100_000)
            try Rule.check("sources", sources, in: 2...1_000_000)
            try Rule.check("usualFold", usualFold, in: 1...1000)
            try Rule.check("fewSources", fewSources, in: 2...1_000_000)
            try Rule.check("growth", growth, in: 1.5...1000)
            try Rule.check("lateMinutes", lateMinutes, in: 0...1440)
            try Rule.check("repeatSeconds", repeatSeconds, in: 1...86_400)
            try Rule.check("rememberedPairs", rememberedPairs, in: 1...1 << 26)
            try Rule.check("rememberedTargets", rememberedTargets, in: 1...1 << 26)
        }
    }

    /// When something was told last, and how large it was.
    struct Announcement: Sendable, Hashable {
        var time: Timestamp?
        var size = 0.0

        /// Whether something of `size`, in units of what is worth telling, is due; if so, it counts as told.
        mutating func isDue(_ size: Double, at now: Timestamp, _ settings: Configuration) -> Bool {
            guard size >= 1 else { return false }
            if let time, now.seconds(since: time) < settings.repeatSeconds,
                size < self.size * settings.growth
            {
                return false
            }
            (time, self.size) = (now, size)
            return true
        }
    }

    /// What the minutes of a destination were like that were not told: those in which it was called at all.
    struct UsualMinutes: Sendable, Hashable {
        /// Minutes learnt, at most `memory`.
        private(set) var minutes: UInt32 = 0
        /// Means, of which a minute weighs one part in `memory` once there are as many.
        private(set) var sources = 0.0
        private(set) var flows = 0.0
        /// Minutes by their octets per flow, two counters to a power of two from 2^4 on.
        private var weights = [UInt16](repeating: 0, count: 0)

        static let memory: UInt32 = 1440
        private static let weightCount = 40

        init() {}

        mutating func learn(sources: Double, flows: Double, octetsPerFlow: Double) {
            minutes = min(minutes + 1, Self.memory)
            self.sources += (sources - self.sources) / Double(minutes)
            self.flows += (flows - self.flows) / Double(minutes)
            if weights.isEmpty { weights = [UInt16](repeating: 0, count: Self.weightCount) }
            let place = Self.place(octetsPerFlow)
            weights[place] += 1
            // Old minutes fade.
            if weights[place] == 4 * UInt16(Self.memory) {
                for index in weights.indices { weights[index] /= 2 }
            }
        }

        /// Whether a minute this light is among the lightest twentieth of at least 100.
        func isLight(_ octetsPerFlow: Double) -> Bool {
            let total = weights.reduce(0) { $0 + Int($1) }
            guard total >= 100 else { return false }
            let below = weights[...Self.place(octetsPerFlow)].reduce(0) { $0 + Int($1) }
            return 20 * below < total
        }

        private static func place(_ octetsPerFlow: Double) -> Int {
            guard octetsPerFlow >= 16 else { return 0 }
            let upperHalf = octetsPerFlow.significand >= 1.5 ? 1 : 0
            return min(2 * (Int(octetsPerFlow.exponent) - 4) + upperHalf, weightCount - 1)
        }
    }
}

extension FloodDetector.Stream {
    mutating func add(_ flow: ObservedFlow) {
        flows += 1
        first = min(first, flow.end)
        guard flow.outcome == .unanswered || flow.outcome == .rejected else { return }
        unanswered += 1
        if flow.key.protocolNumber == 6 {
            let (sum, overflow) = lostPackets.addingReportingOverflow(flow.forward.packets)
            lostPackets = overflow ? .max : sum
        }
    }
}

extension FloodDetector.Target {
    /// Counts a flow; says whether it came from a new source.
    mutating func add(_ flow: ObservedFlow) -> Bool {
        flows += 1
        first = min(first, flow.end)
        if flow.outcome == .unanswered || flow.outcome == .rejected { unanswered += 1 }
        for added in [flow.forward.octets, flow.backward.octets] {
            let (sum, overflow) = octets.addingReportingOverflow(added)
            octets = overflow ? .max : sum
        }
        return sources.add(flow.key.initiator.address.stableHash)
    }

    /// Learns the minute if nothing was told of it, and begins the next one.
    mutating func end(next: Int64, at time: Timestamp) {
        if !isTold {
            usual.learn(
                sources: sources.count, flows: Double(flows), octetsPerFlow: octetsPerFlow)
        }
        (minute, first) = (next, time)
        (flows, unanswered, octets, isTold) = (0, 0, 0, false)
        sources.removeAll()
    }

    var octetsPerFlow: Double { flows == 0 ? 0 : Double(octets) / Double(flows) }

    /// How many times larger than what is worth telling the present minute is.
    func size(_ settings: FloodDetector.Configuration, isWarm: Bool) -> Double {
        let count = sources.count
        let isLost = 2 * unanswered > flows
        guard isLost || usual.isLight(octetsPerFlow) else { return 0 }
        // Who has just begun to look does not know what is usual.
        let bySources =
            isWarm || usual.minutes >= 10
            ? count / max(Double(settings.sources), settings.usualFold * usual.sources) : 0
        let byFlows =
            isLost && count >= Double(settings.fewSources)
            ? Double(flows) / max(Double(settings.flows), settings.usualFold * usual.flows) : 0
        return max(bySources, byFlows)
    }
}

// MARK: - Saving

extension FloodDetector.Announcement {
    func write(to writer: inout ByteWriter) {
        writer.add(optional: time)
        writer.add(size)
    }

    /// Reads what ``write(to:)`` wrote.
    init(from reader: inout ByteReader) throws(ByteReader.Failure) {
        time = try reader.optionalTimestamp()
        size = try reader.amount()
    }
}

extension FloodDetector.UsualMinutes {
    func write(to writer: inout ByteWriter) {
        writer.add(short: UInt64(minutes))
        writer.add(sources)
        writer.add(flows)
        writer.add(!weights.isEmpty)
        for weight in weights { writer.add(short: UInt64(weight)) }
    }

    /// Reads what ``write(to:)`` wrote.
    init(from reader: inout ByteReader) throws(ByteReader.Failure) {
        minutes = try reader.smallCounter()
        sources = try reader.amount()
        flows = try reader.amount()
        guard minutes <= Self.memory else { throw .damaged("more minutes than are remembered") }
        guard try reader.flag() else { return }
        for _ in 0..<Self.weightCount {
            let weight = try reader.smallCounter()
            guard weight < 4 * Self.memory else { throw .damaged("a weight out of range") }
            weights.append(UInt16(weight))
        }
    }
}
