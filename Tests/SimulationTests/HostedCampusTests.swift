import Flows
import NetworkTypes
import Simulation
import Testing

struct HostedCampusTests {
    private let sample: HostedSample

    init() throws { sample = try #require(HostedSample.quiet) }

    // MARK: - The stream

    @Test func `the same configuration gives the same observations, another seed others`() throws {
        func observations(seed: UInt64, limit: Int) throws -> [Observation] {
            HostedSample(
                try .init(seed: seed, days: 1, hosts: 20, flows: 20_000), limit: limit
            ).observations
        }
        let first = try observations(seed: 5, limit: 1000)
        // equality of flows looks at all of their values, metrics too
        #expect(try first == observations(seed: 5, limit: 7))
        #expect(try first != observations(seed: 6, limit: 1000))
        #expect(first.count > 20_000)
    }

    @Test func `observations come in the order of their times, none before the first day`() throws {
        for sample in [sample, try #require(HostedSample.attacked)] {
            let times = sample.observations.map(\.timestamp)
            #expect(zip(times, times.dropFirst()).allSatisfy { $0 <= $1 })
            #expect(times[0] >= sample.configuration.start)
        }
        #expect(sample.flows.allSatisfy { $0.start <= $0.end && !$0.isOpen })
    }

    @Test func `times are whole microseconds, as tables write them`() {
        #expect(sample.observations.allSatisfy { $0.timestamp.nanoseconds % 1000 == 0 })
        #expect(sample.flows.allSatisfy { $0.start.nanoseconds % 1000 == 0 })
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `there are about as many flows as were asked for`(seed: UInt64) throws {
        let flows = HostedSample(
            try .init(seed: seed, days: 1, hosts: 50, flows: 150_000, attacks: [])
        ).flows.count
        #expect((125_000...175_000).contains(flows), "\(flows)")
    }

    // MARK: - Flows

    @Test func `the metrics of a flow agree with its packets, octets and times`() throws {
        for flow in sample.flows + (try #require(HostedSample.attacked)).flows {
            let metrics = flow.metricValues
            let duration = Double(flow.end.nanoseconds - flow.start.nanoseconds) / 1000
            let (sent, received) = (Double(flow.forward.packets), Double(flow.backward.packets))
            let volume = metrics[2]
            guard metrics.count == 9, sent >= 1, metrics[1] == duration,
                metrics[0] == (duration > 0 ? volume / (duration / 1e6) : 0),
                metrics[3] == volume / (sent + received), metrics[4] == received / sent,
                abs(metrics[6] * sent + metrics[7] * received - volume) <= 1e-9 * volume,
                (metrics[6] * sent).rounded() + (metrics[7] * received).rounded() == volume,
                metrics[5] >= 0, metrics[8] <= duration, metrics[8] >= 0,
                sent + received > 1 || (duration == 0 && metrics[5] == 0),
                Double(flow.forward.octets + flow.backward.octets)
                    >= volume + 28 * (sent + received)
            else {
                Issue.record("\(flow)")
                return
            }
        }
    }

    @Test func `outcomes fit the packets`() throws {
        for flow in sample.flows + (try #require(HostedSample.attacked)).flows {
            let fits =
                switch flow.outcome {
                case .established: flow.backward.packets > 0
                case .unanswered: flow.backward.packets == 0
                case .rejected: flow.backward.packets == 1 && flow.metricValues[2] == 0
                case .unreachable, .unknown: false
                }
            #expect(fits, "\(flow)")
            if !fits { return }
        }
        #expect(Set(sample.flows.map(\.outcome)) == [.established, .unanswered, .rejected])
    }

    @Test func `directions follow from the ends`() {
        let networks = sample.flows.prefix(50_000)
        #expect(
            networks.allSatisfy {
                $0.direction
                    == FlowDirection(
                        initiatorIsPublic: $0.key.initiator.address.isGlobal,
                        responderIsPublic: $0.key.responder.address.isGlobal)
            })
        #expect(Set(networks.map(\.direction)) == [.inbound, .outbound, .internal])
    }

    @Test func `an application's flows have heavy tails and point masses`() throws {
        let volumes = sample.flows.filter { $0.application == "SSL" && !$0.isFailure }
            .map { $0.metricValues[2] }.sorted()
        let median = volumes[volumes.count / 2]
        #expect(volumes[volumes.count * 999 / 1000] > 30 * median)
        let lengths = Dictionary(
            grouping: sample.flows.filter { $0.application == "DNS" }, by: { $0.forward.octets })
        #expect(lengths.count > 10)
    }

    // MARK: - Names

    @Test func `every lookup follows its flow and repeats it`() {
        var last: ObservedFlow?
        var count = 0
        for observation in sample.observations {
            switch observation {
            case .flow(let flow): last = flow
            case .lookup(let lookup):
                count += 1
                let fits =
                    last?.application == "DNS" && last?.serverName == lookup.name
                    && last?.key.initiator.address == lookup.client
                    && last?.key.responder.address == lookup.server
                    && last?.end == lookup.timestamp
                    && last?.metricValues[2]
                        == Double(lookup.queryOctets) + Double(lookup.answerOctets)
                #expect(fits, "\(lookup)")
                if !fits { return }
            case .addressQuery: break
            }
        }
        #expect(count == sample.flows.count { $0.application == "DNS" })
    }

    @Test func `some names do not exist, and the domain of the campus is tried after them`() {
        let wrong = sample.lookups.filter { $0.responseCode == 3 }
        let share = Double(wrong.count) / Double(sample.lookups.count)
        #expect((0.005...0.15).contains(share), "\(share)")
        #expect(wrong.contains { $0.name.hasSuffix(".example.campus.example") })
        #expect(
            sample.lookups.allSatisfy {
                $0.name == $0.name.lowercased() && $0.name.utf8.count < 254
            })
    }

