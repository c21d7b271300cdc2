package import Behaviours
import Flows
package import NetworkTypes
package import Statistics

/// Gathers evidence about entities over event time, and tells a threat when it has become believable.
///
/// Of each kind of evidence only the strongest counts, with a weight that halves in time; kinds err
/// independently, but for what is new of a host, which counts as one (``Confidence/combined(_:)``). A threat is told once when belief passes the threshold, again
/// only when it grows. Its state is bounded: the entity that was quiet for longest is forgotten.
///
/// - Complexity: O(kinds) a piece of evidence.
package struct ThreatAccumulator: Sendable {
    package struct Configuration: Sendable, Equatable {
        /// Belief from which on a threat is told, 0.05…0.99.
        package var minimumConfidence = 0.6
        /// Time in which evidence loses half of its weight.
        package var halfLifeSeconds = 86_400.0
        /// Belief that the strongest piece of evidence must have by itself: many weak reasons about different things
        /// make no good one.
        package var minimumOwn = 0.4
        /// Weight of what speaks for a companion of the model, about the same host.
        package var companionWeight = 0.3
        /// Weight of what the host's role explains.
        package var expectedWeight = 0.2
        /// The operator's weights of behaviours; 1 for those that are not here. What weighs nothing is not held.
        package var weights: [BehaviourKind: Double] = [:]
        /// Threats that are held.
        package var limit = 65_536
        /// Pairs of host and application whose rare flows are counted.
        package var pairLimit = 262_144
        /// `-log10` of the probability from which on rare flows are too many for chance.
        package var minimumSurprise = 8.0

        package init() {}
    }

    package struct Counts: Sendable, Equatable {
        package var evidence: UInt64 = 0
        /// Evidence that a role explains.
        package var expected: UInt64 = 0
        package var raised: UInt64 = 0
        package var grown: UInt64 = 0
        package var evictions: UInt64 = 0
    }

    private struct Key: Hashable {
        var model: ThreatModel
        var entity: Entity
        var scope: String
    }

    fileprivate struct State {
        var evidence: [ThreatEvidence] = []
        var weights: [Double] = []
        var firstSeen: Timestamp
        var last: Timestamp
        /// What was told last.
        var told: (severity: Severity, confidence: Confidence, kinds: Int)?
        var revision: UInt32 = 0
        var rarest: ScoredFlow?
    }

    private var configuration: Configuration
    private struct Suspect: Hashable {
        var host: IPAddress
        var scope: String
    }

    private var states: BoundedTable<Key, State>
    /// Hosts that something was told of, and perhaps some whose threats are forgotten: every flow asks.
    private var suspects: Set<Suspect> = []
    private var rareFlows: RareFlowCounter
    private var tallies = Counts()

    package init(_ configuration: Configuration = Configuration()) {
        self.configuration = configuration
        states = BoundedTable(limit: configuration.limit)
        rareFlows = RareFlowCounter(
            limit: configuration.pairLimit, minimumSurprise: configuration.minimumSurprise)
    }

    /// Takes other thresholds and weights; the limits stay.
    package mutating func configure(_ configuration: Configuration) {
        self.configuration = configuration
    }

    package var counts: Counts {
        var counts = tallies
        counts.evictions = states.evictions + rareFlows.evictions
        return counts
    }

    /// Takes a judged flow of a ready population.
    ///
    /// - Parameter host: the inside end that it is about.
    package mutating func add(
        _ flow: ScoredFlow, host: IPAddress, roles: [HostRole], quality: ObservationQuality
    ) -> Threat? {
        guard let evidence = rareFlows.add(flow, host: host) else { return nil }
        return add(
            .rareFlows(evidence), scope: flow.flow.scope, roles: roles, quality: quality)
    }

    /// Takes a piece of evidence.
    ///
    /// - Parameter roles: those of the host it is about.
    /// - Returns: the threat, if there is something to tell.
    package mutating func add(
        _ evidence: ThreatEvidence, scope: String, roles: [HostRole], quality: ObservationQuality
    ) -> Threat? {
        tallies.evidence += 1
        var weight = 1.0
        if case .behaviour(let behaviour) = evidence {
            weight = configuration.weights[behaviour.kind] ?? 1
            guard weight > 0 else { return nil }
            if roles.contains(where: { $0.expects(behaviour.kind) }) {
                tallies.expected += 1
                weight *= configuration.expectedWeight
            }
        }
        let entity = evidence.entity.host.map { Entity.host($0) } ?? evidence.entity
        let key = Key(model: evidence.model, entity: entity, scope: scope)
        var state = states[key] ?? State(firstSeen: evidence.firstSeen, last: evidence.time)
        if isForgotten(state, at: evidence.time) {
            state = State(firstSeen: evidence.firstSeen, last: evidence.time)
        }
        hold(evidence, weight, in: &state)
        let threat = judge(&state, key: key, at: evidence.time, quality: quality)
        states.set(key, state)
        return threat
    }

    /// Whether flows of a host are not to be learnt from: something told about it is still believed.
    package func isUnderSuspicion(_ host: IPAddress, scope: String, at time: Timestamp) -> Bool {
        guard !suspects.isEmpty, suspects.contains(Suspect(host: host, scope: scope)) else {
            return false
        }
        return ThreatModel.allCases.contains { model in
            guard model != .unusualTraffic,
                let state = states[Key(model: model, entity: .host(host), scope: scope)]
            else { return false }
            return state.told != nil && !isForgotten(state, at: time)
        }
    }

    /// Seven half-lives leave less than one in a hundred.
    private func isForgotten(_ state: State, at time: Timestamp) -> Bool {
        Self.seconds(from: state.last, to: time) > 7 * configuration.halfLifeSeconds
    }

    private static func seconds(from: Timestamp, to: Timestamp) -> Double {
        to.seconds(since: from)
    }

    /// Keeps the strongest of each family.
    private func hold(_ evidence: ThreatEvidence, _ weight: Double, in state: inout State) {
        state.last = max(state.last, evidence.time)
        state.firstSeen = min(state.firstSeen, evidence.firstSeen)
        if case .rareFlows(let rare) = evidence,
            rare.example.score > state.rarest?.score ?? -.infinity
        {
            state.rarest = rare.example
        }
        guard let place = state.evidence.firstIndex(where: { $0.family == evidence.family }) else {
            state.evidence.append(evidence)
            state.weights.append(weight)
            return
        }
        let held = belief(state.evidence[place], state.weights[place], at: state.last)
        if belief(evidence, weight, at: state.last) >= held {
            state.evidence[place] = evidence
            state.weights[place] = weight
        }
    }

    private func belief(
        _ evidence: ThreatEvidence, _ weight: Double, at time: Timestamp
    ) -> Confidence {
        let age = max(0, Self.seconds(from: evidence.time, to: time))
        let fading = exponential2(-age / configuration.halfLifeSeconds)
        return Confidence(clamping: evidence.confidence.value * weight * fading)
    }

    private mutating func judge(
        _ state: inout State, key: Key, at time: Timestamp, quality: ObservationQuality
    ) -> Threat? {
        let beliefs = state.evidence.indices.map {
            belief(state.evidence[$0], state.weights[$0], at: state.last)
        }
        let own = Confidence.combined(beliefs)
        let confidence = Confidence.combined([own] + companions(of: key, at: state.last))
        guard confidence.value >= configuration.minimumConfidence,
            beliefs.contains(where: { $0.value >= configuration.minimumOwn })
        else { return nil }
        let severity = confidence.value >= 0.95 ? key.model.severity.raised : key.model.severity
        let kinds = state.evidence.count
        if let told = state.told {
            guard
                kinds > told.kinds || severity > told.severity
                    || confidence.value >= told.confidence.value + 0.2
            else { return nil }
        }
        let change: Threat.Change = state.told == nil ? .raised : .grown
        state.told = (severity, confidence, kinds)
        state.revision += 1
        noteSuspect(key)
        switch change {
        case .raised: tallies.raised += 1
        case .grown: tallies.grown += 1
        }
        let order = beliefs.indices.sorted {
            beliefs[$0] == beliefs[$1] ? $0 < $1 : beliefs[$0] > beliefs[$1]
        }
        return Threat(
            model: key.model, entity: key.entity, scope: key.scope, change: change,
            revision: state.revision, severity: severity, confidence: confidence,
            tier: state.rarest?.tier, score: state.rarest?.score, firstSeen: state.firstSeen,
            time: time, evidence: order.map { state.evidence[$0] }, quality: quality)
    }

    private mutating func noteSuspect(_ key: Key) {
        guard key.model != .unusualTraffic, let host = key.entity.host else { return }
        if suspects.count > configuration.limit { findSuspects() }
        suspects.insert(Suspect(host: host, scope: key.scope))
    }

    /// Those whose threats are not forgotten.
    private mutating func findSuspects() {
        suspects = []
        for (key, state) in states where state.told != nil && key.model != .unusualTraffic {
            if let host = key.entity.host { suspects.insert(Suspect(host: host, scope: key.scope)) }
        }
    }

    /// What speaks for companions of the model, with less weight.
    private func companions(of key: Key, at time: Timestamp) -> [Confidence] {
        key.model.companions.compactMap { model in
            guard
                let state = states[Key(model: model, entity: key.entity, scope: key.scope)]
            else { return nil }
            let beliefs = state.evidence.indices.map {
                belief(state.evidence[$0], state.weights[$0], at: time)
            }
            return Confidence(
                clamping: Confidence.combined(beliefs).value * configuration.companionWeight)
        }
    }
}

