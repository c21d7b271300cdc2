import Flows
import NetworkTypes
import Simulation

/// All observations of a hosted campus.
struct HostedSample: Sendable {
    let configuration: HostedCampus.Configuration
    let observations: [Observation]
    let attackNumbers: [Int?]
    let attacks: [HostedAttack]

    /// Five days, the last two with every attack.
    static let attacked = try? HostedSample(
        .init(seed: 3, days: 5, hosts: 40, flows: 260_000))
    static let quiet = try? HostedSample(
        .init(seed: 11, days: 7, hosts: 30, flows: 420_000, attacks: []))

    init(_ configuration: HostedCampus.Configuration, limit: Int = 10_000) {
        self.configuration = configuration
        var campus = HostedCampus(configuration)
        var observations: [Observation] = []
        var attackNumbers: [Int?] = []
        while true {
            let batch = campus.next(limit: limit)
            if batch.isEmpty { break }
            observations += batch
            attackNumbers += campus.lastAttackNumbers
        }
        (self.observations, self.attackNumbers) = (observations, attackNumbers)
        attacks = campus.attacks
    }

    var flows: [ObservedFlow] {
        observations.compactMap { if case .flow(let flow) = $0 { flow } else { nil } }
    }

    var lookups: [NameLookup] {
        observations.compactMap { if case .lookup(let lookup) = $0 { lookup } else { nil } }
    }

    var addressQueries: [AddressQuery] {
        observations.compactMap { if case .addressQuery(let query) = $0 { query } else { nil } }
    }

    /// The observations of the attack of a kind.
    func observations(of kind: HostedAttack.Kind) -> [Observation] {
        zip(observations, attackNumbers).compactMap { observation, number in
            number.map { attacks[$0].kind == kind } == true ? observation : nil
        }
    }

    /// The flows of the attack of a kind by their start; what the resolver asks on its behalf is left out.
    func flows(of kind: HostedAttack.Kind) -> [ObservedFlow] {
        let relays = attacks.first { $0.kind == kind }?.relays ?? []
        return observations(of: kind).compactMap {
            if case .flow(let flow) = $0, !relays.contains(flow.key.initiator.address) {
                flow
            } else {
                nil
            }
        }.sorted { $0.start < $1.start }
    }
}

extension ObservedFlow {
    var isFailure: Bool { outcome.isFailure(protocolNumber: key.protocolNumber) }
}