    @Test func `some destinations are new each day`() {
        var known: Set<String> = []
        for day in 0..<7 as Range<Int64> {
            let begin = sample.configuration.start.nanoseconds + day * 86_400_000_000_000
            let names = Set(
                sample.flows.filter {
                    $0.direction == .outbound && $0.start.nanoseconds >= begin
                        && $0.start.nanoseconds < begin + 86_400_000_000_000
                }.compactMap(\.serverName))
            #expect(names.subtracting(known).count > 20)
            known.formUnion(names)
        }
    }

    // MARK: - Rhythm

    @Test func `days are busier than nights and working days than weekends`() {
        func hours(_ isCounted: (ObservedFlow) -> Bool) -> [Int] {
            var hours = [Int](repeating: 0, count: 168)
            let start = sample.configuration.start.nanoseconds
            for flow in sample.flows where isCounted(flow) {
                let hour = Int((flow.start.nanoseconds - start) / 3_600_000_000_000)
                if hour < 168 { hours[hour] += 1 }
            }
            return hours
        }
        // machines look at pages seldom
        let pages = hours { $0.application == "CLOUDFLARE" || $0.application == "GOOGLE" }
        for day in 0..<5 {
            #expect(pages[day * 24 + 10] > 10 * pages[day * 24 + 3])
            #expect(pages[day * 24 + 10] > 2 * pages[day * 24 + 19])
        }
        #expect(2 * pages[120...].reduce(0, +) < pages[..<48].reduce(0, +))
        let all = hours { _ in true }
        #expect(all.allSatisfy { $0 > 200 })
        #expect((0..<5).allSatisfy { all[$0 * 24 + 10] > 3 * all[$0 * 24 + 3] })
    }

    @Test func `machines look at the clock at regular times`() {
        let flows = sample.flows.filter { $0.application == "NTP" && $0.direction == .internal }
        let ofHost = Dictionary(grouping: flows, by: \.key.initiator.address)
        var regular = 0
        for flows in ofHost.values where flows.count > 100 {
            let starts = flows.map(\.start.nanoseconds)
            let gaps = zip(starts.dropFirst(), starts).map { Double($0 - $1) / 1e9 }.sorted()
            let median = gaps[gaps.count / 2]
            if (60...1030).contains(median), gaps[gaps.count / 10] > median - 2 { regular += 1 }
        }
        #expect(regular > 15)
    }

    @Test func `the night has its backup, inside and to a storage outside`() {
        let uploads = sample.flows.filter {
            $0.serverName == "backup-vault.s3.amazonaws.com" && $0.application == "AMAZON"
        }
        #expect(uploads.count == 28)
        #expect(uploads.allSatisfy { $0.forward.octets > 100_000_000 })
        #expect(
            sample.flows.contains { $0.application == "SMB" && $0.forward.octets > 1_000_000_000 })
    }

    @Test func `connections are held open for hours and somebody asks for a server that is gone`() {
        #expect(sample.flows.count { $0.durationSeconds > 2 * 3600 } > 50)
        #expect(sample.flows.allSatisfy { $0.durationSeconds < 12 * 3600 })
        let gone = IPAddress(ipv4: 0x0a1e_0063)
        let asked = sample.flows.filter { $0.key.responder.address == gone }
        #expect(asked.count > 5000)
        #expect(asked.allSatisfy { $0.isFailure })
    }

    // MARK: - Configuration

    @Test func `what cannot be simulated is refused`() {
        typealias Configuration = HostedCampus.Configuration
        #expect(throws: SimulatedCampus.InvalidSetting.self) { try Configuration(days: 0) }
        #expect(throws: SimulatedCampus.InvalidSetting.self) { try Configuration(days: 63) }
        #expect(throws: SimulatedCampus.InvalidSetting.self) { try Configuration(hosts: 15) }
        #expect(throws: SimulatedCampus.InvalidSetting.self) { try Configuration(flows: 0) }
        #expect(throws: SimulatedCampus.InvalidSetting.self) {
            try Configuration(days: 2, learningDays: 2)
        }
        #expect(throws: SimulatedCampus.InvalidSetting.self) {
            try Configuration(
                attacks: [HostedAttack.Kind](repeating: .beacon, count: 1001))
        }
    }

    @Test(arguments: [(16, 1), (250, 2), (1000, 1)])
    func `campuses of any size go through, with every attack`(hosts: Int, days: Int) throws {
        let sample = HostedSample(
            try .init(seed: 2, days: days, hosts: hosts, flows: 5000))
        #expect(sample.attacks.allSatisfy { $0.flowCount + $0.queryCount > 0 })
        let inside = Set(sample.flows.map(\.key.initiator.address)).filter { !$0.isGlobal }
        #expect(inside.count > hosts / 2)
        #expect(inside.count <= hosts)
    }
}