// MARK: - Saving

extension ThreatAccumulator {
    /// The version that is written and read.
    package static let version: UInt32 = 2
    private static let magic: StaticString = "NTDSTHRT"
    /// Families of evidence that a threat may have.
    private static let mostEvidence = 64

    /// All evidence that is held, what was told of it, and the rare flows, as bytes.
    package func encoded() -> [UInt8] {
        var writer = ByteWriter(magic: Self.magic, version: Self.version)
        for count in [tallies.evidence, tallies.expected, tallies.raised, tallies.grown] {
            writer.add(short: count)
        }
        states.write(to: &writer) { key, state, writer in
            writer.add(key.model.rawValue)
            writer.add(key.entity)
            writer.add(key.scope)
            state.write(to: &writer)
        }
        rareFlows.write(to: &writer)
        return writer.sealed()
    }

    /// Takes over what was saved as `bytes`, which may be anything, by an accumulator that has seen nothing yet.
    package mutating func restore(_ bytes: [UInt8]) throws(ByteReader.Failure) {
        var reader = try ByteReader(snapshot: bytes, magic: Self.magic, version: Self.version)
        var result = self
        result.tallies = Counts(
            evidence: try reader.counter(), expected: try reader.counter(),
            raised: try reader.counter(), grown: try reader.counter())
        result.states = try BoundedTable(from: &reader, limit: states.limit, entryOctets: 36) {
            reader throws(ByteReader.Failure) in
            guard let model = ThreatModel(rawValue: try reader.text()) else {
                throw .damaged("a threat model that is none")
            }
            let key = Key(model: model, entity: try reader.entity(), scope: try reader.text())
            return (key, try State(from: &reader, mostEvidence: Self.mostEvidence))
        }
        try result.rareFlows.read(from: &reader)
        try reader.finish()
        result.findSuspects()
        self = result
    }
}

