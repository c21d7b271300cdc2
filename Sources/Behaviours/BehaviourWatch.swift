package import Flows
package import NetworkTypes
package import Statistics

/// Everything that watches for behaviours, fed with what sources see in its order.
///
/// A function of its input: the same observations give the same evidence, live or replayed. Nothing here grows beyond
/// the limits of the configuration, whoever chooses addresses, ports and names; what had to be forgotten is counted.
package struct BehaviourWatch: Sendable {
    /// The settings of all detectors. Their defaults are documented there.
    package struct Configuration: Sendable, Hashable {
        package var census = PeerCensus.Configuration()
        package var scans = ScanDetector.Configuration()
        package var neighbourScans = NeighbourScanDetector.Configuration()
        package var credentials = CredentialDetector.Configuration()
        package var lateralMovement = LateralMovementDetector.Configuration()
        package var floods = FloodDetector.Configuration()
        package var beacons = BeaconDetector.Configuration()
        package var exfiltration = ExfiltrationDetector.Configuration()
        package var tunnels = TunnelDetector.Configuration()
        package var generatedNames = GeneratedNameDetector.Configuration()
        package var longConnections = LongConnectionDetector.Configuration()
        package var novelties = NoveltyDetector.Configuration()

        package init() {}

        /// Gives every sketch the same seed, which attackers should not know.
        package mutating func seed(_ seed: UInt64) {
            census.seed = seed
            scans.seed = seed
            neighbourScans.seed = seed
            credentials.seed = seed
            lateralMovement.seed = seed
            floods.seed = seed
            tunnels.seed = seed
            generatedNames.seed = seed
            novelties.seed = seed
        }
    }

    /// What each detector holds, and how much it forgot to make room.
    package struct Counts: Sendable, Hashable {
        package var nameServers, census, scans, neighbourScans, credentials, lateralMovement,
            floods, beacons: DetectorCounts
        package var exfiltration, tunnels, generatedNames, longConnections,
            novelties: DetectorCounts

        /// All of them with the names of telemetry.
        package var all: [(name: String, counts: DetectorCounts)] {
            [
                ("name_servers", nameServers), ("census", census), ("scans", scans),
                ("neighbour_scans", neighbourScans),
                ("credentials", credentials), ("lateral_movement", lateralMovement),
                ("floods", floods), ("beacons", beacons),
                ("exfiltration", exfiltration), ("tunnels", tunnels),
                ("generated_names", generatedNames), ("long_connections", longConnections),
                ("novelties", novelties),
            ]
        }
    }

    package let configuration: Configuration
    private var census: PeerCensus
    private var nameServers: NameServers
    private var scans: ScanDetector
    private var neighbourScans: NeighbourScanDetector
    private var credentials: CredentialDetector
    private var lateralMovement: LateralMovementDetector
    private var floods: FloodDetector
    private var beacons: BeaconDetector
    private var exfiltration: ExfiltrationDetector
    private var tunnels: TunnelDetector
    private var generatedNames: GeneratedNameDetector
    private var longConnections: LongConnectionDetector
    private var novelties: NoveltyDetector

    package init(_ configuration: Configuration = Configuration()) throws(DetectorSettingError) {
        self.configuration = configuration
        census = try PeerCensus(configuration.census)
        nameServers = NameServers(seed: configuration.tunnels.seed)
        scans = try ScanDetector(configuration.scans)
        neighbourScans = try NeighbourScanDetector(configuration.neighbourScans)
        credentials = try CredentialDetector(configuration.credentials)
        lateralMovement = try LateralMovementDetector(configuration.lateralMovement)
        floods = try FloodDetector(configuration.floods)
        beacons = try BeaconDetector(configuration.beacons)
        exfiltration = try ExfiltrationDetector(configuration.exfiltration)
        tunnels = try TunnelDetector(configuration.tunnels)
        generatedNames = try GeneratedNameDetector(configuration.generatedNames)
        longConnections = try LongConnectionDetector(configuration.longConnections)
        novelties = try NoveltyDetector(configuration.novelties)
    }

    /// Learns from an observation and adds the evidence that it completes, always in the same order.
    ///
    /// `place` is asked for public responders of answered flows only.
    package mutating func observe(
        _ observation: Observation, place: (IPAddress) -> PeerPlace? = { _ in nil },
        into evidence: inout [BehaviourEvidence]
    ) {
        switch observation {
        case .flow(let flow): observe(flow, place: place, &evidence)
        case .lookup(let lookup):
            nameServers.observe(lookup)
            guard !nameServers.asksForOthers(lookup.client) else { return }
            tunnels.observe(lookup, into: &evidence)
            generatedNames.observe(lookup, into: &evidence)
        case .addressQuery(let query): neighbourScans.observe(query, into: &evidence)
        }
    }

    private mutating func observe(
        _ flow: ObservedFlow, place: (IPAddress) -> PeerPlace?,
        _ evidence: inout [BehaviourEvidence]
    ) {
        census.observe(flow)
        scans.observe(flow, into: &evidence)
        credentials.observe(flow, into: &evidence)
        lateralMovement.observe(flow, into: &evidence)
        floods.observe(flow, into: &evidence)
        beacons.observe(flow, census: census, into: &evidence)
        exfiltration.observe(flow, census: census, into: &evidence)
        tunnels.observe(flow, into: &evidence)
        longConnections.observe(flow, census: census, into: &evidence)
        novelties.observe(flow, census: census, place: place, into: &evidence)
    }

    /// How many inside hosts speak to a peer, since when; `nil` for one that is not known.
    package func standing(of peer: IPAddress) -> PeerCensus.Standing? { census.standing(of: peer) }

    package var counts: Counts {
        Counts(
            nameServers: nameServers.counts, census: census.counts, scans: scans.counts,
            neighbourScans: neighbourScans.counts,
            credentials: credentials.counts, lateralMovement: lateralMovement.counts,
            floods: floods.counts, beacons: beacons.counts,
            exfiltration: exfiltration.counts, tunnels: tunnels.counts,
            generatedNames: generatedNames.counts, longConnections: longConnections.counts,
            novelties: novelties.counts)
    }
}

