import Behaviours
import Flows
import NetworkTypes
import Statistics
import Testing

struct ScanDetectorTests {
    private static func evidence(_ flows: [ObservedFlow]) -> [BehaviourEvidence] {
        var detector = ScanDetector()
        var evidence: [BehaviourEvidence] = []
        for flow in flows { detector.observe(flow, into: &evidence) }
        return evidence
    }

    /// The definition of Jung et al., with a product for the ratio and a set for the contacts.
    private struct SlowWalk {
        var contacts: Set<[Int]> = []
        var ratios: [Int: Double] = [:]
        var scanners: Set<Int> = []

        mutating func observe(_ source: Int, _ destination: Int, failed: Bool) {
            guard contacts.insert([source, destination]).inserted else { return }
            let ratio =
                ratios[source, default: 1] * (failed ? (1 - 0.2) / (1 - 0.8) : 0.2 / 0.8)
            ratios[source] = ratio
            if ratio >= 0.99 / 0.01 {
                scanners.insert(source)
                ratios[source] = 1
            } else if ratio <= 0.01 / 0.99 {
                scanners.remove(source)
                ratios[source] = 1
            }
        }
    }

    @Test(arguments: [1, 2, 3])
    func `TRW equal slow exact version`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var detector = ScanDetector()
        var slow = SlowWalk()
        var evidence: [BehaviourEvidence] = []
        var changes = 0
        for step in 0..<20_000 {
            let source = 1 + generator.index(below: 40)
            let destination = 100 + generator.index(below: 3000)
            // Hosts differ in how often they fail, and change in the middle.
            let rate = Double((source + step / 10_000 * 20) % 40) / 40
            let outcome: FlowOutcome =
                generator.uniform() < rate
                ? [.unanswered, .rejected, .unreachable][generator.index(below: 3)] : .established
            detector.observe(
                Call.flow(source, destination, at: Double(step), outcome), into: &evidence)
            let before = slow.scanners.contains(source)
            slow.observe(source, destination, failed: outcome != .established)
            let after = slow.scanners.contains(source)
            if before != after { changes += 1 }
            #expect(detector.isScanner(Call.host(source)) == after, "step \(step)")
        }
        #expect(changes > 40)
    }

    @Test func `four failed first contacts make a scanner, repetitions do not`() {
        var detector = ScanDetector()
        var evidence: [BehaviourEvidence] = []
        for round in 0..<50 {
            for peer in 1...3 {
                detector.observe(
                    Call.flow(9, peer, at: Double(round), .unanswered), into: &evidence)
            }
        }
        #expect(!detector.isScanner(Call.host(9)))
        detector.observe(Call.flow(9, 4, at: 60, .rejected), into: &evidence)
        #expect(detector.isScanner(Call.host(9)))
        #expect(evidence == [])
    }

    @Test func `a scan of 254 hosts is told at five, and four times a decade`() throws {
        let found = Self.evidence(
            (1...254).map {
                Call.flow(
                    1000, $0, port: 22, at: 0.7 * Double($0),
                    $0 % 80 == 0 ? .established : .unanswered, application: "SSH")
            })
        #expect(found.allSatisfy { $0.kind == .horizontalScan })
        #expect(found.prefix(3).map { $0[.failures] } == [5, 9, 16] && found.count == 7)
        #expect(abs(found[4][.failures]! - 50) <= 3)
        let first = try #require(found.first)
        #expect(first.entity == .host(Call.host(1000)) && first.port == 22 && first.peer == nil)
        #expect(first.time == Call.at(3.5) && first.firstSeen == Call.at(0.7))
        #expect(
            first.sentence
                == "10.0.3.232 tried SSH (port 22) on 5 hosts in 3 s; 5 did not answer or refused")
        #expect(found[0].confidence < found[1].confidence)
    }

    @Test func `ports of one host are told at fifteen`() throws {
        let found = Self.evidence(
            (1...20).map { Call.flow(1, 2, port: UInt16($0), at: Double($0), .rejected) })
        let told = try #require(found.first)
        #expect(found.count == 1 && told.kind == .verticalScan && told.peer == Call.host(2))
        #expect(told[.ports] == 15 && told[.failures] == 15 && told.time == Call.at(15))
    }

    @Test func `a slow scan is told over a day, a quick one not twice`() throws {
        let slow = Self.evidence(
            (1...40).map { Call.flow(1, 10 + $0, port: 445, at: 1500 * Double($0), .unanswered) })
        #expect(slow.map(\.kind) == [.slowScan, .slowScan, .slowScan])
        #expect(slow[0][.failures] == 10 && slow[0][.span] == 13_500)
        let quick = Self.evidence(
            (1...40).map { Call.flow(1, 10 + $0, port: 445, at: Double($0), .unanswered) })
        #expect(Set(quick.map(\.kind)) == [.horizontalScan])
    }

    @Test func `a bot is believed whose calls mostly get through, a browser is not`() throws {
        func calls(failing: Int) -> [BehaviourEvidence] {
            Self.evidence(
                (1...24).map {
                    let fails = $0 * failing / 24 > ($0 - 1) * failing / 24
                    return Call.flow(
                        1, 100 + $0, port: 80, at: 0.2 * Double($0),
                        fails ? .unanswered : .established)
                })
        }
        let bot = try #require(calls(failing: 9).last)
        #expect(bot[.failures] == 9 && bot.confidence.value > 0.6)
        #expect(calls(failing: 5).allSatisfy { $0.confidence.value < 0.4 })
        #expect(calls(failing: 2) == [])
    }

    @Test func `hosts that are pinged are told so`() throws {
        let found = Self.evidence(
            (1...9).map {
                Call.flow(
                    1, 20 + $0, port: 8 << 8, at: 0.1 * Double($0), .unanswered, protocolNumber: 1)
            })
        let told = try #require(found.first)
        #expect(told.kind == .horizontalScan && told.port == nil)
        #expect(told.sentence.hasPrefix("10.0.0.1 tried ICMP on 5 hosts"))
    }

    @Test func `a dead line is no scan, a working one is`() throws {
        func calls(_ count: Int, answers: Bool, after start: Double = 0) -> [ObservedFlow] {
            (1...count).flatMap { number -> [ObservedFlow] in
                var call = Call.flow(1, 0, port: 80, at: start + Double(number), .unanswered)
                call.key.responder.address = IPAddress(ipv4: 0x0800_0000 + UInt32(number))
                var answer = Call.flow(1, 0, port: 53, at: start + Double(number))
                answer.key.responder.address = IPAddress(ipv4: 0x0909_0909)
                return answers ? [answer, call] : [call]
            }
        }
        let dead = Self.evidence(calls(40, answers: false))
        #expect(!dead.isEmpty && dead.allSatisfy { $0.confidence.value < 0.4 })
        #expect(Self.evidence(calls(40, answers: true)).contains { $0.confidence.value > 0.7 })
        // It worked until now: an outage.
        let outage = calls(1, answers: true) + calls(40, answers: false, after: 30)
        #expect(Self.evidence(outage).allSatisfy { $0.confidence.value < 0.4 })
        #expect(Self.evidence(calls(300, answers: false)).contains { $0.confidence.value > 0.9 })
    }

    @Test func `a worm that tries many ports at many hosts is told without a port`() throws {
        let found = Self.evidence(
            (1...30).map {
                Call.flow(1, 10 + $0, port: UInt16(1000 + $0), at: Double($0), .unanswered)
            })
        let told = try #require(found.first)
        #expect(found.count == 1 && told.kind == .horizontalScan && told.port == nil)
        #expect(told[.destinations] == 20 || told[.failures]! >= 20)
        #expect(told.sentence.contains("tried different ports on"))
    }

    @Test func `ordinary traffic is quiet, a broken line too`() {
        var flows: [ObservedFlow] = []
        var generator = SeededGenerator(seed: 4)
        for step in 0..<30_000 {
            let isBroken = (20_000..<20_500).contains(step)
            let fails = isBroken || generator.uniform() < 0.02
            flows.append(
                Call.flow(
                    1 + generator.index(below: 20), 100 + generator.index(below: 300),
                    port: [80, 443, 53][generator.index(below: 3)], at: Double(step) * 0.5,
                    fails ? .unanswered : .established))
        }
        #expect(Self.evidence(flows).map(\.sentence) == [])
        // Datagrams without an answer, news of open flows, and groups are nothing.
        #expect(
            Self.evidence(
                (1...100).map {
                    Call.flow(1, $0 + 5, port: 514, at: Double($0), .unanswered, protocolNumber: 17)
                }) == [])
        let open = (1...100).map { number in
            var flow = Call.flow(1, number + 5, at: Double(number), .unanswered)
            flow.isOpen = true
            return flow
        }
        #expect(Self.evidence(open) == [])
    }

    @Test func `a sweep of echo requests is a scan`() {
        let found = Self.evidence(
            (1...5).map {
                Call.flow(1, $0 + 5, port: 2048, at: Double($0), .unanswered, protocolNumber: 1)
            })
        #expect(found.map(\.kind) == [.horizontalScan] && found[0].port == nil)
    }

    @Test func `hostile keys and times stay inside the budget and trap nothing`() throws {
        var settings = ScanDetector.Configuration()
        settings.rememberedPairs = 500
        settings.rememberedSources = 300
        settings.rememberedSpreads = 200
        var detector = try ScanDetector(settings)
        var evidence: [BehaviourEvidence] = []
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<20_000 {
            var flow = Call.flow(
                generator.index(below: 1 << 24), generator.index(below: 1 << 24),
                port: UInt16(generator.index(below: 65_536)), at: 0, .unanswered)
            flow.end = Timestamp(nanoseconds: Int64(bitPattern: generator.next()))
            flow.start = Timestamp(nanoseconds: .min)
            detector.observe(flow, into: &evidence)
        }
        #expect(detector.counts.held <= 500 + 300 + 400)
        #expect(detector.counts.evictions > 19_000)
        #expect(detector.octetBudget < 1_000_000)
        settings.hosts = 1
        #expect(throws: DetectorSettingError.self) { try ScanDetector(settings) }
    }
}