extension ThreatAccumulator.State {
    fileprivate func write(to writer: inout ByteWriter) {
        writer.add(count: evidence.count)
        for (piece, weight) in zip(evidence, weights) {
            piece.write(to: &writer)
            writer.add(weight)
        }
        writer.add(firstSeen)
        writer.add(last)
        writer.add(told != nil)
        if let told {
            writer.add(told.severity.rawValue)
            writer.add(told.confidence.value)
            writer.add(count: told.kinds)
        }
        writer.add(revision)
        writer.add(rarest != nil)
        rarest?.write(to: &writer)
    }

    fileprivate init(
        from reader: inout ByteReader, mostEvidence: Int
    ) throws(ByteReader.Failure) {
        let count = try reader.count(size: 40)
        guard count <= mostEvidence else { throw .damaged("more evidence than there is") }
        var evidence: [ThreatEvidence] = []
        var weights: [Double] = []
        for _ in 0..<count {
            evidence.append(try ThreatEvidence(from: &reader))
            weights.append(try reader.finite(in: 0...1))
        }
        self.init(
            evidence: evidence, weights: weights, firstSeen: try reader.timestamp(),
            last: try reader.timestamp())
        if try reader.flag() {
            guard let severity = Severity(rawValue: try reader.uint8()) else {
                throw .damaged("a severity that is none")
            }
            let confidence = Confidence(clamping: try reader.finite(in: 0...1))
            told = (severity, confidence, Int(try reader.uint32()))
        }
        revision = try reader.uint32()
        guard revision < .max / 2 else { throw .damaged("a revision out of range") }
        if try reader.flag() { rarest = try ScoredFlow(from: &reader) }
    }
}

extension ThreatEvidence {
    fileprivate func write(to writer: inout ByteWriter) {
        switch self {
        case .behaviour(let evidence):
            writer.add(1 as UInt8)
            evidence.write(to: &writer)
        case .rareFlows(let evidence):
            writer.add(2 as UInt8)
            evidence.write(to: &writer)
        }
    }

    fileprivate init(from reader: inout ByteReader) throws(ByteReader.Failure) {
        switch try reader.uint8() {
        case 1: self = .behaviour(try BehaviourEvidence(from: &reader))
        case 2: self = .rareFlows(try RareFlowEvidence(from: &reader))
        default: throw .damaged("evidence of no kind")
        }
    }
}
