import Statistics

/// One attack: who, whom, when, and how many flows.
struct AttackCampaign: Sendable {
    let kind: PlantedAttack.Kind
    /// The application it hides in, by its place in the catalogue.
    let application: Int
    let attacker: UInt32
    let target: UInt32
    let attackerPort: UInt16
    /// Seconds after the start of the table.
    let start: Int64
    let partCount: Int
    /// 0..<1, the same for all its flows: what makes this attack differ from the next of its kind.
    let temper: Double

    /// When a part begins, in seconds after the start of the table.
    func offset(ofPart part: Int) -> Int64 { start + Int64(Double(part) * kind.interval) }
}

/// Which rows of the table are attacks.
struct AttackPlan: Sendable {
    struct Flow: Sendable {
        let row: Int
        let campaign: Int
        let part: Int
    }

    let campaigns: [AttackCampaign]
    /// By row, ascending; no two in one row.
    let flows: [Flow]

    /// Fills the share of the table that is asked for: one attack of each kind after the other. A small
    /// table gets smaller attacks before it gets fewer kinds.
    init(network: CampusNetwork, clock: CampusClock, configuration: SimulatedCampus.Configuration) {
        let budget = configuration.attackCount
        let kinds = PlantedAttack.Kind.allCases
        let round = kinds.map(\.typicalParts).reduce(0, +)
        let scale = min(1, Double(budget) / Double(round))
        var generator = SeededGenerator(seed: configuration.seed, name: "attacks")
        var campaigns: [AttackCampaign] = []
        var flows: [Flow] = []
        flows.reserveCapacity(budget)
        var taken: Set<Int> = []
        while flows.count < budget {
            let kind = kinds[campaigns.count % kinds.count]
            let size = Double(kind.typicalParts) * scale * generator.uniform(in: 0.7...1.3)
            let campaign = AttackCampaign(
                kind, parts: min(max(Int(size), 1), budget - flows.count), network: network,
                span: clock.spanSeconds, applications: configuration.applicationCount, &generator)
            for part in 0..<campaign.partCount {
                let share = clock.share(atOffset: campaign.offset(ofPart: part))
                var row = min(Int(share * Double(configuration.rows)), configuration.rows - 1)
                while !taken.insert(row).inserted { row = (row + 1) % configuration.rows }
                flows.append(Flow(row: row, campaign: campaigns.count, part: part))
            }
            campaigns.append(campaign)
        }
        self.campaigns = campaigns
        self.flows = flows.sorted { $0.row < $1.row }
    }

    /// The place in `flows` of the first at or after `row`.
    ///
    /// - Complexity: O(log n).
    func firstIndex(from row: Int) -> Int {
        var (low, high) = (0, flows.count)
        while low < high {
            let middle = (low + high) / 2
            if flows[middle].row < row { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension AttackCampaign {
    fileprivate init(
        _ kind: PlantedAttack.Kind, parts: Int, network: CampusNetwork, span: Int64,
        applications: Int, _ generator: inout SeededGenerator
    ) {
        self.kind = kind
        application =
            kind.applications.lazy.compactMap { name in
                ApplicationCatalogue.all.prefix(applications).firstIndex { $0.name == name }
            }.first ?? 0
        let inside = network.insideHost(&generator)
        let outside = network.anyOutside(&generator)
        (attacker, target) = kind == .sshBruteForce ? (outside, inside) : (inside, outside)
        attackerPort = UInt16(generator.integer(in: 32_768...60_999))
        // An attack too long for the table is cut short rather than left out.
        let interval = kind.interval
        partCount = min(parts, max(1, Int(Double(span) / interval)))
        let length = Int64(Double(partCount - 1) * interval)
        start = generator.integer(in: 0...max(0, span - 1 - length))
        temper = generator.uniform()
    }
}
