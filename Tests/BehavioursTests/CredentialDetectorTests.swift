import Behaviours
import Flows
import Statistics
import Testing

struct CredentialDetectorTests {
    private static func evidence(_ flows: [ObservedFlow]) -> [BehaviourEvidence] {
        var detector = CredentialDetector()
        var evidence: [BehaviourEvidence] = []
        for flow in flows { detector.observe(flow, into: &evidence) }
        return evidence
    }

    private static func guess(
        _ number: Int, from source: Int = 1, at host: Int = 2, every interval: Double = 3,
        port: UInt16 = 22, application: String = "SSH", lasting duration: Double = 2
    ) -> ObservedFlow {
        Call.flow(
            source, host, port: port, at: interval * Double(number), lasting: duration,
            application: application, octets: (1500 + UInt64(number % 3) * 16, 2300))
    }

    @Test func `twenty short sessions of SSH of equal size are told`() throws {
        let found = Self.evidence((1...30).map { Self.guess($0) })
        let told = try #require(found.first)
        #expect(found.count == 1 && told.kind == .bruteForce && told.time == Call.at(60))
        #expect(told[.attempts] == 20 && told.peer == Call.host(2) && told.port == 22)
        #expect(told.flows == 20 && told.firstSeen == Call.at(3))
        #expect(told.sentence.contains("tried to, 20 times at 10.0.0.2 by SSH (port 22) in 57 s"))
        #expect(Self.evidence((1...200).map { Self.guess($0) }).map { $0[.attempts] } == [20, 200])
    }

    @Test(arguments: [("FTP_CONTROL", 21, 20), ("RDP", 3389, 30), ("MAIL_SMTP", 587, 60)])
    func `other services have their own numbers`(service: (String, Int, Int)) {
        let flows = (1...service.2).map {
            Self.guess($0, port: UInt16(service.1), application: service.0)
        }
        #expect(Self.evidence(flows.dropLast()) == [])
        #expect(Self.evidence(flows).map(\.kind) == [.bruteForce])
        let byPort = (1...service.2).map {
            Self.guess($0, port: UInt16(service.1), application: "UNKNOWN")
        }
        #expect(Self.evidence(byPort).map(\.kind) == [.bruteForce])
    }

    @Test func `the same session at twenty hosts is a spray`() throws {
        let found = Self.evidence((1...30).map { Self.guess($0, at: 100 + $0, every: 60) })
        let told = try #require(found.first)
        #expect(found.count == 1 && told.kind == .passwordSpray)
        #expect(abs(told[.destinations]! - 20) <= 1)
        #expect(
            told.peer == nil
                && abs(told.time.nanoseconds - Call.at(1200).nanoseconds) <= 60_000_000_000)
    }

    @Test func `ordinary short flows of equal size are quiet`() {
        for (port, application) in [
            (UInt16(443), "GOOGLE"), (53, "DNS"), (80, "HTTP"), (88, "KERBEROS"), (3306, "MYSQL"),
            (443, "UNKNOWN"), (22, "GOOGLE"),
        ] {
            let flows = (1...200).map { Self.guess($0, port: port, application: application) }
            #expect(Self.evidence(flows) == [], "\(application) \(port)")
        }
    }

    @Test func `work is quiet: long, heavy, unlike, seldom, or a test of the port`() {
        #expect(Self.evidence((1...100).map { Self.guess($0, lasting: 100) }) == [])
        #expect(Self.evidence((1...100).map { Self.guess($0, every: 120) }) == [])
        let unlike = (1...100).map {
            Call.flow(
                1, 2, port: 22, at: Double($0), lasting: 1, application: "SSH",
                octets: (800 + UInt64($0 % 10) * 700, 2000))
        }
        #expect(Self.evidence(unlike) == [])
        let tests = (1...100).map {
            Call.flow(1, 2, port: 22, at: Double($0), application: "SSH", octets: (220, 300))
        }
        #expect(Self.evidence(tests) == [])
        let refused = (1...100).map { Call.flow(1, 2, port: 22, at: Double($0), .rejected) }
        #expect(Self.evidence(refused) == [])
        // A host that works much and mistypes little.
        let mixed = (1...100).map { Self.guess($0, lasting: $0 % 2 == 0 ? 100 : 2) }
        #expect(Self.evidence(mixed) == [])
    }

    @Test func `another window begins anew, and late sessions count for the present one`() {
        let first = (1...19).map { Self.guess($0) }
        let second = (1...19).map { Self.guess($0 + 1000) }
        #expect(Self.evidence(first + second) == [])
        #expect(Self.evidence(first + second + [first[0]]).count == 1)
    }

    @Test func `tables keep their limits`() throws {
        var settings = CredentialDetector.Configuration()
        settings.rememberedPairs = 100
        settings.rememberedSources = 50
        var detector = try CredentialDetector(settings)
        var evidence: [BehaviourEvidence] = []
        for number in 1...5000 {
            detector.observe(Self.guess(1, from: number, at: number + 7), into: &evidence)
        }
        #expect(detector.counts == DetectorCounts(held: 150, evictions: 4900 + 4950))
        #expect(evidence == [] && detector.octetBudget < 60_000)
        settings.sprayHosts = 0
        #expect(throws: DetectorSettingError.self) { try CredentialDetector(settings) }
    }
}
