import Behaviours
import Flows
import Testing

struct LateralMovementDetectorTests {
    /// All of these scenes begin a day after the first flow of the network.
    private static func evidence(
        _ flows: [ObservedFlow],
        _ configuration: LateralMovementDetector.Configuration = .init()
    ) throws -> [BehaviourEvidence] {
        var detector = try LateralMovementDetector(configuration)
        var evidence: [BehaviourEvidence] = []
        detector.observe(Call.flow(200, 201, at: 0), into: &evidence)
        for flow in flows { detector.observe(flow, into: &evidence) }
        return evidence
    }

    private static let day = 86_400.0

    /// A session of work at host `target`, `number` minutes into the second day.
    private static func session(
        _ number: Int, from source: Int = 1, at target: Int, port: UInt16 = 445,
        application: String = "SMB", lasting duration: Double = 10, octets: UInt64 = 500_000,
        day first: Double = day
    ) -> ObservedFlow {
        Call.flow(
            source, target, port: port, at: first + 60 * Double(number) + duration,
            lasting: duration, application: application, octets: (octets, 30_000))
    }

    @Test func `four new hosts in a day are told, and more as it goes on`() throws {
        let found = try Self.evidence((0..<10).map { Self.session($0, at: 20 + $0) })
        #expect(found.map { $0[.destinations] } == [4, 6, 9])
        let told = try #require(found.first)
        #expect(told.kind == .lateralMovement && told.entity == .host(Call.host(1)))
        #expect(told.confidence.value == 0.5 && told.flows == 4 && told[.octetsOut] == 2_000_000)
        #expect(told.kind.attackTechnique == "T1021" && told.kind.needsLearning)
        #expect(
            told.sentence
                == "10.0.0.1 worked at 4 hosts inside for the first time in 3 min, the last of "
                + "them 10.0.0.23 by SMB (port 445); octets out 2 MB")
    }

    @Test(arguments: [
        (UInt16(22), "SSH"), (3389, "RDP"), (5900, "VNC"), (5985, "HTTP"), (445, "UNKNOWN"),
    ])
    func `by whatever means`(means: (port: UInt16, application: String)) throws {
        let found = try Self.evidence(
            (0..<4).map {
                Self.session($0, at: 20 + $0, port: means.port, application: means.application)
            })
        #expect(found.count == 1)
    }

    @Test func `hosts known from the learning day, or for long, are quiet`() throws {
        let learning = (0..<10).map { Self.session($0, at: 20 + $0, day: 100) }
        let again = (0..<10).map { Self.session($0, at: 20 + $0) }
        #expect(try Self.evidence(learning + again) == [])
        #expect(try Self.evidence(again + again).count == 3)
    }

    @Test func `servers of many are quiet`() throws {
        let clients = (0..<4).flatMap { client in
            (0..<6).map { Self.session($0, from: 50 + client, at: 20 + $0, day: 100) }
        }
        let newcomer = (0..<6).map { Self.session($0, at: 20 + $0) }
        #expect(try Self.evidence(clients + newcomer) == [])
        #expect(try Self.evidence(newcomer).count == 2)
    }

    @Test func `what is no work inside is quiet`() throws {
        let guesses = (0..<10).map {
            Self.session($0, at: 20 + $0, port: 22, application: "SSH", lasting: 2, octets: 2000)
        }
        #expect(try Self.evidence(guesses.map { Self.lighter($0) }) == [])
        let web = (0..<10).map { Self.session($0, at: 20 + $0, port: 443, application: "TLS") }
        #expect(try Self.evidence(web) == [])
        let outside = (0..<10).map { number -> ObservedFlow in
            var flow = Self.session(number, at: 20 + number)
            flow.direction = .outbound
            return flow
        }
        #expect(try Self.evidence(outside) == [])
        let spread = (0..<10).map { Self.session($0 * 1500, at: 20 + $0) }
        #expect(try Self.evidence(spread) == [])
    }

    private static func lighter(_ flow: ObservedFlow) -> ObservedFlow {
        var flow = flow
        flow.backward.octets = 2000
        return flow
    }

    @Test func `memory is bounded and counted`() throws {
        var configuration = LateralMovementDetector.Configuration()
        configuration.rememberedSources = 8
        configuration.rememberedTargets = 8
        var detector = try LateralMovementDetector(configuration)
        var evidence: [BehaviourEvidence] = []
        detector.observe(Call.flow(200, 201, at: 0), into: &evidence)
        for number in 0..<1000 {
            detector.observe(
                Self.session(number / 60, from: 1000 + number, at: 5000 + number), into: &evidence)
        }
        #expect(detector.counts.evictions == 2 * 992)
        configuration.hosts = 1
        #expect(throws: DetectorSettingError.self) {
            try LateralMovementDetector(configuration)
        }
    }
}