// MARK: - Saving

extension BehaviourWatch {
    /// The version that is written and read.
    package static let version: UInt32 = 2
    private static let magic: StaticString = "NTDSWATC"

    /// Everything that the detectors remember, as bytes.
    package func encoded() -> [UInt8] {
        var writer = ByteWriter(magic: Self.magic, version: Self.version)
        writer.add(configuration.tunnels.seed)
        census.write(to: &writer)
        nameServers.write(to: &writer)
        scans.write(to: &writer)
        neighbourScans.write(to: &writer)
        credentials.write(to: &writer)
        lateralMovement.write(to: &writer)
        floods.write(to: &writer)
        beacons.write(to: &writer)
        exfiltration.write(to: &writer)
        tunnels.write(to: &writer)
        generatedNames.write(to: &writer)
        longConnections.write(to: &writer)
        novelties.write(to: &writer)
        return writer.sealed()
    }

    /// Takes over what was saved as `bytes`, which may be anything, by detectors of the same configuration that
    /// have seen nothing yet. What comes then is told as if there had been no pause.
    package mutating func restore(_ bytes: [UInt8]) throws(ByteReader.Failure) {
        var reader = try ByteReader(snapshot: bytes, magic: Self.magic, version: Self.version)
        guard try reader.uint64() == configuration.tunnels.seed else {
            throw .damaged("sketches of another seed")
        }
        var result = self
        try result.census.read(from: &reader)
        try result.nameServers.read(from: &reader)
        try result.scans.read(from: &reader)
        try result.neighbourScans.read(from: &reader)
        try result.credentials.read(from: &reader)
        try result.lateralMovement.read(from: &reader)
        try result.floods.read(from: &reader)
        try result.beacons.read(from: &reader)
        try result.exfiltration.read(from: &reader)
        try result.tunnels.read(from: &reader)
        try result.generatedNames.read(from: &reader)
        try result.longConnections.read(from: &reader)
        try result.novelties.read(from: &reader)
        try reader.finish()
        self = result
    }
}
